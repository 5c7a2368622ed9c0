"""Stand-ins: of a sensible size, named and captioned, placed by relations, and the same each time."""

from __future__ import annotations

import math

import pytest

from spatialnb.errors import Invalid
from spatialnb.operations.standins import ORDINARY, SIZES, STAND_IN, size_of
from spatialnb.studio import Studio


def items(studio: Studio) -> dict[str, list[tuple[float, float, float]]]:
    found: dict[str, list[tuple[float, float, float]]] = {}
    for _, item in studio.project.items():
        found.setdefault(item.name, []).append(item.position)
    return found


def test_stand_ins_are_visible_named_and_found_again_by_words(studio: Studio) -> None:
    studio.stand_in(name="cup", count=3)
    for _, item in studio.project.items():
        asset = studio.project.asset_of(item)
        assert asset is not None
        assert asset.rendition("mesh") is not None
        assert (item.name, item.text, item.labels) == ("Cup", "Cup", (STAND_IN,))
        assert item.position[1] == pytest.approx(item.size.height / 2, abs=1e-3)
    studio.arrange(items="the cups", arrangement="circle")
    assert len(set(items(studio)["Cup"])) == 3


def test_they_have_the_size_of_what_they_stand_for(studio: Studio) -> None:
    studio.stand_in(name="bowl")
    studio.stand_in(name="red zorblax")
    sizes = {item.name: (item.size.width, item.size.height, item.size.depth) for _, item in studio.project.items()}
    assert sizes["Bowl"] == pytest.approx(SIZES["bowl"], abs=1e-3)
    assert sizes["Red zorblax"] == pytest.approx(ORDINARY, abs=1e-3)


def test_the_same_name_is_one_asset_however_often(studio: Studio) -> None:
    studio.stand_in(name="cup")
    studio.stand_in(name="cup")
    assert len(studio.project.assets) == 1
    assert len(items(studio)["Cup"]) == 2


def test_they_stand_beside_between_and_around_others(studio: Studio) -> None:
    studio.stand_in(name="table")
    studio.stand_in(name="vase", relation="on", target="the table")
    studio.stand_in(name="stool", count=6, relation="around", target="the table")
    found = items(studio)
    table, vase = found["Table"][0], found["Vase"][0]
    assert vase[1] > table[1] + 0.375
    radii = [math.dist(stool[::2], table[::2]) for stool in found["Stool"]]
    assert len(radii) == 6
    assert max(radii) - min(radii) < 1e-3
    assert min(radii) > 0.375
    studio.stand_in(name="dog", count=2)
    studio.stand_in(name="cat", relation="between", target="the dogs")
    found = items(studio)
    left, right = sorted(found["Dog"])
    assert left[0] < found["Cat"][0][0] < right[0]


def test_a_relation_needs_something_to_stand_by(studio: Studio) -> None:
    with pytest.raises(Invalid, match="Left of what"):
        studio.stand_in(name="cup", relation="left of")
    assert not studio.project.assets


@pytest.mark.parametrize("name", ["cups", "Cup", "blue cup"])
def test_sizes_are_known_in_the_plural_and_with_adjectives(name: str) -> None:
    assert size_of(name) == SIZES["cup"]
