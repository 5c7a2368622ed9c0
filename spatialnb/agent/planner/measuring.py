"""Measures, numbers, fixed choices, orders and colours: "3 m apart", "in a circle", "by date", "in red"."""

from __future__ import annotations

from collections.abc import Iterator

from spatialnb.agent.planner import english
from spatialnb.agent.planner.piece import Clause, Piece
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.numbers import measure_at, number_at
from spatialnb.operations.language.vocabulary import Phrases
from spatialnb.operations.language.words import spaced


def measures(clause: Clause, at: int) -> Iterator[Piece]:
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


def closeness(clause: Clause, at: int) -> Iterator[Piece]:
    """ "close together", "far apart": the space between, said without a number."""
    for end, gap in _CLOSENESS.at(clause.tokens, at):
        yield Piece("closeness", gap, at, end, 0.15)


def numbers(clause: Clause, at: int) -> Iterator[Piece]:
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


def values(clause: Clause, at: int) -> Iterator[Piece]:
    """A value of a parameter with a fixed choice: "in a circle", "neon theme", "high quality"."""
    start = at
    for _ in range(5):
        for words, name, choice in clause.lexicon.values.get(clause.word(at), ()):
            end = at + len(words)
            if tuple(t.word for t in clause.tokens[at:end]) != words:
                continue
            if words == ("light",) and clause.word(at - 1) in v.DETERMINERS:
                continue  # "the light" is what shines
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


def orders(clause: Clause, at: int) -> Iterator[Piece]:
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


def colours(clause: Clause, at: int) -> Iterator[Piece]:
    end = at + (clause.word(at) in ("in", "to", "with"))
    end += clause.word(end) in ("a", "the")
    if (hex_colour := v.HEX.get(clause.word(end))) is not None:
        after = end + 1
        after += clause.word(after) in ("light", "letters", "colour", "color", "lights", "lighting", "text", "ink")
        yield Piece("colour", (clause.word(end), hex_colour), at, after, 0.3)


_CLOSENESS: Phrases[float] = Phrases[float](english.CLOSENESS.items())
_BEFORE: Phrases[str] = Phrases[str]((w, n) for n, (before, _) in english.MEASURE_WORDS.items() for w in before)
_AFTER: Phrases[str] = Phrases[str]((w, n) for n, (_, after) in english.MEASURE_WORDS.items() for w in after)
