"""The outermost stage: how long it took, whether it went well, what it cost. Written in the background."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from spatialnb.errors import SpatialError, Stopped
from spatialnb.operations.calling.call import Calling, Next
from spatialnb.operations.calling.evidence import without_secrets
from spatialnb.store.measures import CallMeasured

if TYPE_CHECKING:
    from spatialnb.operations.registry import Outcome


def measured(call: Calling, then: Next) -> Outcome:
    """Count the call, unless someone stopped it, which says nothing of the operation."""
    began = perf_counter()
    try:
        outcome = then(call)
    except Stopped:
        raise
    except Exception as error:
        told = str(error) if isinstance(error, SpatialError) else f"{type(error).__name__}: {error}"
        _count(call, perf_counter() - began, error=without_secrets(told)[:400] or type(error).__name__)
        raise
    _count(call, perf_counter() - began, cost=outcome.cost_usd)
    return outcome


def _count(call: Calling, seconds: float, *, error: str = "", cost: float | None = None) -> None:
    call.workspace.measures.add(
        CallMeasured(
            call.operation.name,
            call.operation.version,
            seconds,
            error,
            # What a failed attempt was charged is spent all the same.
            sum(call.spendings) if cost is None else cost,
            call.kept is not None,
            call.retries,
            call.sizes,
        )
    )
