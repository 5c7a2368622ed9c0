"""Errors of outside calls as JSON and back, so that what failed when recorded fails alike in replay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import spatialnb.errors as errors
from spatialnb.errors import SpatialError, Transient, Unavailable
from spatialnb.llm.answers import Hop
from spatialnb.models.base import Json

_KEPT = ("service", "retry_after", "status", "field")
"""Fields of our own errors that are kept."""
PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
"""HTTP statuses after which the same call may succeed."""


class ReplayedError(Exception):
    """An error of somebody else's library, as it was recorded. Its class goes by the recorded class's name."""

    def __init__(self, message: str, status: int | None = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status
        self.litellm_response_headers = dict(headers or {})


def told(error: Exception) -> dict[str, Json]:
    """An error as JSON data; its text may still hold secrets."""
    data: dict[str, Json] = {"type": type(error).__name__, "message": str(error)}
    if isinstance(error, SpatialError):
        data |= {name: value for name in _KEPT if (value := getattr(error, name, None)) not in (None, "")}
        hops: list[Json] = [{"model": hop.model, "error": hop.error} for hop in getattr(error, "hops", ())]
        if hops:
            data["hops"] = hops
        return data
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        data["status"] = status
    if (wait := _retry_after(error)) is not None:
        data["retry_after"] = wait
    return data


def raised(data: Mapping[str, Any]) -> Exception:
    """The error that `told` was given, of the same class where that is one of ours."""
    name, message = str(data.get("type", "Error")), str(data.get("message", ""))
    kind: Any = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, SpatialError):
        fields: dict[str, Any] = {k: data[k] for k in _KEPT if k in data}
        if "hops" in data:
            fields["hops"] = tuple(Hop(**hop) for hop in data["hops"])
        try:
            return cast(Exception, kind(message, **fields))
        except TypeError:
            return cast(Exception, kind(message))
    headers = {"retry-after": str(data["retry_after"])} if "retry_after" in data else {}
    kind = type(name if name.isidentifier() else "Error", (ReplayedError,), {})
    return cast(Exception, kind(message, data.get("status"), headers))


def passing(data: Mapping[str, Any]) -> bool:
    """Whether the very same call might have succeeded a moment later."""
    kind: Any = getattr(errors, str(data.get("type")), None)
    if isinstance(kind, type) and issubclass(kind, SpatialError):
        return issubclass(kind, (Transient, Unavailable))
    status = data.get("status")
    return status is None or status in PASSING


def _retry_after(error: Exception) -> float | None:
    for headers in (
        getattr(error, "litellm_response_headers", None),
        getattr(getattr(error, "response", None), "headers", None),
    ):
        try:
            if headers and (value := headers.get("retry-after")):
                return max(0.0, float(value))
        except (TypeError, ValueError, AttributeError):
            continue
    return None
