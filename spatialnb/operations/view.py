"""Operations that ask attached views for something and change nothing in the project."""

from __future__ import annotations

from spatialnb.models.events import Selected
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, Things, operation
from spatialnb.operations.scene import several


@operation(tier="ui", tags={"view"}, words=("select", "choose", "pick", "highlight"))
def select(ctx: Context, items: Things) -> Outcome:
    """Select items, so that "these" means them and every open space shows them selected."""
    ids = tuple(item.id for item in items)
    ctx.point(selection=ids)
    ctx.publish(Selected(ids=ids))
    return Outcome(summary=f"Selected {several(items)}", items=ids)
