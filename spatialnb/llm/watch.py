"""A light watch over endpoints while they are in use, so that nobody waits a minute for one that is down.

Only endpoints with an address of their own are looked at (`GET <base>/models`, which costs nothing), by one process of
all at a time; how others do is known from their calls. Who answers, with whatever status but 5xx, is up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from spatialnb.errors import StoreUnavailable
from spatialnb.llm.choice import Health
from spatialnb.llm.endpoints import Endpoint

if TYPE_CHECKING:
    from spatialnb.store.endpoints import EndpointTable

EVERY = 30.0
"""Seconds between two looks."""
SOON = 5.0
"""Seconds until the first look, and between looks while an endpoint is down."""
IN_USE = 300.0
"""Seconds after the latest call for which endpoints count as in use."""
ANSWER = 3.0
"""Seconds in which an endpoint has to answer a look."""


class Watch:
    """A thread that lives while calls are made."""

    def __init__(
        self, table: EndpointTable, endpoints: Callable[[], Sequence[Endpoint]], *, every: float = EVERY
    ) -> None:
        self._table = table
        self._endpoints = endpoints
        self._every = every
        self._lock = threading.Lock()
        self._latest = 0.0
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    def used(self) -> None:
        """Say that a call is made."""
        self._latest = time.monotonic()
        if self._thread is None and not self._closed.is_set():
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, name="spatialnb-watch", daemon=True)
                    self._thread.start()

    def _work(self) -> None:
        pause = min(SOON, self._every)
        while not self._closed.wait(pause):
            if time.monotonic() - self._latest > IN_USE:
                with self._lock:
                    self._thread = None
                return
            try:
                down = self.look_at_all(shared=pause)
            except StoreUnavailable:
                continue
            pause = min(SOON, self._every) if down else self._every

    def look_at_all(self, *, shared: float | None = None) -> int:
        """Look at each endpoint with an address, and say how many are down. `shared`: only at those that no other
        process has looked at in so many seconds."""
        seen = [endpoint for endpoint in self._endpoints() if endpoint.base]
        mine = [e for e in seen if shared is None or self._table.claim_look(e.health_key, shared * 0.9)]
        if not mine:
            return 0
        snapshot = self._table.snapshot()
        down = 0
        for endpoint in mine:
            why = look_at(endpoint)
            down += bool(why)
            was = Health.of(snapshot.health.get(endpoint.health_key))
            if why:
                self._table.record(endpoint.health_key, {"ok": False, "why": why, "blame": True})
            elif was.opened:
                self._table.record(endpoint.health_key, {"ok": True})
        return down

    def close(self) -> None:
        self._closed.set()
        if (thread := self._thread) is not None:
            thread.join(ANSWER + 2)


def look_at(endpoint: Endpoint) -> str:
    """What is wrong with an endpoint; empty if it answers. Sends no key."""
    import httpx

    try:
        answer = httpx.get(f"{endpoint.base.rstrip('/')}/models", timeout=ANSWER)
    except httpx.TimeoutException:
        return f"{endpoint.short} did not answer in time."
    except (httpx.HTTPError, httpx.InvalidURL):
        return f"{endpoint.short} cannot be reached."
    return f"{endpoint.short} answered with an error." if answer.status_code >= 500 else ""
