"""One process at a time goes on with a run."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from spatialnb.errors import TakenOver
from spatialnb.models.change import Call, Edit
from spatialnb.models.plan import RunState, StepState
from spatialnb.store import Store
from spatialnb.store.leases import FENCE, Lease, Leases, Taken, fenced, is_dead, this_process


def taken(leases: Leases, run: str, holder: str) -> Lease:
    lease = leases.take(run, holder)
    assert isinstance(lease, Lease)
    return lease


def test_only_one_has_a_run_and_every_taking_counts_up(store: Store) -> None:
    leases = store.leases("p")
    first = taken(leases, "run-1", this_process("a"))
    refused = leases.take("run-1", this_process("b"))
    assert isinstance(refused, Taken)
    assert refused.where.startswith("process ")
    assert taken(leases, "run-2", this_process("b")).fence == 1, "each run has its own"
    again = taken(leases, "run-1", this_process("a"))
    assert again.fence == first.fence + 1
    leases.release(first)
    assert isinstance(leases.take("run-1", this_process("b")), Taken), "an old lease lets nobody in"
    leases.release(again)
    assert taken(leases, "run-1", this_process("b")).fence == 3


def test_of_many_that_ask_at_once_one_gets_it(store: Store) -> None:
    leases = store.leases("many")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: leases.take("run-1", this_process(str(n))), range(32)))
    assert sum(isinstance(one, Lease) for one in found) == 1


def test_the_lease_of_a_process_that_is_dead_is_free(store: Store) -> None:
    leases = store.leases("dead")
    code = "from spatialnb.store.leases import this_process; print(this_process('x'))"
    gone = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert is_dead(gone)
    assert not is_dead(this_process("x"))
    assert not is_dead(gone.replace(gone.split(":")[0], "elsewhere", 1)), "of another machine nobody can tell"
    taken(leases, "run-1", gone)
    assert taken(leases, "run-1", this_process("y")).fence == 2
    assert isinstance(leases.take("run-1", this_process("z")), Taken)


def test_a_lease_ends_by_itself_unless_it_is_renewed(store: Store) -> None:
    leases = store.leases("ends")
    one, two = taken(leases, "run-1", this_process("a")), taken(leases, "run-2", this_process("a"))
    client, keys = store._link.client, leases._keys  # pyright: ignore[reportPrivateUsage]
    assert 0 < client.pttl(keys.lease("run-1")) <= 10_000  # type: ignore[operator]
    client.pexpire(keys.lease("run-1"), 1)
    while client.exists(keys.lease("run-1")):
        pass
    taken(leases, "run-1", this_process("b"))
    assert leases.renew([one, two]) == [False, True]


def test_a_holder_that_was_too_busy_to_renew_keeps_what_nobody_took(store: Store) -> None:
    leases = store.leases("busy")
    lease = taken(leases, "run-1", this_process("a"))
    client, keys = store._link.client, leases._keys  # pyright: ignore[reportPrivateUsage]
    client.delete(keys.lease("run-1"))
    assert leases.renew([lease]) == [True]
    assert isinstance(leases.take("run-1", this_process("b")), Taken)
    assert 0 < client.pttl(keys.lease("run-1")) <= 10_000  # type: ignore[operator]


def test_what_comes_late_is_refused_where_it_would_be_recorded(store: Store) -> None:
    log, leases, conversation = store.changes("late"), store.leases("late"), store.conversation("late")
    old = taken(leases, "run-1", this_process("a"))
    leases.release(old)
    new = taken(leases, "run-1", this_process("b"))

    def write(name: str, run: str = "run-1") -> int:
        edits = [Edit(path=("layouts", name), after={"id": name, "name": name})]
        appended = log.append(
            edits, base=log.head.revision, call=Call(operation="x"), author="agent", run=run, step=name
        )
        assert appended.change is not None
        return appended.change.revision

    with fenced(old.fence), pytest.raises(TakenOver, match="run-1"):
        write("late")
    assert log.head.revision == 0
    with fenced(new.fence):
        assert write("on-time") == 1
    assert FENCE.get() == 0
    assert write("by-hand", run="") == 2
    with fenced(old.fence):
        assert write("another-run", run="run-9") == 3

    state = RunState(id="run-1", project="late", request="go")
    step = StepState(id="s", run="run-1", operation="x", title="x", status="done")
    conversation.save(state.model_copy(update={"reply": "new", "steps": (step,)}), new.fence)
    conversation.save(state.model_copy(update={"reply": "old"}), old.fence)
    conversation.record([step.model_copy(update={"status": "failed"})], {"run-1": old.fence})
    kept = conversation.get("run-1")
    assert kept is not None
    assert (kept.reply, kept.steps[0].status) == ("new", "done")
    conversation.record([step.model_copy(update={"note": "later"})], {"run-1": new.fence})
    assert conversation.get("run-1").steps[0].note == "later"  # type: ignore[union-attr]
