"""A request cut into clauses: at full stops, at "then", and at "and" or a comma where something new is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from spatialnb.agent.planner import english
from spatialnb.agent.planner.lexicon import Lexicon
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.tokens import Token
from spatialnb.operations.language.words import spaced

_BREAKS = frozenset(".;!?\n")
_AFTERWARDS = (
    ("and", "after", "that"), ("and", "then"), ("after", "that"), ("after", "which"), ("and", "afterwards"),
    ("afterwards",), ("then",),
    ("followed", "by"), ("once", "that", "is", "done"), ("when", "that", "is", "done"), ("and", "finally"),
    ("finally",),
    ("and", "also"), ("before", "you"),
)  # fmt: skip
_OBJECT_STARTS = (
    v.DETERMINERS
    | v.DEMONSTRATIVES
    | v.INDEFINITE
    | frozenset(spaced("it them all every each both everything me us to up two three four five six"))
)
_CALLED = frozenset(spaced("call name title"))
_WHAT_IS_CALLED = frozenset(spaced("it them that group"))
_FREE_TEXT = frozenset(spaced("saying says reads reading called named titled about"))


def clauses(tokens: Sequence[Token], lexicon: Lexicon) -> list[tuple[int, int]]:
    """Start and end of each clause, in order; none is empty."""
    found: list[tuple[int, int]] = []
    start = at = 0
    while at < len(tokens):
        end = _boundary(tokens, at, start, lexicon)
        if end:
            found.append((start, at))
            start = at = end
        else:
            at += 1
    found.append((start, len(tokens)))
    return [span for span in ((_trimmed(tokens, a, b)) for a, b in found) if span[0] < span[1]]


def _boundary(tokens: Sequence[Token], at: int, start: int, lexicon: Lexicon) -> int:
    """Where the next clause starts if one ends before this token, else 0."""
    token = tokens[at]
    if token.kind == "mark" and token.word in _BREAKS:
        return at + 1
    if at == start:
        return 0
    words = tuple(t.word for t in tokens[at : at + 4])
    for phrase in _AFTERWARDS:
        if words[: len(phrase)] == phrase and at + len(phrase) < len(tokens):
            return at + len(phrase)
    if token.word == "," or token.word in ("and", "but", "plus"):
        following = at + 1
        while following < len(tokens) and tokens[following].word in (
            "and",
            "then",
            "also",
            "please",
            "but",
            "now",
            "next",
            "just",
            "finally",
        ):
            following += 1
        if _begins_clause(tokens, following, start, lexicon):
            return following
    return 0


def _begins_clause(tokens: Sequence[Token], at: int, start: int, lexicon: Lexicon) -> bool:
    """Whether an imperative starts here: a verb, and something that it can take."""
    if at >= len(tokens):
        return False
    word = tokens[at].word
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if not any(_has_verb(token.word, lexicon) for token in tokens[start:at]):
        return False
    asks = word in ("could", "can", "would", "let", "how", "where", "what") and following in (
        "you",
        "we",
        "us",
        "many",
        "is",
        "are",
    )
    if asks:
        return True
    if word in _CALLED and _names_the_result(tokens, at, start, lexicon):
        return False
    if word not in lexicon.verbs and word not in english.CREATING and word not in english.LIGHT:
        return False
    if (
        word in ("is", "be", "would", "should", "could", "must", "need", "want", "form", "like", "put")
        and following not in _OBJECT_STARTS
    ):
        return word == "put" and bool(following)
    ambiguous = (
        word in v.KINDS
        or word in v.COLOURS
        or word in english.VALUE_WORDS["arrangement"]
        or word in v.ADJECTIVES
        or word in ("light", "place", "row", "ring", "stack", "group", "score", "film")
    )
    quoted = any(token.word in _FREE_TEXT for token in tokens[start:at])
    if ambiguous or quoted:
        return following in _OBJECT_STARTS
    whole = any(
        tuple(t.word for t in tokens[at : at + len(words)]) == words for words, _ in lexicon.verbs.get(word, ())
    )
    return whole or word in english.CREATING or word in english.LIGHT or following in _OBJECT_STARTS


def _names_the_result(tokens: Sequence[Token], at: int, start: int, lexicon: Lexicon) -> bool:
    """ "group them and call the group X": the name of what the clause before makes, if that takes one."""
    after = at + 1
    after += after < len(tokens) and tokens[after].word == "the"
    if after >= len(tokens) or tokens[after].word not in _WHAT_IS_CALLED:
        return False
    verb = next((token.word for token in tokens[start:at] if token.word in lexicon.verbs), "")
    senses = [sense for words, sense in lexicon.verbs.get(verb, ()) if sense.cost == 0.0 and len(words) == 1]
    return any({"name", "title"} & {param.name for param in lexicon.params[sense.operation]} for sense in senses)


def _has_verb(word: str, lexicon: Lexicon) -> bool:
    return word in lexicon.verbs or word in english.LIGHT or word in english.CREATING


def _trimmed(tokens: Sequence[Token], start: int, end: int) -> tuple[int, int]:
    edges = ("and", ",", "then", ".", "!", "?", ";", "\n", "(", ")")
    while start < end and tokens[start].word in edges:
        start += 1
    while end > start and tokens[end - 1].word in edges:
        end -= 1
    return start, end
