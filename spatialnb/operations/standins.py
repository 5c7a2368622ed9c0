"""Stand-ins: simple bodies of the right size for what the library does not have, named, captioned and arrangeable."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import Field

from spatialnb.errors import Invalid
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item, RelationKind
from spatialnb.models.geometry import Vec3, add, rounded, subtract
from spatialnb.models.project import copy_with
from spatialnb.operations.context import Context
from spatialnb.operations.items import Placed
from spatialnb.operations.language.words import lemma
from spatialnb.operations.registry import Placeable, operation
from spatialnb.operations.scene import blocks_of, new_item, positioned, room_for, several, slug, standing
from spatialnb.space.arrangements import Options, arrange
from spatialnb.space.relations import Block, beside, bounds

Where: TypeAlias = RelationKind | Literal["between", "around"]
STAND_IN = "stand-in"
"""Label of every stand-in, so that they can be found again."""
DISTANCE = 0.25
ORDINARY = (0.5, 0.5, 0.5)
"""Width, height and depth of what the table does not know, metres."""


def _table(lines: str) -> Mapping[str, tuple[float, float, float]]:
    table: dict[str, tuple[float, float, float]] = {}
    for line in lines.strip().splitlines():
        size, _, names = line.partition(":")
        width, height, depth = (float(part) for part in size.split())
        table.update(dict.fromkeys(names.split(), (width, height, depth)))
    return table


SIZES = _table("""
0.09 0.1 0.09: cup mug glass tumbler apple orange pear peach lemon egg tin jar goblet
0.16 0.07 0.16: bowl dish saucer ashtray
0.26 0.03 0.26: plate tray pizza
0.08 0.3 0.08: bottle candle vase carafe thermos
0.25 0.2 0.18: teapot kettle pot jug pan cake bread loaf hat shoe basket toaster
0.2 0.03 0.28: book magazine notebook tablet newspaper
0.08 0.15 0.01: phone card
0.35 0.25 0.25: laptop computer cat rabbit box parcel helmet radio printer clock microwave
0.5 0.35 0.06: screen monitor keyboard mirror television tv
0.3 0.6 0.7: dog sheep pig goat wolf fox
0.5 0.9 0.5: chair stool armchair bin barrel suitcase bag backpack
1.2 0.75 0.75: table desk workbench bench counter
2.0 0.85 0.9: sofa couch bathtub
1.6 0.6 2.0: bed mattress
1.0 1.9 0.5: cupboard wardrobe bookcase bookshelf shelf shelves fridge refrigerator cabinet closet dresser
0.4 1.6 0.4: lamp lantern plant flower flowers cactus statue coatstand easel
1.0 2.1 0.1: door gate window curtain
0.5 1.7 0.35: person man woman child boy girl visitor guard king queen knight wizard astronaut dancer alien
0.8 1.6 2.2: horse cow donkey unicorn lion tiger bear deer zebra camel
2.2 3.0 4.5: elephant dinosaur dragon mammoth
0.6 1.1 1.7: bicycle bike motorcycle motorbike scooter cart pram wheelchair
1.8 1.5 4.3: car taxi van jeep
2.5 3.2 10: bus truck lorry tram train caravan wagon
2.5 1.2 6: boat canoe ship kayak rowboat
10 3.5 10: plane airplane aeroplane helicopter
3 5 3: tree palm oak pine windmill tent
0.2 0.3 0.3: bird chicken duck goose owl parrot fish frog mouse squirrel hedgehog penguin doll
0.3 0.3 0.3: ball balloon globe pumpkin melon cube sphere pyramid cone
1.5 1.4 1.5: piano stove fountain fireplace oven
0.4 1.1 0.15: guitar violin cello
0.9 0.6 0.6: rock stone chest crate drum treasure
8 7 8: house barn cottage church castle temple tower lighthouse building hut shed
1.5 1 0.05: carpet rug painting flag
""")
"""Width, height and depth in metres of what stands about in houses, streets and tales."""


@operation(changes="items", tags={"scene"}, words=("stand in", "place stand-in", "add stand-in", "placeholder"))
def stand_in(
    ctx: Context,
    name: str = Field(min_length=1, max_length=60),
    count: int = Field(default=1, ge=1, le=100),
    *,
    relation: Where | None = None,
    target: Placeable | None = None,
    at: Vec3 | None = None,
) -> Placed:
    """Place simple bodies for something the library does not have: of its usual size in metres, named and captioned.

    `relation` and `target` put them beside, between or around other things, `at` sets the middle of all; otherwise
    they stand where there is room.
    """
    if relation is not None and not target:
        raise Invalid(f"{relation.capitalize()} what? Name the thing it should stand by.", "target")
    asset = _asset(ctx, name.strip())
    project, held = ctx.project, list[Item]()
    for thing in target or ():
        project, stand = standing(project, thing)
        held.append(stand)
    made: list[Item] = []
    for _ in range(count):
        item = copy_with(new_item(project, asset), text=asset.name, labels=(STAND_IN,))
        project = project.with_items([item])
        made.append(item)
    around = bounds(blocks_of(held)) if held else None
    boxes = [positioned(project, item) for item in made]
    ring = relation == "around" and count > 1
    shape = "circle" if ring else "row" if count <= 6 else "grid"
    clear = max(around.extent[0], around.extent[2]) / 2 + DISTANCE if around and ring else 0.0
    poses = arrange(shape, boxes, Options(clear=clear))
    posed = [
        copy_with(item, position=rounded(pose.position), rotation=rounded(pose.rotation))
        for item, pose in zip(made, poses, strict=True)
    ]
    shift = (
        _shift(bounds(blocks_of(posed)), around, relation)
        if around
        else subtract(at, bounds(blocks_of(posed)).centre)
        if at
        else room_for(project, posed)
    )
    ctx.project = project.with_items([copy_with(item, position=rounded(add(item.position, shift))) for item in posed])
    where = f" {relation or 'next to'} {several(held)}" if held else ""
    note = f"The library has no {name.strip().lower()}: a stand-in of its size is shown. Ingest a model to replace it."
    return Placed(
        summary=f"Placed {several(posed)}{where} as {'stand-ins' if len(posed) > 1 else 'a stand-in'}",
        items=tuple(item.id for item in posed),
        notes=(note,),
    )


def _shift(whole: Block, around: Block, relation: Where | None) -> Vec3:
    if relation in ("between", "around"):
        middle = around.centre
        return (middle[0] - whole.centre[0], 0.0, middle[2] - whole.centre[2])
    return subtract(beside(whole, around, relation or "next to", DISTANCE), whole.centre)


def size_of(name: str) -> tuple[float, float, float]:
    """Width, height and depth in metres by which a thing is known to stand, or an ordinary size."""
    word = name.lower().split()[-1]
    return SIZES.get(word) or SIZES.get(lemma(word)) or ORDINARY


def _asset(ctx: Context, name: str) -> Asset:
    """The stand-in's body as an asset of the library: made once for a name, the same bytes each time."""
    from spatialnb.make import model as models
    from spatialnb.make.gltf import Material, Model, box

    title = name[:1].upper() + name[1:]
    kind = lemma(name.lower().split()[-1])
    if kind in models.KINDS:
        data = models.make_model(name, kind=kind).data
    else:
        width, height, depth = size_of(name)
        body = Model(title)
        edge = 0.12 * min(width, height, depth)
        grey = Material("stand-in", "#b9c2cf", 0.0, 0.85)
        body.add(slug(name), box(width, height, depth, edge), grey, at=(0, height / 2, 0))
        data = body.glb(f"Stand-in for {name}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{slug(name)}.glb"
        path.write_bytes(data)
        report = ctx.library.ingest([path], known=(), report=lambda _fraction, _note: None, stopped=ctx.stopped)
    asset = copy_with(report.added[0], name=title, labels=(STAND_IN, name.lower()), origin="stand_in", created=None)
    if (known := ctx.project.assets.get(asset.id)) is not None:
        return known
    ctx.project = ctx.project.with_assets([asset])
    return asset
