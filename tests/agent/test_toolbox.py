"""What a model is offered: few tools, the rest by search, and what was found stays."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from spatialnb.agent.conductor import Conductor
from spatialnb.agent.toolbox import SHOWN, names, offered, searched
from spatialnb.config import Settings
from spatialnb.errors import Invalid
from spatialnb.llm import Model
from spatialnb.operations import load_operations
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Outcome, Registry, operation
from spatialnb.operations.workspace import Workspace
from spatialnb.store import Store, open_store
from tests.model_server import ModelServer, calls, say

SUBJECTS = ("invoices", "parcels", "recipes", "flights", "patients", "tickets", "songs", "rivers", "taxes", "bees")
VERBS = ("list", "delete", "rename", "count", "export", "archive", "print", "mail", "merge", "audit")


@pytest.fixture(scope="module")
def many() -> Registry:
    """The common operations and three hundred tools of other subjects."""
    load_operations()
    registry = Registry(parent=DEFAULT)
    for verb in VERBS:
        for subject in SUBJECTS:
            for where in ("here", "abroad", "in the archive"):

                def tool(ctx: Context, filter: str = "") -> Outcome:
                    return Outcome(summary="Done")

                tool.__name__ = f"{verb}_{subject}_{where.replace(' ', '_')}"
                tool.__doc__ = f"{verb.capitalize()} {subject} {where}."
                operation(registry=registry)(tool)
    assert len(registry) > 300
    return registry


def test_a_request_costs_few_tools_and_the_right_ones_are_among_them(many: Registry) -> None:
    for request, tool in {
        "arrange the photos in a circle": "arrange",
        "how many rivers are there abroad?": "count_rivers_abroad",
        "please write “Welcome” over the door": "label",
        "take that back": "undo",
        "send the recipes that are here by mail": "mail_recipes_here",
    }.items():
        shown = names(offered(many, request))
        assert len(shown) <= SHOWN == 15
        assert tool in shown, request
        assert shown[-2:] == ["search_tools", "run_plan"]
        assert len(set(shown)) == len(shown)


def test_hands_are_not_offered(many: Registry) -> None:
    hands = [each for each in many if each.tags & {"hand", "code"}]
    assert hands
    for hand in hands:
        assert hand.name not in names(offered(many, f"{hand.name} {hand.summary}"))
        assert hand.name not in searched(many, {"words": f"{hand.name} {hand.summary}"})[0]


def test_what_was_found_and_used_comes_on_top(many: Registry) -> None:
    shown = names(offered(many, "arrange the photos", ("audit_bees_here", "arrange", "no_such_tool")))
    assert "audit_bees_here" in shown
    assert "no_such_tool" not in shown
    assert shown.count("arrange") == 1


def test_a_search_tells_names_and_what_they_do(many: Registry) -> None:
    found, told = searched(many, {"words": "audit the bees"})
    assert found[0].startswith("audit_bees")
    assert f"- {found[0]}: Audit bees" in told
    assert len(found) <= 5
    for nothing in ({}, {"words": "  "}, {"words": 3}):
        with pytest.raises(Invalid, match="needs words"):
            searched(many, nothing)


@pytest.fixture
def store(home: Any) -> Iterator[Store]:
    with open_store(Settings(home=home)) as store:
        yield store


@pytest.mark.parametrize(
    "how", [{}, {"tools": False}, {"tools": False, "schema": False}], ids=["tools", "schema", "text"]
)
def test_a_model_searches_and_calls_what_it_found(
    many: Registry, store: Store, request: pytest.FixtureRequest, how: dict[str, bool]
) -> None:
    script = [
        calls(("search_tools", {"words": "audit bees"})),
        calls(("audit_bees_abroad", {"filter": "queens"})),
        say("Audited."),
    ]
    library: Any = SimpleNamespace(media=None, search=lambda assets, query, **only: [])
    workspace = Workspace(store, f"search-{request.node.name[-5:-1]}", library, registry=many)
    with ModelServer(script, **how) as server:
        conductor = Conductor(workspace, Settings(), model=Model("openai/test", server.url, patience=0.01))
        run = conductor.submit("write a sign").wait(60)
        conductor.close()
    assert run.status == "done", run.reply
    assert [step.operation for step in run.steps] == ["audit_bees_abroad"], "a search is no step of the person's"
    answered = [body for body in server.requests if not (body.get("tools") and how)]

    def told(body: dict[str, Any]) -> str:
        return str(body.get("tools")) + body["messages"][0]["content"] + str(body.get("response_format"))

    first = next(body for body in answered if "You can call from now on" not in str(body["messages"]))
    second = next(body for body in answered if "You can call from now on" in str(body["messages"]))
    assert "audit_bees_abroad" not in told(first)
    assert "audit_bees_abroad" in told(second)
