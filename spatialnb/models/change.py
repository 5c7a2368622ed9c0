"""One change of a project: the call that made it, what it set, and what stood there before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, TypeAdapter

from spatialnb.models.base import Frozen, FrozenDict, FrozenMap, Json
from spatialnb.models.project import Project

Author: TypeAlias = Literal["person", "agent", "code"]
Path: TypeAlias = tuple[str, ...]
P = TypeVar("P", bound=BaseModel)


class Edit(Frozen):
    """A value at a path of the project, before and after. None at the place of a map entry means: no such entry.

    Paths run through field names and map keys, as in `("canvases", "main", "items", "robot-1", "position")`.
    """

    path: Path
    before: Json = None
    after: Json = None

    @property
    def inverse(self) -> Edit:
        return Edit(path=self.path, before=self.after, after=self.before)


class Call(Frozen):
    """The operation call that made a change; enough to make it again."""

    operation: str
    args: FrozenMap[str, Json] = FrozenDict()


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
    """What it did, in a few words: "Arranged 12 photos in a circle"."""
    undoes: tuple[int, ...] = ()
    redoes: tuple[int, ...] = ()
    overrides: tuple[Override, ...] = ()

    @property
    def patch(self) -> tuple[Edit, ...]:
        return self.edits

    @property
    def inverse(self) -> tuple[Edit, ...]:
        return tuple(edit.inverse for edit in reversed(self.edits))


class Dropped(Frozen):
    """An edit that could not be applied because what it is about is gone."""

    path: Path


def diff(before: Project, after: Project) -> tuple[Edit, ...]:
    """The edits that lead from one project to another, found by identity first, so that it costs what has changed."""
    edits: list[Edit] = []
    _diff((), before, after, edits)
    return tuple(edits)


def _diff(path: Path, before: Any, after: Any, edits: list[Edit]) -> None:
    if before is after:
        return
    if isinstance(before, BaseModel) and type(before) is type(after) and _is_walked(type(before)):
        for name in type(before).model_fields:
            if path or name != "revision":
                _diff((*path, name), getattr(before, name), getattr(after, name), edits)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in (*after, *(key for key in before if key not in after)):
            old, new = before.get(key), after.get(key)
            if old is None or new is None:
                edits.append(Edit(path=(*path, key), before=_json(old), after=_json(new)))
            else:
                _diff((*path, key), old, new, edits)
    elif before != after:
        edits.append(Edit(path=path, before=_json(before), after=_json(after)))


@cache
def _is_walked(model: type[BaseModel]) -> bool:
    # A size or a pose is one value: two hands that pull at it at once should not leave half of each.
    return model.__name__ in {"Project", "Canvas", "Layout", "Environment", "Item", "Asset", "Group"}


def _json(value: Any) -> Json:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [_json(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _json(v) for k, v in value.items()}
    return value


def apply(project: Project, edits: Iterable[Edit]) -> tuple[Project, tuple[Edit, ...], tuple[Dropped, ...]]:
    """`project` with `edits` made; the edits as they took effect (`before` is what stood there); what was dropped.

    An edit inside something that no longer exists is dropped, never an error: someone else removed it first.
    """
    tree: dict[str, Any] = {}
    for edit in edits:
        node = tree
        for part in edit.path[:-1]:
            node = node.setdefault(part, {})
            if isinstance(node, Edit):
                break
        if isinstance(node, dict):
            node[edit.path[-1]] = edit
    done: list[Edit] = []
    dropped: list[Dropped] = []
    changed = _apply((), project, type(project), tree, done, dropped)
    return changed, tuple(done), tuple(dropped)


def _apply(path: Path, value: Any, kind: Any, tree: Mapping[str, Any], done: list[Edit], dropped: list[Dropped]) -> Any:
    update: dict[str, Any] = {}
    is_model = isinstance(value, BaseModel)
    for key, node in tree.items():
        here = (*path, key)
        if is_model and key not in type(value).model_fields:
            raise ValueError(f"No field {'/'.join(here)} in a project.")
        current = getattr(value, key) if is_model else value.get(key)
        if isinstance(node, Edit):
            after = node.after if node.after is None and not is_model else _typed(type(value) if is_model else kind, key if is_model else "", node.after)
            if current != after:
                done.append(Edit(path=here, before=_json(current), after=node.after))
                update[key] = after
        elif current is None:
            dropped.extend(Dropped(path=edit.path) for edit in _leaves(node))
        else:
            inner = _value_type(type(value), key) if is_model else None
            update[key] = _apply(here, current, inner, node, done, dropped)
    if not update:
        return value
    if is_model:
        return value.model_copy(update=update)
    entries = {**value, **update}
    return FrozenDict({k: v for k, v in entries.items() if v is not None})


def _leaves(tree: Mapping[str, Any]) -> Iterable[Edit]:
    for node in tree.values():
        if isinstance(node, Edit):
            yield node
        else:
            yield from _leaves(node)


@cache
def _adapter(kind: Any, field: str) -> TypeAdapter[Any]:
    return TypeAdapter(kind.model_fields[field].rebuild_annotation() if field else kind)


def _typed(kind: Any, field: str, value: Json) -> Any:
    return _adapter(kind, field).validate_python(value)


@cache
def _value_type(model: type[BaseModel], field: str) -> Any:
    """The type of a map field's values."""
    annotation = model.model_fields[field].annotation
    return getattr(annotation, "__args__", (None, None))[-1]
