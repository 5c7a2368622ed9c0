"""Tools of MCP servers: the official SDK's over stdio and HTTP, and one that was made without it."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from spatialnb.config import Settings
from spatialnb.errors import Invalid, ServiceRefused, ServiceUnavailable, Stopped
from spatialnb.operations.external import sources
from spatialnb.studio import Studio

HERE = Path(__file__).parent
COMMAND = [sys.executable, str(HERE / "mcp_server.py"), "stdio"]
PLAIN = [sys.executable, str(HERE / "plain_mcp_server.py")]
SECRET = "workshop-secret"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LOOK_AGAIN", 0.0)
    monkeypatch.setenv("WORKSHOP_SECRET", SECRET)


@pytest.fixture(scope="module")
def shared(home: Path) -> Iterator[Studio]:
    """One server for the tests that do not harm it."""
    with Studio("mcp-shared", settings=Settings(home=home)) as studio:
        os.environ["WORKSHOP_SECRET"] = SECRET
        studio.tools.add_mcp(COMMAND, name="shop", env={"WORKSHOP_KEY": "env:WORKSHOP_SECRET"})
        yield studio


def waited(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether a condition comes true in time."""
    event = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return True
        event.wait(0.05)
    return False


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_tools_are_operations(shared: Studio) -> None:
    assert shared.shop_add(a=1).data == 3
    assert shared.shop_add(a=1, b=5).summary == "Add two numbers: 6"
    rows = shared.shop_list_rows(kind="blue")
    assert list(rows.frame()["name"]) == ["blue 0", "blue 1", "blue 2"]
    assert shared.shop_depth(part={"name": "a", "children": [{"name": "b", "children": [{"name": "c"}]}]}).data == 3
    operation = shared.workspace.registry.get("shop_add")
    assert (operation.service, operation.source, operation.outside) == ("Test Workshop", "shop", True)


