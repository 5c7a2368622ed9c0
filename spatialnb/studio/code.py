"""The change log written down as Python: the calls that make the same scene again."""

from __future__ import annotations

from collections.abc import Sequence

from spatialnb.models.base import Json
from spatialnb.models.change import Change, standing


def to_code(name: str, changes: Sequence[Change]) -> str:
    """Python that makes again what `changes` made, without what was undone in the meantime."""
    lines = ["from spatialnb import Studio", "", f"studio = Studio({name!r})"]
    for change in standing(changes):
        args = ", ".join(f"{key}={_literal(value)}" for key, value in change.call.args.items())
        lines.append(f"studio.{change.call.operation}({args})")
    return "\n".join(lines) + "\n"


def _literal(value: Json) -> str:
    """JSON as the Python literal a person would write."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.1f}"
    if isinstance(value, list):
        return f"[{', '.join(_literal(v) for v in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {_literal(v)}" for k, v in value.items()) + "}"
    return repr(value)
