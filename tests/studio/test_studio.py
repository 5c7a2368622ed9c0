"""What a person does with a studio in code: tables, selections, history, code written down."""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from spatialnb import Settings, Studio
from spatialnb.errors import Invalid, NotFound


@pytest.fixture
def placed(gallery_studio: Studio) -> Studio:
    gallery_studio.arrange(items=[a.id for a in gallery_studio.library if a.kind == "image"], arrangement="grid")
    return gallery_studio


def test_items_is_a_table_with_the_documented_columns(placed: Studio) -> None:
    frame = placed.items()
    assert list(frame.columns) == [
        "id",
        "asset",
        "name",
        "kind",
        "canvas",
        "group",
        *"xyz",
        "rx",
        "ry",
        "rz",
        "width",
        "height",
        "depth",
    ]
    assert frame["x"].dtype == "float64"
    assert len(frame) == sum(1 for _ in placed.project.items())


def test_an_edited_table_is_one_change(placed: Studio) -> None:
    before, revision, frame = placed.scene_hash(), placed.project.revision, placed.items()
    assert placed.apply(frame).summary == "Nothing differed"
    frame["y"] = frame["y"] + 0.5
    frame.loc[0, "name"] = "First"
    placed.apply(frame[["id", "y", "name"]])
    assert placed.project.revision == revision + 1
    pd.testing.assert_series_equal(placed.items()["y"], frame["y"])
    assert placed.items().loc[0, "name"] == "First"
    placed.undo()
    assert placed.scene_hash() == before


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda f: f.drop(columns="id"), Invalid, "id"),
        (lambda f: f.assign(id="nobody"), NotFound, "nobody"),
        (lambda f: f.assign(x="far"), Invalid, "number"),
        (lambda f: f.assign(width=-1.0), Invalid, "more than 0"),
    ],
)
def test_a_bad_table_changes_nothing(placed: Studio, change: object, error: type[Exception], message: str) -> None:
    revision = placed.project.revision
    with pytest.raises(error, match=message):
        placed.apply(change(placed.items()))  # type: ignore[operator]
    assert placed.project.revision == revision


def test_select_gives_a_selection_that_operations_take_and_these_means(placed: Studio) -> None:
    selection = placed.select("the two photos on the left")
    assert len(placed.workspace.pointing.selection) == 2
    before = placed.items().set_index("id")
    placed.move(items=selection, by=(0, 1, 0))
    placed.run("move these up by 1 m", show=False)
    after = placed.items().set_index("id")
    for item in placed.workspace.pointing.selection:
        assert after.loc[item, "y"] == pytest.approx(before.loc[item, "y"] + 2)


def test_operations_complete_like_methods(studio: Studio) -> None:
    assert {"arrange", "move", "undo", "export"} <= set(dir(studio))
    signature = inspect.signature(studio.arrange)
    assert "arrangement" in signature.parameters
    assert "spacing" in (inspect.getdoc(studio.arrange) or "")
    with pytest.raises(Invalid, match="it takes"):
        studio.arrange(item="x")
    with pytest.raises(AttributeError):
        _ = studio.no_such_thing


def test_history_names_author_and_operation(placed: Studio) -> None:
    placed.undo()
    frame = placed.history()
    assert list(frame["operation"]) == ["ingest", "arrange", "undo"]
    assert frame["undoes"].iloc[-1] == "2"


def test_the_code_makes_the_same_scene_elsewhere(placed: Studio, home: object) -> None:
    item = placed.items()["id"].iloc[0]
    placed.move(items=[item], by=(0.1, 0.2, 0.3))
    placed.rotate(items=[item], degrees=15)
    placed.undo()
    placed.undo()
    placed.redo()
    code = placed.to_code()
    assert "rotate" not in code
    assert "move" in code
    code = code.replace(repr(placed.name), repr("elsewhere"))
    exec(compile(code, "session", "exec"), scope := {})
    other: Studio = scope["studio"]
    try:
        assert other.scene_hash() == placed.scene_hash()
    finally:
        other.close()


def test_two_studios_on_one_project_see_each_other_and_never_take_the_same_id(placed: Studio) -> None:
    assets = [asset.id for asset in placed.library if asset.kind == "video"]
    with Studio(placed.name, settings=placed.settings) as other:
        mine = placed.place(items=assets)
        theirs = other.place(items=assets, copies=2)
        assert mine.items == theirs.items[:1]
        first = placed.duplicate(items=[mine.items[0]])
        second = other.duplicate(items=[mine.items[0]])
        assert set(first.items).isdisjoint(second.items)
        assert placed.scene_hash() == other.scene_hash()


def test_asynchronous_runs_leave_the_loop_free(placed: Studio) -> None:
    async def both() -> list[str]:
        run, ticks = asyncio.create_task(placed.arun("arrange the photos in a row", show=False)), 0
        while not run.done():
            await asyncio.sleep(0)
            ticks += 1
        return [(await run).status, "ticked" if ticks > 1 else "blocked"]

    assert asyncio.run(both()) == ["done", "ticked"]


@pytest.mark.parametrize("name", ["", "a/b", "x" * 200, "two\nlines"])
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(Invalid, match="name"):
        Studio(name, settings=Settings())


def test_two_kernels_that_copy_at_once_lose_nothing(placed: Studio) -> None:
    item = placed.items()["id"].iloc[0]
    count = len(placed.items())

    def copies(studio: Studio) -> None:
        for _ in range(15):
            studio.duplicate(items=[item])

    with Studio(placed.name, settings=placed.settings) as other, ThreadPoolExecutor(2) as pool:
        list(pool.map(copies, (placed, other)))
        assert len(placed.items()) == len(other.items()) == count + 30
