"""Turns at what takes only so much: against a model in plain Python, and with real processes that may be killed."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spatialnb.config import Settings
from spatialnb.store import Store, open_store
from spatialnb.store.limits import PATIENT, Ask, Limits, TooMuch, Turns
from tests.store.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(Settings(home=tmp_path_factory.mktemp("limits"))) as store:
        yield store


def turns(store: Store, **more: Any) -> Turns:
    return Turns(store._link, f"test:{{limits}}:{uuid.uuid4().hex}", **more)


# -- against a model --------------------------------------------------------------------------------------------------
@dataclass
class Waiting:
    ticket: str
    background: bool
    tenant: str
    run: str
    tokens: int
    start: float
    seq: int
    gone: int


@dataclass
class Reference:
    """What `Turns` is to do, as lists and dictionaries."""

    limits: Limits
    window: int
    lease: int
    waiter: int
    claim: int
    calls: dict[str, tuple[int, int]] = field(default_factory=dict)
    leases: dict[str, int] = field(default_factory=dict)
    unclaimed: set[str] = field(default_factory=set)
    queue: list[Waiting] = field(default_factory=list)
    v: dict[bool, float] = field(default_factory=lambda: {True: 0.0, False: 0.0})
    times: dict[tuple[bool, str], float] = field(default_factory=dict)
    runs: dict[tuple[bool, str], dict[str, float]] = field(default_factory=dict)
    row: int = 0
    seq: int = 0

    def acquire(self, now: int, ask: Ask) -> bool | None:
        self.purge(now)
        if ask.ticket in self.leases:
            if ask.ticket in self.unclaimed:
                self.unclaimed.discard(ask.ticket)
                self.calls[ask.ticket] = (now, self.calls[ask.ticket][1])
            self.leases[ask.ticket] = now + self.lease
            return True
        if self.limits.tokens is not None and ask.tokens > self.limits.tokens:
            return None
        mine = next((w for w in self.queue if w.ticket == ask.ticket), None)
        if mine is None:
            place = (ask.background, ask.tenant)
            if not any((w.background, w.tenant) == place for w in self.queue):
                self.runs[place] = {}
                self.times[place] = max(self.v[ask.background], self.times.get(place, 0.0))
            tags = self.runs[place]
            start = max(tags.get("", 0.0), tags.get(f"r:{ask.run}", 0.0))
            tags[f"r:{ask.run}"] = start + max(1, ask.tokens)
            self.seq += 1
            mine = Waiting(ask.ticket, ask.background, ask.tenant, ask.run, ask.tokens, start, self.seq, 0)
            self.queue.append(mine)
        mine.gone = now + self.waiter
        self.dispatch(now, ask.ticket)
        return ask.ticket in self.leases

    def release(self, now: int, ticket: str, tokens: int | None, ago: int) -> None:
        self.leases.pop(ticket, None)
        self.unclaimed.discard(ticket)
        self.queue = [w for w in self.queue if w.ticket != ticket]
        if tokens is None:
            self.calls.pop(ticket, None)
        elif ticket in self.calls:
            self.calls[ticket] = (max(self.calls[ticket][0], now - ago), tokens)
        self.purge(now)
        self.dispatch(now, "")

    def purge(self, now: int) -> None:
        for ticket in [t for t, end in self.leases.items() if end <= now]:
            del self.leases[ticket]
            if ticket in self.unclaimed:
                self.unclaimed.discard(ticket)
                self.calls.pop(ticket, None)
        self.calls = {t: c for t, c in self.calls.items() if c[0] > now - self.window or t in self.leases}
        self.queue = [w for w in self.queue if w.gone > now]

    def first(self, background: bool) -> Waiting | None:
        mine = [w for w in self.queue if w.background == background]
        if not mine:
            return None
        tenant = min({w.tenant for w in mine}, key=lambda name: (self.times[background, name], name))
        return min((w for w in mine if w.tenant == tenant), key=lambda w: (w.start, w.seq))

    def dispatch(self, now: int, mine: str) -> None:
        while True:
            interactive, background = self.first(False), self.first(True)
            turn = background if interactive and background and self.row >= PATIENT else interactive or background
            if turn is None or not self.fits(turn.tokens):
                return
            place = (turn.background, turn.tenant)
            self.v[turn.background] = self.times[place]
            self.times[place] += max(1, turn.tokens)
            self.runs[place][""] = turn.start
            self.row = 0 if turn.background else self.row + 1
            self.queue.remove(turn)
            self.calls[turn.ticket] = (now, turn.tokens)
            self.leases[turn.ticket] = now + (self.lease if turn.ticket == mine else self.claim)
            if turn.ticket != mine:
                self.unclaimed.add(turn.ticket)

    def fits(self, tokens: int) -> bool:
        limits = self.limits
        return not (
            (limits.requests is not None and len(self.calls) >= limits.requests)
            or (limits.at_once is not None and len(self.leases) >= limits.at_once)
            or (limits.tokens is not None and sum(c[1] for c in self.calls.values()) + tokens > limits.tokens)
        )


steps = st.one_of(
    st.tuples(
        st.just("ask"),
        st.integers(0, 11),
        st.sampled_from("abc"),
        st.sampled_from("xy"),
        st.booleans(),
        st.integers(0, 6),
    ),
    st.tuples(st.just("release"), st.integers(0, 11), st.none() | st.integers(0, 6), st.sampled_from([0, 30, 2000])),
    st.tuples(st.just("wait"), st.sampled_from([1, 40, 110, 400, 1000])),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(steps, max_size=60),
    limits=st.builds(
        Limits, requests=st.none() | st.integers(1, 4), tokens=st.none() | st.integers(4, 12), at_once=st.integers(1, 3)
    ),
)
def test_turns_are_as_in_a_plain_model(store: Store, steps: list[Any], limits: Limits) -> None:
    clock = [1_000_000]
    redis = turns(store, window=1.0, lease=0.5, waiter=0.3, claim=0.1, clock=lambda: clock[0])
    plain = Reference(limits, 1000, 500, 300, 100)
    asks: dict[int, Ask] = {}
    tickets = itertools.count()
    for kind, *told in steps:
        if kind == "wait":
            clock[0] += told[0]
        elif kind == "ask":
            slot, tenant, run, background, tokens = told
            ask = asks.setdefault(slot, Ask(f"t{next(tickets)}", "p", limits, tokens, tenant, run, background))
            try:
                granted: bool | None = redis.acquire(ask) is None
            except TooMuch:
                granted = None
                del asks[slot]
            assert granted == plain.acquire(clock[0], ask)
        elif (ask := asks.pop(told[0], None)) is not None:
            redis.release(ask, told[1], told[2] / 1000)
            plain.release(clock[0], ask.ticket, told[1], told[2])
        load = redis.load("p")
        plain.purge(clock[0])
        taken = sum(tokens for _, tokens in plain.calls.values())
        assert (load.at_once, load.requests, load.tokens) == (len(plain.leases), len(plain.calls), taken)
        assert load.waiting == len(plain.queue)
        assert load.at_once <= (limits.at_once or 99)
        assert load.requests <= (limits.requests or 99)


# -- fairness ---------------------------------------------------------------------------------------------------------
def served(store: Store, waiting: list[Ask]) -> list[str]:
    """The order in which those who wait, in the order given, get the one turn there is."""
    clock = [1_000_000]
    redis = turns(store, clock=lambda: clock[0], claim=1000, waiter=1000)
    first = Ask("first", waiting[0].pool, waiting[0].limits, tenant="z")
    assert redis.acquire(first) is None
    for ask in waiting:
        assert redis.acquire(ask) is not None
    order: list[str] = []
    now, left = first, {ask.ticket: ask for ask in waiting}
    while left:
        redis.release(now, 0)
        (now,) = [ask for ask in left.values() if store._link.client.zscore(f"{redis._root}:p:leases", ask.ticket)]
        order.append(now.ticket)
        del left[now.ticket]
    return order


ONE = Limits(at_once=1)


def test_tenants_and_their_runs_take_turns_whoever_asks_most(store: Store) -> None:
    many = [Ask(f"a{n}", "p", ONE, tenant="a", run="1") for n in range(4)]
    other = [Ask(f"A{n}", "p", ONE, tenant="a", run="2") for n in range(2)]
    few = [Ask(f"b{n}", "p", ONE, tenant="b", run="1") for n in range(3)]
    assert served(store, [*many, *other, *few]) == ["a0", "b0", "A0", "b1", "a1", "b2", "A1", "a2", "a3"]


def test_what_is_in_the_background_comes_last_but_comes(store: Store) -> None:
    background = [Ask(f"b{n}", "p", ONE, background=True) for n in range(2)]
    interactive = [Ask(f"i{n}", "p", ONE) for n in range(PATIENT + 2)]
    order = served(store, [*background, *interactive])
    assert order.index("b0") == PATIENT - 1, "the first turn was interactive, too"
    assert order[-1] == "b1"


def test_a_turn_is_told_without_asking(store: Store) -> None:
    redis = turns(store)
    first, second = Ask("one", "p", ONE), Ask("two", "p", ONE)
    assert redis.acquire(first) is None
    assert redis.acquire(second) is not None
    called = threading.Event()
    end = redis.heard("two", called.set)
    redis.release(first, 0)
    assert called.wait(10)
    assert redis.acquire(second) is None
    end()
    redis.close()


# -- processes --------------------------------------------------------------------------------------------------------
WORKER = """
import json, sys, threading, time
from pathlib import Path
from spatialnb.config import Settings
from spatialnb.store import open_store
from spatialnb.store.limits import Ask, Limits, Turns
home, root, number, rounds, hold = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
store = open_store(Settings(home=Path(home)))
turns = Turns(store._link, root, window=1.0, lease=2.0, waiter=1.0, claim=1.0)
seen = []
print("ready", flush=True)
sys.stdin.readline()
for n in range(rounds):
    ask = Ask(turns.ticket(), "p", Limits(requests=25, tokens=200, at_once=3), tokens=10, tenant=number)
    called = threading.Event()
    end = turns.heard(ask.ticket, called.set)
    while (wait := turns.acquire(ask)) is not None:
        called.wait(wait)
        called.clear()
    end()
    began = time.monotonic()
    stamp = store._link.client.zscore(f"{root}:p:window", ask.ticket)
    if hold > 100:
        print("holding", flush=True)
    time.sleep(hold)
    seen.append((stamp, began, time.monotonic()))
    turns.release(ask, 10 if n % 2 else 6)
