"""The canvas layer: items (placements of assets), groups and relations, and the manifest that nests them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from spatialnb.models.asset import AssetKind
from spatialnb.models.base import Frozen, FrozenDict, FrozenMap
from spatialnb.models.geometry import Pose, Seconds, Size, Vec3

ItemKind: TypeAlias = AssetKind | Literal["label"]
RelationKind: TypeAlias = Literal[
    "left of", "right of", "above", "below", "in front of", "behind", "on", "inside", "next to"
]


class Item(Frozen):
    """One thing in a canvas. Positions are centres, in the frame of the canvas."""

    id: str
    name: str
    kind: ItemKind
    asset: str | None = None
    """Id of the asset shown; None for a label."""
    group: str | None = None
    position: Vec3 = (0.0, 0.0, 0.0)
    rotation: Vec3 = (0.0, 0.0, 0.0)
    size: Size = Size()
    text: str = ""
    """A label's words; for anything else, the caption shown with it."""
    colour: str | None = Field(default=None, pattern=r"^#[0-9a-f]{6}$")
    """Colour of a label's letters or a tint over anything else."""
    labels: tuple[str, ...] = ()
    start: Seconds | None = Field(default=None, ge=0)
    """When it begins on the timeline, or None when it is not on one."""
    duration: Seconds | None = Field(default=None, gt=0)
    locked: bool = False
    hidden: bool = False

    @property
    def pose(self) -> Pose:
        return Pose(position=self.position, rotation=self.rotation)


class Group(Frozen):
    """A named set of items that are selected and moved as one. Items name their group; groups may nest."""

    id: str
    name: str
    parent: str | None = None


class Relation(Frozen):
    """That one item stands in a relation to another, kept because someone asked for it."""

    kind: RelationKind
    item: str
    to: str


class Canvas(Frozen):
    """A collection of items with their groups and relations, and the canvases inside it."""

    id: str
    name: str
    items: FrozenMap[str, Item] = FrozenDict()
    groups: FrozenMap[str, Group] = FrozenDict()
    relations: FrozenMap[str, Relation] = FrozenDict()
    children: tuple[str, ...] = ()
    """Ids of canvases that this one holds."""
