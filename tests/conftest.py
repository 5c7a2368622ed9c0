"""Real parts for every test: an embedded Redis of its own, and small real media."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spatialnb.config import Settings

if TYPE_CHECKING:
    from spatialnb.studio import Studio


@pytest.fixture(scope="session")
def media_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of real photos, posters, a clip, sounds, 3D objects and a text."""
    from tests.media import gallery

    return gallery(tmp_path_factory.mktemp("media"))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home of one embedded Redis for the whole test run; every test uses a project of its own in it."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Nothing of the developer's environment reaches a test, and nothing of a test reaches the developer's projects."""
    for name in (
        "SPATIALNB_REDIS_URL",
        "SPATIALNB_MODEL",
        "SPATIALNB_MODEL_BASE",
        "SPATIALNB_REPLAY",
        "SPATIALNB_RECORDING",
        "SPATIALNB_TENANT",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPATIALNB_HOME", str(home))


@pytest.fixture
def studio(home: Path, request: pytest.FixtureRequest) -> Iterator[Studio]:
    """An empty project."""
    from spatialnb.studio import Studio

    with Studio(request.node.name.replace("/", "-").replace(":", "-")[:100], settings=Settings(home=home)) as studio:
        yield studio


@pytest.fixture
def gallery_studio(studio: Studio, media_folder: Path) -> Studio:
    """A project with the gallery ingested and nothing placed."""
    studio.ingest([str(media_folder)])
    return studio
