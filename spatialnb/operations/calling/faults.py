"""Errors of outside services as ours: what went wrong and what to do next, in one plain sentence.

One table, `FAULTS`: the first row that fits an error says what it means. Errors are told by the names of their classes
and by their HTTP status, so that no library is imported to recognise its errors, and so that errors that were recorded and
replayed are recognised too. What the service itself said is passed on shortened and without secrets.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from spatialnb.errors import ServiceRefused, ServiceUnavailable, SpatialError
from spatialnb.operations.calling.words import seconds_in_words

MOST_SAID = 200
"""Characters of a service's own words."""


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


Fits = Callable[[Fault], bool]


class Row(NamedTuple):
    fits: Fits
    kind: type[ServiceUnavailable] | type[ServiceRefused]
    text: str
    """With {service}, {where}, {status}, {wait} and {said}."""


def _named(*names: str) -> Fits:
    wanted = frozenset(names)
    return lambda fault: not wanted.isdisjoint(fault.names)


def _status(*codes: int) -> Fits:
    return lambda fault: fault.status in codes


def _says(*parts: str) -> Fits:
    pattern = re.compile("|".join(parts), re.IGNORECASE)
    return lambda fault: bool(pattern.search(str(fault.error)))


def _both(*fits: Fits) -> Fits:
    return lambda fault: all(fit(fault) for fit in fits)


_DOWN, _NO = ServiceUnavailable, ServiceRefused
_CONNECT = _named(
    "ConnectError", "ConnectionError", "APIConnectionError", "URLError", "OSError", "ClientConnectorError"
)
_BROKEN_OFF = _named(
    *[
        "ConnectionResetError",
        "BrokenPipeError",
        "RemoteProtocolError",
        "RemoteDisconnected",
        "ReadError",
        "WriteError",
    ],
    *["IncompleteRead", "ChunkedEncodingError", "ClosedResourceError", "BrokenResourceError", "EndOfStream"],
)
FAULTS: tuple[Row, ...] = (
    # What a server answered.
    Row(
        _named("ContextWindowExceededError"),
        _NO,
        "That is more than {service} can take at once; ask for less, or point at fewer things.",
    ),
    Row(_named("ContentPolicyViolationError"), _NO, "{service} will not make that{said}; say it differently."),
    Row(_named("BudgetExceededError"), _NO, "The budget for {service} is used up; raise it, or go on without it."),
    Row(
        _both(_status(429), _says("quota", "insufficient", "billing", "credit")),
        _NO,
        "The account at {service} has used up what it is allowed{said}; look at its plan, or use another service.",
    ),
    Row(_status(429), _DOWN, "{service} is asked too often{wait}; try again then, or ask for less."),
    Row(_named("RateLimitError"), _DOWN, "{service} is asked too often{wait}; try again then, or ask for less."),
    Row(
        _status(401, 407),
        _NO,
        "{service} does not know who is asking: the key is missing or wrong. Set it in the environment and try again.",
    ),
    Row(
        _named("AuthenticationError"),
        _NO,
        "{service} does not know who is asking: the key is missing or wrong. Set it in the environment and try again.",
    ),
    Row(_status(402), _NO, "{service} asks to be paid first{said}; look at the account there."),
    Row(
        _status(403),
        _NO,
        "{service} does not allow that{said}; the key may lack a permission, or the service may not be open to you.",
    ),
    Row(_named("PermissionDeniedError"), _NO, "{service} does not allow that{said}; the key may lack a permission."),
    Row(
        _status(404, 410),
        _NO,
        "{service} has nothing at that address{said}; look at the name or the id that was asked for.",
    ),
    Row(_status(405, 501), _NO, "{service} does not offer that{said}; its description may be older than the service."),
    Row(_status(408), _DOWN, "{service} waited too long for the request; try again."),
    Row(
        _status(409, 423),
        _NO,
        "{service} says that this clashes with what is there{said}; look at it there and try again.",
    ),
    Row(_status(413), _NO, "That is too large for {service}{said}; send less."),
    Row(_status(415, 406), _NO, "{service} does not take that kind of content{said}; use another format."),
    Row(_status(400, 422), _NO, "{service} does not accept the request{said}; change the arguments."),
    Row(_status(425, 503, 529), _DOWN, "{service} is overloaded or being worked on{wait}; try again then."),
    Row(
        _status(502, 504),
        _DOWN,
        "{service} cannot be reached behind its own front door ({status}){wait}; try again in a moment.",
    ),
    Row(
        lambda fault: 500 <= (fault.status or 0) <= 599,
        _DOWN,
        "{service} failed inside ({status}){said}; try again in a moment.",
    ),
    Row(
        lambda fault: 400 <= (fault.status or 0) <= 499,
        _NO,
        "{service} does not accept the request ({status}){said}; change the arguments.",
    ),
    Row(lambda fault: 300 <= (fault.status or 0) <= 399, _NO, "{service} has moved ({status}); give its new address."),
    # Protocols. MCP's own errors come before what they may be caused by.
    Row(
        _both(_named("McpError"), _says("time[d]? ?out", "timed out")),
        _DOWN,
        "{service} did not answer in time; try again, or ask for less.",
    ),
    Row(
        _both(_named("McpError"), _says("connection closed", "closed")),
        _DOWN,
        "{service} ended while it was asked; try again, and look whether its command still runs.",
    ),
    Row(
        _both(_named("McpError"), _says("unknown tool", "not found", "method not found")),
        _NO,
        "{service} does not offer that any more{said}; add it again to see what it offers now.",
    ),
    Row(_named("McpError"), _NO, "{service} does not accept the request{said}; change the arguments."),
    # What came between: the network.
    Row(
        _named("SSLCertVerificationError", "CertificateError"),
        _NO,
        "The certificate of {where} is not to be trusted{said}; "
        "look at the address and at this machine's clock and certificates.",
    ),
    Row(
        _both(_CONNECT, _says("CERTIFICATE_VERIFY_FAILED", "certificate verify failed")),
        _NO,
        "The certificate of {where} is not to be trusted; "
        "look at the address and at this machine's clock and certificates.",
    ),
    Row(
        _named("SSLError"),
        _NO,
        "No safe connection to {where} could be made; look whether its address should begin with http:// or https://.",
    ),
    Row(
        _both(_CONNECT, _says(r"WRONG_VERSION_NUMBER", r"\[SSL", "TLS", "handshake")),
        _NO,
        "No safe connection to {where} could be made; look whether its address should begin with http:// or https://.",
    ),
    Row(_named("gaierror"), _DOWN, "There is no address for {where}; look at its spelling and at the network."),
    Row(
        _says(
            "Name or service not known",
            "nodename nor servname",
            "getaddrinfo failed",
            "No address associated",
            "name resolution",
        ),
        _DOWN,
        "There is no address for {where}; look at its spelling and at the network.",
    ),
    Row(
        _named("ConnectTimeout", "ConnectTimeoutError"),
        _DOWN,
        "{where} cannot be reached in time; look at the network and try again.",
    ),
    Row(_named("PoolTimeout"), _DOWN, "Too many calls wait for {service} already; try again in a moment."),
    Row(
        _named("TimeoutException", "TimeoutError", "Timeout", "APITimeoutError", "ReadTimeout", "WriteTimeout"),
        _DOWN,
        "{service} did not answer in time; try again, or ask for less.",
    ),
    Row(
        _named("ConnectionRefusedError"),
        _DOWN,
        "Nothing answers at {where}; look whether it is running, and at its address.",
    ),
    Row(
        _says("Connection refused", "actively refused"),
        _DOWN,
        "Nothing answers at {where}; look whether it is running, and at its address.",
    ),
    Row(_says("unreachable", "No route to host"), _DOWN, "There is no way to {where} from here; look at the network."),
    Row(_BROKEN_OFF, _DOWN, "{service} broke off in the middle of its answer; try again."),
    Row(
        _named("ProxyError"),
        _NO,
        "The proxy on the way to {where} does not let it through; look at the proxy settings.",
    ),
    Row(
        _named("UnsupportedProtocol", "InvalidURL", "LocalProtocolError", "MissingSchema"),
        _NO,
        "The address of {service} cannot be used; it has to begin with http:// or https://.",
    ),
    Row(_named("TooManyRedirects"), _NO, "{service} sends in circles; look at its address."),
    Row(
        _named("DecodingError", "JSONSchemaValidationError", "APIResponseValidationError"),
        _DOWN,
        "{service} answered with something that cannot be read; try again.",
    ),
    Row(
        _named(
            "APIConnectionError",
            "ConnectError",
            "NetworkError",
            "TransportError",
            "ServiceUnavailableError",
            "InternalServerError",
        ),
        _DOWN,
        "{service} cannot be reached; look at the network and try again.",
    ),
    Row(
        _named("BadRequestError", "NotFoundError", "UnprocessableEntityError"),
        _NO,
        "{service} does not accept the request{said}; change the arguments.",
    ),
)

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


