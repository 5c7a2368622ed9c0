"""What holds of every plan: never an error, always the same, quick, a graph that runs in parallel where it can."""

from __future__ import annotations

import time
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialnb.agent.planner import plan
from spatialnb.models.geometry import Metres
from spatialnb.models.plan import Plan
from spatialnb.operations.context import Context
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.registry import DEFAULT, Outcome, Registry, Things, operation
from tests.agent import test_planner_requests as requests

SAID = """
arrange move put the all photos robot teapot in a circle grid row and then , . it them bigger 2
metres left behind undo make label saying called twice as big " ( about poster music remove every
second largest red to of how many where is 50 % degrees except 3.5 that I moved
"""
WORDS = SAID.split()


def read(text: str) -> Plan:
    return plan(text, requests.SCENE, requests.POINTING, DEFAULT)


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_plan(text: str) -> None:
    made = read(text)
    assert made.steps or made.reply


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
@settings(max_examples=250, deadline=None)
def test_any_words_of_ours_give_a_valid_plan_and_always_the_same(text: str) -> None:
    made = read(text)
    assert made.steps or made.reply
    assert made == read(text)
    for step in made.steps:
        DEFAULT.get(step.operation).validate({k: _resolved(v) for k, v in step.args.items()})


def _resolved(value: object) -> object:
    if isinstance(value, dict) and "from" in value:
        return ["robot-1"]
    if isinstance(value, list):
        return [each if not isinstance(each, dict) else "robot-1" for each in value]
    return value


def test_every_plan_of_the_table_has_valid_arguments() -> None:
    for text, _ in (*requests.FIRST, *requests.SECOND):
        for step in read(text).steps:
            DEFAULT.get(step.operation).validate({k: _resolved(v) for k, v in step.args.items()})


def test_a_typical_request_takes_under_fifty_milliseconds() -> None:
    took: list[float] = []
    for text, _ in requests.FIRST:
        start = time.perf_counter()
        read(text)
        took.append(time.perf_counter() - start)
    assert sorted(took)[len(took) // 2] < 0.05


@pytest.mark.parametrize(
    "text", ["arrange " * 10_000, "the photos and " * 120, "put the robot in a circle, " * 70, "(" * 1900]
)
def test_long_requests_are_answered_soon_and_clearly(text: str) -> None:
    start = time.perf_counter()
    made = read(text)
    assert time.perf_counter() - start < 0.5
    assert not made.steps
    assert made.reply.endswith((".", "!", "?", "”"))


def test_steps_that_share_nothing_run_in_parallel() -> None:
    made = read("rotate the robot 90 degrees, make a poster about jazz and move the teapot 1 m to the left")
    assert [step.after for step in made.steps] == [(), (), ()]
    made = read("rotate the robot 90 degrees and move the robot 1 m to the left")
    assert [step.after for step in made.steps] == [(), ("s1",)]


def test_what_is_made_in_one_clause_is_known_in_the_next() -> None:
    made = read("place the poem. Move the poem 1 m up")
    assert [step.operation for step in made.steps] == ["place", "move"]
    assert made.steps[1].after == ("s1",)


def test_nothing_is_done_when_a_part_is_not_understood() -> None:
    made = read("arrange the photos in a circle and remove the dragon")
    assert made.steps == ()
    assert "dragon" in made.reply


def test_deleting_asks_first() -> None:
    assert read("remove the teapot").steps[0].approval == "deletes"
    assert read("move the teapot left").steps[0].approval == ""


def test_an_operation_that_nobody_here_has_seen_can_be_said() -> None:
    registry = Registry()

    @operation(registry=registry, changes="items", words=("soften", "blur"))
    def soften(
        ctx: Context,
        items: Things,
        *,
        radius: Metres = 0.1,
        mode: Literal["gentle", "strong"] = "gentle",
        note: str = "",
    ) -> Outcome:
        """Make pictures softer."""
        return Outcome()

    made = plan("please blur the red photos strong with a radius of 20 cm", requests.SCENE, Pointing(), registry)
    assert [step.operation for step in made.steps] == ["soften"]
    assert made.steps[0].args["mode"] == "strong"
    assert made.steps[0].args["radius"] == pytest.approx(0.2)


def test_going_back_to_before_something_uses_the_history() -> None:
    assert read("go back to before the circle").steps == ()


@pytest.mark.parametrize(
    "text",
    [
        "move the lamps to their knees",
        "label each photo with its price",
        "play the music",
        "put the robots to sleep",
        "take a screenshot",
        "swap the robot out of spite",
        "tilt the camera",
        "make the robot reddish brown-green",
        "flip the door picture horizontally",
        "put the robot where the sun shines",
        "delete my home folder",
        "remove everything from my hard disk",
        "run rm -rf /",
        "write an email to my boss",
    ],
)
def test_nothing_is_done_by_guess(text: str) -> None:
    made = read(text)
    assert made.steps == ()
    assert made.reply


@pytest.mark.parametrize(
    ("text", "operation", "name", "check"),
    [
        ("the robot is too small", "resize", "factor", lambda value: value > 1),
        ("the photos are too big", "resize", "factor", lambda value: value < 1),
        ("the teapot is too high", "move", "by", lambda value: value[1] < 0),
        ("the robot is too far away", "move", "by", lambda value: value[2] > 0),
    ],
)
def test_a_complaint_asks_for_the_opposite(text: str, operation: str, name: str, check: Any) -> None:
    steps = read(text).steps
    assert [step.operation for step in steps] == [operation]
    assert check(steps[0].args[name])


@pytest.mark.parametrize(
    "text", ["make the robot -2 metres wide", "make 500 posters about jazz", "make the robot 0 m tall"]
)
def test_values_out_of_range_are_explained(text: str) -> None:
    made = read(text)
    assert made.steps == ()
    assert made.reply
