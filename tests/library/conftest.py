"""One ingested gallery for all tests that only look at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from spatialnb.library import IngestReport, Library, MediaStore
from spatialnb.models.asset import Asset
from tests import media


@dataclass(frozen=True)
class Gallery:
    folder: Path
    library: Library
    report: IngestReport

    @property
    def assets(self) -> dict[str, Asset]:
        return {asset.id: asset for asset in self.report.added}

    def named(self, name: str) -> Asset:
        return next(asset for asset in self.report.added if asset.name == name)


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    folder = media.gallery(tmp_path_factory.mktemp("gallery"))
    library = Library(MediaStore(tmp_path_factory.mktemp("store")))
    return Gallery(folder, library, library.ingest(folder))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(MediaStore(tmp_path / "store"))
