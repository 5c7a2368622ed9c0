""" "From now on", "always", "by default": what is asked for once and holds from then on, as steps of `prefer`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from spatialnb.agent.planner import english
from spatialnb.agent.planner.lexicon import Lexicon
from spatialnb.agent.planner.pieces import Clause, Piece
from spatialnb.agent.planner.reading import covers
from spatialnb.models.plan import PlanStep
from spatialnb.operations.language.tokens import Token
from spatialnb.operations.language.vocabulary import Phrases

PREFER = "prefer"
NUMBERS: Mapping[str, tuple[str, ...]] = {
    "spacing": ("spacing",),
    "radius": ("radius",),
    "seconds_each": ("seconds_each",),
    "time": ("seconds_each", "seconds"),
    "columns": ("columns",),
    "distance": ("distance",),
    "height": ("height",),
}
"""Slots that hold a number, and the parameters that it may be for."""
WORDS: Mapping[str, tuple[str, ...]] = {"style": ("style",), "order": ("order",)}


def is_lasting(clause: Clause) -> bool:
    """Whether a clause says how things are to be done from now on."""
    return any(_MARKS.at(clause.tokens, at) for at in range(len(clause.tokens)))


def unmarked(clause: Clause) -> Clause:
    """The clause without the words that make it a preference."""
    kept: list[int] = []
    at = 0
    while at < len(clause.tokens):
        found = _MARKS.at(clause.tokens, at)
        if found:
            at = max(end for end, _ in found)
            continue
        kept.append(at)
        at += 1
    tokens = tuple(_singular(clause.tokens[k], clause.lexicon) for k in kept)
    while tokens and tokens[0].word in (",", "and", "please"):
        tokens = tokens[1:]
    while tokens and tokens[-1].kind == "mark":
        tokens = tokens[:-1]
    return replace(clause, tokens=tokens, nouns=clause.nouns.over(tokens))


def _singular(token: Token, lexicon: Lexicon) -> Token:
    """ "Circles" as "circle": a value of a parameter is said in the plural where it is meant for every time."""
    plural = token.lemma != token.word and token.word not in lexicon.values and token.lemma in lexicon.values
    return replace(token, word=token.lemma) if plural else token


def preferences(clause: Clause, lexicon: Lexicon, number: int) -> list[PlanStep]:
    """Steps for what the clause's words give values of, in every operation that its verb means or that takes them.

    Empty where nothing in it can be preferred.
    """
    plain = unmarked(clause)
    if PREFER not in lexicon.registry or not plain.tokens:
        return []
    best: tuple[float, dict[str, dict[str, Any]]] | None = None
    for cover in covers(plain, 0, len(plain.tokens))[:24]:
        if cover.skipped and any(piece.end - piece.start and piece.value for piece in cover.skipped):
            continue
        settings = _settings(cover.pieces, lexicon)
        if settings and (best is None or cover.cost < best[0]):
            best = (cover.cost, settings)
    if best is None:
        return []
    steps: list[PlanStep] = []
    said = clause.words(0, len(clause.tokens))
    for operation, values in best[1].items():
        for name, value in values.items():
            steps.append(
                PlanStep(
                    id=f"s{number + len(steps) + 1}",
                    operation=PREFER,
                    args={"setting": f"{operation}.{name}", "value": value},  # pyright: ignore[reportArgumentType]
                    title=f"From now on: {said}"[:160],
                )
            )
    return steps


def _settings(pieces: Sequence[Piece], lexicon: Lexicon) -> dict[str, dict[str, Any]]:
    """Operation to parameter to value."""
    values: dict[tuple[str, ...], Any] = {}
    for piece in pieces:
        if piece.slot.startswith("="):
            values[(piece.slot[1:],)] = piece.value
        elif piece.slot in NUMBERS:
            values[NUMBERS[piece.slot]] = piece.value
        elif piece.slot in WORDS:
            values[WORDS[piece.slot]] = piece.value[0] if isinstance(piece.value, tuple) else piece.value
        elif piece.slot in ("length", "closeness"):
            values[("spacing",)] = piece.value
    verbs = [sense.operation for piece in pieces if piece.slot == "verb" for sense in piece.value]
    found: dict[str, dict[str, Any]] = {}
    for names, value in values.items():
        meant = _taking(names, value, verbs, lexicon) or _taking(
            names, value, [operation.name for operation in lexicon.registry], lexicon
        )
        for operation, name in meant:
            found.setdefault(operation, {})[name] = value
    return found


def _taking(names: Sequence[str], value: Any, operations: Sequence[str], lexicon: Lexicon) -> list[tuple[str, str]]:
    """The operations, of these, that take the value for the first of its names that any of them has."""
    for name in names:
        found: list[tuple[str, str]] = []
        for each in dict.fromkeys(operations):
            if each not in lexicon.registry or lexicon.registry.get(each).approval:
                continue
            param = next((p for p in lexicon.params[each] if p.name == name), None)
            if param is None or (param.kind == "choice" and value not in param.choices):
                continue
            if param.kind in ("choice", "number", "integer", "text", "flag"):
                found.append((each, name))
        if found:
            return found
    return []


_MARKS: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.FROM_NOW_ON)
