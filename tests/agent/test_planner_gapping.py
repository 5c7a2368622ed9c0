"""Verbs that are said once and meant twice, and things that are told apart by what their names are about."""

from __future__ import annotations

import pytest

from spatialnb.studio import Studio


@pytest.fixture(scope="module")
def room(home: object, media_folder: object, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A robot, a ball and a pyramid, and texts and photos around them."""
    from spatialnb.config import Settings
    from tests.media import text

    folder = tmp_path_factory.mktemp("words")
    text(folder / "the ball and the sea.md", "# The ball and the sea\n\nA ball went down to the sea.")
    studio = Studio("gapping", settings=Settings(home=home))  # type: ignore[arg-type]
    studio.ingest([str(media_folder), str(folder)])
    studio.place(items=[asset.id for asset in studio.library if asset.kind in ("model", "text")])
    return studio


def positions(studio: Studio) -> dict[str, tuple[float, float, float]]:
    return {item.name.lower(): item.position for _, item in studio.project.items()}


@pytest.mark.parametrize("side", ["left of", "right of", "to the right of", "behind", "in front of"])
@pytest.mark.parametrize("verb", ["put", "move", "place"])
def test_every_verb_takes_every_place(room: Studio, verb: str, side: str) -> None:
    assert room.run(f"{verb} the pyramid {side} the robot", show=False).status == "done"
    found = positions(room)
    axis, sign = {"left": (0, -1), "right": (0, 1), "behind": (2, -1), "front": (2, 1)}[
        next(word for word in side.split() if word in ("left", "right", "behind", "front"))
    ]
    assert sign * (found["pyramid"][axis] - found["robot"][axis]) > 0


@pytest.mark.parametrize(
    "request_",
    [
        "put the ball left of the robot and the pyramid right of it",
        "place the ball to the left of the robot, and the pyramid to the right of it",
        "please move the ball left of the robot, the pyramid right of it",
    ],
)
def test_a_verb_said_once_is_meant_for_both(room: Studio, request_: str) -> None:
    run = room.run(request_, show=False)
    assert run.status == "done", run.reply
    found = positions(room)
    assert found["ball"][0] < found["robot"][0] < found["pyramid"][0]


def test_three_parts(room: Studio) -> None:
    words = "put the ball behind the robot, the pyramid in front of it and the red wall photo above it"
    run = room.run(words, show=False)
    assert run.status == "done", run.reply
    found = positions(room)
    assert found["ball"][2] < found["robot"][2] < found["pyramid"][2]
    assert len(run.steps) == 3


def test_a_union_is_still_a_union(room: Studio) -> None:
    run = room.run("move the ball and the pyramid left of the robot", show=False)
    assert len(run.steps) == 1
    found = positions(room)
    assert max(found["ball"][0], found["pyramid"][0]) < found["robot"][0]


def test_the_ball_is_the_thing_that_is_one_and_not_a_text_about_it(room: Studio) -> None:
    before = positions(room)
    assert room.run("move the ball up by 1 m", show=False).status == "done"
    after = positions(room)
    assert after["ball"][1] == pytest.approx(before["ball"][1] + 1)
    text = next(name for name in before if "sea" in name)
    assert after[text] == before[text]


def test_a_group_is_meant_by_its_name_even_if_other_names_hold_the_word(room: Studio) -> None:
    room.run("group the ball and the pyramid as reds", show=False)
    before = positions(room)
    assert room.run("move the reds 2 m to the left", show=False).status == "done"
    after = positions(room)
    moved = {name for name in after if before.get(name) != after[name]}
    assert moved == {"ball", "pyramid"}
