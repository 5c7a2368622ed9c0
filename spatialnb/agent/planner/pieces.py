"""What stretches of words may mean: every finder of pieces, in a fixed order.

A piece fills a slot; `frames` decides which parameter of an operation takes it.
"""

from __future__ import annotations

from spatialnb.agent.planner.changing import angle, complaints, factor, shift
from spatialnb.agent.planner.comparing import alike, apart, manners, spots
from spatialnb.agent.planner.doing import creations, verbs
from spatialnb.agent.planner.measuring import closeness, colours, measures, numbers, orders, values
from spatialnb.agent.planner.piece import Clause, Creation, Finder, Piece
from spatialnb.agent.planner.standing import facing, places, things
from spatialnb.agent.planner.wording import fillers, steps, texts


def pieces_at(clause: Clause, at: int) -> list[Piece]:
    """Every piece that begins at a token, in a fixed order."""
    return [piece for find in FINDERS for piece in find(clause, at)]


FINDERS: tuple[Finder, ...] = (
    verbs, creations, things, places, facing, shift, factor, angle, measures, closeness, numbers, values, orders,
    texts, colours, steps, complaints, alike, apart, spots, manners, fillers,
)  # fmt: skip

__all__ = ["FINDERS", "Clause", "Creation", "Piece", "pieces_at"]
