"""What the router adds to LiteLLM per call: a choice, a turn, a budget, and taking down how it went.

    python -m tests.bench.bench_router [CALLS]

Both ways call one endpoint on loopback by turns, so that both see the same weather; medians are compared. The endpoint
has limits and a budget applies, so that nothing is left out.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from spatialnb.config import Settings
from spatialnb.llm import Model, Router
from spatialnb.llm.endpoints import Endpoint
from spatialnb.store import open_store
from tests.llm import serving

MESSAGES = [
    {"role": "system", "content": "You arrange things in a room. " * 100},
    {"role": "user", "content": "Arrange the photos in a circle."},
]


async def measured(calls: int) -> dict[str, list[float]]:
    """Milliseconds of each call, by the way it went."""
    took: dict[str, list[float]] = {}

    async def one(way: str, call: Callable[[], Awaitable[object]]) -> None:
        began = time.perf_counter()
        await call()
        took.setdefault(way, []).append((time.perf_counter() - began) * 1e3)

    with (
        tempfile.TemporaryDirectory() as home,
        serving.Endpoint() as served,
        open_store(Settings(home=Path(home), idle_seconds=2)) as store,
    ):
        model = Model("openai/one", served.url)
        plain, full = Router(Settings(), store), Router(Settings(), store)
        priced = {"input_usd": 1.0, "output_usd": 4.0}
        plain.endpoints.add(Endpoint("one", "openai/one", base=served.url, **priced))  # type: ignore[arg-type]

        async def through(router: Router) -> None:
            await router.text("plan", MESSAGES, run="r", project="p")

        async def direct() -> None:
            await model.answer(MESSAGES)

        for _ in range(10):
            await direct()
            await through(plain)
        for _ in range(calls):
            await one("LiteLLM", direct)
            await one("router", lambda: through(plain))
        full.endpoints.add(
            Endpoint("one", "openai/one", base=served.url, requests=10**6, tokens=10**9, at_once=8, **priced)  # type: ignore[arg-type]
        )
        full.budgets.set("day", 1000.0)
        full.budgets.set("run", 1000.0)
        for _ in range(calls):
            await one("LiteLLM again", direct)
            await one("router, limits and budgets", lambda: through(full))
        await full.close()
        for router in (plain, full):
            router.shut()
    return took


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    took = asyncio.run(measured(calls))
    base = statistics.median(took["LiteLLM"])
    for way, times in took.items():
        median = statistics.median(times)
        base = median if way.startswith("LiteLLM") else base
        added = "" if way.startswith("LiteLLM") else f"  adds {median - base:+.2f} ms ({median / base:.2f} times)"
        print(f"{way:28} {median:7.2f} ms{added}")


if __name__ == "__main__":
    main()
