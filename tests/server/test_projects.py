"""What the server has open: once for all who ask, closed when nobody does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spatialnb.config import Settings
from spatialnb.errors import Invalid, NotFound
from spatialnb.server import projects
from spatialnb.server.projects import OpenProjects
from tests.store.waiting import until


@pytest.fixture
def opened(home: Path) -> Iterator[OpenProjects]:
    opened = OpenProjects(Settings(home=home), idle=0.2)
    yield opened
    opened.close()


def test_a_project_is_opened_once_for_all_who_ask(opened: OpenProjects) -> None:
    barrier = threading.Barrier(6)
    studios: list[object] = []

    def ask() -> None:
        barrier.wait()
        with opened.borrow("srv-shared", create=True) as studio:
            studios.append(studio)
            barrier.wait()

    with ThreadPoolExecutor(6) as pool:
        for asked in [pool.submit(ask) for _ in range(6)]:
            asked.result()
    assert len({id(studio) for studio in studios}) == 1


def test_what_nobody_uses_is_closed_and_opened_again(opened: OpenProjects) -> None:
    with opened.borrow("srv-idle", create=True) as studio:
        studio.label(text="x")
        until(lambda: opened.open_names == ("srv-idle",))
        thread = opened._sweeper
    assert thread is not None
    until(lambda: opened.open_names == ())
    with opened.borrow("srv-idle") as again:
        assert again is not studio
        assert again.project.revision == 1


def test_what_is_in_use_stays_open(opened: OpenProjects) -> None:
    with opened.borrow("srv-used", create=True) as studio, opened.borrow("srv-brief", create=True):
        pass
    with opened.borrow("srv-used") as studio:
        until(lambda: opened.open_names == ("srv-used",))
        assert studio.project.revision == 0


def test_a_project_with_a_run_stays_open(opened: OpenProjects) -> None:
    class Running:
        status = "running"
        id = "run-1"

    run = Running()
    with opened.borrow("srv-run", create=True), opened.borrow("srv-other", create=True):
        opened.keep_for("srv-run", run)  # type: ignore[arg-type]
    until(lambda: opened.open_names == ("srv-run",))
    assert opened.run_here("srv-run", "run-1") is run
    run.status = "done"
    until(lambda: opened.open_names == ())


def test_only_so_many_are_open(opened: OpenProjects, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projects, "MOST", 2)
    opened._idle = 60
    for name in ("srv-a", "srv-b", "srv-c"):
        with opened.borrow(name, create=True):
            pass
    with opened.borrow("srv-d", create=True):
        assert opened.open_names == ("srv-c", "srv-d")


def test_what_is_not_there_is_not_made(opened: OpenProjects) -> None:
    with pytest.raises(NotFound, match="srv-none"), opened.borrow("srv-none"):
        pass
    with pytest.raises(Invalid), opened.borrow("a/b", create=True):
        pass
    assert not {"srv-none", "a/b"} & set(opened.names())
    assert opened.open_names == ()
