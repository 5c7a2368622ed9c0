"""In which order steps of one answer change the scene: always the same, so that the same answer gives the same scene.

Where things find room, and what "them" means afterwards, depends on who came first. Steps that change the scene
therefore go one after the other in the order they were called in; all others run side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spatialnb.agent.values import needs
from spatialnb.models.plan import PlanStep, StepState
from spatialnb.operations.registry import Registry

SCENE = frozenset({"items", "layout", "environment", "history"})
"""What an operation changes, where the order matters."""


def in_turn(steps: Sequence[PlanStep], registry: Registry) -> tuple[PlanStep, ...]:
    """`steps` with each that changes the scene after the one before it; none is given up because another failed.

    What a person has to agree to holds nothing up.
    """
    waited_for = {name for step in steps for name in needs(step)}
    behind: dict[str, frozenset[str]] = {}
    ordered: list[PlanStep] = []
    last: int | None = None
    for step in steps:
        before = _all(needs(step), behind)
        operation = registry.get(step.operation)
        if operation.changes in SCENE:
            if last is not None and ordered[last].id not in before:
                previous = ordered[last]
                if previous.id not in waited_for:
                    ordered[last] = previous.model_copy(update={"on_error": "skip"})
                step = step.model_copy(update={"after": (*step.after, previous.id)})
                before |= {previous.id, *behind[previous.id]}
            if not operation.approval:
                last = len(ordered)
        behind[step.id] = frozenset(before)
        ordered.append(step)
    return tuple(ordered)


def pointed(steps: Sequence[StepState]) -> dict[str, list[str]]:
    """What "them" and "the second one" mean after these steps of one answer: what the last in order left, whichever
    of those that ran side by side came last."""
    lists: dict[str, list[str]] = {}
    for step in steps:
        result = step.result if isinstance(step.result, Mapping) else {}
        items, assets = ([str(name) for name in _listed(result.get(field))] for field in ("items", "assets"))
        if assets:
            lists["shown"] = assets
        if items or assets:
            lists["last"] = items or assets
    return lists


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _all(names: Iterable[str], behind: dict[str, frozenset[str]]) -> set[str]:
    """These steps and all that come before them."""
    return {name for each in names for name in (each, *behind.get(each, ()))}
