"""The engine: a typed plan as a LangGraph graph, its steps carried out side by side, once each, durably.

Two things that know of each other. The *graph* is the plan as LangGraph sees it: a node a step, an approval as a node
of its own with `interrupt()` before the effect, edges by what a step needs; it is what is checkpointed and resumed. The
*flight* is one process's execution of that plan: a task a step, each begun the moment the steps it needs are over.
Graph nodes wait for the flight's tasks, so a step need not wait, as LangGraph's rounds alone would have it, for slower
steps that happen to stand in the same round.

The graph is checkpointed when it is interrupted or over, not between its steps: what a step came to is kept by whoever
is told of it (`emit`), and a flight that begins with those states does not do them again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from spatialnb.agent.effect import Effect, filled, needs, taken
from spatialnb.errors import Ambiguous, SpatialError, Stopped, Unavailable
from spatialnb.models.base import FrozenDict, Json
from spatialnb.models.plan import Decision, Plan, PlanStep, Preview, StepState

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

log = logging.getLogger(__name__)

GRACE = 2.0
"""Seconds that a running operation has to notice that it was stopped."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
"""Seconds before a step is tried again: doubled each time."""
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


class Flight:
    """One process's execution of a plan. Everything here happens on one event loop.

    `ask`: steps that say why a person should agree wait for `answer`, unless a `policy` answers. `done_before` tells,
    after a restart, whether a step's effect is there already, so that nobody is asked about it again.
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
    ) -> None:
        self.plan = plan
        self.steps = {step.id: step for step in plan.steps}
        self.states = dict(states)
        self._ask_first, self._policy = ask, policy
        self.choices: tuple[tuple[str, str], ...] = ()
        """What an ambiguous reference could have meant."""
        self._perform, self._emit, self._pool, self._done_before = perform, emit, pool, done_before
        self._foresee = foresee
        self._loop = asyncio.get_running_loop()
        self._tasks: dict[str, asyncio.Task[StepState | None]] = {}
        self._answers: dict[str, asyncio.Future[Answered | None]] = {}
        self._asked: dict[str, asyncio.Future[None]] = {}
        self._stopping: asyncio.Future[None] = self._loop.create_future()
        self._holding = False

    def gated(self, step: PlanStep) -> bool:
        """Whether a person is asked before this step."""
        return bool(step.approval) and self._ask_first and self._policy is None

    # -- steering ------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        """Begin every step that can begin, and the others as soon as they can."""
        for step_id in self.steps:
            self.settle(step_id)

    def settle(self, step_id: str) -> asyncio.Task[StepState | None]:
        """The task that ends when this step is over. None: it was held back and has not begun."""
        if (task := self._tasks.get(step_id)) is None:
            task = self._tasks[step_id] = self._loop.create_task(self._settle(self.steps[step_id]))
        return task

    def answer(self, step_id: str, answered: Answered) -> bool:
        """Answer a step that waits, or will. False if it was answered before or is over."""
        future = self._answer_of(step_id)
        if future.done() or self.states[step_id].status in OVER:
            return False
        future.set_result(answered)
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
        for future in self._answers.values():
            if not future.done():
                future.set_result(None)

    def stop(self) -> None:
        """Stop now: running operations are told, nothing further begins."""
        if not self._stopping.done():
            self._stopping.set_result(None)
        for step_id in self.steps:
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
        if self._holding or any(other is None for other in before):
            return None
        if blocked := self._blocked(step, [other for other in before if other is not None]):
            return self._change(step, status="skipped", note=blocked)
        args: Mapping[str, Json] = step.args
        if step.approval and self._ask_first and not (self._done_before and await self._done_before(step)):
            answered = await (self._policy(state) if self._policy else self._ask(step))
            if answered is None:
                return self._change(step, status="stopped", note="") if self.stopping else None
            if answered.decision == "reject":
                return self._change(step, status="skipped", note=answered.reason or "You said no.")
            if answered.decision == "edit":
                args = {**args, **answered.args}
        return await self._carry_out(step, args)

    def _blocked(self, step: PlanStep, before: list[StepState]) -> str:
        """Why a step cannot be done, going by the steps it needs."""
        wants_result = set(taken(step.args))
        for other in before:
            if other.status == "done" or (self.steps[other.id].on_error == "skip" and other.id not in wants_result):
                continue
            title = other.title or other.operation
            how = {"failed": "did not work", "stopped": "was stopped"}.get(other.status, "was not done")
            return f"Skipped, because “{title}” {how}."
        return ""

    async def _ask(self, step: PlanStep) -> Answered | None:
        future = self._answer_of(step.id)
        if not future.done():
            self._change(step, status="waiting", approval=step.approval, preview=await self._foreseen(step))
        if not (asked := self._asked_of(step.id)).done():
            asked.set_result(None)
        return await asyncio.shield(future)

    async def _foreseen(self, step: PlanStep) -> Preview:
        """What a person is asked about, as far as it can be told before it is done."""
        if self._foresee is None:
            return Preview()
        results = {name: s.result for name, s in self.states.items() if isinstance(s.result, dict)}
        try:
            return await self._loop.run_in_executor(self._pool, self._foresee, step, filled(step.args, results))
        except SpatialError as error:
            return Preview(text=str(error))

    async def _carry_out(self, step: PlanStep, args: Mapping[str, Json]) -> StepState:
        started = time.perf_counter()
        try:
            results = {name: s.result for name, s in self.states.items() if isinstance(s.result, dict)}
            ready = filled(args, results)
        except SpatialError as error:
            return self._change(step, status="failed", error=str(error), args=FrozenDict(args))
        self._change(step, status="running", note="", progress=None, args=FrozenDict(ready), error="")
        for attempt in range(step.retries + 1):
            try:
                effect = await self._effect(step, ready)
            except Stopped as error:
                return self._change(step, status="stopped", note=str(error), seconds=time.perf_counter() - started)
            except Unavailable as error:
                if attempt < step.retries and await self._pause(step, attempt, error):
                    continue
                return self._failed(step, error, started)
            except Exception as error:  # noqa: BLE001 - the boundary of a step: a failure is its state, not ours
                return self._failed(step, error, started)
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
        raise AssertionError("unreachable: the last attempt returns")

    async def _effect(self, step: PlanStep, args: Mapping[str, Json]) -> Effect:
        work = self._loop.run_in_executor(self._pool, self._perform, step, args, self._reporter(step))
        await asyncio.wait((work, self._stopping), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            await asyncio.wait((work,), timeout=GRACE)
        if not work.done():
            work.add_done_callback(_forget)
            raise Stopped("It did not stop in time; if it still changes something, that is in the history.")
        return work.result()

    async def _pause(self, step: PlanStep, attempt: int, error: Unavailable) -> bool:
        """Wait before trying again. False if someone stopped the run meanwhile."""
        self._change(step, status="running", note=f"{error} Trying again.")
        pause = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
        await asyncio.wait((self._stopping,), timeout=pause)
        return not self.stopping

    def _failed(self, step: PlanStep, error: Exception, started: float) -> StepState:
        if isinstance(error, SpatialError):
            text = str(error)
        else:
            log.error("Step %s (%s) failed.", step.id, step.operation, exc_info=error)
            text = f"{step.operation} broke off unexpectedly ({type(error).__name__}: {error})."
        if isinstance(error, Ambiguous):
            self.choices = error.choices
        return self._change(step, status="failed", error=text, seconds=time.perf_counter() - started)

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

    def _answer_of(self, step_id: str) -> asyncio.Future[Answered | None]:
        if (future := self._answers.get(step_id)) is None:
            future = self._answers[step_id] = self._loop.create_future()
        return future

    def _asked_of(self, step_id: str) -> asyncio.Future[None]:
        if (future := self._asked.get(step_id)) is None:
            future = self._asked[step_id] = self._loop.create_future()
        return future


def _forget(work: asyncio.Future[Effect]) -> None:
    if not work.cancelled() and (error := work.exception()):
        log.info("A step that was given up ended with %r.", error)


# -- the graph ---------------------------------------------------------------------------------------------------------
def merged(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Any]:
    """Reducer of LangGraph: what parallel nodes found out, together."""
    return {**(old or {}), **(new or {})}


class Decided(TypedDict, total=False):
    """The state of a plan's graph: step id to the answer a person gave.

    How its steps went is the run's to keep (`Live`), not the graph's: a record a step instead of a checkpoint a round.
    """

    decisions: Annotated[dict[str, Any], merged]


LATER = "later"
"""Given to `interrupt()` where another step was answered and this one was not: it asks again when all else is done."""


def node(function: Callable[..., Awaitable[Any]], *bound: Any) -> Any:
    """`function` with its first arguments given, as a node.

    A partial, because LangGraph reads the source of a closure or a method to look for graphs inside it, at 1 ms each.
    """
    return partial(function, *bound)


def compile_plan(flight: Flight) -> CompiledStateGraph[Any]:
    """The LangGraph graph of a flight's plan.

    A step node never raises: that a step failed is its outcome, and the nodes after it look at that. So the branches
    that do not depend on it go on.
    """
    from langgraph.graph import END, START, StateGraph

    graph: StateGraph[Decided] = StateGraph(Decided)
    needed = {name for step in flight.plan.steps for name in needs(step)}
    for step in flight.plan.steps:
        graph.add_node(step.id, node(_step, flight, step.id))
        entry = step.id
        if flight.gated(step):
            entry = f"approve {step.id}"
            # Deferred: it interrupts the graph only when nothing else can go on, and then all that wait do at once.
            asks = node(_approval, flight, step, entry)
            graph.add_node(entry, asks, defer=True, destinations=(step.id, entry))
        before = needs(step)
        graph.add_edge(list(before) if before else START, entry)
        if step.id not in needed:
            graph.add_edge(step.id, END)
    if not flight.plan.steps:
        graph.add_edge(START, END)
    return graph.compile(name="plan")


async def _step(flight: Flight, step_id: str, state: Decided) -> dict[str, Any]:
    """The node of a step."""
    if given := state.get("decisions", {}).get(step_id):
        flight.answer(step_id, Answered(**given))  # no effect in the process where the answer was given
    await flight.settle(step_id)
    return {}


async def _approval(flight: Flight, step: PlanStep, name: str, _: Decided) -> Any:
    """The node, called `name`, in which a step waits for an answer."""
    from langgraph.types import Command, interrupt

    if await flight.asked(step.id):
        given = interrupt({"step": step.id, "reason": step.approval})
        if given == LATER:
            return Command(goto=name)
    else:
        given = flight.answer_to(step.id)
    return Command(goto=step.id, update={"decisions": {step.id: given}} if given else {})
