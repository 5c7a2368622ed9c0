"""The one client of Redis, what happens when it does not answer, and how it comes back."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from spatialnb.config import Settings
from spatialnb.errors import StoreUnavailable
from spatialnb.store.embedded import EmbeddedServer, find_server

if TYPE_CHECKING:
    from redis import Redis

log = logging.getLogger(__name__)

T = TypeVar("T")
StoreKind: TypeAlias = Literal["embedded", "url", "memory"]
Client: TypeAlias = "Redis"

PATIENCE = 1.0
"""Seconds that a call tries again before the store counts as away."""
ANSWER = 3.0
"""Seconds that one command may take."""
LONGEST_PAUSE = 2.0
"""Seconds between attempts to reach a store that is away, at most."""


class Link:
    """A Redis client that tries again for a moment, then says that the store is away, and looks out for its return.

    `revive` brings an embedded server back. While the store is away every call raises `StoreUnavailable` at once; a
    thread tries to reach it, and when it answers calls those who asked with `when_back`, in the order of their asking.
    """

    def __init__(
        self,
        connect: Callable[[float | None], Client],
        revive: Callable[[], object] | None = None,
        kind: StoreKind = "url",
    ) -> None:
        self.kind: StoreKind = kind
        self._connect = connect
        self._revive = revive or (lambda: None)
        self._lock = threading.Lock()
        self._available = True
        self._closed = threading.Event()
        self._seeker: threading.Thread | None = None
        self._lost: list[Callable[[], None]] = []
        self._back: list[Callable[[], None]] = []
        self.client: Client = connect(ANSWER)

    @property
    def available(self) -> bool:
        return self._available

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def blocking_client(self) -> Client:
        """A client of its own for commands that wait, with no limit on how long an answer takes."""
        return self._connect(None)

    def run(self, action: Callable[[Client], T]) -> T:
        """The answer to `action`, which may run several times. Raises `StoreUnavailable` when the store is away."""
        from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

        if self.closed:
            raise StoreUnavailable("The store is closed; open the project again.")
        if not self._available:
            raise StoreUnavailable("The store is away; it is looked for in the background.")
        try:
            return action(self.client)
        except Exception as first:
            if not is_away(first):
                raise
        attempts = Retrying(
            stop=stop_after_delay(PATIENCE),
            wait=wait_random_exponential(0.02, max=0.2),
            retry=retry_if_exception(is_away),
            reraise=True,
        )
        try:
            return attempts(lambda: self._again(action))
        except StoreUnavailable:
            self._lose()
            raise
        except Exception as error:
            if not is_away(error):
                raise
            self._lose()
            raise StoreUnavailable(f"The store does not answer: {error}") from error

    def _again(self, action: Callable[[Client], T]) -> T:
        self._revive()
        return action(self.client)

    def when_lost(self, callback: Callable[[], None]) -> None:
        """Call when the store is found to be away."""
        self._lost.append(callback)

    def when_back(self, callback: Callable[[], None]) -> None:
        """Call when the store answers again; if it raises `StoreUnavailable`, again after the next return."""
        self._back.append(callback)

    def _lose(self) -> None:
        with self._lock:
            if not self._available or self.closed:
                return
            self._available = False
            self._seeker = threading.Thread(target=self._seek, name="spatialnb-store-seek", daemon=True)
            self._seeker.start()
        for callback in list(self._lost):
            callback()

    def _seek(self) -> None:
        pause = 0.05
        while not self._closed.wait(pause):
            pause = min(LONGEST_PAUSE, pause * 1.6)
            try:
                self._revive()
                self.client.ping()
            except StoreUnavailable:
                continue
            except Exception as error:
                if is_away(error):
                    continue
                raise
            with self._lock:
                self._available = True
            for callback in list(self._back):
                try:
                    callback()
                except StoreUnavailable:  # gone again: another thread is looking for it by now
                    return
            return

    def close(self) -> None:
        self._closed.set()
        if self._seeker is not None and self._seeker is not threading.current_thread():
            self._seeker.join(timeout=5)
        self.client.close()


def is_away(error: BaseException) -> bool:
    """Whether `error` means that the store is away or cannot write now, and not that a command is wrong."""
    from redis import exceptions

    if isinstance(error, exceptions.AuthenticationError | exceptions.AuthorizationError):
        return False
    if isinstance(error, exceptions.ConnectionError | exceptions.TimeoutError | OSError | StoreUnavailable):
        return True
    return isinstance(error, exceptions.ResponseError) and str(error).startswith(("READONLY", "MASTERDOWN", "MISCONF"))


def link_to(settings: Settings) -> Link:
    """The store that `settings` ask for: a URL, the embedded server, or memory where there is no server to run.

    Raises `StoreUnavailable` when the URL does not answer or no embedded server can be started.
    """
    if settings.redis_url:
        return _by_url(settings.redis_url)
    program = find_server()
    return _embedded(settings, program) if program is not None else _in_memory(settings.home)


def _options(timeout: float | None) -> dict[str, Any]:
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # Trying again is ours: redis-py's own waits for seconds and would run a script twice without our knowing.
    return {"socket_timeout": timeout, "socket_connect_timeout": 2.0, "retry": Retry(NoBackoff(), 0)}


def _by_url(url: str) -> Link:
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        link = Link(lambda timeout: Redis.from_url(url, **_options(timeout)))
        link.client.ping()
    except (RedisError, OSError, ValueError) as error:
        raise StoreUnavailable(f"The Redis at {_without_password(url)} does not answer: {error}") from error
    return link


def _without_password(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    place = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
    return f"{parts.scheme}://{place}"


def _embedded(settings: Settings, program: Path) -> Link:
    from redis import Redis

    server = EmbeddedServer(settings.home / "store", program, settings.idle_seconds)

    def connect(timeout: float | None) -> Client:
        return Redis(unix_socket_path=str(server.socket), **_options(timeout))

    def opened(_: Path) -> Link:
        link = Link(connect, lambda: server.attach(lambda _: link.client.ping()), "embedded")
        link.client.ping()
        return link

    return server.attach(opened)


def _in_memory(home: Path) -> Link:
    from fakeredis import FakeRedis, FakeServer

    warnings.warn(
        "There is no Redis to run on this machine, so projects are kept in memory only and are gone when Python ends. "
        "Set SPATIALNB_REDIS_URL to keep them.",
        UserWarning,
        stacklevel=4,
    )
    server = _SERVERS.setdefault(home, FakeServer())
    return Link(lambda _: FakeRedis(server=server), kind="memory")


_SERVERS: dict[Path, Any] = {}
