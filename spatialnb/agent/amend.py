"""Changing a plan while it runs: what a person says now, against the steps that have not begun."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from spatialnb.agent.effect import needs
from spatialnb.models.base import FrozenDict
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.operations.registry import Registry

DROP = re.compile(r"\b(skip|drop|leave out|forget|without|do not|don't|no need|cancel|never mind)\b", re.IGNORECASE)
ADD = re.compile(r"\b(also|too|as well|in addition|additionally|and then|afterwards|plus)\b", re.IGNORECASE)
WORD = re.compile(r"[a-z0-9]+")
EMPTY = frozenset(
    WORD.findall(
        "a an and also do don t drop for forget in it leave make need never no of on one ones out please skip that the "
        "them then this to too use want with without"
    )
)


def amended(
    steps: Sequence[PlanStep], begun: Collection[str], words: str, wanted: Plan, registry: Registry
) -> tuple[PlanStep, ...]:
    """The steps of a run after a person said `words`, which by themselves would be the plan `wanted`.

    Steps in `begun` stay as they are. "Skip the film" drops the steps it speaks of and those that need them; "also ..."
    adds; anything else replaces the arguments of steps that do the same operation, and adds what no step does yet.
    """
    if DROP.search(words):
        return _without(steps, begun, words, registry)
    fresh = _renamed(wanted.steps, {step.id for step in steps})
    if ADD.search(words):
        return (*steps, *fresh)
    left = list(fresh)
    changed: list[PlanStep] = []
    for step in steps:
        same = next((new for new in left if new.operation == step.operation), None) if step.id not in begun else None
        if same is None:
            changed.append(step)
            continue
        left.remove(same)
        changed.append(
            step.model_copy(update={"args": FrozenDict({**step.args, **same.args}), "title": same.title or step.title})
        )
        left = [_repointed(new, same.id, step.id) for new in left]
    return (*changed, *left)


def _without(steps: Sequence[PlanStep], begun: Collection[str], words: str, registry: Registry) -> tuple[PlanStep, ...]:
    said = set(WORD.findall(words.lower())) - EMPTY
    dropped = {step.id for step in steps if step.id not in begun and said & _vocabulary(step, registry)}
    for step in steps:
        if step.id not in begun and dropped.intersection(needs(step)):
            dropped.add(step.id)
    return tuple(step for step in steps if step.id not in dropped)


def _vocabulary(step: PlanStep, registry: Registry) -> set[str]:
    """Words that a step goes by: its title, its operation's name and verbs, its short arguments."""
    texts = [step.title, step.operation.replace("_", " "), *(v for v in step.args.values() if isinstance(v, str))]
    if step.operation in registry:
        texts.extend(registry.get(step.operation).words)
    return set(WORD.findall(" ".join(texts).lower())) - EMPTY


def _renamed(steps: Sequence[PlanStep], taken: Collection[str]) -> tuple[PlanStep, ...]:
    """`steps` under ids that are free, with what they say of each other following."""
    names: dict[str, str] = {}
    number = 1
    for step in steps:
        while f"s{number}" in taken or f"s{number}" in names.values():
            number += 1
        names[step.id] = f"s{number}"
    return tuple(renamed(step, names) for step in steps)


def renamed(step: PlanStep, names: Mapping[str, str]) -> PlanStep:
    """`step` with its own id and those it refers to replaced where `names` has another."""
    return step.model_copy(
        update={
            "id": names.get(step.id, step.id),
            "after": tuple(names.get(name, name) for name in step.after),
            "args": FrozenDict(repointed(step.args, names)),
        }
    )


def repointed(value: Any, names: Mapping[str, str]) -> Any:
    """`value` with the step ids inside its references replaced."""
    if isinstance(value, Mapping):
        inside = {key: repointed(inner, names) for key, inner in value.items()}
        if isinstance(inside.get("from"), str) and set(inside) <= {"from", "field"}:
            inside["from"] = names.get(inside["from"], inside["from"])
        return inside
    if isinstance(value, (list, tuple)):
        return [repointed(inner, names) for inner in value]
    return value


def _repointed(step: PlanStep, old: str, new: str) -> PlanStep:
    return renamed(step, {old: new}) if old in needs(step) else step
