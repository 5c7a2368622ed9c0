"""What stretches of words may mean: verbs, things, places, directions, measures, values, names and topics.

Each finder gives every piece that begins at a token. A piece fills a slot; `frames` decides which parameter of an
operation takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from spatialnb.agent.planner import english
from spatialnb.agent.planner.lexicon import Lexicon, Sense
from spatialnb.models.geometry import Vec3
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.nouns import Noun, NounReader
from spatialnb.operations.language.numbers import Measured, measure_at, number_at
from spatialnb.operations.language.tokens import Token, source
from spatialnb.operations.language.vocabulary import Phrases
from spatialnb.operations.language.words import spaced

STEP = 0.5
"""Metres of a move that names no distance."""


@dataclass(frozen=True)
class Piece:
    """Words from `start` to `end` that fill a slot with a value.

    `skip` is a verb's particle further on ("line them up").
    """

    slot: str
    value: Any
    start: int
    end: int
    cost: float
    noun: Noun | None = None
    skip: int = -1


@dataclass(frozen=True)
class Creation:
    """ "make a calm poster": the operations that make such a thing, and what was said of it."""

    operations: dict[str, float]
    noun: str
    modifiers: str
    said: str
    """The whole noun phrase without its article or number."""
    count: int | None = None


@dataclass(frozen=True)
class Clause:
    """A clause with what is needed to find its pieces."""

    text: str
    tokens: tuple[Token, ...]
    nouns: NounReader
    lexicon: Lexicon

    def word(self, at: int) -> str:
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""

    def words(self, start: int, end: int) -> str:
        return source(self.text, self.tokens, start, end)


Finder: TypeAlias = Callable[[Clause, int], Iterator[Piece]]


def pieces_at(clause: Clause, at: int) -> list[Piece]:
    """Every piece that begins at a token, in a fixed order."""
    return [piece for find in FINDERS for piece in find(clause, at)]


# -- verbs and what they make ------------------------------------------------------------------------------------------
_PARTICLES = frozenset(spaced("up out away back in off down apart around together over aside into"))


def _verbs(clause: Clause, at: int) -> Iterator[Piece]:
    senses: dict[tuple[int, int], list[Sense]] = {}
    for words, sense in clause.lexicon.verbs.get(clause.word(at), ()):
        end = at + len(words)
        if tuple(t.word for t in clause.tokens[at:end]) == words:
            senses.setdefault((end, -1), []).append(sense)
        elif len(words) == 2 and words[1] in _PARTICLES:
            for later in range(at + 2, min(len(clause.tokens), at + 14)):
                if clause.word(later) == words[1]:
                    senses.setdefault((at + 1, later), []).append(sense)
                    break
        elif len(words) == 2 and words[0] in ("make", "making") and words[1] in (english.GROWING | english.SHRINKING):
            continue
    for (end, skip), found in senses.items():
        longer = 0.0 if end - at > 1 or skip > 0 else 0.1
        yield Piece("verb", tuple(found), at, end, longer, skip=skip)
    if clause.word(at) in _LIGHT_FORMS:
        yield Piece("light", clause.word(at), at, at + 1, 0.3)


_LIGHT_FORMS = english.LIGHT | frozenset(
    spaced(
        "makes making made is are am being to should shall will has wants needs becomes goes "
        "can could would may might shall sits stand stands standing sitting"
    )
)


def _creations(clause: Clause, at: int) -> Iterator[Piece]:
    """A noun that some operation makes, with or without a verb: "a calm poster", "20 seconds of music"."""
    start = at
    if clause.word(at - 1) in v.DETERMINERS | v.DEMONSTRATIVES:
        return  # "the music" is there already
    count: int | None = None
    number = number_at(clause.tokens, at)
    if number and number[0] >= 1 and float(number[0]).is_integer() and measure_at(clause.tokens, at) is None:
        count, at = int(number[0]), number[1]
    elif clause.word(at) in ("a", "an", "some", "another", "new"):
        at += 1
    elif clause.word(at) in v.DETERMINERS or clause.word(at) in v.DEMONSTRATIVES:
        return
    for _ in range(3):
        if (
            clause.word(at) in ("piece", "pieces", "bit", "couple", "set", "series", "few")
            and clause.word(at + 1) == "of"
        ):
            at += 2
        elif clause.word(at) in ("new", "nice", "quick", "simple", "empty", "blank", "more"):
            at += 1
    first = at
    if first == start and clause.word(at) in clause.lexicon.verbs and clause.word(at) not in clause.lexicon.makes:
        return
    while at < len(clause.tokens) and at - first < 7:
        token = clause.tokens[at]
        if token.kind == "mark" or (
            token.kind == "word" and token.word in v.NEVER_NOUNS and token.word not in ("and",)
        ):
            return
        for noun in (f"{token.word} {clause.word(at + 1)}", token.word, token.lemma):
            if (found := clause.lexicon.makes.get(noun)) is not None:
                end = at + len(noun.split())
                if clause.word(end) in clause.lexicon.makes or clause.tokens[at].kind != "word":
                    break
                made = Creation(found, noun, clause.words(first, at), clause.words(first, end), count)
                yield Piece("create", made, start, end, 0.05 if at - start <= 4 else 0.2)
                break
        at += 1


# -- things and places -------------------------------------------------------------------------------------------------
_OBJECT_LEADS = frozenset(spaced("of from with using for"))


def _things(clause: Clause, at: int) -> Iterator[Piece]:
    for noun in clause.nouns.at(at):
        yield Piece("object", noun.selection, at, noun.end, 0.2 + noun.cost + (1.2 if noun.bare else 0.0), noun)
    if clause.word(at) in _OBJECT_LEADS or (clause.word(at) == "out" and clause.word(at + 1) == "of"):
        begin = at + 1 + (clause.word(at) == "out")
        for noun in clause.nouns.at(begin):
            yield Piece("object", noun.selection, at, noun.end, 0.5 + noun.cost + (1.2 if noun.bare else 0.0), noun)


def _places(clause: Clause, at: int) -> Iterator[Piece]:
    skips = clause.word(at) in (
        "so",
        "right",
        "just",
        "directly",
        "immediately",
        "somewhere",
        "standing",
        "sitting",
    ) or (clause.word(at) == "to" and clause.word(at + 1) != "the")
    begin = at + skips
    if clause.word(begin) == "that" and clause.word(begin + 1) in ("it", "they"):
        begin += 2 + (clause.word(begin + 2) in ("is", "are"))
    for end, place in v.PLACES.at(clause.tokens, begin):
        weak = (
            0.5
            if clause.word(begin) in ("in", "at", "by", "about", "before", "into", "to") and end - begin == 1
            else 0.0
        )
        for noun in clause.nouns.at(end):
            if place == "between" and not noun.plural:
                continue
            yield Piece("place", place, at, noun.end, 0.2 + weak + noun.cost, noun)
    if (
        clause.word(at) in ("closer", "nearer", "over", "across", "beside", "up", "back", "all")
        and clause.word(at + 1) == "to"
    ):
        for noun in clause.nouns.at(at + 2):
            yield Piece("place", "next to", at, noun.end, 0.2 + noun.cost, noun)
    elif clause.word(at) == "to":
        for noun in clause.nouns.at(at + 1):
            yield Piece("place", "next to", at, noun.end, 0.9 + noun.cost, noun)


def _facing(clause: Clause, at: int) -> Iterator[Piece]:
    for end, _ in _FACING.at(clause.tokens, at):
        after = end + (clause.word(end) in ("towards", "toward", "to", "at"))
        for stop, _ in _VISITOR.at(clause.tokens, after):
            yield Piece("visitor", True, at, stop, 0.1)
        weak = 0.6 if clause.word(at) == "turn" or (end - at == 1 and clause.word(at) in ("to",)) else 0.0
        for noun in clause.nouns.at(after):
            yield Piece("facing", noun.selection, at, noun.end, 0.2 + weak + noun.cost, noun)


# -- directions, sizes, angles -----------------------------------------------------------------------------------------
def _degree(clause: Clause, at: int) -> tuple[float, int] | None:
    found = _DEGREES.at(clause.tokens, at)
    return (found[0][1], found[0][0]) if found else None


def _shift(clause: Clause, at: int) -> Iterator[Piece]:
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


def _factor(clause: Clause, at: int) -> Iterator[Piece]:
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


_TURNS = {"quarter turn": 90.0, "half turn": 180.0, "full turn": 360.0, "quarter of a turn": 90.0, "right angle": 90.0}


def _angle(clause: Clause, at: int) -> Iterator[Piece]:
    start = at
    at += clause.word(at) == "by"
    at += clause.word(at) in ("a", "an")
    if clause.word(at) == "upside" and clause.word(at + 1) == "down":
        yield Piece("turn", (180.0, "z"), start, at + 2, 0.1)
        return
    if clause.word(at) == "on" and clause.word(at + 1) in ("its", "their") and clause.word(at + 2) in ("side", "sides"):
        yield Piece("turn", (90.0, "z"), start, at + 3, 0.1)
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


# -- measures, numbers, values -----------------------------------------------------------------------------------------
def _measures(clause: Clause, at: int) -> Iterator[Piece]:
    """A measure with the name of its parameter, before or after it, or bare."""
    start = at
    lead = clause.word(at) in (
        "with",
        "at",
        "by",
        "to",
        "for",
        "in",
        "of",
        "keep",
        "keeping",
        "leave",
        "leaving",
        "every",
        "about",
    )
    at += lead
    at += clause.word(at) in ("a", "an", "the", "about") and measure_at(clause.tokens, at) is None
    for end, name in _BEFORE.at(clause.tokens, at):
        after = end + (clause.word(end) in ("of", "to", "is", "between", ":", "at"))
        after += clause.word(after) in ("them", "each")
        after += clause.word(after) in ("of", "to")
        if measured := measure_at(clause.tokens, after):
            if measured[0].dimension in ("length", "time"):
                yield Piece(name, measured[0].value, start, measured[1], 0.1)
        elif (number := number_at(clause.tokens, after)) and end > at:
            yield Piece(name, number[0], start, number[1], 0.3)
    if measured := measure_at(clause.tokens, at):
        for end, name in _AFTER.at(clause.tokens, measured[1]):
            if measured[0].dimension in ("length", "time"):
                yield Piece(name, measured[0].value, start, end, 0.1)
        end = measured[1]
        if measured[0].dimension == "time":
            yield Piece("time", measured[0].value, start, end + (clause.word(end) == "of"), 0.2)
        elif measured[0].dimension == "length":
            yield Piece("length", measured[0].value, start, end, 0.3)
    if clause.word(start) in ("closer", "tighter", "further", "farther", "wider") and clause.word(start + 1) in (
        "together",
        "apart",
    ):
        yield Piece("spacing", 0.1 if clause.word(start) in ("closer", "tighter") else 0.75, start, start + 2, 0.1)


def _numbers(clause: Clause, at: int) -> Iterator[Piece]:
    start = at
    at += (
        clause.word(at) in ("in", "of", "with", "by", "the", "to", "as", "a")
        and number_at(clause.tokens, at + 1) is not None
    )
    at += clause.word(at) in ("last", "previous", "latest")
    if clause.word(start) in ("once", "twice", "thrice"):
        yield Piece("number", {"once": 1, "twice": 2, "thrice": 3}[clause.word(start)], start, start + 1, 0.4)
    number = number_at(clause.tokens, at)
    if number is None:
        return
    value, end = number
    if value < 0:
        return
    after = clause.word(end)
    if (
        after in ("column", "columns", "wide")
        or (after == "per" and clause.word(end + 1) == "row")
        or (after == "in" and clause.word(end + 1) == "each")
    ):
        yield Piece("columns", int(value), start, end + (1 if after != "in" and after != "per" else 2), 0.05)
    elif after in ("row", "rows"):
        yield Piece("rows", int(value), start, end + 1, 0.1)
    elif after in ("by", "x") and (second := number_at(clause.tokens, end + 1)):
        stop = second[1] + (clause.word(second[1]) in ("grid", "matrix", "table"))
        yield Piece("columns", int(value), start, stop, 0.05)
    elif after in ("copies", "copy", "times", "instances", "versions", "variations"):
        yield Piece("count", int(value), start, end + 1, 0.1)
    elif after in ("steps", "step", "things", "changes", "actions", "edits", "moves"):
        yield Piece("steps", int(value), start, end + 1, 0.15)
    yield Piece("number", value, start, end, 0.8)


def _values(clause: Clause, at: int) -> Iterator[Piece]:
    """A value of a parameter with a fixed choice: "in a circle", "neon theme", "high quality"."""
    start = at
    for _ in range(5):
        for words, name, choice in clause.lexicon.values.get(clause.word(at), ()):
            end = at + len(words)
            if tuple(t.word for t in clause.tokens[at:end]) != words:
                continue
            end += clause.word(end) in _SHAPES or clause.word(end) == name.replace("_", " ")
            cost = 0.1 + (0.0 if at > start else 0.25) - 0.02 * len(words)
            yield Piece(f"={name}", choice, start, end, cost)
        if clause.word(at) not in _VALUE_LEADS:
            return
        at += 1


_SHAPES = frozenset(
    spaced(
        "shape formation arrangement layout pattern view style order mode theme look quality "
        "environment format form setting"
    )
)
_VALUE_LEADS = frozenset(
    spaced(
        "in into as a an the one to on onto along with like form forming single big nice "
        "neat large small wide long around simple straight "
        "at using of make perfect beautiful loose regular tidy use theme mode theme: giant huge tight little proper"
    )
)


def _orders(clause: Clause, at: int) -> Iterator[Piece]:
    start = at
    at += clause.word(at) in (
        "sorted",
        "ordered",
        "sort",
        "arranged",
        "ranked",
        "organised",
        "organized",
        "going",
        "grouped",
        "order",
    )
    at += clause.word(at) in ("from", "by", "in", "with", "the")
    at += clause.word(at) in ("the", "order", "their", "its")
    at += clause.word(at) == "of"
    if (extreme := v.SUPERLATIVES.get(clause.word(at))) and (key := _ORDER_KEYS.get(extreme[0])):
        end = at + 1
        if clause.word(end) in ("first", "on", "to", "at"):
            if clause.word(end) == "to" and (clause.word(end + 1) in v.SUPERLATIVES):
                end += 2
            elif clause.word(end) == "first":
                end += 1
            else:
                return
            yield Piece("order", (key, extreme[1]), start, end, 0.05)
    elif (
        (extreme := v.ADJECTIVES.get(clause.word(at)))
        and clause.word(at + 1) == "to"
        and clause.word(at + 2) in v.ADJECTIVES
        and (key := _ORDER_KEYS.get(extreme[0]))
    ):
        yield Piece("order", (key, extreme[1]), start, at + 3, 0.05)
    for words, name, choice in clause.lexicon.values.get(clause.word(at), ()):
        stop = at + len(words)
        if name == "order" and at > start and tuple(t.word for t in clause.tokens[at:stop]) == words:
            yield Piece("order", (choice, False), start, stop, 0.1)
    if clause.word(start) in ("alphabetically",):
        yield Piece("order", ("name", False), start, start + 1, 0.05)
    if clause.word(start) in ("reversed", "backwards") or (
        clause.word(start) == "in" and clause.word(start + 1) == "reverse"
    ):
        end = start + 1 if clause.word(start) != "in" else start + 2
        yield Piece("reverse", True, start, end + (clause.word(end) == "order"), 0.2)


_ORDER_KEYS = {"area": "size", "size": "size", "height": "height", "width": "width", "date": "date",
"duration": "duration",
               "brightness": "brightness", "x": "x", "y": "y", "z": "z"}  # fmt: skip


# -- names and texts ---------------------------------------------------------------------------------------------------
def _texts(clause: Clause, at: int) -> Iterator[Piece]:
    for table, slot, base in ((_NAMING, "name", 0.05), (_SAYING, "says", 0.05), (_TOPIC, "topic", 0.45)):
        for end, _ in table.at(clause.tokens, at):
            loose = 0.5 if clause.word(at) in ("as", "on", "for", "with", "of") and end - at == 1 else 0.0
            if table is _TOPIC and clause.word(at) == "about":
                loose = -0.3
            yield from _free(clause, slot, at, end, base + loose)
    if clause.tokens[at].kind == "quote":
        yield Piece("quote", clause.tokens[at].word, at, at + 1, 0.15)
    if clause.tokens[at].kind == "path" or (
        clause.word(at) in ("to", "as", "into", "from")
        and at + 1 < len(clause.tokens)
        and clause.tokens[at + 1].kind == "path"
    ):
        end = at + 1 + (clause.tokens[at].kind != "path")
        yield Piece("path", clause.tokens[end - 1].text, at, end, 0.05)
    for end, _ in _STYLE.at(clause.tokens, at):
        for stop in range(end + 1, min(len(clause.tokens), end + 4) + 1):
            if end - at > 2 or clause.word(stop - 1) in ("style", "look", "mood", "manner"):
                last = stop - (clause.word(stop - 1) in ("style", "look", "mood", "manner"))
                if last > end:
                    yield Piece("style", clause.words(end, last), at, stop, 0.2)


def _free(clause: Clause, slot: str, start: int, at: int, cost: float) -> Iterator[Piece]:
    """Any run of words as a name or a text: longer ones cost a little, so that what is clearly else stays so."""
    if at < len(clause.tokens) and clause.tokens[at].kind == "quote":
        yield Piece(slot, clause.tokens[at].word, start, at + 1, cost)
        return
    if clause.word(at) in ("its", "their", "his", "her", "it", "them"):
        return
    for end in range(at + 1, min(len(clause.tokens), at + 40) + 1):
        # A name does not end in a preposition: what follows it belongs to something else.
        dangling = 1.0 if clause.word(end - 1) in v.SMALL_WORDS or clause.tokens[end - 1].kind == "mark" else 0.0
        yield Piece(slot, clause.words(at, end), start, end, cost + dangling + 0.28 * (end - at))


def _colours(clause: Clause, at: int) -> Iterator[Piece]:
    end = at + (clause.word(at) in ("in", "to", "with"))
    end += clause.word(end) in ("a", "the")
    if (hex_colour := v.HEX.get(clause.word(end))) is not None:
        after = end + 1
        after += clause.word(after) in ("light", "letters", "colour", "color", "lights", "lighting", "text", "ink")
        yield Piece("colour", (clause.word(end), hex_colour), at, after, 0.3)


def _steps(clause: Clause, at: int) -> Iterator[Piece]:
    """ "that", "the last change", "what you did", "everything": what an undo is about, when it says no number."""
    for end, count in _LAST_CHANGE.at(clause.tokens, at):
        yield Piece("steps", count, at, end, 0.1)


def _complaints(clause: Clause, at: int) -> Iterator[Piece]:
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


def _fillers(clause: Clause, at: int) -> Iterator[Piece]:
    word = clause.word(at)
    token = clause.tokens[at]
    for end, _ in _LEAD_INS.at(clause.tokens, at):
        yield Piece("", None, at, end, 0.05)
    if token.kind == "mark":
        yield Piece("", None, at, at + 1, 0.02)
    elif word in v.POLITE:
        yield Piece("", None, at, at + 1, 0.1)
    elif word in (
        "the",
        "a",
        "an",
        "in",
        "on",
        "of",
        "to",
        "at",
        "with",
        "it",
        "be",
        "is",
        "are",
        "all",
        "that",
        "so",
        "them",
        "and",
        "out",
        "off",
        "up",
        "down",
        "over",
        "one",
        "view",
        "my",
        "me",
        "us",
        "for",
        "you",
        "i",
        "we",
        "theirs",
        "this",
        "by",
        "space",
        "scene",
        "about",
        "round",
    ):
        yield Piece("", None, at, at + 1, 1.1)
    if word in ("scene", "space", "world", "stage", "room", "notebook") and at > 0:
        yield Piece("", None, at, at + 1, 0.3)
    for end, _ in _SCENE.at(clause.tokens, at):
        yield Piece("", None, at, end, 0.1)


_SCENE: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.rows(

        "in the scene|into the scene|in the space|into the space|to the scene|to the space|"
        "onto the stage|on stage|in here|in the room|into the room|"


        "the size of|the sizes of|the scale of|the height of|the position of|for me|for us|"
        "if you can|if possible|if you would|if you do not mind|would you|will you|can you|"
        "as well|of course|from the scene|from the space|"


        "out of the scene|from the library|of mine|that we have|that i have|i have|we have|"
        "you have|of ours|you know|or something|or so|from here|the scene|"


        "some music please|the lights|the light|the lighting|all the lights|to each other|"
        "with each other|in the air|each|if it is not too much trouble|when you get a chance"

))  # fmt: skip
_TOO: Phrases[float | Vec3] = Phrases[float | Vec3](english.TOO.items())
_LAST_CHANGE: Phrases[int] = Phrases[int]((phrase, 1) for phrase in english.rows(

        "that|it|this|the last one|the last change|the last step|the last action|the last "
        "thing|my last change|what you did|what you just did|the previous change|"


        "the last thing you did|what i did|what i just did|the change|the last move|that "
        "last one|that change|last change|last step|that move|a step|one step|back|"


        "it back|it back how it was|it back the way it was|them back|how it was|the way it "
        "was|to how it was|to the way it was|again|to before|that again|that please|"

    "the last edit|the edit|my mistake|that last change|that last step|the thing you just did|the latest change"
))  # fmt: skip
_LEAD_INS: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.LEAD_INS)
_DEGREES: Phrases[float] = Phrases[float](english.DEGREES.items())
_FACING: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.FACING)
_VISITOR: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.VISITOR)
_NAMING: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.NAMING)
_SAYING: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.SAYING)
_TOPIC: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.TOPIC)
_STYLE: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.STYLE_AFTER)
_BEFORE: Phrases[str] = Phrases[str]((w, n) for n, (before, _) in english.MEASURE_WORDS.items() for w in before)
_AFTER: Phrases[str] = Phrases[str]((w, n) for n, (_, after) in english.MEASURE_WORDS.items() for w in after)
FINDERS: tuple[Finder, ...] = (
    _verbs, _creations, _things, _places, _facing, _shift, _factor, _angle, _measures, _numbers, _values, _orders,
    _texts, _colours, _steps, _complaints, _fillers,
)  # fmt: skip
