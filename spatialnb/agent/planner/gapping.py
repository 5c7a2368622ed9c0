"""Verbs that are said once and meant twice: "put the lamp left of the robot and the chair right of it".

Linguists call it gapping. The verb is written out again before clauses are looked for, and "it" after a place stands
for what the first part named there, as parallel parts do in English.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spatialnb.agent.planner import english
from spatialnb.agent.planner.lexicon import Lexicon
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.tokens import Token
from spatialnb.operations.language.words import spaced

PLACING = frozenset({"relation", "arrangement"})
"""Parameters of operations whose verb can be left out."""
_STARTS = v.DETERMINERS | v.DEMONSTRATIVES
_ENDS = frozenset(spaced("and but then . ; ! ? \n ,"))
_SIDES = frozenset(spaced("left right top bottom front back far near other"))
_PRONOUNS = frozenset(spaced("it them that those"))


class _Mark(NamedTuple):
    """Words that say where: where they begin and end, and whether a thing has to follow."""

    start: int
    end: int
    relation: bool


def ungapped(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> str:
    """`text` with the first left-out verb written out, or as it is."""
    begin = 0
    for at, token in enumerate(tokens):
        if token.word in (".", ";", "!", "?", "\n", "then"):
            begin = at + 1
        if token.word not in ("and", ",", "but"):
            continue
        following = at + 2 if tokens[at + 1 : at + 2] and tokens[at + 1].word == "and" else at + 1
        if following >= len(tokens):
            return text
        if _is_verb(tokens[following].word, lexicon):
            begin = following
            continue
        if (written := _written(text, tokens, begin, at, following, lexicon)) is not None:
            return written
    return text


def _written(text: str, tokens: Sequence[Token], begin: int, at: int, following: int, lexicon: Lexicon) -> str | None:
    verb = next((i for i in range(begin, min(at, begin + 5)) if _places(tokens[i].word, lexicon)), None)
    if verb is None or tokens[following].word not in _STARTS:
        return None
    end = next((i for i in range(following, len(tokens)) if tokens[i].word in _ENDS), len(tokens))
    first, second = _mark(tokens, verb + 2, at), _mark(tokens, following + 1, end)
    if first is None or second is None or tokens[first.start].word in ("between", "among", "amongst"):
        return None
    verb_end = tokens[_phrase_end(tokens, verb, lexicon) - 1].end
    said = text[tokens[verb].start : verb_end]
    there = text[tokens[first.end].start : tokens[at - 1].end] if first.relation and first.end < at else ""
    start, rest = tokens[following].start, text[tokens[following].start :]
    if second.relation and there and second.end < end and tokens[second.end].word in _PRONOUNS:
        pronoun = tokens[second.end]
        rest = text[start : pronoun.start] + there + text[pronoun.end :]
    return f"{text[:start]}{said} {rest}"


def _mark(tokens: Sequence[Token], start: int, end: int) -> _Mark | None:
    """The first words between `start` and `end` that say where something is to go."""
    for at in range(start, end):
        words = [token.word for token in tokens[at:end]]
        if words[:2] == ["to", "the"] and len(words) > 2 and words[2] in _SIDES and "of" not in words[3:4]:
            return _Mark(at, at + 3, relation=False)
        places = [stop for stop, _ in v.PLACES.at(tokens, at) if stop < end]
        if places:
            stop = max(places)
            if tokens[stop].kind == "number" or _names_a_side(tokens, at, stop, end):
                continue
            return _Mark(at, stop, relation=True)
        if words[0] in english.DIRECTIONS and words[0] not in v.COLOURS and len(words) == 1:
            return _Mark(at, at + 1, relation=False)
    return None


def _names_a_side(tokens: Sequence[Token], at: int, stop: int, end: int) -> bool:
    """ "the one on the left" says which one, not where it goes."""
    words = [token.word for token in tokens[at:end]]
    return words[0] in ("on", "at", "in") and stop == at + 1 and words[1:2] == ["the"] and bool({*words[2:3]} & _SIDES)


def _is_verb(word: str, lexicon: Lexicon) -> bool:
    return word in lexicon.verbs or word in english.LIGHT or word in english.CREATING


def _places(word: str, lexicon: Lexicon) -> bool:
    """Whether a verb may mean to put something somewhere."""
    registry = lexicon.registry
    return any(
        PLACING & registry.get(sense.operation).args.model_fields.keys() for _, sense in lexicon.verbs.get(word, ())
    )


def _phrase_end(tokens: Sequence[Token], verb: int, lexicon: Lexicon) -> int:
    """Where the verb's phrase ends: "lay out" is said whole."""
    lengths = [
        len(words)
        for words, _ in lexicon.verbs.get(tokens[verb].word, ())
        if tuple(token.word for token in tokens[verb : verb + len(words)]) == words
    ]
    return verb + max(lengths, default=1)
