from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from spatialnb.library import Library, MediaStore
from spatialnb.models.asset import Asset, Rendition
from spatialnb.models.base import FrozenDict
from tests import media
from tests.library.conftest import Gallery


def _page(library: Library, key: str) -> np.ndarray:
    image = Image.open(io.BytesIO(library.media.read(key)))
    assert (image.format, image.size) == ("WEBP", (1024, 1024))
    return np.asarray(image.convert("RGB")).astype(int)


def test_every_thumbnail_is_in_its_place(gallery: Gallery) -> None:
    atlas, tiles = gallery.library.atlas(gallery.assets)
    assert list(tiles) == list(gallery.assets)
    assert (len(atlas.pages), atlas.page, atlas.tile) == (1, 1024, 64)
    page = _page(gallery.library, atlas.pages[0])
    for name in media.COLOURS:
        asset = next(
            asset for asset in gallery.report.added if asset.name.startswith(name.capitalize()) and "wall" in asset.name
        )
        row, column = divmod(tiles[asset.id], 16)
        tile = page[row * 64 : row * 64 + 64, column * 64 : column * 64 + 64]
        assert np.abs(tile.mean(axis=(0, 1)) - media.COLOURS[name]).max() < 25


def _fakes(count: int, store: MediaStore) -> list[Asset]:
    """Assets with small thumbnails of their own and no tile beside them."""
    assets: list[Asset] = []
    for number in range(count):
        out = io.BytesIO()
        Image.new("RGB", (8, 6), (number % 256, number // 256, 90)).save(out, "WEBP", lossless=True)
        key = store.put(out.getvalue(), "image/webp")
        thumbnail = Rendition(hash=key, mime="image/webp", bytes=1, width=8, height=6)
        assets.append(
            Asset(
                id=f"image-{number}",
                name=str(number),
                kind="image",
                hash=key,
                mime="image/webp",
                bytes=1,
                renditions=FrozenDict({"thumbnail": thumbnail}),
            )
        )
    return assets


def test_full_pages_stay_when_assets_are_added(library: Library) -> None:
    assets = _fakes(300, library.media)
    before, tiles = library.atlas(assets[:260])
    after, more = library.atlas(assets)
    assert len(before.pages) == len(after.pages) == 2
    assert before.pages[0] == after.pages[0]
    assert before.pages[1] != after.pages[1]
    assert all(more[key] == place for key, place in tiles.items())
    assert more["image-299"] == 299
    assert library.atlas(assets) == (after, more)
    assert Library(library.media).atlas(assets) == (after, more)


def test_lost_thumbnails_and_assets_without_one_do_no_harm(library: Library) -> None:
    assets = _fakes(3, library.media)
    lost = assets[1].renditions["thumbnail"].model_copy(update={"hash": "0" * 64})
    assets[1] = assets[1].model_copy(update={"renditions": FrozenDict({"thumbnail": lost})})
    assets[2] = assets[2].model_copy(update={"renditions": FrozenDict()})
    atlas, tiles = library.atlas(assets)
    assert tiles == {"image-0": 0, "image-1": 1}
    assert np.abs(_page(library, atlas.pages[0])[10:50, 74:118] - 128).max() < 8
    assert library.atlas([]) == (type(atlas)(), {})


def test_transparent_thumbnails_keep_their_alpha(library: Library, tmp_path: Path) -> None:
    media.cutout(tmp_path / "cut.png")
    media.photo(tmp_path / "photo.jpg", "red")
    report = library.ingest([tmp_path / "cut.png", tmp_path / "photo.jpg"])
    atlas, _ = library.atlas(report.added)
    page = np.asarray(Image.open(io.BytesIO(library.media.read(atlas.pages[0]))))
    assert page.shape[2] == 4
    assert page[2, 2, 3] < 30
    assert page[32, 32, 3] > 220
    assert page[2, 66, 3] > 220


def test_the_table_has_a_row_an_asset_with_good_types(gallery: Gallery) -> None:
    table = gallery.library.frame(gallery.assets)
    assert list(table.index) == list(gallery.assets)
    assert table.loc[gallery.named("Red wall 01").id, ["name", "kind", "colour", "width"]].tolist() == [
        "Red wall 01",
        "image",
        "red",
        640,
    ]
    assert str(table["width"].dtype) == "Int32"
    assert str(table["has_audio"].dtype) == "boolean"
    assert str(table["kind"].dtype) == "category"
    assert isinstance(table["created"].dtype, pd.DatetimeTZDtype)
    assert table["created"].min() == datetime(2024, 1, 10, 12, tzinfo=UTC)
    assert table[table["kind"] == "image"]["duration"].isna().all()
    assert table["labels"].map(len).min() >= 1


def test_an_empty_library_is_an_empty_table_with_the_same_columns(gallery: Gallery) -> None:
    empty = gallery.library.frame({})
    full = gallery.library.frame(gallery.assets)
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)
    assert [str(a) for a in empty.dtypes if "cat" not in str(a)] == [str(a) for a in full.dtypes if "cat" not in str(a)]
