"""The one line about what thought for a run."""

from __future__ import annotations

import pytest

from spatialnb.agent.used import PLANNER, added, given_up, line, not_even, price, stand_in, use_of
from spatialnb.errors import ModelUnavailable
from spatialnb.llm.answers import Answer, Hop, Used
from spatialnb.models.plan import ModelUse


def answer(model: str, cost: float = 0.0, reduced: str = "", *hops: Hop) -> Answer:
    return Answer("x", (), cost, Used(model, model, "the best there is", reduced, hops))


def lines(*uses: ModelUse) -> str:
    kept: tuple[ModelUse, ...] = ()
    for use in uses:
        kept = added(kept, use)
    return line(kept)


DEAD = ModelUnavailable(
    "openai/gpt-5.1 did not answer in time.", (Hop("openai/gpt-5.1", "gpt-5.1 did not answer in time."),)
)


def test_lines() -> None:
    good = use_of(answer("openai/gpt-5.1", 0.0042))
    assert lines() == ""
    assert lines(good) == "gpt-5.1 · $0.0042"
    assert lines(good, good) == "gpt-5.1 · $0.0084"
    assert lines(good, use_of(answer("ollama/qwen3"))) == "gpt-5.1, qwen3 · $0.0042"
    assert lines(ModelUse(name=PLANNER)) == "local planner"
    told = "gpt-5.1 did not answer in time; the local planner did this instead, more simply"
    assert lines(stand_in(DEAD), ModelUse(name=PLANNER)) == f"{told}."
    assert lines(good, stand_in(DEAD)) == f"{told} · $0.0042"
    assert lines(good, given_up(DEAD, "openai/gpt-5.1")) == (
        "gpt-5.1 did not answer in time; what was done before is kept · $0.0042"
    )
    less = "gpt-5.1 is overloaded; mini did this instead, less well."
    assert lines(use_of(answer("openai/mini", 0.001, less))) == f"{less[:-1]} · $0.0010"


def test_a_planner_that_understood_nothing_claims_nothing() -> None:
    uses = (stand_in(DEAD),)
    assert (
        lines(*uses, not_even(uses))
        == "gpt-5.1 did not answer in time; the local planner did not understand it either."
    )
    assert lines(not_even(())) == "local planner"


def test_uses_of_one_model_are_one() -> None:
    hop = Hop("openai/big", "openai/big is overloaded.")
    uses = added(added((), use_of(answer("openai/mini", 0.5))), use_of(answer("openai/mini", 0.25, "", hop), "by JSON"))
    assert uses == (
        ModelUse(
            name="openai/mini",
            endpoint="openai/mini",
            reason="the best there is; by JSON",
            hops=("big is overloaded.",),
            calls=2,
            cost_usd=0.75,
        ),
    )


@pytest.mark.parametrize(
    ("usd", "told"), [(0, ""), (0.00001, "under $0.0001"), (0.00421, "$0.0042"), (0.25, "$0.25"), (12, "$12.00")]
)
def test_prices(usd: float, told: str) -> None:
    assert price(usd) == told
