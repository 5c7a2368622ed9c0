"""Conversations made to fit: the request and the newest results stay, and every call keeps its result."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spatialnb.agent.shorten import LEVELS, LONGEST_TALK, fitted, shortened

texts = st.text("ab \n", max_size=400)


@st.composite
def conversations(draw: st.DrawFn) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "system", "content": "the scene"}]
    for number in range(draw(st.integers(0, 6))):
        messages.append({"role": "user", "content": f"earlier {number}"})
        messages.append({"role": "assistant", "content": draw(texts)})
    messages.append({"role": "user", "content": "the request"})
    for round_ in range(draw(st.integers(0, 5))):
        ids = [f"call-{round_}-{at}" for at in range(draw(st.integers(1, 3)))]
        calls = [{"id": name, "type": "function", "function": {"name": "search", "arguments": "{}"}} for name in ids]
        messages.append({"role": "assistant", "content": None, "tool_calls": calls})
        messages.extend({"role": "tool", "tool_call_id": name, "content": draw(texts) * 4} for name in ids)
        if draw(st.booleans()):
            messages.append({"role": "user", "content": "an amendment"})
    return messages


def length(messages: list[dict[str, Any]]) -> int:
    return sum(len(str(message.get("content") or "")) for message in messages)


@given(conversations(), st.integers(1, LEVELS))
def test_what_is_needed_stays(messages: list[dict[str, Any]], level: int) -> None:
    short = shortened(messages, level)
    assert short[0] == messages[0]
    assert {"role": "user", "content": "the request"} in short
    assert sum(m["content"] == "an amendment" for m in short) == sum(m["content"] == "an amendment" for m in messages)
    asked = [call["id"] for message in short for call in message.get("tool_calls", ())]
    assert asked == [message["tool_call_id"] for message in short if message["role"] == "tool"]
    assert asked == [call["id"] for message in messages for call in message.get("tool_calls", ())]
    earlier = [m["content"] for m in short if str(m["content"]).startswith("earlier")]
    before = [m["content"] for m in messages if str(m["content"]).startswith("earlier")]
    assert earlier == (before[len(before) - len(before) // 2 :] if level == 1 else [])
    assert length(short) <= length(messages) + 14 * len(asked)


@given(conversations())
def test_what_fits_is_left_alone(messages: list[dict[str, Any]]) -> None:
    assert fitted(messages) == messages
    assert fitted(messages, 0) == shortened(shortened(shortened(messages, 1), 2), 3)


def test_a_very_long_run_stays_bounded() -> None:
    messages: list[dict[str, Any]] = [{"role": "system", "content": "s"}, {"role": "user", "content": "the request"}]
    for number in range(24):
        call = {"id": f"c{number}", "type": "function", "function": {"name": "search", "arguments": "{}"}}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call] * 4})
        messages.extend({"role": "tool", "tool_call_id": f"c{number}", "content": "x" * 2000} for _ in range(4))
    assert length(messages) > 3 * LONGEST_TALK
    assert length(fitted(messages)) < LONGEST_TALK
