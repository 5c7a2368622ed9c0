"""Taking back what a run did: its changes and its effects outside, newest first, each exactly once.

Each change is taken back by a change of its own, under a step id that is derived from it, which the log writes with it:
whoever goes on after a break (a stop, a killed process) finds what was taken back already. What others have changed
since stays, and so does what cannot be taken back; both are written down with the step that did it, for the reply.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spatialnb.agent.outside import Outside
from spatialnb.errors import SpatialError, Stopped, Unavailable
from spatialnb.models.plan import RunState, StepState, Undone
from spatialnb.operations.taking_back import still, voided

if TYPE_CHECKING:
    from spatialnb.operations.workspace import Workspace

log = logging.getLogger(__name__)

UNDO = "undo "
"""What the step ids of compensating changes begin with; the revision that is taken back follows."""


@dataclass(frozen=True)
class Deed:
    """Something that a run did: a change, or an effect outside of the project."""

    step: str
    order: float
    revision: int | None = None
    """None: it was outside."""


def deeds(workspace: Workspace, run: RunState) -> list[Deed]:
    """What a run did, newest first, as the log and its steps know it."""
    own = [
        change
        for change in workspace.log.history((run.base or 0) + 1)
        if change.run == run.id and not change.step.startswith(UNDO)
    ]
    found = [Deed(change.step, change.revision, change.revision) for change in own]
    outside = Outside(workspace)
    for number, state in enumerate(run.steps):
        began = state.before.get("revision") if isinstance(state.before, Mapping) else None
        is_deed = outside.concerns(state.operation) or state.cost_usd > 0
        if state.status == "done" and is_deed and state.each is None:
            at = began if isinstance(began, int) else (state.revision or run.base or 0)
            # It came after the change that it saw, and of two that saw the same the later in the plan came later.
            found.append(Deed(state.id, at + 0.5 + number / (2 * len(run.steps) + 2)))
    return sorted(found, key=lambda deed: deed.order, reverse=True)


def take_back(
    workspace: Workspace, run: RunState, tell: Callable[[StepState], None], stopped: Callable[[], bool], actor: str = ""
) -> None:
    """Take back what `run` did, and `tell` of every step what became of that. Blocks.

    Raises `Stopped` if someone stopped it: what is taken back by then stays so, and calling it again goes on.
    """
    steps = {state.id: state for state in run.steps}
    left = {state.id: list(filter(None, [state.left])) for state in run.steps}
    workspace.project  # noqa: B018 - the log is caught up with what others did
    todo = deeds(workspace, run)
    void = voided(workspace.log.history(min((deed.revision for deed in todo if deed.revision), default=1)))
    for position, deed in enumerate(todo):
        if stopped():
            raise Stopped("Stopped while it was taken back.")
        state = steps.get(deed.step)
        if state is not None and state.undone and deed.revision is None:
            continue  # it was told of it that it is taken back
        remains = _undone(workspace, run, deed, state, actor, void)
        # What a step did that the run does not know any more is told of with its last one.
        name = deed.step if state is not None else run.steps[-1].id if run.steps else ""
        if name not in steps:
            continue
        left[name] += [each for each in remains if each not in left[name]]
        if all(other.step != deed.step for other in todo[position + 1 :]):
            kind: Undone = "undone" if not left[name] else "not" if deed.revision is None else "partly"
            steps[name] = steps[name].model_copy(update={"undone": kind, "left": "; ".join(left[name])})
            tell(steps[name])


def _undone(
    workspace: Workspace, run: RunState, deed: Deed, state: StepState | None, actor: str, void: Collection[int]
) -> list[str]:
    """Take back one deed; what of it is left, in words."""
    if deed.revision is None:
        assert state is not None
        return _one(Outside(workspace).take_back(state, f"{run.correlation_id}:{UNDO}{deed.step}"))
    step = f"{UNDO}{deed.revision}"
    if (earlier := workspace.log.of_step(run.id, step)) is not None:
        return _kept(still(workspace, deed.revision, earlier.revision - 1))
    if deed.revision in void:
        return []  # by a person
    try:
        outcome = workspace.do(
            "take_back",
            {"revisions": [deed.revision]},
            author="agent",
            actor=actor,
            run=run.id,
            step=step,
            correlation_id=run.correlation_id,
        )
    except Unavailable:
        raise
    except Exception as error:
        if (written := workspace.log.of_step(run.id, step)) is not None:
            log.exception("Revision %s was taken back, and something broke afterwards.", deed.revision)
            return _kept(still(workspace, deed.revision, written.revision - 1))
        if not isinstance(error, SpatialError):
            raise
        return [f"“{state.title if state else deed.step}” ({error})"]
    return _kept(getattr(outcome, "kept", ()))


def _kept(names: Sequence[str]) -> list[str]:
    return [f"{', '.join(names[:4])}{' and more' if len(names) > 4 else ''}, as changed since"] if names else []


def _one(text: str) -> list[str]:
    return [text] if text else []


def told(steps: Iterable[StepState], complete: bool) -> str:
    """What was taken back and what is left, for the reply; nothing that is not so."""
    acted = [state for state in steps if state.undone]
    back = {state.parent or state.id for state in acted if state.undone != "not"}
    left = [state.left for state in acted if state.left]
    parts: list[str] = []
    if back and complete and not left:
        parts.append("Everything that had been done was taken back.")
    elif back:
        parts.append(f"What {'one step' if len(back) == 1 else f'{len(back)} steps'} had done was taken back.")
    elif complete and not left:
        parts.append("There was nothing to take back.")
    if left:
        parts.append("Still there: " + "; ".join(dict.fromkeys(left)) + ".")
    if not complete:
        parts.append("Taking it back was broken off before its end; resume it to go on.")
    return " ".join(parts)
