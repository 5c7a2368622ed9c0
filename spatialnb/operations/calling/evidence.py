"""What can be known of an error of an outside service: its kind, its status, who it came from, what was said.

Errors are told by the names of their classes and by their HTTP status, so that no library is imported to recognise its
errors, and so that errors that were recorded and replayed are recognised too. What the service itself said is shortened
and comes without secrets.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

MOST_SAID = 200
"""Characters of a service's own words."""
_OF_NETWORKS = (
    "httpx",
    "httpcore",
    "requests",
    "urllib3",
    "urllib",
    "http",
    "aiohttp",
    "socket",
    "ssl",
    "mcp",
    "anyio",
    "litellm",
    "openai",
    "anthropic",
)
"""Libraries whose errors are those of outside services. A bare `OSError` may as well be of a file."""

_SPEAKING = frozenset(("MCPError", "McpError", "ReplayedError"))
"""Errors whose text is what the service said."""


@dataclass(frozen=True)
class Fault:
    """What is known of an error."""

    error: BaseException
    names: frozenset[str]
    """Names of its classes, and of those of its causes."""
    status: int | None
    retry_after: float | None
    service: str
    """The service as a person knows it; never empty."""
    where: str
    """Its host, where that is known."""
    said: str
    """Its own words, without secrets."""


class Answered(Exception):
    """An HTTP answer that says no, as an error."""

    status_code: int
    headers: Mapping[str, str]


def without_secrets(text: str) -> str:
    """A text without keys, tokens and passwords, those of the environment as it is now among them."""
    from spatialnb.llm.secrets import scrubber

    return scrubber().text(text)


def leaf_of(error: BaseException) -> BaseException:
    """The first single error of a group: task groups, such as those of MCP's client, wrap what went wrong inside."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return error


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        reason = getattr(at, "reason", None)
        at = at.__cause__ or (reason if isinstance(reason, BaseException) else None) or at.__context__


def is_outside(error: BaseException, fault: Fault) -> bool:
    """Whether an error is of an outside service rather than of a file or of the program."""
    if fault.status is not None and any(hasattr(error, name) for name in ("response", "status_code", "code", "status")):
        return True
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    if not modules.isdisjoint(_OF_NETWORKS):
        return True
    network = (ConnectionError, socket.gaierror, ssl.SSLError, TimeoutError)
    return isinstance(error, network) or "ReplayedError" in fault.names


def evidence(error: BaseException, service: str) -> Fault:
    names = {kind.__name__ for link in _chain(error) for kind in type(link).__mro__}
    where = _host(error)
    return Fault(
        error=error,
        names=frozenset(names - {"Exception", "BaseException", "object"}),
        status=_status_of(error),
        retry_after=_retry_after(error),
        service=service or where or "the service",
        where=where,
        said=_said(error),
    )


def _status_of(error: BaseException) -> int | None:
    for holder, name in (
        (error, "status_code"),
        (getattr(error, "response", None), "status_code"),
        (error, "status"),
        (error, "code"),
    ):
        value = getattr(holder, name, None)
        if isinstance(value, int) and not isinstance(value, bool) and 300 <= value <= 599:
            return value
    return None


def _retry_after(error: BaseException) -> float | None:
    for holder in (getattr(error, "response", None), error):
        for name in ("headers", "litellm_response_headers"):
            with suppress(TypeError, ValueError, AttributeError, KeyError):
                headers: Any = {str(k).lower(): v for k, v in dict(getattr(holder, name)).items()}
                if "retry-after-ms" in headers:
                    return max(0.0, float(headers["retry-after-ms"]) / 1000)
                return _seconds(str(headers["retry-after"]))
    return None


def _seconds(text: str) -> float:
    """Retry-After: seconds, or a date (RFC 9110, 10.2.3)."""
    try:
        return max(0.0, float(text))
    except ValueError:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())


def _host(error: BaseException) -> str:
    for holder in (error, getattr(error, "request", None)):
        with suppress(RuntimeError, AttributeError, ValueError):
            url = str(getattr(holder, "url", "") or "")
            if url and (host := urlsplit(url).netloc.rpartition("@")[2]):
                return host
    with suppress(RuntimeError, AttributeError, ValueError):
        return urlsplit(str(getattr(error, "request").url)).netloc.rpartition("@")[2]  # noqa: B009
    return ""


def _said(error: BaseException) -> str:
    """What the service itself said, where it said something: a short text without secrets, markup or addresses."""
    said = ""
    response = getattr(error, "response", None)
    if response is not None:
        with suppress(Exception):  # a body that was streamed, cut off or never read
            said = _message_in(response.json())
        if not said:
            with suppress(Exception):
                text = str(response.text)
                said = text if "<" not in text else ""
    elif (
        isinstance(error, Answered)
        or type(error).__name__ in ("MCPError", "McpError")
        or "Replayed" in str(type(error).__mro__)
    ):
        said = str(error)
    elif isinstance(message := getattr(error, "message", None), str):
        said = message
    said = re.sub(r"\bhttps?://\S+", "", " ".join(without_secrets(said).split())).strip(" .:;,")
    return said if len(said) <= MOST_SAID else said[: MOST_SAID - 1].rstrip() + "…"


def _message_in(body: Any) -> str:
    """The message of a JSON error body: RFC 9457's `detail`, OpenAI's `error.message`, and their like."""
    for _ in range(3):
        if isinstance(body, str):
            return body
        if isinstance(body, list) and body:
            body = body[0]
        if not isinstance(body, Mapping):
            return ""
        found = next((body[k] for k in ("error", "detail", "message", "title", "msg", "errors") if body.get(k)), "")
        body = found
    return body if isinstance(body, str) else ""
