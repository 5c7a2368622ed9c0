"""One process's execution of a plan: a task a step, each begun the moment the steps it needs are over."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from spatialnb.agent.effect import Effect
from spatialnb.agent.outside import Outside
from spatialnb.agent.values import EACH, Select, filled, holds, needs, takes, things
from spatialnb.errors import Ambiguous, SpatialError, Stopped, Unavailable
from spatialnb.models.base import FrozenDict, Json
from spatialnb.models.plan import Answer, Decision, Plan, PlanStep, Preview, StepState, part_of

log = logging.getLogger(__name__)

GRACE = 2.0
"""Seconds that a running operation has to notice that it was stopped."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds before a step is tried again, at most: doubled each time, and cut by up to a half, so that steps that failed
together do not come back together."""
REPORTS = 0.1
"""Seconds between two reports of progress from one step."""
OVER = frozenset({"done", "failed", "skipped", "stopped"})

Perform = Callable[[PlanStep, Mapping[str, Json], Callable[[float | None, str], None]], Effect]
"""Carries out a step with its arguments filled in; blocks, reports progress, raises the operation's errors."""


@dataclass(frozen=True)
class Answered:
    """A person's (or a policy's) answer to a step that waits."""

    decision: Decision
    args: Mapping[str, Json] = field(default_factory=dict[str, Json])
    reason: str = ""


Policy = Callable[[StepState], Awaitable[Answered]]
"""Answers in a person's place."""


def _nothing(_: Any) -> list[Json]:
    return []


