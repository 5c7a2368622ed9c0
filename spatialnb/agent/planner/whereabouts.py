"""Where something is to go when a place is named by what stands there, by the room or by coordinates."""

from __future__ import annotations

from collections.abc import Sequence

from spatialnb.agent.planner.comparing import Spot
from spatialnb.agent.planner.imagine import Imagined
from spatialnb.errors import Invalid
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.operations.scene import blocks_of, new_item, positioned
from spatialnb.space.arrangements import resting
from spatialnb.space.relations import bounds


def goal(spot: Spot, movers: Sequence[Item | Asset], there: Sequence[Item], world: Imagined) -> list[float]:
    """The centre, metres, that `movers` are to have as a whole: what `spot` leaves open stays as it is.

    What stands on the floor goes on standing on it; a picture takes the height of the one whose place it takes.
    """
    items = [_standing(thing, world) for thing in movers]
    whole = bounds(blocks_of(items))
    x, y, z = whole.centre
    if there:
        other = bounds(blocks_of(there)).centre
        x, z = other[0], other[2]
        y = y if all(item.kind == "model" for item in items) else other[1]
    if spot.floor:
        y = whole.extent[1] / 2
    said = spot.point
    point = (x if said[0] is None else said[0], y if said[1] is None else said[1], z if said[2] is None else said[2])
    return [round(value, 6) + 0.0 for value in point]


def _standing(thing: Item | Asset, world: Imagined) -> Item:
    """A thing as it stands, or as it would where it is placed first."""
    if isinstance(thing, Item):
        return thing
    item = new_item(world.project, thing)
    height = resting(positioned(world.project, item))
    return item.model_copy(update={"position": (0.0, height, 0.0)})


def as_it_stood(ids: Sequence[str], spot: Spot, world: Imagined) -> list[Item]:
    """The items with these ids where they are, or where they were before the plan.

    Raises `Invalid` where an earlier step moves one, so that nobody can know yet where it will be.
    """
    found: list[Item] = []
    for each in ids:
        before = world.start.item(each)
        if before is None:
            continue
        moved = each in world.moved
        if moved and not spot.was and world.project.item(each) is not None:
            raise Invalid(f"Where {before.name} will be is not known before it has moved; ask for that afterwards.")
        found.append(before)
    return found
