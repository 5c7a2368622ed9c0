"""Pictures from words: any prompt, every style and palette, the same bytes each time."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from spatialnb.errors import Invalid
from spatialnb.make.concepts import LOOKS
from spatialnb.make.image import OWN_PALETTES, STYLES, look_of, make_image, paint
from spatialnb.make.painting.palettes import PALETTES


@pytest.mark.parametrize("style", STYLES)
def test_every_style_paints_a_picture_worth_looking_at(style: str) -> None:
    pixels, chosen, _ = paint("anything", style=style, width=480, height=270, seed=3)
    assert chosen == style
    assert pixels.shape == (270, 480, 3)
    light = pixels.mean(axis=2)
    assert light.std() > 15, "it has light and dark"
    assert 12 < light.mean() < 235
    again = paint("anything", style=style, width=480, height=270, seed=3)[0]
    assert np.array_equal(pixels, again)
    assert np.abs(paint("anything", style=style, width=480, height=270, seed=4)[0].astype(int) - pixels).mean() > 1


@pytest.mark.parametrize(("width", "height"), [(16, 16), (270, 480), (640, 64), (64, 640), (333, 217)])
@pytest.mark.parametrize("style", STYLES)
def test_every_style_fits_every_shape(style: str, width: int, height: int) -> None:
    assert paint("x", style=style, width=width, height=height)[0].shape == (height, width, 3)


@given(st.text(max_size=80), st.integers(0, 2**40))
@settings(max_examples=25, deadline=None)
def test_any_prompt_gives_a_picture(prompt: str, seed: int) -> None:
    made = make_image(prompt, width=96, height=54, seed=seed, lettering=True)
    assert Image.open(io.BytesIO(made.data)).size == (96, 54)
    assert made.name
    assert made.labels
    assert made == make_image(prompt, width=96, height=54, seed=seed, lettering=True)


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("a cyberpunk city", "skyline"),
        ("AI consciousness", "network"),
        ("the minds of machines", "network"),
        ("pine forests", "forest"),
        ("ocean waves", "sea"),
        ("sand dunes of the Sahara", "dunes"),
        ("northern lights", "aurora"),
        ("Bauhaus poster", "poster"),
        ("wild flowers", "botanical"),
        ("portrait of a philosopher", "figure"),
        ("planets and stars", "cosmos"),
        ("synthwave drive", "horizon"),
    ],
)
def test_words_choose_the_style(prompt: str, style: str) -> None:
    assert look_of(prompt)[0] == style


def test_colour_words_choose_the_palette() -> None:
    mean = {}
    for word in ("red", "blue", "green"):
        pixels = paint(f"{word} flowing energy", width=320, height=180)[0].reshape(-1, 3).mean(axis=0)
        mean[word] = int(np.argmax(pixels))
    assert mean == {"red": 0, "blue": 2, "green": 1}


def test_every_row_of_the_tables_names_what_there_is() -> None:
    assert {look.style for look in LOOKS.values()} - {""} <= set(STYLES)
    assert {look.palette for look in LOOKS.values()} - {""} <= set(PALETTES)
    assert set(OWN_PALETTES) <= set(STYLES)
    assert set(OWN_PALETTES.values()) <= set(PALETTES)


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_formats(form: str) -> None:
    made = make_image("sea", width=64, height=48, form=form)  # type: ignore[arg-type]
    image = Image.open(io.BytesIO(made.data))
    assert image.format == form.upper()
    assert image.get_format_mimetype() == made.mime
    assert made.suffix in (".png", ".jpg", ".webp")


def test_refusals() -> None:
    with pytest.raises(Invalid, match="no style 'oil'"):
        make_image("sea", style="oil")
    with pytest.raises(Invalid, match="no palette"):
        make_image("sea", palette="ultraviolet")
    for size in ({"width": 0}, {"height": -5}, {"width": 100_000}):
        with pytest.raises(Invalid, match="16 to 8192"):
            make_image("sea", **size)