def translated(error: Exception, service: str = "") -> SpatialError | None:
    """`error` as one of ours, or None if it is no error of an outside service."""
    leaf = _leaf(error)
    if isinstance(leaf, SpatialError):
        return leaf
    fault = _fault(leaf, service)
    if not _outside(leaf, fault):
        return None
    row = next((row for row in FAULTS if row.fits(fault)), None)
    if row is None:
        return None
    wait = f" and wants {seconds_in_words(fault.retry_after)} of rest" if fault.retry_after else ""
    text = row.text.format(
        service=fault.service,
        where=fault.where or fault.service,
        status=fault.status or "no status",
        wait=wait,
        said=f" (“{fault.said}”)" if fault.said else "",
    )
    text = text[:1].upper() + text[1:]
    if row.kind is ServiceUnavailable:
        return ServiceUnavailable(text, service, retry_after=fault.retry_after, status=fault.status)
    return ServiceRefused(text, service, status=fault.status)


def for_status(
    status: int, service: str, *, said: str = "", headers: Mapping[str, str] | None = None
) -> ServiceUnavailable | ServiceRefused:
    """The error for an HTTP answer of 300 and above, for callers that look at answers themselves."""
    error = _Answer(said)
    error.status_code = status
    error.headers = dict(headers or {})
    plain = translated(error, service)
    assert isinstance(plain, (ServiceUnavailable, ServiceRefused))
    return plain


class _Answer(Exception):
    status_code: int
    headers: Mapping[str, str]


@lru_cache(maxsize=1)
def _scrubber() -> Callable[[str], str]:
    from spatialnb.llm.secrets import Scrubber

    return Scrubber().text


def without_secrets(text: str) -> str:
    """A text without keys, tokens and passwords."""
    return _scrubber()(text)


def _leaf(error: BaseException) -> BaseException:
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


def _outside(error: BaseException, fault: Fault) -> bool:
    """Whether an error is of an outside service rather than of a file or of the program."""
    if fault.status is not None and any(hasattr(error, name) for name in ("response", "status_code", "code", "status")):
        return True
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    if not modules.isdisjoint(_OF_NETWORKS):
        return True
    network = (ConnectionError, socket.gaierror, ssl.SSLError, TimeoutError)
    return isinstance(error, network) or "ReplayedError" in fault.names


def _fault(error: BaseException, service: str) -> Fault:
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
    elif isinstance(error, _Answer) or type(error).__name__ == "McpError" or "Replayed" in str(type(error).__mro__):
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
