"""Every error a caller can meet.

SpatialError                    says in one sentence what to do next
├── Unusable                    the request cannot be carried out as it stands; trying again is no use
│   ├── NotFound                no such file, item, asset, operation, revision
│   ├── Ambiguous               several things fit; `.choices` lists them
│   ├── Invalid                 a parameter is of the wrong kind or out of range; `.field` names it
│   ├── NotUnderstood           words that no operation answers to
│   ├── Declined                not something this project does, or not allowed
│   ├── ServiceRefused          an outside service says no: a key is missing, a request is wrong; `.service` names it
│   ├── NotRecorded             replay met an outside call that the recording does not hold; `.title` names it
│   └── Unsupported             a file of a kind, or with a content, that cannot be used
└── Unavailable                 may work later; trying again is reasonable
    ├── StoreUnavailable        Redis does not answer
    ├── ServiceUnavailable      an outside service is down, slow or busy (Transient); `.service`, `.retry_after`
    ├── ModelUnavailable        the model endpoint is down, slow, out of budget or answers nonsense
    │   ├── OverBudget          what a call may cost is more than its budget has left
    │   ├── Refused             the endpoint does not take tools or a response format
    │   └── TooLong             the request does not fit into any model that could be asked
    └── Stopped                 someone stopped the run
        └── TakenOver           another process goes on with it

`Transient` marks errors of which the very same call may succeed in a moment, so that it may be made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class SpatialError(Exception):
    """Base of all. The message is one sentence in plain words that says what to do."""


class Transient(Exception):
    """Marks an error after which the same call may succeed in a moment."""


class Unusable(SpatialError):
    """Trying again with the same input gives the same error."""


class NotFound(Unusable):
    """Something that was named does not exist."""


class Ambiguous(Unusable):
    """Several things fit what was said."""

    def __init__(self, message: str, choices: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.choices = tuple(choices)
        """(id, name) of each thing that fits."""


class Invalid(Unusable):
    """A parameter is wrong."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class NotUnderstood(Unusable):
    """Words that could not be turned into operations."""


class Declined(Unusable):
    """A request that is not for this project, or that a person refused."""


class Unsupported(Unusable):
    """A file that cannot be used."""


class NotRecorded(Unusable):
    """In replay, an outside call that the recording does not hold."""

    def __init__(self, message: str, title: str = "", differs: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.title = title
        """The call in a few words."""
        self.differs = tuple(differs)
        """How the most alike recorded call differs, a line each."""


class ServiceRefused(Unusable):
    """An outside service will not do it: the key is missing or wrong, or the request is not one it takes."""

    def __init__(self, message: str, service: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.service = service
        self.status = status
        """HTTP status, where there is one."""


class Unavailable(SpatialError):
    """It may work later."""


class StoreUnavailable(Unavailable):
    """Redis does not answer."""


class ServiceUnavailable(Unavailable, Transient):
    """An outside service does not answer, is busy, or was not asked because it failed too often just now."""

    def __init__(
        self, message: str, service: str = "", retry_after: float | None = None, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.service = service
        self.retry_after = retry_after
        """Seconds after which it may be asked again, where that is known."""
        self.status = status
        """HTTP status, where there is one."""


class ModelUnavailable(Unavailable):
    """No answer, or no usable answer, from a model endpoint."""

    def __init__(self, message: str, hops: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.hops = tuple(hops)
        """What was tried and why it failed, in order (`spatialnb.llm.Hop`)."""


class OverBudget(ModelUnavailable):
    """A call was not made, as its price might have been more than a budget has left."""

    def __init__(self, message: str, hops: Sequence[Any] = (), scope: str = "", left_usd: float = 0.0) -> None:
        super().__init__(message, hops)
        self.scope = scope
        """The budget that is too small: `run`, `project`, `tenant` or `day`."""
        self.left_usd = left_usd


class Refused(ModelUnavailable):
    """The endpoint does not take what was sent: usually tools or a response format it has no support for."""


class TooLong(ModelUnavailable):
    """The request does not fit into any model that could be asked; a shorter one may."""


class Stopped(Unavailable):
    """Someone stopped it."""


class TakenOver(Stopped):
    """A run that another process goes on with."""
