"""Directions, sizes and angles: "2 metres to the left", "twice as big", "a quarter turn", "too small"."""

from __future__ import annotations

from collections.abc import Iterator

from spatialnb.agent.planner import english
from spatialnb.agent.planner.piece import Clause, Piece
from spatialnb.models.geometry import Vec3
from spatialnb.operations.language.numbers import Measured, measure_at, number_at
from spatialnb.operations.language.vocabulary import Phrases

STEP = 0.5
"""Metres of a move that names no distance."""


def _degree(clause: Clause, at: int) -> tuple[float, int] | None:
    found = _DEGREES.at(clause.tokens, at)
    return (found[0][1], found[0][0]) if found else None


def shift(clause: Clause, at: int) -> Iterator[Piece]:
    """ "2 metres to the left", "up a bit", "by 30 cm to the right", "towards me", "slightly higher"."""
    start, amount = at, STEP
    at += clause.word(at) == "by"
    measured = measure_at(clause.tokens, at)
    if measured and measured[0].dimension == "length":
        amount, at = measured[0].value, measured[1]
    elif degree := _degree(clause, at):
        amount, at = STEP * degree[0], degree[1]
        if (inner := measure_at(clause.tokens, at)) and inner[0].dimension == "length":
            amount, at = inner[0].value, inner[1]
    elif at > start:
        return
    direction, end = _direction(clause, at)
    if direction is None:
        return
    after = end + (clause.word(end) == "by")
    if (later := measure_at(clause.tokens, after)) and later[0].dimension == "length":
        amount, end = later[0].value, later[1]
    elif degree := _degree(clause, end):
        amount, end = STEP * degree[0], degree[1]
    x, y, z = direction
    vector: Vec3 = (round(x * amount, 6) + 0.0, round(y * amount, 6) + 0.0, round(z * amount, 6) + 0.0)
    yield Piece("shift", vector, start, end, 0.15)


def _direction(clause: Clause, at: int) -> tuple[Vec3 | None, int]:
    at += clause.word(at) == "further" and clause.word(at + 1) in (*english.DIRECTIONS, "to")
    if clause.word(at) in ("to", "towards", "toward", "on") and clause.word(at + 1) in ("the", "my", "your"):
        at += 2
    elif clause.word(at) in ("towards", "toward", "to") and clause.word(at + 1) in (
        "me",
        "us",
        "back",
        "left",
        "right",
        "front",
    ):
        at += 1
    if clause.word(at) in ("me", "us", "front") and clause.word(at - 1) in ("towards", "toward", "to", "the"):
        return (0.0, 0.0, 1.0), at + 1
    direction = english.DIRECTIONS.get(clause.word(at))
    if direction is None:
        return None, at
    end = at + 1
    end += clause.word(end) in ("side", "hand")
    if clause.word(end) == "of":
        return None, at
    if clause.word(end) in ("to", "towards", "from") and clause.word(end + 1) in ("me", "us"):
        end += 2
    return direction, end


def factor(clause: Clause, at: int) -> Iterator[Piece]:
    """ "twice as big", "half the size", "50% smaller", "by a factor of 2", "much larger", "2x"."""
    start = at
    at += clause.word(at) in ("by", "to")
    word = clause.word(at)
    factor: float | None = None
    if word == "twice" or word == "double":
        factor, at = 2.0, at + 1
    elif word in ("thrice", "triple"):
        factor, at = 3.0, at + 1
    elif word == "half":
        factor, at = 0.5, at + 1
    elif word == "a" and clause.word(at + 1) == "factor" and (number := number_at(clause.tokens, at + 3)):
        yield Piece("factor", number[0], start, number[1], 0.1)
        return
    elif (measured := measure_at(clause.tokens, at)) and measured[0].dimension in ("times", "percent"):
        yield from _scaled(clause, start, measured[0], measured[1])
        return
    elif (number := number_at(clause.tokens, at)) and number[0] > 0 and clause.word(number[1]) in ("the", "as", "of"):
        factor, at = number[0], number[1]
    if factor is not None:
        end = _as_big(clause, at)
        shrinks = clause.word(end - 1) in english.SHRINKING
        if end > at or (end == len(clause.tokens) and start < at):
            yield Piece(
                "factor", 1 / factor if shrinks and factor > 1 else factor, start, end, 0.1 if end > at else 0.5
            )
        return
    yield from _comparative(clause, start)


