"""A project in which something breaks at a chosen moment: by an exception, by a stop, or by the death of the process.

    python -m tests.agent.faulty

answers every line it reads (a JSON case) by a process of its own that runs the case until it is killed, and prints how
that ended. The imports are made once, before, so that a real process for each case costs little.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from spatialnb.agent import outside
from spatialnb.agent.conductor import Conductor
from spatialnb.agent.outside import Compensation
from spatialnb.agent.run import Run
from spatialnb.config import Settings
from spatialnb.models.plan import Plan, PlanStep, StepState
from spatialnb.operations import load_operations
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Outcome, Registry, operation
from spatialnb.operations.workspace import Workspace
from spatialnb.store import Store, open_store

LABELS = {"a": "a", "b": "b", "m[0]": "x", "m[1]": "y", "c": "c"}
"""What each step that changes the project writes."""


class Fault(NamedTuple):
    """What breaks, when, and where."""

    means: str
    moment: str
    step: str


class Broken(Exception):
    """What breaks by exception."""


class Faulty(Workspace):
    """A workspace with one fault, met once."""

    def __init__(self, store: Store, name: str, book: Path, fault: Fault | None) -> None:
        library: Any = SimpleNamespace(media=None, search=lambda assets, query, **only: [])
        super().__init__(store, name, library, registry=_registry(self, book))
        self.fault = fault
        self.run: Run | None = None
        self.is_known = threading.Event()
        """The run can be stopped from now on."""

    def meet(self, moment: str, step: str) -> None:
        """Break, if this is the moment."""
        if self.fault is None or (self.fault.moment, self.fault.step) != (moment, step):
            return
        means, self.fault = self.fault.means, None
        if means == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif means == "exception":
            raise Broken(f"{moment} of {step}")
        else:
            assert self.is_known.wait(10)
            assert self.run is not None
            live, conductor = self.run._live, self.run._conductor  # pyright: ignore[reportPrivateUsage]
            live.stopped.set()
            conductor._loop.call_soon_threadsafe(conductor.stop, live)  # pyright: ignore[reportPrivateUsage]

    def do(self, name: str, args: Mapping[str, Any] | None = None, **more: Any) -> Outcome:
        undoing = name == "take_back"
        what = "undo" if undoing else "effect"
        step = self.log.change((args or {})["revisions"][0]).step if undoing else more.get("step", "")
        self.meet(f"before {what}", step)
        outcome = super().do(name, args, **more)
        self.meet(f"after {what}", step)
        return outcome


def _registry(workspace: Faulty, book: Path) -> Registry:
    """With orders at a shop that takes one of the same key once, and payments that it takes as they come."""
    registry = Registry(parent=DEFAULT)

    @operation(registry=registry)
    def order(ctx: Context, what: str) -> Outcome:
        """Order something."""
        (book / f"order {ctx.run} {ctx.step}").touch()
        return Outcome(summary=f"Ordered {what}")

    @operation(registry=registry, approval="spends")
    def pay(ctx: Context) -> Outcome:
        """Pay."""
        with (book / "payments").open("a") as payments:
            payments.write("paid\n")
        return Outcome(summary="Paid", cost_usd=1.0)

    def cancel(_: Workspace, state: StepState, __: Any, key: str) -> None:
        workspace.meet("before undo", state.id)
        (book / f"cancelled {key}").touch()
        workspace.meet("after undo", state.id)

    outside.COMPENSATIONS["order"] = Compensation(lambda *_: None, cancel)
    return registry


def steps(kind: str) -> tuple[PlanStep, ...]:
    """The plan of a case: `plain`, `undo` (the last step fails, so that all is taken back) or `pay`."""

    def label(name: str, *after: str, **fields: Any) -> PlanStep:
        return PlanStep(id=name, operation="label", args={"text": name}, after=after, title=name, **fields)

    each = label("m", "a").model_copy(update={"args": {"text": {"from": "each"}}, "each": ["x", "y"]})
    order = PlanStep(id="o", operation="order", args={"what": "paint"}, after=("a",), title="o")
    plain = (label("a"), label("b", "a"), each, order, label("c", "b", "m", "o"))
    more = {
        "plain": (),
        "undo": (PlanStep(id="bad", operation="move", args={"items": "the moon", "by": [1, 0, 0]}, after=("c",)),),
        "pay": (PlanStep(id="p", operation="pay", after=("c",), title="p"),),
    }
    return (*plain, *more[kind])


def conducted(workspace: Faulty, kind: str) -> Conductor:
    """A conductor for the plan of a case."""
    found = Plan(request="go", steps=steps(kind), on_error="undo" if kind == "undo" else "go on")
    conductor = Conductor(workspace, Settings(), planner=lambda *_, **__: found)
    keeper = conductor._herald._keeper  # pyright: ignore[reportPrivateUsage]
    record = keeper.record

    def recorded(states: Sequence[StepState], fences: Mapping[str, int] = {}) -> None:
        record(states, fences)
        for state in states:
            if state.status in ("done", "failed") and not state.undone:
                workspace.meet("after record", state.id)

    keeper.record = recorded  # type: ignore[method-assign]
    return conductor


def begun(workspace: Faulty, conductor: Conductor) -> Run:
    workspace.run = conductor.submit("go", approve="auto")
    workspace.is_known.set()
    return workspace.run


def _child(case: Mapping[str, Any]) -> None:
    with open_store(Settings(home=Path(case["home"]))) as store:
        workspace = Faulty(store, case["project"], Path(case["book"]), Fault(*case["fault"]))
        begun(workspace, conducted(workspace, case["kind"])).wait(60)
    os._exit(0)


if __name__ == "__main__":
    import langgraph.graph  # noqa: F401  # pyright: ignore[reportUnusedImport] - now, and not in every process

    load_operations()
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            try:
                _child(json.loads(line))
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
