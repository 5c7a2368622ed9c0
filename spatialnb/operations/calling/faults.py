"""Errors of outside services as ours: what went wrong and what to do next, in one plain sentence.

One table, `FAULTS`: the first row that fits an error says what it means. What is known of an error is in `evidence`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from spatialnb.errors import ServiceRefused, ServiceUnavailable, SpatialError
from spatialnb.operations.calling.evidence import Answered, Fault, evidence, is_outside, leaf_of
from spatialnb.operations.calling.words import seconds_in_words

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
_MCP = _named("MCPError", "McpError")
"""The name in the second major version of its SDK, and in the first."""
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
        _both(_MCP, _says("time[d]? ?out", "timed out")),
        _DOWN,
        "{service} did not answer in time; try again, or ask for less.",
    ),
    Row(
        _both(_MCP, _says("connection closed", "closed")),
        _DOWN,
        "{service} ended while it was asked; try again, and look whether its command still runs.",
    ),
    Row(
        _both(_MCP, _says("unknown tool", "not found", "method not found")),
        _NO,
        "{service} does not offer that any more{said}; add it again to see what it offers now.",
    ),
    Row(_MCP, _NO, "{service} does not accept the request{said}; change the arguments."),
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


def translated(error: Exception, service: str = "") -> SpatialError | None:
    """`error` as one of ours, or None if it is no error of an outside service."""
    leaf = leaf_of(error)
    if isinstance(leaf, SpatialError):
        return leaf
    fault = evidence(leaf, service)
    if not is_outside(leaf, fault):
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
    error = Answered(said)
    error.status_code = status
    error.headers = dict(headers or {})
    plain = translated(error, service)
    assert isinstance(plain, (ServiceUnavailable, ServiceRefused))
    return plain
