"""Texts: encoding, words, title, and the language where common words give it away."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from spatialnb.errors import Unsupported
from spatialnb.models.asset import Facts

LONGEST = 20_000
"""Characters of a text that are kept with the asset; the whole is in the media store."""
_COMMON = {
    "english": "the and of to in is that it was for on are with as his they at be this have from",
    "french": "le la les des et en un une du que est pour qui dans il au par pas sur plus ne avec",
    "german": "der die und das ist nicht ein eine zu den mit von im dem auf für sich auch als wie",
    "spanish": "el los las y que en un una por con para es del se como más pero sus lo al este",
    "italian": "il di che e la per un una non sono della con del le si da gli come dei nel più",
    "portuguese": "o os e que do da em um uma para com não por mais as dos como mas foi ao das",
    "dutch": "de het een en van ik te dat die niet zijn is was op aan met voor hij er maar om",
}
_VOCABULARIES = {language: frozenset(words.split()) for language, words in _COMMON.items()}


@dataclass(frozen=True)
class Text:
    facts: Facts
    words: str
    title: str
    language: str
    """In English and lower case, or empty."""


def probe_text(path: Path) -> Text:
    """Read the whole text. Raises `Unsupported` when it is empty or blank."""
    words = decoded(path.read_bytes())
    if not words.strip():
        raise Unsupported("The text is blank.")
    found = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", words)
    return Text(
        facts=Facts(words=len(found), characters=len(words)),
        words=words[:LONGEST],
        title=_title(words),
        language=_language(found),
    )


def decoded(data: bytes) -> str:
    """Text by its byte order mark, as UTF-8 if it can be, else by what its zeros say (UTF-16), else as Windows-1252."""
    if data.startswith(codecs.BOM_UTF8):
        text = data.decode("utf-8-sig", "replace")
    elif data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        text = data.decode("utf-32", "replace")
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    else:
        text = _unmarked(data)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _unmarked(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    head = data[:4096]
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if len(zeros) > 8 and zeros.count(0) > 0.4 * len(zeros):
            return data.decode(encoding, "replace")
    return data.decode("cp1252", "replace")


def _title(words: str) -> str:
    """The first heading of Markdown or HTML, or a short first line that stands alone."""
    if found := re.search(r"<title[^>]*>\s*([^<]{1,200}?)\s*</title>", words[:20_000], re.I):
        return found[1]
    if found := re.search(r"^#{1,3}\s+(.{1,160}?)\s*#*$", words[:20_000], re.M):
        return found[1]
    lines = words.strip().split("\n", 2)
    first = lines[0].strip()
    alone = len(lines) > 1 and not lines[1].strip()
    return first if alone and 0 < len(first) <= 80 and not re.search(r"[.,;:{<\[]$", first) else ""


def _language(found: list[str]) -> str:
    counts = Counter(word.lower() for word in found[:2000])
    total = sum(counts.values())
    if total < 12:
        return ""
    scores = {name: sum(counts[word] for word in known) / total for name, known in _VOCABULARIES.items()}
    (best, score), (_, second) = sorted(scores.items(), key=lambda pair: -pair[1])[:2]
    return best if score > 0.12 and score > second * 1.25 else ""
