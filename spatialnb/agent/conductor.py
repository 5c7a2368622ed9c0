"""The conductor: takes requests, holds each turn from end to end, and lets people steer runs from any thread.

Runs live on one background thread with an event loop of its own, so that they go on while a cell blocks, while a
notebook has a loop of its own, and when there is none.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from spatialnb.agent.engine import LATER, Answered
from spatialnb.agent.herald import Herald
from spatialnb.agent.lanes import Lanes
from spatialnb.agent.lease import Tenure
from spatialnb.agent.live import Approve, Live
from spatialnb.agent.mind import LocalMind, Mind, Planner
from spatialnb.agent.run import Run
from spatialnb.agent.turn import Turn, TurnState, unfinished
from spatialnb.errors import Invalid, NotFound, SpatialError, StoreUnavailable
from spatialnb.models.base import FrozenDict, Json
from spatialnb.models.plan import Decision, RunPolicy, RunState
from spatialnb.store.leases import LEASE

if TYPE_CHECKING:
    from spatialnb.config import Settings
    from spatialnb.llm import Model
    from spatialnb.operations.workspace import Workspace

log = logging.getLogger(__name__)
T = TypeVar("T")

AT_ONCE = 8
"""Operations that run at the same time."""
BEHIND = 4
"""Runs in the background that are under way at the same time; the others wait for their turn."""
LATELY = 20
"""Runs that are kept in memory though nobody holds them any more."""
SPARE = AT_ONCE - max(2, min(4, os.cpu_count() or 2))
"""Of those, how many are kept for runs that a person waits for."""
LONGEST_REQUEST = 20_000
"""Characters. More than that is a text, not a request."""
NOTHING_SAID = "Say what you would like to make or change, for example “arrange the photos in a circle”."
TOO_LONG = (
    f"That is more than {LONGEST_REQUEST:,} characters. Put long texts into a file and ingest it, "
    "and say in a few sentences what to do with it."
)


class Conductor:
    """Conducts the runs of one open project.

    Where there are models (`workspace.models`, or `settings.model`) they decide on steps and the local planner stands
    in when none answers; without, the local planner decides. `planner` and `model` take the place of the usual ones.
    """

    def __init__(
        self, workspace: Workspace, settings: Settings, *, planner: Planner | None = None, model: Model | None = None
    ) -> None:
        self._workspace = workspace
        self._conversation = workspace.store.conversation(workspace.name)
        self._minds = _minds(workspace, settings, planner, model)
        self._herald = Herald(workspace.events.publish_all, self._conversation)
        self._lanes = Lanes(AT_ONCE, SPARE, "spatialnb-step")
        self._behind = asyncio.Semaphore(BEHIND)
        self._number = self._without_store = 0
        self._tenure = Tenure(workspace.store.leases(workspace.name), secrets.token_hex(4))
        self._beat: asyncio.Task[None] | None = None
        self._lives: WeakValueDictionary[str, Live] = WeakValueDictionary()
        """Those that run, that someone holds, or that ran lately; any other is in the store."""
        self._lately: deque[Live] = deque(maxlen=LATELY)
        self._drives: set[asyncio.Task[None]] = set()
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._work, name="spatialnb-conductor", daemon=True)
        self._thread.start()

    # -- runs ----------------------------------------------------------------------------------------------------------
    def submit(
        self,
        text: str,
        *,
        approve: Approve = "ask",
        by: str = "",
        background: bool = False,
        on_error: RunPolicy | None = None,
    ) -> Run:
        """Begin a run of the request `text` and return at once. `by` is the view or user that asks.

        A run in the `background` gives way to those that a person waits for. `on_error` says what the failure of a step
        means for the run, whatever its plan says.
        """
        run_id = self._next_id()
        state = RunState(
            id=run_id,
            project=self._workspace.name,
            request=text.strip()[:LONGEST_REQUEST],
            correlation_id=f"{self._workspace.name}:{run_id}",
        )
        live = self._known(Live(state, self._herald, approve=approve, actor=by, background=background))
        live.on_error = on_error
        live.fence = self._tenure.take(run_id)
        refusal = NOTHING_SAID if not text.strip() else TOO_LONG if len(text.strip()) > LONGEST_REQUEST else ""
        self.call(lambda: self._refuse(live, refusal) if refusal else self._begin(live, {}))
        return Run(self, live)

    def run(self, run_id: str) -> Run:
        """A run of this project, in this process or kept in the store. Raises `NotFound`."""
        return Run(self, self._live(run_id))

    def resume(self, run_id: str, *, approve: Approve = "ask") -> Run:
        """Go on with a run that another process left unfinished, or that was stopped or failed."""
        live = self._live(run_id)
        live.approve = approve
        return Run(self, live).resume()

    def unfinished(self) -> tuple[RunState, ...]:
        """Runs of this project that no one has finished and that do not run here; oldest first."""
        kept = self._conversation.turns()
        return tuple(state for state in kept if state.status in ("running", "waiting") and state.id not in self._lives)

    def close(self) -> None:
        """Stop what runs and end the thread."""
        if not self._thread.is_alive():
            return
        for live in list(self._lives.values()):
            live.stopped.set()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._lanes.close()
        self._herald.close()
        self._tenure.release_all()

    def steer(self, live: Live, work: Callable[[], T]) -> T:
        """Do `work` for a run on the loop, when this process is the one that goes on with it.

        Raises `Elsewhere` if another one does.
        """
        if not self._tenure.holds(live.id):
            fence = self._tenure.take(live.id)
            if fence and fence != live.fence + 1:  # another process had it in between
                kept = self._conversation.get(live.id)
                self.call(lambda: self._reload(live, kept))
            live.fence = fence
        try:
            return self.call(work)
        finally:
            if self._thread.is_alive() and self.call(lambda: self._is_idle(live)):
                self._tenure.release(live.id)

    def _reload(self, live: Live, kept: RunState | None) -> None:
        """What this process knew of a run is out of date."""
        for drive in [drive for drive in self._drives if drive.get_name() == live.id]:
            drive.cancel()
            self._drives.discard(drive)
        if live.flight is not None:
            live.flight.leave()
        if kept is not None:
            live.load(_settled(kept))

    def _is_idle(self, live: Live) -> bool:
        """Whether nothing of a run goes on here, so that another process may have it."""
        return not self._is_driven(live) or (live.status == "waiting" and not live.wake.is_set())

    def _renewing(self) -> None:
        if self._beat is None or self._beat.done():
            self._beat = self._loop.create_task(self._keep_leases())

    async def _keep_leases(self) -> None:
        """Renew what is held while something is; stop what was lost."""
        while self._tenure.any:
            await asyncio.sleep(LEASE / 3)
            for run in await asyncio.to_thread(self._tenure.renew):
                if (live := self._lives.get(run)) is not None:
                    self._lose(live)

    def _lose(self, live: Live) -> None:
        live.lost = True
        live.stopped.set()
        self.stop(live)

    # -- steering, on the loop (see `Run`) -----------------------------------------------------------------------------
    def answer(self, live: Live, step: str, decision: Decision, args: Mapping[str, Json]) -> None:
        state = live.steps.get(step)
        if state is None:
            raise NotFound(f"Run {live.id} has no step {step!r}; it has {', '.join(live.steps) or 'none'}.")
        if live.flight is None and state.status == "waiting":
            self._begin(live, None, first=(step, Answered(decision, dict(args))))  # kept from an earlier process
            return
        if (
            live.flight is None
            or state.status != "waiting"
            or not live.flight.answer(step, Answered(decision, dict(args)))
        ):
            raise Invalid(f"“{state.title}” is not waiting for an answer (any more).", "step")
        live.wake.set()

    def stop(self, live: Live) -> None:
        if live.settled.done() and live.status != "waiting":
            return
        live.stop_asked.set()
        if live.flight:
            live.flight.stop()
        elif live.status == "waiting":
            self._begin(live, None, stop=True)
        live.wake.set()

    def go_on(self, live: Live) -> None:
        if live.flight is not None or self._is_driven(live):
            return
        if live.state.undoing == "begun":
            self._begin(live, _anew(live, "undo"))
            return
        again = unfinished(live.steps, live.plan) if live.plan and live.status not in ("running", "waiting") else ()
        if again:
            self._again(live, again)
        elif live.status in ("running", "waiting", "stopped"):
            self._begin(live, None)

    def retry(self, live: Live, step: str, changes: Mapping[str, Json]) -> None:
        state, plan = self._over(live, step)
        if state.status == "done":
            raise Invalid(f"“{state.title}” worked. Undo it first, or ask for it again in a new request.", "step")
        steps = tuple(
            s.model_copy(update={"args": FrozenDict({**s.args, **changes})}) if s.id == step else s for s in plan.steps
        )
        again = {step, *(name for name in live.dependants(step) if live.steps[name].status == "skipped")}
        if live.state.undoing:  # what it builds on is not there any more
            again.update(unfinished(live.steps, plan))
        live.replan(plan.model_copy(update={"steps": steps}))
        self._again(live, again)

    def skip(self, live: Live, step: str) -> None:
        if live.flight is not None and live.steps[step].status == "waiting":
            live.flight.answer(step, Answered("reject", reason="Skipped."))
            live.wake.set()
            return
        state, plan = self._over(live, step)
        if state.status == "done":
            raise Invalid(f"“{state.title}” is done already; undo it instead.", "step")
        steps = tuple(s.model_copy(update={"on_error": "skip"}) if s.id == step else s for s in plan.steps)
        live.replan(plan.model_copy(update={"steps": steps}))
        live.emit(state.model_copy(update={"status": "skipped", "note": "Skipped.", "error": ""}))
        again = {name for name in live.dependants(step) if live.steps[name].status == "skipped"}
        if live.state.undoing:
            again.update(set(unfinished(live.steps, plan)) - {step})
        self._again(live, again)

    def undo(self, live: Live) -> None:
        if live.flight is not None or self._is_driven(live):
            live.undo_asked = True
            live.update(undoing="begun")
            self.stop(live)
        elif live.plan is None:
            raise Invalid("This run has done nothing that could be taken back.")
        else:
            live.update(undoing="begun")
            self._begin(live, _anew(live, "undo"))

    def _again(self, live: Live, steps: Collection[str]) -> None:
        """Do some steps again, in a run that is over."""
        live.reset(steps)
        live.update(undoing="")
        self._begin(live, _anew(live))

    def amend(self, live: Live, text: str) -> None:
        if not text.strip():
            raise Invalid("Say what should be different.", "text")
        live.amendments.append(text.strip())
        if live.flight is not None:
            live.flight.hold()
            live.wake.set()
        elif not self._is_driven(live):
            self._begin(live, {"next": "understand", "plan": live.plan.model_dump(mode="json") if live.plan else None})

    def call(self, work: Callable[[], T]) -> T:
        """Do `work` on the loop and wait for what it gives or raises."""
        if threading.current_thread() is self._thread:
            return work()
        if not self._thread.is_alive():
            raise Invalid("This project is closed. Open it again with Studio(...).")

        async def there() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result()

    # -- driving -------------------------------------------------------------------------------------------------------
    def _begin(
        self, live: Live, payload: Any, *, first: tuple[str, Answered] | None = None, stop: bool = False
    ) -> None:
        live.go(anew=payload is not None)
        self._renewing()
        if stop:
            live.stopped.set()
            live.stop_asked.set()
        drive = self._loop.create_task(self._drive(live, payload, first), name=live.id)
        self._drives.add(drive)
        drive.add_done_callback(self._drives.discard)

    def _is_driven(self, live: Live) -> bool:
        return any(drive.get_name() == live.id for drive in self._drives)

    async def _drive(self, live: Live, payload: Any, first: tuple[str, Answered] | None) -> None:
        """Run a turn's graph to its end, through every wait for answers."""
        try:
            await self._turn(live, payload, first)
        except SpatialError as error:
            live.update(status="failed", reply=str(error))
        except Exception as error:
            log.exception("Run %s broke off.", live.id)
            live.update(status="failed", reply=f"The run broke off unexpectedly ({type(error).__name__}: {error}).")
        live.flight = None
        if live.lost:
            kept = await asyncio.to_thread(self._conversation.get, live.id)
            self._reload(live, kept)
            return
        await self._tell(live)

    def _now(self) -> tuple[tuple[str, ...], int]:
        """What a hand has moved, and the revision, as a turn begins."""
        return self._workspace.pointing.moved, self._workspace.project.revision

    def _heeded(self, moved: tuple[str, ...]) -> None:
        """This turn knew what a hand had moved before it; the next is told of what was moved since."""
        self._workspace.point(moved=[item for item in self._workspace.pointing.moved if item not in moved])

    async def _turn(self, live: Live, payload: Any, first: tuple[str, Answered] | None) -> None:
        from langgraph.types import Command

        config: Any = {"configurable": {"thread_id": live.state.correlation_id}, "recursion_limit": 1_000_000}
        lane = self._lanes.lane(background=live.background)
        graph: Any = None
        moved: tuple[str, ...] = ()
        while True:
            async with self._way(live):
                if graph is None:
                    moved, base = await asyncio.to_thread(self._now)
                    live.begins_at(base)
                    checkpointer = await asyncio.to_thread(self._workspace.store.checkpointer)
                    turn = Turn(live, self._workspace, self._minds, lane, resumed=payload is None)
                    graph = turn.graph(checkpointer)
                    payload = await self._left_off(live, graph, config) if payload is None else payload
                after = await graph.ainvoke(payload, config, durability="async")
            asked = {i.value["step"]: i.id for i in after.get("__interrupt__", ())}
            flight = live.flight
            if not asked or flight is None:
                if moved:
                    await asyncio.to_thread(self._heeded, moved)
                return
            if first and first[0] in asked:
                flight.answer(*first)
                first = None
            given = {step: flight.answer_to(step) for step in asked}
            if not any(given.values()) and not flight.holding and not flight.stopping:
                live.wake.clear()
                live.update(status="waiting")
                await self._tell(live)
                await live.wake.wait()
                self._renewing()
                live.go()
                given = {step: flight.answer_to(step) for step in asked}
            payload = Command(resume={asked[step]: answer or LATER for step, answer in given.items()})

    @contextlib.asynccontextmanager
    async def _way(self, live: Live) -> AsyncGenerator[None]:
        """While a run is under way: a person's at once, one in the background when it is its turn or is stopped."""
        if not live.background:
            with self._lanes.person():
                yield
            return
        turn, stop = asyncio.ensure_future(self._behind.acquire()), asyncio.ensure_future(live.stop_asked.wait())
        await asyncio.wait((turn, stop), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        has_turn = turn.done() or not turn.cancel()
        try:
            yield
        finally:
            if has_turn:
                self._behind.release()

    async def _left_off(self, live: Live, graph: Any, config: Any) -> Any:
        """What to invoke the graph with to go on where an earlier process stopped."""
        from langgraph.types import Command

        if live.state.undoing == "begun":
            return _anew(live, "undo")
        kept = await graph.aget_state(config)
        if kept.interrupts:
            return Command(resume={interrupt.id: LATER for interrupt in kept.interrupts})
        if kept.next:
            return None
        # No checkpoint was written yet, or none is kept: the saved state and the change log tell what was done.
        return _anew(live) if live.plan else {"next": "understand"}

    async def _tell(self, live: Live) -> None:
        """It is over, or waits (for days, perhaps, and is answered in another process)."""
        await asyncio.wrap_future(self._herald.told())
        await asyncio.to_thread(self._tenure.release, live.id)
        if not live.settled.done():
            live.settled.set_result(None)

    def _refuse(self, live: Live, why: str) -> None:
        live.say(why)
        live.finish("failed")
        drive = self._loop.create_task(self._tell(live), name=live.id)
        self._drives.add(drive)
        drive.add_done_callback(self._drives.discard)

    def _next_id(self) -> str:
        try:
            self._number = self._conversation.next_number()
            return f"run-{self._number}"
        except StoreUnavailable:
            # Numbers are counted in the store; without it, a name that it will never give and this process gives once.
            self._without_store += 1
            return f"run-{self._number}-{os.getpid()}-{self._without_store}"

    # -- finding -------------------------------------------------------------------------------------------------------
    def _live(self, run_id: str) -> Live:
        with self._lock:
            if (live := self._lives.get(run_id)) is not None:
                return live
            kept = self._conversation.get(run_id)
            if kept is None:
                raise NotFound(f"There is no run {run_id!r} in project {self._workspace.name!r}.")
            live = self._known(Live(_settled(kept), self._herald))
            live.settled.set_result(None)
            return live

    def _known(self, live: Live) -> Live:
        self._lives[live.id] = live
        self._lately.append(live)
        return live

    def _over(self, live: Live, step: str) -> tuple[Any, Any]:
        state = live.steps.get(step)
        if state is None or live.plan is None:
            raise NotFound(f"Run {live.id} has no step {step!r}; it has {', '.join(live.steps) or 'none'}.")
        if self._is_driven(live):
            raise Invalid("The run is not over yet. Wait for it, stop it, or amend it.", "step")
        return state, live.plan

    # -- the thread ----------------------------------------------------------------------------------------------------
    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            import langgraph.graph  # noqa: F401  # pyright: ignore[reportUnusedImport] - half a second, not at a person's cost

            self._loop.run_forever()
        finally:
            self._loop.close()

    async def _end(self) -> None:
        for live in list(self._lives.values()):
            if live.status == "waiting" and not live.stop_asked.is_set():
                continue  # it keeps waiting, in the store
            self.stop(live)
        drives = [drive for drive in self._drives if not drive.done()]
        waiting = {live.id for live in self._lives.values() if live.status == "waiting"}
        for drive in drives:
            if drive.get_name() in waiting:
                drive.cancel()
        if drives:
            await asyncio.wait(drives, timeout=5)
        for live in list(self._lives.values()):
            if live.flight is not None:
                live.flight.leave()
        await asyncio.sleep(0)
        if self._beat is not None:
            self._beat.cancel()
        for mind in self._minds:
            await mind.close()


def _anew(live: Live, begin: str = "execute") -> TurnState:
    """A turn that begins with executing the plan as it stands (what is over stays so), or with taking it back."""
    plan = live.plan.model_dump(mode="json") if live.plan else None
    return {"plan": plan, "thought": {"reply": "", "final": True}, "next": begin}


def _settled(state: RunState) -> RunState:
    """A kept run with the steps that were under way when its process ended put back in the queue."""
    steps = tuple(
        step.model_copy(update={"status": "queued", "progress": None, "note": ""}) if step.status == "running" else step
        for step in state.steps
    )
    return state.model_copy(update={"steps": steps})


def _minds(workspace: Workspace, settings: Settings, planner: Planner | None, model: Model | None) -> tuple[Mind, ...]:
    if planner is None:
        from spatialnb.agent.planner import plan as planner
    local = LocalMind(workspace, planner)
    from spatialnb.agent.model_loop import ModelMind
    from spatialnb.llm import Router

    router = None if model else workspace.models
    if router is not None:
        return (ModelMind(workspace, router), local)
    own = Router(settings, workspace.store, workspace.recorder, models=(model,) if model else ())
    return (ModelMind(workspace, own, own=True), local)
