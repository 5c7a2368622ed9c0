"""Redis gone in the middle: nothing is lost, nothing is done twice, and everyone is told."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spatialnb.config import Settings
from spatialnb.errors import StoreUnavailable
from spatialnb.models.events import ReplyDelta
from spatialnb.models.plan import RunState
from spatialnb.store import ChangeLog, Store, connection, open_store
from tests.store.server import Server
from tests.store.waiting import Heard, place, redo, set_fields, undo, until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "redis").mkdir()
    server = Server(tmp_path / "redis")
    yield server
    server.kill()


@pytest.fixture
def opened(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Store]]:
    monkeypatch.setattr(connection, "PATIENCE", 0.2)
    stores: list[Store] = []

    def make() -> Store:
        stores.append(open_store(Settings(home=tmp_path, redis_url=server.url)))
        return stores[-1]

    yield make
    for store in stores:
        store.close()


def _texts(log: ChangeLog) -> list[str]:
    return [str(edit.after) for change in log.history() for edit in change.edits if edit.path[-1] == "text"]


def _journals(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "store" / "journal").glob("*.jsonl"))


def test_work_goes_on_and_is_stored_when_it_is_back(
    server: Server, opened: Callable[[], Store], tmp_path: Path
) -> None:
    store = opened()
    log, heard = store.changes("p"), Heard(store.events("p"))
    place(log, "a")
    until(lambda: heard.revisions() == [1])
    server.kill()
    for number in range(5):
        set_fields(log, "a", text=str(number))
    assert log.head.revision == 6
    assert log.pending == 5
    assert not store.available
    (journal,) = _journals(tmp_path)
    assert len(journal.read_text("utf-8").splitlines()) == 5
    until(lambda: len(heard.revisions()) == 6)
    status = heard.of("store")[-1]
    assert (status.available, status.pending) == (False, 5)
    assert "5 changes" in status.message
    server.start()
    until(lambda: heard.of("store")[-1].available)
    assert log.pending == 0
    assert _journals(tmp_path) == []
    other = opened().changes("p")
    assert other.head == log.head
    assert _texts(other) == [str(n) for n in range(5)]
    place(log, "b")
    until(lambda: heard.revisions()[-1] == 7)
    assert heard.revisions() == list(range(1, 8))


def test_what_others_did_meanwhile_is_kept_too(server: Server, opened: Callable[[], Store], tmp_path: Path) -> None:
    store = opened()
    log, heard = store.changes("p"), Heard(store.events("p"))
    place(log, "a", "b", author="person")
    link = store._link  # pyright: ignore[reportPrivateUsage]
    server.kill()
    set_fields(log, "a", text="one")
    set_fields(log, "b", hidden=True)
    set_fields(log, "a", text="two")
    undo(log)
    assert [item.text for _, item in log.head.items()] == ["one", ""]
    # Held back until someone else, who found the store first, has made a change.
    with log._lock:  # pyright: ignore[reportPrivateUsage]
        server.start()
        theirs = opened().changes("p")
        set_fields(theirs, "a", start=3.0)
        set_fields(theirs, "b", text="theirs", hidden=True)
    until(lambda: link.available and not log.pending)
    theirs.sync()
    assert theirs.head == log.head
    assert [(item.text, item.start, item.hidden) for _, item in log.head.items()] == [
        ("one", 3.0, False),
        ("theirs", None, True),
    ]
    assert [change.revision for change in log.history()] == list(range(1, log.head.revision + 1))
    undone = log.history()[-1]
    assert undone.undoes == (undone.revision - 1,)
    redo(log)
    assert [item.text for _, item in log.head.items()] == ["two", "theirs"]
    until(lambda: heard.revisions() and heard.revisions()[-1] == log.head.revision)


def test_killed_in_the_middle_of_appends(server: Server, opened: Callable[[], Store], tmp_path: Path) -> None:
    logs = [opened().changes("p"), opened().changes("p")]
    place(logs[0], "a", "b")
    logs[1].sync()
    done = threading.Event()

    def killer() -> None:
        dice = random.Random(7)
        while not done.wait(dice.uniform(0.02, 0.1)):
            server.kill()
            done.wait(dice.uniform(0.0, 0.35))
            server.start()

    def worker(log: ChangeLog, item_id: str) -> None:
        for number in range(120):
            set_fields(log, item_id, text=f"{item_id}{number}")
            if number % 10 == 0:
                done.wait(0.01)

    workers = [threading.Thread(target=worker, args=pair) for pair in zip(logs, "ab", strict=True)]
    thread = threading.Thread(target=killer)
    for each in (*workers, thread):
        each.start()
    for each in workers:
        each.join()
    done.set()
    thread.join()
    until(lambda: not any(log.pending for log in logs), 30)
    late = opened().changes("p")
    for log in logs:
        log.sync()
        assert log.head == late.head
    texts = _texts(late)
    assert sorted(texts) == sorted(f"{name}{n}" for name in "ab" for n in range(120))
    for name in "ab":
        assert [text for text in texts if text[0] == name] == [f"{name}{n}" for n in range(120)]
    assert [change.revision for change in late.history()] == list(range(1, 242))
    assert _journals(tmp_path) == []


LEAVER = """
import os, sys
from pathlib import Path
from spatialnb.config import Settings
from spatialnb.store import connection, open_store
from tests.store.waiting import place, set_fields, undo
connection.PATIENCE = 0.1
store = open_store(Settings(home=Path(sys.argv[1]), redis_url=sys.argv[2]))
log = store.changes("p")
place(log, "a")
print("ready", flush=True)
sys.stdin.readline()
for number in range(3):
    set_fields(log, "a", text=str(number))
