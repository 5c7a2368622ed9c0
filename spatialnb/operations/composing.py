"""Operations made of operations: parts that share one call, one progress and one Change, so that one undo does.

Parts that must succeed are done; if one fails, nothing at all has changed. Parts that may fail are tried: what went
wrong is noted, with how to have it done later, and the rest goes on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from spatialnb.errors import SpatialError, Stopped
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Operation, Outcome, Registry


class Composition:
    """A call that is carried out in `parts` parts, each of equal weight in its progress."""

    def __init__(self, ctx: Context, parts: int, *, registry: Registry = DEFAULT) -> None:
        self._ctx = ctx
        self._parts = parts
        self._begun = 0
        self._registry = registry
        self.notes: list[str] = []
        """What a person should know of parts that could not be done."""

    def do(self, name: str, /, **args: Any) -> Outcome:
        """Call an operation as a part. Raises what it raises; the whole has then changed nothing."""
        self._ctx.check()
        return self._call(self._registry.get(name), args)

    def attempt(self, name: str, /, *, otherwise: str, **args: Any) -> Outcome | None:
        """Call an operation as a part that the rest can do without; None, and a note, if it fails.

        `otherwise` says what is missing then and how to have it: "There is no music; `make_music` tries again".
        """
        try:
            return self.do(name, **args)
        except Stopped:
            raise
        except SpatialError as error:
            self.notes.append(f"{str(error).rstrip('.')}. {otherwise}")
            return None

    def _call(self, operation: Operation, args: dict[str, Any]) -> Outcome:
        begun = min(self._begun, self._parts - 1)
        self._begun += 1
        told = self._ctx.report

        def report(fraction: float | None, note: str) -> None:
            told((begun + (fraction or 0.0)) / self._parts, note)

        report(0.0, operation.name.replace("_", " ").capitalize())
        part = replace(self._ctx, report=report)
        given = {name: _ids(value) for name, value in args.items()}
        outcome = self._ctx.part(operation, given, part)
        self._ctx.project = part.project
        return outcome


def _ids(value: Any) -> Any:
    """Things as the ids that callers give; anything else as it is."""
    if isinstance(value, (Item, Asset)):
        return value.id
    if isinstance(value, (list, tuple)) and value and all(isinstance(each, (Item, Asset)) for each in value):
        return [each.id for each in value]
    return value
