"""What came of an ingest."""

from __future__ import annotations

from dataclasses import dataclass

from spatialnb.models.asset import Asset


@dataclass(frozen=True)
class Skipped:
    """A file that was left out because it is there already. `asset` is the id of what it is the same as."""

    path: str
    reason: str
    asset: str = ""


@dataclass(frozen=True)
class Failed:
    """A file that cannot be used, and why, in a sentence."""

    path: str
    reason: str


@dataclass(frozen=True)
class Noted:
    """A file that was added, and something about it that its owner may want to know."""

    path: str
    note: str


@dataclass(frozen=True)
class IngestReport:
    """Every file in exactly one of `added`, `skipped` and `failed`, each in the natural order of the paths.

    Paths are relative to the folder that was ingested.
    """

    added: tuple[Asset, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    failed: tuple[Failed, ...] = ()
    noted: tuple[Noted, ...] = ()
    stopped: bool = False
    """Someone stopped it: what was finished is in `added`, the rest was not looked at."""

    def __str__(self) -> str:
        """One sentence."""
        counts = ((len(self.added), "added"), (len(self.skipped), "there already"), (len(self.failed), "failed"))
        said = ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing to ingest"
        return f"{said}{' (stopped)' if self.stopped else ''}."
