from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialnb.errors import Invalid
from spatialnb.library import Hit, Library
from spatialnb.library.words import stem, tokens
from spatialnb.models.asset import Asset, AssetKind
from tests.library.conftest import Gallery


def _asset(number: int, name: str, *labels: str, kind: AssetKind = "image", text: str = "") -> Asset:
    key = f"{number:064x}"
    return Asset(
        id=f"{kind}-{key[-12:]}", name=name, kind=kind, hash=key, mime="image/png", bytes=1, labels=labels, text=text
    )


ASSETS = {
    asset.id: asset
    for asset in (
        _asset(1, "Cyberpunk skyline", "cyberpunk", "skyline"),
        _asset(2, "Automobile", "street"),
        _asset(3, "Beach", "sand", "summer"),
        _asset(4, "Old oak", "tree", "forest"),
        _asset(5, "Kitten", "pet"),
        _asset(6, "Lighthouse", "harbour", "fog"),
        _asset(7, "Anna", "woman", "smile"),
        _asset(8, "Sonata in C", "piano", kind="audio"),
        _asset(9, "Club night", "techno", "fast", kind="audio"),
        _asset(10, "Robot", "teal", kind="model"),
        _asset(11, "Market day", "fruit", "people"),
        _asset(12, "Notes", kind="text", text="The submarine dives under the ice and the crew sings."),
        _asset(13, "Red wall 01", "red", "brick"),
        _asset(14, "Eagle", "mountain"),
    )
}


@pytest.fixture(scope="module")
def searching(gallery: Gallery) -> Library:
    return gallery.library


def _names(hits: list[Hit]) -> list[str]:
    return [hit.asset.name for hit in hits]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("neon city", "Cyberpunk skyline"),
        ("cars", "Automobile"),
        ("the ocean", "Beach"),
        ("woods", "Old oak"),
        ("cats", "Kitten"),
        ("mist", "Lighthouse"),
        ("a girl", "Anna"),
        ("android", "Robot"),
        ("submarines", "Notes"),
        ("lighthosue", "Lighthouse"),
        ("RED WALLS", "Red wall 01"),
        ("electronic music", "Club night"),
        ("bird", "Eagle"),
        ("apples", "Market day"),
        ("3D robots", "Robot"),
        ("skyl", "Cyberpunk skyline"),
    ],
)
def test_words_find_what_they_mean(query: str, first: str, searching: Library) -> None:
    hits = searching.search(ASSETS, query)
    assert _names(hits)[:1] == [first]
    assert 0.3 <= hits[0].score <= 1
    assert hits[0].why


@pytest.mark.parametrize(
    "query",
    [
        "xqzzy",
        "blorf zonk",
        "quarterly financial report",
        "tax invoice",
        "helicopter",
        "zebra",
        "skateboard trick",
        "medieval castle",
        "parrot",
        "the",
        "!!!",
        "𐎠𐎡",
    ],
)
def test_nonsense_and_foreign_subjects_find_nothing(query: str, searching: Library) -> None:
    assert searching.search(ASSETS, query) == []


def test_an_exact_name_comes_before_kin(searching: Library) -> None:
    more = {**ASSETS, "image-x": _asset(20, "Neon city").model_copy(update={"id": "image-x"})}
    hits = searching.search(more, "neon city")
    assert _names(hits) == ["Neon city", "Cyberpunk skyline"]
    assert hits[0].score == 1.0
    assert hits[0].why == "named neon, named city"
    assert "like neon" in hits[1].why


def test_filters_alone_list_all_that_pass(gallery: Gallery) -> None:
    search, assets = gallery.library.search, gallery.assets
    assert _names(search(assets, limit=None)) == [asset.name for asset in assets.values()]
    assert len(search(assets)) == 20
    assert {hit.asset.kind for hit in search(assets, "all", kind="model")} == {"model"}
    assert _names(search(assets, kind="audio")) == ["Calm tone", "Club beat"]


def test_colours_are_found_by_name_and_by_nearness(gallery: Gallery) -> None:
    search, assets = gallery.library.search, gallery.assets
    assert set(_names(search(assets, colour="red"))) == {"Red wall 01", "Pyramid"}
    assert _names(search(assets, "wall", colour="purple")) == ["Purple wall 07"]
    near = search(assets, colour="#2a5cd0", kind="image")
    assert near[0].asset.name == "Blue wall 06"
    assert near[0].score > 0.9
    assert "Red wall 01" not in _names(near)
    assert "%" in near[0].why


def test_dates_bound_both_ends(gallery: Gallery) -> None:
    search, assets = gallery.library.search, gallery.assets
    assert _names(search(assets, "wall", since="2024-03", until="2024-04")) == ["Green wall 04", "Yellow wall 03"]
    assert _names(search(assets, kind="image", until=date(2024, 1, 10))) == ["Red wall 01"]
    assert _names(search(assets, kind="image", since="2024-12-10T12:00:00", until="2024-12-10T12:00:00Z")) == [
        "White wall 12"
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "sculpture"), ("colour", "loud"), ("since", "soon"), ("until", "2024-13"), ("limit", 0)],
)
def test_wrong_filters_are_refused(field: str, value: object, searching: Library) -> None:
    with pytest.raises(Invalid) as caught:
        searching.search(ASSETS, "wall", **{field: value})  # type: ignore[arg-type]
    assert caught.value.field == field


def test_the_beginning_must_be_before_the_end(searching: Library) -> None:
    with pytest.raises(Invalid, match="swap"):
        searching.search(ASSETS, since="2024", until="2020")


def test_a_changed_library_is_seen(gallery: Gallery) -> None:
    search = gallery.library.search
    assert search(ASSETS, "submarine volcano tower") == []
    asset = ASSETS["image-000000000005"]
    changed = {**ASSETS, asset.id: asset.model_copy(update={"labels": ("volcano",)})}
    assert _names(search(changed, "volcano")) == ["Kitten"]
    assert search(ASSETS, "volcano") == []


def test_results_are_the_same_every_time(gallery: Gallery) -> None:
    first = gallery.library.search(ASSETS, "red robot night")
    again = Library(gallery.library.media).search(dict(ASSETS), "red robot night")
    assert first == again


@pytest.mark.parametrize(
    "pair",
    [
        "cities city",
        "boxes box",
        "running run",
        "dances dancing",
        "houses house",
        "movies movie",
        "women woman",
        "skies sky",
    ],
)
def test_forms_of_a_word_share_a_stem(pair: str) -> None:
    first, second = pair.split()
    assert stem(first) == stem(second)


@given(st.text())
def test_any_text_splits_into_folded_words(text: str) -> None:
    for word in tokens(text):
        assert word
        assert stem(word)


@given(st.text(max_size=200))
def test_no_query_breaks_the_search(text: str) -> None:
    for hit in _LIBRARY.search(ASSETS, text):
        assert 0 < hit.score <= 1


_LIBRARY = Library.__new__(Library)
_LIBRARY._searcher = None  # pyright: ignore[reportPrivateUsage]


def test_a_faint_likeness_in_a_folder_name_is_not_enough(gallery: Gallery) -> None:
    search = gallery.library.search
    labelled = _asset(30, "Hall", "gallery")
    in_folder = _asset(31, "Hall").model_copy(update={"source": "gallery/hall.jpg"})
    assert _names(search({labelled.id: labelled}, "museum")) == ["Hall"]
    assert search({in_folder.id: in_folder}, "museum") == []
    assert _names(search({in_folder.id: in_folder}, "gallery")) == ["Hall"]
