"""What pictures say of themselves: EXIF, XMP and IPTC, and the text chunks of PNG."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast
from xml.etree import ElementTree

from PIL import Image
from PIL.ImageFile import ImageFile

from spatialnb.library.examined import Embedded

_DATE, _DATE_ZONE, _EXIF_IFD = 0x9003, 0x9011, 0x8769
_DESCRIPTION, _MODIFIED, _COPYRIGHT = 0x010E, 0x0132, 0x8298
_XP_TITLE, _XP_COMMENT, _XP_KEYWORDS, _XP_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F
_DC = "{http://purl.org/dc/elements/1.1/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_MAX_XMP = 1 << 20
_LONGEST = 2000


def embedded(image: Image.Image) -> Embedded:
    """Title, description, keywords, date and rights; of several sources, the first that says anything."""
    exif = image.getexif()
    sources = (_from_xmp(image.info.get("xmp")), _from_iptc(image), _from_exif(exif), _from_chunks(image.info))
    return Embedded(
        title=_first(source.title for source in sources),
        description=_first(source.description for source in sources),
        keywords=tuple(dict.fromkeys(word for source in sources for word in source.keywords))[:40],
        created=next((source.created for source in sources if source.created), None),
        licence=_first(source.licence for source in sources),
    )


def when(text: object, zone: object = None) -> datetime | None:
    """A date as EXIF, XMP and media containers write it, in UTC; without a zone it is taken as UTC."""
    found = re.match(
        r"(\d{4})[:-](\d\d)[:-](\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?",
        str(text or ""),
    )
    if not found:
        return None
    *numbers, own_zone = found.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    if (year, month, day) in ((1970, 1, 1), (1904, 1, 1)):
        # The zero of a clock that was never set.
        return None
    sign = str(own_zone or zone or "Z").strip()
    offset = "+0000" if not re.fullmatch(r"[+-]\d\d:?\d\d", sign) else sign.replace(":", "")
    try:
        local = datetime.strptime(
            f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} {offset}", "%Y-%m-%d %H:%M:%S %z"
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _from_exif(exif: Image.Exif) -> Embedded:
    inner: Mapping[int, Any] = exif.get_ifd(_EXIF_IFD)
    return Embedded(
        title=_text(exif.get(_XP_TITLE)),
        description=_first((_text(exif.get(_DESCRIPTION)), _text(exif.get(_XP_COMMENT)), _text(exif.get(_XP_SUBJECT)))),
        keywords=_words(_text(exif.get(_XP_KEYWORDS))),
        created=when(inner.get(_DATE), inner.get(_DATE_ZONE)) or when(exif.get(_MODIFIED)),
        licence=_text(exif.get(_COPYRIGHT)),
    )


def _from_xmp(packet: object) -> Embedded:
    if not isinstance(packet, bytes) or len(packet) > _MAX_XMP or re.search(rb"<!(?:DOCTYPE|ENTITY)", packet, re.I):
        return Embedded()
    try:
        root = ElementTree.fromstring(packet.strip(b"\0 \r\n\t"))
    except ElementTree.ParseError:
        return Embedded()

    def listed(name: str) -> tuple[str, ...]:
        return tuple(
            _text(entry.text) for element in root.iter(name) for entry in element.iter(f"{_RDF}li") if entry.text
        )

    def attribute(ending: str) -> str:
        values = (
            v
            for element in root.iter()
            for k, v in (*element.attrib.items(), (element.tag, element.text))
            if k.endswith(ending)
        )
        return next((str(value) for value in values if value and value.strip()), "")

    return Embedded(
        title=_first(listed(f"{_DC}title")),
        description=_first(listed(f"{_DC}description")),
        keywords=tuple(word.lower() for word in listed(f"{_DC}subject")),
        created=when(attribute("}DateTimeOriginal")) or when(attribute("}CreateDate")),
        licence=_first(listed(f"{_DC}rights")),
    )


def _from_iptc(image: Image.Image) -> Embedded:
    from PIL import IptcImagePlugin

    if "photoshop" not in image.info:
        return Embedded()
    try:
        info: Mapping[tuple[int, int], Any] = IptcImagePlugin.getiptcinfo(cast(ImageFile, image)) or {}
    except (SyntaxError, ValueError, KeyError, IndexError, TypeError):
        # Broken IPTC is no reason to refuse the picture that carries it.
        return Embedded()

    def values(number: int) -> tuple[str, ...]:
        value = info.get((2, number), ())
        return tuple(_text(entry) for entry in (value if isinstance(value, list) else [value]) if entry)

    return Embedded(
        title=_first((*values(5), *values(105))),
        description=_first(values(120)),
        keywords=tuple(word.lower() for word in values(25)),
        created=when(re.sub(r"(\d{4})(\d\d)(\d\d)", r"\1-\2-\3", _first(values(55)))),
        licence=_first(values(116)),
    )


def _from_chunks(info: Mapping[Any, Any]) -> Embedded:
    """PNG text chunks and the comments of GIF and JPEG."""
    said = {str(key).lower(): _text(value) for key, value in info.items() if isinstance(value, str | bytes)}
    return Embedded(
        title=said.get("title", ""),
        description=_first((said.get("description", ""), said.get("comment", ""))),
        keywords=_words(said.get("keywords", "")),
        created=when(said.get("creation time")),
        licence=said.get("copyright", ""),
    )


def _text(value: object) -> str:
    """Text of a metadata value: Windows fields are UTF-16 in bytes, old ones Latin-1 or UTF-8 with zeros at the end."""
    if isinstance(value, tuple):
        value = bytes(part for part in value if isinstance(part, int) and 0 <= part < 256)
    if isinstance(value, bytes):
        if len(value) > 3 and len(value) % 2 == 0 and value[1::2].count(0) > len(value) // 4:
            value = value.decode("utf-16-le", "replace")
        else:
            try:
                value = value.decode("utf-8")
            except UnicodeDecodeError:
                value = value.decode("latin-1")
    words = re.sub(r"[\x00-\x1f\x7f\ufffd]+", " ", str(value or "")).strip()
    return words[:_LONGEST]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in re.split(r"[;,]", text) if word.strip())


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")
