"""What replaying the outside calls of a notebook costs. `python -m tests.bench.bench_replay`

A notebook of a hundred calls: fifty requests of two rounds each, with the scene and earlier turns told, fifteen tools
offered, answers streamed. Measured is all that the recorder does in a fresh process: read the file, tell requests
apart, give the answers back; and, for comparison, what recording adds to a call.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from spatialnb.llm.replay import Recorder

CALLS = 100
ROUNDS = 5
LIMIT = 1.0
"""Seconds that replay may add to a notebook of `CALLS` calls."""


def requests() -> list[dict[str, Any]]:
    """What a notebook asks: each request with its scene, eight earlier turns, fifteen tools, then a second round."""
    from spatialnb.agent.toolbox import offered
    from spatialnb.operations import load_operations
    from spatialnb.operations.registry import DEFAULT

    load_operations()
    tools = offered(DEFAULT, "arrange the photos in a circle and label them")
    scene = "\n".join(f"- photo-{n} “Photo {n}” image ({n}.0, 1.6, -2.0) 1.2x0.8" for n in range(60))
    asked: list[dict[str, Any]] = []
    for number in range(CALLS // 2):
        earlier = [
            {"role": role, "content": f"turn {number - back} {'and so on ' * 20}"}
            for back in range(8, 0, -1)
            for role in ("user", "assistant")
        ]
        system = {"role": "system", "content": f"You are the conductor.\nRevision {number}\n{scene}"}
        messages: list[dict[str, Any]] = [system, *earlier, {"role": "user", "content": f"request {number}"}]
        asked.append({"task": "plan", "messages": messages, "tools": tools})
        call = {"id": f"call_{number}", "type": "function", "function": {"name": "undo", "arguments": "{}"}}
        result = {"role": "tool", "tool_call_id": f"call_{number}", "content": json.dumps({"items": ["a"] * 40})}
        more = [*messages, {"role": "assistant", "content": None, "tool_calls": [call]}, result]
        asked.append({"task": "plan", "messages": more, "tools": tools})
    return asked


async def answer() -> AsyncIterator[Any]:
    for number in range(60):
        yield {"text": f"word{number} "}
    yield {"calls": [], "cost_usd": 0.001, "used": {"model": "openai/test", "endpoint": "settings"}}


async def _ask(recorder: Recorder, asked: list[dict[str, Any]]) -> int:
    return sum([1 async for each in _all(recorder, asked) if each])


async def _all(recorder: Recorder, asked: list[dict[str, Any]]) -> AsyncIterator[Any]:
    for request in asked:
        async for chunk in recorder.stream("model", request, answer):
            yield chunk


def replayed(path: Path) -> float:
    """Seconds for all calls in this process, from making the recorder to the last piece of the last answer."""
    asked = requests()
    began = time.perf_counter()
    chunks = asyncio.run(_ask(Recorder("replay", path), asked))
    took = time.perf_counter() - began
    assert chunks >= 2 * CALLS
    return took


def main() -> None:
    if len(sys.argv) > 1:
        print(replayed(Path(sys.argv[1])))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "museum.calls.json"
        asked = requests()
        began = time.perf_counter()
        asyncio.run(_ask(Recorder("record", path), asked))
        recorded = time.perf_counter() - began
        command = [sys.executable, "-m", "tests.bench.bench_replay", str(path)]
        times = [
            float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(ROUNDS)
        ]
        size = path.stat().st_size
    worst, middle = max(times), statistics.median(times)
    print(f"replay of {CALLS} calls: {middle * 1000:.0f} ms (slowest of {ROUNDS}: {worst * 1000:.0f} ms)")
    print(f"recording them: {recorded / CALLS * 1000:.1f} ms a call; the file has {size / 1000:.0f} kB")
    assert worst < LIMIT, f"more than {LIMIT} s"


if __name__ == "__main__":
    main()
