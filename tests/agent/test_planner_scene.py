"""A small project for the planner's tests: photos in named colours, films, sounds, objects and a poem."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from spatialnb.models.asset import Asset, AssetKind, Colour, Facts
from spatialnb.models.canvas import Item, ItemKind
from spatialnb.models.geometry import Size, Vec3
from spatialnb.models.project import Project

HEX = {
    "red": "#cc2222",
    "blue": "#2244cc",
    "green": "#22aa44",
    "yellow": "#ddcc22",
    "black": "#111111",
    "white": "#eeeeee",
}
PHOTOS = [
    ("red barn", "red", 2020, ("barn", "farm")), ("red fox", "red", 2024, ("fox", "animal")),
    ("red sunset", "red", 2023, ("sunset", "sea")), ("blue lake", "blue", 2024, ("lake", "water")),
    ("blue door", "blue", 2021, ("door",)), ("blue city", "blue", 2022, ("city", "neon")),
    ("green hill", "green", 2024, ("hill", "grass")), ("green forest", "green", 2019, ("forest", "tree")),
    ("yellow field", "yellow", 2020, ("field", "farm")), ("yellow taxi", "yellow", 2022, ("taxi", "city")),
    ("black cat", "black", 2025, ("cat", "animal")), ("white snow", "white", 2025, ("snow", "winter")),
]  # fmt: skip


def asset(kind: AssetKind, name: str, number: int, labels: tuple[str, ...] = (), **fields: object) -> Asset:
    digest = f"{number:012x}"
    return Asset(
        id=f"{kind}-{digest}",
        name=name,
        kind=kind,
        hash=digest * 5,
        mime=f"{kind}/x",
        bytes=10,
        labels=labels,
        **fields,
    )  # fmt: skip


def item(name: str, kind: ItemKind, source: Asset | None, position: Vec3, size: Size, **fields: object) -> Item:
    stem = name.lower().replace(" ", "-")
    return Item(
        id=f"{stem}-1",
        name=name,
        kind=kind,
        asset=source.id if source else None,
        position=position,
        size=size,
        **fields,
    )


def assets() -> dict[str, Asset]:
    made: list[Asset] = []
    for number, (name, colour, year, labels) in enumerate(PHOTOS):
        made.append(
            asset(
                "image", name, number, labels,
                colours=(Colour(name=colour, hex=HEX[colour], share=0.6),),
                created=datetime(year, 6, 1, tzinfo=UTC),
                facts=Facts(width=800, height=600, brightness=number / 12),
            )
        )  # fmt: skip
    made.append(asset("video", "city drive", 20, ("city", "car"), facts=Facts(width=1280, height=720, duration=12)))
    made.append(asset("video", "ocean waves", 21, ("ocean", "sea"), facts=Facts(width=1280, height=720, duration=6)))
    for number, name in enumerate(("rain loop", "piano theme", "drum beat")):
        made.append(asset("audio", name, 30 + number, tuple(name.split()), facts=Facts(duration=10.0 + number)))
    for number, name in enumerate(("robot", "desk lamp", "floor lamp", "teapot")):
        made.append(asset("model", name, 40 + number, (name.split()[-1],), facts=Facts(extent=(1, 1.5, 1), faces=10)))
    made.append(asset("text", "poem of the moon", 50, ("poem", "moon"), text="The moon is a lamp for foxes."))
    return {each.id: each for each in made}


def scene() -> Project:
    """Six photos in a row at the back, the robot in the middle, a lamp on either side, a teapot behind, one film."""
    known = assets()
    named = {each.name: each for each in known.values()}
    placed: list[Item] = []
    for index, (name, *_) in enumerate(PHOTOS[:6]):
        width = 1.0 + 0.25 * index
        placed.append(
            item(name, "image", named[name], (-4.0 + 1.6 * index, 1.6, -3.0), Size(width=width, height=width * 0.75))
        )
    placed.append(item("robot", "model", named["robot"], (0, 0.9, 0), Size(width=0.8, height=1.8, depth=0.8)))
    placed.append(item("desk lamp", "model", named["desk lamp"], (-2, 0.3, 0), Size(width=0.3, height=0.6, depth=0.3)))
    placed.append(item("floor lamp", "model", named["floor lamp"], (2, 0.8, 0), Size(width=0.4, height=1.6, depth=0.4)))
    placed.append(item("teapot", "model", named["teapot"], (0, 0.2, -1.5), Size(width=0.4, height=0.4, depth=0.4)))
    placed.append(item("city drive", "video", named["city drive"], (4, 1.5, 0), Size(width=1.6, height=0.9)))
    return Project(name="test").with_assets(known.values()).with_items(placed)


@pytest.fixture
def project() -> Project:
    return scene()


def test_the_scene_is_what_the_requests_speak_of(project: Project) -> None:
    kinds = [each.kind for _, each in project.items()]
    assert kinds.count("image") == 6
    assert kinds.count("model") == 4
    assert sum(each.kind == "image" for each in project.assets.values()) == 12
