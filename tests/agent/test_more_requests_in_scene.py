"""Further requests of the same kinds, written before it was known which of them are understood.

They tell whether the planner's grammar carries further than the sentences of the first table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from spatialnb.config import Settings
from spatialnb.studio import Studio
from tests.agent.test_requests_in_scene import (
    BALL,
    ID,
    MODELS,
    PHOTOS,
    POSTERS,
    PYRAMID,
    ROBOT,
    Check,
    at,
    bigger,
    both,
    captioned,
    circle,
    coloured,
    declined,
    even,
    gap,
    grouped,
    judged,
    light,
    moved,
    near,
    only,
    placed,
    prefers,
    removed,
    scaled,
    side,
    smaller,
    stand_in,
    told,
    turned,
    width,
    written,
)

LEAST = 0.97
"""Share of the requests that have to be carried out as meant."""
WRONG = 0.022
"""Share of the requests at most that may change the scene otherwise than meant."""

REQUESTS: list[tuple[str, Check]] = [
    ("make the three objects the same width", lambda c: len({round(c.now(i).size.width, 3) for i in MODELS}) == 1),
    ("make the ball as wide as the pyramid", lambda c: abs(width(c.now(BALL), 0) - width(c.was(PYRAMID), 0)) < 0.01),
    ("set the width of the neon poster to 90 cm", lambda c: abs(c.now(ID["neon"]).size.width - 0.9) < 0.01),
    ("move the ball to where the robot is", lambda c: math.dist(at(c, BALL)[::2], c.was(ROBOT).position[::2]) < 0.3),
    ("place the pyramid in the centre of the room", lambda c: math.hypot(at(c, PYRAMID)[0], at(c, PYRAMID)[2]) < 1.0),
    ("move the robot to x -2 z 1", lambda c: only(ROBOT)(c) and math.dist(at(c, ROBOT)[::2], (-2, 1)) < 0.05),
    (
        "bring the objects nearer to each other",
        lambda c: max(at(c, i)[0] for i in MODELS) - min(at(c, i)[0] for i in MODELS) < 2.6,
    ),
    (
        "pull the pyramid away from the robot",
        lambda c: math.dist(at(c, PYRAMID), at(c, ROBOT)) > math.dist(c.was(PYRAMID).position, c.was(ROBOT).position),
    ),
    (
        "leave 40 cm between the ball, the pyramid and the robot",
        lambda c: abs(gap(c, BALL, PYRAMID) + gap(c, PYRAMID, ROBOT) - 0.8) < 0.1,
    ),
    ("space the objects out evenly with gaps of 80 cm", both(even(MODELS), lambda c: bool(c.changed()))),
    (
        "align the left edges of the posters",
        lambda c: len({round(at(c, i)[0] - c.now(i).size.width / 2, 3) for i in POSTERS}) == 1,
    ),
    (
        "align the bottoms of the red and the blue photo",
        lambda c: len({round(at(c, ID[w])[1] - c.now(ID[w]).size.height / 2, 3) for w in ("red", "blue")}) == 1,
    ),
    (
        "exchange the pyramid with the ball",
        lambda c: math.dist(at(c, BALL)[::2], c.was(PYRAMID).position[::2]) < 0.3 and {BALL, PYRAMID} == c.changed(),
    ),
    ("colour the ball green", coloured(BALL)),
    ("paint the pyramid orange", coloured(PYRAMID)),
    ("make the light a bit cooler", lambda c: next(iter(c.after.environments.values())).lighting.colour != "#ffffff"),
    ("bind the robot and the ball together as one group", grouped(ROBOT, BALL)),
    ("put up a sign that says Please do not touch in front of the robot", captioned("Please do not touch", ROBOT)),
    ("caption the neon poster as City of Light", captioned("City of Light", ID["neon"])),
    ("give every object a label with its name", lambda c: all(captioned(c.now(i).name, i)(c) for i in MODELS)),
    ("add the heading Winter Show", written("Winter Show")),
    ("delete everything that isn't a model", lambda c: {i.id for _, i in c.after.items()} == set(MODELS)),
    (
        "make the photos from autumn 2024 bigger",
        both(bigger(ID["brown"], ID["black"]), lambda c: len(c.changed()) in (2, 3)),
    ),
    ("delete the photos taken in spring 2024", lambda c: bool(c.gone()) and c.gone() <= set(PHOTOS)),
    ("hide the photos other than the posters", lambda c: sum(i.hidden for _, i in c.after.items()) == 12),
    (
        "line up the photos in a row, but not the posters",
        lambda c: not set(POSTERS) & c.changed() and bool(c.changed()),
    ),
    ("add two copies of the pyramid", placed("model", 2)),
    ("place two more robots", placed("model", 2)),
    ("shrink the robot but don't touch the rest", both(smaller(ROBOT), only(ROBOT))),
    ("turn the pyramid the other way round", turned(PYRAMID, 180)),
    ("use the night theme by default", prefers("set_environment.theme")),
    ("in future put a metre between the photos", prefers("arrange.spacing")),
    ("always arrange the pictures in a spiral", prefers("arrange.arrangement")),
    ("there is a lamp on a desk", both(stand_in("lamp"), stand_in("desk"))),
    ("a cat between two dogs", both(stand_in("cat"), stand_in("dog", 2))),
    ("place six chairs around a table", both(stand_in("chair", 6), stand_in("table"))),
    ("what colour is the blue photo?", told("blue")),
    ("make the dragon red", declined),
    ("darken the room and put the robot next to the ball", both(light(0.1, 0.95), near(ROBOT, BALL))),
    ("circle the photos around the pyramid, then remove the robot", lambda c: circle(PHOTOS, PYRAMID)(c)),
    ("move the ball one metre forward and halve the robot", both(scaled(ROBOT, 0.5), lambda c: BALL in c.changed())),
    ("remove the second largest object", lambda c: len(c.gone()) == 1 and ROBOT not in c.gone()),
    ("put the red photo to the right of the blue photo", side(ID["red"], ID["blue"], 0, 1)),
    (
        "move both posters 60 cm up",
        lambda c: all(abs(at(c, i)[1] - c.was(i).position[1] - 0.6) < 0.01 for i in POSTERS),
    ),
    ("shift the ball by 1.5 m to the right", moved(BALL, x=1.5)),
    ("remove the darkest photo", removed(ID["black"])),
]


@pytest.fixture(scope="module")
def studio(media_folder: Path, home: Path) -> Iterator[Studio]:
    """The scene of the first table."""
    with Studio("more requests", settings=Settings(home=home)) as studio:
        studio.ingest([str(media_folder)])
        studio.arrange(items="the photos", arrangement="grid", columns=5)
        studio.place(items="the models", at=[0, 0.8, 3])
        yield studio


@pytest.fixture(autouse=True)
def _beside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is written goes to a folder of the test."""
    monkeypatch.chdir(tmp_path)


def test_further_requests_are_carried_out_as_meant(studio: Studio) -> None:
    right, wrong = judged(studio, REQUESTS)
    assert right >= LEAST
    assert wrong <= WRONG
