"""The change log of a project: the one record of what it is, and the only way to change it.

A Redis stream whose entry `<revision>-0` is the change that led to that revision. A writer says which revision it is
about to make; if someone else was first it catches up, makes its edits on top of theirs and tries again. So changes of
different fields both stand, of the same field the later wins, and the loser is told.

Every intent to change carries a token that is stored with it. A writer that lost the answer finds its token in the log
and knows that it was heard; so no change is made twice, whatever breaks when.

While the store is away, changes go to a journal on this machine's disk (`store/journal.py`) and to the head in memory,
with revisions that are provisional; when it is back they are written in their order, as changes are always written.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from spatialnb.errors import NotFound, StoreUnavailable, TakenOver
from spatialnb.models.change import Author, Call, Change, Dropped, Edit, Path, apply, replay
from spatialnb.models.events import Changed, Overridden, StoreStatus
from spatialnb.models.project import Project
from spatialnb.store import scripts
from spatialnb.store.conflicts import is_foreign, overrides_of
from spatialnb.store.connection import Link
from spatialnb.store.entries import Entry, Recent, decode, encode, pairs
from spatialnb.store.events import EventStream
from spatialnb.store.journal import Intent, Journal, Journals
from spatialnb.store.keys import STEPS_TTL, ProjectKeys
from spatialnb.store.leases import FENCE
from spatialnb.store.snapshots import Snapshots
from spatialnb.store.undo import Mark, mark_after, redo_units, undo_units

log = logging.getLogger(__name__)

BATCH = 500
"""Entries read at once."""
LOOK_BACK = 1_000
"""Concurrent changes that are looked at for what a change overrides, at most."""


class Appended(NamedTuple):
    """What came of an intent to change."""

    change: Change | None
    """As it stands in the log; None when nothing had to change."""
    project: Project
    """The head after it."""
    dropped: tuple[Dropped, ...] = ()
    """Edits of things that someone else had taken out."""


class IdsTaken(Exception):
    """What a change was about to add under an id of its own, someone else has added in the meantime."""


class ChangeLog:
    """The changes of one project. Safe to use from several threads; several processes may write to one project."""

    def __init__(self, link: Link, keys: ProjectKeys, name: str, events: EventStream, journals: Journals) -> None:
        self._link = link
        self._keys = keys
        self._events = events
        self._journals = journals
        self._client = secrets.token_hex(8)
        self._count = 0
        self._lock = threading.RLock()
        self._recent = Recent()
        self._snapshots = Snapshots(link, keys)
        self._projects: deque[Project] = deque(maxlen=64)
        """The latest heads; they share what did not change between them."""
        self._visited: deque[Project] = deque(maxlen=8)
        self._journal: Journal = journals.of(self._client)
        self._pending: list[Intent] = []
        self._flushing: deque[Intent] = deque()
        """What was pending and is being written now."""
        self._shown: Project | None = None
        """What others see as the head while that goes back, to write what was pending on top of what others did."""
        self._waiting: dict[int, Entry] = {}
        """What is pending, as entries under their provisional revisions."""
        self._last: Entry | None = None
        """The entry of the head."""
        self._confirmed = self._head = Project(name=name)
        """The project as the store has it, and with what is pending."""
        self._open()
        link.when_lost(self._say_lost)
        link.when_back(self._return)
        for journal in journals.left_over():
            self._take_over(journal)

    # -- reading ------------------------------------------------------------------------------------------------------
    @property
    def head(self) -> Project:
        """The project as far as this process knows it; see `sync`."""
        return self._shown or self._head

    @property
    def pending(self) -> int:
        """How many changes wait for the store to come back."""
        return len(self._pending) + len(self._flushing)

    def sync(self) -> tuple[Change, ...]:
        """Catch up with what others have written; their changes. Nothing while the store is away."""
        with self._lock:
            if self._pending and not self._flushed():
                return ()
            try:
                return tuple(entry.change for entry in self._catch_up())
            except StoreUnavailable:
                return ()

    def history(self, start: int = 1, end: int | None = None) -> list[Change]:
        """The changes from revision `start` to `end` (the head), both included."""
        with self._lock:
            last = self._head.revision if end is None else end
            return [entry.change for entry in self._entries(max(1, start), last)]

    def change(self, revision: int) -> Change:
        """The change that led to `revision`. Raises `NotFound`."""
        return self._entry(revision).change

    def at(self, revision: int) -> Project:
        """The project at an earlier revision. Raises `NotFound` if there is no such revision."""
        with self._lock:
            if not 0 <= revision <= self._head.revision:
                raise NotFound(f"There is no revision {revision}; the latest is {self._head.revision}.")
            for project in (*self._projects, *self._visited):
                if project.revision == revision:
                    return project
            start = self._snapshots.load(revision) or Project(name=self._head.name)
            project = replay(start, self.history(start.revision + 1, revision))
            self._visited.append(project)
            return project

    def of_step(self, run: str, step: str) -> Change | None:
        """The latest change that a step of a run has made, so that no step is done twice."""
        with self._lock:
            for intent in reversed(self._pending):
                if (intent.run, intent.step) == (run, step) and intent.revision:
                    return self._entry(intent.revision).change
            field = _step_field(run, step)
            revision: Any = self._link.run(lambda client: client.hget(self._keys.steps, field))
            return None if revision is None else self._entry(int(revision)).change

    # -- writing ------------------------------------------------------------------------------------------------------
    def append(
        self,
        edits: Iterable[Edit],
        *,
        base: int,
        call: Call,
        author: Author,
        actor: str = "",
        run: str = "",
        step: str = "",
        correlation_id: str = "",
        summary: str = "",
        undoes: Sequence[int] = (),
        redoes: Sequence[int] = (),
        at: datetime | None = None,
        exclusive: bool = False,
    ) -> Appended:
        """Make `edits`, which were found on revision `base`, on the head, and write them as one change.

        `exclusive`: raise `IdsTaken`, and change nothing, where an entry that the edits add is there already by then.

        Returns when the change is stored, or, while the store is away, when it is on this machine's disk. Raises
        `StoreUnavailable` only if it can be kept in neither place; then nothing has changed.
        """
        with self._lock:
            self._count += 1
            intent = Intent(
                token=f"{self._client}:{self._count}",
                edits=tuple(edits),
                base=base,
                call=call,
                author=author,
                actor=actor,
                run=run,
                step=step,
                correlation_id=correlation_id,
                summary=summary,
                undoes=tuple(undoes),
                redoes=tuple(redoes),
                at=at or datetime.now(UTC),
                confirmed=self._confirmed.revision,
                fence=FENCE.get(),
            )
            if not self._pending or self._flushed():
                try:
                    return self._write(intent, exclusive)
                except StoreUnavailable as reason:
                    return self._keep(intent, reason)
            return self._keep(intent, StoreUnavailable("The store is away."))

    def _write(self, intent: Intent, exclusive: bool = False) -> Appended:
        """Put a change at the end of the log, wherever that is by then."""
        added = [edit.path for edit in intent.edits if exclusive and edit.before is None and _is_entry(edit.path)]
        while True:
            if any(_is_there(self._head, path) for path in added):
                raise IdsTaken
            entry, project, dropped = self._prepared(intent, self._client)
            if entry is None:
                return Appended(None, self._head, dropped)
            fields = encode(entry.change, intent.token, entry.mark)
            revision = entry.change.revision
            stands, is_ours = self._send(entry, fields, intent.fence)
            if is_ours:
                size = len(fields[b"c"])
                self._accept(entry._replace(size=size), project)
                self._snapshots.consider(project, size)
                self._tell_losers(entry.change, dropped)
                return Appended(entry.change, project, dropped)
            if stands < revision - 1:
                self._restore(stands)
            for other in self._catch_up():
                if other.token == intent.token:
                    self._tell_losers(other.change, dropped)
                    return Appended(other.change, self._head, dropped)

    def _send(self, entry: Entry, fields: dict[bytes, bytes], fence: int = 0) -> tuple[int, bool]:
        """Write one entry; the log's latest revision, and whether the entry is at its place. Raises `TakenOver`."""
        change = entry.change
        step = _step_field(change.run, change.step) if change.run and change.step else b""
        args: list[str | int | bytes] = [change.revision, fields[b"c"], fields[b"t"], fields[b"m"], step, STEPS_TTL]
        args += [change.run, fence]
        keys = [self._keys.changes, self._keys.head, self._keys.steps, self._keys.fences]
        stands, is_ours = self._link.run(lambda client: scripts.append(client, keys, args))
        if int(is_ours) < 0:
            raise TakenOver(
                f"Another process goes on with {change.run} by now, so this one changes nothing more for it."
            )
        return int(stands), bool(is_ours)

    def _prepared(self, intent: Intent, client: str) -> tuple[Entry | None, Project, tuple[Dropped, ...]]:
        """An intent as the entry that would follow the head, and the project after it."""
        head = self._head
        project, done, dropped = apply(head, intent.edits)
        if not done:
            return None, head, dropped
        change = Change(
            revision=head.revision + 1,
            base=min(intent.base, head.revision),
            edits=done,
            **{name: getattr(intent, name) for name in _CARRIED},
        )
        concurrent: list[Entry] = []
        # Without the store only what is in memory is looked at; when the change is written it is looked at again.
        with contextlib.suppress(StoreUnavailable):
            concurrent = self._entries(max(change.base + 1, head.revision - LOOK_BACK), head.revision)
        overrides = overrides_of(done, [entry for entry in concurrent if is_foreign(entry, change, client)])
        change = change.model_copy(update={"overrides": overrides}) if overrides else change
        previous = self._entry(head.revision) if head.revision else None
        mark = mark_after(
            change, previous.change if previous else None, previous.mark if previous else Mark(), self._mark
        )
        return Entry(change, intent.token, mark), project.with_revision(change.revision), dropped

    def _accept(self, entry: Entry, project: Project) -> None:
        self._recent.add(entry)
        self._last = entry
        self._confirmed = self._head = project
        self._projects.append(project)

    def _tell_losers(self, change: Change, dropped: tuple[Dropped, ...]) -> None:
        for revision in sorted({override.revision for override in change.overrides}):
            lost = tuple(override for override in change.overrides if override.revision == revision)
            self._events.tell(Overridden(revision=revision, by=change.revision, overrides=lost))
        if dropped:
            self._events.tell(Overridden(revision=change.revision, by=change.base, dropped=dropped))

    # -- undo ---------------------------------------------------------------------------------------------------------
    def undo_target(self) -> tuple[int, ...]:
        """The revisions that an undo would undo, newest first; none if there is nothing to undo."""
        return next(iter(self.undo_targets(1)), ())

    def redo_target(self) -> tuple[int, ...]:
        """The revisions of the undo that a redo would take back; none if there is nothing to redo."""
        return next(iter(self.redo_targets(1)), ())

    def undo_targets(self, count: int = 1) -> list[tuple[int, ...]]:
        """The targets of the next `count` undos."""
        with self._lock:
            return undo_units(self._mark(self._head.revision), self._mark, count)

    def redo_targets(self, count: int = 1) -> list[tuple[int, ...]]:
        """The targets of the next `count` redos."""
        with self._lock:
            return redo_units(self._mark(self._head.revision), self._mark, count)

    def inverse(self, revisions: Iterable[int]) -> tuple[Edit, ...]:
        """The edits that take these changes back, newest first. For an undo's target and for a redo's alike."""
        return tuple(edit for r in sorted(revisions, reverse=True) for edit in self._entry(r).change.inverse)

    def _mark(self, revision: int) -> Mark:
        return self._entry(revision).mark if revision else Mark()

    # -- the store ----------------------------------------------------------------------------------------------------
    def _open(self) -> None:
        start = self._snapshots.load()
        if start is not None:
            self._confirmed = self._head = start
        if not self._catch_up() and self._head.revision:
            self._last = self._entry(self._head.revision)

    def _catch_up(self) -> list[Entry]:
        """Read what the log has beyond the head, and make it the head."""
        entries: list[Entry] = []
        while True:
            start = self._head.revision + 1 + len(entries)
            more = self._read(start, None)
            entries += more
            if len(more) < BATCH:
                break
        if entries:
            for entry in entries:
                self._recent.add(entry)
            self._last = entries[-1]
            self._confirmed = self._head = replay(self._head, [entry.change for entry in entries])
            self._projects.append(self._head)
        return entries

    def _read(self, start: int, end: int | None) -> list[Entry]:
        last = "+" if end is None else f"{end}-0"
        reply = self._link.run(lambda client: client.xrange(self._keys.changes, f"{start}-0", last, BATCH))
        return [decode(fields) for _, fields in pairs(reply)]

    def _entries(self, start: int, end: int) -> list[Entry]:
        """The entries from `start` to `end`, from memory where they are there."""
        with self._lock:
            found: list[Entry] = []
            while start <= end:
                entry = self.known(start)
                if entry is not None:
                    found.append(entry)
                    start += 1
                    continue
                read = self._read(start, min(end, start + BATCH - 1))
                if not read:
                    break
                found += read
                start = read[-1].change.revision + 1
            return found

    def _entry(self, revision: int) -> Entry:
        entry = self.known(revision)
        if entry is None:
            # Its neighbours are likely to be asked for next.
            read = self._read(max(1, revision - 31), revision)
            for neighbour in read:
                self._recent.add(neighbour)
            entry = next((e for e in reversed(read) if e.change.revision == revision), None)
        if entry is None:
            raise NotFound(f"There is no revision {revision}; the latest is {self._head.revision}.")
        return entry

    def known(self, revision: int) -> Entry | None:
        """An entry that is in memory."""
        last = self._last
        if last is not None and last.change.revision == revision:
            return last
        return self._waiting.get(revision) or self._recent.get(revision)

    def _restore(self, stands: int) -> None:
        """Write again what a store has lost that had said it was stored (a replica took over, a disk was put back)."""
        log.warning("The store has lost the changes after revision %s; they are written again.", stands)
        for revision in range(stands + 1, self._head.revision + 1):
            entry = self._recent.get(revision)
            if entry is None:
                raise StoreUnavailable(f"The store has lost revision {revision}, which nobody has any more.")
            self._send(entry, encode(entry.change, entry.token, entry.mark))

    # -- while the store is away --------------------------------------------------------------------------------------
    def _keep(self, intent: Intent, reason: StoreUnavailable) -> Appended:
        """Keep a change on this machine until the store is back."""
        try:
            appended = self._hold(intent)
        except OSError as error:
            raise StoreUnavailable(f"{reason} Nor can the change be kept on this machine: {error}") from error
        if appended.change is not None:
            self._events.tell_here(Changed(change=appended.change), intent.token)
            self._say_lost()
        return appended

    def _hold(self, intent: Intent) -> Appended:
        entry, project, dropped = self._prepared(intent, self._client)
        if entry is None:
            return Appended(None, self._head, dropped)
        intent = intent.model_copy(update={"revision": entry.change.revision})
        self._journal.add(intent)
        self._pending.append(intent)
        self._waiting[entry.change.revision] = self._last = entry
        self._head = project
        self._projects.append(project)
        return Appended(entry.change, project, dropped)

    def _say_lost(self) -> None:
        waiting = f" {self.pending} changes are kept until then." if self.pending else ""
        message = f"The store is away. It is looked for, and work can go on.{waiting}"
        self._events.tell_here(StoreStatus(available=False, pending=self.pending, message=message))

    def _return(self) -> None:
        with self._lock:
            waiting = self.pending
            self._flush()
        written = f" {waiting} changes that had to wait are stored." if waiting else ""
        self._events.tell_here(StoreStatus(available=True, message=f"The store is back.{written}"))

    def _flushed(self) -> bool:
        if not self._link.available:
            return False
        try:
            self._flush()
        except StoreUnavailable:
            return False
        return True

    def _flush(self) -> None:
        """Write what had to wait, in its order."""
        if not self._pending:
            return
        left, became = deque(self._pending), dict[int, int]()
        self._shown, self._flushing = self._head, left
        self._pending, self._waiting, self._last = [], {}, None
        self._projects.clear()
        self._head = self._confirmed
        done, self._journal = self._journal, self._next_journal()
        try:
            self._write_all(left, became)
        finally:
            self._wait_again(left, became, done)

    def _wait_again(self, left: deque[Intent], became: dict[int, int], done: Journal) -> None:
        """What is left when the store went away again in the middle waits on top of what has been written."""
        try:
            while left:
                appended = self._hold(_moved(left[0], became))
                if appended.change is not None:
                    became[left[0].revision] = appended.change.revision
                left.popleft()
            done.remove()
        except OSError as error:
            # The disk takes no more. The first journal has them all, and goes on.
            log.warning("Changes that wait for the store could not be written down anew: %s", error)
            self._journal.remove()
            self._journal = done
            self._pending += left
        self._flushing, self._shown = deque(), None

    def _next_journal(self) -> Journal:
        self._count += 1
        return self._journals.of(f"{self._client}-{self._count}")

    def _write_all(self, left: deque[Intent], became: dict[int, int]) -> None:
        """Write intents that have provisional revisions; those that are in the log already are left alone."""
        self._catch_up()
        oldest = min(intent.confirmed for intent in left)
        entries = self._entries(oldest + 1, self._head.revision)
        heard = {entry.token: entry.change.revision for entry in entries}
        while left:
            intent = left[0]
            revision = heard.get(intent.token)
            if revision is None:
                try:
                    appended = self._write(_moved(intent, became))
                except TakenOver as error:
                    log.warning("A change that had to wait is given up. %s", error)
                    appended = Appended(None, self._head)
                if appended.change is not None:
                    revision = appended.change.revision
                elif appended.dropped:
                    head = self._head.revision
                    self._events.tell(Overridden(revision=head, by=head, dropped=appended.dropped))
            if revision is not None:
                became[intent.revision] = revision
            left.popleft()

    def _take_over(self, journal: Journal) -> None:
        """Write what a process that is dead had to leave behind."""
        intents = journal.read()
        with self._lock:
            if intents:
                self._write_all(deque(intents), {})
            journal.remove()
        log.info("%s changes that an earlier process could not store are stored.", len(intents))

    def close(self) -> None:
        """Write what waits, if the store is there; else it stays on the disk for the next process."""
        with self._lock:
            self._flushed()
            self._snapshots.close()
            self._journal.close()


_CARRIED = ("call", "author", "actor", "run", "step", "correlation_id", "at", "summary", "undoes", "redoes")


def _is_there(project: Project, path: Path) -> bool:
    """Whether the entry that a path leads to exists."""
    value: Any = project
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)  # pyright: ignore
        if value is None:
            return False
    return True


def _is_entry(path: Path) -> bool:
    """Whether a path leads to a whole entry, such as an item, rather than to one of its fields."""
    return len(path) in (2, 4)


def _step_field(run: str, step: str) -> bytes:
    return f"{run}\0{step}".encode()


def _moved(intent: Intent, became: dict[int, int]) -> Intent:
    """An intent that speaks of the revisions that earlier ones have been given in the end."""

    def now(revision: int) -> int:
        return became.get(revision, revision)

    return intent.model_copy(
        update={
            "base": now(intent.base),
            "undoes": tuple(map(now, intent.undoes)),
            "redoes": tuple(map(now, intent.redoes)),
        }
    )
