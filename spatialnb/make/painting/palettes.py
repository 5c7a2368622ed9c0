"""Colours that go together, by name."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.floating[Any]]
"""Red, green and blue from 0 to 1, in sRGB."""


def rgb(hexadecimal: str) -> Colour:
    """`#rrggbb` as three floats."""
    return np.array([int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / np.float32(255)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """`share` of `b` in `a`."""
    return (a * np.float32(1 - share) + b * np.float32(share)).astype(np.float32)


class Palette(NamedTuple):
    """A range from the darkest tone to the lightest, two accents, and whether the ground is light."""

    deep: Colour
    dark: Colour
    middle: Colour
    bright: Colour
    light: Colour
    accent: Colour
    second: Colour
    is_light: bool = False

    @property
    def tones(self) -> tuple[Colour, ...]:
        return (self.deep, self.dark, self.middle, self.bright, self.light)


def _palette(codes: str, is_light: bool = False) -> Palette:
    return Palette(*(rgb("#" + code) for code in codes.split()), is_light=is_light)


PALETTES: dict[str, Palette] = {
    "neon": _palette("070816 1a1446 5b2a86 e0409a ffd0e8 18e0ff ff3fb4"),
    "electric": _palette("040b1e 0a2350 1457a8 36a9f0 e2f6ff 38f5d8 ff5fa2"),
    "sunset": _palette("1d1035 4a1d5c a83a6a f58a5b ffe3b0 ffc247 ff5d6c"),
    "ember": _palette("14060a 4a0f14 a3241c f06a28 ffdca8 ffb02e ff4d3d"),
    "sea": _palette("03202f 07485e 0f7f95 57c4c4 e6f8f0 ffb56b ff7f6a"),
    "lagoon": _palette("06283d 0b5c7a 17a2b8 7fe0d4 f6fff4 ffd166 ef767a"),
    "forest": _palette("07170f 123524 2c6b43 84b66a eef3cf f2c14e e4703a"),
    "spring": _palette("143018 2f6b35 7cbf4f cde77f fcfbe3 ff8fa3 ffce52"),
    "desert": _palette("3a1520 7d2e2e c9653a eeb06a fdeccb 3fa7a0 e2474b"),
    "aurora": _palette("030b18 0a2138 10545e 3fd8a0 e4fff0 7b6cff ff6ec7"),
    "violet": _palette("0d0720 2a1458 6136b0 b48bf2 f3e8ff ffb3f0 5fe0ff"),
    "cosmos": _palette("03040d 12123a 3d2a7a b06fd0 ffe9fb ffb86b 5fc8ff"),
    "rose": _palette("2a0f20 6b2548 c05078 f0a0b0 fff0ec ffcf8a 8ad0ff"),
    "gold": _palette("160f06 4a3212 9b6f25 e2b74f fff3cf f6e08a d65a31"),
    "ice": _palette("0a1a2e 20456e 5f95c2 b4d9ee f7fcff 8de4ff ffc6d9"),
    "mono": _palette("0b0c0f 25282e 5d636e aab1bc f4f5f7 e94f37 c9d1d9"),
    "paper": _palette("22252e 3d4f66 8a7f72 e5c9a3 f6eee0 d8452e e9a825", is_light=True),
    "bauhaus": _palette("16181d 1f4e8c c9bda8 e9d9bb f4ecdb d8352a f2b233", is_light=True),
    "pastel": _palette("4a4063 8a7fb0 c7a6cf f4c6d0 fdf3ee 86c9c1 f6a96c", is_light=True),
    "moss": _palette("1f2b22 4c6b4c 9fb28a dcdcb6 f5f1e0 c8553d e3a857", is_light=True),
}
