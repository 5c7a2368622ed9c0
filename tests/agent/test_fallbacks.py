"""The forced-fault matrix: every way in which a model can fail, over real HTTP, and what a person is told at each.

Each row is a fault; what the scene holds after it; the one line that the person sees under the reply (`run.used`); the
run's status; and whether anything was charged. Two words stand for prices: FREE and PAID.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from spatialnb.agent.conductor import Conductor
from spatialnb.agent.run import Run
from spatialnb.config import Settings
from spatialnb.llm import Router
from spatialnb.llm.endpoints import Endpoint
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.operations import load_operations
from spatialnb.operations.workspace import Workspace
from spatialnb.store import open_store
from tests.model_server import ModelServer, Script, Turn, calls, fail, latest_user, say

FREE, PAID = False, True
INSTEAD = "; the local planner did this instead, more simply."
PRICE = r" · \$0\.\d+"
KEPT = "; what was done before is kept"
SORRY = "I'm sorry, but I can't help with that."


def lasting(turn: Turn) -> Script:
    return lambda body: turn


def write(*texts: str, **more: Any) -> Turn:
    return calls(*(("label", {"text": text}) for text in texts), **more)


def then_dies(*turns: Turn) -> Callable[[], Script]:
    left = list(turns)
    return lambda: lambda body: left.pop(0) if left else fail(500)


OK = (write("by the model"), say("Written."))


@dataclass(frozen=True)
class Row:
    fault: str
    scripts: tuple[Any, ...]
    """What the first model does, and the second where there are two."""
    scene: tuple[str, ...]
    told: str
    status: str = "done"
    cost: bool = FREE
    reply: str = ""
    server: dict[str, Any] = field(default_factory=dict[str, Any])
    before: Callable[[Stage], None] = lambda _: None
    way: str = ""
    """What the run says of how calls were got."""


MODEL, PLANNER = ("by the model",), ("by the planner",)
TABLE = (
    # -- one model, and the local planner behind it; the fault lasts --------------------------------------------------
    Row("time", (lasting(say("", hang=30)),), PLANNER, f"first did not answer in time{INSTEAD}"),
    Row("429", (lasting(fail(429, retry_after=60)),), PLANNER, f"first is overloaded or out of quota{INSTEAD}"),
    Row("500", (lasting(fail(500)),), PLANNER, f"first cannot be reached or broke off{INSTEAD}"),
    Row("invalid JSON", (lasting(say("", broken="json")),), PLANNER, f"first [a-z ]+{INSTEAD}"),
    Row("nonsense", (lasting(say("", broken="nonsense")),), PLANNER, f"first [a-z ]+{INSTEAD}"),
    Row("truncated", (lasting(say("Half of a", broken="truncated")),), PLANNER, f"first [a-z ]+{INSTEAD}"),
    Row("empty", (lasting(say("", broken="empty")),), PLANNER, f"first gave an empty answer{INSTEAD}"),
    Row("key", (lasting(fail(401, "Incorrect API key: sk-1")),), PLANNER, f"first refused the key.*{INSTEAD}"),
    Row("no such model", (lasting(fail(404)),), PLANNER, f"There is no model first at its endpoint.*{INSTEAD}"),
    Row(
        "refusal",
        (lasting(say(SORRY)),),
        PLANNER,
        rf"first would not do this{INSTEAD[:-1]}{PRICE}",
        cost=PAID,
    ),
    Row(
        "too long",
        (lasting(say("never")),),
        PLANNER,
        f"The request is too long for first{INSTEAD}",
        server={"window": 9},
    ),
    Row(
        "wrong tool",
        (lasting(calls(("fly_to_the_moon", {}))),),
        PLANNER,
        f"first keeps asking for what cannot be done{INSTEAD[:-1]}{PRICE}",
        cost=PAID,
    ),
    Row(
        "unknown argument",
        (lasting(calls(("label", {"text": "x", "sparkle": 3}))),),
        PLANNER,
        f"first keeps asking for what cannot be done{INSTEAD[:-1]}{PRICE}",
        cost=PAID,
    ),
    Row(
        "budget",
        (lasting(say("never")),),
        PLANNER,
        f".*budget.*{INSTEAD}",
        before=lambda stage: stage.router.budgets.set("run", 0.000001),
    ),
    # -- the fault passes, or the request can be put in another way ---------------------------------------------------
    Row("429, once", ([fail(429, retry_after=0.1), *OK],), MODEL, f"first{PRICE}", cost=PAID),
    Row("500, once", ([fail(500), *OK],), MODEL, f"first{PRICE}", cost=PAID),
    Row(
        "truncated, once",
        ([say("Half", broken="truncated"), *OK],),
        MODEL,
        f"first{PRICE}",
        cost=PAID,
        reply="Written.",
    ),
    Row("wrong tool, once", ([calls(("lable", {"text": "x"})), *OK],), MODEL, f"first{PRICE}", cost=PAID),
    Row("unknown argument, once", ([calls(("label", {"txt": "x"})), *OK],), MODEL, f"first{PRICE}", cost=PAID),
    Row(
        "no tools",
        (list(OK),),
        MODEL,
        f"first{PRICE}",
        cost=PAID,
        server={"tools": False},
        way="by JSON of a given shape",
    ),
    Row(
        "no tools, no shape",
        (list(OK),),
        MODEL,
        f"first{PRICE}",
        cost=PAID,
        server={"tools": False, "schema": False},
        way="by JSON in its text",
    ),
    Row(
        "wrong tools until held to a shape",
        (lambda body: calls(("arange", {})) if body.get("tools") else OK["Result of label" in latest_user(body)],),
        MODEL,
        f"first{PRICE}",
        cost=PAID,
        way="by JSON of a given shape",
    ),
    Row(
        "too long, until shortened",
        (list(OK),),
        MODEL,
        f"first{PRICE}",
        cost=PAID,
        server={"window": 26_000},
        before=lambda stage: stage.talked(8),
    ),
    # -- after something was done -------------------------------------------------------------------------------------
    Row(
        "dies in the second round",
        (then_dies(write("one")),),
        ("one",),
        f"first cannot be reached or broke off{KEPT}{PRICE}",
        status="partial",
        cost=PAID,
        reply="Wrote “one”",
    ),
    Row(
        "the same call without end",
        (lasting(calls(("search", {"query": "sea"}))),),
        (),
        f"first{PRICE}",
        status="partial",
        cost=PAID,
        reply="kept asking for the same",
    ),
    # -- two models ---------------------------------------------------------------------------------------------------
    Row(
        "first is down, second is there",
        (lasting(fail(500)), list(OK)),
        MODEL,
        rf"first cannot be reached or broke off; second did this instead, less well{PRICE}",
        cost=PAID,
    ),
    Row(
        "first refuses, second does not",
        (lasting(say(SORRY)), list(OK)),
        MODEL,
        rf"first would not do this; second did this instead, less well{PRICE}",
        cost=PAID,
    ),
    Row(
        "both are down",
        (lasting(fail(500)), lasting(fail(503))),
        PLANNER,
        f".*first cannot be reached or broke off; second cannot .*{INSTEAD}",
    ),
    Row(
        "first dies in the second round, second goes on",
        (then_dies(write("one")), [write("two"), say("Both.")]),
        ("one", "two"),
        rf"first cannot be reached or broke off; second did this instead, less well{PRICE}",
        cost=PAID,
    ),
)


class Stage:
    """A project of a tenant of its own, with priced endpoints and a local planner that writes what it is."""

    def __init__(self, home: Any, name: str) -> None:
        load_operations()
        settings = Settings(home=home, tenant=name)
        self.store = open_store(settings)
        library: Any = SimpleNamespace(media=None, search=lambda assets, query, **only: [])
        self.router = Router(settings, self.store)
        self.workspace = Workspace(self.store, "hall", library, models=self.router)
        self.conductor = Conductor(self.workspace, settings, planner=planner)

    def close(self) -> None:
        self.conductor.close()
        self.router.shut()
        self.store.close()

    def add(self, name: str, server: ModelServer, quality: float) -> None:
        endpoint = Endpoint(
            name, f"openai/{name}", server.url, quality=quality, input_usd=10, output_usd=10, timeout=0.5
        )
        self.router.endpoints.add(endpoint)

    def talked(self, turns: int) -> None:
        """There were earlier turns, with a lot said."""
        conversation = self.store.conversation("hall")
        for number in range(turns):
            run = self.conductor.submit(f"earlier {number} " + "and so on " * 150).wait(60)
            conversation.save(run.state.model_copy(update={"reply": "I see. " * 250}))
        for _, item in list(self.workspace.project.items()):
            self.workspace.do("remove", {"items": [item.id]})

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(sorted(item.text for _, item in self.workspace.project.items()))


def planner(request: str, *_: Any, **__: Any) -> Plan:
    return Plan(request=request, steps=(PlanStep(id="s1", operation="label", args={"text": "by the planner"}),))


@pytest.fixture
def stage(home: Any, request: pytest.FixtureRequest) -> Iterator[Stage]:
    stage = Stage(home, re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60])
    yield stage
    stage.close()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.fault)
def test_what_happens_and_what_is_told(stage: Stage, row: Row) -> None:
    row.before(stage)
    with ExitStack() as servers:
        for name, quality, script in zip(("first", "second"), (0.9, 0.6), row.scripts, strict=False):
            made = script() if callable(script) and not script.__code__.co_argcount else script
            stage.add(name, servers.enter_context(ModelServer(made, **row.server)), quality)
        run: Run = stage.conductor.submit("write something").wait(60)
    assert stage.texts == tuple(row.scene), run.reply
    assert re.fullmatch(row.told, run.used), run.used
    assert run.status == row.status
    assert (run.cost_usd > 0) == row.cost
    assert run.state.reduced == (re.fullmatch(rf"first{PRICE}", run.used) is None)
    assert row.reply in run.reply
    assert "sk-1" not in run.state.model_dump_json()
    if row.way:
        assert any(row.way in use.reason for use in run.state.models)


def test_the_planner_does_not_claim_what_it_did_not_do(stage: Stage) -> None:
    stage.conductor._minds[-1]._planner = lambda request, *_, **__: Plan(  # type: ignore[attr-defined]
        request=request, reply="I do not know how to do that.", understood=False
    )
    with ModelServer(lasting(fail(500))) as server:
        stage.add("first", server, 0.9)
        run = stage.conductor.submit("juggle").wait(60)
    assert run.status == "failed"
    assert run.used == "first cannot be reached or broke off; the local planner did not understand it either."
