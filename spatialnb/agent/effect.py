"""One step's effect on the project, done once: a step that finds its Change in the log does not make it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spatialnb.errors import Invalid
from spatialnb.models.base import Json
from spatialnb.models.change import Change
from spatialnb.models.plan import PlanStep, Preview

if TYPE_CHECKING:
    from spatialnb.operations.workspace import Workspace
    from spatialnb.store import ChangeLog


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
    if change is None:
        return None
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


def needs(step: PlanStep) -> tuple[str, ...]:
    """Steps that must be over before `step` can begin: those it names and those it takes something from."""
    return tuple(dict.fromkeys((*step.after, *taken(step.args))))


def taken(value: Any) -> tuple[str, ...]:
    """Ids of the steps whose results are referred to inside `value`."""
    if isinstance(value, Mapping):
        if _is_reference(value):
            return (str(value["from"]),)
        return tuple(name for inner in value.values() for name in taken(inner))
    if isinstance(value, (list, tuple)):
        return tuple(name for inner in value for name in taken(inner))
    return ()


def filled(value: Any, results: Mapping[str, Mapping[str, Json]]) -> Any:
    """`value` with every reference to an earlier step replaced by what that step gave.

    A reference is `{"from": "s1", "field": "items"}`; without `field` it means the items. A dict's fields and a list's
    places are reached with dots: `"hits.0.asset"`. Raises `Invalid` when the step gave no such field.
    """
    if isinstance(value, Mapping):
        if _is_reference(value):
            return _field(str(value["from"]), str(value.get("field", "items")), results)
        return {key: filled(inner, results) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        filled_in = [filled(inner, results) for inner in value]
        # A reference to a list inside a list adds to it: ["robot-1", {"from": "s1"}] is one list of ids.
        flat: list[Any] = []
        for was, now in zip(value, filled_in, strict=True):
            spread = isinstance(was, Mapping) and _is_reference(was) and isinstance(now, list)
            flat.extend(now if spread else [now])
        return flat
    return value


def _is_reference(value: Mapping[str, Any]) -> bool:
    return "from" in value and set(value) <= {"from", "field"} and isinstance(value["from"], str)


def _field(step: str, path: str, results: Mapping[str, Mapping[str, Json]]) -> Json:
    if step not in results:
        raise Invalid(f"Step {step} has no result to go on with.")
    value: Any = results[step]
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            given = ", ".join(sorted(results[step])) or "nothing"
            raise Invalid(f"Step {step} gave no {path!r}; it gave {given}.", path)
    return value
