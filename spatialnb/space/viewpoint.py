"""Where to stand to see something."""

from __future__ import annotations

import math

from spatialnb.models.geometry import Vec3
from spatialnb.space.arrangements import EYE
from spatialnb.space.relations import Block

ASPECT = 1.6
"""Width to height of the view that is reckoned with; narrower ones see less at the sides."""
MARGIN = 1.12


def overlooking(block: Block, field_of_view: float) -> tuple[Vec3, Vec3]:
    """Position and target (metres) of a visitor at eye height in front of `block` who has all of it in view.

    `field_of_view` is vertical, degrees. The view is filled by the middle of the block; what is nearer is seen in
    passing, as in a room that one enters.
    """
    half = math.tan(math.radians(field_of_view) / 2)
    (x, y, z), (width, height, depth) = block.centre, block.extent
    # Seen from eye height, what is far above or below the eye takes more of the view than its height alone.
    tall = 2 * max(abs(y + height / 2 - EYE), abs(EYE - (y - height / 2)))
    distance = max(tall / 2 / half, width / 2 / (half * ASPECT)) * MARGIN
    return (x, EYE, z + max(distance, depth / 2 + 1.5)), (x, EYE, z)


def along(block: Block) -> tuple[Vec3, Vec3]:
    """Position and target (metres) of a visitor who sets out along a row that is too long to be seen at once.

    Before its left end, a few steps away, looking to the right along it.
    """
    (x, _, z), (width, _, depth) = block.centre, block.extent
    left, front = x - width / 2, z + depth / 2
    return (left - 1.2, EYE + 0.35, front + 3.6), (left + min(width / 2, 5.0), EYE, z)
