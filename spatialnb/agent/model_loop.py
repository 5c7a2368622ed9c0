"""A model in charge: it is told of the scene, calls operations as tools until it is done, and each call is a step.

The model makes a round at a time; a round's calls become steps of the run, carried out side by side by the same engine
as any plan, and their results go back to it. Models that call tools by themselves are offered tools; others write calls
as JSON, held to a schema where the endpoint can do that (`json_calls.py`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from spatialnb.agent import json_calls
from spatialnb.agent.amend import renamed
from spatialnb.agent.context import describe
from spatialnb.agent.effect import taken
from spatialnb.agent.live import Live
from spatialnb.agent.mind import Memory, Thought
from spatialnb.agent.prompts import prompt
from spatialnb.errors import Invalid, ModelUnavailable, SpatialError
from spatialnb.llm import Answer, Message, Model, Refused, ToolCall
from spatialnb.models.base import FrozenDict
from spatialnb.models.plan import Plan, PlanStep, StepState

if TYPE_CHECKING:
    from spatialnb.operations.workspace import Workspace

Mode: TypeAlias = Literal["tools", "schema", "text"]
MODES: tuple[Mode, ...] = ("tools", "schema", "text")
"""Ways to get calls out of a model, best first."""
ROUNDS = 24
MISSES = 3
"""Rounds in a row without one usable call, after which the model is given up."""
EARLIER = 8
"""Turns of the conversation that the model is told of."""
HANDS = frozenset({"hand", "code"})
"""Operations with one of these tags are what a hand or a table does; the model has better ones."""
LONGEST_RESULT = 2000
"""Characters of a result that go back to the model."""

RUN_PLAN: dict[str, Any] = {
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


class ModelMind:
    """Thinks by a model; a thought is one round of calls."""

    def __init__(self, workspace: Workspace, model: Model) -> None:
        self.name = model.name
        self._workspace = workspace
        self._model = model
        self._mode: Mode | None = None

    async def think(self, live: Live, memory: Memory, amendment: str) -> Thought:
        kept = live.plan.steps if live.plan else ()
        messages: list[Message] = list(memory.get("messages", ())) or await asyncio.to_thread(self._opening, live)
        messages.extend(_results(memory.get("pending", ()), live.steps))
        if amendment:
            messages.append({"role": "user", "content": amendment})
            # What had not begun is for the model to call again, or not.
            kept = tuple(step for step in kept if live.steps[step.id].status not in ("queued", "waiting"))
        rounds, misses = int(memory.get("rounds", 0)), int(memory.get("misses", 0))
        if rounds >= ROUNDS:
            return Thought(kept, self.name, f"I stopped after {ROUNDS} rounds. Say how to go on.")
        answer = await self._ask(messages, live)
        live.spend(answer.cost_usd)
        if not answer.calls:
            return Thought(kept, self.name, answer.text, spoken=True)
        steps, pending = self._steps(answer.calls, kept)
        misses = 0 if len(steps) > len(kept) else misses + 1
        if misses >= MISSES:
            raise ModelUnavailable(f"{self.name} keeps asking for what cannot be done.")
        messages.append(_said(answer))
        memory = {"messages": messages, "pending": pending, "rounds": rounds + 1, "misses": misses}
        return Thought(steps, self.name, final=False, memory=memory)

    async def close(self) -> None:
        from spatialnb.llm.client import close

        await close()

    # -- asking --------------------------------------------------------------------------------------------------------
    def _opening(self, live: Live) -> list[Message]:
        workspace = self._workspace
        scene = describe(workspace.project, workspace.pointing)
        messages: list[Message] = [
            {"role": "system", "content": f"{prompt('conductor')}\n\n# The project now\n{scene}"}
        ]
        for turn in workspace.store.conversation(workspace.name).turns(EARLIER + 1):
            if turn.id != live.id and turn.reply and turn.status != "running":
                messages.append({"role": "user", "content": turn.request[:2000]})
                messages.append({"role": "assistant", "content": turn.reply[:2000]})
        return [*messages, {"role": "user", "content": live.state.request}]

    def _tools(self) -> list[dict[str, Any]]:
        return [*(operation.tool() for operation in self._workspace.registry if not operation.tags & HANDS), RUN_PLAN]

    async def _ask(self, messages: Sequence[Message], live: Live) -> Answer:
        """One answer, in the best way that this model's endpoint takes; the way is remembered."""
        if self._mode is None:
            self._mode = "schema" if await self._model.takes_tools() is False else "tools"
        for mode in MODES[MODES.index(self._mode) :]:
            try:
                answer = await (self._by_tools if mode == "tools" else self._by_json)(messages, live, mode)
            except Refused:
                if mode == MODES[-1]:
                    raise
                continue
            self._mode = mode
            return answer
        raise AssertionError("unreachable: the last way returns or raises")

    async def _by_tools(self, messages: Sequence[Message], live: Live, _: Mode) -> Answer:
        before = live.reply
        first = True

        def hear(text: str) -> None:
            nonlocal first
            live.say(f"\n\n{text}" if first and before else text)
            first = False

        def again() -> None:
            nonlocal first
            first = True
            if live.reply != before:
                live.update(reply=before)

        try:
            answer = await self._model.answer(messages, tools=self._tools(), on_text=hear, on_again=again)
        except ModelUnavailable:
            again()
            raise
        if not answer.calls and (calls := self._written(answer.text)):
            again()  # a call in the text of an answer is not for people
            return Answer("", calls, answer.cost_usd)
        return answer

    def _written(self, text: str) -> tuple[ToolCall, ...]:
        """Calls that a model wrote into its text, if they are of operations that there are."""
        if "{" not in text:
            return ()
        known = {"run_plan", *(operation.name for operation in self._workspace.registry)}
        return tuple(call for call in json_calls.read(text) or () if call.name in known)

    async def _by_json(self, messages: Sequence[Message], live: Live, mode: Mode) -> Answer:
        tools = self._tools()
        first, *others = json_calls.flattened(messages)
        told = {**first, "content": f"{first['content']}\n\n{prompt('json')}\n{json_calls.listing(tools)}"}
        shape = json_calls.schema(tools) if mode == "schema" else None
        answer = await self._model.answer([told, *others], schema=shape)
        calls = json_calls.read(answer.text)
        if calls is None and mode == "schema" and answer.text.lstrip()[:1] in ("{", "["):
            raise Refused(f"{self.name} does not keep to the schema.")
        said = [_reply_of(call) for call in calls or () if call.name == json_calls.REPLY]
        todo = tuple(call for call in calls or () if call.name != json_calls.REPLY)
        text = "" if todo else "\n".join(said) if calls else answer.text
        live.say(f"\n\n{text}" if text and live.reply else text)
        return Answer(text, todo, answer.cost_usd)

    # -- calls to steps ------------------------------------------------------------------------------------------------
    def _steps(
        self, calls: Sequence[ToolCall], kept: Sequence[PlanStep]
    ) -> tuple[tuple[PlanStep, ...], list[dict[str, Any]]]:
        """The run's steps with those that `calls` ask for, and for each call its steps or what is wrong with it."""
        steps = list(kept)
        pending: list[dict[str, Any]] = []
        for call in calls:
            try:
                new = self._planned(call, steps)
            except SpatialError as error:
                pending.append({"id": call.id, "steps": [], "error": str(error)})
                continue
            steps.extend(new)
            pending.append({"id": call.id, "steps": [step.id for step in new], "error": ""})
        return tuple(steps), pending

    def _planned(self, call: ToolCall, steps: Sequence[PlanStep]) -> tuple[PlanStep, ...]:
        given = _arguments(call)
        if call.name != "run_plan":
            return (self._step(f"s{len(steps) + 1}", call.name, given),)
        listed = given.get("steps")
        if not isinstance(listed, list) or not listed or not all(isinstance(step, dict) for step in listed):
            raise Invalid("run_plan needs a list of steps.", "steps")
        names = {str(step.get("id", at)): f"s{len(steps) + at + 1}" for at, step in enumerate(listed)}
        new: list[PlanStep] = []
        for at, step in enumerate(listed):
            args = step.get("args") or {}
            made = self._step(
                str(step.get("id", at)), str(step.get("operation", "")), args if isinstance(args, dict) else {}
            )
            after = tuple(str(name) for name in step.get("after") or ())
            if unknown := {*after, *taken(made.args)} - names.keys():
                raise Invalid(
                    f"Step {made.id} refers to {', '.join(sorted(unknown))}, which the plan does not have.", "after"
                )
            title = str(step.get("title") or made.title)
            new.append(renamed(made.model_copy(update={"after": after, "title": title}), names))
        try:
            Plan(request="", steps=tuple(new))
        except ValueError as error:
            raise Invalid(f"That plan cannot be carried out: {error}", "steps") from None
        return tuple(new)

    def _step(self, step_id: str, name: str, args: Mapping[str, Any]) -> PlanStep:
        operation = self._workspace.registry.get(name)
        if not taken(args):
            operation.validate(args)
        told = " · ".join(str(value) for value in args.values() if isinstance(value, str) and len(value) < 40)
        verb = name.replace("_", " ").capitalize()
        return PlanStep(id=step_id, operation=name, args=FrozenDict(args), title=f"{verb}: {told}" if told else verb)


