"""Who works next."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from spatialnb.agent import lanes as module
from spatialnb.agent.lanes import Lanes


class Door:
    """Work that waits until it is let through, and says when it has come."""

    def __init__(self) -> None:
        self.here, self.open = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self.here.set()
        assert self.open.wait(10)


@pytest.fixture
def one() -> Iterator[Lanes]:
    lanes = Lanes(1, 0, "test")
    yield lanes
    lanes.close()


@pytest.fixture
def four() -> Iterator[Lanes]:
    lanes = Lanes(4, 2, "test")
    yield lanes
    lanes.close()


def test_runs_take_turns(one: Lanes) -> None:
    door, order = Door(), list[str]()
    first, long, short = one.lane(), one.lane(), one.lane()
    first.submit(door)
    assert door.here.wait(10)
    works = [long.submit(order.append, f"long {n}") for n in range(3)]
    works += [short.submit(order.append, f"short {n}") for n in range(2)]
    door.open.set()
    for work in works:
        work.result(10)
    assert sorted(order[:2]) == ["long 0", "short 0"]
    assert sorted(order[2:4]) == ["long 1", "short 1"]
    assert order[4] == "long 2"


def test_what_comes_together_is_done_together(four: Lanes) -> None:
    for _ in range(50):
        meet = threading.Barrier(4, timeout=10)
        for work in [four.lane().submit(meet.wait) for _ in range(4)]:
            work.result(10)


def test_the_background_leaves_threads_for_people(four: Lanes) -> None:
    doors = [Door() for _ in range(4)]
    behind = [four.lane(background=True).submit(door) for door in doors]
    assert four.lane().submit(lambda: "at once").result(10) == "at once"
    assert sum(door.here.is_set() for door in doors) <= 2
    for door in doors:
        door.open.set()
    for work in behind:
        work.result(10)


def test_the_background_begins_nothing_while_a_person_waits_but_does_not_starve(
    four: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    with four.person():
        first = four.lane(background=True).submit(lambda: "begun after all")
        assert four.lane().submit(lambda: "mine").result(10) == "mine"
        assert first.result(10) == "begun after all"
    monkeypatch.setattr(module, "PATIENCE", 60)
    with four.person():
        later = four.lane(background=True).submit(lambda: "later")
        assert four.lane().submit(lambda: "mine").result(10) == "mine"
        assert not later.running()
        assert not later.done()
    assert later.result(10) == "later"


def test_an_error_is_for_who_waits_for_the_result(one: Lanes) -> None:
    with pytest.raises(ZeroDivisionError):
        one.lane().submit(lambda: 1 / 0).result(10)
    assert one.lane().submit(lambda: "still there").result(10) == "still there"


def test_closed_lanes_begin_nothing_more() -> None:
    lanes, door = Lanes(1, 0, "test"), Door()
    running = lanes.lane().submit(door)
    assert door.here.wait(10)
    waiting = lanes.lane().submit(lambda: None)
    lanes.close()
    assert waiting.cancelled()
    door.open.set()
    running.result(10)
    with pytest.raises(RuntimeError, match="closed"):
        lanes.lane().submit(lambda: None)
