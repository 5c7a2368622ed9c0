"""Tells the world about runs: events to the project's stream, run states to the conversation, in order, on a thread.

The loop that conducts never waits for the store this way; who wants to be sure that all is told calls `told()`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import cast

from spatialnb.errors import SpatialError
from spatialnb.models.base import Frozen
from spatialnb.models.events import Event
from spatialnb.models.plan import RunState

log = logging.getLogger(__name__)

REST = 0.2
"""Seconds between two savings of run states while things go on; the log and the checkpoints lose nothing by it."""
CLOSE = object()


class Herald:
    """A thread that publishes events and saves run states, of several states of a run only the latest."""

    def __init__(self, publish: Callable[[Event], None], save: Callable[[RunState], None]) -> None:
        self._publish, self._save = publish, save
        self._queue: SimpleQueue[Event | Future[None] | object] = SimpleQueue()
        self._unsaved: dict[str, RunState] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="spatialnb-herald", daemon=True)
        self._thread.start()

    def publish(self, event: Event) -> None:
        self._queue.put(event)

    def save(self, state: RunState) -> None:
        """Save `state` when the events before it are told."""
        with self._lock:
            self._unsaved[state.id] = state

    def told(self) -> Future[None]:
        """Done when everything handed in before is published and saved."""
        done: Future[None] = Future()
        self._queue.put(done)
        return done

    def close(self) -> None:
        self._queue.put(CLOSE)
        self._thread.join(10)

    def _work(self) -> None:
        saved = 0.0
        while True:
            work = self._next()
            if isinstance(work, Frozen):
                self._try(lambda event=cast(Event, work): self._publish(event))
                if time.monotonic() - saved < REST:
                    continue
            self._save_all()
            saved = time.monotonic()
            if isinstance(work, Future):
                work.set_result(None)
            elif work is CLOSE:
                return

    def _next(self) -> Event | Future[None] | object:
        """What to do next; nothing, if states have waited long enough to be saved."""
        try:
            return self._queue.get(timeout=REST if self._unsaved else None)
        except Empty:
            return None

    def _save_all(self) -> None:
        with self._lock:
            states, self._unsaved = list(self._unsaved.values()), {}
        for state in states:
            self._try(lambda state=state: self._save(state))

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except SpatialError as error:
            # The store keeps what it can while it is away and says so itself; a run must not fail of it.
            log.warning("Could not tell of a run: %s", error)
        except Exception:
            log.exception("Could not tell of a run.")
