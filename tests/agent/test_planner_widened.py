"""What lasts, what is spared, what is only asked or described: read without running anything."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialnb.agent.planner import plan
from spatialnb.models.plan import Plan
from spatialnb.operations import load_operations
from spatialnb.operations.language.when import SEASONS, period
from spatialnb.operations.language.words import spaced
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.registry import DEFAULT
from tests.agent import test_planner_requests as requests

load_operations()
WORDS = spaced(
    "robot photos arrange circle spacing close together half a metre apart always now on night theme big the two "
    "grid by default in put leave between keep"
)


def read(text: str) -> Plan:
    return plan(text, requests.SCENE, Pointing(), DEFAULT)


def called(text: str) -> list[str]:
    return [step.operation for step in read(text).steps]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=10).map(" ".join))
@settings(max_examples=60, deadline=None)
def test_what_is_said_for_the_future_changes_nothing_now(words: str) -> None:
    made = read(f"from now on {words}")
    assert {step.operation for step in made.steps} <= {"prefer"}
    assert made.steps or made.reply


def test_a_preference_names_the_operation_and_the_parameter() -> None:
    made = read("from now on arrange everything in a spiral, 40 cm apart")
    assert {(step.args["setting"], step.args["value"]) for step in made.steps} == {
        ("arrange.arrangement", "spiral"),
        ("arrange.spacing", 0.4),
    }


@pytest.mark.parametrize(
    "text",
    [
        "is the robot red?",
        "are the photos in a circle?",
        "was the robot bigger?",
        "there is a problem",
        "there is an issue with the robot",
        "add more drama",
        "put some dragons here",
        "the dragon is left of the robot",
        "a nice idea",
        "leave the robot alone",
    ],
)
def test_what_is_asked_or_only_told_is_not_done(text: str) -> None:
    made = read(text)
    assert not made.steps
    assert made.reply


@pytest.mark.parametrize("text", ["make the zorblax as tall as the robot", "zorblax the photos", "make it zorblaxer"])
def test_a_refusal_names_the_words(text: str) -> None:
    assert "zorblax" in read(text).reply


def test_what_is_described_is_placed_once_and_in_turn() -> None:
    made = read("there are two cups on a shelf")
    assert [(s.operation, s.args["name"], s.args["count"]) for s in made.steps] == [
        ("stand_in", "shelf", 1),
        ("stand_in", "cup", 2),
    ]
    assert made.steps[1].args["target"] == {"from": "s1", "field": "items"}
    assert made.steps[1].after == ("s1",)


def test_what_is_to_be_left_is_taken_out_of_the_step_before() -> None:
    spared = read("hide everything, but leave the robot alone").steps
    assert [step.operation for step in spared] == ["hide"]
    assert str(spared[0].args["items"]).startswith("except(")
    assert called("hide the robot but don't touch the others") == ["hide"]


def test_where_something_will_be_is_not_guessed() -> None:
    made = read("move the robot one metre left and put the teapot where the robot is")
    assert not made.steps
    assert "not known" in made.reply


@given(st.sampled_from([*SEASONS]), st.integers(1990, 2030))
def test_a_season_is_three_whole_months(season: str, year: int) -> None:
    words = [season, str(year)]
    found = period(lambda at: words[at] if at < len(words) else "", 0, date(2026, 11, 21))
    assert found is not None
    end, first, last = found
    assert end == 2
    assert first == date(year, SEASONS[season], 1)
    assert 89 <= (last - first).days <= 91


def test_a_season_without_a_year_is_the_latest_that_has_begun() -> None:
    found = period(lambda at: "summer" if at == 0 else "", 0, date(2026, 5, 1))
    assert found == (1, date(2025, 6, 1), date(2025, 8, 31))
