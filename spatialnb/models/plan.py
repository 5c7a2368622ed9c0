"""What a request becomes: a typed graph of operation calls, and what a run of it is while it lasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, Self, TypeAlias

from pydantic import model_validator

from spatialnb.models.base import Frozen, FrozenDict, FrozenMap, Json
from spatialnb.models.geometry import Seconds

RunStatus: TypeAlias = Literal["running", "waiting", "done", "partial", "failed", "stopped"]
Test: TypeAlias = Literal["some", "none", "is", "is not", "more", "fewer", "has"]
Undone: TypeAlias = Literal["", "undone", "partly", "not"]
Undoing: TypeAlias = Literal["", "begun", "over"]
StepStatus: TypeAlias = Literal["queued", "running", "waiting", "done", "failed", "skipped", "stopped"]
OnError: TypeAlias = Literal["stop", "skip", "undo"]
"""What the failure of a step means: what needs it is not done; what only comes after it is done all the same; or
everything that the run has done is taken back."""
RunPolicy: TypeAlias = Literal["go on", "stop", "undo"]
"""What the failure of any step means for the run: independent steps go on, nothing further begins, or nothing further
begins and everything that the run has done is taken back."""
Decision: TypeAlias = Literal["approve", "edit", "reject"]


class Condition(Frozen):
    """Decides, when a step could begin, whether it is needed.

    `value` is a number, a text or a list, `{"from": "s1", "field": "hits"}` for what a step gave, or
    `{"select": "the red photos"}` for the ids of what is pointed at. Lists are compared by their length, but for `has`.
    """

    value: Json
    test: Test = "some"
    than: Json = None
    """What it is compared with, where the test compares; it may be taken from a step as well."""


class Alternative(Frozen):
    """What is done in a step's place when it fails."""

    operation: str
    args: FrozenMap[str, Json] = FrozenDict()
    title: str = ""


class PlanStep(Frozen):
    """One operation call of a plan.

    An argument may be taken from an earlier step's result: `{"from": "s1", "field": "items"}`. `after` names the steps
    that must be done first; steps that do not wait for each other run in parallel.

    With `each`, the call is made once for each of a set, side by side, and arguments may be taken from the thing it is
    for: `{"from": "each"}`. What they gave together is the step's result: `items`, and `results` in their order.
    """

    id: str
    operation: str
    args: FrozenMap[str, Json] = FrozenDict()
    title: str = ""
    """What it will do, in a few words: "Arrange 12 photos in a circle"."""
    after: tuple[str, ...] = ()
    approval: str = ""
    """Why a person has to agree first (it deletes, spends or publishes), or empty."""
    on_error: OnError = "stop"
    retries: int = 0
    """How often it is tried again when it failed of something that may pass, after pauses that grow."""
    alternatives: tuple[Alternative, ...] = ()
    """What to do in its place when it fails, one after the other until one works."""
    when: Condition | None = None
    """It is done only if this holds; if not, nothing is missing, and what comes after it is done."""
    each: Json = None
    """The set it is done for: a list, what a step gave, or `{"select": "the photos"}`."""


class Plan(Frozen):
    """A request as a task graph."""

    request: str
    steps: tuple[PlanStep, ...] = ()
    reply: str = ""
    """What to say instead of, or along with, the steps: an answer, a question, a friendly refusal."""
    choices: tuple[str, ...] = ()
    """Answers offered when `reply` is a question."""
    understood: bool = True
    """False: `reply` says why nothing can be done, or asks what was meant."""
    author: str = "planner"
    """Who made the plan: `planner`, or the model's name."""
    on_error: RunPolicy = "go on"

    @model_validator(mode="after")
    def _is_a_graph(self) -> Self:
        known: set[str] = set()
        for step in self.steps:
            if missing := set(step.after) - known:
                raise ValueError(f"Step {step.id} waits for {sorted(missing)}, which do not come before it.")
            if step.id in known:
                raise ValueError(f"Two steps are called {step.id}.")
            known.add(step.id)
        return self


