"""Calls over HTTP: bounded in time and size, within the API's own origin, with credentials that go nowhere else."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from spatialnb.errors import Declined, ServiceUnavailable, Stopped, Unsupported
from spatialnb.models.base import Json
from spatialnb.operations.calling.faults import translated
from spatialnb.operations.external.credentials import HIDDEN, secrets_in, signed
from spatialnb.operations.external.document import LARGEST as DOCUMENT
from spatialnb.operations.external.endpoint import Scheme
from spatialnb.operations.external.openapi import JSON_MEDIA
from spatialnb.operations.external.request import Request

if TYPE_CHECKING:
    import httpx

LARGEST = 16 * 1024 * 1024
"""Bytes of an answer."""
SECONDS = 60.0
"""For a whole call, redirects and all."""
SILENCE = 30.0
"""Seconds in which a service has to say something."""
HOPS = 5
KEPT_HEADERS = ("content-type", "location", "retry-after", "link", "etag", "content-disposition")
"""Headers of an answer that are kept; `link` is how many APIs say where the next page is."""


@dataclass
class Service:
    """One API: where it is and who calls it."""

    title: str
    base: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Headers or security schemes to values, with `env:NAME` in place of secrets."""
    schemes: Mapping[str, Scheme] = field(default_factory=dict[str, Scheme])
    trusted: bool = True
    """A person said where it is. Otherwise its document did, which may then only name public addresses."""
    largest: int = LARGEST
    """Bytes of an answer."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._public: set[str] = set()

    def send(self, request: Request, stopped: Callable[[], bool] = lambda: False) -> Json:
        """The answer as JSON: `status`, `headers`, and `json`, `text` or `base64`.

        Whatever the service says with whichever status is an answer. Raises `ServiceUnavailable` when it does not
        answer in time, `Unsupported` when it says too much, `Declined` for addresses that are not to be called.
        """
        import httpx

        url, headers = signed(request.url, request.headers, self.headers, self.schemes, self.title)
        method, content, end = request.method, request.content, time.monotonic() + SECONDS
        try:
            for _ in range(HOPS):
                self._allow(url)
                status, said, body = self._once(method, url, headers, content, end, stopped)
                target = self._followed(url, status, said)
                if target is None:
                    return self._told(status, said, body)
                if status == 303 or (status in (301, 302) and method not in ("GET", "HEAD")):
                    method, content = "GET", None
                    headers = {k: v for k, v in headers.items() if k.lower() != "content-type"}
                url = target
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            plain = translated(error, self.title)
            # Not chained: the error's own words may hold the address, and that the key.
            raise (
                plain or ServiceUnavailable(f"{self.title} cannot be reached; try again later.", self.title)
            ) from None
        raise ServiceUnavailable(f"{self.title} sends from one address to the next without end.", self.title)

    def close(self) -> None:
        """Let go of its connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return secrets_in(self.headers.values())

    # -- one exchange -------------------------------------------------------------------------------------------------
    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        end: float,
        stopped: Callable[[], bool],
    ) -> tuple[int, Mapping[str, str], bytes]:
        with self._opened().stream(method, url, headers=dict(headers), content=content) as answer:
            if int(answer.headers.get("content-length") or 0) > self.largest and method != "HEAD":
                raise self._too_much()
            body = bytearray()
            for block in answer.iter_bytes():
                body += block
                if len(body) > self.largest:
                    raise self._too_much()
                if stopped():
                    raise Stopped("Stopped. What was finished before is kept.")
                if time.monotonic() > end:
                    raise ServiceUnavailable(f"{self.title} did not finish its answer in time.", self.title)
            return answer.status_code, answer.headers, bytes(body)

    def _opened(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    timeout=httpx.Timeout(SILENCE, connect=10.0),
                    follow_redirects=False,
                    headers={"User-Agent": "spatialnb"},
                    limits=httpx.Limits(max_connections=16),
                )
            return self._client

    def _followed(self, url: str, status: int, headers: Mapping[str, str]) -> str | None:
        """Where a redirect leads, within the same origin or from http to https of the same host; None: not followed."""
        if status not in (301, 302, 303, 307, 308) or not headers.get("location"):
            return None
        target = urljoin(url, headers["location"])
        return target if _same_place(url, target) else None

    def _allow(self, url: str) -> None:
        """Refuse addresses of this machine and its network, unless a person named the place."""
        host = urlsplit(url).hostname or ""
        if self.trusted or host in self._public:
            return
        try:
            found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
        except OSError:
            return  # it cannot be found from here: the call says so, or a proxy knows it
        if not all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in found):
            raise Declined(
                f"{self.title}'s document says that it is at {host}, which is not on the public network; if that is "
                f"right, add it again with base='{self.base}'."
            )
        self._public.add(host)

    def _too_much(self) -> Unsupported:
        return Unsupported(
            f"{self.title}'s answer is larger than {self.largest >> 20} MB; ask for less, such as one page."
        )

    # -- what it said -------------------------------------------------------------------------------------------------
    def _told(self, status: int, headers: Mapping[str, str], body: bytes) -> Json:
        kept: dict[str, Json] = {name: self._clean(headers[name]) for name in KEPT_HEADERS if name in headers}
        media = str(headers.get("content-type", "")).split(";")[0].strip().lower()
        made: dict[str, Json] = {"status": status, "headers": kept}
        if not body:
            return made
        if (text := _text(body, str(headers.get("content-type", "")), media)) is None:
            return {**made, "base64": base64.b64encode(body).decode()}
        text = self._clean(text)
        if JSON_MEDIA.match(media) or text.lstrip()[:1] in ("{", "["):
            try:
                return {**made, "json": json.loads(text, parse_constant=lambda _: None)}
            except (ValueError, RecursionError):
                pass
        return {**made, "text": text}

    def _clean(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN).replace(json.dumps(secret)[1:-1], HIDDEN)
        return text


