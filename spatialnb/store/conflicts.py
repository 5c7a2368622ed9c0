"""Who has overwritten whom: the fields of concurrent changes that a later change sets as well."""

from __future__ import annotations

from collections.abc import Iterable

from spatialnb.models.change import Change, Edit, Override, Path
from spatialnb.store.entries import Entry


def overrides_of(edits: Iterable[Edit], concurrent: Iterable[Entry]) -> tuple[Override, ...]:
    """The fields of `concurrent` entries that `edits` set too, or hold, or lie in."""
    entries = tuple(concurrent)
    if not entries:
        return ()
    own = {edit.path for edit in edits}
    above = {path[:n] for path in own for n in range(1, len(path))}
    return tuple(
        Override(revision=entry.change.revision, path=edit.path, author=entry.change.author)
        for entry in entries
        for edit in entry.change.edits
        if _meets(edit.path, own, above)
    )


def _meets(path: Path, own: set[Path], above: set[Path]) -> bool:
    return path in above or any(path[:n] in own for n in range(1, len(path) + 1))


def is_foreign(entry: Entry, change: Change, client: str) -> bool:
    """Whether an entry is of another hand than `change`: another process, view or run."""
    theirs = entry.change
    return entry.client != client or (theirs.author, theirs.actor, theirs.run) != (
        change.author,
        change.actor,
        change.run,
    )
