"""How operations do: counted without waiting, lost nowhere, and good enough to foretell the next call."""

from __future__ import annotations

import math
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialnb.config import Settings
from spatialnb.errors import Invalid, StoreUnavailable
from spatialnb.operations.calling.forecast import forecast
from spatialnb.operations.calling.measures import COLUMNS
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, describe
from spatialnb.operations.workspace import Workspace
from spatialnb.store import open_store
from spatialnb.store.measures import ACCURACY, GAMMA, CallMeasured, Sample, bucket
from tests.operations.calling.conftest import Opened, add


def sleeping(seconds: float = 0.0) -> Any:
    def work(ctx: Context, count: int = 1, text: str = "") -> Outcome:
        """Work for a while."""
        ctx.spend(0.01 * count)
        if text == "bad":
            raise Invalid("That is bad.", "text")
        end = time.perf_counter() + seconds * count
        while time.perf_counter() < end:
            pass
        return Outcome(summary="Worked")

    return describe(work)


def test_a_row_an_operation_with_types_to_calculate_with(workspace: Workspace) -> None:
    add(workspace, sleeping())
    for _ in range(3):
        workspace.do("work")
    with pytest.raises(Invalid):
        workspace.do("work", {"text": "bad"})
    with pytest.raises(Invalid):
        workspace.do("work", {"count": "many"})
    frame = workspace.measures.frame()
    assert dict(frame.dtypes.astype(str)) == {
        name: ("string" if kind == "string" else kind) for name, kind in COLUMNS.items()
    }
    row = frame.iloc[0]
    assert (row["name"], row.version, row.calls, row.cached, row.retries) == ("work", 1, 5, 0, 0)
    assert row.success_rate == pytest.approx(0.6)
    assert row.cost_usd == pytest.approx(0.04)  # what failed on the way was paid for as well
    assert row.last_error.startswith("count of work has to be")
    assert 0 < row.p50_s <= row.p95_s < 1


def test_versions_are_told_apart_and_projects_too(opened: Opened) -> None:
    one, other = opened("one"), opened("other")
    for workspace in (one, other):
        add(workspace, sleeping())
    one.do("work")
    from dataclasses import replace

    add(one, replace(one.registry.get("work"), version=2))
    one.do("work")
    assert list(one.measures.frame().version) == [1, 2]
    assert other.measures.frame().empty


def test_measuring_costs_no_round_trip(workspace: Workspace) -> None:
    add(workspace, sleeping())
    workspace.do("work")
    link: Any = workspace.store._link  # pyright: ignore[reportPrivateUsage]
    asked: list[str] = []
    run = link.run
    link.run = lambda action: (asked.append(threading.current_thread().name), run(action))[1]
    workspace.do("work")
    here = [name for name in asked if name == threading.current_thread().name]
    link.run = run
    assert len(here) <= 3  # the head of the log, what is pointed at, and outside sources


def test_nothing_is_lost_on_close_and_several_processes_add_up(opened: Opened, home: Path, tenant: str) -> None:
    for _ in range(2):
        workspace = opened()
        for _ in range(20):
            workspace.measures.add(CallMeasured("work", 1, 0.5))
        workspace.store.close()
    code = (
        "import sys; from pathlib import Path\n"
        "from spatialnb.config import Settings\nfrom spatialnb.store import open_store\n"
        "from spatialnb.store.measures import CallMeasured\n"
        "store = open_store(Settings(home=Path(sys.argv[1]), tenant=sys.argv[2]))\n"
        "[store.measures('calls').add(CallMeasured('work', 1, 0.5)) for _ in range(10)]\n"  # and ends without closing
    )
    subprocess.run([sys.executable, "-c", code, str(home), tenant], check=True, timeout=60)
    assert opened().measures.frame().calls[0] == 50


def test_a_batch_whose_answer_was_lost_is_counted_once(workspace: Workspace) -> None:
    calls: Any = workspace.store.measures("calls")
    link: Any = workspace.store._link  # pyright: ignore[reportPrivateUsage]
    run = link.run

    def deaf(action: Any) -> Any:
        run(action)
        raise StoreUnavailable("The answer was lost.")

    calls.add(CallMeasured("work", 1, 0.5))
    link.run = deaf
    with pytest.raises(StoreUnavailable):
        calls.flush()
    link.run = run
    assert [tally.calls for tally in calls.read()] == [1]


def test_while_the_store_is_away_it_is_counted_all_the_same(workspace: Workspace) -> None:
    calls: Any = workspace.store.measures("calls")
    link: Any = workspace.store._link  # pyright: ignore[reportPrivateUsage]
    run = link.run

    def away(action: Any) -> Any:
        raise StoreUnavailable("Away.")

    link.run = away
    calls.add(CallMeasured("work", 1, 0.5))
    assert [(t.calls, len(t.samples)) for t in calls.read()] == [(1, 1)]
    link.run = run
    assert [(t.calls, len(t.samples)) for t in calls.read()] == [(1, 1)]


@given(st.floats(1e-6, 1e5))
def test_a_bucket_is_as_exact_as_it_says(seconds: float) -> None:
    middle = 2 * GAMMA ** bucket(seconds) / (GAMMA + 1)
    assert abs(middle - seconds) <= seconds * (ACCURACY + 1e-9)


