"""One step's effect on the project, done once: a step that finds its Change in the log does not make it again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spatialnb.agent.values import filled, needs, taken
from spatialnb.models.base import Json
from spatialnb.models.change import Change
from spatialnb.models.plan import PlanStep, Preview

if TYPE_CHECKING:
    from spatialnb.operations.workspace import Workspace
    from spatialnb.store import ChangeLog

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Effect:
    """What came of an operation call."""

    result: Mapping[str, Json]
    """The outcome's fields as JSON; later steps may take theirs from it."""
    preview: Preview
    revision: int | None = None
    """Revision of the change it made, if it made one."""
    cost_usd: float = 0.0
    repeated: bool = False
    """Taken from the change log: it had been done before this process began."""

    @property
    def summary(self) -> str:
        return str(self.result.get("summary", ""))


def effect(
    workspace: Workspace,
    run: str,
    step: PlanStep,
    args: Mapping[str, Json],
    *,
    correlation_id: str,
    actor: str,
    report: Callable[[float | None, str], None],
    stopped: Callable[[], bool],
    new: bool = False,
) -> Effect:
    """Call the operation of `step`, or give what it gave when it was called before. Blocks; raises its errors.

    `new`: it cannot have been called before, so the log need not be asked.
    """
    if not new and (found := recorded(workspace, run, step.id)) is not None:
        return found
    before = workspace.log.head.revision
    try:
        outcome = workspace.do(
            step.operation,
            args,
            author="agent",
            actor=actor,
            run=run,
            step=step.id,
            correlation_id=correlation_id,
            report=report,
            stopped=stopped,
        )
    except Exception:
        # What broke after the change was written does not make it undone: it must not be told to have failed.
        if _made(workspace.log, run, step.id, before) is not None and (done := recorded(workspace, run, step.id)):
            log.exception("Step %s (%s) was done, and broke afterwards.", step.id, step.operation)
            return done
        raise
    change = _made(workspace.log, run, step.id, before) if workspace.registry.get(step.operation).changes else None
    return Effect(
        result=outcome.model_dump(mode="json", exclude={"preview"}),
        preview=outcome.preview,
        revision=change.revision if change else None,
        cost_usd=float(getattr(outcome, "cost_usd", 0.0)),
    )


def _made(log: ChangeLog, run: str, step: str, before: int) -> Change | None:
    """The latest change that a step has made since the revision `before`: mostly still in memory, else asked for."""
    for revision in range(log.head.revision, before, -1):
        if (entry := log.known(revision)) is None:
            return log.of_step(run, step)
        if (entry.change.run, entry.change.step) == (run, step):
            return entry.change
    return None


def recorded(workspace: Workspace, run: str, step: str) -> Effect | None:
    """The effect that the change log holds for this step, if it was done.

    Only what the change itself tells is known: the summary, and the items and assets it touched.
    """
    change = workspace.log.of_step(run, step)
    if change is None or workspace.log.of_step(run, f"undo {change.revision}") is not None:
        return None  # not done, or taken back again
    result: dict[str, Json] = {"summary": change.summary, "items": [*touched(change, "items")]}
    if assets := touched(change, "assets"):
        result["assets"] = [*assets]
    return Effect(result, Preview(text=change.summary), change.revision, repeated=True)


def touched(change: Change, kind: str) -> tuple[str, ...]:
    """Ids of the items or assets that a change made or changed, each once, in the order of its edits."""
    where = {"items": ("canvases", 2, 3), "assets": ("assets", 0, 1)}
    root, name_at, id_at = where[kind]
    found: dict[str, None] = {}
    for edit in change.edits:
        path = edit.path
        gone = len(path) == id_at + 1 and edit.after is None
        if len(path) > id_at and path[0] == root and path[name_at] == kind and not gone:
            found.setdefault(path[id_at])
    return tuple(found)


__all__ = ["Effect", "effect", "filled", "needs", "recorded", "taken", "touched"]