class Preview(Frozen):
    """How a step's result is shown."""

    text: str = ""
    """Markdown, a line or two."""
    images: tuple[str, ...] = ()
    """Hashes of pictures in the media store, at most six."""
    audio: str = ""
    video: str = ""
    """Hash of a sound or a film in the media store."""
    files: tuple[str, ...] = ()
    """Paths of files made, as the caller gave them."""


class Answer(Frozen):
    """A person's, or a policy's, answer to a step that waits."""

    decision: Decision
    args: FrozenMap[str, Json] = FrozenDict()
    """What was edited."""
    reason: str = ""


class StepState(Frozen):
    """A step while its run lasts, and when it is over."""

    id: str
    run: str
    operation: str
    title: str
    status: StepStatus = "queued"
    args: FrozenMap[str, Json] = FrozenDict()
    progress: float | None = None
    """0 to 1, or None when it cannot be told."""
    note: str = ""
    """What it is doing now."""
    seconds: Seconds | None = None
    approval: str = ""
    error: str = ""
    preview: Preview = Preview()
    result: Json = None
    revision: int | None = None
    """Revision of the change it made, if it made one."""
    cost_usd: float = 0.0
    needless: bool = False
    """Skipped because its condition did not hold: nothing is missing."""
    each: tuple[Json, ...] | None = None
    """What it is done for, of a step that is done for each of a set, once that is known."""
    parent: str = ""
    """The step that this is a part of, one for each of a set."""
    answer: Answer | None = None
    """What a person said to it."""
    before: Json = None
    """What stood outside of the project before its effect there, so that it can be taken back."""
    undone: Undone = ""
    """Whether what it did was taken back again."""
    left: str = ""
    """What of it could not be taken back, and why."""


class ModelUse(Frozen):
    """What thought for a run, why it was chosen, and whether its answers may be less good than was hoped for."""

    name: str
    """A model's name, or "local planner"."""
    endpoint: str = ""
    reason: str = ""
    """Why this one: one plain phrase."""
    reduced: str = ""
    """In one sentence, what is less than it would have been; empty if nothing is."""
    hops: tuple[str, ...] = ()
    """What was tried before it and why that failed, a sentence each."""
    calls: int = 0
    cost_usd: float = 0.0


class RunState(Frozen):
    """A run as it stands: enough to draw it, to save it and to go on with it."""

    id: str
    project: str
    request: str
    status: RunStatus = "running"
    reply: str = ""
    choices: tuple[str, ...] = ()
    plan: Plan | None = None
    steps: tuple[StepState, ...] = ()
    cost_usd: float = 0.0
    correlation_id: str = ""
    revision: int | None = None
    seconds: Seconds | None = None
    by: str = ""
    """What ran it: `planner` or a model's name."""
    used: str = ""
    """One line for people: what thought, what that cost, and whether quality was reduced."""
    reduced: bool = False
    """Something is less than it would have been, and `used` says what."""
    models: tuple[ModelUse, ...] = ()
    """What `used` is about, in the order it was used."""

    undoing: Undoing = ""
    """Whether what it did is being taken back, or was, as far as it can be."""
    base: int | None = None
    """The project's revision when it began."""

    def with_steps(self, newer: Mapping[str, StepState]) -> RunState:
        """The run with some of its steps as they stand by now, and what follows from them for the whole."""
        if not newer:
            return self
        known = {step.id for step in self.steps}
        parts: dict[str, list[StepState]] = {}
        for step in newer.values():
            if step.id not in known and step.parent in known:
                parts.setdefault(step.parent, []).append(step)
        steps = tuple(
            each for step in self.steps for each in (newer.get(step.id, step), *in_order(parts.get(step.id, ())))
        )
        spent = sum(step.cost_usd for step in steps) - sum(step.cost_usd for step in self.steps)
        revision = max((step.revision for step in steps if step.revision is not None), default=self.revision)
        return self.model_copy(update={"steps": steps, "cost_usd": self.cost_usd + spent, "revision": revision})


def part_of(step: str, number: int) -> str:
    """The id of a step's part for the thing of that number."""
    return f"{step}[{number}]"


def in_order(parts: Iterable[StepState]) -> list[StepState]:
    """Parts of a step by their number."""
    return sorted(parts, key=lambda part: int(part.id.rpartition("[")[2].rstrip("]")))
