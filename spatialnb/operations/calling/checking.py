"""First of all the arguments are checked, and completed with the operation's own defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spatialnb.operations.calling.call import Calling, Next

if TYPE_CHECKING:
    from spatialnb.operations.registry import Outcome


def checked(call: Calling, then: Next) -> Outcome:
    """Raises `Invalid`, in plain words and with the nearest valid value."""
    call.args = call.operation.validate(call.given)
    return then(call)
