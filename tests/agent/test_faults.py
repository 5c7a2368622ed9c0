"""Every step broken at every boundary by every means: no effect twice, none lost, no undo twice, no false claim."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spatialnb.agent import outside
from spatialnb.agent.run import Run
from spatialnb.models.plan import RunState
from spatialnb.store import Store
from tests.agent.faulty import LABELS, Fault, Faulty, begun, conducted

MEANS = ("exception", "stop", "kill")
DONE = [
    Fault(means, moment, step)
    for means in MEANS
    for moment in ("before effect", "after effect", "after record")
    for step in (*LABELS, "o")
]
UNDONE = [
    Fault(means, moment, step) for means in MEANS for moment in ("before undo", "after undo") for step in (*LABELS, "o")
] + [Fault("kill", "after record", step) for step in ("c", "bad")]


@pytest.fixture(scope="module")
def nursery() -> Iterator[subprocess.Popen[str]]:
    """Makes a process for each case that is to be killed."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.agent.faulty"]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        yield process
        assert process.stdin
        process.stdin.close()


class Case:
    """One fault, from the beginning of a run until it is through in the end."""

    def __init__(self, store: Store, home: Path, tmp_path: Path, nursery: Any, name: str, kind: str) -> None:
        self.store, self.home, self.book, self.nursery, self.kind = store, home, tmp_path, nursery, kind
        self.project = name

    def break_by(self, fault: Fault) -> RunState:
        """The run as the store has it after the fault."""
        if fault.means == "kill":
            case = {"home": str(self.home), "project": self.project, "book": str(self.book), "fault": fault}
            self.nursery.stdin.write(json.dumps({**case, "kind": self.kind}) + "\n")
            self.nursery.stdin.flush()
            assert int(self.nursery.stdout.readline()) == -signal.SIGKILL, "the moment did not come"
            self.workspace = Faulty(self.store, self.project, self.book, None)
            self.conductor = conducted(self.workspace, self.kind)
            self.run = self.conductor.run("run-1")
        else:
            self.workspace = Faulty(self.store, self.project, self.book, fault)
            self.conductor = conducted(self.workspace, self.kind)
            self.run = begun(self.workspace, self.conductor).wait(30)
            assert self.workspace.fault is None, "the moment did not come"
        kept = self.store.conversation(self.project).get("run-1")
        assert kept is not None
        return kept

    def go_on(self) -> Run:
        """Go on with the run, in this process."""
        return self.conductor.resume("run-1", approve="auto").wait(30)

    @property
    def texts(self) -> list[str]:
        return sorted(item.text for _, item in self.workspace.project.items())

    def made(self, *names: str) -> int:
        return sum(path.name.startswith(names) for path in self.book.iterdir())

    def check_claims(self, kept: RunState) -> None:
        """Nothing is told to be done that is not, and nothing taken back that is there."""
        there = self.texts
        for state in kept.steps:
            text = LABELS.get(state.id)
            if text is not None and state.undone:
                assert text not in there, state
            elif text is not None and state.status == "done" and kept.undoing != "begun":
                assert text in there, state
            if state.id == "o" and state.status == "done":
                assert self.made("order")
        for text in LABELS.values():
            if f"Wrote “{text}”" in kept.reply:
                assert text in there
        if "Everything that had been done was taken back" in kept.reply:
            assert there == []


@pytest.fixture
def case(store: Store, home: Path, tmp_path: Path, nursery: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    cases: list[Case] = []

    def make(kind: str) -> Case:
        name = request.node.name.replace("[", "-").replace("]", "")[:100]
        cases.append(Case(store, home, tmp_path, nursery, name, kind))
        return cases[0]

    yield make
    for made in cases:
        made.conductor.close()
    outside.COMPENSATIONS.pop("order", None)


@pytest.mark.parametrize("fault", DONE, ids=" ".join)
def test_whatever_breaks_every_effect_is_there_once_in_the_end(case: Any, fault: Fault) -> None:
    one: Case = case("plain")
    one.check_claims(one.break_by(fault))
    run = one.go_on()
    assert run.status == "done", run.reply
    assert one.texts == sorted(LABELS.values())
    assert Counter(change.step for change in one.workspace.log.history()) == Counter(list(LABELS))
    assert one.made("order") == 1
    assert {state.id: state.status for state in run.steps} == dict.fromkeys([*LABELS, "o", "m"], "done")
    one.check_claims(run.state)


@pytest.mark.parametrize("fault", UNDONE, ids=" ".join)
def test_whatever_breaks_while_it_is_taken_back_all_is_taken_back_once(case: Any, fault: Fault) -> None:
    one: Case = case("undo")
    kept = one.break_by(fault)
    one.check_claims(kept)
    run = one.go_on() if kept.undoing == "begun" or kept.status == "running" else one.run
    assert run.status == "failed", run.reply
    assert one.texts == []
    history = one.workspace.log.history()
    done = [change.revision for change in history if not change.undoes]
    assert [revision for change in history for revision in change.undoes] == sorted(done, reverse=True)
    assert (one.made("order"), one.made("cancelled")) == (1, 1)
    assert "Everything that had been done was taken back." in run.reply
    assert {state.undone for state in run.steps if state.id in (*LABELS, "o")} == {"undone"}
    one.check_claims(run.state)


@pytest.mark.parametrize("moment", ["before undo", "after undo"])
def test_a_hand_that_comes_between_the_death_and_the_going_on_keeps_what_it_changed(case: Any, moment: str) -> None:
    one: Case = case("undo")
    one.break_by(Fault("kill", moment, "b"))
    first = next(item for _, item in one.workspace.project.items() if item.text == "a")
    one.workspace.do("move", {"items": [first.id], "to": [4, 4, 4]}, author="person")
    run = one.go_on()
    assert one.texts == ["a"]
    assert one.workspace.project.item(first.id).position == (4, 4, 4)  # type: ignore[union-attr]
    assert "Everything" not in run.reply
    assert "Still there: " in run.reply
    assert "as changed since" in run.reply


@pytest.mark.parametrize(("moment", "paid"), [("before effect", 0), ("after effect", 1), ("after record", 1)])
def test_what_must_not_be_done_twice_is_asked_about_when_it_is_not_known(case: Any, moment: str, paid: int) -> None:
    one: Case = case("pay")
    one.break_by(Fault("kill", moment, "p"))
    payments = one.book / "payments"
    run = one.go_on()
    known = moment == "after record"
    assert run.status == ("done" if known else "partial")
    assert (payments.read_text() if payments.exists() else "").count("paid") == paid, "nobody has paid twice"
    if not known:
        assert "it may have been done or not" in run.reply
        assert run.retry("p").wait(30).status == "done"  # a person has looked
        assert payments.read_text().count("paid") == paid + 1
