"""Preferences and habits: they fill in what words leave open, say so, and are part of the story."""

from __future__ import annotations

from typing import Any

import pytest

from spatialnb.errors import Invalid, NotFound
from spatialnb.operations.registry import Outcome
from spatialnb.studio import Studio


def said(studio: Studio, operation: str, **args: Any) -> Outcome:
    """A call as a request in words leads to it."""
    return studio.workspace.do(operation, args, author="agent")


def images(studio: Studio) -> list[str]:
    return [asset.id for asset in studio.library if asset.kind == "image"]


def gap(studio: Studio, ids: tuple[str, ...]) -> float:
    """Free space between the first two of a row, metres."""
    a, b = (studio.project.item(i) for i in ids[:2])
    assert a
    assert b
    return round(abs(b.position[0] - a.position[0]) - (a.size.width + b.size.width) / 2, 6)


def test_a_preference_fills_in_what_words_leave_open_and_is_told(gallery_studio: Studio) -> None:
    studio = gallery_studio
    studio.prefer(setting="arrange.spacing", value=0.05)
    done = said(studio, "arrange", items=images(studio)[:2], arrangement="row")
    assert gap(studio, done.items) == 0.05
    assert done.notes == ("spacing is 0.05, as you prefer",)


def test_what_is_said_goes_before_what_is_preferred(gallery_studio: Studio) -> None:
    studio = gallery_studio
    studio.prefer(setting="arrange.spacing", value=0.05)
    done = said(studio, "arrange", items=images(studio)[:2], arrangement="row", spacing=1)
    assert gap(studio, done.items) == 1
    assert done.notes == ()


def test_code_means_what_it_says(gallery_studio: Studio) -> None:
    studio = gallery_studio
    studio.prefer(setting="arrange.spacing", value=0.05)
    done = studio.arrange(items=images(studio)[:2], arrangement="row")
    assert gap(studio, done.items) == 0.25


def test_the_change_says_what_was_filled_in_so_that_it_can_be_made_again(gallery_studio: Studio) -> None:
    studio = gallery_studio
    studio.prefer(setting="arrange.spacing", value=0.05)
    said(studio, "arrange", items=images(studio)[:2], arrangement="row")
    assert studio.changes()[-1].call.args["spacing"] == 0.05
    assert "studio.prefer(setting='arrange.spacing', value=0.05)" in studio.to_code()


def test_a_preference_is_undone_and_forgotten_and_no_part_of_the_scene(studio: Studio) -> None:
    before = studio.scene_hash()
    studio.prefer(setting="label.height", value=0.5)
    assert studio.scene_hash() == before
    studio.undo()
    assert studio.project.preferences == {}
    studio.redo()
    assert studio.project.preferences["label.height"].value == 0.5
    studio.forget(setting="label.height")
    assert studio.project.preferences["label.height"].value is None
    with pytest.raises(Invalid, match="no preferences"):
        studio.forget()


def test_what_was_said_three_times_need_not_be_said_again(gallery_studio: Studio) -> None:
    studio = gallery_studio
    pair = images(studio)[:2]
    for _ in range(2):
        said(studio, "arrange", items=pair, arrangement="row", spacing=2)
    assert gap(studio, said(studio, "arrange", items=pair, arrangement="row").items) == 0.25
    for number in range(3):
        said(studio, "arrange", items=pair, arrangement="row", spacing=2, reverse=bool(number % 2))
    done = said(studio, "arrange", items=pair[:1] + images(studio)[2:3])
    assert gap(studio, done.items) == 2
    assert done.notes == ("arrangement is row, as the last 3 times", "spacing is 2.0, as the last 3 times")


def test_a_habit_ends_when_it_is_forgotten_or_something_else_is_said(gallery_studio: Studio) -> None:
    studio = gallery_studio
    pair = images(studio)[:2]
    for _ in range(3):
        said(studio, "arrange", items=pair, arrangement="row", spacing=2)
    said(studio, "arrange", items=pair, arrangement="row", spacing=1)
    assert "spacing" not in "".join(said(studio, "arrange", items=pair, arrangement="row").notes)
    for _ in range(3):
        said(studio, "arrange", items=pair, arrangement="row", spacing=2)
    studio.forget(setting="arrange.spacing")
    assert gap(studio, said(studio, "arrange", items=pair, arrangement="row").items) == 0.25


def test_a_habit_is_known_to_who_opens_the_project_later(gallery_studio: Studio) -> None:
    studio = gallery_studio
    pair = images(studio)[:2]
    for number in range(3):
        said(studio, "arrange", items=pair, arrangement="row", spacing=2, reverse=bool(number % 2))
    with Studio(studio.name, settings=studio.settings) as later:
        assert gap(later, said(later, "arrange", items=pair, arrangement="row").items) == 2


@pytest.mark.parametrize(
    ("setting", "value", "error", "words"),
    [
        ("arange.spacing", 1, NotFound, "arrange"),
        ("arrange.spacng", 1, NotFound, "spacing"),
        ("arrange.items", "the photos", NotFound, "no setting"),
        ("arrange", 1, Invalid, "an operation and a parameter"),
        ("arrange.spacing", -1, Invalid, "spacing"),
        ("arrange.arrangement", "circel", Invalid, "circle"),
    ],
)
def test_a_setting_that_there_is_not(studio: Studio, setting: str, value: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        studio.prefer(setting=setting, value=value)
    assert studio.project.revision == 0
