"""Things that are only in the library, arrangements that stand somewhere, and nothing made up by guess."""

from __future__ import annotations

import pytest

from spatialnb.studio import Studio


def test_what_is_not_in_the_space_yet_is_placed_where_it_was_to_be_moved(gallery_studio: Studio) -> None:
    gallery_studio.place(items="robot")
    run = gallery_studio.run("move the pyramid behind the robot", show=False)
    assert run.status == "done", run.reply
    z = {item.name.lower(): item.position[2] for _, item in gallery_studio.project.items()}
    assert z["pyramid"] < z["robot"]


@pytest.mark.parametrize(
    ("words", "axis", "sign"),
    [
        ("line up the photos behind the robot", 2, -1),
        ("hang the photos on a wall behind the robot", 2, -1),
        ("arrange the sounds in a row in front of the robot", 2, 1),
    ],
)
def test_an_arrangement_may_stand_beside_something(gallery_studio: Studio, words: str, axis: int, sign: int) -> None:
    gallery_studio.place(items="robot")
    run = gallery_studio.run(words, show=False)
    assert run.status == "done", run.reply
    assert [step.operation for step in run.steps] == ["arrange"]
    items = {item.kind: item for _, item in gallery_studio.project.items()}
    others = [item for _, item in gallery_studio.project.items() if item.kind != "model"]
    assert len(others) > 1
    assert all(sign * (item.position[axis] - items["model"].position[axis]) > 0 for item in others)


@pytest.mark.parametrize("words", ["put three photos next to it", "put some dragons here"])
def test_nothing_is_made_up_for_what_is_to_be_put_somewhere(gallery_studio: Studio, words: str) -> None:
    before = gallery_studio.project
    run = gallery_studio.run(words, show=False)
    made = set(gallery_studio.project.assets) - set(before.assets)
    assert not made, run.reply
    assert gallery_studio.project.environments == before.environments
