"""A model in charge: it is told of the scene, calls operations as tools until it is done, and each call is a step.

The model makes a round at a time; a round's calls become steps of the run, carried out side by side by the same engine
as any plan, and their results go back to it. Models that call tools by themselves are offered tools; others write calls
as JSON, held to a schema where the endpoint can do that (`json_calls.py`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spatialnb.agent import json_calls
from spatialnb.agent.amend import renamed
from spatialnb.agent.context import describe
from spatialnb.agent.effect import taken
from spatialnb.agent.live import Live
from spatialnb.agent.mind import Memory, Thought
from spatialnb.agent.order import in_turn, pointed
from spatialnb.agent.prompts import prompt
from spatialnb.agent.rounds import Asked, Mode, Round, results
from spatialnb.agent.shorten import LEVELS, fitted
from spatialnb.agent.toolbox import OWN, offered, searched
from spatialnb.agent.used import use_of
from spatialnb.errors import Invalid, ModelUnavailable, SpatialError
from spatialnb.llm import Answer, Hop, Message, Refused, Router, ToolCall, TooLong
from spatialnb.llm.failures import is_unwilling
from spatialnb.models.base import FrozenDict
from spatialnb.models.plan import Plan, PlanStep

if TYPE_CHECKING:
    from spatialnb.operations.workspace import Workspace

MODES: tuple[Mode, ...] = ("tools", "schema", "text")
"""Ways to get calls out of a model, best first."""
HOW: Mapping[Mode, str] = {
    "tools": "",
    "schema": "by JSON of a given shape, as tools did not work",
    "text": "by JSON in its text, as neither tools nor a shape worked",
}
"""What the run says of the way, where it is not the best."""
TAKES_TOOLS = {"task": "plan", "input": "Does it call tools by itself?"}
"""What is recorded of the first question about a model."""
ROUNDS = 24
MISSES = 2
"""Rounds in a row without one usable call, after which calls are got in another way, or the model is given up."""
REPEATS = 4
"""Rounds in a row with the very same calls, after which the model goes round in circles."""
EARLIER = 8
"""Turns of the conversation that the model is told of."""


class ModelMind:
    """Thinks by a model; a thought is one round of calls. A router of its `own` it ends with itself."""

    name = "model"

    def __init__(self, workspace: Workspace, router: Router, *, own: bool = False) -> None:
        self._workspace = workspace
        self._router = router
        self._own = own
        self._best: tuple[str, Mode] | None = None
        """The endpoint that answered last and the best way that it took."""

    def ready(self) -> bool:
        """Whether there is a model for planning, or the answers of one."""
        recorder = self._workspace.recorder
        return self._router.has("plan") or (recorder is not None and recorder.holds("model"))

    async def think(self, live: Live, memory: Memory, amendment: str) -> Thought:
        kept = live.plan.steps if live.plan else ()
        round_ = Round.of(memory)
        messages = round_.messages or await asyncio.to_thread(self._opening, live)
        messages.extend(results(round_.pending, live.steps))
        done = [step for name in round_.made if (step := live.steps.get(name)) and step.status == "done"]
        if len(done) > 1:
            await asyncio.to_thread(self._workspace.point, **pointed(done))
        if amendment:
            messages.append({"role": "user", "content": amendment})
            # What had not begun is for the model to call again, or not.
            kept = tuple(step for step in kept if live.steps[step.id].status not in ("queued", "waiting"))
        if round_.number >= ROUNDS:
            reply = f"I stopped after {ROUNDS} rounds. Say how to go on."
            return Thought(kept, round_.by or self.name, reply, understood=False)
        words = "\n".join((live.state.request, amendment)).strip()
        tools = await asyncio.to_thread(offered, self._workspace.registry, words, (*round_.used, *round_.found))
        asked = Asked(live, fitted(messages), tools, round_.mode)
        answer, mode = await self._ask(asked)
        by = answer.used.model or self.name
        live.use(use_of(answer, HOW[mode]))
        if not answer.calls:
            if not kept and is_unwilling(answer.text):
                live.update(reply="")
                raise _useless(answer, by, "would not do this.")
            return Thought(kept, by, answer.text, spoken=True)
        steps, pending, found = self._steps(answer.calls, kept)
        after = round_.after(asked.messages, answer, pending, found, by)
        if after.repeats >= REPEATS:
            return Thought(kept, by, "I kept asking for the same and stopped. Say how to go on.", understood=False)
        if after.misses >= MISSES:
            if mode == MODES[-1]:
                raise _useless(answer, by, "keeps asking for what cannot be done.")
            # Held to a shape, or told of the tools in words, it may do better.
            after = replace(after, mode=MODES[MODES.index(mode) + 1], misses=0)
        return Thought(steps, by, final=False, memory=after.json())

    async def close(self) -> None:
        await self._router.close()
        if self._own:
            await asyncio.to_thread(self._router.shut)

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

    async def _ask(self, asked: Asked) -> tuple[Answer, Mode]:
        """One answer, in the best way that the endpoint takes, and that way. What is too long is shortened first."""
        for mode in MODES[MODES.index(await self._first(asked)) :]:
            try:
                answer = await self._in_full(asked, mode)
            except Refused:
                if mode == MODES[-1]:
                    raise
                continue
            if asked.mode is None:  # another endpoint may take what the one before it did not
                endpoint = answer.used.endpoint
                self._best = (endpoint, mode) if self._best is None or self._best[0] == endpoint else None
            return answer, mode
        raise AssertionError("unreachable: the last way returns or raises")

    async def _first(self, asked: Asked) -> Mode:
        """The way to begin with."""
        if asked.mode:
            return asked.mode
        if self._best:
            return self._best[1]
        recorder = self._workspace.recorder
        if recorder is None:
            takes = await self._router.takes_tools("plan")
        else:  # in replay nobody could be asked
            takes = await recorder.acall("model", TAKES_TOOLS, lambda: self._router.takes_tools("plan"))
        return "schema" if takes is False else "tools"

    async def _in_full(self, asked: Asked, mode: Mode) -> Answer:
        """One answer in one way. A request that is too long is shortened and made again, further each time."""
        ask = self._by_tools if mode == "tools" else self._by_json
        for level in range(LEVELS + 1):
            try:
                return await ask(asked, mode)
            except TooLong:
                if level == LEVELS:
                    raise
                asked.shorten(level + 1)
        raise AssertionError("unreachable: the last level returns or raises")

    async def _by_tools(self, asked: Asked, _: Mode) -> Answer:
        live = asked.live
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
            answer = await self._text(asked, asked.messages, tools=asked.tools, on_text=hear, on_again=again)
        except SpatialError:
            again()
            raise
        if not answer.calls and (calls := self._written(answer.text)):
            again()  # a call in the text of an answer is not for people
            return replace(answer, text="", calls=calls)
        return answer

    async def _text(self, asked: Asked, messages: Sequence[Message], **how: Any) -> Answer:
        return await self._router.text("plan", messages, run=asked.live.id, project=self._workspace.name, **how)

    def _written(self, text: str) -> tuple[ToolCall, ...]:
        """Calls that a model wrote into its text, if they are of operations that there are."""
        if "{" not in text:
            return ()
        known = {*OWN, *(operation.name for operation in self._workspace.registry)}
        return tuple(call for call in json_calls.read(text) or () if call.name in known)

    async def _by_json(self, asked: Asked, mode: Mode) -> Answer:
        first, *others = json_calls.flattened(asked.messages)
        told = {**first, "content": f"{first['content']}\n\n{prompt('json')}\n{json_calls.listing(asked.tools)}"}
        shape = json_calls.schema(asked.tools) if mode == "schema" else None
        answer = await self._text(asked, [told, *others], schema=shape)
        calls = json_calls.read(answer.text)
        if calls is None and mode == "schema" and answer.text.lstrip()[:1] in ("{", "["):
            raise Refused(f"{answer.used.model or 'The model'} does not keep to the schema.")
        said = [_reply_of(call) for call in calls or () if call.name == json_calls.REPLY]
        todo = tuple(call for call in calls or () if call.name != json_calls.REPLY)
        text = "" if todo else "\n".join(said) if calls else answer.text
        asked.live.say(f"\n\n{text}" if text and asked.live.reply else text)
        return replace(answer, text=text, calls=todo)

    # -- calls to steps ------------------------------------------------------------------------------------------------
    def _steps(
        self, calls: Sequence[ToolCall], kept: Sequence[PlanStep]
    ) -> tuple[tuple[PlanStep, ...], list[dict[str, Any]], tuple[str, ...]]:
        """The run's steps with those that `calls` ask for, for each call its steps or what is to be said of it, and the
        names of tools that were found."""
        steps = list(kept)
        pending: list[dict[str, Any]] = []
        found: tuple[str, ...] = ()
        for call in calls:
            new: tuple[PlanStep, ...] = ()
            told = error = ""
            try:
                if call.name == "search_tools":
                    names, told = searched(self._workspace.registry, _arguments(call))
                    found = (*found, *names)
                else:
                    new = self._planned(call, steps)
            except SpatialError as wrong:
                error = str(wrong)
            steps.extend(new)
            pending.append({"id": call.id, "steps": [step.id for step in new], "told": told, "error": error})
        return (*kept, *in_turn(steps[len(kept) :], self._workspace.registry)), pending, found

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


def _useless(answer: Answer, by: str, why: str) -> ModelUnavailable:
    """An answer that came but is of no use."""
    told = f"{by} {why}"
    return ModelUnavailable(told, (*answer.used.hops, Hop(by, told)))


def _arguments(call: ToolCall) -> dict[str, Any]:
    try:
        given = json.loads(call.arguments or "{}")
    except ValueError:
        raise Invalid(f"The arguments of {call.name} are not JSON.") from None
    if not isinstance(given, dict):
        raise Invalid(f"The arguments of {call.name} are not an object.")
    return given


def _reply_of(call: ToolCall) -> str:
    return str(_arguments(call).get("text", ""))
