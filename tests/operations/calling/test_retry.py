"""Trying again: only what is transient, only what is safe to repeat, and never through a stop."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from spatialnb.errors import ServiceRefused, ServiceUnavailable, Stopped
from spatialnb.llm.replay import Recorder
from spatialnb.operations.calling import retry
from spatialnb.operations.workspace import Workspace
from tests.operations.calling.conftest import Opened, add, fetching
from tests.operations.calling.faulty import FaultyServer

BUSY = (503, {}, {})


@pytest.mark.usefixtures("quick")
def test_a_fault_that_passes_is_not_seen_but_said(workspace: Workspace) -> None:
    told: list[str] = []
    with FaultyServer(BUSY, "reset") as server:
        operation = add(workspace, fetching(server.url, retries=True))
        outcome = workspace.do(operation.name, report=lambda _, note: told.append(note))
        assert server.asked == 3
    assert outcome.model_dump()["value"] == 42
    assert outcome.notes == ("Weather answered at the third try.",)
    assert told == ["Weather does not answer; trying again in under a second"] * 2
    row = workspace.measures.frame().iloc[0]
    assert (row.calls, row.retries, row.success_rate) == (1, 2, 1.0)


@pytest.mark.usefixtures("quick")
def test_it_gives_up_with_the_last_fault(workspace: Workspace) -> None:
    with FaultyServer(*[BUSY] * 9) as server:
        operation = add(workspace, fetching(server.url, retries=True))
        with pytest.raises(ServiceUnavailable, match="overloaded"):
            workspace.do(operation.name)
        assert server.asked == retry.ATTEMPTS


@pytest.mark.usefixtures("quick")
def test_what_is_not_safe_to_repeat_is_asked_once(workspace: Workspace) -> None:
    with FaultyServer(BUSY) as server:
        operation = add(workspace, fetching(server.url))
        with pytest.raises(ServiceUnavailable):
            workspace.do(operation.name)
        assert server.asked == 1


@pytest.mark.usefixtures("quick")
def test_a_refusal_is_not_repeated(workspace: Workspace) -> None:
    with FaultyServer((401, {}, {})) as server:
        operation = add(workspace, fetching(server.url, retries=True))
        with pytest.raises(ServiceRefused):
            workspace.do(operation.name)
        assert server.asked == 1


@pytest.mark.usefixtures("quick")
def test_it_waits_as_long_as_the_service_asks(workspace: Workspace) -> None:
    told: list[str] = []
    with FaultyServer((429, {"Retry-After": "1"}, {})) as server:
        operation = add(workspace, fetching(server.url, retries=True))
        began = time.monotonic()
        workspace.do(operation.name, report=lambda _, note: told.append(note))
        assert time.monotonic() - began >= 1.0
    assert told == ["Weather does not answer; trying again in 1 s"]


def test_it_does_not_wait_for_a_service_that_wants_an_hour(workspace: Workspace) -> None:
    with FaultyServer((429, {"Retry-After": "3600"}, {})) as server:
        operation = add(workspace, fetching(server.url, retries=True))
        began = time.monotonic()
        with pytest.raises(ServiceUnavailable, match="wants 60 min of rest"):
            workspace.do(operation.name)
        assert server.asked == 1
    assert time.monotonic() - began < 2


def test_a_stop_ends_the_waiting_at_once(workspace: Workspace) -> None:
    stop, waits = threading.Event(), threading.Event()
    ended: list[object] = []
    with FaultyServer((503, {"Retry-After": "15"}, {}), 200) as server:
        operation = add(workspace, fetching(server.url, retries=True))

        def run() -> None:
            try:
                ended.append(workspace.do(operation.name, report=lambda *_: waits.set(), stopped=stop.is_set))
            except Stopped as error:
                ended.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        assert waits.wait(10)
        began = time.monotonic()
        stop.set()
        thread.join(10)
        assert time.monotonic() - began < 1
        assert server.asked == 1
    assert isinstance(ended[0], Stopped)
    assert workspace.measures.frame().empty  # a stop says nothing of the operation


def test_waits_are_spread_between_nothing_and_a_bound_that_doubles() -> None:
    from types import SimpleNamespace
    from typing import Any

    for attempt, bound in ((1, 0.5), (2, 1.0), (3, 2.0), (9, retry.LONGEST)):
        state: Any = SimpleNamespace(attempt_number=attempt, outcome=None)
        waits = [retry._wait(state) for _ in range(400)]  # pyright: ignore[reportPrivateUsage]
        assert 0 <= min(waits) < bound * 0.1
        assert bound * 0.9 < max(waits) <= bound


def test_what_is_replayed_is_not_waited_for_and_tires_no_service(opened: Opened, tmp_path: Path) -> None:
    with FaultyServer((503, {"Retry-After": "15"}, {}), 200) as server:
        recorder = Recorder("replay", tmp_path / "calls.json")
        workspace = opened(recorder=recorder)
        operation = add(workspace, fetching(server.url, retries=True))
        began = time.monotonic()
        assert workspace.do(operation.name).notes == ("Weather answered at the second try.",)
        assert time.monotonic() - began < 2
    assert workspace.store.breakers.standings() == {}
