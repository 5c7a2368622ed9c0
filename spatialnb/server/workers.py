"""Threads for what blocks, a bounded number of them, so that the server's own loop never waits."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

from spatialnb.server.problems import Refused

T = TypeVar("T")


class Workers:
    """At most `at_once` pieces of work run, at most `waiting` more wait; who comes then is told to come back.

    The threads are daemons: a server that is stopped does not wait for the film that somebody exports.
    """

    def __init__(self, name: str, at_once: int, waiting: int) -> None:
        self._name = name
        self._most = at_once + waiting
        self._free = asyncio.Semaphore(at_once)
        self._in_hand = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` gives or raises. Raises `Refused` (429) when too much waits already."""
        if self._in_hand >= self._most:
            raise Refused(429, "Too much is being done at once. Try again in a moment.", headers={"Retry-After": "1"})
        self._in_hand += 1
        try:
            await self._free.acquire()
        except asyncio.CancelledError:
            self._in_hand -= 1
            raise
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def finish(result: T | None, error: BaseException | None) -> None:
            # Its place is free only now, also when nobody waits for the result any more.
            self._in_hand -= 1
            self._free.release()
            if done.cancelled():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)  # type: ignore[arg-type]

        def thread() -> None:
            result: T | None = None
            error: BaseException | None = None
            try:
                result = work()
            except BaseException as raised:  # noqa: BLE001 - carried to whoever waits for it
                error = raised
            with contextlib.suppress(RuntimeError):  # the server has stopped, and its loop with it
                loop.call_soon_threadsafe(finish, result, error)

        threading.Thread(target=thread, name=f"spatialnb-{self._name}", daemon=True).start()
        return await done
