"""Pictures from words, without a model: the words choose a style and a palette, a seed does the rest.

picture = make_image("a cyberpunk city at night in the rain")
Path("city" + picture.suffix).write_bytes(picture.data)
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from PIL import Image

from spatialnb.errors import Invalid
from spatialnb.make.concepts import LOOKS
from spatialnb.make.painting import city, land, living, pattern
from spatialnb.make.painting.brush import Painting
from spatialnb.make.painting.letters import title as set_title
from spatialnb.make.painting.palettes import PALETTES
from spatialnb.make.words import chance, choose, look_up, title_of, words_of

ImageFormat: TypeAlias = Literal["png", "jpeg", "webp"]

STYLES: dict[str, Callable[[Painting], None]] = {
    "skyline": city.skyline,
    "horizon": city.horizon,
    "circuit": city.circuit,
    "mountains": land.mountains,
    "forest": land.forest,
    "dunes": land.dunes,
    "sea": land.sea,
    "aurora": land.aurora,
    "flow": pattern.flow,
    "network": pattern.network,
    "poster": pattern.poster,
    "figure": living.figure,
    "botanical": living.botanical,
    "cosmos": living.cosmos,
}
"""Adding a style is one function that paints on a `Painting`, and one row here."""

OPEN_STYLES = ("flow", "cosmos", "poster", "aurora", "network", "botanical", "mountains", "horizon")
"""Styles that fit words of which nothing is known."""
OWN_PALETTES = {
    "skyline": "neon",
    "horizon": "sunset",
    "circuit": "electric",
    "mountains": "ice",
    "forest": "forest",
    "dunes": "desert",
    "sea": "sea",
    "aurora": "aurora",
    "network": "violet",
    "poster": "bauhaus",
    "botanical": "moss",
    "cosmos": "cosmos",
    "figure": "violet",
}
"""The palette of a style when the words name none."""
_SAVE: dict[ImageFormat, tuple[str, str, dict[str, object]]] = {
    "png": ("image/png", ".png", {"compress_level": 1}),
    "jpeg": ("image/jpeg", ".jpg", {"quality": 92, "subsampling": 0}),
    "webp": ("image/webp", ".webp", {"quality": 90, "method": 0}),
}


@dataclass(frozen=True)
class Picture:
    """A picture as a file's bytes, and what it is."""

    data: bytes
    mime: str
    suffix: str
    name: str
    """A short title, from the prompt."""
    labels: tuple[str, ...]
    style: str
    palette: str
    width: int
    height: int
    seed: int


def make_image(
    prompt: str,
    *,
    style: str | None = None,
    palette: str | None = None,
    width: int = 1280,
    height: int = 720,
    seed: int = 0,
    lettering: bool | str = False,
    form: ImageFormat = "jpeg",
) -> Picture:
    """Paint `prompt`. The same arguments give the same bytes on one machine.

    `style` and `palette` are names of `STYLES` and `PALETTES`; None lets the words choose. `lettering` sets the title
    (True) or any text on the picture. Raises `Invalid` for an unknown style or palette and for a size outside 16 to
    8192.
    """
    pixels, chosen, colours = paint(
        prompt, style=style, palette=palette, width=width, height=height, seed=seed, lettering=lettering
    )
    mime, suffix, options = _SAVE[form]
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form.upper(), **options)
    return Picture(
        data=buffer.getvalue(),
        mime=mime,
        suffix=suffix,
        name=title_of(prompt),
        labels=labels_of(prompt, chosen),
        style=chosen,
        palette=colours,
        width=width,
        height=height,
        seed=seed,
    )


def paint(
    prompt: str,
    *,
    style: str | None = None,
    palette: str | None = None,
    width: int = 1280,
    height: int = 720,
    seed: int = 0,
    lettering: bool | str = False,
):
    """As `make_image`, but gives (RGB pixels, style, palette) in place of a file."""
    for name, value in (("width", width), ("height", height)):
        if not 16 <= value <= 8192:
            raise Invalid(f"The {name} of a picture is from 16 to 8192 pixels, not {value}.", name)
    chosen, colours = look_of(prompt, seed, style, palette)
    painting = Painting(
        width, height, PALETTES[colours], chance("image", prompt.strip().lower(), chosen, colours, seed)
    )
    STYLES[chosen](painting)
    if lettering:
        set_title(painting, title_of(prompt) if lettering is True else lettering)
    painting.grain()
    return painting.finished(), chosen, colours


def look_of(prompt: str, seed: int = 0, style: str | None = None, palette: str | None = None) -> tuple[str, str]:
    """Style and palette for `prompt`. Words vote; the first of equals wins; unknown words choose by their hash."""
    for field, value, known in (("style", style, STYLES), ("palette", palette, PALETTES)):
        if value is not None and value not in known:
            raise Invalid(f"There is no {field} {value!r}. There are: {', '.join(known)}.", field)
    styles: dict[str, float] = {}
    palettes: dict[str, float] = {}
    for look in look_up(LOOKS, prompt):
        if look.style:
            styles[look.style] = styles.get(look.style, 0) + look.weight
        if look.palette:
            palettes[look.palette] = palettes.get(look.palette, 0) + look.weight
    key = " ".join(words_of(prompt)) or "untitled"
    chosen = style or _most(styles) or choose(OPEN_STYLES, "style", key, seed)
    colours = palette or _most(palettes) or OWN_PALETTES.get(chosen) or choose(tuple(PALETTES), "palette", key, seed)
    return chosen, colours


def labels_of(prompt: str, style: str) -> tuple[str, ...]:
    """Words that say what the picture is: those of the prompt, then the style's name."""
    return tuple(dict.fromkeys([*words_of(prompt), style]))


def _most(votes: dict[str, float]) -> str | None:
    return max(votes, key=lambda name: votes[name]) if votes else None
