"""A project with a conductor whose plans the test writes, on a real store and real operations."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

from spatialnb.agent.conductor import Conductor
from spatialnb.agent.planner import plan as understand
from spatialnb.agent.run import Run
from spatialnb.config import Settings
from spatialnb.models.events import Event
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Outcome, Registry, operation
from spatialnb.operations.workspace import Workspace
from spatialnb.store import Store


def step(name: str, op: str = "label", *after: str, **fields: Any) -> PlanStep:
    args = fields.pop("args", {"text": name} if op == "label" else {})
    return PlanStep(id=name, operation=op, args=args, after=after, title=fields.pop("title", name), **fields)


def plan(*steps: PlanStep, **fields: Any) -> Plan:
    return Plan(request="", steps=steps, **fields)


class Gates:
    """Operations of the tests' own that can be made to wait: by name, an event each."""

    def __init__(self) -> None:
        self.reached: dict[str, threading.Event] = {}
        self.open: dict[str, threading.Event] = {}
        self.registry = Registry(dict(DEFAULT.operations))
        registry = self.registry

        @operation(changes="items", registry=registry)
        def slowly(ctx: Context, text: str) -> Outcome:
            """Write a label when the test says so."""
            self.event(self.reached, text).set()
            while not self.event(self.open, text).wait(0.01):
                ctx.check()
            return DEFAULT.get("label").function(ctx, text, height=0.2, colour=None)

    @staticmethod
    def event(events: dict[str, threading.Event], name: str) -> threading.Event:
        return events.setdefault(name, threading.Event())

    def wait_for(self, name: str) -> None:
        assert self.event(self.reached, name).wait(10), f"{name} was not reached"

    def let(self, name: str) -> None:
        self.event(self.open, name).set()


class Hall:
    """A project with a conductor whose plans the test writes."""

    def __init__(self, store: Store, name: str) -> None:
        self.gates = Gates()
        library: Any = SimpleNamespace(media=None, search=lambda assets, query, **only: [])
        self.workspace = Workspace(store, name, library, registry=self.gates.registry)
        self.plans: dict[str, Plan | Exception] = {}
        self.events: list[Event] = []
        self.conductor = self.another()

    def another(self) -> Conductor:
        return Conductor(self.workspace, Settings(), planner=self.planned)

    def planned(self, request: str, *known: Any, **more: Any) -> Plan:
        """The plan that the test wrote for the request; for any other what the planner makes of it."""
        found = self.plans.get(request) or understand(request, *known, **more)
        if isinstance(found, Exception):
            raise found
        return found

    def run(self, found: Plan, **options: Any) -> Run:
        self.plans["go"] = found
        return self.conductor.submit("go", **options)

    @property
    def texts(self) -> list[str]:
        return sorted(item.text for _, item in self.workspace.project.items())


def statuses(run: Run) -> dict[str, str]:
    return {s.id: s.status for s in run.steps}


def labels(hall: Hall, *texts: str) -> list[str]:
    return [hall.workspace.do("label", {"text": text}).items[0] for text in texts]
