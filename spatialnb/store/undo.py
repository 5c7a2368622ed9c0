"""What an undo would undo, told by marks that are stored with the changes: nothing needs to read the whole log.

Two stacks are kept, as in any editor. A change goes on the undo stack; changes that follow each other directly and are
of the same run are one unit there. An undo takes units off it and is itself put on the redo stack; a redo takes undos
off that and is put on the undo stack as a unit of its own; any other change empties the redo stack.

A stack is a chain through the log: the mark of a change names the change under it and, as units are unbroken
stretches, the first change of the unit it ends. The tops of both stacks stand in every mark, so that the latest mark is
the whole state.

An undo may also name changes that are not on top (a failed run that is taken back after someone else's change). They
become holes: revisions in the undo stack that are undone already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from spatialnb.models.change import Change


class Mark(NamedTuple):
    """The stacks after a change. 0 is the end of a stack."""

    start: int = 0
    """First revision of the unit that ends with this change."""
    below: int = 0
    """The change under it, in the stack that it was put on."""
    undo: int = 0
    redo: int = 0
    """Tops of the stacks."""
    holes: tuple[int, ...] = ()
    """Revisions in the undo stack that are undone already, falling."""


MarkOf = Callable[[int], Mark]
"""The mark of an earlier revision."""


def mark_after(change: Change, previous: Change | None, state: Mark, mark_of: MarkOf) -> Mark:
    """The mark of `change`, which follows `previous`, whose mark is `state`."""
    if change.undoes:
        return _after_undo(change, state, mark_of)
    if change.redoes:
        return _after_redo(change, state, mark_of)
    if previous is not None and _is_one_unit(previous, change):
        return Mark(state.start, state.below, undo=change.revision, holes=state.holes)
    return Mark(change.revision, state.undo, undo=change.revision, holes=state.holes)


def _is_one_unit(previous: Change, change: Change) -> bool:
    is_plain = not previous.undoes and not previous.redoes
    return is_plain and change.run != "" and previous.run == change.run and previous.revision == change.revision - 1


def _after_undo(change: Change, state: Mark, mark_of: MarkOf) -> Mark:
    undone = {*state.holes, *change.undoes}
    top = state.undo
    while top and undone.issuperset(range((mark := mark_of(top)).start, top + 1)):
        top = mark.below
    holes = tuple(sorted((revision for revision in undone if revision <= top), reverse=True))
    return Mark(change.revision, state.redo, undo=top, redo=change.revision, holes=holes)


def _after_redo(change: Change, state: Mark, mark_of: MarkOf) -> Mark:
    redone = set(change.redoes)
    top = state.redo
    while top and top in redone:
        top = mark_of(top).below
    return Mark(change.revision, state.undo, undo=change.revision, redo=top, holes=state.holes)


def undo_units(state: Mark, mark_of: MarkOf, count: int = 1) -> list[tuple[int, ...]]:
    """The revisions that each of the next `count` undos would undo, newest first."""
    units: list[tuple[int, ...]] = []
    top = state.undo
    while top and len(units) < count:
        mark = mark_of(top)
        unit = tuple(r for r in range(top, mark.start - 1, -1) if r not in state.holes)
        if unit:
            units.append(unit)
        top = mark.below
    return units


def redo_units(state: Mark, mark_of: MarkOf, count: int = 1) -> list[tuple[int, ...]]:
    """The revisions of the undos that each of the next `count` redos would take back, newest first."""
    units: list[tuple[int, ...]] = []
    top = state.redo
    while top and len(units) < count:
        units.append((top,))
        top = mark_of(top).below
    return units
