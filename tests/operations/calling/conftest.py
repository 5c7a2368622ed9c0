"""A workspace on a real Redis with a registry of its own, and operations that ask a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from spatialnb.config import Settings
from spatialnb.library import Library, MediaStore
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Operation, Outcome, Registry, describe
from spatialnb.operations.workspace import Workspace
from spatialnb.store import Store, open_store

Opened = Callable[..., Workspace]


@pytest.fixture
def tenant(request: pytest.FixtureRequest) -> str:
    return request.node.nodeid


@pytest.fixture
def opened(home: Path, tenant: str, tmp_path: Path) -> Iterator[Opened]:
    """Opens workspaces on one store, each as another process would: with connections of its own."""
    stores: list[Store] = []

    def make(name: str = "calls", registry: Registry | None = None, recorder: Any = None) -> Workspace:
        store = open_store(Settings(home=home, tenant=tenant, idle_seconds=10))
        stores.append(store)
        library = Library(MediaStore(tmp_path / "media"))
        return Workspace(store, name, library, registry=registry or Registry(), recorder=recorder)

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def workspace(opened: Opened) -> Workspace:
    return opened()


class Fetched(Outcome):
    """What a service gave."""

    value: int = 0


def fetching(url: str, *, seconds: float = 5.0, **fields: Any) -> Operation:
    """An operation that asks a server."""

    def fetch(ctx: Context, thing: str = "a") -> Fetched:
        """Ask the server."""
        answer = httpx.get(url, params={"thing": thing}, timeout=seconds)
        answer.raise_for_status()
        return Fetched(summary="Fetched", value=answer.json()["value"])

    return describe(fetch, **{"service": "Weather", "outside": True, **fields})


def add(workspace: Workspace, operation: Operation) -> Operation:
    workspace.registry.add(operation)
    return operation


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between attempts are short."""
    monkeypatch.setattr("spatialnb.operations.calling.retry.FIRST", 0.01)


@pytest.fixture
def short_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that failed is tried again soon."""
    monkeypatch.setattr("spatialnb.store.breakers.REST", 0.3)
