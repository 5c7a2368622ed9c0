"""What an export gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Report: TypeAlias = Callable[[float | None, str], None]
"""Progress: a fraction from 0 to 1 (None when it cannot be told) and what is being done."""


@dataclass(frozen=True)
class Exported:
    """Files that were written. `path` is the one to open."""

    path: Path
    files: tuple[Path, ...]
    bytes: int
    seconds: float
    """How long it took."""
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    """Length of a film, in seconds."""
    frame_rate: int | None = None
    notes: tuple[str, ...] = ()
    """What could not be shown as it is, in plain words."""
