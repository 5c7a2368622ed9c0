"""The change log written down as Python: the calls that make the same scene again."""

from __future__ import annotations

from collections.abc import Sequence

from spatialnb.models.base import Json
from spatialnb.models.change import Call, Change, standing
from spatialnb.operations.registry import Registry


def to_code(name: str, changes: Sequence[Change], registry: Registry) -> str:
    """Python that makes again what `changes` made, without what was undone in the meantime.

    A call of a version that `registry` has a higher one of names the version.
    """
    lines = ["from spatialnb import Studio", "", f"studio = Studio({name!r})"]
    for change in standing(changes):
        args = ", ".join(f"{key}={_literal(value)}" for key, value in change.call.args.items())
        lines.append(f"studio.{_called(change.call, registry)}{args})")
    return "\n".join(lines) + "\n"


def _called(call: Call, registry: Registry) -> str:
    """The beginning of a call: as a method where its name still means the version that was called."""
    versions = registry.versions(call.operation)
    if not versions or versions[-1].version == call.version:
        return f"{call.operation}("
    return f'do("{call.operation}@{call.version}", '


def _literal(value: Json) -> str:
    """JSON as the Python literal a person would write."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.1f}"
    if isinstance(value, list):
        return f"[{', '.join(_literal(v) for v in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {_literal(v)}" for k, v in value.items()) + "}"
    return repr(value)
