"""Which requests mean the same, and how those that do not are told apart."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialnb.llm.meaning import differences, key, meaning, title

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "label",
        "description": "Write something.",
        "parameters": {
            "type": "object",
            "properties": {"text": {"type": "string", "title": "Text"}, "title": {"type": "string"}},
            "required": ["text"],
        },
    },
}
OTHER: dict[str, Any] = {"type": "function", "function": {"name": "undo", "parameters": {"type": "object"}}}
CALLS = [
    {"id": "call_9f", "type": "function", "function": {"name": "label", "arguments": '{"text": "one", "size": 1.0}'}},
    {"id": "call_7a", "type": "function", "function": {"name": "undo", "arguments": "{}"}},
]
ASKED: dict[str, Any] = {
    "model": "openai/gpt-5.1",
    "base": "http://127.0.0.1:8001/v1",
    "messages": [
        {"role": "system", "content": "You are the conductor.\nProject: see http://127.0.0.1:8001/v1/x"},
        {"role": "user", "content": "write one"},
        {"role": "assistant", "content": None, "tool_calls": CALLS},
        {"role": "tool", "tool_call_id": "call_9f", "content": "made at 2026-11-20T23:47:01.123Z"},
        {"role": "tool", "tool_call_id": "call_7a", "content": "undone"},
    ],
    "tools": [TOOL, OTHER],
    "temperature": 0.2,
    "seed": 7,
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The request with one place changed."""
    request = copy.deepcopy(ASKED)
    *way, last = [int(part) if part.isdecimal() else part for part in path.split("/")]
    place: Any = request
    for part in way:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return request


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("tools", [OTHER, TOOL]),
        ("base", "http://localhost:64000/v1"),
        ("seed", 8),
        ("temperature", None),
        ("messages/0/content", "You are the   conductor. Project: see http://localhost:5/v1/x "),
        ("messages/2/content", ""),
        ("messages/2/tool_calls/0/function/arguments", '{"size":1,"text":"one"}'),
        ("messages/2/tool_calls/1/function/arguments", ""),
        ("messages/3/content", "made at 2027-01-01T00:00:00+00:00"),
        ("tools/0/function/description", "Write something else entirely."),
        ("tools/0/function/parameters/properties/text/title", "Words"),
        ("api_key", "sk-1234567890123456"),
        ("stream", True),
    ],
)
def test_what_does_not_matter(path: str, value: Any) -> None:
    assert key("model", changed(path, value)) == key("model", ASKED)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model", "openai/gpt-5-mini"),
        ("messages/1/content", "write two"),
        ("messages/1/role", "system"),
        ("messages/2/tool_calls/0/function/arguments", '{"text": "two", "size": 1}'),
        ("messages/4/tool_call_id", "call_9f"),
        ("messages/4", None),
        ("tools", [TOOL]),
        ("tools/0/function/name", "sign"),
        ("tools/0/function/parameters/properties/text/type", "integer"),
        ("tools/0/function/parameters/properties/title", None),
        ("tools/0/function/parameters/required", []),
    ],
)
def test_what_matters(path: str, value: Any) -> None:
    assert key("model", changed(path, value)) != key("model", ASKED)


def test_ids_of_calls_are_told_apart_by_order() -> None:
    text = json.dumps(ASKED).replace("call_9f", "toolu_01").replace("call_7a", "toolu_02")
    assert key("model", json.loads(text)) == key("model", ASKED)


def test_a_seed_matters_to_a_picture() -> None:
    assert key("image", {"prompt": "a fox", "seed": 1}) != key("image", {"prompt": "a fox", "seed": 2})


def test_kinds_are_different_calls() -> None:
    assert key("image", {"model": "m", "text": "a"}) != key("speech", {"model": "m", "text": "a"})


def test_of_a_url_what_is_asked_matters_and_where_on_this_machine_it_is_does_not() -> None:
    def at(url: str) -> str:
        return key("http", {"method": "GET", "url": url})

    assert at("http://127.0.0.1:8001/a?x=1&y=2") == at("http://localhost:9/a?y=2&x=1")
    assert at("https://api.example/a?x=1&api_key=k1") == at("https://api.example/a?x=1")
    assert at("https://api.example/a") != at("https://api.example/b")
    assert at("https://api.example/a") != at("https://other.example/a")
    assert at("https://api.example/a?x=1") != at("https://api.example/a?x=2")


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: shuffled(value[name], chance) for name in names}
    return [shuffled(inner, chance) for inner in value] if isinstance(value, list) else value


@given(values, st.randoms(use_true_random=False))
def test_the_order_of_keys_never_matters_and_meaning_is_its_own_meaning(value: Any, chance: random.Random) -> None:
    request = {"url": "/a", "body": value}
    assert key("http", shuffled(request, chance)) == key("http", request)
    once: Any = meaning("http", request)
    assert meaning("http", once["request"]) == once


@given(values, values)
def test_differences_are_told_exactly_when_there_are_any(one: Any, other: Any) -> None:
    a, b = meaning("http", {"body": one}), meaning("http", {"body": other})
    assert (differences(a, b) == []) == (json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True))
    assert len(differences(a, b)) <= 6


@pytest.mark.parametrize(
    ("kind", "request_", "told"),
    [
        ("model", ASKED, "openai/gpt-5.1: “write one”, round 2"),
        ("model", {"task": "plan", "messages": [{"role": "user", "content": "x" * 99}]}, "plan: “" + "x" * 62 + "…"),
        ("http", {"method": "POST", "url": "http://127.0.0.1:80/pets"}, "POST http://loopback/pets"),
        ("mcp", {"server": "clock", "tool": "now"}, "clock: now"),
        ("image", {"model": "m", "prompt": "a fox"}, "m image “a fox”"),
        ("embedding", {"texts": ["a", "b"]}, "embedding 2 texts, first “a”"),
        ("http", None, "GET"),
    ],
)
def test_titles(kind: str, request_: Any, told: str) -> None:
    assert title(kind, request_) == told
