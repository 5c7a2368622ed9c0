"""Two kernels on one run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from spatialnb.agent.conductor import Conductor
from spatialnb.agent.lease import Elsewhere
from spatialnb.agent.run import Run
from spatialnb.errors import Invalid
from spatialnb.store.leases import Lease, this_process
from tests.agent.hall import Hall, labels, plan, statuses, step
from tests.store.waiting import until


def expire(hall: Hall, run: str) -> None:
    """As if the kernel that has the run had slept for long."""
    leases = hall.workspace.store.leases(hall.workspace.name)
    leases._link.client.delete(leases._keys.lease(run))  # pyright: ignore[reportPrivateUsage]


def told(hall: Hall, run: str) -> None:
    """Wait until the store knows of a run."""
    conversation = hall.workspace.store.conversation(hall.workspace.name)
    until(lambda: conversation.get(run) is not None)


def test_a_run_that_goes_on_in_one_kernel_is_left_alone_by_another(hall: Hall) -> None:
    run = hall.run(plan(step("one", "slowly", args={"text": "one"})))
    hall.gates.wait_for("one")
    other = hall.another()
    for act in (Run.resume, Run.stop, Run.undo):
        with pytest.raises(Elsewhere, match="goes on in another kernel"):
            act(other.run(run.id))
    hall.gates.let("one")
    assert run.wait(30).status == "done"
    assert other.run(run.id).resume().wait(30).status == "done"
    assert hall.texts == ["one"]
    other.close()


def test_a_kernel_that_slept_through_its_lease_does_nothing_more(hall: Hall) -> None:
    run = hall.run(plan(step("one", "slowly", args={"text": "one"}), step("two", "label", "one")))
    hall.gates.wait_for("one")
    told(hall, run.id)
    hall.gates.reached["one"].clear()
    other = hall.another()
    again: Run | None = None
    while again is None:  # it may renew its lease in between
        expire(hall, run.id)
        with suppress(Elsewhere):
            again = other.resume(run.id)
    hall.gates.wait_for("one")  # both are at it now
    hall.gates.let("one")
    assert again.wait(30).status == "done"
    run.wait(30)
    changes = [change.step for change in hall.workspace.log.history()]
    assert sorted(changes) == ["one", "two"], "each once"
    kept = hall.workspace.store.conversation(hall.workspace.name).get(run.id)
    assert kept is not None
    assert kept.status == "done"
    other.close()


def test_two_that_resume_a_run_at_the_same_moment_are_kept_apart(hall: Hall) -> None:
    run = hall.run(plan(step("one", "slowly", args={"text": "one"}), step("two", "label", "one")))
    hall.gates.wait_for("one")
    run.stop().wait(30)
    hall.gates.let("one")
    others = [hall.another() for _ in range(4)]

    def resume(conductor: Conductor) -> str:
        try:
            return conductor.resume(run.id).wait(30).status
        except Elsewhere:
            return "elsewhere"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(resume, others))
    assert set(found) <= {"done", "elsewhere"}
    assert "done" in found
    assert sorted(change.step for change in hall.workspace.log.history()) == ["one", "two"]
    for conductor in others:
        conductor.close()


def test_what_waits_is_answered_once_in_whichever_kernel(hall: Hall) -> None:
    a, b = labels(hall, "a", "b")
    steps = [step(f"remove {item}", "remove", args={"items": [item]}) for item in (a, b)]
    run = hall.run(plan(*steps)).wait(30)
    other = hall.another()
    there = other.run(run.id)
    assert there.approve(f"remove {a}").wait(30).status == "waiting"
    with pytest.raises(Invalid, match="not waiting"):
        run.approve(f"remove {a}")
    assert statuses(run) == {f"remove {a}": "done", f"remove {b}": "waiting"}, "it knows of it by now"
    assert run.reject(f"remove {b}").wait(30).status == "partial"
    with pytest.raises(Invalid, match="not waiting"):
        there.approve(f"remove {b}")
    assert hall.texts == ["b"]
    other.close()


def test_a_kernel_stops_what_was_taken_over_as_soon_as_it_knows(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spatialnb.agent.conductor.LEASE", 0.03)
    run = hall.run(plan(step("one", "slowly", args={"text": "one"})))
    hall.gates.wait_for("one")
    told(hall, run.id)
    leases = hall.workspace.store.leases(hall.workspace.name)
    while True:  # it may renew its lease in between
        expire(hall, run.id)
        if isinstance(lease := leases.take(run.id, this_process("elsewhere")), Lease):
            break
    run.wait(30)
    assert hall.texts == []
    leases.release(lease)
    hall.gates.let("one")
    other = hall.another()
    assert other.resume(run.id).wait(30).status == "done"
    assert hall.texts == ["one"]
    other.close()
