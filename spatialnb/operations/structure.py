"""Operations on what holds the scene: canvases, layouts, environments, and labels in the space."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from spatialnb.errors import Invalid
from spatialnb.models.canvas import Canvas, Item, RelationKind
from spatialnb.models.environment import Environment, NavigationMode, Room, ThemeName
from spatialnb.models.geometry import Metres, Pose, Vec3, add, rounded, subtract
from spatialnb.models.layout import Layout
from spatialnb.models.project import MAIN, copy_with, merged
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Anything, Outcome, operation
from spatialnb.operations.scene import blocks_of, new_label, room_for, slug, standing
from spatialnb.space.arrangements import EYE
from spatialnb.space.relations import beside, bounds


class Created(Outcome):
    """`id` names what was made."""

    id: str


@operation(changes="layout", tags={"structure"}, words=("create canvas", "make canvas", "new canvas", "add canvas"))
def create_canvas(
    ctx: Context, name: str = Field(min_length=1, max_length=200), *, position: Vec3 = (0.0, 0.0, 0.0)
) -> Created:
    """Make an empty canvas, a collection for items of its own, and set it into the layout at `position` (metres)."""
    new = Canvas(id=_unused(name, ctx.project.canvases), name=name)
    layout = next(iter(ctx.project.layouts.values()))
    project = ctx.project.with_canvas(new)
    placements = merged(layout.placements, {new.id: Pose(position=rounded(position))})
    ctx.project = project.with_layout(copy_with(layout, placements=placements))
    return Created(summary=f"Created canvas {name}", id=new.id)


@operation(changes="layout", tags={"structure"}, words=("create layout", "make layout", "new layout", "add layout"))
def create_layout(ctx: Context, name: str = Field(min_length=1, max_length=200)) -> Created:
    """Make an empty layout, into which canvases are set."""
    new = Layout(id=_unused(name, ctx.project.layouts), name=name)
    ctx.project = ctx.project.with_layout(new)
    return Created(summary=f"Created layout {name}", id=new.id)


@operation(
    changes="environment",
    tags={"structure"},
    words=("create environment", "make environment", "new environment", "create room", "add environment"),
)
def create_environment(
    ctx: Context, name: str = Field(min_length=1, max_length=200), *, theme: ThemeName = "auto", layout: str = MAIN
) -> Created:
    """Make an environment with one room that shows a layout."""
    if layout not in ctx.project.layouts:
        raise Invalid(f"There is no layout {layout!r}. There are: {', '.join(ctx.project.layouts)}.", "layout")
    new = Environment(
        id=_unused(name, ctx.project.environments),
        name=name,
        theme=theme,
        rooms=merged({}, {layout: Room(layout=layout)}),
    )
    ctx.project = ctx.project.with_environment(new)
    return Created(summary=f"Created environment {name}", id=new.id)


@operation(
    changes="environment",
    tags={"structure"},
    words=("set environment", "set theme", "light", "change theme", "change background", "use theme"),
)
def set_environment(
    ctx: Context,
    *,
    theme: ThemeName | None = None,
    navigation: NavigationMode | None = None,
    brightness: float | None = Field(default=None, ge=0, le=10),
    light_colour: str | None = Field(default=None, pattern=r"^#[0-9a-f]{6}$"),
) -> Outcome:
    """Change how the space looks and how one moves in it. A brightness of 1 is neutral."""
    environment = next(iter(ctx.project.environments.values()))
    lighting = environment.lighting
    if brightness is not None:
        lighting = copy_with(lighting, ambient=brightness, key=brightness)
    if light_colour is not None:
        lighting = copy_with(lighting, colour=light_colour)
    changed = copy_with(
        environment,
        theme=theme or environment.theme,
        navigation=navigation or environment.navigation,
        lighting=lighting,
    )
    if changed == environment:
        raise Invalid("set_environment needs a theme, a navigation mode, a brightness or a light colour.", "theme")
    ctx.project = ctx.project.with_environment(changed)
    told = [f"{theme} theme" if theme else "", navigation or "", "light" if lighting != environment.lighting else ""]
    return Outcome(summary=f"Set {', '.join(t for t in told if t)}")


@operation(
    changes="items",
    tags={"scene"},
    words=("label", "caption", "title", "write", "make label", "add label", "add text", "add title", "add sign"),
    tastes=("height", "colour"),
)
def label(
    ctx: Context,
    text: str = Field(min_length=1, max_length=2000),
    *,
    target: Anything | None = None,
    relation: RelationKind = "above",
    at: Vec3 | None = None,
    height: Metres = Field(default=0.22, gt=0, le=20),
    colour: str | None = Field(default=None, pattern=r"^#[0-9a-f]{6}$"),
) -> Created:
    """Write words into the space, beside an item, at a point, or where there is room.

    `height` is that of the letters, in metres.
    """
    stand: Item | None = None
    if target is not None:
        ctx.project, stand = standing(ctx.project, target)
    new = new_label(ctx.project, text, colour, height)
    block = bounds(blocks_of([new]))
    if stand is not None:
        goal = beside(block, bounds(blocks_of([stand])), relation, 0.15)
        new = copy_with(new, position=rounded(goal))
    else:
        goal = at or (0.0, EYE, 0.0)
        new = copy_with(new, position=rounded(add(new.position, subtract(goal, block.centre))))
        if at is None:
            new = copy_with(new, position=rounded(add(new.position, room_for(ctx.project, [new]))))
    home = ctx.project.find(stand.id) if stand else None
    ctx.project = ctx.project.with_items([new], home[0].id if home else MAIN)
    where = f" {relation} {stand.name}" if stand else ""
    return Created(summary=f"Wrote “{new.name}”{where}", id=new.id, items=(new.id,))


def _unused(name: str, taken: Mapping[str, object]) -> str:
    stem = slug(name)
    if stem not in taken:
        return stem
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"
