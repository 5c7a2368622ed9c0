"""What a model is offered: the few tools that a request is likely to need, a way to the others, and whole plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from spatialnb.errors import Invalid

if TYPE_CHECKING:
    from spatialnb.operations.registry import Operation, Registry

Tool: TypeAlias = dict[str, Any]
"""A tool in OpenAI's function calling format."""

SHOWN = 15
"""Tools offered for a request, the two of this module among them; those that were searched for come on top."""
FOUND = 5
"""Tools that one search adds."""
HANDS = frozenset({"hand", "code"})
"""Operations with one of these tags are what a hand or a table does; the model has better ones."""

SEARCH_TOOLS: Tool = {
    "type": "function",
    "function": {
        "name": "search_tools",
        "description": (
            "Find more tools by what they do, such as 'make sound' or 'list notebooks'. What is found can be "
            "called from your next answer on."
        ),
        "parameters": {"type": "object", "properties": {"words": {"type": "string"}}, "required": ["words"]},
    },
}
RUN_PLAN: Tool = {
    "type": "function",
    "function": {
        "name": "run_plan",
        "description": (
            "Carry out several calls as one plan. Steps run side by side unless `after` says otherwise. An argument "
            'may be taken from an earlier step\'s result: {"from": "a", "field": "items"}.'
        ),
        "parameters": {
            "type": "object",
            "properties": {
                "steps": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "properties": {
                            "id": {"type": "string"},
                            "operation": {"type": "string"},
                            "args": {"type": "object"},
                            "title": {"type": "string"},
                            "after": {"type": "array", "items": {"type": "string"}},
                        },
                        "required": ["id", "operation", "args"],
                    },
                }
            },
            "required": ["steps"],
        },
    },
}
OWN = ("search_tools", "run_plan")


def offered(registry: Registry, request: str, more: Iterable[str] = ()) -> list[Tool]:
    """The tools to show for `request`: what fits it, then those named in `more`, then search and plans."""
    room = SHOWN - len(OWN)
    # A few more are asked for than are shown, for some of them are not for models.
    fitting = registry.relevant(request, limit=room + len(OWN) + _hidden(registry))
    shown = {operation.name: operation for operation in [o for o in fitting if _is_for_models(o)][:room]}
    shown |= {name: registry.get(name) for name in more if name in registry and name not in shown}
    return [*(operation.tool() for operation in shown.values()), SEARCH_TOOLS, RUN_PLAN]


def searched(registry: Registry, arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """The names of what a search finds, and what the model is told of it. Raises `Invalid` without words."""
    words = arguments.get("words")
    if not isinstance(words, str) or not words.strip():
        raise Invalid("search_tools needs words that say what the tool should do.", "words")
    found = registry.search(words, limit=FOUND + _hidden(registry))
    operations = [hit.operation for hit in found if _is_for_models(hit.operation)][:FOUND]
    if not operations:
        return (), f"No tool does “{words}”. Say so, or try other words once."
    lines = "\n".join(f"- {operation.name}: {operation.summary}" for operation in operations)
    return tuple(operation.name for operation in operations), f"You can call from now on:\n{lines}"


def names(tools: Sequence[Tool]) -> list[str]:
    return [tool["function"]["name"] for tool in tools]


def _is_for_models(operation: Operation) -> bool:
    return not operation.tags & HANDS and operation.name not in OWN


def _hidden(registry: Registry) -> int:
    return sum(not _is_for_models(operation) for operation in registry)
