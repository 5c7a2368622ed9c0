"""What calls came to, written to the store in order, on a thread of its own so that no call waits for a disk."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeAlias

from spatialnb.errors import StoreUnavailable

if TYPE_CHECKING:
    from spatialnb.store import Store

Entry: TypeAlias = tuple[Callable[[Any], object], ...]
"""What is asked of a pipeline, see `Store.together`."""
KEPT = 10_000
"""Entries kept for a store that is away."""


class Ledger:
    """Entries of one process. What a call set aside stays set aside until its entry is written, so that being late
    costs nobody money. Python waits for what is unwritten before it ends."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._unwritten: deque[Entry] = deque(maxlen=KEPT)
        self._writer: ThreadPoolExecutor | None = None
        self._latest: Future[None] | None = None

    def enter(self, *calls: Callable[[Any], object]) -> None:
        """Write, soon and all at once."""
        with self._lock:
            self._unwritten.append(calls)
            if self._writer is None:
                self._writer = ThreadPoolExecutor(1, thread_name_prefix="spatialnb-ledger")
            self._latest = self._writer.submit(self._write)

    def _write(self) -> None:
        while self._unwritten:
            entry = self._unwritten[0]
            try:
                self._store.together(*entry)
            except StoreUnavailable:
                return  # kept, and written with the next
            except BaseException:
                self._unwritten.popleft()  # what cannot be written must not hold up the rest
                raise
            self._unwritten.popleft()

    def flush(self) -> None:
        """Wait until all that was entered is written, or the store is found to be away."""
        if (latest := self._latest) is not None:
            latest.result()

    def close(self) -> None:
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.shutdown(wait=True)
