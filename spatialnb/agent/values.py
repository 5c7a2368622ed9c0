"""What a plan leaves open until it runs: values from earlier steps, sets of what is pointed at, and conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spatialnb.errors import Invalid
from spatialnb.models.base import Json
from spatialnb.models.plan import Condition, PlanStep, Test

EACH = "each"
"""What a reference names inside a step that is done for each of a set: the thing that it is done for."""

Select = Callable[[Any], "list[Json]"]
"""The ids of what a selection points at now; none if there is nothing of the kind."""


def needs(step: PlanStep) -> tuple[str, ...]:
    """Steps that must be over before `step` can begin: those it names and those it takes something from."""
    return tuple(dict.fromkeys((*step.after, *takes(step))))


def takes(step: PlanStep) -> tuple[str, ...]:
    """Steps whose results a step cannot do without."""
    when = (step.when.value, step.when.than) if step.when else ()
    return tuple(dict.fromkeys(name for name in taken([step.args, when, step.each, _spare(step)]) if name != EACH))


def _spare(step: PlanStep) -> list[Any]:
    return [alternative.args for alternative in step.alternatives]


def taken(value: Any) -> tuple[str, ...]:
    """Ids of the steps whose results are referred to inside `value`."""
    if isinstance(value, Mapping):
        if is_reference(value):
            return (str(value["from"]),)
        return tuple(name for inner in value.values() for name in taken(inner))
    if isinstance(value, (list, tuple)):
        return tuple(name for inner in value for name in taken(inner))
    return ()


def filled(value: Any, results: Mapping[str, Any]) -> Any:
    """`value` with every reference to an earlier step replaced by what that step gave.

    A reference is `{"from": "s1", "field": "items"}`; without `field` it means the items, or, where the thing is no
    result of a step, the thing itself. A dict's fields and a list's places are reached with dots: `"hits.0.asset"`.
    Raises `Invalid` when the step gave no such field.
    """
    if isinstance(value, Mapping):
        if is_reference(value):
            return _field(str(value["from"]), value.get("field"), results)
        return {key: filled(inner, results) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        filled_in = [filled(inner, results) for inner in value]
        # A reference to a list inside a list adds to it: ["robot-1", {"from": "s1"}] is one list of ids.
        flat: list[Any] = []
        for was, now in zip(value, filled_in, strict=True):
            spread = isinstance(was, Mapping) and is_reference(was) and isinstance(now, list)
            flat.extend(now if spread else [now])
        return flat
    return value


def is_reference(value: Mapping[str, Any]) -> bool:
    return "from" in value and set(value) <= {"from", "field"} and isinstance(value["from"], str)


def _field(step: str, path: Any, results: Mapping[str, Any]) -> Any:
    if step not in results:
        raise Invalid(f"Step {step} has no result to go on with.")
    value: Any = results[step]
    if path is None and not (isinstance(value, Mapping) and step != EACH):
        return value
    for part in str(path or "items").split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, (list, tuple)) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            known = results[step]
            given = ", ".join(sorted(known)) if isinstance(known, Mapping) else str(known)
            raise Invalid(
                f"Step {step} gave no {path or 'items'!r}; it gave {given or 'nothing'}.", str(path or "items")
            )
    return value


def gathered(value: Json, results: Mapping[str, Any], select: Select) -> Any:
    """`value` as it is by now: taken from steps, or selected."""
    if isinstance(value, Mapping) and set(value) == {"select"}:
        return select(value["select"])
    return filled(value, results)


def things(value: Json, results: Mapping[str, Any], select: Select) -> tuple[Json, ...]:
    """The set that a step is done for. Raises `Invalid` when it is none."""
    found = gathered(value, results, select)
    if not isinstance(found, (list, tuple)):
        raise Invalid(f"A step can be done for each of a list, not of {found!r}.", "each")
    return tuple(found)


def holds(condition: Condition, results: Mapping[str, Any], select: Select) -> bool:
    """Whether a condition holds now."""
    value = gathered(condition.value, results, select)
    than = gathered(condition.than, results, select)
    return TESTS[condition.test](value, than)


def _size(value: Any) -> float:
    if isinstance(value, (list, tuple, dict)):
        return len(value)
    if isinstance(value, (int, float)):
        return value
    raise Invalid(f"{value!r} is neither a number nor a list that could be counted.", "when")


def _is(value: Any, than: Any) -> bool:
    return (
        _size(value) == than if isinstance(value, (list, tuple)) and isinstance(than, (int, float)) else value == than
    )


TESTS: Mapping[Test, Callable[[Any, Any], bool]] = {
    "some": lambda value, _: bool(value),
    "none": lambda value, _: not value,
    "is": _is,
    "is not": lambda value, than: not _is(value, than),
    "more": lambda value, than: _size(value) > _size(than),
    "fewer": lambda value, than: _size(value) < _size(than),
    "has": lambda value, than: than in value if isinstance(value, (list, tuple, str, dict)) else False,
}
"""How a condition's value is compared; a row a test."""
