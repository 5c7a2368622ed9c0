"""First of all the arguments are checked, and completed with the operation's own defaults.

Amounts in words ("2 m", "ninety degrees") are taken where a number is expected.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema

from spatialnb.errors import Invalid
from spatialnb.operations.calling.amounts import amount
from spatialnb.operations.calling.call import Calling, Next
from spatialnb.operations.calling.complaints import worded
from spatialnb.operations.calling.expected import Expectations, Path
from spatialnb.operations.calling.mistakes import MISMATCH, Mistake, mistakes_of

if TYPE_CHECKING:
    from spatialnb.operations.registry import Operation, Outcome

MOST = 3
"""Mistakes that are told at once."""
_NUMBERS = ("zero", "one", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def checked(call: Calling, then: Next) -> Outcome:
    """Raises `Invalid`, in plain words and with the nearest valid value."""
    call.args = call.operation.validate(call.given)
    return then(call)


def amended(operation: Operation, args: Mapping[str, Any], error: ValidationError) -> BaseModel:
    """The arguments after all, if all that was wrong is that amounts were given in words.

    Raises `Invalid` that says what is wrong.
    """
    expected = _expectations(operation)
    mistakes = mistakes_of(operation, args, error, expected)
    changed = _with_amounts(args, mistakes)
    if changed is not None:
        try:
            return operation.args.model_validate(changed)
        except ValidationError as other:
            mistakes = mistakes_of(operation, changed, other, expected)
    raise _told(operation, mistakes) from None


def refusal(operation: Operation, args: Mapping[str, Any] | None, error: ValidationError) -> Invalid:
    """What is wrong, for someone who checks arguments in another way than by calling."""
    if args is None:
        lines = error.errors(include_url=False)
        args = {str(line["loc"][0]): line.get("input") for line in lines if len(line["loc"]) == 1}
    return _told(operation, mistakes_of(operation, args, error, _expectations(operation)))


_EXPECTED: WeakKeyDictionary[type[BaseModel], Expectations] = WeakKeyDictionary()
"""Schemas take milliseconds to make; a model that tries again and again should not wait for them."""


def _expectations(operation: Operation) -> Expectations:
    known = _EXPECTED.get(operation.args)
    if known is not None:
        return known
    try:
        schema = operation.args.model_json_schema()
    except PydanticInvalidForJsonSchema:
        schema = {"properties": {name: {} for name in operation.args.model_fields}}
    made = _EXPECTED[operation.args] = Expectations(schema, operation.references)
    return made


_WANTS_NUMBER = ("float_parsing", "float_type", "int_parsing", "int_type", "decimal_parsing", MISMATCH)


def _with_amounts(args: Mapping[str, Any], mistakes: Sequence[Mistake]) -> dict[str, Any] | None:
    """The arguments with amounts in words as numbers; None if there are none."""
    found = {
        mistake.path: value
        for mistake in mistakes
        if mistake.kind in _WANTS_NUMBER
        and isinstance(mistake.given, str)
        and mistake.expected.numeric(mistake.path)
        and isinstance(value := amount(mistake.given, mistake.unit), float)
    }
    if not found:
        return None
    changed: Any = dict(args)
    for path, value in found.items():
        changed = _put(changed, path, int(value) if value.is_integer() else value)
    return cast("dict[str, Any]", changed)


def _put(container: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(container, Mapping):
        return {**container, step: _put(container[step], rest, value)}
    changed = list(copy.copy(container))
    changed[cast(int, step)] = _put(changed[cast(int, step)], rest, value)
    return changed


def _told(operation: Operation, mistakes: Sequence[Mistake]) -> Invalid:
    texts = [worded(mistake) for mistake in mistakes[:MOST]]
    where = mistakes[0].where if mistakes else ""
    if len(mistakes) == 1:
        return Invalid(texts[0], where)
    count = _NUMBERS[len(mistakes)] if len(mistakes) < len(_NUMBERS) else str(len(mistakes))
    told = " ".join(f"({number}) {text}" for number, text in enumerate(texts, 1))
    more = f" And {len(mistakes) - MOST} more." if len(mistakes) > MOST else ""
    return Invalid(f"{count} things are wrong with {operation.name}: {told}{more}", where)
