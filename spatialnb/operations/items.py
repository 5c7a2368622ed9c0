"""Operations on single items: place, move, rotate, resize, transform, tag, remove."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from spatialnb.errors import Invalid
from spatialnb.models.asset import Asset
from spatialnb.models.base import Frozen
from spatialnb.models.canvas import Item, RelationKind
from spatialnb.models.geometry import (
    Degrees,
    Metres,
    Pose,
    Size,
    Vec3,
    add,
    angles,
    matrix,
    product,
    rounded,
    scale,
    subtract,
)
from spatialnb.models.project import MAIN, Project, copy_with
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Anything, Outcome, Placeable, Thing, Things, operation
from spatialnb.operations.scene import blocks_of, new_item, positioned, room_for, several, standing
from spatialnb.space.arrangements import Options, arrange, facing
from spatialnb.space.relations import beside, bounds

Axis = Annotated[str, Field(pattern="^[xyz]$")]


class Placed(Outcome):
    """`items` are the ids of the new items."""


class Moved(Outcome):
    """`items` are the ids of the items that were moved, turned or resized."""


class ItemRow(Frozen):
    """Fields of one item to change; what is None stays. Positions in metres, rotations in degrees."""

    id: str
    name: str | None = None
    group: str | None = None
    x: float | None = None
    y: float | None = None
    z: float | None = None
    rx: float | None = None
    ry: float | None = None
    rz: float | None = None
    width: float | None = Field(default=None, gt=0)
    height: float | None = Field(default=None, gt=0)
    depth: float | None = Field(default=None, gt=0)


@operation(
    changes="items",
    tags={"scene"},
    words=("place", "put", "add", "bring in", "insert"),
    tastes=("distance",),
)
def place(
    ctx: Context,
    items: Placeable,
    *,
    at: Vec3 | None = None,
    relation: RelationKind | None = None,
    target: Anything | None = None,
    distance: Metres = Field(default=0.25, ge=0),
    copies: int = Field(default=1, ge=1, le=500),
    canvas: str = MAIN,
) -> Placed:
    """Put things from the library into the space.

    Without a position they stand in a row (many: a grid) where there is room. `at` is the centre of the whole (metres);
    `relation` and `target` put it next to something, `distance` metres away. What is in the space already is moved
    there rather than placed twice; `copies` places each asset several times.
    """
    if canvas not in ctx.project.canvases:
        raise Invalid(f"There is no canvas {canvas!r}. There are: {', '.join(ctx.project.canvases)}.", "canvas")
    project = ctx.project
    stand: Item | None = None
    if target is not None:
        project, stand = standing(project, target)
        items = tuple(thing for thing in items if thing.id not in (target.id, stand.id))
        if not items:
            raise Invalid(f"{stand.name} cannot stand beside itself.", "items")
    there = [thing for thing in items if isinstance(thing, Item)]
    new: list[Item] = []
    for asset in (thing for thing in items if isinstance(thing, Asset)):
        for _ in range(copies):
            item = new_item(project, asset)
            project = project.with_items([item], canvas)
            new.append(item)
    chosen = [*there, *new]
    if new or at is not None or relation is not None:
        arrangement = "row" if len(chosen) <= 6 else "grid"
        boxes = [positioned(ctx.project, item) for item in chosen]
        poses = arrange(arrangement, boxes, Options())
        posed = [
            copy_with(i, position=rounded(p.position), rotation=p.rotation) for i, p in zip(chosen, poses, strict=True)
        ]
        shift = _shift(project, posed, at, relation, stand, distance)
        project = project.with_items([copy_with(i, position=rounded(add(i.position, shift))) for i in posed], canvas)
    ctx.project = project
    where = f" {relation or 'next to'} {stand.name}" if stand else ""
    verb = "Placed" if new else ("Moved" if where or at else "Already there:")
    return Placed(summary=f"{verb} {several(chosen)}{where}", items=tuple(i.id for i in chosen))


def _shift(
    project: Project,
    items: Sequence[Item],
    at: Vec3 | None,
    relation: RelationKind | None,
    target: Item | None,
    distance: float,
) -> Vec3:
    """How far a block of items goes: to a point, beside a target, or to where there is room."""
    whole = bounds(blocks_of(items))
    if relation is not None or target is not None:
        if target is None:
            raise Invalid(f"{(relation or 'next to').capitalize()} what? Name the thing it should stand by.", "target")
        goal = beside(whole, bounds(blocks_of([target])), relation or "next to", distance)
        return subtract(goal, whole.centre)
    if at is not None:
        return subtract(at, whole.centre)
    return room_for(project, items)


@operation(
    changes="items",
    tags={"scene"},
    words=("move", "shift", "push", "pull", "slide", "bring", "put", "lift", "raise", "lower", "drag"),
)
def move(
    ctx: Context,
    items: Things,
    *,
    by: Vec3 | None = None,
    to: Vec3 | tuple[Vec3, ...] | None = None,
    relation: RelationKind | None = None,
    target: Anything | None = None,
    distance: Metres = Field(default=0.25, ge=0),
) -> Moved:
    """Move items by a vector, to a point (or one point each), or beside another item. Metres.

    Directions are the visitor's: left is -x, right +x, up +y, nearer +z, further away -z. Several items that go to one
    point or beside something keep their arrangement.
    """
    free = unlocked(items)
    stand: Item | None = None
    if to is not None and len(to) and isinstance(to[0], tuple):
        if len(to) != len(free):
            raise Invalid(f"move got {len(to)} positions for {len(free)} items; give one each.", "to")
        goals: list[Any] = list(to)
    else:
        if by is None and to is None and relation is None and target is None:
            raise Invalid("move needs to know where: by a vector, to a point, or a relation to a target.", "by")
        if target is not None:
            ctx.project, stand = standing(ctx.project, target)
            free = [item for item in free if item.id != stand.id]
            if not free:
                raise Invalid(f"{stand.name} cannot stand beside itself.", "items")
        shift = by if by is not None else _shift(ctx.project, free, to, relation, stand, distance)  # pyright: ignore
        goals = [add(item.position, shift) for item in free]
    return _changed(
        ctx,
        "Moved",
        [copy_with(item, position=rounded(goal)) for item, goal in zip(free, goals, strict=True)],
        f" {relation or 'next to'} {stand.name}" if stand else "",
    )


@operation(changes="items", tags={"scene"}, words=("rotate", "turn", "spin", "tilt", "face", "point", "flip"))
def rotate(
    ctx: Context,
    items: Things,
    *,
    degrees: Degrees | None = None,
    axis: Axis = "y",
    facing_item: Thing | None = None,
    facing_visitor: bool = False,
    to: Vec3 | tuple[Vec3, ...] | None = None,
) -> Moved:
    """Turn each item about its own centre, towards another item or the visitor, or to given angles.

    `degrees` about `axis` (y is upright; positive is anticlockwise seen from above). `to` is intrinsic XYZ in degrees,
    one for all or one each.
    """
    free = unlocked(items)
    if to is not None:
        each = to if isinstance(to[0], tuple) else (to,) * len(free)
        if len(each) != len(free):
            raise Invalid(f"rotate got {len(each)} rotations for {len(free)} items; give one each.", "to")
        turned = list(each)
    elif facing_item is not None:
        turned = [facing(item.position, facing_item.position) for item in free]
    elif facing_visitor:
        turned = [(0.0, 0.0, 0.0) for _ in free]
    elif degrees is not None:
        angle: dict[str, Vec3] = {"x": (degrees, 0, 0), "y": (0, degrees, 0), "z": (0, 0, degrees)}
        turn = matrix(angle[axis])
        turned = [angles(product(turn, matrix(item.rotation))) for item in free]
    else:
        raise Invalid("rotate needs degrees, something to face, or angles.", "degrees")
    return _changed(
        ctx,
        "Turned",
        [copy_with(i, rotation=rounded(r)) for i, r in zip(free, turned, strict=True)],  # pyright: ignore
    )


@operation(
    changes="items",
    tags={"scene"},
    words=("resize", "scale", "enlarge", "shrink", "grow", "make bigger", "make smaller"),
)
def resize(
    ctx: Context,
    items: Things,
    *,
    factor: float | None = Field(default=None, gt=0, le=1000),
    width: Metres | None = Field(default=None, gt=0),
    height: Metres | None = Field(default=None, gt=0),
    depth: Metres | None = Field(default=None, gt=0),
    to: tuple[Vec3, ...] | None = None,
) -> Moved:
    """Make items larger or smaller, in proportion: by a factor, or to a width, height or depth in metres.

    3D models keep standing where they stand. `to` gives width, height and depth of each item and need not keep the
    proportions.
    """
    free = unlocked(items)
    if to is not None:
        if len(to) != len(free):
            raise Invalid(f"resize got {len(to)} sizes for {len(free)} items; give one each.", "to")
        if any(side <= 0 for size in to for side in size):
            raise Invalid("A size must be above zero.", "to")
        sizes = [Size(width=w, height=h, depth=d) for w, h, d in to]
    else:
        if factor is None and width is None and height is None and depth is None:
            raise Invalid("resize needs a factor, or a width, height or depth in metres.", "factor")
        sizes = [_scaled(item, factor, width, height, depth) for item in free]
    resized = [
        copy_with(item, size=size, position=_standing(item, size)) for item, size in zip(free, sizes, strict=True)
    ]
    return _changed(ctx, "Resized", resized)


def _scaled(item: Item, factor: float | None, width: float | None, height: float | None, depth: float | None) -> Size:
    size = item.size
    if factor is None:
        goals = ((width, size.width), (height, size.height), (depth, size.depth))
        factor = next(goal / now for goal, now in goals if goal is not None)
    # Panels stay thin: their depth is the thickness of a frame, not a measure of the picture.
    thick = size.depth * factor if item.kind == "model" or depth is not None else size.depth
    return Size(width=size.width * factor, height=size.height * factor, depth=max(thick, 1e-3))


def _standing(item: Item, size: Size) -> Vec3:
    x, y, z = item.position
    return rounded((x, y + (size.height - item.size.height) / 2, z)) if item.kind == "model" else item.position


@operation(changes="items", tags={"scene", "hand"})
def transform(ctx: Context, items: Things, poses: tuple[Pose, ...], sizes: tuple[Size, ...] | None = None) -> Moved:
    """Set position, rotation and, where given, size of each item: what a hand in the space has done."""
    if len(poses) != len(items) or (sizes is not None and len(sizes) != len(items)):
        raise Invalid(f"transform got {len(poses)} poses for {len(items)} items; give one each.", "poses")
    unlocked(items)
    changed = [
        copy_with(
            item,
            position=rounded(pose.position),
            rotation=rounded(pose.rotation),
            **({"size": sizes[index]} if sizes is not None else {}),
        )
        for index, (item, pose) in enumerate(zip(items, poses, strict=True))
    ]
    return _changed(ctx, "Moved", changed)


@operation(changes="items", tags={"scene", "code"})
def update_items(ctx: Context, rows: tuple[ItemRow, ...]) -> Moved:
    """Set fields of many items at once, as one change; what an edited table of items is written back with."""
    changed: list[Item] = []
    for row in rows:
        item = ctx.project.item(row.id)
        if item is None:
            raise Invalid(f"There is no item {row.id!r} in the space.", "rows")
        px, py, pz = item.position
        rx, ry, rz = item.rotation
        changed.append(
            copy_with(
                item,
                name=row.name if row.name is not None else item.name,
                group=row.group if row.group is not None else item.group,
                position=rounded((_or(row.x, px), _or(row.y, py), _or(row.z, pz))),
                rotation=rounded((_or(row.rx, rx), _or(row.ry, ry), _or(row.rz, rz))),
                size=Size(
                    width=_or(row.width, item.size.width),
                    height=_or(row.height, item.size.height),
                    depth=_or(row.depth, item.size.depth),
                ),
            )
        )
    return _changed(ctx, "Updated", changed)


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


@operation(changes="items", tags={"scene"}, words=("tag", "mark"))
def tag(ctx: Context, items: Things, labels: tuple[str, ...]) -> Moved:
    """Give items labels (words to find them by); labels they have stay."""
    words = tuple(dict.fromkeys(label.strip().lower() for label in labels if label.strip()))
    if not words:
        raise Invalid("tag needs at least one word.", "labels")
    changed = [copy_with(item, labels=tuple(dict.fromkeys((*item.labels, *words)))) for item in items]
    return _changed(ctx, "Tagged", changed, f" {', '.join(words)}")


@operation(changes="items", tags={"scene"}, words=("rename", "call", "name"))
def rename(ctx: Context, item: Thing, name: str = Field(min_length=1, max_length=200)) -> Moved:
    """Give one item another name."""
    ctx.project = ctx.project.with_items([copy_with(item, name=name)])
    return Moved(summary=f"Renamed {item.name} to {name}", items=(item.id,))


@operation(changes="items", tags={"scene"}, words=("hide", "show", "unhide"))
def hide(ctx: Context, items: Things, *, hidden: bool = True) -> Moved:
    """Hide items, or show them again; they stay where they are."""
    return _changed(ctx, "Hid" if hidden else "Showed", [copy_with(item, hidden=hidden) for item in items])


@operation(changes="items", tags={"scene"}, words=("lock", "unlock", "pin", "fix"))
def lock(ctx: Context, items: Things, *, locked: bool = True) -> Moved:
    """Lock items so that neither hand nor words move them, or unlock them."""
    return _changed(ctx, "Locked" if locked else "Unlocked", [copy_with(item, locked=locked) for item in items])


@operation(changes="items", tags={"scene"}, words=("duplicate", "copy", "clone", "repeat"))
def duplicate(
    ctx: Context, items: Things, *, copies: int = Field(default=1, ge=1, le=500), offset: Vec3 | None = None
) -> Placed:
    """Copy items, set in a row beside the originals or each moved on by `offset` (metres); `copies` of each."""
    whole = bounds(blocks_of(items))
    shift = offset or (whole.extent[0] + 0.25, 0.0, 0.0)
    project, made = ctx.project, list[Item]()
    for number in range(1, copies + 1):
        for item in items:
            position = rounded(add(item.position, scale(shift, number)))
            copy = copy_with(new_item(project, item), position=position, rotation=item.rotation)
            found = project.find(item.id)
            project = project.with_items([copy], found[0].id if found else MAIN)
            made.append(copy)
    ctx.project = project
    times = f" {copies} times" if copies > 1 else ""
    return Placed(summary=f"Copied {several(items)}{times}", items=tuple(copy.id for copy in made))


@operation(
    changes="items",
    tags={"scene"},
    words=("remove", "delete", "clear", "take away", "get rid of", "erase", "discard"),
    approval="deletes",
)
def remove(ctx: Context, items: Things) -> Outcome:
    """Take items out of the space. Their assets stay in the library, and it can be undone."""
    unlocked(items)
    summary = f"Removed {several(items)}"
    ctx.project = ctx.project.without_items(item.id for item in items)
    return Outcome(summary=summary)


def unlocked(items: Sequence[Item]) -> list[Item]:
    """`items`, if none is locked. Raises `Invalid` that names one that is."""
    if (held := next((item for item in items if item.locked), None)) is not None:
        raise Invalid(f"{held.name} is locked. Unlock it first, or leave it out.", "items")
    return list(items)


def _changed(ctx: Context, verb: str, items: Sequence[Item], rest: str = "") -> Moved:
    ctx.project = ctx.project.with_items(items)
    return Moved(summary=f"{verb} {several(items)}{rest}", items=tuple(item.id for item in items))
