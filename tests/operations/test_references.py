"""References by place, by time, by what was done and by likeness, in a scene that was really built."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spatialnb.errors import NotFound, Unusable
from spatialnb.models import selection as s
from spatialnb.operations.registry import Reference
from spatialnb.studio import Studio

Found = Callable[[str], list[str]]


@pytest.fixture
def found(gallery_studio: Studio) -> Found:
    """Names of what words point at: twelve walls and two posters in a grid, then objects, a clip and two sounds."""
    studio = gallery_studio
    studio.arrange(items="the photos", arrangement="grid")
    studio.place(items="the models")
    studio.place(items="the videos")
    studio.place(items="the sounds")
    studio.workspace.do("move", {"items": ["red-wall-01-1"], "by": [0, 0.5, 0]}, author="person")

    def names(words: str) -> list[str]:
        return [thing.name for thing in studio.workspace.resolve(words, Reference("item"))]

    return names


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("everything on the floor", 3),
        ("what stands on the floor", 3),
        ("the pictures hanging in the air", 14),
        ("the left column of the photos", 3),
        ("what was added today", 20),
        ("the photos I placed today", 14),
        ("photos I moved today", 1),
        ("what I moved last", 1),
        ("what I placed last", 2),
        ("the cool photos", 5),
    ],
)
def test_how_many_are_meant(found: Found, words: str, count: int) -> None:
    assert len(found(words)) == count


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("the first thing I placed", "Black wall 10"),
        ("the last thing I placed", "Club beat"),
        ("the thing closest to me", "Neon city"),
        ("something that looks like a city at night", "Neon city"),
        ("the sound that sounds like a club", "Club beat"),
        ("the photo in the middle", "Purple wall 07"),
    ],
)
def test_which_one_is_meant(found: Found, words: str, name: str) -> None:
    assert found(words) == [name]


def test_rows_are_read_from_where_things_hang(gallery_studio: Studio) -> None:
    studio = gallery_studio
    done = studio.arrange(items="the photos", arrangement="grid", columns=5)
    for words, ids in (
        ("the top row", done.items[:5]),
        ("the second row", done.items[5:10]),
        ("the bottom row", done.items[10:]),
    ):
        assert [i.id for i in studio.workspace.resolve(words, Reference("item"))] == list(ids)
    with pytest.raises(NotFound, match="only 3 rows"):
        studio.workspace.resolve("the fifth row", Reference("item"))


def test_rows_of_what_stands_are_behind_each_other(studio: Studio) -> None:
    for number in range(6):
        studio.label(text=f"L{number}", at=[number % 3, 0.2, -2.0 * (number // 3)])
    assert [i.name for i in studio.workspace.resolve("the front row", Reference("item"))] == ["L0", "L1", "L2"]
    assert [i.name for i in studio.workspace.resolve("the back row", Reference("item"))] == ["L3", "L4", "L5"]


def test_nothing_was_done_yesterday(found: Found) -> None:
    with pytest.raises(Unusable):
        found("things added yesterday")


def test_what_the_hand_did_is_told_from_what_words_did(found: Found, gallery_studio: Studio) -> None:
    gallery_studio.workspace.do("move", {"items": ["blue-wall-06-1"], "by": [0, 0.5, 0]}, author="agent")
    assert found("the photo I moved today") == ["Red wall 01"]
    assert found("the photo you moved today") == ["Blue wall 06"]


def test_an_undone_change_is_no_doing(gallery_studio: Studio) -> None:
    studio = gallery_studio
    studio.place(items="the robot", at=[0, 0, 0])
    studio.label(text="Gone")
    studio.undo()
    assert [i.name for i in studio.workspace.resolve("what I placed last", Reference("item"))] == ["Robot"]


def test_the_same_as_data() -> None:
    node = s.Done(what="made", by="person", end="last")
    assert s.parse(str(node)) == node
    assert s.selection_from_json(node.model_dump(mode="json")) == node
    assert s.parse('line(filter(kind="image"), along="column", n=-1)') == s.Line(
        of=s.Filter(kind="image"), along="column", n=-1
    )
