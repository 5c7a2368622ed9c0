"""Thumbnails packed into pages that a view uploads in one piece."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from spatialnb.errors import NotFound
from spatialnb.library.examined import Pixels
from spatialnb.library.pictures import TILE, TILE_NOTE, tile, webp
from spatialnb.models.asset import Asset
from spatialnb.models.protocol import Atlas

if TYPE_CHECKING:
    from spatialnb.library.storage import MediaStore

PAGE = 1024
PER_ROW = PAGE // TILE
PER_PAGE = PER_ROW * PER_ROW
_REMEMBERED = 256


class AtlasMaker:
    """Packs pages and remembers which thumbnails made which page, so that a page is made once."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media
        self._pages: OrderedDict[tuple[str, ...], str] = OrderedDict()

    def atlas(self, assets: Iterable[Asset]) -> tuple[Atlas, dict[str, int]]:
        """Pages in the order of `assets`, and the tile of each asset that has a thumbnail. Tile n is in page n // 256.

        Assets that are added later go behind the others, so that full pages stay as they are.
        """
        thumbnails = {asset.id: found.hash for asset in assets if (found := asset.rendition("thumbnail"))}
        places = {key: index for index, key in enumerate(dict.fromkeys(thumbnails.values()))}
        keys = tuple(places)
        pages = tuple(self._page(keys[start : start + PER_PAGE]) for start in range(0, len(keys), PER_PAGE))
        return Atlas(pages=pages, page=PAGE, tile=TILE), {asset: places[key] for asset, key in thumbnails.items()}

    def _page(self, keys: tuple[str, ...]) -> str:
        page = self._pages.get(keys)
        if page is None or page not in self._media:
            page = self._media.put(webp(packed([self._tile(key) for key in keys]), quality=82), "image/webp")
            self._pages[keys] = page
            while len(self._pages) > _REMEMBERED:
                self._pages.popitem(last=False)
        self._pages.move_to_end(keys)
        return page

    def _tile(self, key: str) -> Pixels:
        raw = self._media.noted(key, TILE_NOTE)
        if raw is not None and len(raw) in (TILE * TILE * 3, TILE * TILE * 4):
            return np.frombuffer(raw, np.uint8).reshape(TILE, TILE, -1)
        try:
            with Image.open(io.BytesIO(self._media.read(key)), formats=("WEBP",)) as image:
                made = tile(np.asarray(image))
        except (NotFound, OSError):
            # A thumbnail that was lost leaves its place grey; the rest of the page is still good.
            return np.full((TILE, TILE, 3), 128, np.uint8)
        self._media.note(key, TILE_NOTE, made.tobytes())
        return made


def packed(tiles: list[Pixels]) -> Pixels:
    """At most 256 tiles in rows of 16, first row at the top; RGB, or RGBA where some tile is transparent."""
    bands = 4 if any(picture.shape[2] == 4 for picture in tiles) else 3
    grid = np.zeros((PER_ROW, PER_ROW, TILE, TILE, bands), np.uint8)
    for index, picture in enumerate(tiles):
        place = grid[divmod(index, PER_ROW)]
        place[..., : picture.shape[2]] = picture
        if picture.shape[2] < bands:
            place[..., 3] = 255
    return np.ascontiguousarray(grid.swapaxes(1, 2).reshape(PAGE, PAGE, bands))
