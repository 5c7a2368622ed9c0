from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialnb.errors import Invalid
from spatialnb.library.colours import NAMES, colour_asked, colours_of, name_of, nearness
from tests import media

JUDGED = {
    "red": "#ff0000 #dc143c #b22222 #8b0000 #cd5c5c",
    "orange": "#ffa500 #ff8c00 #ff7f50",
    "yellow": "#ffff00 #ffd700 #f0e68c",
    "green": "#008000 #00ff00 #228b22 #808000 #2e8b57 #98fb98 #006400",
    "teal": "#008080 #40e0d0 #00ffff #20b2aa",
    "blue": "#0000ff #000080 #4169e1 #87ceeb #4682b4 #191970",
    "purple": "#800080 #4b0082 #9400d3 #8a2be2 #9370db",
    "pink": "#ffc0cb #ff69b4 #ff1493 #da70d6",
    "brown": "#8b4513 #a0522d #d2b48c #3b2314 #d2691e",
    "black": "#000000 #121214 #1a1a1a",
    "grey": "#808080 #c0c0c0 #696969",
    "white": "#ffffff #fffaf0 #f5f5f5",
}


@pytest.mark.parametrize(("name", "colour"), [(name, colour) for name, row in JUDGED.items() for colour in row.split()])
def test_colours_are_called_what_people_call_them(name: str, colour: str) -> None:
    assert name_of(colour) == name


@pytest.mark.parametrize("name", media.COLOURS)
def test_a_picture_in_one_colour_leads_with_it(name: str) -> None:
    leading = colours_of(np.asarray(media.picture(name)))[0]
    assert leading.name == name
    assert leading.share > 0.8
    assert nearness(leading.hex, "#{:02x}{:02x}{:02x}".format(*media.COLOURS[name])) > 0.7


@given(st.binary(min_size=48, max_size=48))
def test_shares_never_exceed_the_whole(data: bytes) -> None:
    found = colours_of(np.frombuffer(data, np.uint8).reshape(4, 4, 3))
    assert 0 < sum(colour.share for colour in found) <= 1.001
    assert [c.share for c in found] == sorted((c.share for c in found), reverse=True)
    assert all(colour.name in NAMES for colour in found)


def test_transparent_pixels_do_not_count() -> None:
    pixels = np.zeros((20, 20, 4), np.uint8)
    assert colours_of(pixels) == ()
    pixels[:4, :, 0] = 255
    pixels[:4, :, 3] = 255
    assert [(colour.name, colour.share) for colour in colours_of(pixels)] == [("red", 1.0)]


def test_colours_can_be_asked_for_in_several_ways() -> None:
    assert colour_asked("Gray") == ("grey", None)
    assert colour_asked("#F00") == (None, "#ff0000")
    assert colour_asked("dark blue") == (None, "#00008b")
    with pytest.raises(Invalid, match="not a colour"):
        colour_asked("loud")
