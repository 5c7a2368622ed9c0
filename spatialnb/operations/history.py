"""Going back and forth in the change log: undo, redo, restore. Each is itself a change and can be undone."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field

from spatialnb.errors import Invalid, NotFound
from spatialnb.models.base import FrozenDict
from spatialnb.models.change import apply
from spatialnb.models.project import copy_with
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, operation


@operation(changes="history", tags={"history"}, words=("undo", "revert", "take back", "go back"))
def undo(ctx: Context, steps: int = Field(default=1, ge=1, le=1000)) -> Outcome:
    """Take back the latest change, or all changes of the latest request, whoever made them. `steps` goes further."""
    ctx.undoes, done = _travel(ctx, steps, ctx.log.undo_targets, "undo")
    return Outcome(summary=f"Undid {done}")


@operation(changes="history", tags={"history"}, words=("redo", "do again"))
def redo(ctx: Context, steps: int = Field(default=1, ge=1, le=1000)) -> Outcome:
    """Make the change again that was undone last. `steps` goes further."""
    ctx.redoes, done = _travel(ctx, steps, ctx.log.redo_targets, "redo")
    return Outcome(summary=f"Redid {done}")


def _travel(
    ctx: Context, steps: int, targets: Callable[[int], list[tuple[int, ...]]], what: str
) -> tuple[tuple[int, ...], str]:
    """Take back the changes that `steps` targets name; their revisions, and what they had done, in words."""
    while True:
        units = targets(steps)
        if not units:
            raise Invalid(f"There is nothing to {what}.", "steps")
        revisions = tuple(revision for unit in units for revision in unit)
        project, effective, _ = apply(ctx.project, ctx.log.inverse(revisions))
        # What is left of a change may be nothing, when later ones have overwritten it: then go on to the one before.
        if effective or len(units) < steps:
            break
        steps += 1
    ctx.project = project
    summaries = [ctx.log.change(revision).summary for unit in units for revision in reversed(unit)]
    told = [summary.removeprefix("Undid ") for summary in summaries if summary]
    return revisions, "; ".join(told[:3]) + (f" and {len(told) - 3} more" if len(told) > 3 else "")


@operation(changes="history", tags={"history"}, words=("restore", "go back to"))
def restore(ctx: Context, revision: int = Field(ge=0)) -> Outcome:
    """Make the project what it was at a revision. The changes since stay in the log, and this can be undone."""
    if revision > ctx.project.revision:
        raise NotFound(f"There is no revision {revision} yet; the latest is {ctx.project.revision}.")
    then = ctx.log.at(revision)
    # The library only grows: what was ingested since is no part of the scene and is kept.
    ctx.project = copy_with(then, assets=FrozenDict({**then.assets, **ctx.project.assets}))
    return Outcome(summary=f"Restored revision {revision}")
