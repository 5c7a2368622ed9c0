"""One change of a project: the call that made it, what it set, and what stood there before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, cast

from pydantic import BaseModel

from spatialnb.models.base import Frozen, FrozenDict, FrozenMap, Json
from spatialnb.models.draft import Draft, to_json
from spatialnb.models.project import Project

Author: TypeAlias = Literal["person", "agent", "code"]
Path: TypeAlias = tuple[str, ...]


class Edit(Frozen):
    """A value at a path of the project, before and after. None at the place of a map entry means: no such entry.

    Paths run through field names and map keys, as in `("canvases", "main", "items", "robot-1", "position")`.
    """

    path: Path
    before: Json = None
    after: Json = None
    ahead_of: str | None = None
    """Where a map entry that is added or taken out stands: ahead of this key, or last. An undo puts it back there."""

    @property
    def inverse(self) -> Edit:
        return Edit(path=self.path, before=self.after, after=self.before, ahead_of=self.ahead_of)


class Call(Frozen):
    """The operation call that made a change; enough to make it again."""

    operation: str
    args: FrozenMap[str, Json] = FrozenDict()
    version: int = 1
    """Which version of the operation it was: a later one may mean something else by the same arguments."""


class Override(Frozen):
    """A field of an earlier, concurrent change that this change has overwritten."""

    revision: int
    path: Path
    author: Author


class Change(Frozen):
    """One entry of the change log. `revision` is the project's revision after it."""

    revision: int
    base: int
    """The revision its author saw."""
    call: Call
    edits: tuple[Edit, ...]
    author: Author
    actor: str = ""
    """Which view, kernel or user of that author: lets a view recognise its own change."""
    run: str = ""
    step: str = ""
    correlation_id: str = ""
    at: datetime
    summary: str = ""
    """What it did, in a few words: "Arranged 12 pictures in a circle"."""
    undoes: tuple[int, ...] = ()
    redoes: tuple[int, ...] = ()
    overrides: tuple[Override, ...] = ()

    @property
    def patch(self) -> tuple[Edit, ...]:
        return self.edits

    @property
    def inverse(self) -> tuple[Edit, ...]:
        return tuple(edit.inverse for edit in reversed(self.edits))


def standing(changes: Sequence[Change]) -> list[Change]:
    """What of `changes` (oldest first) is still done: without what was undone, and without undoing and redoing."""
    undone: set[int] = set()
    by_revision = {change.revision: change for change in changes}
    for change in changes:
        undone |= set(change.undoes)
        # Making again what an undo took back brings back the changes that the undo named.
        for again in change.redoes:
            undone -= {again, *(by_revision[again].undoes if again in by_revision else ())}
    return [c for c in changes if not (c.undoes or c.redoes or c.revision in undone)]


class Dropped(Frozen):
    """An edit that could not be applied because what it is about is gone."""

    path: Path


def diff(before: Project, after: Project) -> tuple[Edit, ...]:
    """The edits that lead from one project to another, found by identity first, so that it costs what has changed.

    The order of map entries is kept for those that are added or taken out; a mere change of order is not seen.
    """
    edits: list[Edit] = []
    for name in Project.model_fields:
        if name != "revision":
            _diff((name,), getattr(before, name), getattr(after, name), edits)
    return tuple(edits)


def _diff(path: Path, before: Any, after: Any, edits: list[Edit]) -> None:
    if before is after:
        return
    if isinstance(before, BaseModel) and type(before) is type(after) and type(before).__name__ in _WALKED:
        # The fields are read from their dict: thousands of items are walked here, of which most fields are the same.
        fields = after.__dict__
        for name, old in before.__dict__.items():
            if old is not (new := fields[name]):
                _diff((*path, name), old, new, edits)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        _diff_entries(path, cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", after), edits)
    elif before != after:
        edits.append(Edit(path=path, before=to_json(before), after=to_json(after)))


_WALKED = {"Canvas", "Layout", "Environment", "Item", "Asset", "Group"}
"""Models whose fields are edited one by one. Any other, such as a size or a pose, is one value: two hands that pull at
it at once should not leave half of each."""


def _diff_entries(path: Path, before: Mapping[str, Any], after: Mapping[str, Any], edits: list[Edit]) -> None:
    same_keys = before.keys() == after.keys()
    if not same_keys:
        places = _places(before, after)
        # Backwards, so that the inverse (which runs the other way) puts neighbours back in their order.
        for key in reversed([key for key in before if key not in after]):
            edits.append(Edit(path=(*path, key), before=to_json(before[key]), ahead_of=places[key]))
    for key, new in after.items():
        if key in before and before[key] is not new:
            _diff((*path, key), before[key], new, edits)
    if not same_keys:
        places = _places(after, before)
        for key in [key for key in after if key not in before]:
            edits.append(Edit(path=(*path, key), after=to_json(after[key]), ahead_of=places[key]))


def _places(entries: Mapping[str, Any], staying: Mapping[str, Any]) -> dict[str, str | None]:
    """For each key the next one that is in both maps."""
    following: str | None = None
    places: dict[str, str | None] = {}
    for key in reversed(tuple(entries)):
        places[key] = following
        if key in staying:
            following = key
    return places


def apply(project: Project, edits: Iterable[Edit]) -> tuple[Project, tuple[Edit, ...], tuple[Dropped, ...]]:
    """`project` with `edits` made; the edits as they took effect (`before` is what stood there); what was dropped.

    An edit inside something that no longer exists is dropped, never an error: someone else removed it first. Raises
    `Invalid` for a path that no project can have, `pydantic.ValidationError` for a value of the wrong type.
    """
    draft = Draft(project)
    done: list[Edit] = []
    dropped: list[Dropped] = []
    for edit in edits:
        place = draft.enter(edit.path[:-1])
        if place is None:
            dropped.append(Dropped(path=edit.path))
            continue
        before = place.put(edit.path[-1], edit.after, edit.ahead_of)
        if before is not place:
            done.append(edit if edit.before == before else edit.model_copy(update={"before": before}))
    return cast(Project, draft.close()), tuple(done), tuple(dropped)


def replay(project: Project, changes: Iterable[Change]) -> Project:
    """`project` after `changes` of its own log: as `apply` one after the other, but every map is copied only once."""
    draft = Draft(project)
    revision = project.revision
    for change in changes:
        for edit in change.edits:
            place = draft.enter(edit.path[:-1])
            if place is not None:
                place.put(edit.path[-1], edit.after, edit.ahead_of)
        revision = change.revision
    return cast(Project, draft.close()).with_revision(revision)
