"""Resolving: which things a reference comes to, and what is said when it comes to none or to several."""

from __future__ import annotations

import time
from typing import Any

import pytest

from spatialnb.errors import Ambiguous, Invalid, NotFound
from spatialnb.models import selection as s
from spatialnb.models.canvas import Group, Item
from spatialnb.models.project import Project, copy_with
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.registry import Reference
from spatialnb.operations.resolve import resolve
from spatialnb.studio import Studio
from tests.agent.test_planner_scene import scene

SCENE = scene()
PLACED = ["red-barn-1", "red-fox-1", "red-sunset-1", "blue-lake-1", "blue-door-1", "blue-city-1"]
NOWHERE = Pointing()


def ids(
    reference: Any, to: Any = "any", pointing: Pointing = NOWHERE, project: Project = SCENE, **more: Any
) -> list[str]:
    return [thing.id for thing in resolve(reference, project, pointing, to=to, **more)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("the photos", PLACED),
        ("the robot", ["robot-1"]),
        ("robot-1", ["robot-1"]),
        ("the two lamps", ["desk-lamp-1", "floor-lamp-1"]),
        ("the lamp on the left", ["desk-lamp-1"]),
        ("the biggest red photo", ["red-sunset-1"]),
        ("the three largest photos except the first", ["blue-door-1", "blue-lake-1"]),
        ("every second photo", ["red-fox-1", "blue-lake-1", "blue-city-1"]),
        ("photos from 2024", ["red-fox-1", "blue-lake-1"]),
        ("the lamp nearest to the teapot", ["desk-lamp-1"]),
        ("the thing between the two lamps", ["robot-1"]),
        ("things bigger than 1.9 m", ["blue-door-1", "blue-city-1"]),
        ("the green photos", ["image-000000000006", "image-000000000007"]),
        ("the robot and the poem", ["robot-1", "text-000000000032"]),
        ("photos labelled farm", ["red-barn-1"]),
        ("images that are not red", ["blue-lake-1", "blue-door-1", "blue-city-1"]),
    ],
)
def test_words_come_to_things(words: str, found: list[str]) -> None:
    assert ids(words) == found


def test_all_takes_what_is_not_placed_as_well() -> None:
    assert len(ids("all photos")) == 12
    assert len(ids("the photos")) == 6
    assert len(ids("ten photos")) == 10


def test_items_and_assets_stand_for_each_other() -> None:
    assert ids("the robot", "asset") == ["model-000000000028"]
    assert ids("model-000000000028", "item") == ["robot-1"]
    robots = SCENE.with_items([Item(id="robot-2", name="robot", kind="model", asset="model-000000000028")])
    assert ids("model-000000000028", "any", project=robots) == ["robot-1", "robot-2"]


@pytest.mark.parametrize(
    "reference",
    [
        ["teapot-1", "robot-1"],
        s.Ids(ids=("teapot-1", "robot-1")),
        'ids(ids=["teapot-1", "robot-1"])',
        {"op": "ids", "ids": ["teapot-1", "robot-1"]},
        "the teapot and the robot",
        ["the teapot", "robot-1"],
    ],
)
def test_every_form_of_a_reference_keeps_its_order(reference: Any) -> None:
    assert ids(reference, "item") == ["teapot-1", "robot-1"]
    things = resolve(reference, SCENE, NOWHERE, to="item")
    assert ids(things, "item") == ["teapot-1", "robot-1"]


def test_a_frame_points_by_its_ids() -> None:
    import pandas as pd

    assert ids(pd.DataFrame({"id": ["teapot-1", "robot-1"]}), "item") == ["teapot-1", "robot-1"]
    with pytest.raises(Invalid, match="id"):
        ids(pd.DataFrame({"x": [1]}))


def test_pronouns_follow_what_is_pointed_at() -> None:
    pointing = Pointing(
        selection=("red-fox-1",),
        last=("teapot-1",),
        made=("robot-1",),
        moved=("blue-door-1",),
        shown=("red-barn-1", "blue-city-1"),
    )
    assert ids("these", pointing=pointing) == ["red-fox-1"]
    assert ids("it", pointing=pointing) == ["teapot-1"]
    assert ids("what you just made", pointing=pointing) == ["robot-1"]
    assert ids("the ones I moved", pointing=pointing) == ["blue-door-1"]
    assert ids("the second one", pointing=pointing) == ["blue-city-1"]
    assert "teapot-1" not in ids("the others", pointing=pointing)
    with pytest.raises(NotFound, match="Say which"):
        ids("it")


def test_what_is_unknown_says_what_there_is_instead() -> None:
    with pytest.raises(NotFound, match=r"“dragon”.*12 photos.*robot"):
        ids("the dragon")
    with pytest.raises(NotFound, match="only 12 photos, not 30"):
        ids("30 photos")
    with pytest.raises(NotFound, match="not in the space yet"):
        ids("the poem", "item")
    with pytest.raises(NotFound, match="dragon"):
        ids("the robot and the dragon")
    with pytest.raises(NotFound, match="nothing-1"):
        ids(__import__("pandas").DataFrame({"id": ["nothing-1"]}))


def test_one_of_several_is_asked_for_with_choices() -> None:
    with pytest.raises(Ambiguous) as caught:
        ids("the lamp")
    assert caught.value.choices == (("desk-lamp-1", "desk lamp"), ("floor-lamp-1", "floor lamp"))
    assert ids("the lamp", pointing=Pointing(selection=("floor-lamp-1",))) == ["floor-lamp-1"]
    with pytest.raises(Ambiguous):
        ids("the photos", one=True)


def test_a_group_stands_for_its_members() -> None:
    canvas = SCENE.canvases["main"]
    grouped = SCENE.with_group("main", Group(id="lights-1", name="Lights"))
    lamps = [copy_with(canvas.items[each], group="lights-1") for each in ("desk-lamp-1", "floor-lamp-1")]
    grouped = grouped.with_items(lamps)
    assert ids("Lights", project=grouped) == ["desk-lamp-1", "floor-lamp-1"]
    assert ids("lights-1", project=grouped) == ["desk-lamp-1", "floor-lamp-1"]
    assert ids("the things in the group Lights", project=grouped) == ["desk-lamp-1", "floor-lamp-1"]


def test_meaning_helps_where_words_fail() -> None:
    def search(words: str) -> list[tuple[str, float]]:
        return [("model-000000000028", 0.8), ("image-000000000000", 0.2)] if "android" in words else []

    assert ids("the android", search=search) == ["robot-1"]
    with pytest.raises(NotFound):
        ids("the zebra", search=search)


def test_five_thousand_items_take_under_twenty_milliseconds() -> None:
    many = [Item(id=f"p{n}-1", name=f"photo {n}", kind="image", position=(n % 70, 1, -n // 70)) for n in range(5000)]
    project = SCENE.with_items(many)
    node = s.Take(of=s.Order(of=s.Filter(kind="image"), by="area", reverse=True), count=3)
    best = min(_timed(node, project) for _ in range(5))
    assert len(ids(node, "item", project=project)) == 3
    assert best < 0.02


def _timed(node: Any, project: Project) -> float:
    start = time.thread_time()  # the machine may be busy with something else
    resolve(node, project, NOWHERE, to="item")
    return time.thread_time() - start


def test_ids_are_taken_one_by_one_whether_placed_or_not(gallery_studio: Studio) -> None:
    first, second, third = (asset.id for asset in list(gallery_studio.library)[:3])
    placed = gallery_studio.place(items=[second]).items[0]
    found = gallery_studio.workspace.resolve((first, second, third), Reference("any"))
    assert [thing.id for thing in found] == [first, placed, third]
