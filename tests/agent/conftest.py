"""A store for the tests of a module, and a hall for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spatialnb.config import Settings
from spatialnb.operations import load_operations
from spatialnb.store import Store, open_store
from tests.agent.hall import Hall


@pytest.fixture(scope="module")
def store(home: Path) -> Iterator[Store]:
    load_operations()
    with open_store(Settings(home=home)) as store:
        yield store


@pytest.fixture
def hall(store: Store, request: pytest.FixtureRequest) -> Iterator[Hall]:
    hall = Hall(store, request.node.name[:80].replace("[", "-").replace("]", ""))
    yield hall
    hall.conductor.close()
