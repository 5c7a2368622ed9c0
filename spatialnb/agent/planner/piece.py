"""A piece: words of a clause that fill a slot, and the clause it was found in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from spatialnb.agent.planner.lexicon import Lexicon
from spatialnb.operations.language.nouns import Noun, NounReader
from spatialnb.operations.language.tokens import Token, source


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
