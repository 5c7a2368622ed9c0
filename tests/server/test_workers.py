"""Threads for what blocks: how many, how much waits, what comes back."""

from __future__ import annotations

import asyncio
import threading

import pytest

from spatialnb.server.problems import Refused
from spatialnb.server.rates import Rates
from spatialnb.server.workers import Workers


async def test_no_more_run_at_once_than_may() -> None:
    workers = Workers("test", at_once=3, waiting=20)
    lock, together = threading.Lock(), threading.Barrier(3)
    running, most = 0, 0

    def work() -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait(10)  # three are here at the same time, each time
        with lock:
            running -= 1
        together.wait(10)
        return True

    assert await asyncio.gather(*(workers.run(work) for _ in range(21))) == [True] * 21
    assert most == 3


async def test_who_comes_when_too_much_waits_is_sent_away() -> None:
    workers, go = Workers("test", at_once=1, waiting=1), threading.Event()
    first, second = (asyncio.create_task(workers.run(go.wait)) for _ in range(2))
    await asyncio.sleep(0)
    with pytest.raises(Refused) as refused:
        await workers.run(lambda: None)
    assert refused.value.status == 429
    assert "Retry-After" in refused.value.headers
    go.set()
    assert await first
    assert await second
    assert await workers.run(lambda: 7) == 7


async def test_what_work_raises_comes_back() -> None:
    workers = Workers("test", 1, 1)
    with pytest.raises(KeyError, match="lost"):
        await workers.run(lambda: {}["lost"])
    assert await workers.run(lambda: 1) == 1


async def test_work_that_nobody_waits_for_keeps_its_place_until_it_is_over() -> None:
    workers, go, began = Workers("test", at_once=1, waiting=0), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go.wait()

    task = asyncio.create_task(workers.run(work))
    await asyncio.to_thread(began.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(Refused):
        await workers.run(lambda: None)
    go.set()
    async with asyncio.timeout(5):
        while True:
            try:
                assert await workers.run(lambda: 1) == 1
                return
            except Refused:
                await asyncio.sleep(0)


def test_a_person_may_so_often_and_another_is_not_held_up() -> None:
    now = 0.0
    rates = Rates(per_second=2, burst=3, clock=lambda: now)
    for _ in range(3):
        rates.take("ann")
    with pytest.raises(Refused) as refused:
        rates.take("ann")
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "1"
    rates.take("ben")
    now = 0.5
    rates.take("ann")
    with pytest.raises(Refused):
        rates.take("ann")
    now = 100.0
    for _ in range(3):
        rates.take("ann")
    with pytest.raises(Refused):
        rates.take("ann")


def test_people_who_are_long_gone_are_forgotten() -> None:
    rates = Rates(per_second=1, burst=2)
    for number in range(1_500):
        rates.take(f"person {number}")
    assert len(rates._buckets) <= 1_000
