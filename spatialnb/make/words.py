"""How to make something, from the words of a prompt: looking up concepts, and a stable choice for unknown words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "about",
        "are",
        "as",
        "at",
        "be",
        "by",
        "create",
        "draw",
        "for",
        "from",
        "generate",
        "give",
        "image",
        "in",
        "is",
        "it",
        "its",
        "made",
        "make",
        "me",
        "music",
        "my",
        "of",
        "on",
        "or",
        "our",
        "paint",
        "photo",
        "picture",
        "please",
        "some",
        "song",
        "sound",
        "soundtrack",
        "that",
        "the",
        "their",
        "this",
        "to",
        "track",
        "video",
        "with",
    ]
)
_ENDINGS = (("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"))
T = TypeVar("T")


class Look(NamedTuple):
    """What a concept looks like: a painting style and a palette; either is empty where the word says nothing."""

    style: str
    palette: str
    weight: float = 1.0


def words_of(prompt: str) -> list[str]:
    """The telling words of a prompt, lower case, in order, each once."""
    found = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+", prompt.lower())
    return list(dict.fromkeys(word for word in found if word not in STOP_WORDS))


def forms(word: str) -> list[str]:
    """The word and what may be its singular in English, good enough to look it up."""
    found = [word]
    if len(word) > 3:
        found += [word[: -len(end)] + instead for end, instead in _ENDINGS if word.endswith(end)]
    return found


def look_up(table: Mapping[str, T], prompt: str) -> list[T]:
    """Rows of `table` for the words of `prompt`, in the order of the words; words that are not there are skipped."""
    rows = (next((table[form] for form in forms(word) if form in table), None) for word in words_of(prompt))
    return [row for row in rows if row is not None]


def number(*parts: object) -> int:
    """A stable number below 2**64 from anything that prints the same everywhere."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def chance(*parts: object) -> np.random.Generator:
    """A random generator that gives the same numbers for the same parts, on every machine."""
    return np.random.Generator(np.random.PCG64(number(*parts)))


def choose(options: Sequence[T], *parts: object) -> T:
    """One of `options`, always the same for the same parts."""
    return options[number(*parts) % len(options)]


def title_of(prompt: str) -> str:
    """A short title: the telling words of the prompt, at most five, capitalised."""
    words = words_of(prompt)[:5]
    return " ".join(word.upper() if word in {"ai", "vr", "3d"} else word.capitalize() for word in words) or "Untitled"


def slug(text: str) -> str:
    """A file name's stem: ASCII letters, digits and hyphens."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60].strip("-") or "untitled"