def _scaled(clause: Clause, start: int, measured: Measured, end: int) -> Iterator[Piece]:
    value = measured.value
    grows = clause.word(end) in english.GROWING or clause.word(end) == "more"
    shrinks = clause.word(end) in english.SHRINKING
    if measured.dimension == "times":
        stop = _as_big(clause, end)
        yield Piece("factor", 1 / value if shrinks else value, start, stop, 0.1 if stop > end else 0.4)
    elif grows or shrinks:
        yield Piece("factor", 1 + value if grows else max(0.01, 1 - value), start, end + 1, 0.1)
    else:
        stop = _as_big(clause, end)
        kept = clause.word(start) == "to" or stop > end
        slot = "factor" if kept else "percent"
        if value > 0:
            yield Piece(slot, value, start, stop, 0.2)


def _as_big(clause: Clause, at: int) -> int:
    if clause.word(at) == "of":
        at += 1
    if clause.word(at) in ("the", "its", "their", "this", "that") and clause.word(at + 1) in (
        "original",
        "current",
        "present",
    ):
        at += 1
    if clause.word(at) in ("the", "its", "their", "his", "her", "in", "that", "this") and clause.word(at + 1) in (
        "size",
        "height",
        "width",
        "scale",
        "sizes",
    ):
        return at + 2
    if clause.word(at) == "as" and clause.word(at + 1) in (english.GROWING | english.SHRINKING):
        at += 2
        if clause.word(at) == "as" and clause.word(at + 1) in ("it", "they", "before", "now"):
            at += 2 + (clause.word(at + 2) in ("is", "are", "now", "was", "were"))
        return at
    if clause.word(at) in english.GROWING | english.SHRINKING or clause.word(at) == "size":
        return at + 1
    return at


def _comparative(clause: Clause, start: int) -> Iterator[Piece]:
    at, degree = start, 1.0
    if found := _degree(clause, at):
        degree, at = found
    word = clause.word(at)
    if word in ("bigger", "larger", "taller", "greater", "wider"):
        up = True
    elif word in ("smaller", "shorter", "tinier", "narrower"):
        up = False
    elif word in ("big", "large", "huge", "giant", "enormous", "massive") and at == len(clause.tokens) - 1:
        up, degree = True, max(degree, 1.5)
    elif word in ("small", "tiny", "little") and at == len(clause.tokens) - 1:
        up, degree = False, max(degree, 1.5)
    else:
        return
    end = at + 1
    if clause.word(end) == "than":
        return
    if after := _degree(clause, end):
        degree, end = after
    if (
        clause.word(end) == "by"
        and (measured := measure_at(clause.tokens, end + 1))
        and measured[0].dimension in ("percent", "times")
    ):
        value = measured[0].value
        share = 1 + value if measured[0].dimension == "percent" else value
        factor = share if up else (max(0.01, 1 - value) if measured[0].dimension == "percent" else 1 / value)
        yield Piece("factor", factor, start, measured[1], 0.1)
        return
    factor = 1 + 0.5 * degree
    yield Piece("factor", factor if up else 1 / factor, start, end, 0.15)


_ABOUT_FACE = (
    "the other way round", "the other way around", "the other way", "back to front", "to the back", "round to the back",
    "around completely", "right around", "all the way round",
)  # fmt: skip
_TURNS = {"quarter turn": 90.0, "half turn": 180.0, "full turn": 360.0, "quarter of a turn": 90.0, "right angle": 90.0}


