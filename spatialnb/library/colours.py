"""Leading colours of a picture, called by the names that people use.

Every pixel is given one of twelve basic names (the eleven of Berlin and Kay, 1969, with teal), and the shares are
counted. The borders between names are drawn in OKLCH (B. Ottosson, 2020: lightness, chroma and hue that agree with the
eye), by hue, and where people do so by lightness too: a dark orange is brown, a light red is pink.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatialnb.errors import Invalid
from spatialnb.library.examined import Pixels
from spatialnb.library.pictures import shrunk
from spatialnb.models.asset import Colour

NAMES = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown", "black", "grey", "white")
_SPELLINGS = {
    "gray": "grey",
    "violet": "purple",
    "cyan": "teal",
    "turquoise": "teal",
    "magenta": "pink",
    "beige": "brown",
}
_INDEX = {name: index for index, name in enumerate(NAMES)}
_LOOK = 128
_BITS = 5
_LEAST = 0.03
"""Colours of a smaller share are not worth naming."""

Floats = NDArray[np.floating[Any]]


def colours_of(pixels: Pixels) -> tuple[Colour, ...]:
    """The leading colours (at most 5), largest share first. Transparent pixels do not count."""
    small = shrunk(pixels, _LOOK)
    rows = small.reshape(-1, small.shape[2])
    if rows.shape[1] == 4:
        rows = rows[rows[:, 3] >= 128]
    if not len(rows):
        return ()
    rgb = rows[:, :3]
    step = (rgb >> (8 - _BITS)).astype(np.int32)
    names = _table()[step[:, 0] << (2 * _BITS) | step[:, 1] << _BITS | step[:, 2]]
    counts = np.bincount(names, minlength=len(NAMES))
    sums = np.stack([np.bincount(names, weights=rgb[:, channel], minlength=len(NAMES)) for channel in range(3)], axis=1)
    order = sorted(range(len(NAMES)), key=lambda index: (-int(counts[index]), index))
    return tuple(
        Colour(
            name=NAMES[index], hex=_hex(sums[index] / counts[index]), share=round(float(counts[index]) / len(rows), 4)
        )
        for index in order[:5]
        if counts[index] >= _LEAST * len(rows)
    )


def name_of(hex_colour: str) -> str:
    """The basic name of `#rrggbb`."""
    return NAMES[int(_named(oklch(_rgb(hex_colour)[None] / 255))[0])]


def colour_asked(words: str) -> tuple[str | None, str | None]:
    """What someone who asks for a colour means: (basic name, None) or (None, `#rrggbb`). Raises `Invalid`."""
    from PIL import ImageColor

    asked = words.strip().lower()
    basic = _SPELLINGS.get(asked, asked)
    if basic in _INDEX:
        return basic, None
    try:
        red, green, blue = ImageColor.getrgb(asked.replace(" ", ""))[:3]
    except ValueError:
        raise Invalid(
            f"'{words}' is not a colour; use one of {', '.join(NAMES)}, or #rrggbb.", field="colour"
        ) from None
    return None, f"#{red:02x}{green:02x}{blue:02x}"


def nearness(first: str, second: str) -> float:
    """How alike two `#rrggbb` look: 1 the same, 0 for a distance of 0.22 in OKLab and more (red to orange)."""
    a, b = (oklab(_rgb(colour)[None] / 255)[0] for colour in (first, second))
    return float(max(0.0, 1.0 - np.linalg.norm(a - b) / 0.22))


def oklab(rgb: Floats) -> Floats:
    """OKLab of sRGB values from 0 to 1 (n x 3). Matrices: bottosson.github.io/posts/oklab."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = linear @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(cones) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


def oklch(rgb: Floats) -> Floats:
    """Lightness (0 to 1), chroma (0 to about 0.32) and hue (degrees) of sRGB values from 0 to 1 (n x 3)."""
    lab = oklab(rgb)
    return np.stack(
        [lab[:, 0], np.hypot(lab[:, 1], lab[:, 2]), np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360], axis=1
    )


def _named(colours: Floats) -> NDArray[np.uint8]:
    """Index into `NAMES` for OKLCH rows. The first rule that fits names the colour."""
    light, chroma, hue = colours[:, 0], colours[:, 1], colours[:, 2]
    # Dark and very light colours need more chroma to be seen as coloured; warm greys pass for grey longer than cool.
    faint = np.where((hue > 30) & (hue < 115), 0.035, 0.028)
    rosy = (hue < 30) | (hue > 340)
    plain = chroma < np.where((light > 0.93) & ~rosy, faint + 0.012, np.where(light < 0.26, faint + 0.012, faint))
    red_side = (hue >= 8) & (hue < 34)
    rules: tuple[tuple[NDArray[np.bool_], str], ...] = (
        ((light < 0.17) | ((light < 0.25) & (chroma < 0.045)), "black"),
        (plain & (light < 0.27), "black"),
        (plain & (light > 0.91), "white"),
        (plain, "grey"),
        (red_side & (light >= 0.72) & (chroma < 0.17), "pink"),
        (red_side & (light < 0.72) & (chroma < np.where(light < 0.5, 0.085, 0.065)), "brown"),
        (red_side, "red"),
        ((hue >= 34) & (hue < 84) & (light > 0.88) & (chroma < 0.06), "white"),
        ((hue >= 34) & (hue < 50) & (light >= 0.7) & (chroma < 0.09), "pink"),
        ((hue >= 34) & (hue < 84) & (chroma < 0.095), "brown"),
        ((hue >= 34) & (hue < 70) & (light < 0.69) & (chroma < 0.128), "brown"),
        ((hue >= 44) & (hue < 70) & (light < 0.645) & (chroma < 0.16), "brown"),
        ((hue >= 34) & (hue < 70) & (light < 0.5), "brown"),
        ((hue >= 70) & (hue < 96) & (light < 0.68), "brown"),
        ((hue >= 34) & (hue < 82), "orange"),
        ((hue >= 82) & (hue < 112) & (light >= 0.68), "yellow"),
        ((hue >= 112) & (hue < 118) & (light >= 0.88), "yellow"),
        ((hue >= 82) & (hue < 168), "green"),
        ((hue >= 168) & (hue < 214), "teal"),
        ((hue >= 214) & (hue < 283), "blue"),
        ((hue >= 283) & (hue < 318), "purple"),
        ((hue >= 318) & (hue < 342) & (light < 0.62), "purple"),
        ((hue >= 342) & (light < 0.42), "purple"),
        (((hue < 8) & (light < 0.5)), "red"),
    )
    pink = np.full(len(colours), _INDEX["pink"])
    return np.select([rule for rule, _ in rules], [_INDEX[name] for _, name in rules], pink).astype(np.uint8)


@cache
def _table() -> NDArray[np.uint8]:
    """The name of every colour, at five bits a channel."""
    steps = 1 << _BITS
    grid = np.stack(np.meshgrid(*[np.arange(steps)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return _named(oklch((grid + 0.5) / steps))


def _rgb(hex_colour: str) -> Floats:
    if not re.fullmatch(r"#[0-9a-f]{6}", hex_colour):
        raise Invalid(f"'{hex_colour}' is not a colour of the form #rrggbb.", field="colour")
    return np.array([int(hex_colour[i : i + 2], 16) for i in (1, 3, 5)], float)


def _hex(rgb: Floats) -> str:
    red, green, blue = (round(float(value)) for value in rgb)
    return f"#{red:02x}{green:02x}{blue:02x}"
