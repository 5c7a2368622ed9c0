"""Waiting for a state, and what the tests make again and again."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spatialnb.models.canvas import Item
from spatialnb.models.change import Call, diff
from spatialnb.models.events import Event
from spatialnb.models.project import Project, copy_with
from spatialnb.store import Appended, ChangeLog, EventStream


def until(condition: Callable[[], Any], seconds: float = 15) -> Any:
    """What `condition` gives, as soon as it holds."""
    end = time.monotonic() + seconds
    while not (held := condition()):
        assert time.monotonic() < end, "It did not come to be."
        threading.Event().wait(0.005)
    return held


class Heard:
    """The events that a follower has heard."""

    def __init__(self, events: EventStream, since: str | None = None) -> None:
        self.events: list[Event] = []
        self.stop = events.follow(self.events.append, since)

    def of(self, kind: str) -> list[Any]:
        return [event for event in self.events if event.type == kind]

    def revisions(self) -> list[int]:
        return [event.change.revision for event in self.of("changed")]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    except NotADirectoryError:
        os.kill(pid, 0)
        return True
    return state != "Z"


def label(item_id: str, **fields: Any) -> Item:
    return Item(id=item_id, name=item_id, kind="label", **fields)


def place(log: ChangeLog, *ids: str, **how: Any) -> Appended:
    """Add labels."""
    return write(log, log.head.with_items([label(i) for i in ids]), **how)


def set_fields(
    log: ChangeLog, item_id: str, *, seen: Project | None = None, how: dict[str, Any] | None = None, **fields: Any
):
    """Set fields of an item, as someone does who has `seen` this project."""
    seen = seen or log.head
    item = seen.item(item_id)
    assert item is not None
    return write(log, seen.with_items([copy_with(item, **fields)]), seen=seen, **(how or {}))


def write(log: ChangeLog, after: Project, *, seen: Project | None = None, **how: Any) -> Appended:
    seen = seen or log.head
    what = {"call": Call(operation="test"), "author": "code", **how}
    return log.append(diff(seen, after), base=seen.revision, **what)


def undo(log: ChangeLog) -> Appended:
    target = log.undo_target()
    how: Any = {"call": Call(operation="undo"), "author": "code"}
    return log.append(log.inverse(target), base=log.head.revision, undoes=target, **how)


def redo(log: ChangeLog) -> Appended:
    target = log.redo_target()
    how: Any = {"call": Call(operation="redo"), "author": "code"}
    return log.append(log.inverse(target), base=log.head.revision, redoes=target, **how)
