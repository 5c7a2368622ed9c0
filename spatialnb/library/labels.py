"""Labels and names: what a file's own name, its folders and what is written in it say, and how it looks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from spatialnb.library.examined import Examined
from spatialnb.library.looks import look_labels
from spatialnb.models.asset import AssetKind, Colour

MOST = 24
_COLOUR_SHARE = 0.15
_NOISE_WORDS = """
img image imgp dsc dscn dscf pxl vid mvi mov mvimg gopr gopro cimg pict pic sam kodak screenshot screen shot photo
photos picture pictures video videos audio sound sounds music file files media model models text texts document
untitled copy final edited edit export version ver draft scan wp fb whatsapp instagram signal telegram
bearbeitet kopie scene mesh output render rendered asset assets data download downloads desktop documents backup tmp
temp misc various the and for with from von und mit les des jpg jpeg png gif webp tif mp4 mp3 wav flac glb gltf obj
stl txt
"""
_NOISE = frozenset(_NOISE_WORDS.split())
_CAMERA = re.compile(
    r"(?:img|image|imgp|dsc|dscn|dscf|_dsc|pxl|vid|mvi|mov|mvimg|gopr|gp|cimg|pict|sam|p|r|dji)[-_ ]?\d{3,}", re.I
)
_SMALL_WORDS = frozenset(("into", "onto", "over", "than", "this", "that"))


def name_for(source: str, title: str = "") -> str:
    """A name for people: `neon_city-03.jpg` is "Neon city 03". A title in the file wins over a camera's counter."""
    stem = PurePosixPath(source).stem
    if title and (len(title) <= 60 and (_is_noise(stem) or not re.search(r"[^\W\d_]{3}", stem))):
        return title
    words = [word for word in _split(stem) if word]
    text = " ".join(word if word.isupper() and len(word) <= 5 else word.lower() for word in words).strip()
    return (text[:1].upper() + text[1:])[:80] or title[:80] or "Untitled"


def labels_for(source: str, examined: Examined, colours: tuple[Colour, ...], kind: AssetKind) -> tuple[str, ...]:
    """At most 24 lower case labels, most telling first: keywords, title, file name, folders, traits, colours, looks."""
    path = PurePosixPath(source)
    said = examined.embedded
    keywords = [word.strip().lower() for word in said.keywords if 2 <= len(word.strip()) <= 40]
    folders = [word for part in reversed(path.parts[:-1][-3:]) for word in _telling(part)]
    seen = [colour.name for colour in colours if colour.share >= _COLOUR_SHARE][:3]
    looks = look_labels(examined.facts, colours) if kind in ("image", "video") else ()
    ordered = (*keywords, *_telling(said.title), *_telling(path.stem), *folders, *examined.traits, *seen, *looks)
    return tuple(dict.fromkeys(ordered))[:MOST]


def _telling(text: str) -> Iterable[str]:
    """The words of a name that say something: no camera counters, dates, hashes or words every folder has."""
    for word in _split(_CAMERA.sub(" ", text)):
        plain = word.lower()
        if len(plain) < 3 or plain in _NOISE or plain in _SMALL_WORDS or plain.isdigit():
            continue
        if re.fullmatch(r"[0-9a-f]{8,}|\d+\w{1,2}|\d+x\d+|v\d+|x\d+", plain):
            continue
        yield plain


def _split(text: str) -> list[str]:
    """Words of snake_case, kebab-case, camelCase and words glued to numbers."""
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zà-ÿ])", " ", text)
    spaced = re.sub(r"(?<=[^\W\d_]{2})(?=\d)|(?<=\d)(?=[^\W\d_]{3})", " ", spaced)
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)?", spaced)


def _is_noise(stem: str) -> bool:
    return not any(True for _ in _telling(stem))
