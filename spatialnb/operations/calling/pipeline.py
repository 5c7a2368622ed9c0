"""The way of every call, from asked to answered.

Each stage gets the call and what comes next. A stage that does not apply to an operation is not in that operation's way
at all, so that it costs nothing there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from spatialnb.operations.calling.breaker import guarded
from spatialnb.operations.calling.cache import reused
from spatialnb.operations.calling.call import Calling, Next
from spatialnb.operations.calling.checking import checked
from spatialnb.operations.calling.defaults import completed
from spatialnb.operations.calling.measuring import measured
from spatialnb.operations.calling.performing import performed
from spatialnb.operations.calling.retry import retried

if TYPE_CHECKING:
    from spatialnb.operations.registry import Operation, Outcome


class Stage(NamedTuple):
    """One stage of the way."""

    run: Callable[[Calling, Next], Outcome]
    applies: Callable[[Operation], bool] = lambda _: True


STAGES = (
    Stage(measured),
    Stage(checked),
    Stage(completed),
    Stage(reused, lambda operation: operation.cached),
    Stage(guarded, lambda operation: bool(operation.service)),
    Stage(retried, lambda operation: operation.retries),
)
"""Outermost first. Behind the last, `performed` does the work and writes the Change."""


def carried_out(call: Calling) -> Outcome:
    """The outcome of a call. Raises the errors of `spatialnb.errors`; then nothing has changed."""
    return _way(tuple(stage.applies(call.operation) for stage in STAGES))(call)


@lru_cache(maxsize=64)
def _way(applying: tuple[bool, ...]) -> Next:
    way: Next = performed
    for stage, applies in reversed(tuple(zip(STAGES, applying, strict=True))):
        if applies:
            way = _before(way, stage.run)
    return way


def _before(then: Next, run: Callable[[Calling, Next], Outcome]) -> Next:
    return lambda call: run(call, then)
