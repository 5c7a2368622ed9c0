"""A title set on a picture: spaced capitals in the font that Pillow brings with it."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from spatialnb.make.painting.brush import Mask, Painting
from spatialnb.make.painting.palettes import mix


def title(p: Painting, text: str) -> None:
    """Set `text` low on the left, in up to three lines, with a rule above and shade under it so that it reads."""
    lines = _broken(text.upper())
    size = min(0.09, 0.8 * p.aspect / (0.86 * max(map(len, lines))))
    margin, leading = 0.075, size * 1.22
    top = 1 - margin - leading * len(lines)
    p.shade((np.clip((p.y - top + 0.2) / 0.3, 0, 1) * np.ones_like(p.x)).astype(np.float32), 0.55)
    for k, line in enumerate(lines):
        p.over(
            mix(p.palette.light, np.ones(3, np.float32), 0.5), letters(p, line, margin, top + k * leading, size, 0.14)
        )
    p.over(
        p.palette.accent,
        p.polygon(
            [(margin, top - 0.035), (margin + 0.12, top - 0.035), (margin + 0.12, top - 0.028), (margin, top - 0.028)]
        ),
    )


def letters(p: Painting, text: str, x: float, y: float, size: float, spacing: float) -> Mask:
    """`text` with its top left at x, y; `size` in picture heights, `spacing` between letters in parts of `size`."""
    font = ImageFont.load_default(max(6.0, size * p.height))
    picture = Image.new("L", (p.width, p.height), 0)
    draw = ImageDraw.Draw(picture)
    at = x * p.height
    for letter in text:
        draw.text((at, y * p.height), letter, 255, font)
        at += draw.textlength(letter, font) + size * spacing * p.height
    return np.asarray(picture, np.float32) / 255


def _broken(text: str, most: int = 16) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + len(word) < most:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines[:3] or [""]
