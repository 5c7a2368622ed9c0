"""Steps of one answer change the scene one after the other, in the order they were called in."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spatialnb.agent.order import SCENE, in_turn
from spatialnb.agent.values import needs
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.operations import load_operations
from spatialnb.operations.registry import DEFAULT

load_operations()


@st.composite
def answers(draw: st.DrawFn) -> list[PlanStep]:
    steps: list[PlanStep] = []
    for number in range(draw(st.integers(0, 8))):
        name = draw(st.sampled_from(["label", "search", "arrange", "remove", "make_image"]))
        before = [step.id for step in steps]
        after = tuple(draw(st.lists(st.sampled_from(before), unique=True, max_size=2))) if before else ()
        args: dict[str, Any] = {}
        if before and draw(st.booleans()):
            args = {"items": {"from": draw(st.sampled_from(before)), "field": "items"}}
        steps.append(PlanStep(id=f"s{number}", operation=name, args=args, after=after))
    return steps


@given(answers())
def test_it_stays_a_plan_and_the_scene_is_changed_in_order(steps: list[PlanStep]) -> None:
    ordered = in_turn(steps, DEFAULT)
    Plan(request="", steps=ordered)
    assert [step.id for step in ordered] == [step.id for step in steps]
    behind: dict[str, set[str]] = {}
    for step in ordered:
        behind[step.id] = {name for each in needs(step) for name in (each, *behind[each])}
    changing = [step for step in ordered if DEFAULT.get(step.operation).changes in SCENE]
    for at, step in enumerate(changing):
        for earlier in changing[:at]:
            assert earlier.id in behind[step.id] or DEFAULT.get(earlier.operation).approval
    for step, before in zip(ordered, steps, strict=True):
        assert set(before.after) <= set(step.after)
        if DEFAULT.get(step.operation).changes not in SCENE:
            assert step.after == before.after


def test_one_that_fails_does_not_keep_the_next_from_going() -> None:
    first, second = in_turn([PlanStep(id="a", operation="label"), PlanStep(id="b", operation="label")], DEFAULT)
    assert (first.on_error, second.after) == ("skip", ("a",))


def test_what_a_person_has_to_agree_to_holds_nothing_up() -> None:
    steps = [PlanStep(id=name, operation=operation) for name, operation in (("a", "remove"), ("b", "label"))]
    assert in_turn(steps, DEFAULT)[1].after == ()
