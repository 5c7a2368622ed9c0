"""Words in films: titles, captions, labels and pages of text, set in the font that Pillow brings with it."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from spatialnb.targets.film_frame import Overlay, Pixels

Mask = NDArray[np.uint8]


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(6, size))


def wrapped(text: str, size: int, width: int, most: int) -> list[str]:
    """`text` in lines no wider than `width` pixels, at most `most` of them; what is cut off ends in an ellipsis."""
    font = _font(size)
    lines: list[str] = []
    for paragraph in text.strip().splitlines() or [""]:
        line = ""
        for word in paragraph.split() or [""]:
            while font.getlength(word) > width and len(word) > 1:
                cut = max(1, int(len(word) * width / font.getlength(word)) - 1)
                lines += [*([line] if line else []), word[:cut]]
                line, word = "", word[cut:]
            tried = f"{line} {word}".strip()
            if line and font.getlength(tried) > width:
                lines.append(line)
                line = word
            else:
                line = tried
        lines.append(line)
        if len(lines) > most:
            break
    if len(lines) > most:
        lines = lines[:most]
        lines[-1] = lines[-1][: max(1, len(lines[-1]) - 2)].rstrip(" .,;:") + "…"
    return lines


def block(lines: list[str], size: int, centred: bool = False, leading: float = 1.35) -> Mask:
    """The coverage of some lines of text."""
    font = _font(size)
    width = int(max((font.getlength(line) for line in lines), default=1)) + 4
    height = int(size * leading * len(lines) + size * 0.4)
    picture = Image.new("L", (max(2, width), max(2, height)), 0)
    draw = ImageDraw.Draw(picture)
    for n, line in enumerate(lines):
        left = (width - font.getlength(line)) / 2 if centred else 1
        draw.text((left, n * size * leading), line, 255, font)
    return np.asarray(picture)


def caption(text: str, width: int, height: int) -> Overlay:
    """A caption low on the left: light letters with a soft dark shade around them, so that it reads on anything."""
    size = max(12, round(height * 0.038))
    lines = wrapped(text, size, int(width * 0.62), 3)
    return _shaded(
        block(lines, size), int(width * 0.05), height - int(height * 0.065) - int(size * 1.35 * len(lines)), size
    )


def title(text: str, width: int, height: int) -> Overlay:
    """A title in the middle of the frame."""
    size = max(18, round(height * (0.11 if len(text) < 28 else 0.075)))
    lines = wrapped(text, size, int(width * 0.8), 4)
    mask = block(lines, size, centred=True)
    return _shaded(mask, (width - mask.shape[1]) // 2, (height - mask.shape[0]) // 2, size)


def _shaded(mask: Mask, x: int, y: int, size: int) -> Overlay:
    pad = size // 2 * 2
    padded = np.pad(mask, pad)
    padded = np.pad(padded, ((0, padded.shape[0] % 2), (0, padded.shape[1] % 2)))
    shade = cv2.GaussianBlur(padded, (0, 0), size * 0.3).astype(np.float32)
    alpha = np.maximum(padded, np.minimum(shade * 3.2, 190)).astype(np.uint8)
    # Letters stay light; around them the colour is black, and the coverage of the shade makes it a soft one.
    return Overlay(np.ascontiguousarray(np.repeat(padded[..., None], 3, axis=2)), alpha, x - pad, y - pad)


def card(heading: str, note: str, width: int, height: int, ground: str, ink: str) -> Pixels:
    """A plain card with a heading and a smaller note: stands in for media that are missing."""
    picture = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(picture)
    edge = max(2, height // 90)
    draw.rectangle((edge * 3, edge * 3, width - edge * 3, height - edge * 3), outline=ink, width=edge // 2 or 1)
    size = max(10, height // 12)
    lines = wrapped(heading, size, int(width * 0.8), 3)
    small = max(8, size // 2)
    notes = wrapped(note, small, int(width * 0.8), 2)
    y = (height - size * 1.35 * len(lines) - small * 1.6 * len(notes)) / 2
    for text, font_size in [*((line, size) for line in lines), *((line, small) for line in notes)]:
        font = _font(font_size)
        draw.text(((width - font.getlength(text)) / 2, y), text, ink, font)
        y += font_size * 1.4
    return np.asarray(picture)


def page(text: str, width: int, height: int) -> Pixels:
    """A text as a page of print: warm paper, dark letters, as large as fits."""
    picture = Image.new("RGB", (width, height), "#f6f1e6")
    draw = ImageDraw.Draw(picture)
    margin = int(min(width, height) * 0.1)
    size = max(10, height // 14)
    while True:
        most = int((height - 2 * margin) / (size * 1.4))
        lines = wrapped(text, size, width - 2 * margin, most)
        if size <= max(10, height // 46) or not lines[-1].endswith("…"):
            break
        size = int(size * 0.88)
    y = (height - len(lines) * size * 1.4) / 2
    for line in lines:
        draw.text((margin, y), line, "#26221c", _font(size))
        y += size * 1.4
    return np.asarray(picture)


def label(text: str, colour: str, height: int = 160) -> tuple[Pixels, Mask]:
    """A label's letters, for a panel in space: colour and coverage."""
    size = height // 2
    lines = wrapped(text or " ", size, height * 12, 4)
    mask = block(lines, size, centred=True)
    mask = np.pad(mask, ((8, 8 + mask.shape[0] % 2), (8, 8 + mask.shape[1] % 2)))
    rgb = np.empty((*mask.shape, 3), np.uint8)
    rgb[:] = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return rgb, mask
