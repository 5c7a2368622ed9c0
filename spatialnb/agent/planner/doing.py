"""Verbs, and nouns that some operation makes: "line up", "a calm poster"."""

from __future__ import annotations

from collections.abc import Iterator

from spatialnb.agent.planner import english
from spatialnb.agent.planner.lexicon import Sense
from spatialnb.agent.planner.piece import Clause, Creation, Piece
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.numbers import measure_at, number_at
from spatialnb.operations.language.words import spaced

_PARTICLES = frozenset(spaced("up out away back in off down apart around together over aside into"))


def verbs(clause: Clause, at: int) -> Iterator[Piece]:
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


def _is_worded(clause: Clause, at: int) -> bool:
    """Whether words to be written follow a sign that is named: "the heading Winter Show" is not there yet."""
    kind = v.KINDS.get(clause.tokens[at].lemma)
    if kind is None or kind.kind != "label" or at + 1 >= len(clause.tokens):
        return False
    following = clause.tokens[at + 1]
    return following.kind == "quote" or following.text[:1].isupper() or following.word in ("saying", "reading")


_LIGHT_FORMS = english.LIGHT | frozenset(
    spaced(
        "makes making made is are am being to should shall will has wants needs becomes goes "
        "can could would may might shall sits stand stands standing sitting"
    )
)


def creations(clause: Clause, at: int) -> Iterator[Piece]:
    """A noun that some operation makes, with or without a verb: "a calm poster", "20 seconds of music"."""
    start = at
    if clause.word(at - 1) in v.DETERMINERS | v.DEMONSTRATIVES and not _is_worded(clause, at):
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
