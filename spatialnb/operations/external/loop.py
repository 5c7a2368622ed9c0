"""One event loop on a thread of its own, for what has to stay connected between calls."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_endings: dict[object, Callable[[], None]] = {}


def submit(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Run `work` on the loop, which is started when it is first needed."""
    global _loop
    with _lock:
        if _loop is None or _loop.is_closed():
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="spatialnb-outside", daemon=True).start()
            atexit.register(_end)
        return asyncio.run_coroutine_threadsafe(work, _loop)


def at_end(owner: object, end: Callable[[], None]) -> None:
    """Call `end` when Python ends, unless `forget` is called before: no process is to outlive the one that began it."""
    with _lock:
        _endings[owner] = end


def forget(owner: object) -> None:
    """`owner` has ended by itself."""
    with _lock:
        _endings.pop(owner, None)


def _end() -> None:
    with _lock:
        endings = list(_endings.values())
    for end in endings:
        end()
    if _loop is not None:
        _loop.call_soon_threadsafe(_loop.stop)
