"""Things, where they stand or should stand, and what they face."""

from __future__ import annotations

from collections.abc import Iterator

from spatialnb.agent.planner import english
from spatialnb.agent.planner.piece import Clause, Piece
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.vocabulary import Phrases
from spatialnb.operations.language.words import spaced

_OBJECT_LEADS = frozenset(spaced("of from with using for"))


def things(clause: Clause, at: int) -> Iterator[Piece]:
    for noun in clause.nouns.at(at):
        yield Piece("object", noun.selection, at, noun.end, 0.2 + noun.cost + (1.2 if noun.bare else 0.0), noun)
    if clause.word(at) in _OBJECT_LEADS or (clause.word(at) == "out" and clause.word(at + 1) == "of"):
        begin = at + 1 + (clause.word(at) == "out")
        for noun in clause.nouns.at(begin):
            yield Piece("object", noun.selection, at, noun.end, 0.5 + noun.cost + (1.2 if noun.bare else 0.0), noun)


def places(clause: Clause, at: int) -> Iterator[Piece]:
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
    # "right behind it" only stresses the place; in "right of it" the word is the place.
    begin = at + (skips and clause.words(at, at + 2) != "right of")
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


def facing(clause: Clause, at: int) -> Iterator[Piece]:
    for end, _ in _FACING.at(clause.tokens, at):
        after = end + (clause.word(end) in ("towards", "toward", "to", "at"))
        for stop, _ in _VISITOR.at(clause.tokens, after):
            yield Piece("visitor", True, at, stop, 0.1)
        weak = 0.6 if clause.word(at) == "turn" or (end - at == 1 and clause.word(at) in ("to",)) else 0.0
        for noun in clause.nouns.at(after):
            yield Piece("facing", noun.selection, at, noun.end, 0.2 + weak + noun.cost, noun)


_FACING: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.FACING)
_VISITOR: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.VISITOR)