def test_what_writes_needs_a_person_and_what_reads_does_not(shared: Studio) -> None:
    approvals = {n: shared.workspace.registry.get(f"shop_{n}").approval for n in ("add", "write_note", "burn")}
    assert approvals == {"add": "", "write_note": "publishes", "burn": "deletes"}
    run = shared.run("write a note with text “hello”", approve="ask", show=False)
    assert run.status in ("waiting", "failed")


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("add", {}, "needs 'a'"),
        ("add", {"a": "x"}, "a of shop_add should be an integer"),
        ("list_rows", {"kind": "bleu"}, "Did you mean 'blue'"),
        ("depth", {"part": {"name": "a", "children": [{}]}}, "needs 'name' in part.children.0"),
        ("add", {"a": 1, "c": 2}, "no parameter 'c'"),
    ],
)
def test_what_is_wrong_is_said(shared: Studio, name: str, args: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        shared.do(f"shop_{name}", **args)


def test_a_tool_that_fails_says_so(shared: Studio) -> None:
    with pytest.raises(ServiceRefused, match="could not do burn"):
        shared.shop_burn(name="wood")


def test_a_picture_becomes_an_asset(shared: Studio) -> None:
    outcome = shared.shop_draw(colour="blue")
    assert shared.project.assets[outcome.assets[0]].colours[0].name == "blue"
    assert outcome.preview.images


def test_a_secret_reaches_the_server_and_nobody_else(shared: Studio) -> None:
    data = shared.shop_whoami().data
    assert data["secret"] == "•••"
    assert Path(f"/proc/{data['pid']}").exists() or sys.platform != "linux"
    source, _ = shared.workspace.sources.get("shop")
    assert SECRET not in source.model_dump_json()
    with pytest.raises(Invalid, match="looks like a secret"):
        shared.tools.add_mcp(COMMAND, env={"API_KEY": "written out"})


def test_progress_is_told(shared: Studio) -> None:
    told: list[tuple[float | None, str]] = []
    shared.workspace.do("shop_slow", {"steps": 4}, report=lambda fraction, note: told.append((fraction, note)))
    assert (0.5, "step 2") in told
    with pytest.raises(Stopped):
        shared.workspace.do("shop_slow", {}, stopped=lambda: True)


def test_a_server_that_dies_is_started_again(studio: Studio) -> None:
    studio.tools.add_mcp(COMMAND, name="shop")
    first = int(studio.shop_whoami().data["pid"])
    with pytest.raises(ServiceUnavailable, match="ended while it was asked"):
        studio.shop_die()
    second = int(studio.shop_whoami().data["pid"])
    assert first != second
    os.kill(second, signal.SIGKILL)
    assert waited(lambda: gone(second))
    # What only reads is asked again by itself.
    assert int(studio.shop_whoami().data["pid"]) not in (first, second)


def test_new_tools_are_there_when_the_server_says_so(studio: Studio, home: Path) -> None:
    studio.tools.add_mcp(COMMAND, name="shop")
    studio.shop_learn(name="parrot")
    assert waited(lambda: hasattr(studio, "shop_parrot"))
    assert studio.shop_parrot().data == "cGFycm90"
    with Studio(studio.name, settings=Settings(home=home)) as other:
        assert hasattr(other, "shop_parrot")


def test_no_process_outlives_its_source(studio: Studio, home: Path) -> None:
    studio.tools.add_mcp(COMMAND, name="shop")
    pid = int(studio.shop_whoami().data["pid"])
    studio.tools.remove("shop")
    assert waited(lambda: gone(pid))
    with Studio(f"{studio.name}-b", settings=Settings(home=home)) as other:
        other.tools.add_mcp(COMMAND, name="shop")
        pid = int(other.shop_whoami().data["pid"])
    assert waited(lambda: gone(pid))


@pytest.mark.parametrize("ending", ["", "os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_no_process_outlives_python(home: Path, ending: str) -> None:
    code = f"""
import os, sys
from spatialnb import Studio
studio = Studio("mcp-orphan")
studio.tools.add_mcp({COMMAND!r}, name="shop")
print(studio.shop_whoami().data["pid"], flush=True)
{ending}
"""
    environ = {**os.environ, "SPATIALNB_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    pid = int(done.stdout.split()[-1])
    assert waited(lambda: gone(pid)), done.stderr
    if not ending:
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr


def test_over_http(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, str(HERE / "mcp_server.py"), "http", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        assert waited(listens, 60)
        studio.tools.add_mcp(
            f"http://127.0.0.1:{port}/mcp", name="web", headers={"Authorization": "Bearer env:WORKSHOP_SECRET"}
        )
        assert studio.web_add(a=2).data == 4
        assert studio.web_list_rows().frame().shape == (3, 2)
    finally:
        process.kill()
        process.wait()
    with pytest.raises(ServiceUnavailable):
        studio.web_write_note(text="x")


def test_a_server_made_without_the_sdk(studio: Studio) -> None:
    names = studio.tools.add_mcp(PLAIN, name="plain")
    assert names == ("plain_tool_0", "plain_tool_1", "plain_tool_2")
    assert studio.plain_tool_1(class_="low1", x_y=None).data == {"class": "low1", "x-y": None}
    with pytest.raises(Invalid, match="low0"):
        studio.plain_tool_0(class_="low1")
    studio.plain_tool_2(class_="high2")
    assert waited(lambda: not hasattr(studio, "plain_tool_2"))
    assert hasattr(studio, "plain_tool_1")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["no-such-command-anywhere"], "cannot be reached.*command starts it"),
        ([sys.executable, "-c", "raise SystemExit('no licence for you')"], "no licence for you"),
        ([sys.executable, "-c", "print('hello')"], "cannot be reached"),
    ],
)
def test_a_server_that_does_not_start_says_why(studio: Studio, command: list[str], words: str) -> None:
    before = len(studio.tools.list())
    with pytest.raises(ServiceUnavailable, match=words):
        studio.tools.add_mcp(command, name="x")
    assert len(studio.tools.list()) == before
    gc.collect()


def test_a_locked_server_needs_not_run_to_be_known(studio: Studio, home: Path, tmp_path: Path) -> None:
    names = studio.tools.add_mcp(PLAIN, name="plain")
    studio.tools.lock(tmp_path / "tools.lock.json")
    studio.tools.remove("plain")
    assert studio.tools.load_lock(tmp_path / "tools.lock.json") == names
    link: Any = studio.workspace.sources._active["plain"].link  # pyright: ignore[reportPrivateUsage]
    assert not link.alive
    assert studio.tools.changed() == ()
    assert studio.plain_tool_0(class_="low0").data == {"class": "low0"}
    assert link.alive
