"""Doing the work: resolve what is pointed at, run the function, write what it changed as one Change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from spatialnb.errors import SpatialError, StoreUnavailable
from spatialnb.models.asset import Asset
from spatialnb.models.base import FrozenDict, Json
from spatialnb.models.canvas import Item
from spatialnb.models.change import Call, Edit, apply, diff
from spatialnb.models.plan import Preview
from spatialnb.models.project import Project
from spatialnb.operations.calling.call import Calling
from spatialnb.operations.calling.faults import translated
from spatialnb.operations.calling.sizes import sizes_of
from spatialnb.operations.context import Context
from spatialnb.store.changes import IdsTaken

if TYPE_CHECKING:
    from spatialnb.operations.registry import Operation, Outcome
    from spatialnb.operations.workspace import Workspace

RERUNS = 100
"""How often an operation is run anew because someone else made the very ids it was about to make."""
AWAY = "The store is away: the change is kept on this machine and written when it is back."


def performed(call: Calling) -> Outcome:
    """The outcome, after its Change is written."""
    if call.within is not None:
        return _as_part(call, call.within)
    workspace, operation = call.workspace, call.operation
    for _ in range(RERUNS):
        context = _context(call)
        before = context.project
        outcome = _reused(call, context) if call.kept else _done(call, context)
        context.check()
        if context.project is before:
            workspace.pointed_by(operation, outcome, (), call.author)
            return _finished(call, context, outcome)
        call.edits, call.after = diff(before, context.project), context.project
        try:
            appended = workspace.log.append(
                call.edits,
                base=before.revision if call.base is None else min(call.base, before.revision),
                call=Call(operation=operation.name, args=FrozenDict(_given(call)), version=operation.version),
                author=call.author,
                actor=call.actor,
                run=call.run,
                step=call.step,
                correlation_id=call.correlation_id,
                summary=outcome.summary,
                undoes=context.undoes,
                redoes=context.redoes,
                exclusive=not (context.undoes or context.redoes),
            )
        except IdsTaken:
            # Two that place a robot at once would both call theirs robot-1: the later one makes it anew.
            continue
        context.project = appended.project
        made = tuple(item.id for _, item in appended.project.items() if before.item(item.id) is None)
        workspace.pointed_by(operation, outcome, made, call.author)
        if workspace.log.pending:
            call.note(AWAY)
        return _finished(call, context, outcome)
    raise StoreUnavailable(
        f"Others change {workspace.name!r} so fast that {operation.name} found no place; try again in a moment."
    )


def _as_part(call: Calling, whole: Context) -> Outcome:
    """The outcome of a part; what it changed is in the project of the whole's context."""
    context = replace(whole, notes=[], spendings=call.spendings)
    before = context.project
    outcome = _reused(call, context) if call.kept else _done(call, context)
    context.check()
    if call.operation.cached and context.project is not before:
        call.edits, call.after = diff(before, context.project), context.project
    whole.project = context.project
    return _finished(call, context, outcome)


def _context(call: Calling) -> Context:
    workspace = call.workspace
    context = Context(
        project=workspace.project,
        library=workspace.library,
        log=workspace.log,
        pointing=workspace.pointing,
        author=call.author,
        actor=call.actor,
        run=call.run,
        step=call.step,
        point=workspace.point,
        publish=workspace.publish,
        attend=workspace.attend,
        operations=workspace.registry,
        recorder=workspace.recorder,
        models=workspace.models,
        spendings=call.spendings,
        part=partial(part, workspace),
    )
    context.report = call.report or context.report
    context.stopped = call.stopped or context.stopped
    return context


def _done(call: Calling, context: Context) -> Outcome:
    """What the operation gives. Errors of outside services come out as ours, in plain words."""
    operation = call.operation
    resolved = call.workspace.resolved(operation, call.args, context)
    call.sizes = sizes_of(resolved)
    try:
        return operation.function(context, **resolved)
    except (SpatialError, IdsTaken):
        raise
    except Exception as error:
        if (plain := translated(error, operation.service)) is None:
            raise
        raise plain from error


def part(workspace: Workspace, operation: Operation, args: Mapping[str, Any], whole: Context) -> Outcome:
    """Carry out an operation as a part of a call, by way of every stage; see `Context.part`."""
    from spatialnb.operations.calling.pipeline import carried_out

    call = Calling(
        workspace,
        operation,
        args,
        whole.author,
        whole.actor,
        whole.run,
        whole.step,
        report=whole.report,
        stopped=whole.stopped,
        within=whole,
    )
    try:
        outcome = carried_out(call)
    finally:
        whole.spendings.extend(call.spendings)
    whole.notes.extend(note for note in outcome.notes if note not in whole.notes)
    return outcome


def _reused(call: Calling, context: Context) -> Outcome:
    """What an earlier call gave, with what it changed made here."""
    assert call.kept is not None
    if call.kept.edits:
        context.project = _with(context.project, call.kept.edits)
    return call.kept.outcome


def _with(project: Project, edits: tuple[Edit, ...]) -> Project:
    changed, _, _ = apply(project, edits)
    return changed if diff(project, changed) else project


def _finished(call: Calling, context: Context, outcome: Outcome) -> Outcome:
    """The outcome with what the way there adds: a preview where there is none, notes, what it cost."""
    update: dict[str, Any] = {}
    if outcome.preview == Preview():
        update["preview"] = _preview(outcome, context.project)
    if call.notes or context.notes:
        update["notes"] = tuple(dict.fromkeys((*outcome.notes, *context.notes, *call.notes)))
    if call.kept:
        update["cached"] = True
        update["cost_usd"] = 0.0
    elif call.spendings and not outcome.cost_usd:
        update["cost_usd"] = sum(call.spendings)
    return outcome.model_copy(update=update) if update else outcome


def _preview(outcome: Outcome, project: Project) -> Preview:
    images: list[str] = []
    for item_id in outcome.items:
        item = project.item(item_id)
        asset = project.asset_of(item) if item else None
        if asset and (thumbnail := asset.rendition("thumbnail")):
            images.append(thumbnail.hash)
        if len(images) == 6:
            break
    return Preview(text=outcome.summary, images=tuple(images))


def _given(call: Calling) -> dict[str, Json]:
    """The arguments as JSON, as the caller gave them: enough to make the call again."""
    dumped = portable(call.operation, call.args)
    return {name: value for name, value in dumped.items() if name in call.given}


def portable(operation: Operation, args: Mapping[str, Any]) -> dict[str, Json]:
    """Every argument as JSON; things that are pointed at by their ids."""
    model = operation.args.model_construct(**{name: _plain(value) for name, value in args.items()})
    return model.model_dump(mode="json", warnings=False)


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and any(isinstance(v, (Item, Asset)) for v in value):
        return tuple(v.id if isinstance(v, (Item, Asset)) else v for v in value)
    return value