undo(log)
print(log.pending, flush=True)
sys.stdin.readline()
"""


def test_a_process_that_died_meanwhile(server: Server, opened: Callable[[], Store], tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LEAVER, str(tmp_path), server.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        server.kill()
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "4\n"
        os.kill(process.pid, signal.SIGKILL)
        process.stdin.close()
    server.start()
    assert len(_journals(tmp_path)) == 1
    stores = [opened(), opened()]
    logs: list[ChangeLog] = []
    threads = [threading.Thread(target=lambda s=store: logs.append(s.changes("p"))) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _journals(tmp_path) == []
    for log in logs:
        log.sync()
        assert _texts(log) == ["0", "1", "2", "1"]
        assert log.history()[-1].undoes == (4,)
        assert log.undo_target() == (3,)


def test_a_journal_that_was_written_already_is_not_written_again(
    server: Server, opened: Callable[[], Store], tmp_path: Path
) -> None:
    log = opened().changes("p")
    place(log, "a")
    server.kill()
    set_fields(log, "a", text="once")
    (journal,) = _journals(tmp_path)
    lines = journal.read_bytes()
    server.start()
    until(lambda: not log.pending)
    set_fields(log, "a", text="later")
    # As if the process had died after the store had it and before the file was gone; and its last line was cut off.
    journal.write_bytes(lines + lines[: len(lines) // 2])
    again = opened().changes("p")
    assert _texts(again) == ["once", "later"]
    assert _journals(tmp_path) == []


def test_the_journal_of_a_living_process_is_left_alone(
    server: Server, opened: Callable[[], Store], tmp_path: Path
) -> None:
    log = opened().changes("p")
    place(log, "a")
    server.kill()
    set_fields(log, "a", text="mine")
    with log._lock:  # pyright: ignore[reportPrivateUsage]
        server.start()
        other = opened().changes("p")
        assert _texts(other) == []
        assert len(_journals(tmp_path)) == 1
    until(lambda: not log.pending)
    other.sync()
    assert _texts(other) == ["mine"]


def test_events_context_and_runs_wait_as_well(server: Server, opened: Callable[[], Store]) -> None:
    store, other = opened(), opened()
    here, there = Heard(store.events("p")), Heard(other.events("p"))
    store.context("p").update(last=["a"])
    store.context("p").get()
    server.kill()
    store.events("p").publish(ReplyDelta(run="r", text="meanwhile"))
    until(lambda: here.of("reply"))
    store.context("p").update(made=["b"])
    store.conversation("p").save(RunState(id="r", project="p", request="x"))
    assert store.context("p").get() == {"last": ["a"], "made": ["b"]}
    assert [state.id for state in store.conversation("p").turns()] == ["r"]
    assert not there.of("reply")
    server.start()
    until(lambda: there.of("reply"))
    store.events("p").publish(ReplyDelta(run="r", text="after"))
    until(lambda: len(there.of("reply")) == len(here.of("reply")) == 2)
    assert [event.text for event in here.of("reply")] == ["meanwhile", "after"]
    until(lambda: other.available)
    assert other.context("p").get() == {"last": ["a"], "made": ["b"]}
    assert [state.id for state in other.conversation("p").turns()] == ["r"]


def test_reading_says_that_it_is_away(server: Server, opened: Callable[[], Store]) -> None:
    store = opened()
    log = store.changes("p")
    for number in range(3):
        place(log, str(number))
    server.kill()
    assert log.sync() == ()
    assert len(log.history()) == 3
    with pytest.raises(StoreUnavailable):
        log.of_step("run", "step")
    with pytest.raises(StoreUnavailable):
        store.projects()
    with pytest.raises(StoreUnavailable):
        opened()
    with pytest.raises(StoreUnavailable):
        store.checkpointer().get_tuple({"configurable": {"thread_id": "t"}})


def test_a_step_that_waits_finds_its_change(server: Server, opened: Callable[[], Store]) -> None:
    log = opened().changes("p")
    server.kill()
    made = place(log, "a", run="run", step="one").change
    assert log.of_step("run", "one") == made
    server.start()
    until(lambda: not log.pending)
    assert log.of_step("run", "one") == made


def test_when_neither_store_nor_disk_takes_it_nothing_changes(
    server: Server, opened: Callable[[], Store], tmp_path: Path
) -> None:
    log = opened().changes("p")
    place(log, "a")
    server.kill()
    (tmp_path / "store").mkdir(exist_ok=True)
    (tmp_path / "store" / "journal").write_text("not a folder", "utf-8")
    before = log.head
    with pytest.raises(StoreUnavailable, match="on this machine"):
        set_fields(log, "a", text="x")
    assert log.head is before
    assert log.pending == 0


def test_a_server_that_hangs(server: Server, opened: Callable[[], Store], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ANSWER", 0.2)
    log = opened().changes("p")
    place(log, "a")
    server.freeze()
    set_fields(log, "a", text="x")
    assert log.pending == 1
    server.thaw()
    until(lambda: not log.pending)
    assert _texts(log) == ["x"]


def test_the_embedded_server_is_started_again_and_nobody_notices(tmp_path: Path) -> None:
    with open_store(Settings(home=tmp_path, idle_seconds=0.5)) as store:
        log, heard = store.changes("p"), Heard(store.events("p"))
        place(log, "a")
        info: Any = store._link.client.info("server")  # pyright: ignore[reportPrivateUsage]
        os.kill(info["process_id"], signal.SIGKILL)
        place(log, "b")
        assert log.pending == 0
        store.events("p").publish(ReplyDelta(run="r", text="x"))
        until(lambda: heard.of("reply"))
        assert heard.revisions() == [1, 2]
        assert heard.of("store") == []
