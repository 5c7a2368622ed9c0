"""Taking particular changes back, wherever they stand in the history, without what others have done since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from spatialnb.errors import NotFound
from spatialnb.models.change import Change, Edit, Path, apply
from spatialnb.models.project import Project
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, operation

if TYPE_CHECKING:
    from spatialnb.operations.workspace import Workspace


class TakenBack(Outcome):
    """`kept` names what stays as it is, because someone has changed it since."""

    kept: tuple[str, ...] = ()


@operation(changes="history", tags={"history", "code"})
def take_back(ctx: Context, revisions: list[int] = Field(min_length=1)) -> TakenBack:
    """Take back the changes of these revisions as one, newest first. What was changed since by others stays."""
    wanted = sorted(set(revisions), reverse=True)
    if not 1 <= wanted[-1] <= wanted[0] <= ctx.project.revision:
        raise NotFound(f"There are revisions 1 to {ctx.project.revision}; {revisions} are not all among them.")
    history = ctx.log.history(wanted[-1], ctx.project.revision)
    edits, kept = unpicked(history, set(wanted), ctx.project)
    ctx.project, done, _ = apply(ctx.project, edits)
    ctx.undoes = tuple(wanted) if done else ()
    names = _names(ctx.project, kept)
    told = "; ".join(change.summary for change in reversed(history) if change.revision in wanted and change.summary)
    return TakenBack(summary=f"Took back: {told}" if told else "Took changes back", kept=names)


def still(workspace: Workspace, revision: int, end: int) -> tuple[str, ...]:
    """What stayed when the change of a revision was taken back, of what stood at the revision `end`."""
    project = workspace.log.at(end)
    _, kept = unpicked(workspace.log.history(revision, end), {revision}, project)
    return _names(project, kept)


def unpicked(history: Sequence[Change], wanted: set[int], project: Project) -> tuple[list[Edit], list[Path]]:
    """The edits that take the `wanted` changes of `history` back, newest first, and the paths that stay as they are.

    `history` reaches from the oldest wanted change to the head. A path stays where a later change that still stands has
    touched it, what it is in or what is in it; an asset stays while an item shows it that stays itself.
    """
    void = voided(history)
    touched: set[Path] = set()
    inside: set[Path] = set()
    edits: list[Edit] = []
    kept: list[Path] = []
    for change in reversed(history):
        if change.revision in void:
            continue
        if change.revision not in wanted:
            for edit in change.edits:
                touched.add(edit.path)
                inside.update(edit.path[:length] for length in range(1, len(edit.path) + 1))
            continue
        for edit in change.inverse:
            stays = edit.path in inside or any(edit.path[:length] in touched for length in range(1, len(edit.path)))
            (kept.append(edit.path) if stays else edits.append(edit))
    return _without_used_assets(edits, kept, project), kept


def _without_used_assets(edits: list[Edit], kept: list[Path], project: Project) -> list[Edit]:
    gone = {edit.path[1] for edit in edits if edit.path[0] == "assets" and len(edit.path) == 2 and edit.after is None}
    if not gone:
        return edits
    after, _, _ = apply(project, edits)
    used = gone.intersection(item.asset for _, item in after.items() if item.asset)
    kept.extend(("assets", asset) for asset in sorted(used))
    return [edit for edit in edits if not (edit.path[0] == "assets" and edit.path[1] in used)]


def voided(history: Sequence[Change]) -> set[int]:
    """Revisions of changes that were taken back since, and of what took them back: together they are nothing."""
    void: set[int] = set()
    for change in reversed(history):
        if change.revision in void:
            continue
        if change.undoes or change.redoes:
            # A redo takes back an undo, which so no longer takes back anything.
            void.update((change.revision, *change.undoes, *change.redoes))
    return void


def _names(project: Project, paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_name(project, path) for path in paths))


def _name(project: Project, path: Path) -> str:
    """What a person calls that which a path leads into."""
    if len(path) > 3 and path[0] == "canvases" and path[2] == "items":
        item = project.item(path[3])
        return item.name or item.id if item else path[3]
    if len(path) > 1 and path[0] == "assets" and (asset := project.assets.get(path[1])) is not None:
        return asset.name
    return path[min(1, len(path) - 1)]
