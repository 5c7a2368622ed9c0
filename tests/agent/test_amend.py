"""Changing a plan in words, with the planner that comes with the package."""

from __future__ import annotations

from typing import Any

import pytest

from spatialnb.agent.amend import Amended, amend
from spatialnb.agent.planner import plan as planned
from spatialnb.models.canvas import Item
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.models.project import Project
from spatialnb.operations import load_operations
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.registry import DEFAULT

load_operations()
SCENE = Project(name="show").with_items(
    [
        Item(id="photo-1", name="harbour", kind="image"),
        Item(id="photo-2", name="forest", kind="image", position=(1, 0, 0)),
        Item(id="clip-1", name="waves", kind="video", position=(2, 0, 0)),
        Item(id="robot-1", name="robot", kind="model", position=(3, 0, 0)),
    ]
)


def plan_of(words: str) -> Plan:
    return planned(
        words, SCENE, Pointing(last=("photo-1",)), DEFAULT, search=lambda *_, **__: [], history=lambda *_: []
    )


def said(request: str, words: str, begun: int = 0, about: str = "the sea") -> tuple[Plan, Amended]:
    plan = plan_of(request)
    assert plan.steps, plan.reply
    return plan, amend(plan.steps, {step.id for step in plan.steps[:begun]}, words, plan_of, DEFAULT, about=about)


def done(steps: tuple[PlanStep, ...]) -> list[str]:
    return [step.operation for step in steps]


CAT = "make an image of a red cat, place it and export a video"
ROUND = "arrange the photos in a circle and write “Hello”"


@pytest.mark.parametrize(
    ("request_", "words", "operations"),
    [
        (CAT, "skip the video", ["make_image", "place"]),
        (CAT, "skip the film", ["make_image", "place"]),
        (CAT, "leave out the export, please", ["make_image", "place"]),
        (CAT, "without the movie", ["make_image", "place"]),
        (CAT, "forget about the image", ["export"]),
        (CAT, "don't place it", ["make_image", "export"]),
        (CAT, "cancel the sculpture", ["make_image", "place", "export"]),
        (ROUND, "never mind the circle", ["label"]),
        (ROUND, "no need for the label", ["arrange"]),
    ],
)
def test_what_is_left_out_is_what_is_meant_and_what_needs_it(request_: str, words: str, operations: list[str]) -> None:
    _, amended = said(request_, words)
    assert done(amended.steps) == operations
    Plan(request="", steps=amended.steps)  # nothing waits for what is gone


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("also add a title that says “Tides”", "Tides"),
        ("also add a title", "the sea"),
        ("add a title too", "the sea"),
        ("and write “The end” as well", "The end"),
    ],
)
def test_what_comes_in_addition_is_added(words: str, text: str) -> None:
    plan, amended = said(CAT, words)
    assert amended.steps[:3] == plan.steps
    assert done(amended.steps[3:]) == ["label"]
    assert amended.steps[3].args["text"] == text
    Plan(request="", steps=amended.steps)


@pytest.mark.parametrize(
    ("request_", "words", "step", "name", "value"),
    [
        (CAT, "make it blue instead", 0, "prompt", "a blue cat"),
        (CAT, "no, use a green one", 0, "prompt", "a green cat"),
        (CAT, "export a web page instead", 2, "target", "web"),
        (CAT, "in high quality instead", 2, "quality", "high"),
        (ROUND, "in a grid instead", 0, "arrangement", "grid"),
        (ROUND, "not a circle, a row", 0, "arrangement", "row"),
        (ROUND, "use the videos instead", 0, "items", 'filter(kind="video")'),
        (ROUND, "write “Goodbye” instead", 1, "text", "Goodbye"),
        (ROUND, "make the label blue instead", 1, "colour", v.HEX["blue"]),
        ("arrange the photos in a circle", "arrange them in a spiral instead", 0, "arrangement", "spiral"),
    ],
)
def test_what_is_to_be_otherwise_is_otherwise(request_: str, words: str, step: int, name: str, value: Any) -> None:
    plan, amended = said(request_, words)
    assert amended.steps[step].args[name] == value
    assert done(amended.steps) == done(plan.steps)
    for at, (was, now) in enumerate(zip(plan.steps, amended.steps, strict=True)):
        if at != step:
            assert was == now
        else:
            assert {k: a for k, a in was.args.items() if k != name} == {k: a for k, a in now.args.items() if k != name}
    DEFAULT.get(amended.steps[step].operation).validate(amended.steps[step].args)


def test_colours_change_wherever_steps_have_them() -> None:
    steps = tuple(
        PlanStep(id=f"s{n}", operation="make_image", args={"prompt": f"a red {what}"}, title=f"Make a red {what}")
        for n, what in enumerate(("cat", "dog", "cow"))
    )
    amended = amend(steps, {"s0"}, "make them blue instead", plan_of, DEFAULT)
    assert [step.args["prompt"] for step in amended.steps] == ["a red cat", "a blue dog", "a blue cow"]
    assert amended.steps[1].title == "Make a blue dog"
    only = amend(steps, {"s0"}, "make the cow blue instead", plan_of, DEFAULT)
    assert [step.args["prompt"] for step in only.steps] == ["a red cat", "a red dog", "a blue cow"]


def test_several_changes_in_one_sentence() -> None:
    _, amended = said(CAT, "skip the video, make it blue and also add a title")
    assert done(amended.steps) == ["make_image", "place", "label"]
    assert amended.steps[0].args["prompt"] == "a blue cat"


def test_what_has_begun_is_not_left_out_any_more() -> None:
    plan, amended = said(CAT, "skip the image", begun=1)
    assert amended.steps == plan.steps
    assert "has begun already" in amended.reply


def test_what_has_begun_stays_and_what_is_made_of_it_is_changed_by_a_step_of_its_own() -> None:
    plan, amended = said(CAT, "make it blue instead", begun=1)
    assert amended.steps[:3] == plan.steps
    assert [step.args.get("colour") for step in amended.steps[3:]] == [v.HEX["blue"]]


@pytest.mark.parametrize("words", ["frobnicate the quux", "make it nicer somehow instead", "skip the elephant"])
def test_what_is_not_understood_changes_nothing_and_is_said(words: str) -> None:
    plan, amended = said(CAT, words)
    assert amended.steps == plan.steps
    assert amended.reply
