"""The change log written down as Python: the calls that make the same scene again."""

from __future__ import annotations

from collections.abc import Sequence

from spatialnb.models.base import Json
from spatialnb.models.change import Change


def to_code(name: str, changes: Sequence[Change]) -> str:
    """Python that makes again what `changes` made, without what was undone in the meantime."""
    undone: set[int] = set()
    for change in changes:
        undone |= set(change.undoes)
        # Making again what an undo took back brings back the changes that the undo named.
        for again in change.redoes:
            undone -= {again} | set(next((c.undoes for c in changes if c.revision == again), ()))
    lines = ["from spatialnb import Studio", "", f"studio = Studio({name!r})"]
    for change in changes:
        if change.undoes or change.redoes or change.revision in undone:
            continue
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