def _arguments(call: ToolCall) -> dict[str, Any]:
    try:
        given = json.loads(call.arguments or "{}")
    except ValueError:
        raise Invalid(f"The arguments of {call.name} are not JSON.") from None
    if not isinstance(given, dict):
        raise Invalid(f"The arguments of {call.name} are not an object.")
    return given


def _said(answer: Answer) -> Message:
    """A model's own answer, to be given back to it."""
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}
        for call in answer.calls
    ]
    return {"role": "assistant", "content": answer.text or None, "tool_calls": calls}


def _reply_of(call: ToolCall) -> str:
    return str(_arguments(call).get("text", ""))


def _results(pending: Sequence[Mapping[str, Any]], steps: Mapping[str, StepState]) -> list[Message]:
    """What became of the calls of the round before."""
    return [{"role": "tool", "tool_call_id": call["id"], "content": _result(call, steps)} for call in pending]


def _result(call: Mapping[str, Any], steps: Mapping[str, StepState]) -> str:
    if call["error"]:
        return f"Error: {call['error']}"
    told = [
        _told(steps[name]) if name in steps else "Not done: the person changed the request." for name in call["steps"]
    ]
    if len(told) == 1:
        return told[0]
    return "\n".join(f"{name}: {text}" for name, text in zip(call["steps"], told, strict=True))


def _told(step: StepState) -> str:
    if step.status == "done":
        text = json.dumps(step.result, ensure_ascii=False)
        return text if len(text) <= LONGEST_RESULT else f"{text[:LONGEST_RESULT]}… (shortened)"
    if step.status == "failed":
        return f"Error: {step.error}"
    if step.status == "skipped":
        return f"Not done. {step.note}"
    return "Not done: the person changed the request."
