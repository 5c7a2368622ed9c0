"""Two kernels at once on one project."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from spatialnb.store import Store
from tests.store.waiting import Heard, label, place, until

KERNEL = """
import sys
from pathlib import Path
from spatialnb.config import Settings
from spatialnb.store import open_store
from tests.store.waiting import Heard, set_fields, until
home, tenant, field, count, together = sys.argv[1:]
with open_store(Settings(home=Path(home), tenant=tenant, idle_seconds=10)) as store:
    log, heard = store.changes("p"), Heard(store.events("p"))
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(count)):
        seen = log.head
        set_fields(log, "a", seen=seen, **{field: f"{sys.argv[3]}-{together}-{number}"}, how={"actor": together})
    print(log.head.revision, flush=True)
    sys.stdin.readline()
    log.sync()
    print(log.head.model_dump_json(), flush=True)
    expected = int(sys.stdin.readline())
    until(lambda: sum(len(event.overrides) for event in heard.of("overridden")) == expected)
    for event in heard.of("overridden"):
        for override in event.overrides:
            print(event.revision, override.path[-1], event.by, flush=True)
"""


class Kernel:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go(self, word: object = "") -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def rest(self, overridden: int) -> list[str]:
        """What it has heard, when it has heard of so many fields."""
        self.go(overridden)
        assert self._process.stdout is not None
        return self._process.stdout.read().splitlines()


@contextmanager
def _kernels(home: Path, tenant: str, *work: tuple[str, int, str]) -> Iterator[list[Kernel]]:
    with ExitStack() as stack:
        kernels: list[Kernel] = []
        for field, count, name in work:
            arguments = [str(home), tenant, field, str(count), name]
            command = [sys.executable, "-c", KERNEL, *arguments]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            kernels.append(Kernel(stack.enter_context(process)))
        for kernel in kernels:
            assert kernel.read() == "ready"
        for kernel in kernels:
            kernel.go()
        yield kernels


def test_different_fields_both_stand(store: Store, home: Path, request: pytest.FixtureRequest) -> None:
    log = store.changes("p")
    place(log, "a")
    with _kernels(home, request.node.nodeid, ("text", 60, "one"), ("name", 60, "two")) as kernels:
        revisions = [int(kernel.read()) for kernel in kernels]
        for kernel in kernels:
            kernel.go()
        heads = [kernel.read() for kernel in kernels]
        assert [kernel.rest(0) for kernel in kernels] == [[], []]
    log.sync()
    assert heads == [log.head.model_dump_json()] * 2
    assert log.head.revision == max(revisions) == 121
    assert log.head.item("a") == label("a").model_copy(update={"text": "text-one-59", "name": "name-two-59"})
    history = log.history()
    assert [change.revision for change in history] == list(range(1, 122))
    assert all(change.overrides == () for change in history)
    # They did run at the same time.
    assert len({change.actor for change in history[1:61]}) == 2


def test_same_field_the_later_wins_and_the_loser_hears_of_it(
    new_store: Callable[[], Store], home: Path, request: pytest.FixtureRequest
) -> None:
    store = new_store()
    log, heard = store.changes("p"), Heard(store.events("p"))
    place(log, "a")
    with _kernels(home, request.node.nodeid, ("text", 60, "one"), ("text", 60, "two")) as kernels:
        for kernel in kernels:
            kernel.read()
        for kernel in kernels:
            kernel.go()
        heads = [kernel.read() for kernel in kernels]
        log.sync()
        history = log.history()
        lost = [(o.revision, o.path[-1], change.revision) for change in history for o in change.overrides]
        until(lambda: sum(len(event.overrides) for event in heard.of("overridden")) == len(lost))
        told = [kernel.rest(len(lost)) for kernel in kernels]
    assert heads == [log.head.model_dump_json()] * 2
    assert [change.revision for change in history] == list(range(1, 122))
    item = log.head.item("a")
    assert item is not None
    assert item.text == history[-1].edits[0].after
    assert lost
    by_revision = {change.revision: change for change in history}
    for loser, field, winner in lost:
        assert field == "text"
        assert by_revision[loser].actor != by_revision[winner].actor
        assert by_revision[winner].base < loser < winner
    # Each kernel has heard of every change of its own that was overwritten.
    for kernel, name in zip(told, ("one", "two"), strict=True):
        own = {f"{loser} {field} {winner}" for loser, field, winner in lost if by_revision[loser].actor == name}
        assert own <= set(kernel)
