"""The layout layer: how canvases stand to each other, whatever the output is."""

from __future__ import annotations

from typing import Literal, TypeAlias

from spatialnb.models.base import Frozen, FrozenDict, FrozenMap
from spatialnb.models.geometry import Pose

ArrangementName: TypeAlias = Literal[
    "grid", "circle", "row", "column", "stack", "spiral", "wall", "timeline", "by colour", "arc", "scatter", "room"
]


class Layout(Frozen):
    """Poses of canvases. A canvas that has no placement stands at the origin of the layout."""

    id: str
    name: str
    placements: FrozenMap[str, Pose] = FrozenDict()
    """Canvas id to its pose in the layout."""
    arrangement: ArrangementName | None = None
    """The arrangement last asked for; what an adaptive view starts from."""
