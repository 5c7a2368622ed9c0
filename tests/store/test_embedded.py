"""The embedded server: started once, shared, private, never an orphan."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spatialnb.config import Settings
from spatialnb.errors import StoreUnavailable
from spatialnb.store import Store, open_store
from spatialnb.store.embedded import EmbeddedServer, find_server
from tests.store.waiting import alive, place, until

KERNEL = """
import json, sys
from pathlib import Path
from spatialnb.config import Settings
from spatialnb.store import open_store
store = open_store(Settings(home=Path(sys.argv[1]), idle_seconds=float(sys.argv[2])))
print(store._link.client.info("server")["process_id"], flush=True)
for line in sys.stdin:
    pass
store.close()
"""


class Kernel:
    """A Python process that has the store open until its input ends."""

    def __init__(self, home: Path, idle: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", KERNEL, str(home), str(idle)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def server(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.end()

    def end(self) -> None:
        self.process.communicate()


def _server(store: Store) -> int:
    info: Any = store._link.client.info("server")  # pyright: ignore[reportPrivateUsage]
    return int(info["process_id"])


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[1])


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    stores: list[Store] = []

    def make(idle: float = 30, home: Path = tmp_path) -> Store:
        stores.append(open_store(Settings(home=home, idle_seconds=idle)))
        return stores[-1]

    yield make
    servers = [_server(store) for store in stores if store.available and not store._link.closed]  # pyright: ignore
    for store in stores:
        store.close()
    for server in servers:
        if alive(server):
            os.kill(server, signal.SIGTERM)
            until(lambda server=server: not alive(server))


def test_it_starts_fast_and_is_found_faster(opened: Callable[..., Store]) -> None:
    start = time.perf_counter()
    first = opened()
    started = time.perf_counter() - start
    start = time.perf_counter()
    second = opened()
    attached = time.perf_counter() - start
    assert first.kind == "embedded"
    assert _server(first) == _server(second)
    # 150 ms on a quiet machine; here others may be at work.
    assert started < 1.5
    assert attached < 0.1


def test_it_is_private(opened: Callable[..., Store], tmp_path: Path) -> None:
    store = opened()
    folder = tmp_path / "store"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "store.sock").stat().st_mode) == 0o700
    config: Any = store._link.client.config_get("port", "appendonly", "appendfsync")  # pyright: ignore
    assert config == {"port": "0", "appendonly": "yes", "appendfsync": "always"}


def test_a_long_path_gets_a_short_socket(opened: Callable[..., Store], tmp_path: Path) -> None:
    home = tmp_path / ("long " * 20) / ("länger " * 10)
    store = opened(home=home)
    place(store.changes("p"), "a")
    path = Path((home / "store" / "socket").read_text("utf-8"))
    assert len(os.fsencode(path)) <= 100
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert opened(home=home).changes("p").head.revision == 1


def test_a_folder_of_someone_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "store").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(StoreUnavailable, match="someone else"):
        open_store(Settings(home=tmp_path))


def test_many_that_start_at_once_share_one(tmp_path: Path) -> None:
    kernels = [Kernel(tmp_path, 0.3) for _ in range(4)]
    servers = {kernel.server for kernel in kernels}
    for kernel in kernels:
        kernel.end()
    assert len(servers) == 1
    until(lambda: not any(map(alive, servers)))


def test_it_outlives_the_kernel_that_started_it_and_ends_when_idle(tmp_path: Path) -> None:
    first = Kernel(tmp_path, 0.3)
    server = first.server
    second = Kernel(tmp_path, 0.3)
    assert second.server == server
    first.kill()
    # Longer than it stays when nobody uses it.
    idle_for = time.monotonic() + 1
    until(lambda: time.monotonic() > idle_for)
    assert alive(server)
    watchdog = _parent(server)
    second.kill()
    until(lambda: not alive(server) and not alive(watchdog))


def test_nothing_is_lost_over_a_restart(opened: Callable[..., Store], tmp_path: Path) -> None:
    store = opened(idle=0.3)
    place(store.changes("p"), "a")
    server = _server(store)
    store.close()
    until(lambda: not alive(server))
    later = opened()
    assert _server(later) != server
    assert [change.revision for change in later.changes("p").history()] == [1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_it_ends_with_its_watchdog_and_the_next_call_starts_another(opened: Callable[..., Store]) -> None:
    store = opened()
    log = store.changes("p")
    place(log, "a")
    server = _server(store)
    os.kill(_parent(server), signal.SIGKILL)
    until(lambda: not alive(server))
    place(log, "b")
    assert _server(store) != server
    assert [change.revision for change in log.history()] == [1, 2]
    assert log.pending == 0


def test_a_server_without_a_watchdog_gets_one(tmp_path: Path) -> None:
    program = find_server()
    assert program is not None
    embedded = EmbeddedServer(tmp_path / "store", program, 0.3)
    (tmp_path / "store").mkdir(mode=0o700)
    command = [program, "--port", "0", "--unixsocket", embedded.socket, "--dir", tmp_path / "store", "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as stray:
        until(lambda: embedded.socket.exists())
        with open_store(Settings(home=tmp_path, idle_seconds=0.3)) as store:
            assert _server(store) == stray.pid
        assert stray.wait(timeout=15) == 0


def test_a_stale_socket_is_no_hindrance(opened: Callable[..., Store], tmp_path: Path) -> None:
    store = opened()
    server = _server(store)
    os.kill(server, signal.SIGKILL)
    until(lambda: not alive(server))
    assert (tmp_path / "store" / "store.sock").exists()
    assert _server(opened()) != server


def test_a_server_that_cannot_start_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    false = tmp_path / "false"
    false.write_text("#!/bin/sh\nexit 3\n", "utf-8")
    false.chmod(0o700)
    monkeypatch.setattr("spatialnb.store.connection.find_server", lambda: false)
    with pytest.raises(StoreUnavailable, match="ended at once with code 3"):
        open_store(Settings(home=tmp_path))


def test_a_url_that_does_not_answer_is_said_without_its_password(tmp_path: Path) -> None:
    url = f"unix://user:secret@{tmp_path}/nothing.sock"
    with pytest.raises(StoreUnavailable) as caught:
        open_store(Settings(home=tmp_path, redis_url=url))
    assert "secret" not in str(caught.value)


def test_a_url_is_used_when_there_is_one(opened: Callable[..., Store], tmp_path: Path) -> None:
    opened()
    url = f"unix://{tmp_path}/store/store.sock"
    with open_store(Settings(home=tmp_path / "elsewhere", redis_url=url)) as store:
        assert store.kind == "url"
        place(store.changes("p"), "a")
    assert opened().changes("p").head.revision == 1


def test_without_a_server_it_is_memory_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spatialnb.store.connection.find_server", lambda: None)
    with pytest.warns(UserWarning, match="in memory only"):
        store = open_store(Settings(home=tmp_path))
    heard: list[str] = []
    store.events("p").follow(lambda event: heard.append(event.type))
    place(store.changes("p"), "a")
    until(lambda: heard == ["changed"])
    assert json.loads(store.changes("p").head.model_dump_json())["revision"] == 1
    store.close()
