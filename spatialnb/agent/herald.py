"""Tells the world about runs: events to the project's stream, run states to the conversation, in order, on a thread.

The loop that conducts never waits for the store this way; who wants to be sure that all is told calls `told()`. What
comes in within a few milliseconds is told together, in two writes: one to keep it, then one to tell of it. So whoever
hears of a step that it is over can count on its being kept.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol

from spatialnb.errors import SpatialError
from spatialnb.models.events import Event
from spatialnb.models.plan import RunState, StepState

log = logging.getLogger(__name__)

LINGER = 0.008
"""Seconds that something waits for more to be told with it."""


class Keeper(Protocol):
    """What keeps runs: a `Conversation`."""

    def save(self, state: RunState, fence: int = 0) -> None: ...
    def record(self, steps: Sequence[StepState], fences: Mapping[str, int] = ...) -> None: ...


class Herald:
    """A thread that publishes events and keeps run states, of several states of a run or a step only the latest."""

    def __init__(self, publish: Callable[[Sequence[Event]], None], keeper: Keeper) -> None:
        self._publish, self._keeper = publish, keeper
        self._lock = threading.Lock()
        self._events: list[Event] = []
        self._runs: dict[str, RunState] = {}
        self._fences: dict[str, int] = {}
        self._steps: dict[tuple[str, str], StepState] = {}
        self._waiting: list[Future[None]] = []
        self._something = threading.Event()
        self._hurry = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="spatialnb-herald", daemon=True)
        self._thread.start()

    def publish(self, event: Event) -> None:
        with self._lock:
            self._events.append(event)
        self._wake()

    def save(self, state: RunState, fence: int = 0) -> None:
        """Keep a run whole. What was recorded of its steps before is in it. `fence`: see `store/leases.py`."""
        with self._lock:
            self._runs[state.id] = state
            self._fences[state.id] = fence
            for key in [key for key in self._steps if key[0] == state.id]:
                del self._steps[key]
        self._wake()

    def record(self, step: StepState, fence: int = 0) -> None:
        """Keep a step that is over."""
        with self._lock:
            self._steps[step.run, step.id] = step
            self._fences[step.run] = fence
        self._wake()

    def told(self) -> Future[None]:
        """Done when everything handed in before is kept and published."""
        done: Future[None] = Future()
        with self._lock:
            self._waiting.append(done)
        self._hurry.set()
        self._wake()
        return done

    def close(self) -> None:
        self._closed = True
        self._hurry.set()
        self._something.set()
        self._thread.join(10)

    def _wake(self) -> None:
        # Looked at first: most of what comes in finds the thread awake, and setting costs a lock and a wake-up.
        if not self._something.is_set():
            self._something.set()

    def _work(self) -> None:
        while not self._closed:
            self._something.wait()
            self._hurry.wait(LINGER)
            self._tell()
        self._tell()

    def _tell(self) -> None:
        self._something.clear()
        self._hurry.clear()
        with self._lock:
            events, self._events = self._events, []
            runs, self._runs = self._runs, {}
            steps, self._steps = self._steps, {}
            fences, self._fences = self._fences, {}
            waiting, self._waiting = self._waiting, []
        for state in runs.values():
            self._try(lambda state=state: self._keeper.save(state, fences[state.id]))
        if steps:
            self._try(lambda: self._keeper.record(list(steps.values()), fences))
        if events:
            self._try(lambda: self._publish(events))
        for done in waiting:
            done.set_result(None)

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except SpatialError as error:
            # The store keeps what it can while it is away and says so itself; a run must not fail of it.
            log.warning("Could not tell of a run: %s", error)
        except Exception:
            log.exception("Could not tell of a run.")
