"""UI actions: what every open view is asked to do. They change nothing in the project.

They succeed without a view as well, and say so: a plan that ends with "show it to me" is no failure on a server.
"""

from __future__ import annotations

from uuid import uuid4

from pydantic import Field

from spatialnb.errors import Invalid
from spatialnb.models.environment import Camera
from spatialnb.models.events import PanelName, Selected, ViewAction
from spatialnb.models.geometry import Seconds, Vec3
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, Things, operation
from spatialnb.operations.scene import several

NOBODY = "No open space or chat answered, so nothing is seen of it yet; open one with studio.space()."


@operation(tier="ui", tags={"view"}, words=("select", "choose", "pick", "highlight"))
def select(ctx: Context, items: Things) -> Outcome:
    """Select items, so that "these" means them and every open space shows them selected."""
    ids = tuple(item.id for item in items)
    ctx.point(selection=ids)
    ctx.publish(Selected(ids=ids))
    return Outcome(summary=f"Selected {several(items)}", items=ids)


@operation(tier="ui", tags={"view"}, words=("fly to", "zoom to", "zoom in on", "take me to", "visit", "go over to"))
def fly_to(
    ctx: Context, items: Things | None = None, *, position: Vec3 | None = None, look_at: Vec3 | None = None
) -> Outcome:
    """Move the camera of every open space: to items, to a point of view (metres), or back to see everything."""
    if items and position:
        raise Invalid("fly_to goes to items or to a position, not to both.", "position")
    camera = Camera(position=position, target=look_at or (0.0, position[1], position[2] - 1.0)) if position else None
    ids = tuple(item.id for item in items or ())
    where = f" to {several(items)}" if items else " there" if position else " to see everything"
    return _ask(ctx, ViewAction(id=uuid4().hex, action="fly_to", items=ids, camera=camera), f"Flew{where}")


@operation(tier="ui", tags={"view"}, words=("focus", "focus on", "concentrate on", "isolate", "unfocus"))
def focus(ctx: Context, items: Things | None = None) -> Outcome:
    """Let everything but these items fade in every open space, and frame them; without items, let go again."""
    ids = tuple(item.id for item in items or ())
    told = f"Focused on {several(items)}" if items else "Let go of the focus"
    return _ask(ctx, ViewAction(id=uuid4().hex, action="focus", items=ids, on=bool(ids)), told)


@operation(tier="ui", tags={"view"}, words=("point out", "point at", "flash", "where is", "where are"))
def show(ctx: Context, items: Things) -> Outcome:
    """Point items out in every open space: they come into view and glow for a moment."""
    ids = tuple(item.id for item in items)
    return _ask(ctx, ViewAction(id=uuid4().hex, action="show", items=ids), f"Showed {several(items)}")


@operation(tier="ui", tags={"view"}, words=("play", "start playing", "pause", "stop playing"))
def play(
    ctx: Context,
    items: Things | None = None,
    *,
    playing: bool = True,
    seconds: Seconds | None = Field(default=None, ge=0),
) -> Outcome:
    """Play films and sounds in every open space, from `seconds` or where they were; or pause them.

    Without items: all that can be played.
    """
    chosen = list(items) if items else [item for _, item in ctx.project.items()]
    playable = [item for item in chosen if item.kind in ("video", "audio")]
    if not playable:
        raise Invalid("None of these can be played: only videos and sounds can.", "items")
    ids = tuple(item.id for item in playable)
    told = f"{'Played' if playing else 'Paused'} {several(playable)}"
    return _ask(ctx, ViewAction(id=uuid4().hex, action="play", items=ids, on=playing, seconds=seconds), told)


@operation(tier="ui", tags={"view"}, words=("open panel", "open the", "bring up"))
def open_panel(ctx: Context, panel: PanelName) -> Outcome:
    """Bring a panel into view: the space, the chat, the steps, or the help of the space."""
    return _ask(ctx, ViewAction(id=uuid4().hex, action="open_panel", panel=panel), f"Opened the {panel}")


def _ask(ctx: Context, action: ViewAction, summary: str) -> Outcome:
    """The action's outcome, with a note if no view did it."""
    notes = () if ctx.attend(action) else (NOBODY,)
    return Outcome(summary=summary, items=action.items, notes=notes)
