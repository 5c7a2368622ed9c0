"""A model in charge, over real HTTP: streamed tool calls, calls as JSON, and every way an endpoint can fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from spatialnb.agent.conductor import Conductor
from spatialnb.agent.context import BUDGET, describe, tokens
from spatialnb.agent.run import Run
from spatialnb.config import Settings
from spatialnb.llm import Model
from spatialnb.models.canvas import Item
from spatialnb.models.events import Event, ReplyDelta
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.models.project import Project
from spatialnb.operations import load_operations
from spatialnb.operations.media import Found
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.workspace import Workspace
from spatialnb.store import Store, open_store
from tests.model_server import ModelServer, Turn, calls, fail, latest_user, say


@pytest.fixture(scope="module")
def store(home: Any) -> Iterator[Store]:
    load_operations()
    with open_store(Settings(home=home)) as store:
        yield store


class Stage:
    """A project whose conductor asks a scripted endpoint."""

    def __init__(self, store: Store, name: str) -> None:
        library: Any = SimpleNamespace(media=None, search=lambda assets, query, **only: [])
        self.workspace = Workspace(store, name, library)
        self.conductors: list[Conductor] = []

    def ask(self, server: ModelServer, text: str, **options: Any) -> Run:
        model = Model("openai/test", server.url, timeout=0.5, patience=0.01)
        conductor = Conductor(self.workspace, Settings(), planner=local, model=model)
        self.conductors.append(conductor)
        return conductor.submit(text, **options)

    @property
    def texts(self) -> list[str]:
        return sorted(item.text for _, item in self.workspace.project.items())


def local(request: str, *_: Any, **__: Any) -> Plan:
    """A local planner that writes down what was asked."""
    return Plan(request=request, steps=(PlanStep(id="s1", operation="label", args={"text": "by the planner"}),))


@pytest.fixture
def stage(store: Store, request: pytest.FixtureRequest) -> Iterator[Stage]:
    stage = Stage(store, request.node.name[:90].replace("[", "-").replace("]", ""))
    yield stage
    for conductor in stage.conductors:
        conductor.close()


def write(*texts: str, **more: Any) -> Turn:
    return calls(*(("label", {"text": text}) for text in texts), **more)


def results(server: ModelServer, request: int) -> list[str]:
    """What tools gave back, in the nth request."""
    return [m["content"] for m in server.requests[request]["messages"] if m["role"] == "tool"]


def test_a_story_through_streamed_tool_calls(stage: Stage) -> None:
    told: list[Event] = []
    stop = stage.workspace.follow(told.append)
    script = [
        write("one", "two", text="I will write two signs. "),
        calls(("arrange", {"items": ["label-one-1", "label-two-1"], "arrangement": "row"})),
        say("Two signs stand in a row."),
    ]
    with ModelServer(script) as server:
        run = stage.ask(server, "write two signs in a row").wait(60)
    stop()
    assert run.status == "done", run.reply
    assert run.reply == "I will write two signs. \n\nTwo signs stand in a row."
    assert [(s.id, s.operation, s.status) for s in run.steps] == [
        ("s1", "label", "done"),
        ("s2", "label", "done"),
        ("s3", "arrange", "done"),
    ]
    assert run.plan
    assert run.plan.author == "openai/test"
    assert len({item.position[1] for _, item in stage.workspace.project.items()}) == 1
    names = {tool["function"]["name"] for tool in server.requests[0]["tools"]}
    assert {"arrange", "label", "undo", "search_tools", "run_plan"} <= names
    assert len(names) <= 15
    assert "transform" not in names
    assert ["label-one-1" in text for text in results(server, 1)] == [True, False]
    assert len(results(server, 2)) == 3
    said = [event.text for event in told if isinstance(event, ReplyDelta)]
    assert "".join(said) == run.reply
    assert len(said) > 4, "it comes in pieces"


def test_calls_of_one_round_run_side_by_side(stage: Stage) -> None:
    meet = threading.Barrier(2, timeout=10)
    do = stage.workspace.do

    def together(name: str, *args: Any, **more: Any) -> Any:
        meet.wait()
        return do(name, *args, **more)

    stage.workspace.do = together  # type: ignore[method-assign]
    two = calls(*(("search", {"query": word}) for word in ("sea", "sky")))
    with ModelServer([two, say("Done.")]) as server:
        assert stage.ask(server, "look for two things").wait(60).status == "done"


def test_them_means_what_was_called_last_not_what_was_over_last(stage: Stage) -> None:
    first_waits = threading.Event()
    found = {"sea": "image-1", "sky": "image-2"}
    do = stage.workspace.do

    def in_the_other_order(name: str, args: Any, *more: Any, **how: Any) -> Any:
        if name != "search":
            return do(name, args, *more, **how)
        if args["query"] == "sea":
            first_waits.wait(10)
        asset = found[args["query"]]
        stage.workspace.point(shown=[asset], last=[asset])
        if args["query"] == "sky":
            first_waits.set()
        return Found(summary="Found one", assets=(asset,))

    stage.workspace.do = in_the_other_order  # type: ignore[method-assign]
    two = calls(("search", {"query": "sea"}), ("search", {"query": "sky"}))
    with ModelServer([two, say("Done.")]) as server:
        assert stage.ask(server, "look for two things").wait(60).status == "done"
    assert stage.workspace.pointing.last == ("image-2",)
    assert stage.workspace.pointing.shown == ("image-2",)


def test_calls_of_one_round_change_the_scene_in_their_order(stage: Stage) -> None:
    script = [
        calls(
            ("label", {"text": "a"}), ("label", {"size": 1}), ("move", {"items": "the yeti"}), ("label", {"text": "b"})
        ),
        say("Done."),
    ]
    with ModelServer(script) as server:
        run = stage.ask(server, "write two signs").wait(60)
    assert [step.status for step in run.steps] == ["done", "failed", "done"]
    assert [change.step for change in stage.workspace.log.history()] == ["s1", "s3"]
    assert stage.workspace.pointing.last == ("label-b-1",)


def test_a_whole_plan_is_one_call(stage: Stage) -> None:
    steps = [
        {"id": "a", "operation": "label", "args": {"text": "one"}, "title": "Write one"},
        {"id": "b", "operation": "move", "args": {"items": {"from": "a"}, "to": [1, 2, 3]}, "after": ["a"]},
    ]
    with ModelServer([calls(("run_plan", {"steps": steps})), say("Moved.")]) as server:
        run = stage.ask(server, "write one and move it").wait(60)
    assert run.status == "done"
    assert [s.title for s in run.steps] == ["Write one", "Move"]
    assert next(item for _, item in stage.workspace.project.items()).position == (1, 2, 3)
    assert "s1: " in results(server, 1)[0]


def test_errors_go_back_to_the_model_in_plain_words(stage: Stage) -> None:
    script = [
        calls(
            ("lable", {"text": "x"}),
            ("label", '{"text": '),
            ("label", {"size": 3}),
            ("move", {"items": "the yeti", "by": [1, 0, 0]}),
        ),
        write("right"),
        say("There."),
    ]
    with ModelServer(script) as server:
        run = stage.ask(server, "write something").wait(60)
    told = results(server, 1)
    assert "Did you mean 'label'?" in told[0]
    assert "not JSON" in told[1]
    assert told[2].startswith("Error: ")
    assert "label needs 'text'" in told[2]
    assert told[3].startswith("Error: ")
    assert stage.texts == ["right"]
    assert run.status == "partial"
    assert "did not work" in run.reply


def test_a_person_is_asked_before_the_model_deletes(stage: Stage) -> None:
    stage.workspace.do("label", {"text": "mine"})
    with ModelServer([calls(("remove", {"items": ["label-mine-1"]})), say("I left it.")]) as server:
        run = stage.ask(server, "delete my sign").wait(60)
        assert run.status == "waiting"
        assert run.reject("s1").wait(60).reply == "I left it.\n\n“Remove” was not done. You said no."
    assert results(server, 1) == ["Not done. You said no."]
    assert stage.texts == ["mine"]


def test_the_model_is_told_of_the_scene_and_of_earlier_turns(stage: Stage) -> None:
    stage.workspace.do("label", {"text": "here"})
    stage.workspace.do("move", {"items": ["label-here-1"], "to": [1, 2, 3]}, author="person")
    with ModelServer([say("Hello."), say("Again.")]) as server:
        stage.ask(server, "hello").wait(60)
        stage.ask(server, "what did I say?").wait(60)
    system = server.requests[0]["messages"][0]["content"]
    assert "Moved by the person since the last turn: label-here-1 to (1.0, 2.0, 3.0)" in system
    said = [(m["role"], m["content"]) for m in server.requests[1]["messages"][1:]]
    assert said == [("user", "hello"), ("assistant", "Hello."), ("user", "what did I say?")]
    assert "Moved by the person" not in server.requests[1]["messages"][0]["content"], "that was the turn before"


@pytest.mark.parametrize("schema", [True, False])
def test_models_without_tools_write_their_calls_as_json(stage: Stage, schema: bool) -> None:
    with ModelServer([write("one", "two"), say("Two signs.")], tools=False, schema=schema) as server:
        run = stage.ask(server, "write two signs").wait(60)
    assert run.status == "done", run.reply
    assert run.reply == "Two signs."
    assert stage.texts == ["one", "two"]
    last = server.requests[-1]
    assert "tools" not in last
    assert ("response_format" in last) == schema
    assert "- label(text, " in last["messages"][0]["content"]
    assert "Result of label: " in latest_user(last)
    if schema:
        shape = last["response_format"]["json_schema"]["schema"]
        assert {s["properties"]["tool"]["const"] for s in shape["anyOf"]} >= {"label", "search_tools", "reply"}


def test_calls_written_into_the_text_are_understood(stage: Stage) -> None:
    text = 'Sure!\n```json\n{"name": "label", "arguments": {"text": "one",}}\n```'
    with ModelServer([say(text), say("Done.")]) as server:
        run = stage.ask(server, "write one").wait(60)
    assert (run.status, run.reply, stage.texts) == ("done", "Done.", ["one"])


@pytest.mark.parametrize(
    "fault",
    [
        fail(429, retry_after=0.1),
        fail(500),
        fail(503),
        say("Half of a senten", broken="truncated"),
        say("", broken="json"),
        say("", broken="nonsense"),
        say("", broken="empty"),
        say("", hang=30),
    ],
    ids=["429", "500", "503", "truncated", "json", "nonsense", "empty", "hang"],
)
@pytest.mark.parametrize("lasts", [False, True], ids=["passes", "lasts"])
def test_faults_pass_or_fall_back(stage: Stage, fault: Turn, lasts: bool) -> None:
    script: Any = (lambda body: fault) if lasts else [fault, write("by the model"), say("Written.")]
    with ModelServer(script) as server:
        run = stage.ask(server, "write something").wait(60)
    assert run.status == "done", run.reply
    if lasts:
        assert stage.texts == ["by the planner"]
        assert run.used.endswith("; the local planner did this instead, more simply."), run.used
        assert run.state.reduced
        assert "openai/test" not in run.reply
        assert run.plan
        assert run.plan.author == "planner"
    else:
        assert stage.texts == ["by the model"]
        assert run.reply == "Written."


@pytest.mark.parametrize("fault", [fail(401, "Incorrect API key provided: sk-secret-1"), fail(404), fail(400)])
def test_faults_that_do_not_pass_fall_back_at_once(stage: Stage, fault: Turn) -> None:
    told: list[Event] = []
    stop = stage.workspace.follow(told.append)
    with ModelServer(lambda body: fault) as server:
        run = stage.ask(server, "write something").wait(60)
    stop()
    assert run.status == "done"
    assert stage.texts == ["by the planner"]
    assert len(server.requests) <= 3  # by tools, by schema, by text
    assert "sk-secret" not in json.dumps(
        [run.state.model_dump(mode="json"), *(e.model_dump(mode="json") for e in told)]
    )


def test_an_endpoint_that_is_down(stage: Stage) -> None:
    server = ModelServer()
    with server:
        pass
    run = stage.ask(server, "write something").wait(60)
    assert (run.status, stage.texts) == ("done", ["by the planner"])
    assert "cannot be reached" in run.used


def test_an_endpoint_that_goes_away_in_the_middle_keeps_what_was_done(stage: Stage) -> None:
    script = [write("one")]
    with ModelServer(lambda body: script.pop() if script else fail(500)) as server:
        run = stage.ask(server, "write one and more").wait(60)
    assert run.status == "partial"
    assert stage.texts == ["one"]
    assert "cannot be reached" in run.reply
    assert "Wrote “one”" in run.reply


def test_a_model_that_only_asks_for_nonsense_is_given_up(stage: Stage) -> None:
    with ModelServer(lambda body: calls(("fly_to_the_moon", {}))) as server:
        run = stage.ask(server, "write something").wait(60)
    assert (run.status, stage.texts) == ("done", ["by the planner"])
    assert "keeps asking for what cannot be done; the local planner did this instead" in run.used


def test_a_model_without_end_is_bounded(stage: Stage) -> None:
    def another(body: dict[str, Any]) -> Turn:
        return calls(("label", {"text": f"sign {len(body['messages'])}"}))

    with ModelServer(another) as server:
        run = stage.ask(server, "go on for ever").wait(120)
    assert len(server.requests) == 24
    assert "24 rounds" in run.reply
    assert run.status == "partial"


def test_a_stop_does_not_wait_for_the_model(stage: Stage) -> None:
    with ModelServer([say("late", hang=30)]) as server:
        run = stage.ask(server, "write something")
        while not server.requests:
            run.wait(0.02)
        assert run.stop().wait(10).status == "stopped"
    assert stage.texts == []


def test_a_model_hears_an_amendment(stage: Stage) -> None:
    stage.workspace.do("label", {"text": "mine"})
    script = [calls(("remove", {"items": ["label-mine-1"]})), write("other"), say("Written instead.")]
    with ModelServer(script) as server:
        run = stage.ask(server, "delete my sign").wait(60)
        run.amend("no, write another one").wait(60)
    assert run.status == "done"
    assert stage.texts == ["mine", "other"]
    assert latest_user(server.requests[1]) == "no, write another one"
    assert results(server, 1) == ["Not done: the person changed the request."]


# -- the scene in words ------------------------------------------------------------------------------------------------
def crowd(count: int) -> Project:
    items = [
        Item(
            id=f"photo-of-the-harbour-{n}",
            name=f"Photo of the harbour {n}",
            kind="image",
            position=(n * 1.25, 1.6, -n / 3),
        )
        for n in range(count)
    ]
    return Project(name="crowd").with_items(items)


@pytest.mark.parametrize("count", [0, 1, 30, 1000, 5000])
def test_the_scene_stays_short(count: int) -> None:
    from spatialnb.llm.client import _litellm

    moved = tuple(f"photo-of-the-harbour-{n}" for n in range(0, count, 7))
    text = describe(crowd(count), Pointing(moved=moved, selection=moved, last=moved))
    assert tokens(text) <= BUDGET + 60
    counted = _litellm().token_counter(model="gpt-4o", text=text)
    assert counted <= 1500, counted
    if count:
        assert f"{count} image" in text
        assert "photo-of-the-harbour-0" in text


def test_what_was_pointed_at_is_told_first() -> None:
    text = describe(crowd(1000), Pointing(moved=("photo-of-the-harbour-999",)))
    assert (
        "Moved by the person since the last turn: photo-of-the-harbour-999 to (1248.8, 1.6, -333.0); nearest is" in text
    )
    listed = text[text.index("Items:") :].splitlines()
    assert listed[1].startswith("- photo-of-the-harbour-999 ")
    assert listed[-1].startswith("- and ")
