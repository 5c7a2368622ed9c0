"""Four real processes under one limit and one budget, over real HTTP; and what the death of one leaves behind."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spatialnb.config import Settings
from spatialnb.llm.endpoints import Endpoint
from spatialnb.store import open_store
from spatialnb.store.budget import Purse
from tests.llm import serving
from tests.store.waiting import until

ROOT = Path(__file__).parents[2]
ASKED, ANSWERED = 2.0, 8.0
"""US dollars per million tokens."""

WORKER = """
import asyncio, json, sys
from pathlib import Path
from spatialnb.config import Settings
from spatialnb.errors import OverBudget
from spatialnb.llm import Router
from spatialnb.llm.client import warm
from spatialnb.store import open_store
home, number, calls = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
async def main():
    with open_store(Settings(home=home, tenant="four")) as store:
        router = Router(Settings(), store)
        warm()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        told = {"done": 0, "refused": 0, "cost": 0.0}
        async def one(n):
            messages = [{"role": "user", "content": f"call {n} of {number}: " + "some words " * (n % 7)}]
            try:
                answer = await router.text("classify", messages, run=f"r{n % 2}", project=number)
            except OverBudget:
                told["refused"] += 1
            else:
                told["done"] += 1
                told["cost"] += answer.cost_usd
        async def several(numbers):
            for n in numbers:
                await one(n)
        await asyncio.gather(*(several(range(start, calls, 4)) for start in range(4)))
        await router.close()
        router.shut()
        print(json.dumps(told), flush=True)
asyncio.run(main())
"""


def started(home: Path, number: int, calls: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", WORKER, str(home), f"p{number}", str(calls)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()


def test_four_processes_keep_one_limit_and_one_budget(tmp_path: Path) -> None:
    budget = 0.1
    with serving.Endpoint(hold=0.02, output=90) as served, open_store(Settings(home=tmp_path, tenant="four")) as store:
        endpoint = Endpoint("one", "openai/one", base=served.url, at_once=3, input_usd=ASKED, output_usd=ANSWERED)
        store.endpoints().save("one", endpoint.json())
        store.budget().cap("day", budget)
        processes = [started(tmp_path, number, 60) for number in range(4)]
        for process in processes:
            ready(process)
        told = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
        seen = served.seen
        done, refused = sum(one["done"] for one in told), sum(one["refused"] for one in told)
        assert done + refused == 240
        assert len(seen.bodies) == done, "what was refused was not asked"
        assert seen.most == 3, "three at once, and never four"
        spent = store.budget().spent("day")
        billed = ((seen.tokens - seen.output) * ASKED + seen.output * ANSWERED) / 1e6
        assert spent == pytest.approx(billed, abs=1e-7)
        assert refused, "the budget was reached"
        # The least that a call may cost here is about 0.0002; less than that is left, and nothing is overdrawn.
        assert budget - 0.0006 < spent <= budget
        assert sum(one["cost"] for one in told) == pytest.approx(spent, abs=1e-6)
        projects = [store.budget().spent("project", Purse(f"p{number}")) for number in range(4)]
        assert sum(projects) == pytest.approx(spent, abs=1e-6)
        assert store.budget().reserved() == 0.0
        assert store.turns().load(endpoint.shared).at_once == 0


def test_requests_in_a_window_are_never_more_whoever_makes_them(tmp_path: Path) -> None:
    with serving.Endpoint() as served, open_store(Settings(home=tmp_path, tenant="four")) as store:
        endpoint = Endpoint("one", "openai/one", base=served.url, requests=30, input_usd=0.0, output_usd=0.0)
        store.endpoints().save("one", endpoint.json())
        processes = [started(tmp_path, number, 20) for number in range(4)]
        for process in processes:
            ready(process)
        until(lambda: store.turns().load(endpoint.shared).waiting == 16, 60)
        assert len(served.seen.bodies) == 30, "what more is wanted waits for the next minute"
        # Two die while they wait, with all that they hold.
        for process in processes[:2]:
            process.send_signal(signal.SIGKILL)
            process.wait()
        until(lambda: store.turns().load(endpoint.shared).waiting == 8, 30)
        for process in processes[2:]:
            process.kill()
            process.wait()
        for process in processes:
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()


def test_a_killed_process_gives_back_what_it_held(tmp_path: Path) -> None:
    with serving.Endpoint(hold=60) as served, open_store(Settings(home=tmp_path, tenant="four")) as store:
        endpoint = Endpoint("one", "openai/one", base=served.url, at_once=1, input_usd=ASKED, output_usd=ANSWERED)
        store.endpoints().save("one", endpoint.json())
        budget = store.budget()
        budget.cap("tenant", 0.1)
        process = started(tmp_path, 0, 1)
        ready(process)
        until(lambda: served.seen.at_once == 1, 60)
        assert budget.reserved() > 0
        assert store.turns().load(endpoint.shared).at_once == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
        # Lease and money end by themselves: the store's clock is asked, not waited for.
        root = f"snb:{{limits}}:{endpoint.shared}:leases"
        ((_, ends),) = store._link.client.zrange(root, 0, 0, withscores=True)
        seconds, _ = store._link.client.time()
        assert ends / 1000 - seconds <= store.turns().lease + 1
        ((_, ends),) = store._link.client.zrange("snb:{four/budget}:held", 0, 0, withscores=True)
        assert ends / 1000 - seconds <= budget.held + 1
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def test_the_server_and_the_minute(tmp_path: Path) -> None:
    """The times at which an endpoint was asked keep the limit as it sees them."""
    with serving.Endpoint() as served, open_store(Settings(home=tmp_path, tenant="four")) as store:
        store._parts["turns", ""] = short = type(store.turns())(store._link, "short:{limits}", window=1.0)
        import asyncio

        from spatialnb.llm import Router

        async def main() -> None:
            router = Router(Settings(), store)
            router.endpoints.add(
                Endpoint("one", "openai/one", base=served.url, requests=10, input_usd=0.0, output_usd=0.0)
            )
            await asyncio.gather(*(router.text("write", [{"role": "user", "content": "x"}]) for _ in range(35)))
            await router.close()
            router.shut()

        asyncio.run(main())
        times = served.seen.times
        assert len(times) == 35
        assert min(later - first for first, later in zip(times, times[10:], strict=False)) >= 1.0
        assert max(b - a for a, b in itertools.pairwise(times)) < 3
        short.close()
