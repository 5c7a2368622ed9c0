"""What is wrong with an argument, in plain words, with the nearest value that would do.

One table, `COMPLAINTS`: a kind of error to the function that words it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from spatialnb.operations.calling.amounts import amount
from spatialnb.operations.calling.expected import UNITS, Path, letters, listed, plain_number
from spatialnb.operations.calling.mistakes import Mistake, nearest, path_in_words, shown

if TYPE_CHECKING:
    pass

Wording: TypeAlias = Callable[[Mistake], str]


def worded(mistake: Mistake) -> str:
    return COMPLAINTS.get(mistake.kind, _wrong_kind)(mistake)


def _kind(value: Any) -> str:
    """What sort of value this is, where saying so adds something."""
    if isinstance(value, bool):
        return "is a yes or no"
    if isinstance(value, (int, float)):
        return "is a number"
    return "is text" if isinstance(value, str) else "does not fit"


def _hint(close: Any) -> str:
    return f" Did you mean {close!r}?" if close not in (None, "") else ""


# -- one kind each ----------------------------------------------------------------------------------------------------
def _unknown(m: Mistake) -> str:
    *above, name = m.path
    known = m.expected.fields(tuple(above))
    hint = _hint(nearest(str(name), known))
    if not above:
        takes = f"it takes {listed(known)}" if known else "it takes none"
        return f"{m.operation} has no parameter {name!r}; {takes}.{hint}"
    return f"{path_in_words(tuple(above))} has no field {name!r}; it has {listed(known) or 'none'}.{hint}"


def _missing(m: Mistake) -> str:
    *above, name = m.path
    if isinstance(name, int):
        return _wrong_count(m, tuple(above))
    what = m.expected.words(m.path)
    whole = f"{path_in_words(tuple(above))} of {m.operation}" if above else m.operation
    return f"{whole} needs {str(name)!r}" + (f": {what}." if what else ".")


def _wrong_count(m: Mistake, path: Path) -> str:
    what = m.expected.words(path)
    return f"{path_in_words(path)} of {m.operation} has too few entries; it takes {what or 'more'}."


def _choice(m: Mistake) -> str:
    known = m.expected.choices(m.path) or _quoted(m.context.get("expected", ""))
    close: Any = None
    if isinstance(m.given, str):
        close = nearest(m.given, [value for value in known if isinstance(value, str)])
    elif isinstance(m.given, (int, float)) and not isinstance(m.given, bool):
        numbers = [value for value in known if isinstance(value, (int, float))]
        close = min(numbers, key=lambda value: abs(value - m.given)) if numbers else None
    return f"{m.operation} knows no {m.where} {m.shown}.{_hint(close)} There are: {listed(known)}."


def _quoted(text: Any) -> list[str]:
    """The values that pydantic lists as "'a', 'b' or 'c'"."""
    return [part for part in str(text).split("'")[1::2] if part]


def _out_of_range(m: Mistake) -> str:
    unit = f" {m.unit}" if m.unit else ""
    bound = next((m.context[key] for key in ("ge", "gt", "le", "lt") if key in m.context), None)
    is_low = "ge" in m.context or "gt" in m.context
    strict = "gt" in m.context or "lt" in m.context
    if not isinstance(bound, (int, float)) or not isinstance(m.given, (int, float)):
        words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
        said = next((f"{words[key]} {m.context[key]}" for key in words if key in m.context), "in range")
        return f"{m.where} of {m.operation} has to be {said}; {m.shown} is not."
    than = ("more than" if strict else "at least") if is_low else ("less than" if strict else "at most")
    best = _inside(m, float(bound), 1 if is_low else -1) if strict else float(bound)
    return (
        f"{m.where} of {m.operation} has to be {than} {plain_number(bound)}{unit}, and {m.shown}{unit} is "
        f"{'too little' if is_low else 'too much'}. The nearest that does is {plain_number(best)}{unit}."
    )


def _inside(m: Mistake, bound: float, way: int) -> float:
    """A sensible value just inside a bound that itself is outside, and inside the other bound too."""
    schema = next((s for s in m.expected.at(m.path) if s.get("type") in ("number", "integer")), {})
    if schema.get("type") == "integer" or (isinstance(m.given, int) and schema.get("type") != "number"):
        return math.floor(bound) + 1 if way > 0 else math.ceil(bound) - 1
    step = 0.01 if abs(bound) < 10 else 10 ** math.floor(math.log10(abs(bound)) - 1)
    other = schema.get(
        "maximum" if way > 0 else "minimum", schema.get("exclusiveMaximum" if way > 0 else "exclusiveMinimum")
    )
    if isinstance(other, (int, float)) and abs(other - bound) <= step:
        return (bound + other) / 2
    return round(bound + way * step, 9)


def _multiple(m: Mistake) -> str:
    step = float(m.context.get("multiple_of", 1))
    best = round(round(float(m.given) / step) * step, 9)
    return (
        f"{m.where} of {m.operation} goes in steps of {plain_number(step)}; {m.shown} is between two. "
        f"The nearest is {plain_number(best)}."
    )


def _not_whole(m: Mistake) -> str:
    what = m.expected.words(m.path) or "a whole number"
    try:
        number = float(m.given)
        best = f" The nearest is {math.floor(number + 0.5)}." if math.isfinite(number) else ""
    except (TypeError, ValueError):
        best = ""
    return f"{m.where} of {m.operation} has to be {what}; {m.shown} is not.{best}"


def _not_finite(m: Mistake) -> str:
    return f"{m.where} of {m.operation} has to be {m.expected.words(m.path) or 'a number'}, and a finite one."


def _wrong_kind(m: Mistake) -> str:
    what = m.expected.words(m.path)
    if not what:
        return f"{m.where or 'What was given'} of {m.operation} cannot be {m.shown}."
    close = (
        nearest(m.given, [c for c in m.expected.choices(m.path) if isinstance(c, str)])
        if isinstance(m.given, str)
        else None
    )
    told = f"{m.shown} {_kind(m.given)}"
    if isinstance(m.given, str) and m.expected.numeric(m.path):
        kind = amount(m.given, m.unit)
        told = f"{m.shown} is {kind}" if isinstance(kind, str) else told
        if isinstance(kind, str) and m.unit:
            told += f", not {UNITS[m.unit]}"
    return f"{m.where} of {m.operation} has to be {what}; {told}.{_hint(close)}"


def _too_short(m: Mistake) -> str:
    least = m.context.get("min_length", 1)
    if m.kind.startswith("string"):
        if least == 1:
            return f"{m.where} of {m.operation} is empty; say something."
        return f"{m.where} of {m.operation} has to be at least {least} characters long; {m.shown} has {len(m.given)}."
    many = m.context.get("actual_length", 0)
    there = "is" if many == 1 else "are"
    return f"{m.where} of {m.operation} needs at least {least} {_entries(least)}; there {there} {many}."


def _too_long(m: Mistake) -> str:
    most = m.context.get("max_length", 0)
    if m.kind.startswith("string"):
        return (
            f"{m.where} of {m.operation} may be {most} characters long, and this is {len(m.given)}; "
            f"leave out {len(m.given) - most}."
        )
    many = m.context.get("actual_length") or "more"
    return f"{m.where} of {m.operation} takes at most {most} {_entries(most)}; there are {many}."


def _entries(count: Any) -> str:
    return "entry" if count == 1 else "entries"


def _wrong_form(m: Mistake) -> str:
    choices = letters(str(m.context.get("pattern", "")))
    if choices:
        close = nearest(str(m.given)[:1], choices)
        return f"{m.operation} knows no {m.where} {m.shown}.{_hint(close)} There are: {listed(choices)}."
    return f"{m.where} of {m.operation} has to be {m.expected.words(m.path) or 'of another form'}; {m.shown} is not."


def _not_a_date(m: Mistake) -> str:
    close = _near_date(m.given)
    best = f" The nearest is {close}." if close else ""
    return f"{m.where} of {m.operation} has to be {m.expected.words(m.path) or 'a date'}; {m.shown} is none.{best}"


def _near_date(given: Any) -> str:
    """The nearest day for one that does not exist, such as the 30th of February."""
    try:
        year, month, day = (
            int(part) for part in str(given).strip()[:10].replace("/", "-").replace(".", "-").split("-")
        )
    except ValueError:
        return ""
    if day > 31 and year <= 31:
        year, day = day, year
    month = min(max(month, 1), 12)
    for last in range(min(max(day, 1), 31), 27, -1):
        try:
            return date(year, month, last).isoformat()
        except ValueError:
            continue
    try:
        return date(year, month, max(day, 1)).isoformat()
    except ValueError:
        return ""


def _in_its_own_words(m: Mistake) -> str:
    """What a check of ours, written for people, said."""
    said = str(m.context.get("error", "")).strip().rstrip(".")
    if not said:
        return _wrong_kind(m)
    return f"{m.where} of {m.operation}: {said}." if m.where else f"{said}."


def _wrong_tag(m: Mistake) -> str:
    tag = str(m.context.get("tag", ""))
    known = _quoted(m.context.get("expected_tags", ""))
    name = str(m.context.get("discriminator", "")).strip("'")
    where = f"{m.where}.{name}" if m.where else name
    if not tag:
        return f"{where} of {m.operation} is missing; it is one of {listed(known)}." if known else _no_tag(m, where)
    return f"{m.operation} knows no {where} {shown(tag)}.{_hint(nearest(tag, known))} There are: {listed(known)}."


def _no_tag(m: Mistake, where: str) -> str:
    choices = m.expected.choices((*m.path, where.rpartition(".")[2]))
    return f"{where} of {m.operation} is missing; it is one of {listed(choices)}." if choices else _wrong_kind(m)


COMPLAINTS: Mapping[str, Wording] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "literal_error": _choice,
    "enum": _choice,
    **dict.fromkeys(("greater_than", "greater_than_equal", "less_than", "less_than_equal"), _out_of_range),
    "multiple_of": _multiple,
    "int_from_float": _not_whole,
    "int_parsing_size": _not_whole,
    "finite_number": _not_finite,
    **dict.fromkeys(("string_too_short", "bytes_too_short", "too_short"), _too_short),
    **dict.fromkeys(("string_too_long", "bytes_too_long", "too_long"), _too_long),
    "string_pattern_mismatch": _wrong_form,
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact", "datetime_parsing"),
        _not_a_date,
    ),
    "datetime_from_date_parsing": _not_a_date,
    "value_error": _in_its_own_words,
    "assertion_error": _in_its_own_words,
    "union_tag_invalid": _wrong_tag,
    "union_tag_not_found": _wrong_tag,
}
"""Every other kind of error, such as text where a number is taken, is worded by `_wrong_kind`."""
