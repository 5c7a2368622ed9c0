"""Placing and moving single things."""

from __future__ import annotations

import math

import pytest

from spatialnb.errors import Invalid, NotFound
from spatialnb.models.canvas import Item
from spatialnb.studio import Studio


def item(studio: Studio, item_id: str) -> Item:
    found = studio.project.item(item_id)
    assert found is not None
    return found


@pytest.fixture
def two(gallery_studio: Studio) -> tuple[Studio, str, str]:
    """A studio with two photos placed side by side."""
    ids = [asset.id for asset in gallery_studio.library if asset.kind == "image"][:2]
    placed = gallery_studio.place(items=ids)
    return (gallery_studio, *placed.items)


def test_place_makes_items_with_derived_ids_that_do_not_touch(two: tuple[Studio, str, str]) -> None:
    studio, a, b = two
    assert a.endswith("-1")
    left, right = item(studio, a), item(studio, b)
    assert right.position[0] - left.position[0] >= (left.size.width + right.size.width) / 2
    again = studio.place(items=[item(studio, a).asset], copies=1)
    assert again.items[0] == a  # what is there is not placed twice


def test_copies_and_duplicates_get_ids_of_their_own(two: tuple[Studio, str, str]) -> None:
    studio, a, _ = two
    copy = studio.duplicate(items=[a]).items[0]
    assert copy == f"{a.removesuffix('-1')}-2"
    assert item(studio, copy).asset == item(studio, a).asset
    assert item(studio, copy).position != item(studio, a).position


@pytest.mark.parametrize(
    ("relation", "axis", "sign"),
    [
        ("left of", 0, -1),
        ("right of", 0, 1),
        ("above", 1, 1),
        ("below", 1, -1),
        ("in front of", 2, 1),
        ("behind", 2, -1),
    ],
)
def test_move_beside_something(two: tuple[Studio, str, str], relation: str, axis: int, sign: int) -> None:
    studio, a, b = two
    studio.move(items=[a], relation=relation, target=b)
    assert sign * (item(studio, a).position[axis] - item(studio, b).position[axis]) > 0


def test_move_by_and_to(two: tuple[Studio, str, str]) -> None:
    studio, a, b = two
    before = [item(studio, i).position for i in (a, b)]
    studio.move(items=[a, b], by=(0, 0.5, -2))
    after = [item(studio, i).position for i in (a, b)]
    for (x, y, z), (p, q, r) in zip(before, after, strict=True):
        assert (p, q, r) == pytest.approx((x, y + 0.5, z - 2))
    studio.move(items=[a], to=(1, 2, 3))
    assert item(studio, a).position == (1, 2, 3)
    studio.move(items=[a, b], to=[(0, 1, 0), (5, 1, 0)])
    assert item(studio, b).position == (5, 1, 0)


def test_a_target_that_is_only_in_the_library_is_placed_first(two: tuple[Studio, str, str]) -> None:
    studio, a, _ = two
    model = next(asset for asset in studio.library if asset.kind == "model")
    studio.move(items=[a], relation="left of", target=model.id)
    placed = next(i for _, i in studio.project.items() if i.asset == model.id)
    assert item(studio, a).position[0] < placed.position[0]


def test_resize_keeps_proportions_and_models_stay_on_the_floor(gallery_studio: Studio) -> None:
    studio = gallery_studio
    model = next(asset for asset in studio.library if asset.kind == "model")
    placed = studio.place(items=[model.id]).items[0]
    before = item(studio, placed)
    studio.resize(items=[placed], factor=2)
    after = item(studio, placed)
    assert after.size.height == pytest.approx(2 * before.size.height)
    assert after.size.width / after.size.height == pytest.approx(before.size.width / before.size.height)
    assert after.position[1] - after.size.height / 2 == pytest.approx(before.position[1] - before.size.height / 2)
    studio.resize(items=[placed], height=1.0)
    assert item(studio, placed).size.height == pytest.approx(1.0)


def test_rotate_turns_and_faces(two: tuple[Studio, str, str]) -> None:
    studio, a, b = two
    studio.rotate(items=[a], degrees=90)
    assert item(studio, a).rotation == pytest.approx((0, 90, 0))
    studio.rotate(items=[a], degrees=-30)
    assert item(studio, a).rotation == pytest.approx((0, 60, 0))
    studio.move(items=[b], to=(0, 1.5, 0))
    studio.move(items=[a], to=(3, 1.5, -3))
    studio.rotate(items=[a], facing_item=b)
    yaw = math.radians(item(studio, a).rotation[1])
    assert (math.sin(yaw), math.cos(yaw)) == pytest.approx((-math.sqrt(0.5), math.sqrt(0.5)))


def test_transform_is_one_change_for_the_whole_selection(two: tuple[Studio, str, str]) -> None:
    studio, a, b = two
    before, revision = studio.scene_hash(), studio.project.revision
    poses = [{"position": [1, 1, 1], "rotation": [0, 0, 0]}, {"position": [2, 1, 1], "rotation": [0, 10, 0]}]
    studio.workspace.do("transform", {"items": [a, b], "poses": poses}, author="person", actor="view-1")
    assert studio.project.revision == revision + 1
    assert studio.workspace.pointing.moved[:2] == (a, b)
    studio.undo()
    assert studio.scene_hash() == before


def test_remove_takes_relations_and_empty_groups_along(two: tuple[Studio, str, str]) -> None:
    studio, a, b = two
    studio.group(items=[a, b], name="Pair")
    studio.remove(items=[a, b])
    canvas = studio.project.canvases["main"]
    assert not canvas.items
    assert not canvas.groups
    assert len(studio.project.assets) > 2
    studio.undo()
    assert studio.project.canvases["main"].groups["pair-1"].name == "Pair"
    assert item(studio, a).group == "pair-1"


def test_locked_items_stay(two: tuple[Studio, str, str]) -> None:
    studio, a, b = two
    studio.lock(items=[a])
    with pytest.raises(Invalid, match="locked"):
        studio.move(items=[a, b], by=(1, 0, 0))
    studio.lock(items=[a], locked=False)
    studio.move(items=[a, b], by=(1, 0, 0))


@pytest.mark.parametrize(
    ("operation", "args", "message"),
    [
        ("resize", {"factor": -1}, "factor"),
        ("resize", {"height": 0}, "height"),
        ("resize", {}, "needs a factor"),
        ("move", {}, "where"),
        ("rotate", {}, "degrees"),
        ("move", {"to": [[0, 0, 0], [1, 1, 1]]}, "2 positions for 1 items"),
        ("arrange", {"arrangement": "pentagram"}, "There are"),
        ("move", {"by": [1, 2]}, "by"),
        ("move", {"by": [1, 2, float("nan")]}, "finite"),
    ],
)
def test_bad_arguments_say_what_is_wrong_and_change_nothing(
    two: tuple[Studio, str, str], operation: str, args: dict[str, object], message: str
) -> None:
    studio, a, _ = two
    before = studio.project.revision
    with pytest.raises(Invalid, match=message):
        studio.do(operation, items=[a], **args)
    assert studio.project.revision == before


def test_unknown_things_and_operations_say_what_there_is(two: tuple[Studio, str, str]) -> None:
    studio, _, _ = two
    with pytest.raises(NotFound):
        studio.move(items=["no-such-thing"], by=(1, 0, 0))
    with pytest.raises(NotFound, match="arrange"):
        studio.do("arange", items=["x"])
