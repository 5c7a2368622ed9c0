"""Arranging and grouping placed things."""

from __future__ import annotations

import math

import pytest

from spatialnb.errors import Invalid
from spatialnb.studio import Studio


def positions(studio: Studio, ids: tuple[str, ...]) -> list[tuple[float, float, float]]:
    return [studio.project.item(i).position for i in ids]  # type: ignore[union-attr]


def images(studio: Studio) -> list[str]:
    return [asset.id for asset in studio.library if asset.kind == "image"]


def test_arranging_assets_places_them_in_the_same_change(gallery_studio: Studio) -> None:
    studio, revision = gallery_studio, gallery_studio.project.revision
    done = studio.arrange(items=images(studio), arrangement="circle")
    assert studio.project.revision == revision + 1
    assert len(done.items) == len(images(studio))
    found = positions(studio, done.items)
    cx, cz = sum(p[0] for p in found) / len(found), sum(p[2] for p in found) / len(found)
    radii = [math.hypot(x - cx, z - cz) for x, _, z in found]
    assert max(radii) - min(radii) < 1e-4


def test_around_something_that_is_not_placed_yet(gallery_studio: Studio) -> None:
    studio = gallery_studio
    robot = next(asset.id for asset in studio.library if asset.kind == "model")
    done = studio.arrange(items=images(studio), arrangement="circle", around=robot)
    centre = next(i for _, i in studio.project.items() if i.asset == robot)
    for x, _, z in positions(studio, done.items):
        assert math.hypot(x - centre.position[0], z - centre.position[2]) > 0.8


def test_a_second_arrangement_does_not_run_into_the_first(gallery_studio: Studio) -> None:
    studio, ids = gallery_studio, images(gallery_studio)
    first = studio.arrange(items=ids[:3], arrangement="row")
    second = studio.arrange(items=ids[3:6], arrangement="row")
    assert {p[2] for p in positions(studio, first.items)}.isdisjoint({p[2] for p in positions(studio, second.items)})


def test_timeline_gives_times_that_agree_with_the_places(gallery_studio: Studio) -> None:
    studio = gallery_studio
    everything = [asset.id for asset in studio.library if asset.kind in ("image", "audio", "video")]
    done = studio.arrange(items=everything, arrangement="timeline", seconds_each=2.0)
    items = [studio.project.item(i) for i in done.items]
    sights = [i for i in items if i and i.kind != "audio"]
    middles = [i.start + i.duration / 2 for i in sights]  # type: ignore[operator]
    xs = [i.position[0] for i in sights]
    scale = (xs[-1] - xs[0]) / (middles[-1] - middles[0])
    for x, middle in zip(xs, middles, strict=True):
        assert x == pytest.approx(xs[0] + (middle - middles[0]) * scale, abs=1e-4)
    assert all(i.start == 0 for i in items if i and i.kind == "audio")


def test_order_sorts_first(gallery_studio: Studio) -> None:
    studio = gallery_studio
    done = studio.arrange(items=images(studio), arrangement="row", order="name", reverse=True)
    names = [studio.project.item(i).name.casefold() for i in done.items]  # type: ignore[union-attr]
    assert names == sorted(names, reverse=True)
    xs = [p[0] for p in positions(studio, done.items)]
    assert xs == sorted(xs)


def test_group_and_ungroup(gallery_studio: Studio) -> None:
    studio = gallery_studio
    placed = studio.place(items=images(studio)[:3])
    made = studio.group(items=placed.items, name="Trio")
    assert {i.id for i in studio.project.members(made.group)} == set(placed.items)
    studio.ungroup(items=placed.items[:1])
    assert not studio.project.canvases["main"].groups
    with pytest.raises(Invalid, match="group"):
        studio.ungroup(items=placed.items[:1])
