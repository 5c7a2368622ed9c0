"""Putting things in order where they are: align, distribute, draw together or apart, swap, make alike, and tint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from pydantic import Field

from spatialnb.errors import Invalid
from spatialnb.models.canvas import Item
from spatialnb.models.geometry import Metres, Size, Vec3, rounded
from spatialnb.models.project import copy_with
from spatialnb.operations.context import Context
from spatialnb.operations.items import Moved, unlocked
from spatialnb.operations.registry import Outcome, Thing, Things, operation
from spatialnb.operations.scene import blocks_of, several
from spatialnb.space.relations import Block, bounds

Edge: TypeAlias = Literal["left", "right", "top", "bottom", "front", "back", "centre", "middle"]
"""`centre` lines up from side to side, `middle` in height."""
Along: TypeAlias = Literal["x", "y", "z"]
Measured: TypeAlias = Literal["size", "width", "height", "depth"]
EDGES: dict[Edge, tuple[int, int]] = {
    "left": (0, -1), "right": (0, 1), "bottom": (1, -1), "top": (1, 1), "back": (2, -1), "front": (2, 1),
    "centre": (0, 0), "middle": (1, 0),
}  # fmt: skip
"""Axis and side of each edge; 0 is the middle of a thing."""


@operation(changes="items", tags={"scene"}, words=("align", "straighten", "level"))
def align(ctx: Context, items: Things, edge: Edge | None = None, *, to: Thing | None = None) -> Moved:
    """Line items up at an edge: that of another item, or the outermost of their own.

    Without an edge they are put into one line through their middles, along the way they already stand; with another
    item, on its level.
    """
    free = [item for item in unlocked(items) if to is None or item.id != to.id]
    if not free or (to is None and len(free) < 2):
        raise Invalid("align needs two things at least, or something to align with.", "items")
    blocks = blocks_of(free)
    anchor = bounds(blocks_of([to])) if to is not None else None
    if edge is not None:
        axis, side = EDGES[edge]
        goal = _edge(anchor or bounds(blocks), axis, side)
        shifts = [_only(axis, goal - _edge(block, axis, side)) for block in blocks]
    else:
        # Along the floor, whichever way they stand apart less is the way they are not yet in line.
        spread = bounds([*blocks, anchor] if anchor else blocks).extent
        axis = 2 if spread[0] >= spread[2] else 0
        goal = anchor.centre[axis] if anchor else sum(block.centre[axis] for block in blocks) / len(blocks)
        shifts = [_only(axis, goal - block.centre[axis]) for block in blocks]
    where = f" at the {edge}" if edge else ""
    return _shifted(ctx, f"Aligned {several(free)}{where}{f' with {to.name}' if to else ''}", free, shifts)


@operation(changes="items", tags={"scene"}, words=("distribute", "space", "space out", "even out", "leave"))
def distribute(
    ctx: Context, items: Things, *, gap: Metres | None = Field(default=None, ge=0, le=100), along: Along | None = None
) -> Moved:
    """Leave the same free space between neighbours: `gap` metres, or what there is between the outermost two.

    They keep their order. `along` is the axis; without it, the one along which they stand furthest apart.
    """
    free = unlocked(items)
    if len(free) < (2 if gap is not None else 3):
        raise Invalid("distribute needs three things at least, or two and a gap.", "items")
    blocks = blocks_of(free)
    axis = "xyz".index(along) if along else _longest(blocks)
    order = sorted(range(len(free)), key=lambda i: (blocks[i].centre[axis], i))
    low = _edge(blocks[order[0]], axis, -1)
    total = sum(block.extent[axis] for block in blocks)
    room = _edge(blocks[order[-1]], axis, 1) - low
    between = gap if gap is not None else (room - total) / (len(free) - 1)
    start = low + (room - total - between * (len(free) - 1)) / 2  # the whole stays where its middle is
    shifts: dict[int, Vec3] = {}
    for index in order:
        block = blocks[index]
        shifts[index] = _only(axis, start + block.extent[axis] / 2 - block.centre[axis])
        start += block.extent[axis] + between
    told = f", {gap:g} m apart" if gap is not None else " evenly"
    return _shifted(ctx, f"Spaced {several(free)}{told}", free, [shifts[i] for i in range(len(free))])


@operation(changes="items", tags={"scene"}, words=("spread out", "spread apart", "draw together", "pull apart"))
def spread(
    ctx: Context, items: Things, *, factor: float = Field(default=1.6, gt=0, le=100), to: Thing | None = None
) -> Moved:
    """Move items apart (a factor above 1) or together (below 1), from their middle or from another item.

    Heights stay. Together they come until they would touch.
    """
    free = [item for item in unlocked(items) if to is None or item.id != to.id]
    if not free or (to is None and len(free) < 2):
        raise Invalid("spread needs two things at least, or something to be nearer to or further from.", "items")
    blocks = blocks_of(free)
    held = blocks_of([to]) if to is not None else []
    centre = held[0].centre if held else bounds(blocks).centre
    factor = max(factor, _touching(blocks, held)) if factor < 1 else factor
    shifts: list[Vec3] = [
        ((b.centre[0] - centre[0]) * (factor - 1), 0.0, (b.centre[2] - centre[2]) * (factor - 1)) for b in blocks
    ]
    way = "further apart" if factor > 1 else "closer together"
    if to is not None:
        way = f"{'further away from' if factor > 1 else 'closer to'} {to.name}"
    return _shifted(ctx, f"Moved {several(free)} {way}", free, shifts)


@operation(changes="items", tags={"scene"}, words=("swap", "exchange", "switch", "trade"))
def swap(ctx: Context, first: Thing, second: Thing) -> Moved:
    """Let two items change places; each stands where the other stood, at its own height."""
    if first.id == second.id:
        raise Invalid("swap needs two different things.", "second")
    one, two = unlocked([first, second])
    (x1, y1, z1), (x2, y2, z2) = one.position, two.position
    # What stands on the floor goes on standing on it.
    heights = (y1, y2) if "model" in (one.kind, two.kind) else (y2, y1)
    ctx.project = ctx.project.with_items(
        [copy_with(one, position=(x2, heights[0], z2)), copy_with(two, position=(x1, heights[1], z1))]
    )
    return Moved(summary=f"Swapped {one.name} and {two.name}", items=(one.id, two.id))


@operation(changes="items", tags={"scene"}, words=("match", "make the same", "equalise", "equalize"))
def match(ctx: Context, items: Things, measure: Measured = "size", *, to: Thing | None = None) -> Moved:
    """Make items as large as another, or as the largest of them, in proportion.

    `measure` is what becomes the same: width, height or depth, or `size`, the longest edge.
    """
    free = [item for item in unlocked(items) if to is None or item.id != to.id]
    if not free or (to is None and len(free) < 2):
        raise Invalid("match needs two things at least, or something to be as large as.", "items")
    goal = _measure(to.size, measure) if to is not None else max(_measure(item.size, measure) for item in free)
    changed: list[Item] = []
    for item in free:
        factor = goal / _measure(item.size, measure)
        thick = item.size.depth * factor if item.kind == "model" else item.size.depth
        size = Size(width=item.size.width * factor, height=item.size.height * factor, depth=max(thick, 1e-3))
        x, y, z = item.position
        lift = (size.height - item.size.height) / 2 if item.kind == "model" else 0.0
        changed.append(copy_with(item, size=size, position=rounded((x, y + lift, z))))
    ctx.project = ctx.project.with_items(changed)
    like = f"as large as {to.name}" if to else f"the same {measure}"
    return Moved(summary=f"Made {several(free)} {like}", items=tuple(item.id for item in free))


@operation(
    changes="items", tags={"scene"}, words=("tint", "colour", "color", "recolour", "recolor", "dye", "paint over")
)
def tint(ctx: Context, items: Things, colour: str | None = Field(default=None, pattern=r"^#[0-9a-f]{6}$")) -> Outcome:
    """Lay a colour over items, or (without one) take it off again. Labels are written in it."""
    ctx.project = ctx.project.with_items([copy_with(item, colour=colour) for item in unlocked(items)])
    told = f"Tinted {several(items)} {colour}" if colour else f"Took the tint off {several(items)}"
    return Outcome(summary=told, items=tuple(item.id for item in items))


def _edge(block: Block, axis: int, side: int) -> float:
    return block.centre[axis] + side * block.extent[axis] / 2


def _only(axis: int, way: float) -> Vec3:
    return (way if axis == 0 else 0.0, way if axis == 1 else 0.0, way if axis == 2 else 0.0)


def _longest(blocks: Sequence[Block]) -> int:
    spans = [max(b.centre[k] for b in blocks) - min(b.centre[k] for b in blocks) for k in range(3)]
    return spans.index(max(spans))


def _touching(blocks: Sequence[Block], held: Sequence[Block]) -> float:
    """The least factor at which no two blocks that are apart now would meet, on the floor plan."""
    least = 0.0
    everything = [*blocks, *held]
    for number, a in enumerate(blocks):
        for b in everything[number + 1 :]:
            needed = 1.0
            for k in (0, 2):
                apart = abs(a.centre[k] - b.centre[k])
                if apart > 1e-9:
                    needed = min(needed, (a.extent[k] + b.extent[k]) / 2 / apart)
            least = max(least, needed)
    return min(least, 1.0)


def _measure(size: Size, measure: Measured) -> float:
    if measure == "size":
        return max(size.width, size.height, size.depth)
    return getattr(size, measure)


def _shifted(ctx: Context, summary: str, items: Sequence[Item], shifts: Sequence[Vec3]) -> Moved:
    ctx.project = ctx.project.with_items(
        copy_with(item, position=rounded((item.position[0] + x, item.position[1] + y, item.position[2] + z)))
        for item, (x, y, z) in zip(items, shifts, strict=True)
    )
    return Moved(summary=summary, items=tuple(item.id for item in items))
