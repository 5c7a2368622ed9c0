"""Who makes pictures and speech: a table each, what is embedded first. What is hosted comes as the caller's function.

picture, told = made(PICTURES, ("hosted", "embedded"), Wish("a lighthouse", hosted=ask))
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PIL import Image, UnidentifiedImageError

from spatialnb.errors import ModelUnavailable, Unsupported
from spatialnb.make.image import make_image
from spatialnb.make.words import title_of, words_of

Hosted: TypeAlias = Callable[[], bytes]
"""Has a hosted model make it. Raises `ModelUnavailable`."""
FORMS: Mapping[str, tuple[str, str]] = {
    "PNG": ("image/png", ".png"),
    "JPEG": ("image/jpeg", ".jpg"),
    "WEBP": ("image/webp", ".webp"),
}
MOST_PIXELS = 64_000_000
SOUNDS: Mapping[bytes, tuple[str, str]] = {
    b"ID3": ("audio/mpeg", ".mp3"),
    b"\xff\xfb": ("audio/mpeg", ".mp3"),
    b"\xff\xf3": ("audio/mpeg", ".mp3"),
    b"\xff\xf2": ("audio/mpeg", ".mp3"),
    b"RIFF": ("audio/wav", ".wav"),
    b"OggS": ("audio/ogg", ".ogg"),
    b"fLaC": ("audio/flac", ".flac"),
}
"""How a sound file begins, its media type and its ending."""


@dataclass(frozen=True)
class Wish:
    """What is to be made."""

    prompt: str
    style: str | None = None
    seed: int = 0
    hosted: Hosted | None = None
    """None: there is no hosted model."""


@dataclass(frozen=True)
class Made:
    """A picture or speech as a file's bytes, and what it is."""

    data: bytes
    mime: str
    suffix: str
    name: str
    labels: tuple[str, ...]
    by: str
    """The provider that made it."""


Provider: TypeAlias = Callable[[Wish], Made]


def _painted(wish: Wish) -> Made:
    picture = make_image(wish.prompt, style=wish.style, seed=wish.seed)
    return Made(picture.data, picture.mime, picture.suffix, picture.name, picture.labels, "embedded")


def _drawn(wish: Wish) -> Made:
    data = _asked(wish, "pictures")
    try:
        with Image.open(io.BytesIO(data)) as image:
            kind = FORMS.get(image.format or "")
            fits = 0 < image.width * image.height <= MOST_PIXELS
            image.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        kind, fits = None, False
    if kind is None or not fits:
        raise ModelUnavailable("The model gave no picture that can be used; try again, or another prompt.")
    return Made(data, *kind, title_of(wish.prompt), tuple(words_of(wish.prompt)), "hosted")


def _spoken(wish: Wish) -> Made:
    data = _asked(wish, "speech")
    kind = next((kind for start, kind in SOUNDS.items() if data.startswith(start)), None)
    if kind is None:
        raise ModelUnavailable("The model gave no sound that can be used; try again, or another voice.")
    return Made(data, *kind, title_of(wish.prompt), ("speech", *words_of(wish.prompt)), "hosted")


def _asked(wish: Wish, what: str) -> bytes:
    if wish.hosted is None:
        raise ModelUnavailable(f"There is no hosted model for {what}.")
    return wish.hosted()


PICTURES: Mapping[str, Provider] = {"embedded": _painted, "hosted": _drawn}
SPEECH: Mapping[str, Provider] = {"hosted": _spoken}
"""No voice is small and free enough to be embedded in the default install so far."""


def made(
    providers: Mapping[str, Provider], order: Sequence[str], wish: Wish
) -> tuple[Made, tuple[ModelUnavailable, ...]]:
    """What the first provider of `order` that can makes of a wish, and the errors of those before it.

    Raises the first one's `ModelUnavailable` if none can.
    """
    failed: list[ModelUnavailable] = []
    for name in order:
        if (provider := providers.get(name)) is None:
            raise Unsupported(f"There is no provider {name!r}; there are: {', '.join(providers)}.")
        try:
            return provider(wish), tuple(failed)
        except ModelUnavailable as error:
            failed.append(error)
    raise failed[0]
