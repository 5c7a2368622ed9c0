"""A service that keeps failing is left alone, in every process, until one call has found it well."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from spatialnb.config import Settings
from spatialnb.errors import ServiceRefused, ServiceUnavailable
from spatialnb.models.events import Event, ServiceStatus
from spatialnb.operations.workspace import Workspace
from spatialnb.store import Store, open_store
from spatialnb.store.breakers import FAILURES
from tests.operations.calling.conftest import Opened, add, fetching
from tests.operations.calling.faulty import FaultyServer
from tests.store.waiting import until

BUSY = (500, {}, {"detail": "out of paper"})


def fails(workspace: Workspace, times: int = FAILURES) -> None:
    for _ in range(times):
        with pytest.raises(ServiceUnavailable, match="failed inside"):
            workspace.do("fetch")


def state(workspace: Workspace) -> str:
    return next(s.state for s in workspace.services() if s.name == "Weather")


def test_it_opens_for_everybody_and_says_why(opened: Opened) -> None:
    here, elsewhere = opened(), opened("another")
    heard: list[Event] = []
    here.follow(heard.append)
    with FaultyServer(*[BUSY] * 9) as server:
        for workspace in (here, elsewhere):
            add(workspace, fetching(server.url))
        fails(here)
        assert server.asked == FAILURES
        for workspace in (here, elsewhere):
            with pytest.raises(
                ServiceUnavailable, match=r"failed 3 times in a row .*out of paper.* left alone"
            ) as caught:
                workspace.do("fetch")
            assert 0 < (caught.value.retry_after or 0) <= 15
        assert server.asked == FAILURES
    found = next(s for s in elsewhere.services() if s.name == "Weather")
    assert (found.state, found.failures) == ("open", 3)
    assert "out of paper" in found.why
    assert found.since is not None
    told = until(lambda: [e for e in heard if isinstance(e, ServiceStatus)])
    assert (told[0].service, told[0].state) == ("Weather", "open")
    assert "left alone for 15 s" in told[0].message


@pytest.mark.usefixtures("short_rest")
def test_one_trial_finds_it_well_again(workspace: Workspace) -> None:
    heard: list[Event] = []
    workspace.follow(heard.append)
    with FaultyServer(*[BUSY] * FAILURES) as server:
        add(workspace, fetching(server.url))
        fails(workspace)
        assert until(lambda: _asked(workspace)) == 42
    assert state(workspace) == "closed"
    until(lambda: [e for e in heard if isinstance(e, ServiceStatus) and e.message == "Weather answers again."])


def _asked(workspace: Workspace) -> int | None:
    try:
        return workspace.do("fetch").model_dump()["value"]
    except ServiceUnavailable:
        return None


@pytest.mark.usefixtures("short_rest")
def test_a_trial_is_made_by_one_and_only_one(opened: Opened) -> None:
    several = [opened(f"p{n}") for n in range(4)]
    with FaultyServer(*[BUSY] * FAILURES) as server:
        for workspace in several:
            add(workspace, fetching(server.url))
        fails(several[0])
        leave = several[0].store.breakers.ask("Weather")
        assert not leave.given
        server.gate = threading.Event()
        until(lambda: leave.wait <= 0 or _rested(several[0]))
        with ThreadPoolExecutor(8) as pool:
            calls = [pool.submit(_asked, workspace) for workspace in several * 2]
            until(lambda: sum(call.done() for call in calls) == len(calls) - 1)
            assert server.most_inside == 1
            assert state(several[0]) == "half_open"
            server.gate.set()
            assert [call.result() for call in calls].count(42) == 1
    assert state(several[1]) == "closed"


def _rested(workspace: Workspace) -> bool:
    """Whether its rest is over, without asking for leave, which would begin the trial."""
    import time

    client: Any = workspace.store._link.client  # pyright: ignore[reportPrivateUsage]
    key = workspace.store._keys.service("Weather")  # pyright: ignore[reportPrivateUsage]
    return float(client.hget(key, "until")) / 1000 < time.time()


@pytest.mark.usefixtures("short_rest")
def test_every_failed_trial_doubles_the_rest(store_of: Store) -> None:
    breakers = store_of.breakers
    rests: list[float] = []
    for _ in range(FAILURES):
        turned = breakers.tell(breakers.ask("S"), "failed", why="no")
    rests.append(turned.rest)  # pyright: ignore[reportPossiblyUnboundVariable]
    for _ in range(3):
        leave = until(lambda: (given := breakers.ask("S")).given and given)
        turned = breakers.tell(leave, "failed", why="no")
        assert (turned.before, turned.after) == ("half_open", "open")
        rests.append(turned.rest)
    assert rests == pytest.approx([0.3, 0.6, 1.2, 2.4])


@pytest.fixture
def store_of(workspace: Workspace) -> Store:
    return workspace.store


def test_it_rests_as_long_as_the_service_asks(store_of: Store) -> None:
    breakers = store_of.breakers
    for _ in range(FAILURES):
        turned = breakers.tell(breakers.ask("S"), "failed", why="busy", retry_after=90)
    assert turned.rest == 90  # pyright: ignore[reportPossiblyUnboundVariable]


@pytest.mark.usefixtures("short_rest")
def test_a_trial_that_is_stopped_leaves_the_place_to_another(store_of: Store) -> None:
    breakers = store_of.breakers
    for _ in range(FAILURES):
        breakers.tell(breakers.ask("S"), "failed")
    leave = until(lambda: (given := breakers.ask("S")).given and given)
    assert not breakers.ask("S").given
    breakers.tell(leave, "neither")
    again = breakers.ask("S")
    assert again.given
    # What was asked before it opened, and comes back late, says nothing of how it is now.
    assert breakers.tell(leave, "ok").after == "half_open"
    assert breakers.tell(again, "ok").after == "closed"


def test_successes_in_between_and_refusals_keep_it_closed(workspace: Workspace) -> None:
    with FaultyServer(BUSY, BUSY, 200, BUSY, BUSY, (404, {}, {}), BUSY) as server:
        add(workspace, fetching(server.url))
        fails(workspace, 2)
        workspace.do("fetch")
        fails(workspace, 2)
        with pytest.raises(ServiceRefused):
            workspace.do("fetch")
        assert next(s.failures for s in workspace.services() if s.name == "Weather") == 0
        fails(workspace, 1)
    assert state(workspace) == "closed"


def test_services_that_never_failed_are_listed_too(workspace: Workspace) -> None:
    add(workspace, fetching("http://127.0.0.1:1/", service="Maps"))
    assert [(s.name, s.state) for s in workspace.services()] == [("Maps", "closed")]


def _fail_in_another_process(home: str, tenant: str) -> None:
    with open_store(Settings(home=Path(home), tenant=tenant)) as store:
        store.breakers.tell(store.breakers.ask("S"), "failed", why="no")


def test_failures_of_several_processes_count_together(store_of: Store, home: Path, tenant: str) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_fail_in_another_process, args=(str(home), tenant)) for _ in range(FAILURES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not store_of.breakers.ask("S").given
    assert store_of.breakers.standings()["S"].failures == FAILURES
