"""The runs of a project's conversation, oldest first, over restarts."""

from __future__ import annotations

import threading
import zlib
from typing import Any

from spatialnb.errors import StoreUnavailable
from spatialnb.models.plan import RunState
from spatialnb.store import scripts
from spatialnb.store.connection import Link
from spatialnb.store.keys import CONVERSATION_TTL, RUNS_KEPT, ProjectKeys


class Conversation:
    """The latest runs, at most `RUNS_KEPT`, in the order in which they were first saved."""

    def __init__(self, link: Link, keys: ProjectKeys) -> None:
        self._link = link
        self._keys = keys
        self._lock = threading.Lock()
        self._unsent: dict[str, RunState] = {}
        link.when_back(self._send_unsent)

    def next_number(self) -> int:
        """A number for a run that no other run of the project gets, in any process.

        Raises `StoreUnavailable` while the store is away.
        """
        number: Any = self._link.run(lambda client: client.incr(self._keys.numbers))
        return int(number)

    def save(self, state: RunState) -> None:
        """Keep a run as it stands now. While the store is away it is kept here, and sent when it is back."""
        with self._lock:
            self._unsent[state.id] = state
        try:
            self._send_unsent()
        except StoreUnavailable:
            return

    def get(self, run_id: str) -> RunState | None:
        """The run as it was last saved; None if it is not known any more."""
        if (state := self._unsent.get(run_id)) is not None:
            return state
        return _read(self._link.run(lambda client: client.hget(self._keys.runs, run_id)))

    def turns(self, limit: int = 50) -> list[RunState]:
        """The latest runs, oldest first. While the store is away: those that it does not have yet."""
        if limit <= 0:
            return []
        unsent = dict(self._unsent)
        try:
            ids: Any = self._link.run(lambda client: client.zrevrange(self._keys.turns, 0, limit - 1))
            stored: Any = self._link.run(lambda client: client.hmget(self._keys.runs, ids)) if ids else []
        except StoreUnavailable:
            return list(unsent.values())[-limit:]
        states = {state.id: state for data in reversed(stored) if (state := _read(data)) is not None}
        return list({**states, **unsent}.values())[-limit:]

    def _send_unsent(self) -> None:
        with self._lock:
            for run_id, state in list(self._unsent.items()):
                data = zlib.compress(state.model_dump_json().encode(), 1)
                keys, args = [self._keys.runs, self._keys.turns], [run_id, data, RUNS_KEPT, CONVERSATION_TTL]
                self._link.run(lambda client, keys=keys, args=args: scripts.save_run(client, keys, args))
                del self._unsent[run_id]


def _read(data: Any) -> RunState | None:
    return None if data is None else RunState.model_validate_json(zlib.decompress(data))
