"""What the caller left open may be filled in by what is known of the person: preferences, habits.

A source of defaults is a function in `Workspace.defaults`. What it fills in is checked like any argument, is written
into the Change, and is told to the person as a note.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from spatialnb.errors import Invalid
from spatialnb.operations.calling.call import Calling, Next

if TYPE_CHECKING:
    from spatialnb.operations.registry import Outcome

log = logging.getLogger(__name__)


class Filled(NamedTuple):
    """Arguments for parameters that were left open, and what to tell the person about them."""

    args: Mapping[str, Any]
    notes: tuple[str, ...] = ()


Defaults: TypeAlias = "Callable[[Calling], Filled | None]"
"""Gets the call: its operation, the arguments that were given, and whose it is."""


def completed(call: Calling, then: Next) -> Outcome:
    """Fill in what was left open. What was given is never replaced; a default that does not fit is left out."""
    # Whoever makes an operation of others has said how its parts are to be done.
    for source in () if call.within else call.workspace.defaults:
        filled = source(call)
        if filled is None:
            continue
        new = {name: value for name, value in filled.args.items() if name not in call.given}
        if not new:
            continue
        try:
            call.args = call.operation.validate({**call.given, **new})
        except Invalid as error:
            # The operation has changed since the person came to prefer this.
            log.info("A preferred default no longer fits %s: %s", call.operation.name, error)
            continue
        call.given = {**call.given, **new}
        for note in filled.notes:
            call.note(note)
    return then(call)
