"""A frozen model opened for a series of edits: each model and map on the way is copied once, when it is closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter

from spatialnb.errors import Invalid
from spatialnb.models.base import FrozenDict, Json


class Draft:
    """A model, or a map of models, that is being edited. `close()` gives the changed copy; the original stays."""

    __slots__ = ("_ahead", "_kind", "_open", "_placed", "_set", "_value")

    def __init__(self, value: Any, kind: Any = None) -> None:
        self._value: Any = value
        self._kind = kind
        """Type of the entries of a map; None for a model."""
        self._open: dict[str, Draft] = {}
        self._set: dict[str, Any] | None = None
        """A model's new fields, or a map's entries, all of them, once one has changed."""
        self._ahead: dict[str, list[str]] = {}
        self._placed: set[str] = set()
        """New entries of a map that do not stand last; `_ahead` says ahead of which."""

    @property
    def _is_model(self) -> bool:
        return self._kind is None

    def enter(self, path: Iterable[str]) -> Draft | None:
        """The part at `path`, opened; None where there is nothing. Raises `Invalid` if there can be nothing there."""
        part: Draft | None = self
        for key in path:
            part = part._enter(key)
            if part is None:
                return None
        return part

    def _enter(self, key: str) -> Draft | None:
        if (opened := self._open.get(key)) is not None:
            return opened
        value = self._get(key)
        if value is None:
            return None
        if isinstance(value, BaseModel):
            opened = Draft(value)
        elif isinstance(value, Mapping) and self._is_model:
            opened = Draft(value, _entry_type(type(self._value), key))
        else:
            raise Invalid(f"There is nothing inside {key} that can be set on its own; set {key} itself.", key)
        self._open[key] = opened
        return opened

    def put(self, key: str, after: Json, ahead_of: str | None = None) -> Json | Draft:
        """Set a field or an entry (None takes it out); gives what stood there, or the draft itself: nothing changed."""
        if self._is_model:
            current = self._get(key)
            value = _field(type(self._value), key).validate_python(after)
        else:
            current = self._get(key)
            value = None if after is None else _adapter(self._kind).validate_python(after)
        if key in self._open:
            current = self._open[key].close()
        if current == value:
            return self
        self._open.pop(key, None)
        self._write(key, value, ahead_of)
        return to_json(current)

    def close(self) -> Any:
        """The value with every edit in it; the very same object if nothing has changed."""
        for key, part in self._open.items():
            value = part.close()
            if value is not self._get(key):
                self._write(key, value, None)
        self._open.clear()
        if self._set is None:
            return self._value
        if self._is_model:
            self._value = cast(BaseModel, self._value).model_copy(update=self._set)
        else:
            self._settle()
            self._value = FrozenDict(self._set)
        self._set = None
        return self._value

    def _get(self, key: str) -> Any:
        if self._is_model:
            model = cast(BaseModel, self._value)
            if key not in type(model).model_fields:
                raise Invalid(f"A {type(model).__name__.lower()} has no {key}.", key)
            return self._set[key] if self._set is not None and key in self._set else getattr(model, key)
        entries: Mapping[str, Any] = self._value if self._set is None else self._set
        return entries.get(key)

    def _write(self, key: str, value: Any, ahead_of: str | None) -> None:
        if self._set is None:
            self._set = {} if self._is_model else dict(self._value)
        if self._is_model or value is not None:
            if not self._is_model and key not in self._set and ahead_of in self._set:
                self._placed.add(key)
                self._ahead.setdefault(ahead_of, []).append(key)
            self._set[key] = value
        else:
            if key in self._ahead or key in self._placed:
                self._settle()
            del self._set[key]

    def _settle(self) -> None:
        """Bring the entries into their order. Done once for many, as it walks through all of them."""
        if not self._placed or self._set is None:
            return
        ordered: dict[str, Any] = {}
        for key in self._set:
            if key in self._placed:
                continue
            stack: list[tuple[str, bool]] = [(key, False)]
            while stack:
                name, ready = stack.pop()
                if ready or name not in self._ahead:
                    ordered[name] = self._set[name]
                else:
                    stack.append((name, True))
                    stack.extend((other, False) for other in reversed(self._ahead[name]))
        self._set, self._ahead, self._placed = ordered, {}, set()


def to_json(value: Any) -> Json:
    """A value of a project as JSON data."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, tuple):
        return [v if type(v) in _PLAIN else to_json(v) for v in cast("tuple[Any, ...]", value)]
    if isinstance(value, Mapping):
        return {str(k): to_json(v) for k, v in cast("Mapping[Any, Any]", value).items()}
    return _any().dump_python(value, mode="json")


_PLAIN = frozenset({str, int, float, bool, type(None)})


@cache
def _any() -> TypeAdapter[Any]:
    return TypeAdapter(Any)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@cache
def _field(model: type[BaseModel], field: str) -> TypeAdapter[Any]:
    if field not in model.model_fields:
        raise Invalid(f"A {model.__name__.lower()} has no {field}.", field)
    return TypeAdapter(model.model_fields[field].rebuild_annotation())


@cache
def _entry_type(model: type[BaseModel], field: str) -> Any:
    arguments: tuple[Any, ...] = getattr(model.model_fields[field].annotation, "__args__", ())
    if not arguments:
        raise Invalid(f"{field} is not a map.", field)
    return arguments[-1]
