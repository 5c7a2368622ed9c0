"""A run while it is in this process: its state, what was asked of it, and how the world hears of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any, Literal, TypeAlias

from spatialnb.agent.flight import OVER, Flight
from spatialnb.agent.herald import Herald
from spatialnb.agent.used import added, line
from spatialnb.agent.values import needs
from spatialnb.models.base import Json
from spatialnb.models.events import ReplyDelta, RunChanged, StepChanged
from spatialnb.models.plan import ModelUse, Plan, PlanStep, RunPolicy, RunState, RunStatus, StepState, in_order

Approve: TypeAlias = Literal["ask", "auto"] | Callable[[StepState], "bool | Mapping[str, Json]"]
"""Who agrees to steps that delete, spend or publish: a person, nobody, or a function (a dict it returns edits)."""


class Live:
    """One run's state. Changed on the conductor's loop only; read from any thread."""

    def __init__(
        self, state: RunState, herald: Herald, *, approve: Approve = "ask", actor: str = "", background: bool = False
    ) -> None:
        self.background = background
        self.on_error: RunPolicy | None = None
        """What the failure of a step means, if who asked said so."""
        self.undo_asked = False
        """Someone stopped it so that what it did is taken back."""
        self.approve: Approve = approve
        self.actor = actor
        self.flight: Flight | None = None
        self.amendments: list[str] = []
        """What a person asked to be different, not yet planned."""
        self.fence = 0
        """The number under which it is this process's; see `store/leases.py`."""
        self.lost = False
        """Another process goes on with it: nothing that happens to it here counts any more."""
        self.stopped = threading.Event()
        """Someone wants it to stop."""
        self.stop_asked = asyncio.Event()
        self.wake = asyncio.Event()
        """Something happened that a waiting run should look at."""
        self.settled: Future[None] = Future()
        """Done when the run is over or waits; a new one is set when it goes on."""
        self._herald = herald
        self._load(state)

    def _load(self, state: RunState) -> None:
        self._state = state.model_copy(update={"cost_usd": state.cost_usd - sum(s.cost_usd for s in state.steps)})
        self._steps: dict[str, StepState] = {step.id: step for step in state.steps}
        self._begun = {step.id for step in state.steps}
        self._reply: list[str] = [state.reply] if state.reply else []
        self._began = time.perf_counter() - (state.seconds or 0.0)

    def load(self, state: RunState) -> None:
        """It is now as the store has it: another process went on with it."""
        self._load(state)
        self.flight, self.lost = None, False
        if not self.settled.done():
            self.settled.set_result(None)

    # -- reading -------------------------------------------------------------------------------------------------------
    @property
    def id(self) -> str:
        return self._state.id

    @property
    def plan(self) -> Plan | None:
        return self._state.plan

    @property
    def status(self) -> RunStatus:
        return self._state.status

    @property
    def steps(self) -> Mapping[str, StepState]:
        return self._steps

    @property
    def reply(self) -> str:
        return "".join(self._reply)

    @property
    def state(self) -> RunState:
        steps = tuple(self._steps.values())
        return self._state.model_copy(
            update={
                "steps": steps,
                "reply": self.reply,
                "cost_usd": self._state.cost_usd + sum(step.cost_usd for step in steps),
                "revision": max((step.revision for step in steps if step.revision is not None), default=None),
            }
        )

    # -- telling -------------------------------------------------------------------------------------------------------
    def replan(self, plan: Plan) -> Plan:
        """Another plan: steps that are over keep their state, all others are queued, dropped ones are gone."""
        before = {step.id: step for step in (self.plan.steps if self.plan else ())}
        steps: dict[str, StepState] = {}
        for step in plan.steps:
            old = self._steps.get(step.id)
            if old is None or old.status not in OVER:
                same_set = old is not None and step.id in before and before[step.id].each == step.each
                old = queued(self.id, step, each=old.each if same_set and old else None)
            steps[step.id] = old
            if old.each is not None:
                parts = [part for part in self._steps.values() if part.parent == step.id and part.status in OVER]
                steps.update((part.id, part) for part in in_order(parts))
        self._steps = steps
        self.update(plan=plan)
        return plan

    def begins_at(self, revision: int) -> None:
        """What the project's revision is before it does anything; told with its next update."""
        if self._state.base is None:
            self._state = self._state.model_copy(update={"base": revision})

    def begins(self, step: str) -> bool:
        """Mark a step as begun. Whether it is for the first time, so that it cannot have had an effect yet."""
        if step in self._begun:
            return False
        self._begun.add(step)
        return True

    def emit(self, step: StepState) -> None:
        """A step has a new state."""
        self._steps[step.id] = step
        if self.lost:
            return
        self._herald.publish(StepChanged(state=step))
        if step.status in OVER or step.answer is not None or step.each is not None or step.before is not None:
            self._herald.record(step, self.fence)

    async def kept(self) -> None:
        """Wait until what is known of it is in the store."""
        await asyncio.wrap_future(self._herald.told())

    def update(self, **fields: Any) -> None:
        """The run has a new status, plan, reply or choices."""
        if "reply" in fields:
            self._reply = [fields.pop("reply")]
        self._state = self._state.model_copy(update={**fields, "seconds": time.perf_counter() - self._began})
        if self.lost:
            return
        state = self.state
        self._herald.save(state, self.fence)
        self._herald.publish(RunChanged(state=state))

    def use(self, use: ModelUse) -> None:
        """Something thought for it, at a price. The next `update` tells of it."""
        uses = added(self._state.models, use)
        self._state = self._state.model_copy(
            update={
                "models": uses,
                "used": line(uses),
                "reduced": any(each.reduced for each in uses),
                "cost_usd": self._state.cost_usd + use.cost_usd,
            }
        )

    def say(self, text: str) -> None:
        """More of the reply."""
        if text:
            self._reply.append(text)
        if text and not self.lost:
            self._herald.publish(ReplyDelta(run=self.id, text=text))

    def reset(self, steps: Iterable[str]) -> None:
        """These steps are to be done (again): forget what came of them, but not of the parts that worked."""
        plan = {step.id: step for step in (self.plan.steps if self.plan else ())}
        for name in steps:
            self._steps[name] = queued(self.id, plan[name], each=self._steps[name].each)
            parts = [part for part in self._steps.values() if part.parent == name]
            for part in [part for part in parts if part.status != "done" or part.undone]:
                del self._steps[part.id]

    def go(self, *, anew: bool = False) -> None:
        """It goes on: from now on `settled` is yet to come. `anew`: what it said at an earlier end is taken back."""
        self.stopped.clear()
        self.stop_asked.clear()
        if self.settled.done():
            self.settled = Future()
        said = {"reply": "", "choices": ()} if anew else {}
        self.update(status="running", **said)

    def finish(self, status: RunStatus) -> None:
        """It is over."""
        self.update(status=status)

    # -- reading the plan ----------------------------------------------------------------------------------------------
    def dependants(self, name: str) -> tuple[str, ...]:
        """Steps that need `name`, directly or through others, in the order of the plan."""
        found = {name}
        for step in self.plan.steps if self.plan else ():
            if found.intersection(needs(step)):
                found.add(step.id)
        return tuple(step.id for step in (self.plan.steps if self.plan else ()) if step.id in found and step.id != name)


def queued(run: str, step: PlanStep, *, each: tuple[Json, ...] | None = None) -> StepState:
    """A step before it begins."""
    return StepState(
        id=step.id,
        run=run,
        operation=step.operation,
        title=step.title or step.operation.replace("_", " "),
        args=step.args,
        each=each,
    )