class Flight:
    """One process's execution of a plan. Everything here happens on one event loop.

    `ask`: steps that say why a person should agree wait for `answer`, unless a `policy` answers. `done_before` tells,
    after a restart, whether a step's effect is there already, so that nobody is asked about it again. `select` finds
    what a selection in the plan points at; `keep` waits until what was emitted is kept.
    """

    def __init__(
        self,
        plan: Plan,
        states: Mapping[str, StepState],
        perform: Perform,
        emit: Callable[[StepState], None],
        *,
        pool: Executor,
        ask: bool = True,
        policy: Policy | None = None,
        done_before: Callable[[PlanStep], Awaitable[bool]] | None = None,
        foresee: Callable[[PlanStep, Mapping[str, Json]], Preview] | None = None,
        select: Select = _nothing,
        keep: Callable[[], Awaitable[None]] | None = None,
        outside: Outside | None = None,
    ) -> None:
        self.plan = plan
        self.steps = {step.id: step for step in plan.steps}
        self.states = dict(states)
        self._ask_first, self._policy = ask, policy
        self.choices: tuple[tuple[str, str], ...] = ()
        """What an ambiguous reference could have meant."""
        self.undo_wanted = False
        """A step failed for which everything is to be taken back."""
        self._perform, self._emit, self._pool, self._done_before = perform, emit, pool, done_before
        self._foresee, self._select, self._keep, self._outside = foresee, select, keep, outside
        self._loop = asyncio.get_running_loop()
        self._tasks: dict[str, asyncio.Task[StepState | None]] = {}
        self._answers: dict[str, asyncio.Future[Answered | None]] = {}
        self._asked: dict[str, asyncio.Future[None]] = {}
        self._stopping: asyncio.Future[None] = self._loop.create_future()
        self._holding = False
        self._halted = ""
        """Why nothing further begins."""
        for state in self.states.values():
            if state.answer is not None:  # it was given in an earlier process
                given = state.answer
                self._answer_of(state.id).set_result(Answered(given.decision, given.args, given.reason))

    def gated(self, step: PlanStep) -> bool:
        """Whether a person is asked before this step."""
        return bool(step.approval) and self._ask_first and self._policy is None

    # -- steering ------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Begin every step that can begin, and the others as soon as they can."""
        for step in self.plan.steps:
            self.settle(step.id)

    def settle(self, step_id: str) -> asyncio.Task[StepState | None]:
        """The task that ends when this step is over. None: it was held back and has not begun."""
        if (task := self._tasks.get(step_id)) is None:
            task = self._tasks[step_id] = self._loop.create_task(self._settle(self.steps[step_id]))
        return task

    def answer(self, step_id: str, answered: Answered) -> bool:
        """Answer a step that waits, or will. False if it was answered before or is over."""
        future = self._answer_of(step_id)
        state = self.states[step_id]
        if future.done() or state.status in OVER:
            return False
        future.set_result(answered)
        if state.status == "waiting":
            given = Answer(decision=answered.decision, args=FrozenDict(answered.args), reason=answered.reason)
            self._change(self.steps[step_id], answer=given)
        return True

    def answer_to(self, step_id: str) -> dict[str, Any] | None:
        """The answer that was given to a step, as JSON, if one was."""
        future = self._answers.get(step_id)
        given = future.result() if future is not None and future.done() else None
        return None if given is None else {"decision": given.decision, "args": dict(given.args), "reason": given.reason}

    async def asked(self, step_id: str) -> bool:
        """Whether the step waits for an answer; False if it is over, or may go on. Waits until that is known."""
        task = self.settle(step_id)
        await asyncio.wait((task, self._asked_of(step_id)), return_when=asyncio.FIRST_COMPLETED)
        return not (task.done() or self._answer_of(step_id).done())

    @property
    def holding(self) -> bool:
        return self._holding

    def hold(self) -> None:
        """Begin no further step. What runs is finished; what waits for an answer is let go unanswered."""
        self._holding = True
        self._let_go(self._answers)

    def stop(self) -> None:
        """Stop now: running operations are told, nothing further begins."""
        if not self._stopping.done():
            self._stopping.set_result(None)
        self._let_go(self.steps)

    def leave(self) -> None:
        """Wait for nothing any more, in this process; what is kept of it goes on in another."""
        for task in self._tasks.values():
            task.cancel()

    def _let_go(self, steps: Iterable[str]) -> None:
        for step_id in steps:
            future = self._answer_of(step_id)
            if not future.done():
                future.set_result(None)

    @property
    def stopping(self) -> bool:
        return self._stopping.done()

    # -- one step ------------------------------------------------------------------------------------------------------
    async def _settle(self, step: PlanStep) -> StepState | None:
        state = self.states[step.id]
        if state.status in OVER:
            return state
        before = [await self.settle(name) for name in needs(step)]
        if self.stopping:
            return self._change(step, status="stopped", note="")
        if self._halted:
            return self._change(step, status="skipped", note=self._halted)
        if self._holding or any(other is None for other in before):
            return None
        if blocked := self._blocked(step, [other for other in before if other is not None]):
            return self._change(step, status="skipped", **blocked)
        try:
            if step.when and not await self._in_pool(lambda: holds(step.when, self._results(), self._select)):  # pyright: ignore[reportArgumentType]
                return self._change(step, status="skipped", needless=True, note="Not needed.")
        except SpatialError as error:
            return self._failed(step, error)
        args: Mapping[str, Json] = step.args
        if step.approval and self._ask_first and not (self._done_before and await self._done_before(step)):
            answered = await (self._policy(state) if self._policy else self._ask(step))
            if answered is None:
                return self._unanswered(step)
            if answered.decision == "reject":
                return self._change(step, status="skipped", note=answered.reason or "You said no.")
            if answered.decision == "edit":
                args = {**args, **answered.args}
            if self._halted or self.stopping:
                return self._unanswered(step)
        return await (self._carry_out(step, args) if step.each is None else self._for_each(step, args))

    def _unanswered(self, step: PlanStep) -> StepState | None:
        if self.stopping:
            return self._change(step, status="stopped", note="")
        return self._change(step, status="skipped", note=self._halted) if self._halted else None

    def _blocked(self, step: PlanStep, before: list[StepState]) -> dict[str, Any] | None:
        """Why a step cannot be done, going by the steps it needs."""
        wants_result = set(takes(step))
        for other in before:
            if other.status == "done" or (self._is_spared(other) and other.id not in wants_result):
                continue
            title = other.title or other.operation
            if other.needless:
                return {"needless": True, "note": f"Not needed, as “{title}” was not."}
            how = {"failed": "did not work", "stopped": "was stopped"}.get(other.status, "was not done")
            return {"note": f"Skipped, because “{title}” {how}."}
        return None

    def _is_spared(self, other: StepState) -> bool:
        """Whether what only comes after it goes on although it is not done."""
        return other.needless or self.steps[other.id].on_error == "skip"

    async def _ask(self, step: PlanStep) -> Answered | None:
        future = self._answer_of(step.id)
        if not future.done():
            self._change(step, status="waiting", approval=step.approval, preview=await self._foreseen(step))
        if not (asked := self._asked_of(step.id)).done():
            asked.set_result(None)
        return await asyncio.shield(future)

    async def _foreseen(self, step: PlanStep) -> Preview:
        """What a person is asked about, as far as it can be told before it is done."""
        if self._foresee is None or step.each is not None:
            return Preview()
        try:
            args = filled(step.args, self._results())
            return await self._loop.run_in_executor(self._pool, self._foresee, step, args)
        except SpatialError as error:
            return Preview(text=str(error))

    # -- for each of a set ---------------------------------------------------------------------------------------------
    async def _for_each(self, step: PlanStep, args: Mapping[str, Json]) -> StepState | None:
        started = time.perf_counter()
        values = self.states[step.id].each
        try:
            if values is None:
                values = await self._in_pool(lambda: things(step.each, self._results(), self._select))
        except SpatialError as error:
            return self._failed(step, error)
        self._change(step, status="running", each=values, note="", error="", answer=None)
        if self._keep:
            # Whoever goes on after a restart has to go on with the same set, though steps may have changed it by then.
            await self._keep()
        parts = [self._part(step, number, value, args) for number, value in enumerate(values)]
        over = await asyncio.gather(
            *(self._part_settled(part, value) for part, value in zip(parts, values, strict=True))
        )
        if any(state is None for state in over):
            return None
        return self._together(step, [state for state in over if state is not None], time.perf_counter() - started)

    def _part(self, step: PlanStep, number: int, value: Json, args: Mapping[str, Json]) -> PlanStep:
        title = step.title or step.operation.replace("_", " ")
        name = value if isinstance(value, str) else str(number + 1)
        part = step.model_copy(
            update={
                "id": part_of(step.id, number),
                "args": FrozenDict(args),
                "title": f"{title}: {name}",
                "after": (),
                "approval": "",
                "when": None,
                "each": None,
            }
        )
        self.steps[part.id] = part
        if part.id not in self.states:
            run = self.states[step.id].run
            self.states[part.id] = StepState(
                id=part.id, run=run, operation=part.operation, title=part.title, parent=step.id
            )
        return part

    async def _part_settled(self, part: PlanStep, value: Json) -> StepState | None:
        if (state := self.states[part.id]).status in OVER:
            return state
        if self.stopping:
            return self._change(part, status="stopped", note="")
        if self._halted:
            return self._change(part, status="skipped", note=self._halted)
        return None if self._holding else await self._carry_out(part, part.args, {EACH: value})

    def _together(self, step: PlanStep, parts: list[StepState], seconds: float) -> StepState:
        """The state of a step that is done for each of a set, from its parts."""
        done = [part for part in parts if part.status == "done"]
        failed = [part for part in parts if part.status == "failed"]
        results = [part.result for part in done]
        items = [item for result in results if isinstance(result, Mapping) for item in _listed(result.get("items"))]
        title = step.title or step.operation.replace("_", " ")
        told = f"{title}, for {len(done)} of {len(parts)}" if len(done) < len(parts) else f"{title}, for {len(parts)}"
        outcome: dict[str, Any] = {
            "result": {"summary": told, "items": list(dict.fromkeys(items)), "results": results},
            "revision": max((part.revision for part in done if part.revision is not None), default=None),
            "seconds": seconds,
            "note": told,
            "preview": Preview(text=told, images=_images(done)),
        }
        if failed:
            error = f"{len(failed)} of {len(parts)} did not work. {failed[0].error}"
            return self._change(step, status="failed", error=error, **outcome)
        missing = next((part.status for part in parts if part.status != "done"), "done")
        return self._change(step, status=missing, progress=1.0, **outcome)

    # -- the effect ----------------------------------------------------------------------------------------------------
    async def _carry_out(
        self, step: PlanStep, args: Mapping[str, Json], known: Mapping[str, Any] = FrozenDict()
    ) -> StepState:
        started = time.perf_counter()
        error: Exception | None = None
        for attempt in _ways(step, args):
            if error is not None:
                title = attempt.title or attempt.operation.replace("_", " ")
                self._change(step, operation=attempt.operation, note=f"{error} Trying another way: {title}.")
            try:
                ready = filled(attempt.args, {**self._results(), **known})
                self._change(step, status="running", note="", progress=None, args=FrozenDict(ready), error="")
                await self._prepare(attempt, ready)
                effect = await self._with_patience(attempt, ready)
            except Stopped as stopped:
                return self._change(step, status="stopped", note=str(stopped), seconds=time.perf_counter() - started)
            except Exception as failure:  # noqa: BLE001 - the boundary of a step: a failure is its state, not ours
                error = failure
                continue
            return self._change(
                step,
                status="done",
                progress=1.0,
                note=effect.summary,
                seconds=time.perf_counter() - started,
                preview=effect.preview,
                result=dict(effect.result),
                revision=effect.revision,
                cost_usd=effect.cost_usd,
            )
        assert error is not None
        return self._failed(step, error, time.perf_counter() - started)

    async def _prepare(self, step: PlanStep, args: Mapping[str, Json]) -> None:
        """Write down that an effect outside of the project begins, and what stands there before it."""
        outside = self._outside
        if outside is None or not outside.concerns(step.operation):
            return
        noted = self.states[step.id].before
        if isinstance(noted, Mapping) and noted.get("operation") == step.operation:
            outside.check_again(step)  # it had begun in an earlier process, which did not come to say how it went
            return
        self._change(step, before=await self._in_pool(lambda: outside.before(step, args)))
        if self._keep:
            await self._keep()

    async def _with_patience(self, step: PlanStep, args: Mapping[str, Json]) -> Effect:
        """The effect of a step, tried again when it fails of something that may pass."""
        for attempt in range(step.retries):
            try:
                return await self._effect(step, args)
            except Stopped:
                raise
            except Unavailable as error:
                self._change(self.steps[step.id], status="running", note=f"{error} Trying again.")
                pause = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE) * random.uniform(0.5, 1)
                await asyncio.wait((self._stopping,), timeout=pause)
                if self.stopping:
                    raise
        return await self._effect(step, args)

    async def _effect(self, step: PlanStep, args: Mapping[str, Json]) -> Effect:
        work = self._loop.run_in_executor(self._pool, self._perform, step, args, self._reporter(step))
        await asyncio.wait((work, self._stopping), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            await asyncio.wait((work,), timeout=GRACE)
        if not work.done():
            work.add_done_callback(_forget)
            raise Stopped("It did not stop in time; if it still changes something, that is in the history.")
        return work.result()

    def _failed(self, step: PlanStep, error: Exception, seconds: float = 0.0) -> StepState:
        if isinstance(error, SpatialError):
            text = str(error)
        else:
            log.error("Step %s (%s) failed.", step.id, step.operation, exc_info=error)
            text = f"{step.operation} broke off unexpectedly ({type(error).__name__}: {error})."
        if isinstance(error, Ambiguous):
            self.choices = error.choices
        state = self._change(step, status="failed", error=text, seconds=seconds)
        self._heed(step, state)
        return state

    def _heed(self, step: PlanStep, state: StepState) -> None:
        """What a failure means for the other steps."""
        undo = "undo" in (step.on_error, self.plan.on_error)
        if not undo and (self.plan.on_error != "stop" or step.on_error == "skip"):
            return
        self.undo_wanted = self.undo_wanted or undo
        self._halted = self._halted or f"Not begun, because “{state.title or state.operation}” did not work."
        self._let_go(list(self._answers))

    def heed_earlier(self) -> None:
        """Failures of an earlier process, which it may not have come to act on."""
        for step in self.plan.steps:
            if self.states[step.id].status == "failed":
                self._heed(step, self.states[step.id])

    def _reporter(self, step: PlanStep) -> Callable[[float | None, str], None]:
        latest = 0.0

        def report(fraction: float | None, note: str) -> None:
            nonlocal latest
            if (now := time.monotonic()) - latest >= REPORTS:
                latest = now
                self._loop.call_soon_threadsafe(self._progress, step, fraction, note)

        return report

    def _progress(self, step: PlanStep, fraction: float | None, note: str) -> None:
        if self.states[step.id].status == "running":
            self._change(step, progress=fraction, note=note)

    def _change(self, step: PlanStep, **fields: Any) -> StepState:
        state = self.states[step.id] = self.states[step.id].model_copy(update=fields)
        self._emit(state)
        return state

    def _results(self) -> dict[str, Any]:
        return {name: state.result for name, state in self.states.items() if isinstance(state.result, dict)}

    def _in_pool(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        return self._loop.run_in_executor(self._pool, work)

    def _answer_of(self, step_id: str) -> asyncio.Future[Answered | None]:
        if (future := self._answers.get(step_id)) is None:
            future = self._answers[step_id] = self._loop.create_future()
        return future

    def _asked_of(self, step_id: str) -> asyncio.Future[None]:
        if (future := self._asked.get(step_id)) is None:
            future = self._asked[step_id] = self._loop.create_future()
        return future


def _ways(step: PlanStep, args: Mapping[str, Json]) -> list[PlanStep]:
    """A step as it is meant, then its alternatives."""
    first = step.model_copy(update={"args": FrozenDict(args)})
    others = [
        step.model_copy(update={"operation": other.operation, "args": other.args, "title": other.title})
        for other in step.alternatives
    ]
    return [first, *others]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _images(parts: Iterable[StepState]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(image for part in parts for image in part.preview.images))[:6]


def _forget(work: asyncio.Future[Effect]) -> None:
    if not work.cancelled() and (error := work.exception()):
        log.info("A step that was given up ended with %r.", error)
