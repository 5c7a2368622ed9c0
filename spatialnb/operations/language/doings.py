"""What was done to which things, read from the change log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from typing import TypeAlias

from spatialnb.models import selection as s
from spatialnb.models.change import Change, Edit, standing

History: TypeAlias = Callable[[], Sequence[Change]]
"""The change log, oldest first."""
_MOVING = frozenset({"position", "rotation", "size"})


def ids_of(node: s.Done, history: Sequence[Change]) -> tuple[str, ...]:
    """Ids of the items and assets that the changes `node` means were about, in the order of the changes.

    What was done several times counts where it was done first, or last where the last change is meant. What was undone
    was not done.
    """
    found: list[tuple[str, ...]] = []
    for change in standing(history):
        day = change.at.astimezone(UTC).date()
        if node.by is not None and change.author != node.by:
            continue
        if (node.since is not None and day < node.since) or (node.until is not None and day > node.until):
            continue
        if ids := tuple(dict.fromkeys(_touched(change.edits, node.what))):
            found.append(ids)
    if node.end is not None:
        found = found[:1] if node.end == "first" else found[-1:]
    return tuple(dict.fromkeys(each for ids in found for each in ids))


def _touched(edits: Iterable[Edit], what: str) -> Iterable[str]:
    for edit in edits:
        root, *rest = edit.path
        made = edit.before is None
        if root == "assets" and len(rest) == 1 and made and what != "moved":
            yield rest[0]
        elif root == "canvases" and len(rest) >= 3 and rest[1] == "items":
            whole = len(rest) == 3
            moved = not whole and rest[3] in _MOVING
            if what == "changed" or (what == "made" and whole and made) or (what == "moved" and moved):
                yield rest[2]
