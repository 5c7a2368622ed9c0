"""The runs of a project's conversation, oldest first, over restarts.

A run is saved whole when its status or its plan changes. While it goes on, a step that is over is only recorded, beside
it: so a step costs what it says and not what the run holds. Who reads gets both put together.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from spatialnb.errors import StoreUnavailable
from spatialnb.models.plan import RunState, StepState
from spatialnb.store import scripts
from spatialnb.store.connection import Client, Link
from spatialnb.store.keys import CONVERSATION_TTL, RECORDS_TTL, RUNS_KEPT, ProjectKeys


class Conversation:
    """The latest runs, at most `RUNS_KEPT`, in the order in which they were first saved."""

    def __init__(self, link: Link, keys: ProjectKeys) -> None:
        self._link = link
        self._keys = keys
        self._lock = threading.Lock()
        self._unsent: dict[str, RunState] = {}
        self._fences: dict[str, int] = {}
        """Of runs that have something unsent: the number under which it is written."""
        self._unrecorded: dict[str, dict[str, StepState]] = {}
        """Run id to the steps that were recorded since it was saved and are not in the store."""
        link.when_back(self._send_unsent)

    def next_number(self) -> int:
        """A number for a run that no other run of the project gets, in any process.

        Raises `StoreUnavailable` while the store is away.
        """
        number: Any = self._link.run(lambda client: client.incr(self._keys.numbers))
        return int(number)

    def save(self, state: RunState, fence: int = 0) -> None:
        """Keep a run as it stands now. While the store is away it is kept here, and sent when it is back.

        With a `fence` it is kept only as long as nobody else has taken the run over; see `store/leases.py`.
        """
        with self._lock:
            self._unsent[state.id] = state
            self._fences[state.id] = fence
            self._unrecorded.pop(state.id, None)
        self._try_to_send()

    def record(self, steps: Sequence[StepState], fences: Mapping[str, int] = {}) -> None:
        """Keep steps as they stand now, in one write; their runs have been saved before. Kept here as by `save`.

        `fences`: run id to the number under which it is kept.
        """
        with self._lock:
            for step in steps:
                self._fences[step.run] = fences.get(step.run, 0)
                self._unrecorded.setdefault(step.run, {})[step.id] = step
        self._try_to_send()

    def get(self, run_id: str) -> RunState | None:
        """The run as it was last saved, with what was recorded since; None if it is not known any more."""
        with self._lock:
            unsent, unrecorded = self._unsent.get(run_id), dict(self._unrecorded.get(run_id, {}))
        if unsent is not None:
            return unsent.with_steps(unrecorded)

        def ask(client: Client) -> Any:
            with client.pipeline(transaction=True) as pipe:
                pipe.hget(self._keys.runs, run_id)
                pipe.hgetall(self._keys.records(run_id))
                return pipe.execute()

        data, records = self._link.run(ask)
        state = _read(data)
        return None if state is None else state.with_steps({**_steps(records), **unrecorded})

    def turns(self, limit: int = 50) -> list[RunState]:
        """The latest runs, oldest first. While the store is away: those that it does not have yet."""
        if limit <= 0:
            return []
        unsent = dict(self._unsent)
        try:
            ids: Any = self._link.run(lambda client: client.zrevrange(self._keys.turns, 0, limit - 1))
            stored: Any = self._link.run(lambda client: client.hmget(self._keys.runs, ids)) if ids else []
            states = {state.id: state for data in reversed(stored) if (state := _read(data)) is not None}
            going = [run for run, state in states.items() if state.status in ("running", "waiting")]
            for run in going:
                # Put together as one read: a run may be saved whole between the two looks.
                states[run] = self.get(run) or states[run]
        except StoreUnavailable:
            return list(unsent.values())[-limit:]
        return list({**states, **unsent}.values())[-limit:]

    def _try_to_send(self) -> None:
        try:
            self._send_unsent()
        except StoreUnavailable:
            return

    def _send_unsent(self) -> None:
        with self._lock:
            for run_id, state in list(self._unsent.items()):
                data = zlib.compress(state.model_dump_json().encode(), 1)
                keys = [self._keys.runs, self._keys.turns, self._keys.records(run_id), self._keys.fences]
                args: list[str | int | bytes] = [run_id, data, RUNS_KEPT, CONVERSATION_TTL, self._fences.get(run_id, 0)]
                self._link.run(lambda client, keys=keys, args=args: scripts.save_run(client, keys, args))
                del self._unsent[run_id]
            if self._unrecorded:
                for run_id, steps in list(self._unrecorded.items()):
                    args = [run_id, self._fences.get(run_id, 0), RECORDS_TTL]
                    for step_id, step in steps.items():
                        args += [step_id, step.model_dump_json()]
                    keys = [self._keys.records(run_id), self._keys.fences]
                    self._link.run(lambda client, keys=keys, args=args: scripts.record_steps(client, keys, args))
                    del self._unrecorded[run_id]
            self._fences.clear()


def _read(data: Any) -> RunState | None:
    return None if data is None else RunState.model_validate_json(zlib.decompress(data))


def _steps(records: Mapping[bytes, bytes]) -> dict[str, StepState]:
    return {step_id.decode(): StepState.model_validate_json(data) for step_id, data in records.items()}
