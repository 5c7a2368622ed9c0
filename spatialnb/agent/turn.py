"""A turn from end to end as a LangGraph graph: understand, execute, again while there is more to do; then reply.

The graph of the plan (`engine.py`) runs inside `execute` and shares the turn's thread of checkpoints, so one thread
holds a run whole: what was thought, what was done, what was answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from spatialnb.agent.effect import Effect, effect, needs, recorded
from spatialnb.agent.engine import OVER, Answered, Flight, compile_plan, node
from spatialnb.agent.live import Live
from spatialnb.agent.mind import Memory, Mind, Thought
from spatialnb.agent.outside import Outside
from spatialnb.agent.reply import status_of, summary, undone
from spatialnb.agent.saga import take_back
from spatialnb.agent.used import given_up, stand_in
from spatialnb.errors import (
    Ambiguous,
    Declined,
    ModelUnavailable,
    NotFound,
    SpatialError,
    Stopped,
    TakenOver,
    Unavailable,
)
from spatialnb.models.base import Json
from spatialnb.models.plan import Plan, PlanStep, RunStatus, StepState
from spatialnb.operations.registry import Reference
from spatialnb.store.leases import fenced

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from spatialnb.operations.workspace import Workspace

WHY = {
    "deletes": "It takes things away.",
    "spends": "It costs money.",
    "publishes": "It makes something public.",
}
"""Why a person is asked, by what an operation says of itself."""


class TurnState(TypedDict, total=False):
    """What a turn keeps between its nodes, all JSON."""

    plan: dict[str, Any] | None
    memory: dict[str, Any]
    thought: dict[str, Any]
    """The latest thought without its steps."""
    next: str
    undone: bool
    """Whether all that it did was taken back, as far as it can be; and why not."""
    why: str


@dataclass(frozen=True)
class Turn:
    """One run's turn: the parts its nodes work with."""

    live: Live
    workspace: Workspace
    minds: Sequence[Mind]
    """In the order they are tried."""
    pool: Executor
    resumed: bool = False

    def graph(self, checkpointer: BaseCheckpointSaver[Any] | None) -> CompiledStateGraph[TurnState]:
        from langgraph.graph import END, START, StateGraph

        graph: StateGraph[TurnState] = StateGraph(TurnState)
        nodes = {
            "understand": Turn._understand,
            "execute": Turn._execute,
            "undo": Turn._undo,
            "reply": Turn._reply,
        }
        for name, function in nodes.items():
            graph.add_node(name, node(function, self))
        graph.add_conditional_edges(START, _next, [*nodes])
        graph.add_conditional_edges("understand", _next, [*nodes])
        graph.add_conditional_edges("execute", _next, ["understand", "undo", "reply"])
        graph.add_edge("undo", "reply")
        graph.add_edge("reply", END)
        return graph.compile(checkpointer=checkpointer, name="turn")

    # -- understand ----------------------------------------------------------------------------------------------------
    async def _understand(self, state: TurnState) -> TurnState:
        live = self.live
        amendment = "\n".join(live.amendments)
        live.amendments.clear()
        failed = False
        try:
            thought = await self._think(state.get("memory") or {}, state.get("thought") or {}, amendment)
        except SpatialError as error:
            choices = tuple(name for _, name in error.choices) if isinstance(error, Ambiguous) else ()
            kept = live.plan.steps if live.plan else ()
            thought, failed = (
                Thought(kept, "planner", str(error), choices, spoken=not kept),
                not isinstance(error, Declined),
            )
        failed = failed or not thought.understood
        plan = Plan(
            request=live.state.request,
            steps=tuple(self._approved(step) for step in thought.steps),
            reply=thought.reply,
            choices=thought.choices,
            author=thought.by,
            on_error=live.on_error or thought.on_error,
        )
        live.update(choices=thought.choices, by=thought.by)
        live.replan(plan)
        ahead = any(step.status not in OVER for step in live.steps.values())
        go_on = "execute" if ahead else "reply" if thought.final else "understand"
        return {
            "plan": plan.model_dump(mode="json"),
            "memory": dict(thought.memory),
            "thought": {**_told(thought), "failed": failed},
            "next": "undo" if live.state.undoing == "begun" else "reply" if live.stopped.is_set() else go_on,
        }

    async def _think(self, memory: Memory, before: Mapping[str, Any], amendment: str) -> Thought:
        """The next thought, of the first mind that can think."""
        live = self.live
        minds = [mind for mind in self.minds if await asyncio.to_thread(mind.ready)]
        names = [mind.name for mind in minds]
        first = names.index(before["by"]) if before.get("by") in names else 0
        for mind in minds[first:]:
            try:
                return await self._until_stopped(mind.think(live, memory, amendment))
            except ModelUnavailable as error:
                if live.steps or mind is minds[-1]:
                    known = live.state.models
                    live.use(given_up(error, known[-1].name if known else mind.name))
                    raise  # planning anew would do again what was done already
                live.use(stand_in(error))
                memory = {}
        raise AssertionError("unreachable: the last mind returns or raises")

    async def _until_stopped(self, thinking: Any) -> Thought:
        task: asyncio.Task[Thought] = asyncio.ensure_future(thinking)
        stop = asyncio.ensure_future(self.live.stop_asked.wait())
        await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task.done():
            return task.result()
        task.cancel()
        kept = self.live.plan.steps if self.live.plan else ()
        return Thought(kept, "", "Stopped.")

    def _approved(self, step: PlanStep) -> PlanStep:
        """The step with a reason to ask first, if its operation or one in its place has one.

        A planner cannot talk it away.
        """
        registry = self.workspace.registry
        names = (step.operation, *(other.operation for other in step.alternatives))
        kinds = [registry.get(name).approval for name in names if name in registry]
        reason = next((WHY[kind] for kind in kinds if kind), "")
        return step if step.approval or not reason else step.model_copy(update={"approval": reason})

    # -- execute -------------------------------------------------------------------------------------------------------
    async def _execute(self, state: TurnState) -> TurnState:
        live = self.live
        plan = live.plan
        if live.flight is None and self.resumed and (kept := state.get("plan")):
            # The checkpoint may be further on than the run that was saved last.
            newest = Plan.model_validate(kept)
            plan = plan if plan == newest else live.replan(newest)
        if plan is None:
            return {"next": "reply"}
        if live.flight is None or live.flight.plan is not plan:
            live.flight = self._flight(plan)
            if self.resumed:
                live.flight.heed_earlier()
            live.flight.start()
            if live.stopped.is_set():
                live.flight.stop()
        flight = live.flight
        await compile_plan(flight).ainvoke({"decisions": {}}, durability="exit")
        live.flight = None
        await live.kept()
        if flight.choices:
            live.update(choices=tuple(name for _, name in flight.choices))
        if flight.undo_wanted or live.state.undoing == "begun":
            live.update(undoing="begun")
            return {"next": "undo"}
        thought = state.get("thought") or {}
        more = not live.stopped.is_set() and (bool(live.amendments) or not thought.get("final", True))
        return {"next": "understand" if more else "reply"}

    def _flight(self, plan: Plan) -> Flight:
        live = self.live
        return Flight(
            plan,
            live.steps,
            self._perform,
            live.emit,
            pool=self.pool,
            ask=live.approve != "auto",
            policy=self._policy if callable(live.approve) else None,
            done_before=self._done_before if self.resumed else None,
            foresee=lambda step, args: self.workspace.foresee(step.operation, args),
            select=self._select,
            keep=live.kept,
            outside=Outside(self.workspace),
        )

    def _select(self, selection: Any) -> list[Json]:
        """Ids of the placed things that a plan's selection points at; where none are, none."""
        try:
            found = self.workspace.resolve(selection, Reference("item"))
        except NotFound:
            return []
        return [item.id for item in found]

    def _perform(self, step: PlanStep, args: Mapping[str, Json], report: Callable[[float | None, str], None]) -> Effect:
        live = self.live
        try:
            with fenced(live.fence):
                return effect(
                    self.workspace,
                    live.id,
                    step,
                    args,
                    correlation_id=live.state.correlation_id,
                    actor=live.actor,
                    report=report,
                    stopped=live.stopped.is_set,
                    new=not self.resumed and live.begins(step.id),
                )
        except TakenOver:
            live.lost = True
            raise

    async def _done_before(self, step: PlanStep) -> bool:
        return await asyncio.to_thread(recorded, self.workspace, self.live.id, step.id) is not None

    async def _policy(self, step: StepState) -> Answered:
        decide = self.live.approve
        if not callable(decide):
            return Answered("approve")
        try:
            given = await asyncio.to_thread(decide, step)
        except Exception as error:  # noqa: BLE001 - a person's function; what it cannot decide is not agreed to
            return Answered("reject", reason=f"The function that decides about steps broke off: {error}.")
        if isinstance(given, Mapping):
            return Answered("edit", dict(given))
        return Answered("approve") if given else Answered("reject", reason="Your policy said no.")

    # -- undo ----------------------------------------------------------------------------------------------------------
    async def _undo(self, _: TurnState) -> TurnState:
        """Take back what the run did. A stop ends that as it ends anything."""
        live = self.live
        if live.undo_asked:  # that was why it stopped
            live.undo_asked = False
            live.stopped.clear()
            live.stop_asked.clear()
        await live.kept()
        loop = asyncio.get_running_loop()

        def tell(step: StepState) -> None:
            loop.call_soon_threadsafe(live.emit, step)

        def work() -> None:
            with fenced(live.fence):
                take_back(self.workspace, live.state, tell, live.stopped.is_set, live.actor)

        try:
            await loop.run_in_executor(self.pool, work)
        except Unavailable as error:
            live.lost = live.lost or isinstance(error, TakenOver)
            return {"undone": False, "why": "" if isinstance(error, Stopped) else str(error)}
        finally:
            await live.kept()
        return {"undone": True}

    # -- reply ---------------------------------------------------------------------------------------------------------
    async def _reply(self, state: TurnState) -> TurnState:
        live = self.live
        thought = state.get("thought") or {}
        steps = tuple(live.steps.values())
        if live.state.undoing:
            complete = state.get("undone", True)
            if complete:
                live.update(undoing="over")
            live.say("\n\n".join(filter(None, [undone(steps, complete), state.get("why", "")])))
            live.finish("failed" if complete and any(step.status == "failed" for step in steps) else "stopped")
            return {"next": ""}
        status = status_of(steps, live.stopped.is_set()) if steps or live.stopped.is_set() else "done"
        if thought.get("failed"):
            status = "partial" if any(step.status == "done" for step in steps) else "failed"
        words = [] if thought.get("spoken") and live.reply else [str(thought.get("reply", ""))]
        if steps and not (thought.get("spoken") and status == "done"):
            words.append(summary(steps))
        text = "\n\n".join(word for word in words if word)
        live.say(f"\n\n{text}" if live.reply and text else text)
        live.finish(status)
        return {"next": ""}


def _next(state: TurnState) -> str:
    return state.get("next") or "understand"


def _told(thought: Thought) -> dict[str, Any]:
    return {"by": thought.by or None, "reply": thought.reply, "final": thought.final, "spoken": thought.spoken}


def unfinished(steps: Mapping[str, StepState], plan: Plan) -> tuple[str, ...]:
    """Steps to do again when a run goes on: failed, stopped or taken back ones, and those skipped for them."""
    again: set[str] = set()
    for step in plan.steps:
        state = steps[step.id]
        broken = state.status in ("failed", "stopped") or _is_taken_back(state.id, steps)
        if broken or (state.status == "skipped" and again.intersection(needs(step))):
            again.add(step.id)
    return tuple(step.id for step in plan.steps if step.id in again)


def _is_taken_back(step: str, steps: Mapping[str, StepState]) -> bool:
    return any(state.undone for state in steps.values() if step in (state.id, state.parent))


__all__ = ["RunStatus", "Turn", "TurnState", "unfinished"]
