"""What the store costs, measured on an embedded server in a new folder:  python tests/bench/bench_store.py [--quick]"""

from __future__ import annotations

import operator
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, TypedDict

from spatialnb.config import Settings
from spatialnb.models.canvas import Item
from spatialnb.models.change import Call, diff
from spatialnb.models.events import ReplyDelta
from spatialnb.models.project import copy_with
from spatialnb.store import ChangeLog, Store, open_store

CALL = Call(operation="move")


def spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"p50 {statistics.median(ordered) * 1e3:7.2f} ms   p95 {p95 * 1e3:7.2f} ms   (n = {len(ordered)})"


def timed(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def move(log: ChangeLog, number: int, items: int) -> None:
    item = log.head.canvases["main"].items[f"i{number * 7 % items}"]
    after = log.head.with_items([copy_with(item, position=(float(number), 1.0, 0.0))])
    log.append(diff(log.head, after), base=log.head.revision, call=CALL, author="person", actor="view")


def fill(log: ChangeLog, items: int) -> None:
    new = [Item(id=f"i{n}", name=f"Item {n}", kind="image", position=(n * 1.0, 0.0, 0.0)) for n in range(items)]
    log.append(diff(log.head, log.head.with_items(new)), base=0, call=CALL, author="code")


def appends(store: Store, items: int, count: int) -> None:
    log = store.changes(f"append-{items}")
    fill(log, items)
    figures = [timed(lambda n=n: move(log, n, items)) for n in range(count)]
    print(f"move one of {items:5} items, diff to stored change   {spread(figures)}")


def all_at_once(store: Store, items: int) -> None:
    log = store.changes("together")
    fill(log, items)

    def arrange(number: int) -> None:
        moved = [copy_with(item, position=(number * 1.0, 0.0, 2.0)) for _, item in log.head.items()]
        log.append(diff(log.head, log.head.with_items(moved)), base=log.head.revision, call=CALL, author="code")

    figures = [timed(lambda n=n: arrange(n)) for n in range(10)]
    print(f"move all {items:5} items in one change               {spread(figures)}")


def opening(settings: Settings, items: int, count: int) -> None:
    with open_store(settings) as store:
        log = store.changes("long")
        fill(log, items)
        seconds = timed(lambda: [move(log, n, items) for n in range(count)])
        print(
            f"{count} changes written on {items} items             {seconds:.1f} s, {seconds / count * 1e3:.2f} ms each"
        )
        tail = count % 200
        head = log.head
    figures: list[float] = []
    for _ in range(7):
        with open_store(settings) as store:
            figures.append(timed(lambda store=store: store.changes("long")))
            log = store.changes("long")
            assert log.head == head
            undo = timed(lambda log=log: log.undo_targets(1))
            far = timed(lambda log=log: log.at(count // 3))
    print(f"open with {count} changes, {items} items ({tail} tail)  {spread(figures)}")
    print(f"   then: undo target {undo * 1e3:.2f} ms, project at revision {count // 3} {far * 1e3:.0f} ms")
    with open_store(settings) as store:
        link: Any = store._link.client  # pyright: ignore[reportPrivateUsage]
        info = link.info("memory")
        print(f"   Redis holds {info['used_memory'] / 1e6:.0f} MB, {len(log._recent)} entries in Python")  # pyright: ignore


def events(settings: Settings, count: int) -> None:
    with open_store(settings) as one, open_store(settings) as other:
        arrived = threading.Event()
        stops = [store.events("e").follow(lambda _: arrived.set()) for store in (one,)]
        publish, far = one.events("e"), other.events("e")

        def once(stream: Any) -> float:
            arrived.clear()
            start = time.perf_counter()
            stream.publish(ReplyDelta(run="r", text="word"))
            arrived.wait(5)
            return time.perf_counter() - start

        print(f"publish to callback, same process                {spread([once(publish) for _ in range(count)])}")
        print(f"publish to callback, another connection          {spread([once(far) for _ in range(count)])}")
        for stop in stops:
            stop()


def checkpoints(store: Store, steps: int) -> None:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import END, START, StateGraph

    class State(TypedDict):
        done: Annotated[list[int], operator.add]

    def graph(saver: Any) -> Any:
        builder = StateGraph(State)
        names = [f"n{n}" for n in range(steps)]
        for name in names:
            builder.add_node(name, lambda state: {"done": [1]})
        for before, after in zip([START, *names], [*names, END], strict=True):
            builder.add_edge(before, after)
        return builder.compile(checkpointer=saver)

    figures: dict[str, float] = {}
    for name, saver in {"none": None, "memory": InMemorySaver(), "ours": store.checkpointer()}.items():
        compiled = graph(saver)
        runs = [
            timed(lambda n=n, c=compiled: c.invoke({"done": []}, {"configurable": {"thread_id": f"{n}"}}))
            for n in range(15)
        ]
        figures[name] = statistics.median(runs) / steps * 1e3
    own = "   ".join(f"{name} {figure:.2f} ms" for name, figure in figures.items())
    print(f"LangGraph, a step of {steps} in a row                 {own}")


def starting() -> None:
    def once() -> float:
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(home=Path(folder), idle_seconds=5)
            opened: list[Store] = []
            seconds = timed(lambda: opened.append(open_store(settings)))
            stop(opened[0])
            return seconds

    print(f"start an embedded server                         {spread([once() for _ in range(9)])}")


def stop(store: Store) -> None:
    link: Any = store._link.client  # pyright: ignore[reportPrivateUsage]
    server = link.info("server")["process_id"]
    store.close()
    os.kill(server, signal.SIGTERM)
    while Path(f"/proc/{server}").exists():
        threading.Event().wait(0.005)


def main(quick: bool) -> None:
    import redis  # noqa: F401 - its import, a quarter of a second, is not what is measured

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), idle_seconds=20)
        starting()
        with open_store(settings) as store:
            print(f"attach to a running one                          {spread([_attach(settings) for _ in range(20)])}")
            appends(store, 50, 500)
            appends(store, 5_000, 300 if quick else 1_000)
            all_at_once(store, 5_000)
            events(settings, 300)
            checkpoints(store, 20)
        opening(replace(settings, tenant="long"), 500, 5_050 if quick else 100_050)
        stop(open_store(settings))


def _attach(settings: Settings) -> float:
    opened: list[Store] = []
    seconds = timed(lambda: opened.append(open_store(settings)))
    opened[0].close()
    return seconds


if __name__ == "__main__":
    main("--quick" in sys.argv)
