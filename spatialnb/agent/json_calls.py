"""Tool calls for models that cannot make any: a JSON schema that stands for the tools, and a forgiving reader."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from spatialnb.llm import Message, ToolCall

Tool = Mapping[str, Any]
"""A tool in OpenAI's function calling format."""

REPLY = "reply"
"""The stand-in tool by which such a model ends its turn."""
NAMES = ("tool", "name", "function", "operation", "action")
ARGUMENTS = ("arguments", "parameters", "args", "input")
LISTS = ("calls", "tool_calls", "tools", "steps")


def schema(tools: Iterable[Tool]) -> dict[str, Any]:
    """JSON Schema of one call of any of `tools`, or of a reply."""
    shared: dict[str, Any] = {}
    shapes: list[dict[str, Any]] = []
    for tool in tools:
        function = tool["function"]
        parameters = dict(function["parameters"])
        shared |= parameters.pop("$defs", {})
        shapes.append(_shape(function["name"], parameters))
    shapes.append(_shape(REPLY, {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}))
    return {"anyOf": shapes, **({"$defs": shared} if shared else {})}


def _shape(name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"tool": {"const": name}, "arguments": {**parameters, "additionalProperties": False}},
        "required": ["tool", "arguments"],
        "additionalProperties": False,
    }


def listing(tools: Iterable[Tool]) -> str:
    """The tools in words: a line each, with the names of their arguments; needed ones first, the others with a `?`."""
    lines: list[str] = []
    for tool in tools:
        function = tool["function"]
        parameters = function["parameters"]
        needed = parameters.get("required", ())
        names = [*needed, *(f"{name}?" for name in parameters.get("properties", {}) if name not in needed)]
        choices = [
            f"{name}: {' | '.join(map(str, spec['enum']))}"
            for name, spec in parameters.get("properties", {}).items()
            if isinstance(spec.get("enum"), list)
        ]
        about = str(function.get("description", "")).partition("\n")[0]
        lines.append(f"- {function['name']}({', '.join(names)}): {about} {'; '.join(choices)}".rstrip())
    return "\n".join(lines)


def flattened(messages: Sequence[Message]) -> list[Message]:
    """A conversation with tool calls as one that has only text: calls as JSON, results as what the user says next."""
    flat: list[Message] = []
    names: dict[str, str] = {}
    for message in messages:
        if message.get("tool_calls"):
            calls = [call["function"] for call in message["tool_calls"]]
            names |= {call["id"]: call["function"]["name"] for call in message["tool_calls"]}
            written = [f'{{"tool": {json.dumps(c["name"])}, "arguments": {c["arguments"] or "{}"}}}' for c in calls]
            flat.append({"role": "assistant", "content": "\n".join(written)})
        elif message["role"] == "tool":
            said = f"Result of {names.get(message['tool_call_id'], 'the call')}: {message['content']}"
            if flat and flat[-1]["role"] == "user":
                flat[-1] = {"role": "user", "content": f"{flat[-1]['content']}\n{said}"}
            else:
                flat.append({"role": "user", "content": said})
        else:
            flat.append({"role": message["role"], "content": message.get("content") or ""})
    return flat


def read(text: str) -> tuple[ToolCall, ...] | None:
    """The calls that a text holds, however it wraps them; None if there are none.

    Understood are a call, a list of calls, an object with a list of calls, and several calls one after the other, in
    fences or between words, with the usual slips (single quotes, trailing commas, Python's constants).
    """
    found = [call for value in _values(text) for call in _calls(value)]
    if not found:
        return None
    return tuple(ToolCall(f"call-{i}", name, json.dumps(arguments)) for i, (name, arguments) in enumerate(found))


def _values(text: str) -> Iterator[Any]:
    """Every outermost JSON object or list inside a text."""
    at = 0
    while (start := _opening(text, at)) is not None:
        end = _closing(text, start)
        if end is None:
            return
        value = _loaded(text[start:end])
        yield value
        at = end if value is not None else start + 1


def _opening(text: str, at: int) -> int | None:
    found = [place for bracket in "{[" if (place := text.find(bracket, at)) >= 0]
    return min(found, default=None)


def _closing(text: str, start: int) -> int | None:
    """Where the bracket at `start` is closed, strings skipped."""
    depth, quote, at = 0, "", start
    while at < len(text):
        char = text[at]
        if quote:
            if char == "\\":
                at += 1
            elif char == quote:
                quote = ""
        elif char == '"' or (char == "'" and text[at - 1] in "{[,: "):
            quote = char
        elif char in "{[":
            depth += 1
        elif char in "}]":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return None


def _loaded(text: str) -> Any:
    tidy = re.sub(r",\s*([}\]])", r"\1", text)
    for load in (json.loads, ast.literal_eval):
        for form in (text, tidy):
            try:
                return load(form)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
    return None


def _calls(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, list):
        for inner in value:
            yield from _calls(inner)
    if not isinstance(value, dict):
        return
    for key in LISTS:
        if isinstance(value.get(key), list):
            yield from _calls(value[key])
            return
    name = next((value[key] for key in NAMES if key in value), None)
    if isinstance(name, dict):  # {"type": "function", "function": {"name": ..., "arguments": ...}}
        yield from _calls(name)
        return
    arguments = next((value[key] for key in ARGUMENTS if key in value), None)
    if isinstance(arguments, str):
        arguments = _loaded(arguments)
    if isinstance(name, str) and isinstance(arguments, dict):
        yield name, {str(key): inner for key, inner in arguments.items()}
