"""Errors as answers: which status, and one JSON form for all of them (RFC 9457, `application/problem+json`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import responses
from typing import Any

from spatialnb import errors

PROBLEM_JSON = "application/problem+json"


class Refused(errors.SpatialError):
    """A request that is turned away before any operation sees it."""

    def __init__(
        self, status: int, message: str, parameter: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.parameter = parameter
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class Kind:
    """How errors of one class are answered."""

    status: int
    type: str
    title: str


KINDS: Mapping[type[BaseException], Kind] = {
    errors.NotFound: Kind(404, "not-found", "Something that was named does not exist"),
    errors.Ambiguous: Kind(409, "ambiguous", "Several things fit"),
    errors.Invalid: Kind(422, "invalid", "An argument is not usable"),
    errors.NotUnderstood: Kind(422, "not-understood", "The words were not understood"),
    errors.Declined: Kind(403, "declined", "This is not allowed here"),
    errors.Unusable: Kind(422, "unusable", "The call cannot be carried out as it stands"),
    errors.StoreUnavailable: Kind(503, "store-unavailable", "The store does not answer"),
    errors.ServiceUnavailable: Kind(503, "service-unavailable", "An outside service does not answer"),
    errors.ModelUnavailable: Kind(503, "model-unavailable", "No model answers"),
    errors.Unavailable: Kind(503, "unavailable", "It may work later"),
}
"""By class; an error counts as the nearest of its classes that is listed."""

UNEXPECTED = Kind(500, "unexpected", "Something went wrong in the server")
PATIENCE = 1
"""Seconds after which to try again, where nobody knows better."""


@dataclass(frozen=True)
class Problem:
    """An error as it is answered."""

    status: int
    type: str
    title: str
    detail: str
    parameter: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] | None = None

    def body(self, correlation_id: str) -> dict[str, Any]:
        return {
            "type": f"urn:spatialnb:problem:{self.type}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "parameter": self.parameter or None,
            "choices": [{"id": key, "name": name} for key, name in self.choices],
            "correlation_id": correlation_id,
        }


def problem_of(error: BaseException) -> Problem:
    """What to answer to `error`. Of an unexpected one nothing is told but that it happened: the log has it."""
    if isinstance(error, Refused):
        slug = responses.get(error.status, "refused").lower().replace(" ", "-")
        title = responses.get(error.status, "Refused")
        return Problem(error.status, slug, title, str(error), error.parameter, headers=error.headers)
    kind = next((KINDS[base] for base in type(error).__mro__ if base in KINDS), UNEXPECTED)
    if kind is UNEXPECTED:
        return Problem(kind.status, kind.type, kind.title, "This did not work. The log of the Jupyter server says why.")
    headers: dict[str, str] = {}
    if kind.status == 503:
        after: float | None = getattr(error, "retry_after", None)
        headers["Retry-After"] = str(max(PATIENCE, round(after or 0)))
    return Problem(
        kind.status,
        kind.type,
        kind.title,
        str(error),
        error.field if isinstance(error, errors.Invalid) else "",
        tuple((str(key), str(name)) for key, name in error.choices) if isinstance(error, errors.Ambiguous) else (),
        headers,
    )


PROBLEM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong, in one sentence that says what to do (`detail`).",
    "properties": {
        "type": {"type": "string", "description": "A name for this kind of problem, to be told apart by programs."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameter": {"type": ["string", "null"], "description": "The argument or query parameter it is about."},
        "choices": {
            "type": "array",
            "description": "What fits, where several things do.",
            "items": {
                "type": "object",
                "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
                "required": ["id", "name"],
            },
        },
        "correlation_id": {"type": "string", "description": "Leads to every trace of this call."},
    },
    "required": ["type", "title", "status", "detail", "choices", "correlation_id"],
}
