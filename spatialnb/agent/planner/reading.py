"""Reading a clause: the ways to cover all its words with pieces, cheapest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spatialnb.agent.planner.pieces import Clause, Piece, pieces_at

SKIPPED = 4.0
"""Cost of a word that is left out because nothing was made of it."""
BEAM = 28
"""Partial covers kept at each token; with this the time is linear in the length of the clause."""
LONGEST = 90
"""Tokens of a clause; a longer one is not read."""
_SINGLE = frozenset(
    (
        "verb",
        "create",
        "place",
        "name",
        "says",
        "topic",
        "shift",
        "factor",
        "turn",
        "columns",
        "path",
        "alike",
        "apart",
        "spot",
        "except",
        "own",
    )
)


@dataclass(frozen=True)
class Cover:
    """Pieces that follow each other and take every word of the clause."""

    cost: float
    pieces: tuple[Piece, ...] = ()
    skips: frozenset[int] = frozenset()
    """Particles that belong to a verb before: "up" in "line them up"."""

    @property
    def skipped(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.slot == "?")

    def of(self, slot: str) -> list[Piece]:
        return [piece for piece in self.pieces if piece.slot == slot]


def covers(clause: Clause, start: int, end: int) -> Sequence[Cover]:
    """Covers of the tokens from `start` to `end`, cheapest first."""
    if end - start > LONGEST:
        return []
    reached: dict[int, list[Cover]] = {start: [Cover(0.0)]}
    for at in range(start, end):
        options = [p for p in pieces_at(clause, at) if p.end <= end] if at in reached else []
        for cover in _best(reached.pop(at, [])):
            if at in cover.skips:
                _reach(reached, at + 1, cover)
                continue
            for piece in options:
                if piece.slot in _SINGLE and any(p.slot == piece.slot for p in cover.pieces):
                    continue
                if any(at < skip < piece.end for skip in cover.skips):
                    continue
                skips = cover.skips | {piece.skip} if piece.skip >= 0 else cover.skips
                # Fewer, larger pieces are better where both say the same.
                _reach(reached, piece.end, Cover(cover.cost + piece.cost + 0.05, (*cover.pieces, piece), skips))
            word = clause.words(at, at + 1)
            left_out = Piece("?", word, at, at + 1, SKIPPED)
            if sum(p.slot == "?" for p in cover.pieces) < 6:
                _reach(reached, at + 1, Cover(cover.cost + SKIPPED, (*cover.pieces, left_out), cover.skips))
    return _best(reached.get(end, []), BEAM * 2)


def _reach(reached: dict[int, list[Cover]], at: int, cover: Cover) -> None:
    reached.setdefault(at, []).append(cover)


def _best(found: list[Cover], width: int = BEAM) -> list[Cover]:
    """The cheapest covers, at most two with the same slots, so that different readings survive."""
    found.sort(key=lambda cover: cover.cost)
    kept: list[Cover] = []
    seen: dict[tuple[str, ...], int] = {}
    for cover in found:
        signature = tuple(piece.slot for piece in cover.pieces if piece.slot)
        if seen.get(signature, 0) < 2:
            seen[signature] = seen.get(signature, 0) + 1
            kept.append(cover)
            if len(kept) == width:
                break
    return kept
