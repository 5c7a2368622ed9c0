"""What decides on steps: the local planner, or a model (`model_loop.py`). Both give thoughts that are acted on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from spatialnb.agent.amend import amend
from spatialnb.agent.live import Live
from spatialnb.agent.used import PLANNER, not_even
from spatialnb.models.plan import ModelUse, Plan, PlanStep, RunPolicy

if TYPE_CHECKING:
    from spatialnb.models.project import Project
    from spatialnb.operations.pointing import Pointing
    from spatialnb.operations.registry import Registry
    from spatialnb.operations.workspace import Workspace

Memory = Mapping[str, Any]
"""What a mind wants to know again in its next thought of the same run; JSON data, kept in the run's checkpoint."""


@dataclass(frozen=True)
class Thought:
    """What to do next: the run's steps from now on (those that are over among them), or only something to say."""

    steps: tuple[PlanStep, ...]
    by: str
    reply: str = ""
    choices: tuple[str, ...] = ()
    final: bool = True
    """Nothing is left to think of once the steps are over."""
    spoken: bool = False
    """`reply` is the whole of what is to be said; otherwise a summary of the steps follows it."""
    understood: bool = True
    """False: nothing can be done about the request, and `reply` says why."""
    memory: Memory = field(default_factory=dict[str, Any])
    on_error: RunPolicy = "go on"
    """What the failure of a step means for the run."""


class Mind(Protocol):
    """Thinks of the next steps of a run."""

    name: str

    def ready(self) -> bool:
        """Whether it could think at all. May ask the store; call it off the event loop."""
        ...

    async def think(self, live: Live, memory: Memory, amendment: str) -> Thought:
        """The next thought. `amendment` is what a person wants changed in the steps that have not begun, or empty.

        Raises the errors of `spatialnb.errors`: `ModelUnavailable` when this mind cannot think at present.
        """
        ...

    async def close(self) -> None:
        """Let go of what is kept for the next thought."""
        ...


class Planner(Protocol):
    """The local planner: `spatialnb.agent.planner.plan`."""

    def __call__(
        self,
        request: str,
        project: Project,
        pointing: Pointing,
        registry: Registry,
        *,
        search: Callable[..., Any],
        history: Callable[[], Any],
    ) -> Plan: ...


class LocalMind:
    """Understands by grammar, without a model; one thought a request."""

    name = "planner"

    def __init__(self, workspace: Workspace, planner: Planner) -> None:
        self._workspace = workspace
        self._planner = planner

    def ready(self) -> bool:
        """Always."""
        return True

    async def think(self, live: Live, memory: Memory, amendment: str) -> Thought:  # noqa: ARG002 - it needs none
        live.use(ModelUse(name=PLANNER, reason="no model is set up"))
        if amendment:
            return await self._amended(live, amendment)
        plan = await asyncio.to_thread(self._plan, live.state.request)
        if not plan.understood:
            live.use(not_even(live.state.models))
        return Thought(
            plan.steps, self.name, plan.reply, plan.choices, understood=plan.understood, on_error=plan.on_error
        )

    async def _amended(self, live: Live, amendment: str) -> Thought:
        begun = {name for name, step in live.steps.items() if step.status not in ("queued", "waiting")}
        now = live.plan.steps if live.plan else ()
        found = await asyncio.to_thread(
            amend, now, begun, amendment, self._plan, self._workspace.registry, about=self._about(live.state.request)
        )
        return Thought(found.steps, self.name, found.reply, found.choices)

    def _about(self, request: str) -> str:
        """What a request is about, in its own words; else the project's name."""
        found = re.search(r"\b(?:about|called|named|titled)\s+[“\"']?([^”\"',.;]+)", request)
        return found[1].strip() if found else self._workspace.name

    async def close(self) -> None:
        """Nothing is kept."""

    def _plan(self, words: str) -> Plan:
        workspace = self._workspace
        return self._planner(
            words,
            workspace.project,
            workspace.pointing,
            workspace.registry,
            search=workspace.find,
            history=workspace.log.history,
        )
