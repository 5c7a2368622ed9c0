"""Texts: set in type on a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from spatialnb.library.examined import Embedded, Examined, Pixels, Source
from spatialnb.library.pictures import put_picture, put_thumbnail
from spatialnb.library.probe_text import Text, probe_text

if TYPE_CHECKING:
    from spatialnb.library.storage import MediaStore

PAGE = (792, 1024)
_MARGIN = 84
_PAPER, _EDGE, _INK, _SOFT = (252, 251, 247), (226, 223, 214), (44, 44, 48), (196, 195, 190)
_TITLE, _HEADING, _BODY = 54, 38, 29
_LEADING = 1.45
_SEARCHED = (
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/System/Library/Fonts/Helvetica.ttc",
    "/Library/Fonts/Arial Unicode.ttf",
    "C:/Windows/Fonts/arial.ttf",
)


@dataclass(frozen=True)
class _Line:
    text: str
    size: int
    colour: tuple[int, int, int]
    before: float = 0.0
    indent: int = 0


def examine_text(source: Source, media: MediaStore) -> Examined:
    """Facts and renditions of one text: `texture`, a page that can be read, and `thumbnail`."""
    text = probe_text(source.path)
    sheet = page(text)
    return Examined(
        facts=text.facts,
        embedded=Embedded(title=text.title),
        renditions={
            "thumbnail": put_thumbnail(media, sheet),
            "texture": put_picture(media, sheet, max(PAGE), quality=88),
        },
        words=text.words,
        traits=(text.language,) if text.language else (),
    )


def page(text: Text) -> Pixels:
    """The beginning of the text as a printed page; letters no font here has are drawn as soft bars."""
    sheet = Image.new("RGB", PAGE, _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 0, PAGE[0] - 1, PAGE[1] - 1), outline=_EDGE, width=3)
    y = float(_MARGIN)
    for line in _lines(text):
        y += line.before
        if y + line.size > PAGE[1] - _MARGIN * 0.7:
            break
        font = _font(line.size)
        x = _MARGIN + line.indent
        if line.text and _drawable(line.text):
            draw.text((x, y), line.text, font=font, fill=line.colour)
        elif line.text:
            width = min(PAGE[0] - 2 * _MARGIN, len(line.text) * line.size * 0.9)
            bar = (x, y + line.size * 0.3, x + width, y + line.size * 0.85)
            draw.rounded_rectangle(bar, radius=line.size * 0.27, fill=_SOFT)
        y += line.size * _LEADING
    return np.asarray(sheet)


def _lines(text: Text) -> Iterator[_Line]:
    words = re.sub(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", " ", text.words[:6000], flags=re.S | re.I)
    if re.match(r"\s*<(!doctype|html)", words, re.I):
        words = re.sub(r"<[^>]{0,400}>", " ", words)
    first = True
    for raw in words.split("\n"):
        line = raw.strip()
        if not line:
            if not first:
                yield _Line("", _BODY // 2, _INK)
            continue
        heading = re.match(r"#{1,6}\s+(.*)", line)
        title = first and (heading is not None or line == text.title)
        size = _TITLE if title else _HEADING if heading else _BODY
        bullet = re.match(r"[-*+•]\s+(.*)", line)
        plain = re.sub(
            r"[*_`]{1,3}([^*_`]+)[*_`]{1,3}", r"\1", heading[1] if heading else bullet[1] if bullet else line
        )
        indent = 34 if bullet else 0
        for number, part in enumerate(_wrapped(plain, size, PAGE[0] - 2 * _MARGIN - indent)):
            shown = f"•  {part}" if bullet and not number else part
            yield _Line(
                shown,
                size,
                _INK,
                size * 0.5 if heading and not number and not first else 0.0,
                indent if number or not bullet else 6,
            )
        if title:
            yield _Line("", _BODY // 2, _INK)
        first = False


def _wrapped(text: str, size: int, width: int) -> Iterator[str]:
    font = _font(size)
    line = ""
    for word in text.split():
        while font.getlength(word) > width:
            fits = max(1, int(len(word) * width / max(font.getlength(word), 1)) - 1)
            if line:
                yield line
                line = ""
            yield word[:fits]
            word = word[fits:]
        longer = f"{line} {word}".strip()
        if font.getlength(longer) > width:
            yield line
            line = word
        else:
            line = longer
    if line:
        yield line


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    for path in _SEARCHED:
        if Path(path).is_file():
            try:
                return ImageFont.truetype(path, size)
            except OSError:
                continue
    # Pillow carries a Latin font of its own.
    return ImageFont.load_default(size)  # pyright: ignore[reportReturnType]


@lru_cache(maxsize=4096)
def _has_glyph(letter: str) -> bool:
    font = _font(_BODY)
    return bytes(font.getmask(letter)) != bytes(font.getmask("\U000fffff")) or letter.isspace()


def _drawable(text: str) -> bool:
    letters = [letter for letter in text if not letter.isspace()]
    return sum(_has_glyph(letter) for letter in letters) >= 0.8 * len(letters)
