"""A round of asking a model: what it is asked, what it is told of its calls, and what is known again in the next."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from spatialnb.agent.context import portable
from spatialnb.agent.live import Live
from spatialnb.agent.mind import Memory
from spatialnb.agent.shorten import cut, shortened
from spatialnb.agent.toolbox import OWN
from spatialnb.llm import Answer, Message, ToolCall
from spatialnb.models.plan import StepState

Mode: TypeAlias = Literal["tools", "schema", "text"]
MOST_KEPT = 10
"""Tools that stay on offer because they were called, or searched for."""
LONGEST_RESULT = 2000
"""Characters of a result that go back to the model."""


@dataclass
class Asked:
    """What is asked in one round. Shortening it lasts for the rest of the run."""

    live: Live
    messages: list[Message]
    tools: list[dict[str, Any]]
    mode: Mode | None

    def shorten(self, level: int) -> None:
        self.messages = shortened(self.messages, level)
        self.tools = [*self.tools[: max(4, len(self.tools) - 4 * level)], *self.tools[-len(OWN) :]]


@dataclass(frozen=True)
class Round:
    """What is known again in the next round."""

    messages: list[Message] = field(default_factory=list[Message])
    pending: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """The calls of the round before, with their steps or what is to be said of them."""
    number: int = 0
    misses: int = 0
    repeats: int = 0
    mode: Mode | None = None
    """The way that calls are to be got from now on, where the best did not work."""
    used: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    """Tools that were called, and that were searched for: they stay on offer."""
    by: str = ""

    @property
    def made(self) -> list[str]:
        """Ids of the steps that the round before made."""
        return [name for call in self.pending for name in call["steps"]]

    @classmethod
    def of(cls, memory: Memory) -> Round:
        kept: dict[str, Any] = {name: value for name, value in memory.items() if name in cls.__dataclass_fields__}
        for name, kind in (("messages", list), ("used", tuple), ("found", tuple)):
            kept[name] = kind(kept.get(name, ()))
        return cls(**kept)

    def after(
        self,
        messages: Sequence[Message],
        answer: Answer,
        pending: list[dict[str, Any]],
        found: Sequence[str],
        by: str,
    ) -> Round:
        """The round after this one."""
        told = said(answer)
        usable = any(call["steps"] or call["told"] for call in pending)
        before = next((m for m in reversed(self.messages) if m["role"] == "assistant"), {})
        same = [c["function"] for c in before.get("tool_calls", ())] == [c["function"] for c in told["tool_calls"]]
        called = (name for call in answer.calls for name in _operations(call))
        return Round(
            [*messages, told],
            pending,
            self.number + 1,
            0 if usable else self.misses + 1,
            self.repeats + 1 if same and usable else 0,
            self.mode,
            tuple(dict.fromkeys((*self.used, *called)))[-MOST_KEPT:],
            tuple(dict.fromkeys((*self.found, *found)))[-MOST_KEPT:],
            by,
        )

    def json(self) -> dict[str, Any]:
        return asdict(self)


def _operations(call: ToolCall) -> tuple[str, ...]:
    """Names of the operations that a call is about."""
    return () if call.name in OWN else (call.name,)


def said(answer: Answer) -> Message:
    """A model's own answer, to be given back to it."""
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}
        for call in answer.calls
    ]
    return {"role": "assistant", "content": answer.text or None, "tool_calls": calls}


def results(pending: Sequence[Mapping[str, Any]], steps: Mapping[str, StepState]) -> list[Message]:
    """What became of the calls of the round before."""
    return [{"role": "tool", "tool_call_id": call["id"], "content": _result(call, steps)} for call in pending]


def _result(call: Mapping[str, Any], steps: Mapping[str, StepState]) -> str:
    if call["error"]:
        return f"Error: {call['error']}"
    if call.get("told"):
        return str(call["told"])
    told = [
        _told(steps[name]) if name in steps else "Not done: the person changed the request." for name in call["steps"]
    ]
    if len(told) == 1:
        return told[0]
    return "\n".join(f"{name}: {text}" for name, text in zip(call["steps"], told, strict=True))


def _told(step: StepState) -> str:
    if step.status == "done":
        return cut(json.dumps(portable(step.result), ensure_ascii=False), LONGEST_RESULT)
    if step.status == "failed":
        return f"Error: {step.error}"
    if step.status == "skipped":
        return f"Not done. {step.note}"
    return "Not done: the person changed the request."
