"""Amounts given in words where a number is taken: "2 m", "90 degrees", "half a minute", "twelve"."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Amount: TypeAlias = "float | Literal['other']"

DIMENSIONS = {"m": "length", "deg": "angle", "s": "time"}
NAMES = {"length": "a length", "angle": "an angle", "time": "a time", "percent": "a share", "times": "a factor"}


def amount(text: str, unit: str) -> float | str | None:
    """The number that `text` says in `unit` (`m`, `deg`, `s`, or empty for a bare number, a share or a factor).

    A name such as "an angle" if it says a measure of another kind; None if it says no amount at all.
    """
    from spatialnb.operations.language.numbers import measure_at, number_at
    from spatialnb.operations.language.tokens import tokenize

    if len(text) > 60:
        return None
    sign, rest = _signed(text.strip())
    tokens = tokenize(rest)
    if not tokens:
        return None
    measure = measure_at(tokens, 0)
    if measure is not None and measure[1] == len(tokens):
        measured = measure[0]
        wanted = DIMENSIONS.get(unit)
        if measured.dimension == wanted or (wanted is None and measured.dimension in ("percent", "times")):
            return sign * round(measured.value, 9)
        return NAMES[measured.dimension]
    number = number_at(tokens, 0)
    if number is not None and number[1] == len(tokens):
        return sign * float(number[0])
    return None


def _signed(text: str) -> tuple[float, str]:
    found = re.match(r"(?:-|−|minus\b)\s*", text, re.IGNORECASE)
    return (-1.0, text[found.end() :]) if found else (1.0, text)
