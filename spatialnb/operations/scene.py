"""What operations on the scene share: new items with derived ids, the boxes of items, and room for more."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from spatialnb.models.asset import Asset, AssetKind
from spatialnb.models.canvas import Item, ItemKind
from spatialnb.models.geometry import Vec3, add, extent, rounded
from spatialnb.models.project import Project
from spatialnb.space.arrangements import Box, resting
from spatialnb.space.relations import Block, bounds, free_depth
from spatialnb.space.sizing import label_size, natural_size

NOUNS: dict[ItemKind, tuple[str, str]] = {
    "image": ("picture", "pictures"),
    "video": ("video", "videos"),
    "audio": ("sound", "sounds"),
    "model": ("object", "objects"),
    "text": ("text", "texts"),
    "label": ("label", "labels"),
}


def slug(name: str) -> str:
    """`name` as part of an id: lower case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48] or "item"


def free_id(name: str, taken: Sequence[str] | set[str] | dict[str, object]) -> str:
    """`<slug>-<n>` with the least n that is not taken: the same project and name give the same id anywhere."""
    stem, number = slug(name), 1
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def new_item(project: Project, source: Asset | Item) -> Item:
    """A new item that shows an asset, or a copy of an item, with an id of its own."""
    taken = {item.id for _, item in project.items()}
    item_id = free_id(source.name, taken)
    if isinstance(source, Item):
        return source.model_copy(update={"id": item_id, "group": None})
    return Item(id=item_id, name=source.name, kind=source.kind, asset=source.id, size=natural_size(source))


def new_label(project: Project, text: str, colour: str | None, height: float) -> Item:
    """A new label item with a size that fits its words."""
    taken = {item.id for _, item in project.items()}
    name = " ".join(text.split())[:60]
    return Item(
        id=free_id(f"label {name[:24]}", taken),
        name=name,
        kind="label",
        text=text,
        colour=colour,
        size=label_size(text, height),
    )


def positioned(project: Project, item: Item, *, start: float = 0.0, duration: float = 0.0) -> Box:
    """What an arrangement knows of an item."""
    asset = project.asset_of(item)
    colour = asset.colours[0].name if asset and asset.colours else ""
    return Box(size=item.size, stands=item.kind == "model", colour=colour, start=start, duration=duration)


def blocks_of(items: Sequence[Item]) -> list[Block]:
    """The upright boxes around items, in the frame of their canvas."""
    return [Block(item.position, extent(item.size, item.rotation)) for item in items]


def room_for(project: Project, items: Sequence[Item]) -> Vec3:
    """How far to shift `items` (straight back) so that they meet nothing that is in the space already."""
    own = {item.id for item in items}
    others = blocks_of([item for _, item in project.items() if item.id not in own and not item.hidden])
    return (0.0, 0.0, free_depth(bounds(blocks_of(items)), others))


def standing(project: Project, thing: Item | Asset) -> tuple[Project, Item]:
    """`thing` as an item of the project: itself, or newly placed where there is room."""
    if isinstance(thing, Item):
        return project, thing
    item = new_item(project, thing)
    box = positioned(project, item)
    item = item.model_copy(update={"position": rounded((0.0, resting(box), 0.0))})
    item = item.model_copy(update={"position": rounded(add(item.position, room_for(project, [item])))})
    return project.with_items([item]), item


def several(things: Sequence[Item | Asset]) -> str:
    """Things in words: "Robot", "Robot and Lamp", "12 photos", "3 photos and 2 videos"."""
    if not things:
        return "nothing"
    if len(things) <= 2:
        return " and ".join(name_of(thing) for thing in things)
    counts = Counter[ItemKind | AssetKind](thing.kind for thing in things)
    parts = [f"{count} {NOUNS[kind][count > 1]}" for kind, count in counts.items()]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def name_of(thing: Item | Asset) -> str:
    return thing.name or thing.id
