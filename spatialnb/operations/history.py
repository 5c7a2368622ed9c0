"""Going back and forth in the change log: undo, redo, restore. Each is itself a change and can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import Field

from spatialnb.errors import Invalid, NotFound
from spatialnb.models.change import Change, Edit, apply
from spatialnb.models.project import Project, copy_with
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, operation


@operation(changes="history", tags={"history"}, words=("undo", "revert", "take back", "go back"))
def undo(ctx: Context, steps: int = Field(default=1, ge=1, le=1000)) -> Outcome:
    """Take back the latest change, or all changes of the latest request, whoever made them. `steps` goes further."""
    return _travel(ctx, steps, ctx.log.undo_targets, ctx.undoes, "Undid", "There is nothing to undo.", backwards=True)


@operation(changes="history", tags={"history"}, words=("redo", "do again"))
def redo(ctx: Context, steps: int = Field(default=1, ge=1, le=1000)) -> Outcome:
    """Make the change again that was undone last."""
    return _travel(ctx, steps, ctx.log.redo_targets, ctx.redoes, "Redid", "There is nothing to redo.", backwards=False)


@operation(changes="history", tags={"history"}, words=("restore", "go back to"))
def restore(ctx: Context, revision: int = Field(ge=0)) -> Outcome:
    """Make the project what it was at a revision. The changes since stay in the log, and this can be undone."""
    if revision > ctx.project.revision:
        raise NotFound(f"There is no revision {revision} yet; the latest is {ctx.project.revision}.")
    then = ctx.log.at(revision)
    # The library only grows: what was ingested since is not part of the scene and is kept.
    ctx.project = copy_with(then, assets=type(then.assets)({**then.assets, **ctx.project.assets}))  # pyright: ignore
    return Outcome(summary=f"Restored revision {revision}")
