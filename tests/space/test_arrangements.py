"""What each arrangement promises, for any boxes."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialnb.models.geometry import Pose, Size, extent, matrix, transform
from spatialnb.space.arrangements import ARRANGEMENTS, Box, Options, arrange, facing, row, timeline
from spatialnb.space.relations import PLACES, Block, beside, bounds, free_depth

sides = st.floats(0.05, 4).map(lambda v: round(v, 3))
boxes = st.lists(
    st.builds(
        Box,
        size=st.builds(Size, width=sides, height=sides, depth=st.just(0.02)),
        colour=st.sampled_from(["red", "blue", "grey", ""]),
    ),
    min_size=1,
    max_size=30,
)


def block(box: Box, pose: Pose) -> Block:
    return Block(pose.position, extent(box.size, pose.rotation))


@pytest.mark.parametrize("name", sorted(ARRANGEMENTS))
@given(boxes=boxes)
def test_gives_a_pose_for_each_box_above_the_floor_and_the_same_every_time(name: str, boxes: list[Box]) -> None:
    spaced = [Box(b.size, b.stands, b.colour, start=i * 2.0, duration=2.0) for i, b in enumerate(boxes)]
    poses = arrange(name, spaced, Options())  # type: ignore[arg-type]
    assert len(poses) == len(boxes)
    assert poses == arrange(name, spaced, Options())  # type: ignore[arg-type]
    for box, pose in zip(spaced, poses, strict=True):
        assert pose.position[1] - box.size.height / 2 > -1e-6


@pytest.mark.parametrize("name", ["grid", "row", "column", "stack", "wall", "by colour", "timeline", "room"])
@given(boxes=boxes)
def test_flat_arrangements_never_overlap(name: str, boxes: list[Box]) -> None:
    spaced = [Box(b.size, b.stands, b.colour, start=i * 2.0, duration=2.0) for i, b in enumerate(boxes)]
    blocks = [block(b, p) for b, p in zip(spaced, arrange(name, spaced, Options()), strict=True)]  # type: ignore[arg-type]
    for a, b in combinations(blocks, 2):
        assert not a.overlaps(b, -1e-6)


standing = st.lists(
    st.builds(Box, size=st.builds(Size, width=sides, height=sides, depth=sides), stands=st.just(True)), max_size=9
)


@given(hung=boxes, standing=standing, clear=st.floats(0, 3))
def test_a_room_faces_inwards_and_leaves_its_middle_to_what_stands(
    hung: list[Box], standing: list[Box], clear: float
) -> None:
    poses = arrange("room", [*hung, *standing], Options(clear=clear))
    assert {pose.rotation[1] for pose in poses[: len(hung)]} <= {-90.0, 0.0, 90.0}
    for box, pose in zip(hung, poses, strict=False):
        front = transform(matrix(pose.rotation), (0, 0, 1))
        assert front[0] * pose.position[0] + front[2] * pose.position[2] < 0
        for other, at in zip(standing, poses[len(hung) :], strict=True):
            assert not block(box, pose).overlaps(block(other, at))


@given(boxes=boxes, clear=st.floats(0, 5))
def test_circle_is_a_circle_around_what_it_leaves_free(boxes: list[Box], clear: float) -> None:
    poses = arrange("circle", boxes, Options(clear=clear), centre=(3, 0, -2))
    radii = [math.hypot(p.position[0] - 3, p.position[2] + 2) for p in poses]
    assert max(radii) - min(radii) < 1e-9
    assert min(radii) >= clear
    for pose in poses:
        front = transform(matrix(pose.rotation), (0, 0, 1))
        inward = (3 - pose.position[0], 0, -2 - pose.position[2])
        assert front[0] * inward[0] + front[2] * inward[2] >= 0
    if len(poses) > 1:
        widest = max(b.size.width for b in boxes)
        near = min(math.dist(a.position[::2], b.position[::2]) for a, b in pairwise(poses))
        assert near >= widest


@given(boxes=boxes)
def test_spiral_widens(boxes: list[Box]) -> None:
    radii = [math.hypot(p.position[0], p.position[2]) for p in arrange("spiral", boxes, Options())]
    assert all(b > a for a, b in pairwise(radii))


def test_timeline_puts_time_to_scale_and_sound_on_a_track_of_its_own() -> None:
    pictures = [Box(Size(width=1.6, height=0.9), start=i * 4.0, duration=4.0) for i in range(3)]
    sound = Box(Size(width=0.8, height=0.5), start=0.0, duration=12.0)
    poses = timeline([*pictures, sound], Options())
    xs = [p.position[0] for p in poses]
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1])
    assert xs[1] - xs[0] >= 1.6 + 0.25 - 1e-9
    assert xs[3] == pytest.approx(xs[1])
    assert poses[3].position[2] > poses[0].position[2]


def test_colours_come_in_the_order_of_the_wheel() -> None:
    given_order = ["blue", "red", "grey", "yellow"]
    poses = arrange("by colour", [Box(Size(), colour=c) for c in given_order], Options())
    by_x = [c for _, c in sorted(zip((p.position[0] for p in poses), given_order, strict=True))]
    assert by_x == ["red", "yellow", "blue", "grey"]


def test_row_keeps_the_spacing_it_is_told() -> None:
    first, second = row([Box(Size(width=1)), Box(Size(width=3))], Options(spacing=0.5))
    assert second.position[0] - first.position[0] == pytest.approx(2.5)


def test_what_stands_is_on_the_floor_and_what_hangs_is_at_eye_height() -> None:
    standing, hanging = row([Box(Size(height=1.8), stands=True), Box(Size(height=1.0))], Options())
    assert standing.position[1] == pytest.approx(0.9)
    assert hanging.position[1] == pytest.approx(1.5)


@given(st.tuples(*[st.floats(-9, 9)] * 3), st.tuples(*[st.floats(-9, 9)] * 3))
def test_facing_turns_the_front_to_the_target(
    position: tuple[float, float, float], target: tuple[float, float, float]
) -> None:
    dx, dz = target[0] - position[0], target[2] - position[2]
    if math.hypot(dx, dz) < 1e-3:
        return
    front = transform(matrix(facing(position, target)), (0, 0, 1))
    assert front[0] * dx + front[2] * dz == pytest.approx(math.hypot(dx, dz))


extents = st.tuples(sides, sides, sides)


@pytest.mark.parametrize("relation", sorted(PLACES))
@given(a=extents, b=extents, centre=st.tuples(*[st.floats(-5, 5)] * 3))
def test_related_things_do_not_overlap_unless_inside(relation: str, a, b, centre) -> None:
    target = Block(centre, b)
    placed = Block(beside(Block((0, 1.5, 0), a), target, relation), a)  # type: ignore[arg-type]
    if relation == "inside":
        assert placed.centre == centre
    else:
        assert not placed.overlaps(target, -1e-6)


@given(others=st.lists(st.builds(Block, st.tuples(*[st.floats(-5, 5)] * 3), extents), max_size=12), own=extents)
def test_free_depth_finds_room(others: list[Block], own) -> None:
    mine = Block((0, 1, 0), own)
    shift = free_depth(mine, others)
    moved = Block((0, 1, shift), own)
    assert shift <= 0
    assert not any(moved.overlaps(o, 0.29) for o in others)


def test_bounds_hold_everything() -> None:
    assert bounds([Block((0, 0, 0), (1, 1, 1)), Block((2, 0, 0), (1, 3, 1))]) == Block((1, 0, 0), (3, 3, 1))
