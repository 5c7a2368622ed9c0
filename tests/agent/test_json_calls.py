"""Calls of models that have no tools, as they really write them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialnb.agent import json_calls

CALL = ("label", {"text": "one"})


@pytest.mark.parametrize(
    "text",
    [
        '{"tool": "label", "arguments": {"text": "one"}}',
        'Sure!\n```json\n{"tool": "label", "arguments": {"text": "one"}}\n```\nDone.',
        '{"name": "label", "parameters": {"text": "one"}}',
        '{"type": "function", "function": {"name": "label", "arguments": "{\\"text\\": \\"one\\"}"}}',
        "{'tool': 'label', 'arguments': {'text': 'one'}}",
        '{"tool": "label", "arguments": {"text": "one",},}',
        '[{"tool": "label", "arguments": {"text": "one"}}]',
        '{"calls": [{"tool": "label", "arguments": {"text": "one"}}]}',
        'I think {this} works: {"tool": "label", "arguments": {"text": "one"}}',
    ],
)
def test_a_call_is_read_however_it_is_wrapped(text: str) -> None:
    read = json_calls.read(text)
    assert read is not None
    assert [(call.name, json.loads(call.arguments)) for call in read] == [CALL]


def test_several_calls_one_after_the_other() -> None:
    one = '{"tool": "label", "arguments": {"text": "one"}}'
    read = json_calls.read(f"{one}\n{one}")
    assert read is not None
    assert [call.name for call in read] == ["label", "label"]
    assert read[0].id != read[1].id


@pytest.mark.parametrize(
    "text", ["", "No calls here.", "{", '{"weather": "sunny"}', '{"tool": "label"', "[1, 2]", "{'a': }"]
)
def test_what_is_no_call_is_none(text: str) -> None:
    assert json_calls.read(text) is None


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    json_calls.read(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4), st.text(alphabet="abc .!\n", max_size=30))
def test_whatever_the_arguments_they_come_through(arguments: dict[str, object], around: str) -> None:
    text = f"{around}{json.dumps({'tool': 'label', 'arguments': arguments})}{around}"
    read = json_calls.read(text)
    assert read is not None
    assert json.loads(read[0].arguments) == arguments


def test_a_schema_stands_for_the_tools() -> None:
    from spatialnb.operations import load_operations
    from spatialnb.operations.registry import DEFAULT

    load_operations()
    shape = json_calls.schema([operation.tool() for operation in DEFAULT])
    text = json.dumps(shape)
    names = {s["properties"]["tool"]["const"] for s in shape["anyOf"]}
    assert names == {operation.name for operation in DEFAULT} | {"reply"}
    referred = {part.split('"')[0] for part in text.split("#/$defs/")[1:]}
    assert referred <= set(shape.get("$defs", {}))


def test_a_conversation_without_tools_reads_on() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "label", "arguments": '{"text": "one"}'}}
    flat = json_calls.flattened(
        [
            {"role": "system", "content": "You are."},
            {"role": "user", "content": "write"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": "done"},
            {"role": "tool", "tool_call_id": "c", "content": "again"},
        ]
    )
    assert [message["role"] for message in flat] == ["system", "user", "assistant", "user"]
    assert flat[2]["content"] == '{"tool": "label", "arguments": {"text": "one"}}'
    assert flat[3]["content"] == "Result of label: done\nResult of label: again"
