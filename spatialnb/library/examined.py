"""What the examination of one file gives, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spatialnb.library.kinds import Kind
from spatialnb.models.asset import Facts, Rendition, RenditionRole

Pixels = NDArray[np.uint8]
"""Rows x columns x 3 (RGB) or 4 (RGBA), not premultiplied."""


@dataclass(frozen=True)
class Embedded:
    """What a file says of itself."""

    title: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    created: datetime | None = None
    licence: str = ""

    @property
    def words(self) -> str:
        """Title and description as running text, without saying the same twice."""
        parts = dict.fromkeys(part.strip() for part in (self.title, self.description) if part.strip())
        return ". ".join(part.rstrip(".") for part in parts) if len(parts) > 1 else "".join(parts)


@dataclass(frozen=True)
class Examined:
    """Facts, what the file says of itself, its renditions, and a small picture to take colours from."""

    facts: Facts
    embedded: Embedded = Embedded()
    renditions: dict[RenditionRole, Rendition] = field(default_factory=dict)
    look: Pixels | None = None
    words: str = ""
    """The text of a text."""
    traits: tuple[str, ...] = ()
    """Labels that only the reader of this kind can tell, such as "animated"."""
    mime: str = ""
    """The media type where reading told more than the signature did; otherwise empty."""
    kind: str = ""
    """The kind where reading told more than the signature did (a container that holds only sound); otherwise empty."""


@dataclass(frozen=True)
class Source:
    """One file to examine: where it is, what it is, and the hash and length of the bytes that are kept of it."""

    path: Path
    kind: Kind
    key: str
    bytes: int
    stopped: Callable[[], bool] = lambda: False
