"""What a step costs over raw LangGraph, how soon a run resumes, who is first of fifty, whether memory stays flat.
`python -m tests.bench.bench_engine`; with `--cpu` in processor time, which on a busy machine says more.

Raw LangGraph: a chain (and a fan) of nodes that do nothing, compiled and run once with an in-memory checkpointer. Ours:
the same plan through the conductor on an embedded Redis, with changes, events, run states and checkpoints written. The
operation changes one item; its own cost (`workspace.do`) is measured by itself and taken off.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, TypedDict

from spatialnb.agent.conductor import Conductor
from spatialnb.agent.engine import merged
from spatialnb.config import Settings
from spatialnb.models.canvas import Item
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, Registry, operation
from spatialnb.operations.workspace import Workspace
from spatialnb.store import open_store

ROUNDS = 7
RUNS = 1_000
CPU = False
TOIL = 0.02
REGISTRY = Registry()
TURNS = itertools.count(1)


@operation(changes="items", registry=REGISTRY)
def touch(ctx: Context, name: str) -> Outcome:
    """Set one item somewhere else, so that every call is a change."""
    item = Item(id=name, name=name, kind="label", position=(next(TURNS), 0, 0))
    ctx.project = ctx.project.with_items([item])
    return Outcome(summary=f"Touched {name}", items=(name,))


@operation(registry=REGISTRY)
def toil(ctx: Context) -> Outcome:
    """Keep a processor busy for some milliseconds."""
    until = time.perf_counter() + TOIL
    while time.perf_counter() < until:
        pass
    return Outcome(summary="Toiled")


@operation(registry=REGISTRY)
def nothing(ctx: Context) -> Outcome:
    """Do nothing."""
    return Outcome(summary="Nothing")


def median(measure: Callable[[], float]) -> float:
    measure()
    return statistics.median(measure() for _ in range(ROUNDS))


class Values(TypedDict):
    done: Annotated[dict[str, Any], merged]


def raw(count: int, chain: bool) -> float:
    """Seconds for LangGraph alone: build, compile, run."""
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import END, START, StateGraph

    async def go() -> float:
        began = clock()
        graph: StateGraph[Values] = StateGraph(Values)
        for n in range(count):

            async def node(_: Values, n: int = n) -> Any:
                return {"done": {str(n): 1}}

            graph.add_node(str(n), node)
            graph.add_edge(str(n - 1) if chain and n else START, str(n))
        graph.add_edge(str(count - 1), END)
        app = graph.compile(checkpointer=InMemorySaver())
        config: Any = {"configurable": {"thread_id": "1"}, "recursion_limit": 10_000}
        await app.ainvoke({"done": {}}, config)
        return clock() - began

    return median(lambda: asyncio.run(go()))


def steps(count: int, chain: bool, op: str) -> tuple[PlanStep, ...]:
    return tuple(
        PlanStep(
            id=f"s{n}",
            operation=op,
            args={"name": f"item-{n}"} if op == "touch" else {},
            after=(f"s{n - 1}",) if chain and n else (),
        )
        for n in range(count)
    )


def clock() -> float:
    return time.process_time() if CPU else time.perf_counter()


def main() -> None:
    print("ms a step" + (" of processor time (all threads)" if CPU else ""))
    print(f"{'':26}{'raw LangGraph':>15}{'ours':>9}{'the operation itself':>22}{'over both':>11}")
    with tempfile.TemporaryDirectory() as home, open_store(Settings(home=Path(home))) as store:
        library: Any = SimpleNamespace(media=None, search=lambda *_, **__: [])
        workspace = Workspace(store, "bench", library, registry=REGISTRY)
        plans: dict[str, Plan] = {}
        conductor = Conductor(workspace, Settings(), planner=lambda request, *_, **__: plans[request])

        def ours() -> float:
            began = clock()
            run = conductor.submit("go", approve="auto").wait(120)
            assert run.status == "done", run.reply
            return clock() - began

        def alone(op: str) -> float:
            began = clock()
            for n in range(20):
                args = {"name": f"item-{n}"} if op == "touch" else {}
                workspace.do(op, args, run="r", step=f"{began}{n}")
            return (clock() - began) / 20

        plans["go"] = Plan(request="go", steps=steps(20, True, "nothing"))
        ours()  # what is imported late is imported now
        for op in ("nothing", "touch"):
            itself = median(lambda op=op: alone(op))
            for count, chain in ((20, True), (50, False), (200, False)):
                plans["go"] = Plan(request="go", steps=steps(count, chain, op))
                bare, full = raw(count, chain) / count, median(ours) / count
                shape = f"{op}, {'chain of' if chain else 'side by side'} {count}"
                over = full - bare - itself
                print(f"{shape:26}{bare * 1e3:15.2f}{full * 1e3:9.2f}{itself * 1e3:22.2f}{over * 1e3:11.2f}")
        plans["go"] = Plan(request="go", steps=steps(100, False, "touch"))
        run = conductor.submit("go", approve="auto").wait(120)
        conversation = store.conversation("bench")

        def resumed() -> float:
            kept = conversation.get(run.id)
            assert kept is not None
            last = kept.steps[-1].model_copy(update={"status": "running"})
            conversation.save(kept.model_copy(update={"status": "running", "steps": (*kept.steps[:-1], last)}))
            other = Conductor(workspace, Settings(), planner=lambda request, *_, **__: plans[request])
            began = clock()
            assert other.resume(run.id).wait(60).status == "done"
            took = clock() - began
            other.close()
            return took

        print(f"a run of 100 steps resumed by another conductor: {median(resumed) * 1e3:.0f} ms")

        plans["toil"] = Plan(request="toil", steps=steps(6, True, "toil"))
        plans["go"] = Plan(request="go", steps=steps(1, False, "touch"))

        def asked_last() -> float:
            behind = [conductor.submit("toil", approve="auto", background=True) for _ in range(49)]
            began = time.perf_counter()
            assert conductor.submit("go", approve="auto").wait(60).status == "done"
            took = time.perf_counter() - began
            assert sum(run.status == "running" for run in behind) > 40, "it was not first"
            assert {run.wait(120).status for run in behind} == {"done"}
            return took

        print(f"the one that a person waits for, asked after 49 in the background: {median(asked_last) * 1e3:.0f} ms")

        used: dict[int, float] = {}
        for number in range(1, RUNS + 1):
            conductor.submit("go", approve="auto").wait(60)
            if number in (RUNS // 5, RUNS):
                gc.collect()
                used[number] = resident()
        early, late = used.values()
        print(
            f"resident after {RUNS // 5} more runs: {early:.1f} MB, after {RUNS}: {late:.1f} MB ({late - early:+.1f})"
        )
        conductor.close()


def resident() -> float:
    """Megabytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    CPU = "--cpu" in sys.argv
    main()
