"""A run as its caller holds it: what it is doing, what it made, and the handles to answer, stop and change it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, Self

from spatialnb.agent.live import Live
from spatialnb.models.base import Json
from spatialnb.models.plan import Decision, Plan, RunState, RunStatus, StepState

if TYPE_CHECKING:
    import pandas as pd

    from spatialnb.agent.conductor import Conductor


class Run:
    """A run of one request. Safe to use from any thread; `await run` works on any event loop."""

    draw: Callable[[RunState], str] | None = None
    """How a run looks in a notebook; set by the widgets. It gives HTML."""

    def __init__(self, conductor: Conductor, live: Live) -> None:
        self._conductor = conductor
        self._live = live

    # -- what it is ----------------------------------------------------------------------------------------------------
    @property
    def state(self) -> RunState:
        """Everything about it, as it is now."""
        return self._live.state

    @property
    def id(self) -> str:
        return self._live.id

    @property
    def status(self) -> RunStatus:
        """ "running", "waiting" (for answers, nothing else can go on), "done", "partial", "failed" or "stopped"."""
        return self._live.status

    @property
    def reply(self) -> str:
        """What it says, Markdown."""
        return self._live.reply

    @property
    def choices(self) -> tuple[str, ...]:
        """Answers that fit when `reply` is a question."""
        return self.state.choices

    @property
    def steps(self) -> tuple[StepState, ...]:
        return self.state.steps

    @property
    def plan(self) -> Plan | None:
        return self._live.plan

    @property
    def cost_usd(self) -> float:
        return self.state.cost_usd

    @property
    def used(self) -> str:
        """One line: which model thought, what that cost, and whether quality was reduced."""
        return self.state.used

    @property
    def correlation_id(self) -> str:
        return self.state.correlation_id

    @property
    def revision(self) -> int | None:
        """The project's revision after its latest change; None if it changed nothing."""
        return self.state.revision

    # -- waiting -------------------------------------------------------------------------------------------------------
    def wait(self, timeout: float | None = None) -> Self:
        """Block until it is over or waits for answers, `timeout` seconds at most. An interrupt stops the run."""
        try:
            self._live.settled.result(timeout)
        except TimeoutError:
            pass
        except KeyboardInterrupt:
            self.stop()
            raise
        return self

    async def awaited(self) -> Self:
        """As `wait`, without blocking the event loop."""
        await asyncio.shield(asyncio.wrap_future(self._live.settled))
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        return self.awaited().__await__()

    # -- steering ------------------------------------------------------------------------------------------------------
    def answer(self, step: str, decision: Decision, args: Mapping[str, Json] | None = None) -> Self:
        """Answer a step that waits: "approve", "edit" (with the `args` to change) or "reject". Each is answered once.

        Raises `NotFound` for a step the run does not have and `Invalid` for one that does not wait (any more).
        """
        self._conductor.steer(self._live, lambda: self._conductor.answer(self._live, step, decision, args or {}))
        return self

    def approve(self, step: str) -> Self:
        return self.answer(step, "approve")

    def reject(self, step: str) -> Self:
        return self.answer(step, "reject")

    def stop(self) -> Self:
        """Stop now. What is finished is kept."""
        self._live.stopped.set()
        self._conductor.steer(self._live, lambda: self._conductor.stop(self._live))
        return self

    def resume(self) -> Self:
        """Go on after a stop, a failure or a restart; what is finished is not done again."""
        self._conductor.steer(self._live, lambda: self._conductor.go_on(self._live))
        return self

    def retry(self, step: str, **changes: Json) -> Self:
        """Do a step again that did not work, with some arguments changed, and then what was skipped for its sake."""
        self._conductor.steer(self._live, lambda: self._conductor.retry(self._live, step, changes))
        return self

    def skip(self, step: str) -> Self:
        """Do without a step; those that only came after it go on."""
        self._conductor.steer(self._live, lambda: self._conductor.skip(self._live, step))
        return self

    def undo(self) -> Self:
        """Take back all that it did, newest first; if it goes on, it is stopped first.

        What was changed since by others stays, and so does what cannot be taken back; `reply` names both.
        """
        self._conductor.steer(self._live, lambda: self._conductor.undo(self._live))
        return self

    def amend(self, text: str) -> Self:
        """Change what is still to be done, in words: "skip the film", "the blue ones instead", "also add a title"."""
        self._conductor.steer(self._live, lambda: self._conductor.amend(self._live, text))
        return self

    # -- showing -------------------------------------------------------------------------------------------------------
    def frame(self) -> pd.DataFrame:
        """A row a step, in the order of the plan."""
        import pandas as pd

        columns = ("id", "title", "operation", "status", "seconds", "cost_usd", "revision", "error")
        rows = [{name: getattr(step, name) for name in columns} for step in self.steps]
        return pd.DataFrame(rows, columns=list(columns)).set_index("id")

    def __repr__(self) -> str:
        return f"<Run {self.id} {self.status}: {self.state.request[:60]!r}>"

    def _repr_html_(self) -> str | None:
        return Run.draw(self.state) if Run.draw else None
