"""What every model shares: immutability, JSON values and the canonical form that hashes are taken over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue

Json: TypeAlias = JsonValue

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dict that refuses to change, so that a project shared by many readers stays what it was."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("A project is immutable. Change it through an operation, such as studio.move(...).")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse  # pyright: ignore

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (dict(self),))


FrozenMap = Annotated[Mapping[K, V], AfterValidator(FrozenDict)]


class Frozen(BaseModel):
    """Base of every model: immutable, strict about unknown fields, no infinities."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, no spaces and no ASCII escapes: equal values give equal text.

    `value` must already be JSON data (see `pydantic.BaseModel.model_dump(mode="json")`).
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 (hexadecimal) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()
