"""What a registry of three hundred tools costs:  python tests/bench/bench_tools.py

A module of the catalogue's tools is imported in a new process, several times; then requests are retrieved for, with the
words of each never seen before and again, beside the cost of looking at everything. All in one run, for the ratios.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from spatialnb.agent.toolbox import names, offered
from spatialnb.operations import load_operations, retrieval
from spatialnb.operations.registry import DEFAULT, Operation, Registry
from tests.operations.catalogue import source, tool_requests

HALVES = ("tuning", "held out", "fresh")
IMPORT = """
import sys, time
import spatialnb.operations.registry
from spatialnb.operations import load_operations
load_operations()
sys.path.insert(0, {folder!r})
start = time.perf_counter()
import catalogue_tools
print(time.perf_counter() - start, len(catalogue_tools.REGISTRY))
"""


def spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"p50 {statistics.median(ordered) * 1e3:7.2f} ms   p95 {p95 * 1e3:7.2f} ms   (n = {len(ordered)})"


def timed(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def catalogue(folder: Path) -> list[Operation]:
    (folder / "catalogue_tools.py").write_text(source(), encoding="utf-8")
    times: list[float] = []
    count = "0"
    for _ in range(5):
        told = subprocess.run(
            [sys.executable, "-c", IMPORT.format(folder=str(folder))], capture_output=True, text=True, check=True
        )
        seconds, count = told.stdout.split()
        times.append(float(seconds))
    print(f"import a module of {count} tools                   {spread(times)}   best {min(times) * 1e3:.0f} ms")
    sys.path.insert(0, str(folder))
    import catalogue_tools  # type: ignore[import-not-found]

    return list(catalogue_tools.REGISTRY)


def main() -> None:
    load_operations()
    with tempfile.TemporaryDirectory() as folder:
        tools = catalogue(Path(folder))
    registry = Registry(parent=DEFAULT)
    print(f"register them in a child, all or none           {timed(lambda: registry.add_all(tools)) * 1e3:10.2f} ms")
    print(f"read the word vectors                           {timed(retrieval.meaning) * 1e3:10.2f} ms")
    first = timed(lambda: retrieval.index_of(registry))
    print(f"learn and index all {len(registry)}                         {first * 1e3:10.2f} ms")

    def one_more() -> None:
        registry.add(tools[0])
        retrieval.index_of(registry)

    again = [timed(one_more) for _ in range(30)]
    print(f"index anew after one has come                   {spread(again)}")
    requests = [asked.request for half in HALVES for asked in tool_requests(half)]
    new = [timed(lambda r=request: registry.relevant(r)) for request in requests]
    print(f"retrieve 15 tools, words not seen before        {spread(new)}")
    seen = [timed(lambda r=request: registry.relevant(r)) for request in requests]
    print(f"retrieve 15 tools, words seen before            {spread(seen)}")
    found = [timed(lambda r=request: registry.search(r)) for request in requests]
    print(f"search 10 tools and say why                     {spread(found)}")
    schemas = [timed(lambda r=request: offered(registry, r)) for request in requests[:50]]
    print(f"retrieve and make the 15 schemas                {spread(schemas)}")
    all_schemas = timed(lambda: [operation.tool() for operation in registry])
    print(f"make the schemas of all                         {all_schemas * 1e3:10.2f} ms")
    whole = len(json.dumps([operation.tool() for operation in registry]))
    shown = [len(json.dumps(offered(registry, request))) for request in requests]
    mean = statistics.mean(shown)
    print(f"characters of schemas a request: {mean:.0f} of {whole}, 1 in {whole / mean:.0f}")
    for half in HALVES:
        asked = tool_requests(half)
        good = sum(all(set(names(offered(registry, a.request))) & set(g) for g in a.groups) for a in asked)
        print(f"right tools among the 15 schemas, {half:8}      {good} of {len(asked)}")


if __name__ == "__main__":
    main()