def angle(clause: Clause, at: int) -> Iterator[Piece]:
    start = at
    at += clause.word(at) == "by"
    at += clause.word(at) in ("a", "an")
    if clause.word(at) == "upside" and clause.word(at + 1) == "down":
        yield Piece("turn", (180.0, "z"), start, at + 2, 0.1)
        return
    if clause.word(at) == "on" and clause.word(at + 1) in ("its", "their") and clause.word(at + 2) in ("side", "sides"):
        yield Piece("turn", (90.0, "z"), start, at + 3, 0.1)
        return
    for words in _ABOUT_FACE:
        parts = words.split()
        if [clause.word(start + k) for k in range(len(parts))] == parts:
            yield Piece("turn", (180.0, "y"), start, start + len(parts), 0.1)
            return
    degrees: float | None = None
    for words, value in _TURNS.items():
        parts = words.split()
        if [clause.word(at + k) for k in range(len(parts))] == parts:
            degrees, end = value, at + len(parts)
            break
    else:
        measured = measure_at(clause.tokens, at) or measure_at(clause.tokens, start + (clause.word(start) == "by"))
        if measured and measured[0].dimension == "angle":
            degrees, end = measured[0].value, measured[1]
        elif clause.word(at) in ("around", "sideways", "round") and start == at:
            yield Piece("turn", (180.0 if clause.word(at) != "sideways" else 90.0, "y"), start, at + 1, 0.9)
            return
        elif clause.word(at) in _SENSES_OF_TURN:
            yield Piece("turn", (90.0 * _SENSES_OF_TURN[clause.word(at)], "y"), start, at + 1, 0.3)
            return
        else:
            return
    axis = "y"
    for _ in range(3):
        word = clause.word(end)
        if word in _SENSES_OF_TURN:
            degrees, end = degrees * _SENSES_OF_TURN[word], end + 1
        elif word == "to" and clause.word(end + 1) == "the" and clause.word(end + 2) in ("left", "right"):
            degrees, end = degrees * (-1 if clause.word(end + 2) == "right" else 1), end + 3
        elif word in ("left", "right"):
            degrees, end = degrees * (-1 if word == "right" else 1), end + 1
        elif word in ("around", "about", "on", "along") and (axis_at := _axis(clause, end + 1)):
            axis, end = axis_at
    yield Piece("turn", (degrees, axis), start, end, 0.1)


_SENSES_OF_TURN = {"clockwise": -1.0, "anticlockwise": 1.0, "counterclockwise": 1.0}


def _axis(clause: Clause, at: int) -> tuple[str, int] | None:
    at += clause.word(at) in ("the", "its", "their")
    names = {"x": "x", "y": "y", "z": "z", "vertical": "y", "horizontal": "x"}
    if (axis := names.get(clause.word(at))) is None:
        return None
    return axis, at + 1 + (clause.word(at + 1) == "axis")


def complaints(clause: Clause, at: int) -> Iterator[Piece]:
    """ "too small", "too far to the left", and what is said of the light."""
    if clause.word(at) == "too":
        for end, wish in _TOO.at(clause.tokens, at + 1):
            yield Piece("factor" if isinstance(wish, float) else "shift", wish, at, end, 0.05)
        if at == len(clause.tokens) - 1:
            yield Piece("", None, at, at + 1, 0.1)
    degree = _degree(clause, at)
    after = degree[1] if degree else at
    if (level := english.LIGHTER.get(clause.word(after))) is not None:
        yield Piece("#brightness", level, at, after + 1, 0.1)
    if clause.word(at) in clause.lexicon.numeric:
        name = clause.lexicon.numeric[clause.word(at)]
        end = at + len(name.split("_"))
        end += clause.word(end) in ("to", "of", "at", "is", "=")
        measured = measure_at(clause.tokens, end)
        if measured and measured[0].dimension in ("percent", "times"):
            yield Piece(f"#{name}", measured[0].value, at, measured[1], 0.1)
        elif number := number_at(clause.tokens, end):
            yield Piece(f"#{name}", number[0], at, number[1], 0.15)


_DEGREES: Phrases[float] = Phrases[float](english.DEGREES.items())
_TOO: Phrases[float | Vec3] = Phrases[float | Vec3](english.TOO.items())
