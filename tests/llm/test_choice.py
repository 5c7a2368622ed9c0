"""The choice of an endpoint is a function of what is known: the same for the same, whatever the order."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialnb.errors import Invalid
from spatialnb.llm.answers import Task
from spatialnb.llm.calls import Errand, TextCall
from spatialnb.llm.choice import choose
from spatialnb.llm.endpoints import Endpoint
from spatialnb.llm.failures import is_unwilling
from spatialnb.llm.prices import counted_tokens, facts, most_tokens, price_of
from spatialnb.llm.profiles import PREFERENCES, PROFILES, weights

NOW = 1_000_000_000
prices = st.floats(0, 100)
endpoints = st.lists(
    st.builds(
        Endpoint,
        name=st.sampled_from("abcdef"),
        model=st.just("openai/x"),
        quality=st.floats(0, 1),
        input_usd=prices,
        output_usd=prices,
        tools=st.booleans(),
        window=st.just(8000),
    ),
    unique_by=lambda e: e.name,
    max_size=6,
)
healths = st.fixed_dictionaries(
    {},
    optional={
        "calls": st.integers(0, 9),
        "success": st.floats(0, 1),
        "latency": st.floats(0.01, 60),
        "opened": st.integers(0, 3),
        "until_ms": st.integers(NOW - 1000, NOW + 1000),
        "why": st.just("x broke off."),
        "at": st.integers(NOW - 10**6, NOW),
    },
)


@given(
    listed=endpoints,
    health=st.dictionaries(st.sampled_from("abcdef"), healths),
    task=st.sampled_from(["plan", "edit", "write", "caption", "classify"]),
    prefer=st.none() | st.sampled_from(PREFERENCES),
    tools=st.booleans(),
)
def test_a_choice_depends_on_nothing_but_what_is_known(
    listed: list[Endpoint], health: dict[str, Any], task: Task, prefer: Any, tools: bool
) -> None:
    known = {e.health_key: health[e.name] for e in listed if e.name in health}
    chosen = choose(task, listed, known, NOW, prefer, tools=tools)
    assert chosen == choose(task, listed[::-1], known, NOW, prefer, tools=tools)
    assert {c.endpoint for c in chosen} == set(listed), "all are ranked, those that cannot be asked, too"
    for c in chosen:
        assert c.reason
        assert bool(c.blocked) == (c.state == "open" or (tools and not c.endpoint.tools))
        # Who is better in every respect comes first.
        for other in chosen[: chosen.index(c)]:
            a, b = c.endpoint, other.endpoint
            same = known.get(a.health_key) == known.get(b.health_key)
            better = a.quality >= b.quality and a.input_usd <= b.input_usd and a.output_usd <= b.output_usd  # type: ignore[operator]
            worse = a.quality <= b.quality and a.input_usd >= b.input_usd and a.output_usd >= b.output_usd  # type: ignore[operator]
            assert not (same and better and not worse) or abs(c.score - other.score) < 1e-6


def test_every_task_has_a_profile_and_its_weights_are_shares() -> None:
    assert set(PROFILES) == set(get_args(Task))
    for profile in PROFILES.values():
        for prefer in (None, *PREFERENCES):
            assert sum(weights(profile, prefer).values()) == pytest.approx(1)


def test_prices_are_the_stated_ones_then_the_listed_ones_then_unknown() -> None:
    assert price_of(Endpoint("a", "openai/gpt-4o", input_usd=1.0, output_usd=2.0)).text(10**6, 10**6) == 3.0
    listed = price_of(Endpoint("a", "openai/gpt-4o"))
    assert listed.listed
    assert listed.text(10**6, 0) == pytest.approx(2.5)
    assert price_of(Endpoint("a", "openai/nobody-knows")).text(1, 1) is None
    assert price_of(Endpoint("a", "openai/nobody-knows", kinds=("embedding",), input_usd=1.0)).text(10**6, 0) == 1.0
    assert facts("openai/gpt-4o").tools is True
    assert facts("openai/tts-1").price.character == pytest.approx(1.5e-5)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_counted_tokens_are_never_more_than_the_quick_bound(text: str) -> None:
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": [{"type": "text", "text": text}]}]
    assert 0 < counted_tokens("openai/gpt-4o", messages) <= most_tokens(messages)


def test_a_call_may_cost_no_less_than_it_does() -> None:
    call = TextCall("plan", Errand(), [{"role": "user", "content": "x" * 4000}])
    endpoint = Endpoint("a", "openai/gpt-4o", input_usd=1.0, output_usd=1.0)
    assert call.counted(endpoint) <= call.bound()
    assert call.worst(price_of(endpoint), call.bound(), 100) == pytest.approx((call.bound() + 100) / 1e6)


@pytest.mark.parametrize(
    ("text", "unwilling"),
    [
        ("I'm sorry, but I can't help with that.", True),
        ("I cannot assist with this request.", True),
        ("Sorry, I won't do this.", True),
        ("As an AI language model, I am unable to create that.", True),
        ("Unfortunately, I'm not able to help.", True),
        ("I can't help but admire this room.", True),  # the one that is wrongly taken: short, and asked again
        ("I cannot find a red photo; there are two blue ones. Which do you mean?", False),
        ("Sorry, which one?", False),
        ("I have arranged the photos in a circle.", False),
        ("I can't help with that. " + "But here is what there is to know. " * 20, False),
    ],
)
def test_what_is_no_more_than_a_refusal(text: str, unwilling: bool) -> None:
    assert is_unwilling(text) == unwilling


def test_an_endpoint_is_kept_by_what_differs_from_the_defaults() -> None:
    endpoint = Endpoint("a", "openai/x", base="http://h/v1", kinds=("text", "image"), requests=5)
    kept = endpoint.json()
    assert kept == {"model": "openai/x", "base": "http://h/v1", "kinds": ["text", "image"], "requests": 5}
    assert Endpoint.of("a", {**kept, "written_by_a_later_version": 1}) == endpoint
    assert endpoint.health_key != Endpoint("a", "openai/x", base="http://other/v1").health_key
    assert Endpoint("b", "openai/x", base="http://h/v1").shared == endpoint.shared
    with pytest.raises(Invalid, match="needs a model"):
        Endpoint("a", " ")
