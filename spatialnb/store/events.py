"""What happens in a project, as a stream that every process follows.

Two Redis streams are read as one: the events that are published, and the change log itself, of which each entry is a
`Changed`. So a change and its event are one write, and nobody can see one without the other.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from spatialnb.errors import StoreUnavailable
from spatialnb.models.events import EVENT, Changed, Event, Overridden
from spatialnb.store.connection import Client, Link, is_away
from spatialnb.store.entries import Entry, decode, pairs, revision_of, token_of
from spatialnb.store.keys import EVENTS_KEPT, EVENTS_TTL, ProjectKeys

log = logging.getLogger(__name__)

Callback = Callable[[Event], None]
Place: TypeAlias = str
"""A place in both streams: give it as `since` to hear what came after it."""
WAIT_MS = 5_000
"""How long one read waits. What is published ends the wait; so does the end of following."""
BATCH = 500
UNSENT = 1_000
"""Events kept for the store while it is away."""


class _Follower:
    """A callback, from when the teller has reached the place in the queue where it joined."""

    def __init__(self, callback: Callable[[Event, Place], None]) -> None:
        self.callback = callback
        self.joined = False
        self.ended = False


_Told: TypeAlias = "tuple[Event | None, _Follower | None, Place] | None"
"""An event for all, an event for one, nothing but the joining of one, or the end; and the place after it."""


class EventStream:
    """The events of one project. One reader and one teller thread serve every callback of this process.

    Callbacks are called one after the other on the teller's thread, changes in the order of the log. While the store is
    away, what this process publishes still reaches its own callbacks.
    """

    def __init__(self, link: Link, keys: ProjectKeys, known: Callable[[int], Entry | None] = {}.get) -> None:
        self._link = link
        self._keys = keys
        self._known = known
        """An entry of the log that this process has in memory, so that it need not be read again."""
        self._origin = secrets.token_hex(6)
        self._lock = threading.Lock()
        self._followers: list[_Follower] = []
        self._told: queue.SimpleQueue[_Told] = queue.SimpleQueue()
        self._sending = threading.Lock()
        self._unsent: deque[Event] = deque(maxlen=UNSENT)
        self._seen_early: dict[str, int] = {}
        """Changes of ours that callbacks heard of while the store was away: token to the revision they heard."""
        self._position: tuple[str, str] | None = None
        self._stopping = threading.Event()
        self._reader: threading.Thread | None = None
        self._teller: threading.Thread | None = None
        self._reading: tuple[Client, int] | None = None
        link.when_back(self._send_unsent)

    @property
    def position(self) -> Place:
        """Where this process has read to: give it to `follow` as `since` to miss nothing after a gap."""
        events, changes = self._position or ("0-0", "0-0")
        return f"{events}/{changes}"

    def end(self) -> Place:
        """Where the streams end now. Raises `StoreUnavailable`."""
        return "/".join(self._ends())

    def publish(self, event: Event) -> None:
        """Tell every follower, in every process. Never raises for a store that is away: then it is told here, and later
        elsewhere. A `Changed` or an `Overridden` is told by the log itself, so publishing one again does nothing.
        """
        if not isinstance(event, Changed | Overridden):
            self.tell(event)

    def publish_all(self, events: Iterable[Event]) -> None:
        """As `publish` for each of them in their order, in one write."""
        self._tell_all([event for event in events if not isinstance(event, Changed | Overridden)])

    def tell(self, event: Event) -> None:
        """Publish any event; for the store itself."""
        self._tell_all([event])

    def _tell_all(self, events: Sequence[Event]) -> None:
        try:
            if self._unsent:
                self._send_unsent()
            self._send(events)
        except StoreUnavailable:
            for event in events:
                self._unsent.append(event)
                self.tell_here(event)

    def tell_here(self, event: Event, token: str = "") -> None:
        """Tell the callbacks of this process only. `token`: of a change that will be in the log later."""
        if token and isinstance(event, Changed):
            self._seen_early[token] = event.change.revision
        if self._followers:
            self._told.put((event, None, self.position))

    def _send(self, events: Sequence[Event], origin: str = "") -> None:
        entries: list[Any] = [{b"e": EVENT.dump_json(event), b"o": origin.encode()} for event in events]

        def add(client: Client) -> None:
            with client.pipeline(transaction=False) as pipe:
                for fields in entries:
                    pipe.xadd(self._keys.events, fields, maxlen=EVENTS_KEPT, approximate=True)
                pipe.expire(self._keys.events, EVENTS_TTL)
                pipe.execute()

        self._link.run(add)

    def _send_unsent(self) -> None:
        # Marked as ours: our own callbacks have heard of them already.
        with self._sending:
            while self._unsent:
                self._send((self._unsent[0],), self._origin)
                self._unsent.popleft()

    # -- following ----------------------------------------------------------------------------------------------------
    def follow(self, callback: Callback, since: str | None = None) -> Callable[[], None]:
        """Call `callback` with every event from now on, or after the position `since`; returns what ends it."""
        return self.follow_places(lambda event, _: callback(event), since)

    def follow_places(self, callback: Callable[[Event, Place], None], since: Place | None = None) -> Callable[[], None]:
        """As `follow`, and with each event the place after it: who has seen the event goes on from there."""
        follower = _Follower(callback)
        with self._lock:
            if self._reader is None:
                self._told = queue.SimpleQueue()
            if self._position is None:
                with contextlib.suppress(StoreUnavailable):
                    self._position = self._ends()
            if since is not None:
                for event, place in self._between(since):
                    self._told.put((event, follower, place))
            # It joins in the queue, behind what was read before it came, so that it hears nothing twice.
            self._told.put((None, follower, ""))
            self._followers = [*self._followers, follower]
            if self._reader is None:
                self._start()

        def stop() -> None:
            follower.ended = True
            with self._lock:
                self._followers = [other for other in self._followers if other is not follower]
                is_last = not self._followers and self._reader is not None
            if is_last:
                self._stop()

        return stop

    def _ends(self) -> tuple[str, str]:
        def ask(client: Client) -> tuple[str, str]:
            with client.pipeline(transaction=True) as pipe:
                pipe.xrevrange(self._keys.events, count=1)
                pipe.get(self._keys.head)
                last, head = pipe.execute()
            return (last[0][0].decode() if last else "0-0", f"{int(head or 0)}-0")

        return self._link.run(ask)

    def _between(self, since: Place) -> list[tuple[Event, Place]]:
        """Events after `since` that the reader has passed already."""
        events, _, changes = since.partition("/")
        if self._position is None:
            return []
        upto = self._position
        found: list[tuple[Event, Place]] = []
        read: Callable[[Callable[[Client], Any]], Any] = self._link.run
        # What is added while this reads is the reader's to tell, and no place may lie behind it.
        after = f"({changes}"
        for entry_id, fields in pairs(read(lambda client: client.xrange(self._keys.changes, after, upto[1]))):
            changes = entry_id.decode()
            found.append((Changed(change=self._entry(entry_id, fields).change), f"{events}/{changes}"))
        after = f"({events}"
        for entry_id, fields in pairs(read(lambda client: client.xrange(self._keys.events, after, upto[0]))):
            events = entry_id.decode()
            found.extend((event, f"{events}/{changes}") for event in _event(fields))
        return found

    def _start(self) -> None:
        self._stopping = threading.Event()
        name = f"spatialnb-events-{self._keys.root}"
        self._reader = threading.Thread(target=self._read, args=(self._stopping,), name=name, daemon=True)
        self._teller = threading.Thread(target=self._tell, args=(self._told,), name=f"{name}-tell", daemon=True)
        self._reader.start()
        self._teller.start()

    def _stop(self) -> None:
        with self._lock:
            reader, teller, self._reader, self._teller = self._reader, self._teller, None, None
            self._stopping.set()
            reading = self._reading
            self._position = None
        if reader is None or teller is None:
            return
        self._told.put(None)
        if teller is not threading.current_thread():
            teller.join(timeout=2)
        for _ in range(200):
            # Wake the read that waits. It may only be about to wait, so once is not enough.
            if reading is not None:
                with contextlib.suppress(Exception):
                    self._link.client.client_unblock(reading[1])
            reader.join(timeout=0.01)
            if not reader.is_alive():
                break

    def close(self) -> None:
        """End all following."""
        with self._lock:
            self._followers = []
        self._stop()

    def _read(self, stopping: threading.Event) -> None:
        client: Client | None = None
        pause = 0.02
        while not stopping.is_set():
            try:
                if client is None:
                    client = self._connected()
                if self._position is None:
                    self._position = self._ends()
                events, changes = self._position
                wait = WAIT_MS if self._link.kind != "memory" else 200
                reply: Any = client.xread({self._keys.changes: changes, self._keys.events: events}, BATCH, wait)
                if not stopping.is_set():
                    self._take(reply)
                pause = 0.02
            except Exception as error:  # whatever it is, followers are not to be left without a reader
                if not is_away(error):
                    log.exception("The project's events could not be read; trying again.")
                self._reading = None
                if client is not None:
                    client.close()
                    client = None
                if not self._link.available or not self._nudge():
                    stopping.wait(pause)
                    pause = min(1.0, pause * 1.6)
        if client is not None:
            client.close()

    def _nudge(self) -> bool:
        """Have the link find out that the store is away, or bring it back."""
        try:
            self._link.run(lambda client: client.ping())
        except StoreUnavailable:
            return False
        return True

    def _connected(self) -> Client:
        client = self._link.blocking_client()
        if self._link.kind != "memory":
            # One connection, so that its number can be told to wake it.
            number: Any = client.client_id()
            self._reading = (client, int(number))
        return client

    def _take(self, reply: Any) -> None:
        """Queue what was read: changes first, as a change is in the log before any event that speaks of it."""
        read: dict[bytes, Any] = dict(reply or ())
        with self._lock:
            events, changes = self._position or ("0-0", "0-0")
            for entry_id, fields in read.get(self._keys.changes.encode(), ()):
                changes = entry_id.decode()
                entry = self._entry(entry_id, fields)
                if self._seen_early.pop(entry.token, None) != entry.change.revision:
                    self._told.put((Changed(change=entry.change), None, f"{events}/{changes}"))
            for entry_id, fields in read.get(self._keys.events.encode(), ()):
                events = entry_id.decode()
                if fields.get(b"o", b"").decode() != self._origin:
                    for event in _event(fields):
                        self._told.put((event, None, f"{events}/{changes}"))
            self._position = (events, changes)

    def _entry(self, entry_id: bytes, fields: dict[bytes, bytes]) -> Entry:
        known = self._known(revision_of(entry_id))
        return known if known is not None and known.token == token_of(fields) else decode(fields)

    def _tell(self, queued: queue.SimpleQueue[_Told]) -> None:
        while (told := queued.get()) is not None:
            event, only, place = told
            if event is None:
                if only is not None:
                    only.joined = True
                continue
            for follower in (only,) if only is not None else self._followers:
                if follower.ended or not (follower.joined or only is follower):
                    continue
                try:
                    follower.callback(event, place)
                except Exception:  # one view's mistake is not to silence the others
                    log.exception("A follower of the project's events failed on %s", event.type)


def _event(fields: dict[bytes, bytes]) -> list[Event]:
    """The event of an entry; none if a newer version wrote one that this one does not know."""
    try:
        return [EVENT.validate_json(fields[b"e"])]
    except ValueError:
        log.warning("An event of a kind that this version does not know was passed over.")
        return []