print(json.dumps(seen), flush=True)
"""


def worker(home: Path, root: str, number: int, rounds: int, hold: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(home), root, str(number), str(rounds), str(hold)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_four_processes_keep_every_limit_exactly(tmp_path: Path) -> None:
    home, root = tmp_path / "home", f"test:{{limits}}:{uuid.uuid4().hex}"
    with open_store(Settings(home=home)):
        processes = [worker(home, root, number, 20, 0.02) for number in range(4)]
        for process in processes:
            go(process)
        seen: list[tuple[float, float, float]] = []
        for process in processes:
            out, _ = process.communicate(timeout=60)
            assert process.returncode == 0
            seen.extend(json.loads(out))
    assert len(seen) == 80
    stamps = sorted(stamp for stamp, _, _ in seen)
    assert all(later - first >= 1000 for first, later in zip(stamps, stamps[25:], strict=False)), "more than 25"
    assert stamps[-1] - stamps[0] < 6000, "and nobody waits without need"
    edges = sorted([(began, 1) for _, began, _ in seen] + [(ended, -1) for _, _, ended in seen])
    at_once = list(itertools.accumulate(change for _, change in edges))
    assert max(at_once) == 3, "three at once, and never four"


def test_a_killed_holder_and_a_killed_waiter_block_nobody_for_long(tmp_path: Path) -> None:
    home, root = tmp_path / "home", f"test:{{limits}}:{uuid.uuid4().hex}"
    with open_store(Settings(home=home)) as store:
        holders = [worker(home, root, number, 1, 1000) for number in range(3)]
        for process in holders:
            go(process)
            assert process.stdout is not None
            assert process.stdout.readline() == "holding\n"
        redis = Turns(store._link, root, window=1.0, lease=2.0, waiter=1.0, claim=1.0)
        waiter = worker(home, root, 9, 1, 0)
        go(waiter)
        until(lambda: redis.load("p").waiting == 1)
        for process in [*holders, waiter]:
            process.send_signal(signal.SIGKILL)
            process.wait()
        ask = Ask("mine", "p", Limits(requests=25, tokens=200, at_once=3), tokens=10)
        called = threading.Event()
        end = redis.heard("mine", called.set)
        asked = 0
        while (wait := redis.acquire(ask)) is not None:
            called.wait(wait)
            asked += 1
        end()
        assert redis.load("p").at_once <= 3
        assert asked < 20, "it waits for a known moment, and does not ask over and over"
        redis.close()
        for process in [*holders, waiter]:
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()
