"""What is said by comparing: as tall as, the same size, closer together, evenly, at the top, where another stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from spatialnb.agent.planner import english
from spatialnb.agent.planner.piece import Clause, Piece
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.numbers import measure_at, number_at
from spatialnb.operations.language.vocabulary import Phrases
from spatialnb.operations.language.words import spaced

APART = 1.6
"""Factor of "further apart"; its inverse is "closer together"."""
_BE = frozenset(spaced("is are was were stands stood stand hangs hung sits sat lies lay"))
_WAS = frozenset(spaced("was were stood hung sat lay"))
MEASURED: Mapping[str, str] = {
    **dict.fromkeys(spaced("tall high height heights"), "height"),
    **dict.fromkeys(spaced("wide broad width widths"), "width"),
    **dict.fromkeys(spaced("deep thick depth depths"), "depth"),
    **dict.fromkeys(spaced("big large small size sizes"), "size"),
}
"""Words for what can be made the same."""


class Spot(NamedTuple):
    """A place to go to: coordinates in metres, None where nothing was said, or where something `is` or was."""

    point: tuple[float | None, float | None, float | None] = (None, None, None)
    was: bool = False
    floor: bool = False


def alike(clause: Clause, at: int) -> Iterator[Piece]:
    """ "the same height (as the robot)", "equally tall", "as wide as the pyramid", "the height of the ball to 2 m"."""
    start = at
    if clause.word(at) == "as" and clause.word(at + 2) == "as" and (measure := MEASURED.get(clause.word(at + 1))):
        yield from _like(clause, measure, start, at + 3)
        return
    at += clause.word(at) in ("of", "to", "at", "in", "have", "having", "with", "be", "exactly", "just", "all")
    for end, _ in _SAME.at(clause.tokens, at):
        if (measure := MEASURED.get(clause.word(end))) is None:
            continue
        end += 1
        if clause.word(start) in ("at", "on") and measure == "height":
            yield Piece("=edge", "middle", start, end, 0.1)  # on one level, not as tall as each other
            continue
        yield Piece("alike", measure, start, end, 0.1)
        after = end + (clause.word(end) in ("as", "like", "with", "to"))
        if after > end:
            yield from _like(clause, measure, start, after)
    named = at + (clause.word(at) == "the")
    if (measure := MEASURED.get(clause.word(named))) and clause.word(named + 1) == "of":
        if clause.word(start) == "to":
            yield from _like(clause, measure, start, named + 2)
        for noun in clause.nouns.at(named + 2):
            after = noun.end + (clause.word(noun.end) in ("to", "at", "be", "is"))
            measured = measure_at(clause.tokens, after) if after > noun.end else None
            if measured and measured[0].dimension == "length" and measure != "size":
                yield Piece("sized", (measure, measured[0].value), start, measured[1], 0.1 + noun.cost, noun)


def _like(clause: Clause, measure: str, start: int, at: int) -> Iterator[Piece]:
    for noun in clause.nouns.at(at):
        end = noun.end + (clause.word(noun.end) in _BE)
        yield Piece("alike", measure, start, end, 0.1 + noun.cost, noun)


def apart(clause: Clause, at: int) -> Iterator[Piece]:
    """ "closer together", "a bit further apart", "away from the robot", "nearer to it"."""
    start, degree = at, 1.0
    for end, value in _DEGREES.at(clause.tokens, at):
        degree, at = value, end
        break
    for end, sign in _EACH_OTHER.at(clause.tokens, at):
        yield Piece("apart", round(APART ** (sign * degree), 6), start, end, 0.1)
    for end, sign in _FROM.at(clause.tokens, at):
        for noun in clause.nouns.at(end):
            yield Piece("apart", round(APART ** (sign * degree), 6), start, noun.end, 0.1 + noun.cost, noun)


def spots(clause: Clause, at: int) -> Iterator[Piece]:
    """ "where the pyramid is", "in place of it", "in the middle of the room", "at x 3 z 2", "on the floor"."""
    start = at
    at += clause.word(at) in ("to", "at", "in", "into", "on", "onto")
    for phrase in (("the", "spot"), ("the", "place"), ("the", "point"), ("the", "position"), ("exactly",), ("just",)):
        # "to the spot where it stands" says no more than "where it stands".
        if tuple(clause.word(at + k) for k in range(len(phrase) + 1)) == (*phrase, "where"):
            at += len(phrase)
    if clause.word(at) == "where":
        for noun in clause.nouns.at(at + 1):
            end = noun.end + (clause.word(noun.end) in ("now", "currently", "just", "originally"))
            if clause.word(end) in _BE:
                was = clause.word(end) in _WAS
                stop = end + 1 + (clause.word(end + 1) in ("now", "before", "standing", "hanging"))
                yield Piece("spot", Spot(was=was), start, stop, 0.1 + noun.cost, noun)
    for end, _ in _STEAD.at(clause.tokens, at):
        for noun in clause.nouns.at(end):
            yield Piece("spot", Spot(), start, noun.end, 0.1 + noun.cost, noun)
    for end, _ in _MIDDLE.at(clause.tokens, at):
        whole = _ROOM.at(clause.tokens, end)
        if whole or (start < at and end == len(clause.tokens)):
            yield Piece("spot", Spot((0.0, None, 0.0)), start, max((stop for stop, _ in whole), default=end), 0.1)
    if (found := _coordinates(clause, at)) is not None:
        yield Piece("spot", Spot(found[0]), start, found[1], 0.1)
    for end, _ in _FLOOR.at(clause.tokens, start):
        yield Piece("floor", True, start, end, 0.1)


def _coordinates(clause: Clause, at: int) -> tuple[tuple[float | None, float | None, float | None], int] | None:
    """ "x 3 z 2", "x = -1, y 2", "(1, 0, 2)": metres along each axis that is named."""
    at += clause.word(at) in ("position", "point", "coordinates")
    values: dict[str, float] = {}
    end = at
    while True:
        here = end + (clause.word(end) in (",", "and")) if values else end
        axis = clause.word(here)
        if axis not in ("x", "y", "z") or axis in values:
            break
        here += 1
        here += clause.word(here) in ("is", "of", "to", "at", ":", "equals")
        sign = -1.0 if clause.word(here) == "minus" else 1.0
        here += sign < 0
        if (number := number_at(clause.tokens, here)) is None:
            break
        values[axis] = sign * number[0]
        measured = measure_at(clause.tokens, here)
        # A unit ends it: "x 3 m"; but in "3 x 2" the letter is the next axis and no sign of times.
        end = measured[1] if measured and measured[0].dimension == "length" else number[1]
        if measured and measured[0].dimension == "length":
            values[axis] = sign * measured[0].value
    if values:
        return (values.get("x"), values.get("y"), values.get("z")), end
    if clause.word(at) != "(":
        return None
    point: list[float] = []
    end = at + 1
    while len(point) < 3 and (number := number_at(clause.tokens, end)):
        point.append(number[0])
        end = number[1] + (clause.word(number[1]) in (",", ")"))
    return ((point[0], point[1], point[2]), end) if len(point) == 3 and clause.word(end - 1) == ")" else None


def manners(clause: Clause, at: int) -> Iterator[Piece]:
    """ "evenly", "into one group", "warmer", "with their names", "except the posters", "back to its own colours"."""
    for table, slot in ((_EVEN, "even"), (_GROUPED, "grouping")):
        for end, _ in table.at(clause.tokens, at):
            yield Piece(slot, True, at, end, 0.1)
    for end, _ in _PLAIN.at(clause.tokens, at):
        yield Piece("colour", ("", None), at, end, 0.1)
    for end, what in _OWN.at(clause.tokens, at):
        yield Piece("own", what, at, end, 0.05)
    degree, after = next(((value, end) for end, value in _DEGREES.at(clause.tokens, at)), (1.0, at))
    if (warmth := english.WARMER.get(clause.word(after))) is not None:
        yield Piece("tone", _tinged(warmth * degree), at, after + 1, 0.1)
    if at > 0:
        for end, _ in v.EXCEPT.at(clause.tokens, at):
            for noun in clause.nouns.at(end + (clause.word(end) == "for")):
                yield Piece("except", noun.selection, at, noun.end, 0.15 + noun.cost, noun)


def _tinged(warmth: float) -> str:
    """White light turned warm (above 0) or cool: a share of candle light or of blue sky."""
    share = min(abs(warmth) * 0.5, 1.0)
    goal = (255, 180, 107) if warmth > 0 else (160, 200, 255)
    return "#" + "".join(f"{round(255 + (channel - 255) * share):02x}" for channel in goal)


def _phrases(text: str) -> Phrases[bool]:
    return Phrases[bool]((phrase, True) for phrase in english.rows(text))


_SAME = _phrases(
    "the same|same|equal|an equal|equally|one|one and the same|of equal|exactly the same|uniform|identical"
)
_DEGREES: Phrases[float] = Phrases[float](english.DEGREES.items())
_EACH_OTHER: Phrases[int] = Phrases[int](
    [(phrase, -1) for phrase in english.TOGETHER] + [(phrase, 1) for phrase in english.APART]
)
_FROM: Phrases[int] = Phrases[int](
    [(phrase, -1) for phrase in english.CLOSER_TO] + [(phrase, 1) for phrase in english.FURTHER_FROM]
)
_STEAD = _phrases(
    "the place of|place of|the position of|the spot of|the same place as|the same position as|the same spot as|"
    "instead of"
)
_MIDDLE = _phrases("the middle|the centre|the center|the very middle|the very centre|the origin|middle|centre|center")
_ROOM = _phrases(
    "of the room|of the space|of the scene|of the floor|of the stage|of the hall|of it all|of everything|of the world"
)
_FLOOR = _phrases(
    "on the floor|to the floor|onto the floor|over the floor|across the floor|on the ground|to the ground|"
    "onto the ground|over the ground|across the ground|down on the floor|down to the floor|all over the floor|"
    "down on the ground|down to the ground|around the floor|about the floor|on to the floor"
)
_EVEN = _phrases(
    "evenly|equally|uniformly|regularly|evenly spaced|equally spaced|at equal distances|at even distances|"
    "at equal intervals|at regular intervals|with equal gaps|with even gaps|with equal spacing|with even spacing|"
    "with the same gap|with the same gaps|with equal distances|the same distance apart|equally far apart|"
    "the same distance from each other|in equal steps|out evenly|out equally"
)
_GROUPED = _phrases(
    "into one group|into a group|in one group|in a group|as one group|as a group|to one group|to a group|"
    "together as one group|together as a group|together in one group|together in a group|together into one group|"
    "together into a group|into a single group|as a single group|into the same group|in the same group"
)
_PLAIN = _phrases(
    "its own colour|its own color|its own colours|its own colors|their own colour|their own colours|their own colors|"
    "its original colour|its original color|its original colours|their original colours|their original colors|"
    "in its own colours|in their own colours|back to its own colour|back to their own colours|without any tint"
)
_OWN: Phrases[str] = Phrases[str](
    (f"{lead} {whose} {own}{noun}{ending}", noun)
    for lead in ("with", "by", "as", "after", "showing", "saying")
    for whose in ("its", "their", "the", "his", "her")
    for own in ("", "own ")
    for noun in ("name", "title", "date", "kind")
    for ending in ("", "s")
)
