"""A service that keeps failing is left alone for a while; whoever asks is told so at once instead of waiting for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from spatialnb.errors import ServiceUnavailable, Stopped, StoreUnavailable, Transient
from spatialnb.models.events import ServiceStatus
from spatialnb.operations.calling.call import Calling, Next
from spatialnb.operations.calling.words import seconds_in_words
from spatialnb.store.breakers import Breakers, Ending, Leave

if TYPE_CHECKING:
    from spatialnb.operations.registry import Outcome

log = logging.getLogger(__name__)


def guarded(call: Calling, then: Next) -> Outcome:
    """Ask the service only if it may be asked. Raises `ServiceUnavailable` at once when it is left alone.

    An answer that says no is an answer: only what is transient counts as a failure of the service.
    """
    if call.replayed:
        return then(call)
    breakers, service = call.workspace.store.breakers, call.operation.service
    try:
        leave = breakers.ask(service)
    except StoreUnavailable:
        # Without the store nobody knows how it is; better to ask than not to work.
        return then(call)
    if not leave.given:
        raise _left_alone(leave)
    try:
        outcome = then(call)
    except Transient as error:
        _tell(call, breakers, leave, "failed", error)
        raise
    except Stopped:
        _tell(call, breakers, leave, "neither")
        raise
    except Exception:
        _tell(call, breakers, leave, "ok")
        raise
    except BaseException:
        _tell(call, breakers, leave, "neither")
        raise
    _tell(call, breakers, leave, "ok")
    return outcome


def _left_alone(leave: Leave) -> ServiceUnavailable:
    why = f" ({leave.why.rstrip('.')})" if leave.why else ""
    if leave.state == "half_open":
        text = f"{leave.service} is just being tried again after it failed{why}; ask again in a moment."
        return ServiceUnavailable(text, leave.service, retry_after=1.0)
    return ServiceUnavailable(
        f"{leave.service} failed {leave.failures} times in a row{why} and is left alone for another "
        f"{seconds_in_words(leave.wait)}; ask again then, or go on without it.",
        leave.service,
        retry_after=leave.wait,
    )


def _tell(call: Calling, breakers: Breakers, leave: Leave, ending: Ending, error: Exception | None = None) -> None:
    try:
        turned = breakers.tell(leave, ending, why=str(error or ""), retry_after=getattr(error, "retry_after", None))
    except StoreUnavailable:
        log.info("How %s did could not be told, as the store is away.", leave.service)
        return
    if turned.before == turned.after:
        return
    message = (
        f"{leave.service} answers again."
        if turned.after == "closed"
        else f"{leave.service} keeps failing and is left alone for {seconds_in_words(turned.rest)}. {error or ''}"
    )
    call.workspace.publish(ServiceStatus(service=leave.service, state=turned.after, message=message.strip()))
