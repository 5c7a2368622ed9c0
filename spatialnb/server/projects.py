"""The projects that the server has open: opened when somebody asks, closed when nobody has for a while."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from spatialnb.errors import NotFound, SpatialError

if TYPE_CHECKING:
    from spatialnb.agent.run import Run
    from spatialnb.config import Settings
    from spatialnb.store import Store
    from spatialnb.studio import Studio

IDLE = 300.0
"""Seconds after its last use at which a project is closed."""
MOST = 24
"""Projects beyond which the one that was unused the longest is closed at once."""

RUNS = 200
"""Runs of a project that are remembered while it is open."""

log = logging.getLogger(__name__)


class _Open:
    """A project that is open, or is just being opened."""

    def __init__(self) -> None:
        self.opening = threading.Lock()
        self.studio: Studio | None = None
        self.borrowed = 0
        self.used = time.monotonic()
        self.runs: deque[Run] = deque(maxlen=RUNS)
        """What was begun here."""

    @property
    def is_busy(self) -> bool:
        # A run that waits for an answer is kept in the store, and goes on in whatever process hears the answer.
        return self.borrowed > 0 or self.studio is None or any(run.status == "running" for run in tuple(self.runs))


class OpenProjects:
    """Studios by name of their project, shared by all requests. Safe to use from any thread; none may be the loop's."""

    def __init__(self, settings: Settings | None = None, *, idle: float = IDLE) -> None:
        self._settings = settings
        self._idle = idle
        self._lock = threading.Lock()
        self._open: dict[str, _Open] = {}
        self._index: Store | None = None
        self._index_used = 0.0
        self._sweeper: threading.Thread | None = None
        self._closing = threading.Event()

    # -- what there is ------------------------------------------------------------------------------------------------
    @property
    def settings(self) -> Settings:
        if self._settings is None:
            from spatialnb.config import Settings

            self._settings = Settings.from_environment()
        return self._settings

    def names(self) -> list[str]:
        """Every project of this user, open or not."""
        with self._lock:
            if self._index is None:
                from spatialnb.store import open_store

                self._index = open_store(self.settings)
                self._sweep_later()
            index, self._index_used = self._index, time.monotonic()
        return index.projects()

    def exists(self, name: str) -> bool:
        with self._lock:
            entry = self._open.get(name)
        return (entry is not None and entry.studio is not None) or name in self.names()

    @property
    def open_names(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(name for name, entry in self._open.items() if entry.studio is not None)

    # -- using --------------------------------------------------------------------------------------------------------
    @contextmanager
    def borrow(self, name: str, *, create: bool = False) -> Generator[Studio]:
        """The studio of a project, for as long as the block lasts.

        Raises `NotFound` when there is none of that name, unless `create`; `Invalid` for what can be no name.
        """
        studio = self.take(name, create=create)
        try:
            yield studio
        finally:
            self.give_back(name)

    def take(self, name: str, *, create: bool = False) -> Studio:
        """As `borrow`, until `give_back`."""
        if not create and not self.exists(name):
            raise NotFound(f"There is no project {name[:120]!r}. Open it with Studio(...) or call an operation on it.")
        with self._lock:
            entry = self._open.setdefault(name, _Open())
            entry.borrowed += 1
            self._sweep_later()
        try:
            with entry.opening:
                if entry.studio is None:
                    entry.studio = self._opened(name)
        except BaseException:
            self.give_back(name)
            raise
        self._close([*self._surplus()])
        return entry.studio

    def keep_for(self, name: str, run: Run) -> None:
        """Keep a borrowed project open until `run` is over or waits."""
        with self._lock:
            if (entry := self._open.get(name)) is not None:
                entry.runs.append(run)

    def run_here(self, name: str, run: str) -> Run | None:
        """A run of an open project that was begun, or goes on, in this process."""
        with self._lock:
            entry = self._open.get(name)
            return next((each for each in entry.runs if each.id == run), None) if entry else None

    def give_back(self, name: str) -> None:
        with self._lock:
            if (entry := self._open.get(name)) is None:
                return  # everything was closed meanwhile
            entry.borrowed -= 1
            entry.used = time.monotonic()
            if entry.studio is None and not entry.borrowed:
                del self._open[name]

    def _opened(self, name: str) -> Studio:
        from spatialnb.studio import Studio

        return Studio(name, settings=self.settings)

    # -- closing ------------------------------------------------------------------------------------------------------
    def _sweep_later(self) -> None:
        """Have a thread that looks for what nobody uses, for as long as anything is open. Call with the lock."""
        if self._sweeper is None and not self._closing.is_set():
            self._sweeper = threading.Thread(target=self._sweep, name="spatialnb-projects", daemon=True)
            self._sweeper.start()

    def _sweep(self) -> None:
        while not self._closing.wait(min(self._idle / 4, 30.0)):
            self._close(self._unused())
            with self._lock:
                if not self._open and time.monotonic() - self._index_used >= self._idle:
                    index, self._index, self._sweeper = self._index, None, None
                    break
        else:
            return
        if index is not None:
            index.close()

    def _unused(self) -> list[Studio]:
        now = time.monotonic()
        with self._lock:
            old = [n for n, entry in self._open.items() if not entry.is_busy and now - entry.used >= self._idle]
            return [studio for name in old if (studio := self._open.pop(name).studio)]

    def _surplus(self) -> list[Studio]:
        with self._lock:
            idle = sorted((entry.used, name) for name, entry in self._open.items() if not entry.is_busy)
            too_many = idle[: max(0, len(self._open) - MOST)]
            return [studio for _, name in too_many if (studio := self._open.pop(name).studio)]

    def _close(self, studios: list[Studio]) -> None:
        for studio in studios:
            try:
                studio.close()
            except SpatialError as error:
                log.warning("Project %r did not close cleanly: %s", studio.name, error)

    def close(self) -> None:
        """Close everything, whoever uses it."""
        self._closing.set()
        with self._lock:
            studios = [entry.studio for entry in self._open.values() if entry.studio]
            index = self._index
            self._open.clear()
            self._index = None
        self._close(studios)
        if index is not None:
            with suppress(SpatialError):
                index.close()
