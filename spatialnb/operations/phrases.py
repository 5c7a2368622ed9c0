"""Noun phrases in plain English, as selections: "the three largest red photos except the first"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from spatialnb.errors import NotUnderstood
from spatialnb.models import selection as s
from spatialnb.models.project import Project
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.nouns import NounReader
from spatialnb.operations.language.numbers import CARDINALS, ORDINALS, UNIT_WORDS
from spatialnb.operations.language.tokens import Token, split, tokenize
from spatialnb.operations.language.when import DAYS
from spatialnb.operations.language.words import correct, lemma

LONGEST = 400
"""Characters of a noun phrase; more is not one."""


@dataclass(frozen=True)
class Names:
    """The words that things of a project are called by."""

    words: frozenset[str] = frozenset()
    """Every word of a name or label, as written and singular."""
    several: tuple[tuple[str, ...], ...] = ()
    """Names of more than one word."""

    def by_first(self) -> dict[str, list[tuple[str, ...]]]:
        found: dict[str, list[tuple[str, ...]]] = {}
        for name in self.several:
            found.setdefault(name[0], []).append(name)
        return found


def names_of(project: Project) -> Names:
    """The names and labels of a project's items, assets, groups and canvases."""
    texts: dict[str, None] = {}
    labels: dict[str, None] = {}
    for asset in project.assets.values():
        texts[asset.name] = None
        labels.update(dict.fromkeys(asset.labels))
    for canvas in project.canvases.values():
        texts.update(dict.fromkeys(group.name for group in canvas.groups.values()))
        if canvas.name != "Main":
            texts[canvas.name] = None
        for item in canvas.items.values():
            texts[item.name] = None
            texts[item.id] = None
            labels.update(dict.fromkeys(item.labels))
    words: set[str] = set()
    several: list[tuple[str, ...]] = []
    for text in texts:
        parts = _parts(text)
        words.update(parts)
        if len(parts) > 1:
            several.append(parts)
    for text in labels:
        words.update(_parts(text))
    words |= {lemma(word) for word in words}
    return Names(frozenset(words - v.SMALL_WORDS), tuple(dict.fromkeys(several)))


@lru_cache(maxsize=60_000)
def _parts(text: str) -> tuple[str, ...]:
    return tuple(split(text))


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words of noun phrases that a misspelt word may have been meant to be."""
    tables: Iterable[Iterable[str]] = (
        v.KINDS, v.GENERIC, v.COLOURS, v.ADJECTIVES, v.SUPERLATIVES, v.COMPARATIVES, v.SIDES, v.PLACES.words(),
        v.POINTERS.words(), v.EXCEPT.words(), v.REST.words(), v.DOINGS, CARDINALS, ORDINALS, UNIT_WORDS, v.NEVER_NOUNS,
        v.POLITE, v.POSTURES, v.LIKING, v.DONE, v.COLOURED, DAYS,
    )  # fmt: skip
    words = {word for table in tables for word in table}
    return frozenset(words | {f"{word}s" for word in (*v.KINDS, *v.GENERIC)})


def tokens_of(text: str, names: Names, more: frozenset[str] = frozenset()) -> tuple[Token, ...]:
    """Tokens with spelling put right towards the words of the project, of noun phrases and `more`."""
    known = common_words() | names.words | more
    return tokenize(text, lambda word: _correct(word, known, names.words))


@lru_cache(maxsize=4_000)
def _correct(word: str, known: frozenset[str], preferred: frozenset[str]) -> str:
    if word in known or lemma(word) in known:
        return word
    better = correct(word, known, preferred)
    if better == word and (single := lemma(word)) != word and (base := correct(single, known, preferred)) != single:
        return f"{base}s"
    return better


def selection_of(text: str, names: Names | None = None, *, today: date | None = None) -> s.Selection:
    """The selection that a noun phrase means.

    Raises `NotUnderstood` for words that are no noun phrase. What is unknown becomes a description, to be matched with
    what things are called when the selection is resolved.
    """
    known = names or Names()
    if len(text) > LONGEST:
        raise NotUnderstood("That is too long to say what is meant; name the things in a few words.")
    tokens = tokens_of(text, known)
    while tokens and (tokens[-1].kind == "mark" or tokens[-1].word == "please"):
        tokens = tokens[:-1]
    if not tokens:
        raise NotUnderstood("Say which things you mean, such as “the red photos”.")
    reader = NounReader(tokens, known.words, known.by_first(), today=today)
    whole = [noun for noun in reader.at(0) if noun.end == len(tokens)]
    if not whole:
        raise NotUnderstood(f"“{text.strip()}” does not say which things are meant. Try “the red photos” or a name.")
    return min(whole, key=lambda noun: noun.cost).selection