def fetched(url: str, headers: Mapping[str, str]) -> bytes:
    """The bytes of a document. `headers` are sent only when it is not given without them.

    Raises the errors of `Service.send`, and `Unsupported` where there is none.
    """
    answer: Any = {}
    for signing in ({}, headers):
        service = Service("The document's server", url, signing, largest=DOCUMENT)
        try:
            answer = service.send(Request("GET", url, {"Accept": "application/json, application/yaml, */*;q=0.8"}))
        finally:
            service.close()
        # Some send whoever is not signed in to a page for that, which is an answer like any other.
        if answer["status"] == 200 and "html" not in str(answer["headers"].get("content-type", "")):
            break
    if answer["status"] >= 500 or answer["status"] == 429:
        raise ServiceUnavailable(f"{url} does not answer now ({answer['status']}); try again later.", url)
    if answer["status"] != 200:
        raise Unsupported(f"There is no document at {url}: the server says {answer['status']}.")
    if "json" in answer:
        return json.dumps(answer["json"]).encode()
    return base64.b64decode(answer["base64"]) if "base64" in answer else str(answer.get("text", "")).encode()


def _same_place(before: str, after: str) -> bool:
    old, new = urlsplit(before), urlsplit(after)
    if (old.scheme, old.hostname, old.port) == (new.scheme, new.hostname, new.port):
        return True
    upgraded = (old.scheme, new.scheme) == ("http", "https") and old.hostname == new.hostname
    return upgraded and old.port in (None, 80) and new.port in (None, 443)


def _text(body: bytes, content_type: str, media: str) -> str | None:
    """A body that is text, or None."""
    if re.match(r"(image|audio|video|font|model)/(?!svg)|application/(octet-stream|zip|gzip|pdf|x-tar)", media):
        return None
    charset = re.search(r"charset=\"?([\w-]+)", content_type)
    try:
        return body.decode(charset[1] if charset else "utf-8")
    except (UnicodeDecodeError, LookupError):
        return None
