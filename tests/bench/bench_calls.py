"""What the way of a call costs: `python -m tests.bench.bench_calls [--quick]`.

An operation that does nothing and one that changes an item, through all stages and by `performed` alone, which does the
work without any; one with a service, a breaker and retries; one whose outcome is used again. Wall and processor time of
the calling thread, on an embedded Redis of its own. "Trips" are round trips to Redis on the calling thread.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spatialnb.config import Settings
from spatialnb.errors import Invalid
from spatialnb.library import Library, MediaStore
from spatialnb.models.canvas import Item
from spatialnb.operations import load_operations
from spatialnb.operations.calling.call import Calling
from spatialnb.operations.calling.performing import performed
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Outcome, Registry, describe
from spatialnb.operations.workspace import Workspace
from spatialnb.store import open_store
from spatialnb.store.measures import CallMeasured


def touch(ctx: Context, name: str) -> Outcome:
    """Set one item."""
    ctx.project = ctx.project.with_items([Item(id=name, name=name, kind="label", position=(len(name), 0, 0))])
    return Outcome(summary=f"Touched {name}", items=(name,))


def nothing(ctx: Context, name: str = "") -> Outcome:
    """Do nothing."""
    return Outcome(summary="Nothing")


def row(title: str, action: Callable[[int], Any], count: int, trips: Callable[[], int] | None = None) -> float:
    """Median wall time in microseconds, printed with the processor time."""
    for n in range(count // 10):
        action(n)
    before = trips() if trips else 0
    walls: list[float] = []
    processor = time.thread_time()
    for n in range(count):
        began = time.perf_counter()
        action(n)
        walls.append(time.perf_counter() - began)
    processor = (time.thread_time() - processor) / count
    asked = f"   {(trips() - before) / count:.2f} trips" if trips else ""
    ordered = sorted(walls)
    print(
        f"{title:52} p50 {statistics.median(ordered) * 1e6:8.1f} µs   p95 {ordered[int(count * 0.95)] * 1e6:8.1f} µs   "
        f"processor {processor * 1e6:7.1f} µs{asked}"
    )
    return statistics.median(ordered) * 1e6


def by_hand(workspace: Workspace, name: str, args: dict[str, Any]) -> Outcome:
    """The work and nothing else: no check, no measure, no stage."""
    operation = workspace.registry.get(name)
    return performed(Calling(workspace, operation, args, args={"name": "", **args}))


def main(quick: bool) -> None:
    count = 500 if quick else 3_000
    load_operations()
    with tempfile.TemporaryDirectory() as folder, open_store(Settings(home=Path(folder), idle_seconds=10)) as store:
        registry = Registry(parent=DEFAULT)
        workspace = Workspace(store, "bench", Library(MediaStore(Path(folder) / "media")), registry=registry)
        for operation in (
            describe(touch, changes="items"),
            describe(nothing),
            describe(_named("guarded"), service="Weather", retries=True),
            describe(_named("kept"), cached=True),
        ):
            registry.add(operation)
        trips = _counter(store)
        bare = row("nothing, the work alone", lambda _: by_hand(workspace, "nothing", {}), count, trips)
        full = row("nothing, all stages", lambda _: workspace.do("nothing"), count, trips)
        row("touch, the work alone", lambda n: by_hand(workspace, "touch", {"name": f"n{n % 50}"}), count, trips)
        row("touch, all stages", lambda n: workspace.do("touch", {"name": f"n{n % 50}"}), count, trips)
        row("with a service, a breaker and retries", lambda _: workspace.do("guarded"), count, trips)
        workspace.do("kept")
        row("an outcome used again", lambda _: workspace.do("kept"), count, trips)
        row("an error in plain words", lambda _: _refused(workspace), count // 10)
        row("counting a call", lambda _: workspace.measures.add(CallMeasured("x", 1, 0.1)), count * 10)
        made = _drawing(workspace)
        print(f"{'checking and measuring add':52} p50 {full - bare:8.1f} µs")
        print(f"{'a picture drawn, and used again':52} {made[0] * 1e3:.0f} ms, {made[1] * 1e3:.2f} ms")
        row("the table of measures", lambda _: workspace.measures.frame(), 20)
        operation = registry.get("touch")
        row("a forecast", lambda _: workspace.measures.forecast(operation, {"name": 2}), 50)


def _drawing(workspace: Workspace) -> tuple[float, float]:
    """Seconds to draw a picture, and to have it again where it was taken back."""
    began = time.perf_counter()
    workspace.do("make_image", {"prompt": "a harbour at night"})
    drawn = time.perf_counter() - began
    again: list[float] = []
    for _ in range(9):
        workspace.do("undo")
        began = time.perf_counter()
        assert workspace.do("make_image", {"prompt": "a harbour at night"}).cached
        again.append(time.perf_counter() - began)
    return drawn, statistics.median(again)


def _named(name: str) -> Callable[..., Outcome]:
    def function(ctx: Context) -> Outcome:
        """Do nothing."""
        return Outcome(summary="Nothing")

    function.__name__ = name
    return function


def _refused(workspace: Workspace) -> None:
    try:
        workspace.do("arrange", {"items": "all", "arrangement": "gird", "spacing": -1})
    except Invalid:
        return
    raise AssertionError("It was taken.")


def _counter(store: Any) -> Callable[[], int]:
    """Counts round trips of this thread."""
    link, here, count = store._link, threading.get_ident(), [0]
    run = link.run

    def counted(action: Any) -> Any:
        count[0] += threading.get_ident() == here
        return run(action)

    link.run = counted
    return lambda: count[0]


if __name__ == "__main__":
    main("--quick" in sys.argv)
