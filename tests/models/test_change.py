"""Edits: the difference of two projects, made again, taken back, and made beside someone else's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from spatialnb.errors import Invalid
from spatialnb.models.asset import Asset
from spatialnb.models.base import FrozenDict
from spatialnb.models.canvas import Canvas, Group, Item
from spatialnb.models.change import Call, Change, Edit, apply, diff, replay
from spatialnb.models.environment import Environment, Lighting
from spatialnb.models.geometry import Pose, Size
from spatialnb.models.layout import Layout
from spatialnb.models.project import Project, copy_with, scene_hash

NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])
NUMBERS = st.floats(-100, 100)
VECTORS = st.tuples(NUMBERS, NUMBERS, NUMBERS)
LENGTHS = st.floats(0.01, 50)


def _keyed(values: st.SearchStrategy[Any]) -> st.SearchStrategy[FrozenDict[str, Any]]:
    """Maps of things under their own ids, in any order."""
    return st.lists(values, max_size=5, unique_by=lambda v: v.id).map(lambda vs: FrozenDict({v.id: v for v in vs}))


ITEMS = st.builds(
    Item,
    id=NAMES,
    name=st.text(max_size=3),
    kind=st.sampled_from(["image", "label"]),
    group=st.none() | NAMES,
    position=VECTORS,
    size=st.builds(Size, width=LENGTHS, height=LENGTHS, depth=LENGTHS),
    labels=st.lists(NAMES, max_size=2).map(tuple),
    start=st.none() | st.floats(0, 10),
    locked=st.booleans(),
)
GROUPS = st.builds(Group, id=NAMES, name=NAMES, parent=st.none() | NAMES)
CANVASES = st.builds(Canvas, id=NAMES, name=NAMES, items=_keyed(ITEMS), groups=_keyed(GROUPS), children=st.just(()))
LAYOUTS = st.builds(
    Layout,
    id=NAMES,
    name=NAMES,
    placements=st.dictionaries(NAMES, st.builds(Pose, position=VECTORS), max_size=3).map(FrozenDict),
)
ENVIRONMENTS = st.builds(
    Environment,
    id=NAMES,
    name=NAMES,
    theme=st.sampled_from(["auto", "night"]),
    lighting=st.builds(Lighting, key=LENGTHS),
)
ASSETS = st.builds(
    Asset, id=NAMES, name=NAMES, kind=st.just("image"), hash=NAMES, mime=st.just("image/png"), bytes=st.integers(0, 9)
)
PROJECTS = st.builds(
    Project,
    name=st.just("p"),
    assets=_keyed(ASSETS),
    canvases=_keyed(CANVASES),
    layouts=_keyed(LAYOUTS),
    environments=_keyed(ENVIRONMENTS),
)


def _item(item_id: str, **fields: Any) -> Item:
    return Item(id=item_id, name=item_id, kind="label", **fields)


def _project(*ids: str) -> Project:
    return Project(name="p").with_items([_item(i) for i in ids])


def _order(project: Project) -> list[str]:
    return [item.id for _, item in project.items()]


def _json_round_trip(edits: tuple[Edit, ...]) -> list[Edit]:
    return [Edit.model_validate_json(edit.model_dump_json()) for edit in edits]


@settings(deadline=None, max_examples=60)
@given(PROJECTS, PROJECTS)
def test_applying_the_difference_gives_the_other_project(before: Project, after: Project) -> None:
    changed, done, dropped = apply(before, _json_round_trip(diff(before, after)))
    assert changed == after
    assert not dropped
    assert {e.path: (e.before, e.after) for e in diff(before, changed)} == {e.path: (e.before, e.after) for e in done}


@settings(deadline=None, max_examples=60)
@given(PROJECTS, PROJECTS)
def test_the_inverse_restores(before: Project, after: Project) -> None:
    changed, done, _ = apply(before, diff(before, after))
    restored, _, dropped = apply(changed, [edit.inverse for edit in reversed(done)])
    assert restored == before
    assert not dropped
    assert diff(restored, before) == ()


@settings(deadline=None, max_examples=60)
@given(st.lists(NAMES, unique=True), st.data())
def test_what_was_taken_out_or_put_in_comes_back_in_its_place(ids: list[str], data: st.DataObject) -> None:
    before = _project(*ids)
    kept = [i for i in ids if data.draw(st.booleans())]
    after = Project(name="p").with_items([_item(i) for i in kept])
    for new in data.draw(st.lists(st.sampled_from(["u", "v", "w"]), unique=True)):
        kept.insert(data.draw(st.integers(0, len(kept))), new)
    after = Project(name="p").with_items([_item(i) for i in kept])
    changed, done, _ = apply(before, diff(before, after))
    assert _order(changed) == kept
    restored, undone, _ = apply(changed, [edit.inverse for edit in reversed(done)])
    assert _order(restored) == ids
    again, _, _ = apply(restored, [edit.inverse for edit in reversed(undone)])
    assert _order(again) == kept


@settings(deadline=None, max_examples=60)
@given(PROJECTS, PROJECTS, PROJECTS)
def test_replaying_a_log_is_applying_its_changes_one_by_one(first: Project, second: Project, third: Project) -> None:
    edits = [diff(first, second), diff(second, third), diff(third, second)]
    stepwise = first
    for some in edits:
        stepwise, _, _ = apply(stepwise, some)
    at = "2026-01-01T00:00:00Z"
    changes = [
        Change.model_validate(
            {"revision": n + 1, "base": n, "call": Call(operation="x"), "edits": some, "author": "code", "at": at}
        )
        for n, some in enumerate(edits)
    ]
    replayed = replay(first, changes)
    assert replayed == stepwise.with_revision(3)
    assert _order(replayed) == _order(stepwise)


@settings(deadline=None, max_examples=60)
@given(VECTORS, VECTORS, st.booleans())
def test_edits_of_different_fields_commute(position: Any, rotation: Any, same_item: bool) -> None:
    start = _project("a", "b")
    other = "a" if same_item else "b"
    one = diff(start, start.with_items([copy_with(start.canvases["main"].items["a"], position=position)]))
    two = diff(start, start.with_items([copy_with(start.canvases["main"].items[other], rotation=rotation)]))
    forth = apply(apply(start, one)[0], two)[0]
    back = apply(apply(start, two)[0], one)[0]
    assert forth == back
    assert forth.canvases["main"].items["a"].position == position
    assert forth.canvases["main"].items[other].rotation == rotation


def test_a_size_is_one_value() -> None:
    start = _project("a")
    wide = diff(start, start.with_items([_item("a", size=Size(width=9))]))
    high = diff(start, start.with_items([_item("a", size=Size(height=9))]))
    both = apply(apply(start, wide)[0], high)[0]
    assert [edit.path[-1] for edit in wide] == ["size"]
    assert both.canvases["main"].items["a"].size == Size(height=9)


def test_only_what_changed_is_in_the_difference() -> None:
    start = _project(*(f"i{n}" for n in range(100)))
    after = start.with_items([_item("i7", position=(1.0, 2.0, 3.0))])
    (edit,) = diff(start, after)
    assert edit.path == ("canvases", "main", "items", "i7", "position")
    assert (edit.before, edit.after) == ([0.0, 0.0, 0.0], [1.0, 2.0, 3.0])


def test_what_did_not_change_is_shared() -> None:
    start = _project("a", "b")
    after, _, _ = apply(start, [Edit(path=("canvases", "main", "items", "a", "hidden"), after=True)])
    assert after.canvases["main"].items["b"] is start.canvases["main"].items["b"]
    assert after.layouts is start.layouts
    assert not start.canvases["main"].items["a"].hidden


def test_an_edit_without_effect_is_none_and_gives_the_same_project() -> None:
    start = _project("a")
    after, done, dropped = apply(start, [Edit(path=("canvases", "main", "items", "a", "hidden"), after=False)])
    assert after is start
    assert (done, dropped) == ((), ())


def test_an_edit_of_something_that_is_gone_is_dropped() -> None:
    start = _project("a")
    gone = Edit(path=("canvases", "main", "items", "z", "hidden"), after=True)
    stays = Edit(path=("canvases", "main", "items", "a", "hidden"), after=True)
    after, done, dropped = apply(start, [gone, stays])
    assert [d.path for d in dropped] == [gone.path]
    assert done == (stays.model_copy(update={"before": False}),)
    assert after.canvases["main"].items["a"].hidden


def test_an_entry_and_then_a_field_of_it() -> None:
    entry = ("canvases", "main", "items", "n")
    new = _item("n").model_dump(mode="json")
    edits = [
        Edit(path=entry, after=new),
        Edit(path=(*entry, "hidden"), after=True),
        Edit(path=(*entry, "text"), after="x"),
    ]
    after, done, _ = apply(_project("a"), edits)
    assert after.canvases["main"].items["n"] == _item("n", hidden=True, text="x")
    assert len(done) == 3
    assert apply(after, [edit.inverse for edit in reversed(done)])[0] == _project("a")


def test_a_field_and_then_its_entry() -> None:
    entry = ("canvases", "main", "items", "a")
    start = _project("a", "b")
    after, done, _ = apply(start, [Edit(path=(*entry, "hidden"), after=True), Edit(path=entry)])
    assert _order(after) == ["b"]
    assert apply(after, [edit.inverse for edit in reversed(done)])[0] == start


def test_before_is_what_stood_there_and_not_what_the_author_saw() -> None:
    start = _project("a").with_items([_item("a", text="theirs")])
    _, (edit,), _ = apply(start, [Edit(path=("canvases", "main", "items", "a", "text"), before="", after="mine")])
    assert edit.before == "theirs"


@pytest.mark.parametrize("path", [("nothing",), ("canvases", "main", "nothing"), ("name", "x"), ("nothing", "a", "b")])
def test_a_path_that_no_project_has(path: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        apply(_project("a"), [Edit(path=path, after="x")])


def test_a_value_of_the_wrong_type() -> None:
    with pytest.raises(ValidationError):
        apply(_project("a"), [Edit(path=("canvases", "main", "items", "a", "position"), after="here")])


def test_the_scene_hash_comes_back_with_an_undo() -> None:
    start = _project("a", "b", "c")
    after = start.without_items(["b"])
    undone, _, _ = apply(after, [edit.inverse for edit in reversed(diff(start, after))])
    assert scene_hash(after) != scene_hash(start)
    assert scene_hash(undone) == scene_hash(start)
