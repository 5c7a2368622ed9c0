"""Arranging: named arrangements of items, and making groups of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

from pydantic import Field

from spatialnb.errors import Invalid
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Group, Item, RelationKind
from spatialnb.models.geometry import Metres, Seconds, Vec3, add, rounded, subtract
from spatialnb.models.layout import ArrangementName
from spatialnb.models.project import MAIN, Project, copy_with
from spatialnb.operations.context import Context
from spatialnb.operations.items import unlocked
from spatialnb.operations.registry import Anything, Outcome, Placeable, Things, operation
from spatialnb.operations.scene import blocks_of, free_id, new_item, positioned, room_for, several, standing
from spatialnb.space import arrangements
from spatialnb.space.arrangements import Options
from spatialnb.space.relations import beside, bounds

SortKey: TypeAlias = Literal[
    "name", "date", "size", "height", "width", "colour", "duration", "brightness", "x", "y", "z"
]
PICTURE_SECONDS = 4.0
"""How long a still picture stands on a timeline."""


class Arranged(Outcome):
    """`items` are the ids in the order of the arrangement."""

    arrangement: ArrangementName


class Grouped(Outcome):
    """`items` are the members."""

    group: str


@operation(
    changes="layout",
    tags={"scene"},
    words=(
        "arrange",
        "put",
        "lay out",
        "organize",
        "organise",
        "line up",
        "sort",
        "hang",
        "spread",
        "order",
        "stack",
        "pile",
        "form",
        "scatter",
        "distribute",
        "display",
    ),
    tastes=("arrangement", "spacing", "seconds_each"),
)
def arrange(
    ctx: Context,
    items: Placeable,
    arrangement: ArrangementName = "grid",
    *,
    around: Anything | None = None,
    relation: RelationKind | None = None,
    target: Anything | None = None,
    at: Vec3 | None = None,
    spacing: Metres = Field(default=0.25, ge=0, le=100),
    radius: Metres | None = Field(default=None, gt=0),
    columns: int | None = Field(default=None, ge=1),
    order: SortKey | None = None,
    reverse: bool = False,
    seconds_each: Seconds = Field(default=PICTURE_SECONDS, gt=0),
) -> Arranged:
    """Place items in a named arrangement, `spacing` metres apart.

    Things of the library that are not in the space yet are placed. `around` puts the arrangement around an item,
    `relation` and `target` beside one, `at` (a point of the floor, metres) anywhere; else it stands where there is
    room. `order` sorts first. A timeline also
    gives each item its start and duration, `seconds_each` for what has no length of its own.
    """
    project, chosen = ctx.project, list[Item]()
    middle: Item | None = None
    if around is not None:
        project, middle = standing(project, around)
    stand: Item | None = None
    if target is not None:
        project, stand = standing(project, target)
    for thing in items:
        if any(other is not None and thing.id == other.id for other in (around, target, stand)):
            continue
        if isinstance(thing, Asset):
            thing = new_item(project, thing)
            project = project.with_items([thing], MAIN)
        if middle is None or thing.id != middle.id:
            chosen.append(thing)
    if not chosen:
        raise Invalid("There is nothing to arrange besides what it should go around.", "items")
    unlocked(chosen)
    key = order or ("date" if arrangement == "timeline" else None)
    if key is not None:
        chosen.sort(key=lambda item: (SORTS[key](project, item), item.id), reverse=reverse)
    elif reverse:
        chosen.reverse()
    if arrangement == "timeline":
        chosen = _timed(project, chosen, seconds_each)
    else:
        # Places and times agree in every output: what is put elsewhere has left the timeline. Sound goes on playing.
        chosen = [i if i.kind == "audio" else copy_with(i, start=None, duration=None) for i in chosen]
    options = Options(spacing=spacing, radius=radius, columns=columns, clear=_clearance(middle) if middle else 0.0)
    boxes = [positioned(project, i, start=i.start or 0.0, duration=i.duration or 0.0) for i in chosen]
    centre: Vec3 = at or ((middle.position[0], 0.0, middle.position[2]) if middle else (0.0, 0.0, 0.0))
    poses = arrangements.arrange(arrangement, boxes, options, centre=centre)
    placed = [
        copy_with(item, position=rounded(pose.position), rotation=rounded(pose.rotation))
        for item, pose in zip(chosen, poses, strict=True)
    ]
    if at is None and middle is None:
        whole = bounds(blocks_of(placed))
        shift = (
            subtract(beside(whole, bounds(blocks_of([stand])), relation or "next to", max(spacing, 0.4)), whole.centre)
            if stand
            else room_for(project, placed)
        )
        placed = [copy_with(item, position=rounded(add(item.position, shift))) for item in placed]
    project = project.with_items(placed, MAIN)
    layout = next(iter(project.layouts.values()))
    ctx.project = project.with_layout(copy_with(layout, arrangement=arrangement))
    where = f" around {middle.name}" if middle else f" {relation or 'next to'} {stand.name}" if stand else ""
    return Arranged(
        summary=f"Arranged {several(placed)} {PHRASES.get(arrangement, f'in a {arrangement}')}{where}",
        items=tuple(item.id for item in placed),
        arrangement=arrangement,
    )


PHRASES: dict[ArrangementName, str] = {
    "by colour": "by colour",
    "timeline": "on a timeline",
    "wall": "on a wall",
    "arc": "in an arc",
    "scatter": "loosely",
    "room": "along the walls of a room",
}


def _clearance(around: Item) -> float:
    """Radius around an item that stays free: its own footprint and a step to walk."""
    width, _, depth = bounds(blocks_of([around])).extent
    return math.hypot(width, depth) / 2 + 0.8


def _timed(project: Project, items: Sequence[Item], seconds_each: float) -> list[Item]:
    """Items with start and duration: sights one after the other, sounds from the beginning and under them."""
    clock, timed = 0.0, list[Item]()
    for item in items:
        asset = project.asset_of(item)
        length = asset.facts.duration if asset and asset.facts.duration else seconds_each
        if item.kind == "audio":
            timed.append(copy_with(item, start=0.0, duration=round(length, 3)))
        else:
            timed.append(copy_with(item, start=round(clock, 3), duration=round(length, 3)))
            clock += length
    return timed


def _fact(name: str) -> Callable[[Project, Item], Any]:
    def value(project: Project, item: Item) -> Any:
        asset = project.asset_of(item)
        found = getattr(asset.facts, name) if asset else None
        return (found is None, found or 0)

    return value


def _date(project: Project, item: Item) -> tuple[bool, str]:
    asset = project.asset_of(item)
    created = asset.created if asset else None
    return (created is None, created.isoformat() if created else item.name)


def _hue(project: Project, item: Item) -> int:
    colour = positioned(project, item).colour
    known = arrangements.COLOURS
    return known.index(colour) if colour in known else len(known)


SORTS: dict[SortKey, Callable[[Project, Item], Any]] = {
    "name": lambda _, item: item.name.casefold(),
    "date": _date,
    "size": lambda _, item: item.size.width * item.size.height,
    "height": lambda _, item: item.size.height,
    "width": lambda _, item: item.size.width,
    "colour": _hue,
    "duration": _fact("duration"),
    "brightness": _fact("brightness"),
    "x": lambda _, item: item.position[0],
    "y": lambda _, item: item.position[1],
    "z": lambda _, item: item.position[2],
}


@operation(changes="items", tags={"scene"}, words=("group", "join", "combine", "bundle"))
def group(ctx: Context, items: Things, name: str = "") -> Grouped:
    """Make one group of items, so that they are selected and moved together."""
    if not items:
        raise Invalid("There is nothing to group.", "items")
    by_id = {item.id: canvas for canvas, item in ctx.project.items()}
    homes = {by_id[item.id].id for item in items}
    if len(homes) > 1:
        raise Invalid("A group lives in one canvas; these items are in several.", "items")
    canvas = ctx.project.canvases[homes.pop()]
    title = name or f"Group {len(canvas.groups) + 1}"
    new = Group(id=free_id(name or "group", {g for c in ctx.project.canvases.values() for g in c.groups}), name=title)
    project = ctx.project.with_group(canvas.id, new)
    ctx.project = project.with_items([copy_with(item, group=new.id) for item in items])
    return Grouped(summary=f"Grouped {several(items)} as {title}", items=tuple(i.id for i in items), group=new.id)


@operation(changes="items", tags={"scene"}, words=("ungroup", "break up", "split"))
def ungroup(ctx: Context, items: Things) -> Outcome:
    """Dissolve the groups that these items are in; the items stay where they are."""
    groups = {item.group for item in items if item.group}
    if not groups:
        raise Invalid("None of these is in a group.", "items")
    members = [item for _, item in ctx.project.items() if item.group in groups]
    project = ctx.project.with_items([copy_with(item, group=None) for item in members])
    for canvas in project.canvases.values():
        if groups & canvas.groups.keys():
            kept = type(canvas.groups)({k: g for k, g in canvas.groups.items() if k not in groups})  # pyright: ignore
            project = project.with_canvas(copy_with(canvas, groups=kept))
    ctx.project = project
    return Outcome(summary=f"Ungrouped {several(members)}", items=tuple(item.id for item in members))
