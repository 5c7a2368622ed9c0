"""A JupyterLab and a Chromium for the journeys, each started once for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import Chromium, Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("notebooks")) as lab:
        yield lab


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with Chromium() as chromium:
        yield chromium
