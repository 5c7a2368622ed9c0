"""Who works next: threads that carry out the steps of many runs, fairly, and those that a person waits for first.

Every run has a lane of its own. A free thread takes the next step of the lane that has the fewest steps under way, of
lanes that are level the one that waited longest. Lanes in the background leave some threads free, so that a person who
asks for something finds one, and while a person's run is under way they begin nothing, so that it has the processor for
itself; but however many people ask, every now and then one step from the background is taken.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 0.5
"""Seconds after which something is begun in the background although a person's run is under way."""


class Lane(Executor):
    """One run's way to the threads."""

    def __init__(self, lanes: Lanes, background: bool) -> None:
        self.background = background
        self.waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self.under_way = 0
        self.served = 0
        """When it was served last, counted in steps of all lanes."""
        self._lanes = lanes

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._lanes.add(self, lambda: fn(*args, **kwargs))


class Lanes:
    """Threads for the lanes, at most `count`, of which the background leaves `spare` alone."""

    def __init__(self, count: int, spare: int, name: str) -> None:
        self._count, self._spare, self._name = count, spare, name
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._idle: deque[threading.Event] = deque()
        """What the threads that have nothing to do wait for, each its own, so that none is counted on twice."""
        self._lanes: set[Lane] = set()
        """Those in which something waits."""
        self._served = self._behind = self._people = 0
        self._begun_behind = 0.0
        """When something was begun in the background last."""
        self._closed = False

    def lane(self, *, background: bool = False) -> Lane:
        return Lane(self, background)

    @contextlib.contextmanager
    def person(self) -> Generator[None]:
        """While a person waits for what is going on."""
        with self._lock:
            self._people += 1
        try:
            yield
        finally:
            with self._lock:
                self._people -= 1
                if not self._people and self._lanes:
                    self._wake_all()

    def add(self, lane: Lane, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("These lanes are closed.")
            lane.waiting.append((future, work))
            self._lanes.add(lane)
            if self._idle:
                self._idle.popleft().set()
            elif len(self._threads) < self._count:
                name = f"{self._name}-{len(self._threads)}"
                thread = threading.Thread(target=self._work, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def close(self) -> None:
        """Begin nothing more; what waits is cancelled, what is under way is left to end."""
        with self._lock:
            self._closed = True
            for lane in self._lanes:
                for future, _ in lane.waiting:
                    future.cancel()
                lane.waiting.clear()
            self._lanes.clear()
            self._wake_all()

    def _wake_all(self) -> None:
        while self._idle:
            self._idle.popleft().set()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            lane, future, work = taken
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to who waits for the result
                    future.set_exception(error)
            del future, work, taken  # a thread that is idle keeps nothing alive
            self._end(lane)

    def _take(self) -> tuple[Lane, Future[Any], Callable[[], Any]] | None:
        while True:
            with self._lock:
                if (lane := self._next()) is not None:
                    return self._taken(lane)
                if self._closed:
                    return None
                woken = threading.Event()
                self._idle.append(woken)
                held_back = bool(self._lanes)
            if not woken.wait(PATIENCE if held_back else None):
                with self._lock, contextlib.suppress(ValueError):
                    self._idle.remove(woken)

    def _taken(self, lane: Lane) -> tuple[Lane, Future[Any], Callable[[], Any]]:
        future, work = lane.waiting.popleft()
        if not lane.waiting:
            self._lanes.discard(lane)
        self._served += 1
        lane.served = self._served
        lane.under_way += 1
        if lane.background:
            self._behind += 1
            self._begun_behind = time.monotonic()
        return lane, future, work

    def _end(self, lane: Lane) -> None:
        with self._lock:
            lane.under_way -= 1
            self._behind -= lane.background

    def _next(self) -> Lane | None:
        """The lane whose turn it is; None if none may be served now."""
        people = [lane for lane in self._lanes if not lane.background]
        behind = [lane for lane in self._lanes if lane.background] if self._behind < self._most_behind else []
        if self._people and time.monotonic() - self._begun_behind < PATIENCE:
            behind = []
        first = behind if behind and (self._people or not people) else people
        return min(first, key=lambda lane: (lane.under_way, lane.served), default=None)

    @property
    def _most_behind(self) -> int:
        return max(1, self._count - self._spare)
