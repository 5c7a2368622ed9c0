"""The project as a value: what the `with_` methods give, and what its hash knows."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from spatialnb.models.asset import Asset
from spatialnb.models.base import FrozenDict
from spatialnb.models.canvas import Canvas, Group, Item, Relation
from spatialnb.models.geometry import Pose
from spatialnb.models.layout import Layout
from spatialnb.models.project import Project, copy_with, scene_hash


def _item(item_id: str, **fields: Any) -> Item:
    return Item(id=item_id, name=item_id, kind="image", **fields)


def _asset(asset_id: str, content: str) -> Asset:
    return Asset(id=asset_id, name=asset_id, kind="image", hash=content, mime="image/png", bytes=1)


def test_an_item_that_exists_stays_in_its_canvas() -> None:
    project = Project(name="p").with_canvas(Canvas(id="side", name="Side")).with_items([_item("a")], "side")
    project = project.with_items([_item("a", hidden=True), _item("b")])
    assert set(project.canvases["side"].items) == {"a"}
    assert set(project.canvases["main"].items) == {"b"}
    assert project.canvases["side"].items["a"].hidden


def test_nothing_of_it_can_be_changed_in_place() -> None:
    project = Project(name="p").with_items([_item("a")])
    with pytest.raises(ValidationError):
        project.name = "q"  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(TypeError, match="immutable"):
        project.canvases["main"].items["b"] = _item("b")  # pyright: ignore[reportIndexIssue]
    assert set(project.canvases["main"].items) == {"a"}


def test_taking_items_out_takes_what_hangs_on_them() -> None:
    canvas = Canvas(
        id="main",
        name="Main",
        items=FrozenDict({"a": _item("a", group="g"), "b": _item("b"), "c": _item("c", group="h")}),
        groups=FrozenDict({"g": Group(id="g", name="G"), "h": Group(id="h", name="H")}),
        relations=FrozenDict({"r": Relation(kind="on", item="a", to="b"), "s": Relation(kind="on", item="c", to="b")}),
    )
    left = Project(name="p").with_canvas(canvas).without_items(["a"]).canvases["main"]
    assert list(left.items) == ["b", "c"]
    assert list(left.groups) == ["h"]
    assert list(left.relations) == ["s"]


def test_members_of_nested_groups() -> None:
    canvas = Canvas(
        id="main",
        name="Main",
        items=FrozenDict({"a": _item("a", group="outer"), "b": _item("b", group="inner"), "c": _item("c")}),
        groups=FrozenDict({"inner": Group(id="inner", name="I", parent="outer"), "outer": Group(id="outer", name="O")}),
    )
    project = Project(name="p").with_canvas(canvas)
    assert [item.id for item in project.members("outer")] == ["a", "b"]
    assert [item.id for item in project.members("inner")] == ["b"]


def test_a_world_pose_is_the_items_pose_in_its_layout() -> None:
    layout = Layout(
        id="main",
        name="Main",
        placements=FrozenDict({"main": Pose(position=(10.0, 0.0, 0.0), rotation=(0.0, 90.0, 0.0))}),
    )
    project = Project(name="p").with_layout(layout).with_items([_item("a", position=(0.0, 1.0, 2.0))])
    (canvas, item) = next(project.items())
    assert project.world_pose(canvas, item).position == pytest.approx((12.0, 1.0, 0.0))


def test_the_hash_knows_the_scene_and_nothing_else() -> None:
    project = Project(name="p").with_assets([_asset("one", "hash-1")]).with_items([_item("a", asset="one")])
    renamed = copy_with(project, name="q", revision=7).with_assets([_asset("spare", "hash-2")])
    assert scene_hash(renamed) == scene_hash(project)
    assert scene_hash(project.with_assets([_asset("one", "hash-3")])) != scene_hash(project)
    assert scene_hash(project.with_items([_item("a", asset="one", hidden=True)])) != scene_hash(project)


def test_the_hash_rounds_to_a_micrometre() -> None:
    def at(x: float) -> str:
        return scene_hash(Project(name="p").with_items([_item("a", position=(x, 0.0, 0.0))]))

    assert at(0.1 + 0.2) == at(0.3)
    assert at(-1e-9) == at(0.0)
    assert at(1e-5) != at(0.0)


def test_json_round_trip() -> None:
    project = Project(name="p", revision=3).with_assets([_asset("one", "h")]).with_items([_item("a", asset="one")])
    again = Project.model_validate_json(project.model_dump_json())
    assert again == project
    assert isinstance(again.canvases, FrozenDict)
    assert isinstance(again.canvases["main"].items, FrozenDict)
