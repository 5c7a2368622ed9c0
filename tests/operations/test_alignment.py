"""Aligning, distributing, spreading, swapping, matching and tinting, for any boxes."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spatialnb.errors import Invalid
from spatialnb.models.canvas import Item
from spatialnb.models.geometry import Size
from spatialnb.models.project import Project
from spatialnb.operations import load_operations
from spatialnb.operations.alignment import EDGES, align, distribute, match, spread
from spatialnb.operations.context import Context
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.scene import blocks_of
from spatialnb.studio import Studio

load_operations()
lengths = st.floats(0.1, 3).map(lambda v: round(v, 3))
places = st.floats(-20, 20).map(lambda v: round(v, 3))
several = st.lists(
    st.builds(
        Item,
        id=st.just("x"),
        name=st.just("x"),
        kind=st.sampled_from(["image", "model"]),
        position=st.tuples(places, places, places),
        size=st.builds(Size, width=lengths, height=lengths, depth=lengths),
    ),
    min_size=3,
    max_size=8,
).map(lambda items: [item.model_copy(update={"id": f"i{k}"}) for k, item in enumerate(items)])


def after(operation: object, items: list[Item], **args: object) -> list[Item]:
    """The items as `operation` leaves them."""
    project = Project(name="p").with_items(items)
    ctx = Context(project=project, library=None, log=None, pointing=Pointing())  # type: ignore[arg-type]
    operation(ctx, tuple(items), **args)  # type: ignore[operator]
    return [ctx.project.item(item.id) for item in items]  # type: ignore[misc]


@pytest.mark.parametrize("edge", list(EDGES))
@given(items=several)
def test_aligned_edges_are_one_and_nothing_moves_otherwise(edge: str, items: list[Item]) -> None:
    axis, side = EDGES[edge]  # type: ignore[index]
    done = after(align, items, edge=edge)
    blocks = blocks_of(done)
    edges = [b.centre[axis] + side * b.extent[axis] / 2 for b in blocks]
    assert max(edges) - min(edges) < 1e-4
    for was, now in zip(items, done, strict=True):
        assert [now.position[k] for k in range(3) if k != axis] == [was.position[k] for k in range(3) if k != axis]


@given(items=several, along=st.sampled_from(["x", "y", "z"]), gap=st.none() | st.floats(0, 3))
def test_distributed_things_keep_their_order_and_have_equal_gaps(
    items: list[Item], along: str, gap: float | None
) -> None:
    axis = "xyz".index(along)
    done = after(distribute, items, along=along, gap=gap)
    order = sorted(range(len(items)), key=lambda i: (items[i].position[axis], i))
    blocks = [blocks_of(done)[i] for i in order]
    gaps = [b.centre[axis] - b.extent[axis] / 2 - a.centre[axis] - a.extent[axis] / 2 for a, b in pairwise(blocks)]
    assert max(gaps) - min(gaps) < 1e-4
    if gap is not None:
        assert gaps[0] == pytest.approx(gap, abs=1e-4)
    else:
        ends = [blocks_of(items)[order[0]], blocks[0]]
        assert ends[0].centre[axis] == pytest.approx(ends[1].centre[axis], abs=1e-4)


@given(items=several, factor=st.floats(0.05, 0.95))
def test_drawn_together_nothing_that_was_apart_meets(items: list[Item], factor: float) -> None:
    before, done = blocks_of(items), blocks_of(after(spread, items, factor=factor))
    for i, j in combinations(range(len(items)), 2):
        apart = any(
            abs(before[i].centre[k] - before[j].centre[k]) >= (before[i].extent[k] + before[j].extent[k]) / 2
            for k in (0, 2)
        )
        if apart:
            assert any(
                abs(done[i].centre[k] - done[j].centre[k]) >= (done[i].extent[k] + done[j].extent[k]) / 2 - 1e-4
                for k in (0, 2)
            )


@given(items=several, measure=st.sampled_from(["width", "height", "depth", "size"]))
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_matched_things_measure_the_same_in_their_own_proportions(items: list[Item], measure: str) -> None:
    if measure in ("depth", "size") and any(item.kind != "model" for item in items):
        items = [item.model_copy(update={"kind": "model"}) for item in items]
    done = after(match, items, measure=measure)
    sides = [
        max(i.size.width, i.size.height, i.size.depth) if measure == "size" else getattr(i.size, measure) for i in done
    ]
    assert max(sides) == pytest.approx(min(sides), rel=1e-6)
    for was, now in zip(items, done, strict=True):
        assert now.size.width / now.size.height == pytest.approx(was.size.width / was.size.height, rel=1e-6)


def test_swapped_twice_is_as_before(studio: Studio) -> None:
    one, two = studio.label(text="One").id, studio.label(text="Two", at=[3, 1, 2]).id
    before = studio.scene_hash()
    studio.swap(first=one, second=two)
    assert studio.project.item(one).position[0] == 3  # type: ignore[union-attr]
    studio.swap(first=one, second=two)
    assert studio.scene_hash() == before
    with pytest.raises(Invalid, match="two different"):
        studio.swap(first=one, second=one)


def test_alone_there_is_nothing_to_put_in_order(studio: Studio) -> None:
    one = studio.label(text="One").id
    for name in ("align", "spread", "match"):
        with pytest.raises(Invalid, match="two things"):
            studio.do(name, items=[one])
    with pytest.raises(Invalid, match="three things"):
        studio.distribute(items=[one])


def test_a_tint_is_laid_on_and_taken_off(studio: Studio) -> None:
    one = studio.label(text="One").id
    studio.tint(items=[one], colour="#ff0000")
    assert studio.project.item(one).colour == "#ff0000"  # type: ignore[union-attr]
    studio.tint(items=[one])
    assert studio.project.item(one).colour is None  # type: ignore[union-attr]
