"""Numbers in words and digits, ordinals, and measures with their units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from spatialnb.operations.language.tokens import Token
from spatialnb.operations.language.words import spaced

Dimension: TypeAlias = Literal["length", "angle", "time", "percent", "times"]

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)

CARDINALS = {word: float(n) for n, word in enumerate(_ONES.split())} | {
    word: 20.0 + 10 * n for n, word in enumerate(spaced("twenty thirty forty fifty sixty seventy eighty ninety"))
}
_SCALES = {"hundred": 100.0, "thousand": 1000.0, "dozen": 12.0}
_PARTS = {"half": 0.5, "quarter": 0.25, "third": 1 / 3}
ORDINALS = {
    word: n
    for n, word in enumerate(
        spaced(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh "
            "twelfth thirteenth fourteenth fifteenth"
        ),
        1,
    )
} | {"twentieth": 20, "thirtieth": 30}
_LAST = frozenset(("last", "final", "latter"))
_UNITS: dict[str, tuple[Dimension, float]] = {
    **dict.fromkeys(("m", "metre", "meter", "mtr"), ("length", 1.0)),
    **dict.fromkeys(("cm", "centimetre", "centimeter"), ("length", 0.01)),
    **dict.fromkeys(("mm", "millimetre", "millimeter"), ("length", 0.001)),
    **dict.fromkeys(("km", "kilometre", "kilometer"), ("length", 1000.0)),
    **dict.fromkeys(("ft", "foot"), ("length", 0.3048)),
    **dict.fromkeys(("inch", "inche"), ("length", 0.0254)),
    **dict.fromkeys(("yd", "yard"), ("length", 0.9144)),
    **dict.fromkeys(("deg", "degree"), ("angle", 1.0)),
    **dict.fromkeys(("rad", "radian"), ("angle", 57.29577951308232)),
    **dict.fromkeys(("turn", "rotation", "revolution"), ("angle", 360.0)),
    **dict.fromkeys(("s", "sec", "second"), ("time", 1.0)),
    **dict.fromkeys(("min", "minute"), ("time", 60.0)),
    **dict.fromkeys(("ms", "millisecond"), ("time", 0.001)),
    **dict.fromkeys(("hour", "hr"), ("time", 3600.0)),
    **dict.fromkeys(("percent", "pct"), ("percent", 0.01)),
    **dict.fromkeys(("time", "x", "fold"), ("times", 1.0)),
}
UNIT_WORDS = frozenset(_UNITS)


@dataclass(frozen=True)
class Measured:
    """A number with a unit: metres, degrees, seconds, a share or a factor."""

    value: float
    dimension: Dimension


def number_at(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    """The number that starts at a token, and where it ends: "12", "twenty five", "two and a half", "a dozen"."""
    if at >= len(tokens):
        return None
    token = tokens[at]
    if token.kind == "number":
        return _with_half(tokens, token.value, at + 1)
    word = token.word
    if word in ("a", "an") and at + 1 < len(tokens):
        following = tokens[at + 1].word
        if following in _SCALES:
            return _with_scale(tokens, 1.0, at + 1)
        if following == "couple":
            return 2.0, at + 2 + (_word(tokens, at + 2) == "of")
        if following in _PARTS and following != "third":
            return _PARTS[following], at + 2 + (_word(tokens, at + 2) == "of")
        return None
    if word in _PARTS and word != "third":
        after = at + 1
        return _PARTS[word], after + (_word(tokens, after) in ("a", "an"))
    if word not in CARDINALS:
        return None
    value, end = CARDINALS[word], at + 1
    if value >= 20 and 0 < CARDINALS.get(_word(tokens, end), 0) < 10:
        value, end = value + CARDINALS[tokens[end].word], end + 1
    return _with_scale(tokens, value, end)


def _with_scale(tokens: Sequence[Token], value: float, at: int) -> tuple[float, int]:
    if (scale := _SCALES.get(_word(tokens, at))) is not None:
        rest = number_at(tokens, at + 1 + (_word(tokens, at + 1) == "and"))
        if rest is not None and 1 <= rest[0] < scale and scale >= 100 and float(rest[0]).is_integer():
            return value * scale + rest[0], rest[1]
        return value * scale, at + 1
    return _with_half(tokens, value, at)


def _with_half(tokens: Sequence[Token], value: float, at: int) -> tuple[float, int]:
    if _word(tokens, at) == "and" and _word(tokens, at + 1) == "a" and (part := _PARTS.get(_word(tokens, at + 2))):
        return value + part, at + 3
    return value, at


def ordinal_at(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """The ordinal at a token: 1 for "first", -1 for "last", -2 for "second to last", and where it ends."""
    word = _word(tokens, at)
    if word in _LAST:
        return -1, at + 1
    if word == "penultimate":
        return -2, at + 1
    n, end = ORDINALS.get(word, 0), at + 1
    if not n and word[:1].isdigit() and word[-2:] in ("st", "nd", "rd", "th") and word[:-2].isdigit():
        n = int(word[:-2])
    if not n and CARDINALS.get(word, 0) >= 20 and (ones := ORDINALS.get(_word(tokens, end), 0)) and ones < 10:
        n, end = int(CARDINALS[word]) + ones, end + 1
    if not n:
        return None
    if _word(tokens, end) in ("to", "from") and (_word(tokens, end + 1) in ("last", "the")):
        skip = end + 1 + (_word(tokens, end + 1) == "the")
        if _word(tokens, skip) in ("last", "end"):
            return -n, skip + 1
    return n, end


def measure_at(tokens: Sequence[Token], at: int) -> tuple[Measured, int] | None:
    """A number with a unit at a token, and where it ends: "2 metres", "half a turn", "1m50", "a metre", "6 ft 2"."""
    counted = number_at(tokens, at)
    if counted is None:
        article = _word(tokens, at) in ("a", "an", "one") and _unit(tokens, at + 1)
        return (Measured(article[1], article[0]), at + 2) if article and article[0] != "times" else None
    value, end = counted
    unit = _unit(tokens, end)
    if unit is None and _word(tokens, end) in ("of", "a") and value < 1:
        end += 1 + (_word(tokens, end + 1) == "a")
        unit = _unit(tokens, end)
    if unit is None or (unit[0] == "times" and value == 0):
        return None
    end += 1
    total = value * unit[1]
    rest = number_at(tokens, end)
    if (
        unit[0] == "length"
        and rest is not None
        and (small := _unit(tokens, rest[1]))
        and small[0] == "length"
        and small[1] < unit[1]
    ):
        return Measured(total + rest[0] * small[1], "length"), rest[1] + 1
    return Measured(total, unit[0]), end


def _unit(tokens: Sequence[Token], at: int) -> tuple[Dimension, float] | None:
    if at >= len(tokens) or tokens[at].kind != "word":
        return None
    token = tokens[at]
    return _UNITS.get(token.word) or _UNITS.get(token.lemma)


def _word(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].word if 0 <= at < len(tokens) else ""
