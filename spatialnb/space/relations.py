"""Where a thing goes that stands in a relation to another, and where there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spatialnb.models.canvas import RelationKind
from spatialnb.models.geometry import Vec3


@dataclass(frozen=True)
class Block:
    """An upright box: centre and full extents in metres."""

    centre: Vec3
    extent: Vec3

    def overlaps(self, other: Block, margin: float = 0.0) -> bool:
        return all(
            abs(self.centre[k] - other.centre[k]) * 2 < self.extent[k] + other.extent[k] + 2 * margin - 1e-9
            for k in range(3)
        )


def bounds(blocks: Sequence[Block]) -> Block:
    """The smallest block around all. Raises ValueError for none."""
    low = [min(b.centre[k] - b.extent[k] / 2 for b in blocks) for k in range(3)]
    high = [max(b.centre[k] + b.extent[k] / 2 for b in blocks) for k in range(3)]
    return Block(
        centre=((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2),
        extent=(high[0] - low[0], high[1] - low[1], high[2] - low[2]),
    )


def beside(block: Block, target: Block, relation: RelationKind, gap: float = 0.25) -> Vec3:
    """Centre of `block` so that it stands in `relation` to `target`, as seen by a visitor who looks along -z.

    To the side, in front and behind it keeps its own height; above, below, on and inside it lines up in x and z.
    """
    return PLACES[relation](block, target, gap)


def _side(axis: int, sign: int) -> Callable[[Block, Block, float], Vec3]:
    def place(block: Block, target: Block, gap: float) -> Vec3:
        centre = [target.centre[0], block.centre[1], target.centre[2]]
        centre[axis] = target.centre[axis] + sign * ((target.extent[axis] + block.extent[axis]) / 2 + gap)
        return (centre[0], centre[1], centre[2])

    return place


def _stand_on(block: Block, target: Block, _gap: float) -> Vec3:
    x, y, z = target.centre
    return (x, y + (target.extent[1] + block.extent[1]) / 2, z)


def _inside(_block: Block, target: Block, _gap: float) -> Vec3:
    return target.centre


PLACES: dict[RelationKind, Callable[[Block, Block, float], Vec3]] = {
    "left of": _side(0, -1),
    "right of": _side(0, +1),
    "next to": _side(0, +1),
    "above": _side(1, +1),
    "below": _side(1, -1),
    "in front of": _side(2, +1),
    "behind": _side(2, -1),
    "on": _stand_on,
    "inside": _inside,
}


def free_depth(block: Block, others: Sequence[Block], margin: float = 0.3) -> float:
    """How far back (towards -z, metres, zero or negative) `block` has to go so that it meets none of `others`."""
    shift = 0.0
    moved = True
    while moved:
        moved = False
        here = Block((block.centre[0], block.centre[1], block.centre[2] + shift), block.extent)
        for other in others:
            if here.overlaps(other, margin):
                shift = other.centre[2] - (other.extent[2] + block.extent[2]) / 2 - margin - block.centre[2]
                moved = True
                break
    return shift
