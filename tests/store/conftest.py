"""Stores on real servers, in short-lived folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spatialnb.config import Settings
from spatialnb.store import Store, open_store


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one embedded server that all tests share which do not harm it."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def new_store(home: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[], Store]]:
    """Opens further stores on the shared server, as other kernels would; each test has a tenant of its own."""
    opened: list[Store] = []

    def make() -> Store:
        store = open_store(Settings(home=home, tenant=request.node.nodeid, idle_seconds=10))
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(new_store: Callable[[], Store]) -> Store:
    return new_store()
