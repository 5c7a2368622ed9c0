"""`GET /projects/{project}/events`: what happens in a project, as server-sent events (text/event-stream).

Every event has an `id`: a client that lost the line and sends the last one as Last-Event-ID misses nothing, whichever
process serves it next, as the events are in the store.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from tornado.iostream import StreamClosedError

from spatialnb.errors import Invalid
from spatialnb.server.api import ApiHandler
from spatialnb.server.gateway import STREAMS
from spatialnb.server.problems import Refused

if TYPE_CHECKING:
    from spatialnb.models.events import Event

BEAT = 15.0
"""Seconds after which a line is sent though nothing happens, so that proxies keep the connection."""
BACKLOG = 2_000
"""Events that may wait for a slow reader; then its stream ends, and it may come again with Last-Event-ID."""


class EventsHandler(ApiHandler):
    async def do_get(self, project: str) -> None:
        import re

        from spatialnb.server.queries import PLACE, EventsQuery

        query = self.query(EventsQuery)
        since = self.request.headers.get("Last-Event-ID") or query.since
        if since is not None and re.fullmatch(PLACE, since) is None:
            raise Invalid("Last-Event-ID is the id of an event that was sent, such as 0-0/12-0.", "Last-Event-ID")
        if self.gateway.streams >= STREAMS:
            raise Refused(429, "Too many event streams are open. Close some.", headers={"Retry-After": "5"})
        self.gateway.streams += 1
        try:
            await self._stream(project, since, query.idle)
        finally:
            self.gateway.streams -= 1

    async def _stream(self, project: str, since: str | None, idle: float | None) -> None:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[tuple[Event, str] | None] = asyncio.Queue()

        def heard(event: Event, place: str) -> None:  # on the store's thread
            with contextlib.suppress(RuntimeError):  # the server has stopped, and its loop with it
                loop.call_soon_threadsafe(waiting.put_nowait, (event, place))

        self.when_gone(lambda: waiting.put_nowait(None))
        reads, projects = self.gateway.reads, self.gateway.projects
        events = (await reads.run(lambda: projects.take(project))).workspace.events
        try:
            begin = since or await reads.run(events.end)
            stop = await reads.run(lambda: events.follow_places(heard, begin))
            try:
                await self._send(f"retry: 2000\nid: {begin}\n\n")
                while (told := await self._next(waiting, idle)) is not None and waiting.qsize() <= BACKLOG:
                    event, place = told
                    await self._send(f"event: {event.type}\nid: {place}\ndata: {event.model_dump_json()}\n\n")
            finally:
                await reads.run(stop)
        except StreamClosedError:
            return
        finally:
            projects.give_back(project)
        self.finish(set_content_type="text/event-stream")

    async def _next(
        self, waiting: asyncio.Queue[tuple[Event, str] | None], idle: float | None
    ) -> tuple[Event, str] | None:
        """The next event; None when the reader is gone, or nothing came for `idle` seconds."""
        left = idle
        while True:
            patience = BEAT if left is None else min(BEAT, left)
            try:
                return await asyncio.wait_for(waiting.get(), patience)
            except TimeoutError:
                if left is not None and (left := left - patience) <= 0:
                    return None
                await self._send(": still here\n\n")

    async def _send(self, text: str) -> None:
        if not self._headers_written:
            self.set_header("Content-Type", "text/event-stream; charset=utf-8")
            self.set_header("Cache-Control", "no-store")
            self.set_header("X-Accel-Buffering", "no")
            self.set_header("X-Correlation-Id", self.correlation_id)
        self.write(text)
        await self.flush()
