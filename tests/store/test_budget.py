"""Money: never more than a budget, whoever spends it, and what a dead process set aside comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spatialnb.config import Settings
from spatialnb.store import Store, open_store
from spatialnb.store.budget import Budget, Purse, Verdict
from tests.store.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(Settings(home=tmp_path_factory.mktemp("budget"))) as store:
        yield store


def fresh(store: Store, **more: float) -> Budget:
    return Budget(store._link, f"test:{{budget/{uuid.uuid4().hex}}}", **more)


def test_without_a_budget_everything_is_granted_and_written_down(store: Store) -> None:
    budget = fresh(store)
    assert budget.reserve("a", None, Purse("p", "r")) == Verdict(True)
    budget.settle("a", 0.25, Purse("p", "r"))
    assert [budget.spent(s, Purse("p", "r")) for s in ("run", "project", "tenant", "day")] == [0.25] * 4
    assert budget.spent("project", Purse("other")) == budget.spent("run", Purse("p", "other")) == 0.0


@pytest.mark.parametrize("scope", ["run", "project", "tenant", "day"])
def test_each_scope_has_its_own_budget(store: Store, scope: str) -> None:
    budget, purse = fresh(store), Purse("p", "r")
    budget.cap(scope, 1.0)  # type: ignore[arg-type]
    assert budget.reserve("a", 0.7, purse) == Verdict(True, scope, 1.0)
    refused = budget.reserve("b", 0.4, purse)
    assert (refused.granted, refused.scope, refused.left_usd) == (False, scope, pytest.approx(0.3))
    budget.settle("a", 0.5, purse)
    assert budget.reserve("b", 0.4, purse).granted
    assert not budget.reserve("c", None, purse).granted, "nobody knows what it costs"
    other = Purse("q", "r")
    assert budget.reserve("d", 0.4, other).granted == (scope in ("run", "project"))
    budget.cap(scope, None)  # type: ignore[arg-type]
    assert budget.reserve("e", 100.0, purse).granted


def test_a_budget_can_be_spent_to_its_last_cent(store: Store) -> None:
    budget = fresh(store)
    for cents in range(1, 100):
        budget.cap("tenant", cents / 100)
        assert budget.reserve(str(cents), cents / 100, Purse()).granted, cents
        budget.settle(str(cents), 0.0, Purse())


def test_one_project_may_have_a_budget_of_its_own(store: Store) -> None:
    budget = fresh(store)
    budget.cap("project", 1.0)
    budget.cap("project", 5.0, "the museum")
    assert budget.caps() == {"project": 1.0, "project:the museum": 5.0}
    assert budget.reserve("a", 3.0, Purse("the museum")).granted
    assert not budget.reserve("b", 3.0, Purse("another")).granted


def test_what_was_set_aside_comes_back_after_a_while_unless_it_is_renewed(store: Store) -> None:
    budget = fresh(store, held=0.3)
    budget.cap("tenant", 1.0)
    assert budget.reserve("dead", 1.0, Purse()).granted
    assert not budget.reserve("alive", 1.0, Purse()).granted
    until(lambda: budget.reserve("alive", 1.0, Purse()).granted)
    for _ in range(20):
        budget.renew("alive")
        assert budget.reserved() == 1.0
    budget.settle("alive", 0.25, Purse())
    assert (budget.reserved(), budget.spent("tenant")) == (0.0, 0.25)


amounts = st.integers(0, 400).map(lambda cents: cents / 100)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cap=amounts,
    calls=st.lists(st.tuples(st.integers(0, 5), amounts, st.floats(0, 1), st.booleans()), max_size=40),
)
def test_what_is_spent_and_set_aside_never_passes_the_budget(
    store: Store, cap: float, calls: list[tuple[int, float, float, bool]]
) -> None:
    budget, purse = fresh(store), Purse("p", "r")
    budget.cap("project", cap)
    held: dict[int, float] = {}
    spent = 0.0
    for slot, usd, share, settle in calls:
        if settle and slot in held:
            cost = held.pop(slot) * share
            budget.settle(str(slot), cost, purse)
            spent += cost
        elif slot not in held:
            fits = usd + spent + sum(held.values()) <= cap - 1e-6
            granted = budget.reserve(str(slot), usd, purse).granted
            assert granted or not fits
            if granted:
                held[slot] = usd
        assert spent + sum(held.values()) <= cap + 1e-6
        assert budget.reserved() == pytest.approx(sum(held.values()), abs=1e-6)
        assert budget.spent("project", purse) == pytest.approx(spent, abs=1e-6)


WORKER = """
import random, sys
from pathlib import Path
from spatialnb.config import Settings
from spatialnb.store import open_store
from spatialnb.store.budget import Budget, Purse
store = open_store(Settings(home=Path(sys.argv[1])))
budget, purse = Budget(store._link, sys.argv[2], held=float(sys.argv[4])), Purse("p", sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
chance = random.Random(sys.argv[3])
refused = 0
while refused < 5:
    ticket, worst = budget.ticket(), chance.uniform(0.001, 0.01)
    if budget.reserve(ticket, worst, purse).granted:
        budget.settle(ticket, worst * chance.random(), purse)
    else:
        refused += 1
print("done", flush=True)
"""


def test_four_processes_never_spend_more_than_their_budget(tmp_path: Path) -> None:
    root = f"test:{{budget/{uuid.uuid4().hex}}}"
    with open_store(Settings(home=tmp_path)) as store:
        budget = Budget(store._link, root)
        budget.cap("day", 1.0)
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER, str(tmp_path), root, str(number), "30"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
            for number in range(4)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        for process in processes:
            process.communicate(timeout=60)
            assert process.returncode == 0
        spent = budget.spent("day")
        assert 0.98 < spent <= 1.0
        runs = sum(budget.spent("run", Purse("p", str(number))) for number in range(4))
        assert runs == pytest.approx(spent, abs=1e-6)
        assert budget.reserved() == 0.0


def test_what_was_spent_outlives_the_server(tmp_path: Path) -> None:
    with open_store(Settings(home=tmp_path)) as store:
        budget = store.budget()
        budget.cap("tenant", 1.0)
        assert budget.reserve("a", 0.5, Purse()).granted
        assert budget.reserve("b", 0.25, Purse()).granted
        budget.settle("a", 0.5, Purse())
        os.kill(int(store._link.client.info("server")["process_id"]), signal.SIGKILL)
        assert until(lambda: budget.spent("tenant")) == 0.5
        assert budget.reserved() == 0.0, "what was under way is not kept"
        budget.settle("b", 0.125, Purse())
        assert (budget.spent("tenant"), budget.reserved()) == (0.625, 0.0)