def test_quantiles_are_as_exact_as_they_say(workspace: Workspace) -> None:
    times = np.random.default_rng(3).lognormal(-3, 1.5, 5_000)
    for seconds in times:
        workspace.measures.add(CallMeasured("work", 1, float(seconds)))
    row = workspace.measures.frame().iloc[0]
    for share, found in ((0.5, row.p50_s), (0.95, row.p95_s)):
        true = float(np.quantile(times, share, method="inverted_cdf"))
        assert abs(found - true) <= true * workspace.measures.accuracy * 1.001


def samples(count: int, seed: int = 1, noise: float = 0.05) -> list[Sample]:
    """Calls of 0.2 s and 0.05 s a thing, with numbers that have no say."""
    pick = random.Random(seed)
    made: list[Sample] = []
    for _ in range(count):
        things = pick.randint(1, 100)
        seconds = (0.2 + 0.05 * things) * pick.lognormvariate(0, noise)
        made.append(Sample(seconds, 0.002 * things, {"items": things, "seed": pick.random(), "text": 7.0}))
    return made


def test_the_size_of_the_input_decides() -> None:
    told = forecast(samples(60), {"items": 80, "seed": 0.1, "text": 7.0})
    assert told is not None
    assert told.by == "items"
    assert told.seconds == pytest.approx(4.2, rel=0.1)
    assert told.cost_usd == pytest.approx(0.16, rel=0.1)
    assert told.error < 0.12
    assert "about 4 s (give or take" in told.text()
    assert "about $0.16" in told.text()


def test_its_own_error_is_what_new_calls_show() -> None:
    for noise in (0.05, 0.3):
        known, new = samples(64, 5, noise), samples(400, 6, noise)
        told = [forecast(known, sample.sizes) for sample in new]
        errors = [abs(t.seconds - s.seconds) / s.seconds for t, s in zip(told, new, strict=True) if t]
        said = told[0].error if told[0] else math.nan
        assert said == pytest.approx(float(np.median(errors)), rel=0.6, abs=0.02)


def test_single_slow_calls_do_not_bend_it() -> None:
    known = samples(60)
    known[10] = Sample(60.0, 0.0, known[10].sizes)
    known[40] = Sample(90.0, 0.0, known[40].sizes)
    told = forecast(known, {"items": 50, "seed": 0.5, "text": 7.0})
    assert told is not None
    assert told.seconds == pytest.approx(2.7, rel=0.15)


def test_few_calls_give_the_median_and_no_error() -> None:
    assert forecast([], {}) is None
    told = forecast([Sample(1.0, 0.0, {}), Sample(3.0, 0.0, {}), Sample(2.0, 0.0, {})], {})
    assert told is not None
    assert (told.seconds, told.by, told.calls) == (2.0, "", 3)
    assert math.isnan(told.error)
    assert told.text() == "about 2 s"


def test_nobody_has_looked_beyond_what_was_seen() -> None:
    told = forecast(samples(60), {"items": 1e9, "seed": 0.5, "text": 7.0})
    assert told is not None
    assert told.seconds < 0.2 + 0.05 * 2 * 100 * 1.2


@given(
    st.lists(
        st.builds(
            Sample,
            st.floats(1e-6, 1e4),
            st.floats(0, 100),
            st.dictionaries(st.sampled_from("abc"), st.floats(-1e6, 1e6), max_size=3),
        ),
        max_size=30,
    ),
    st.dictionaries(st.sampled_from("abc"), st.floats(-1e6, 1e6)),
)
def test_it_always_says_something_possible(known: list[Sample], sizes: dict[str, float]) -> None:
    told = forecast(known, sizes)
    if told is not None:
        assert told.seconds >= 0
        assert told.cost_usd >= 0
        assert math.isfinite(told.seconds + told.cost_usd)
        assert told.text().startswith("about ") or told.text().startswith("under")


def test_whoever_has_to_agree_is_told_how_long_it_will_take(workspace: Workspace) -> None:
    add(workspace, sleeping())
    assert workspace.foresee("work", {"count": 3}).text == ""
    for n in range(20):
        workspace.measures.add(CallMeasured("work", 1, 2.0 * (n % 5 + 1), cost_usd=0.01, sizes={"count": n % 5 + 1}))
    text = workspace.foresee("work", {"count": 3}).text
    assert text == "About 6 s (give or take 1 %), about $0.01"


def test_the_frame_says_what_the_next_call_takes_and_how_sure_that_is(workspace: Workspace) -> None:
    for sample in samples(80):
        workspace.measures.add(CallMeasured("work", 1, sample.seconds, cost_usd=sample.cost_usd, sizes=sample.sizes))
    row = workspace.measures.frame().iloc[0]
    last = samples(80)[-1].sizes["items"]
    assert row.forecast_s == pytest.approx(0.2 + 0.05 * last, rel=0.15)
    assert 0 < row.forecast_error < 0.12


def test_settings_of_another_tenant_see_nothing(opened: Opened, home: Path) -> None:
    opened().measures.add(CallMeasured("work", 1, 0.5))
    with open_store(Settings(home=home, tenant="somebody else")) as store:
        assert store.measures("calls").read() == []
