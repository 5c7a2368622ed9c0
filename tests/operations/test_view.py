"""UI actions: asked of every open view, true when one did it, and honest when there is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spatialnb.errors import Invalid
from spatialnb.models.events import Event, ViewActed, ViewAction
from spatialnb.operations.view import NOBODY
from spatialnb.studio import Studio


@pytest.fixture
def asked(studio: Studio) -> Iterator[list[ViewAction]]:
    """What an obedient view was asked for."""
    heard: list[ViewAction] = []

    def obey(event: Event) -> None:
        if isinstance(event, ViewAction):
            heard.append(event)
            studio.workspace.publish(ViewActed(id=event.id))

    unfollow = studio.follow(obey)
    yield heard
    unfollow()


def test_without_a_view_it_succeeds_and_says_so(studio: Studio) -> None:
    sign = studio.label(text="Hello").id
    done = studio.fly_to(items=[sign])
    assert done.notes == (NOBODY,)
    assert done.items == (sign,)
    assert studio.project.revision == 1


def test_a_view_that_obeys_is_noticed(studio: Studio, asked: list[ViewAction]) -> None:
    sign = studio.label(text="Hello").id
    assert studio.fly_to(items="the label").notes == ()
    assert studio.focus(items=[sign]).notes == ()
    assert studio.focus().summary == "Let go of the focus"
    assert studio.show(items=[sign]).notes == ()
    assert studio.open_panel(panel="help").notes == ()
    assert [(each.action, each.items, each.on) for each in asked] == [
        ("fly_to", (sign,), True),
        ("focus", (sign,), True),
        ("focus", (), False),
        ("show", (sign,), True),
        ("open_panel", (), True),
    ]


def test_another_action_s_answer_is_not_taken_for_ones_own(studio: Studio) -> None:
    unfollow = studio.follow(
        lambda event: studio.workspace.publish(ViewActed(id="other")) if isinstance(event, ViewAction) else None
    )
    assert studio.fly_to().notes == (NOBODY,)
    unfollow()


def test_a_point_of_view_looks_ahead_unless_told_where(studio: Studio, asked: list[ViewAction]) -> None:
    studio.fly_to(position=(0, 2, 5))
    studio.fly_to(position=(0, 2, 5), look_at=(1, 0, 0))
    cameras = [each.camera for each in asked]
    assert [camera.target for camera in cameras if camera] == [(0.0, 2.0, 4.0), (1.0, 0.0, 0.0)]
    studio.label(text="There")
    with pytest.raises(Invalid, match="not to both"):
        studio.fly_to(items="the label", position=(0, 0, 0))


def test_only_what_sounds_or_moves_is_played(gallery_studio: Studio, asked: list[ViewAction]) -> None:
    studio = gallery_studio
    studio.place(items=[a.id for a in studio.library if a.kind in ("video", "image")])
    studio.play()
    studio.play(items="the videos", playing=False)
    kinds = {studio.project.item(i).kind for each in asked for i in each.items}  # type: ignore[union-attr]
    assert kinds == {"video"}
    assert [each.on for each in asked] == [True, False]
    with pytest.raises(Invalid, match="can be played"):
        studio.play(items="the pictures")


def test_an_unknown_panel_is_told_the_nearest(studio: Studio) -> None:
    with pytest.raises(Invalid, match="'chat'"):
        studio.open_panel(panel="chatt")


def test_words_reach_the_views(studio: Studio, asked: list[ViewAction]) -> None:
    studio.label(text="Robot")
    assert studio.run("fly to the label", show=False).status == "done"
    assert studio.run("focus on the label", show=False).status == "done"
    assert [each.action for each in asked] == ["fly_to", "focus"]
