"""The library: media into assets, and assets found again."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from spatialnb.library.hits import Hit
from spatialnb.library.report import IngestReport
from spatialnb.library.storage import MediaStore
from spatialnb.models.asset import Asset, AssetKind
from spatialnb.models.protocol import Atlas

if TYPE_CHECKING:
    import pandas as pd

    from spatialnb.library.atlas import AtlasMaker
    from spatialnb.library.search import Searcher

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
Assets = Mapping[str, Asset] | Iterable[Asset]


def _silent(fraction: float | None, note: str) -> None:
    """Progress that nobody watches."""


class Library:
    """Ingest, search, tables and thumbnail pages over one media store.

    It holds no assets of its own: those belong to a project and are passed in. Safe to use from several threads.
    """

    def __init__(self, media: MediaStore) -> None:
        self.media = media
        self._searcher: Searcher | None = None
        self._atlas: AtlasMaker | None = None

    def ingest(
        self,
        paths: Paths,
        *,
        known: Collection[str] = (),
        report: Callable[[float | None, str], None] = _silent,
        stopped: Callable[[], bool] = lambda: False,
    ) -> IngestReport:
        """Measure files and folders, make their renditions, and keep all of it in the media store.

        `known`: ids of the assets that the project has already. `report` gets a fraction from 0 to 1 and what is being
        done; `stopped` is asked between files, and what was finished by then is in the report. A file that cannot be
        used is reported and nothing else is lost. Raises `NotFound` when a path does not exist.
        """
        from spatialnb.library.ingest import ingest

        listed = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        return ingest(listed, self.media, known=frozenset(known), report=report, stopped=stopped)

    def search(
        self,
        assets: Mapping[str, Asset],
        query: str = "",
        *,
        kind: AssetKind | None = None,
        colour: str | None = None,
        since: str | date | datetime | None = None,
        until: str | date | datetime | None = None,
        limit: int | None = 20,
    ) -> list[Hit]:
        """The assets that fit, best first, each with a score from 0 to 1 and the reason.

        `query`: words; without any, all that pass the filters. `colour`: a colour name or `#rrggbb`. `since` and
        `until` are inclusive, dates or times, in UTC unless they say otherwise. Raises `Invalid` for a colour,
        kind, date or limit that is none.
        """
        from spatialnb.library.search import Searcher

        if self._searcher is None:
            self._searcher = Searcher()
        return self._searcher.search(assets, query, kind=kind, colour=colour, since=since, until=until, limit=limit)

    def frame(self, assets: Assets) -> pd.DataFrame:
        """A row an asset."""
        from spatialnb.library.frame import frame

        return frame(_listed(assets))

    def atlas(self, assets: Assets) -> tuple[Atlas, dict[str, int]]:
        """Thumbnails packed into pages kept in the media store, and the tile of each asset that has a thumbnail."""
        from spatialnb.library.atlas import AtlasMaker

        if self._atlas is None:
            self._atlas = AtlasMaker(self.media)
        return self._atlas.atlas(_listed(assets))


def _listed(assets: Assets) -> Iterable[Asset]:
    return assets.values() if isinstance(assets, Mapping) else assets
