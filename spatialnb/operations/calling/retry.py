"""Trying again after a transient fault, for operations that are safe to call again.

Waits are drawn at random between nothing and a bound that doubles ("full jitter": Brooker, AWS Architecture Blog 2015),
so that callers who failed together do not come back together; never shorter than what the service asked for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from spatialnb.errors import Stopped, Transient
from spatialnb.operations.calling.call import Calling, Next
from spatialnb.operations.calling.words import seconds_in_words

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from spatialnb.operations.registry import Outcome

ATTEMPTS = 4
FIRST = 0.5
"""Seconds; bound of the first wait."""
LONGEST = 20.0
"""Seconds of one wait. A service that asks for more is not waited for."""
LOOK = 0.05
"""Seconds between two looks at whether someone stopped the run."""

ORDINALS = {1: "second", 2: "third", 3: "fourth"}


def retried(call: Calling, then: Next) -> Outcome:
    """The outcome of the first attempt that succeeds, or the error of the last. Raises `Stopped` while it waits."""
    try:
        return then(call)
    except Transient as error:
        return _again(call, then, error)


def _again(call: Calling, then: Next, first: Transient) -> Outcome:
    from tenacity import Retrying, retry_if_exception, stop_after_attempt

    errors = [first]

    def attempt() -> Outcome:
        if errors:
            raise errors.pop()
        call.retries += 1
        return then(call)

    outcome = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        retry=retry_if_exception(_worth),
        wait=_wait,
        sleep=lambda seconds: _sleep(call, seconds),
        reraise=True,
    )(attempt)
    who = call.operation.service or "It"
    call.note(f"{who} answered at the {ORDINALS.get(call.retries, 'last')} try.")
    return _noted(outcome, call)


def _noted(outcome: Outcome, call: Calling) -> Outcome:
    notes = tuple(dict.fromkeys((*outcome.notes, *call.notes)))
    return outcome.model_copy(update={"notes": notes})


def _worth(error: BaseException) -> bool:
    return isinstance(error, Transient) and (getattr(error, "retry_after", None) or 0.0) <= LONGEST


def _wait(state: RetryCallState) -> float:
    from tenacity import wait_random_exponential

    drawn = wait_random_exponential(multiplier=FIRST, max=LONGEST)(state)
    error = state.outcome.exception() if state.outcome else None
    return max(drawn, getattr(error, "retry_after", None) or 0.0)


def _sleep(call: Calling, seconds: float) -> None:
    """Wait, but not through a stop; and not for an answer that is in a recording."""
    if call.replayed:
        return
    who = call.operation.service
    failed = f"{who} does not answer" if who else "That did not work"
    if call.report:
        call.report(None, f"{failed}; trying again in {seconds_in_words(seconds)}")
    stopped = call.stopped or (lambda: False)
    waiting = threading.Event()
    left = seconds
    while True:
        if stopped():
            raise Stopped("Stopped while waiting to try again. Nothing has changed.")
        if left <= 0:
            return
        waiting.wait(min(LOOK, left))
        left -= LOOK
