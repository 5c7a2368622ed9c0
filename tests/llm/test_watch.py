"""Health while in use: looks, and what happens while the store is away."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from spatialnb.config import Settings
from spatialnb.errors import ModelUnavailable
from spatialnb.llm import Model, Router
from spatialnb.llm.choice import Health
from spatialnb.llm.endpoints import Endpoint
from spatialnb.llm.watch import Watch
from spatialnb.store import Store, open_store
from tests.llm import serving
from tests.store.waiting import until

HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(Settings(home=tmp_path, idle_seconds=2)) as store:
        yield store


def health(store: Store, endpoint: Endpoint) -> tuple[str, str]:
    snapshot = store.endpoints().snapshot()
    kept = Health.of(snapshot.health.get(endpoint.health_key))
    return kept.state(snapshot.now_ms), kept.why


def test_who_goes_down_is_left_alone_and_who_comes_back_is_tried(store: Store) -> None:
    with serving.Endpoint() as served:
        endpoint = Endpoint("one", "openai/one", base=served.url)
        watch = Watch(store.endpoints(), lambda: (endpoint,), every=0.05)
        try:
            watch.used()
            served.fail = 503
            until(lambda: health(store, endpoint) == ("open", "one answered with an error."))
            served.fail = None
            until(lambda: health(store, endpoint)[0] == "half_open")
            assert served.seen.bodies == [], "a look is no call"
        finally:
            watch.close()


def test_one_process_of_all_looks(store: Store) -> None:
    endpoint = Endpoint("one", "openai/one", base="http://127.0.0.1:9/v1")
    assert store.endpoints().claim_look(endpoint.health_key, 30)
    assert not store.endpoints().claim_look(endpoint.health_key, 30)
    watch = Watch(store.endpoints(), lambda: (endpoint,))
    assert watch.look_at_all(shared=30) == 0
    assert health(store, endpoint) == ("closed", "")
    assert watch.look_at_all() == 1
    assert health(store, endpoint)[1] == "one cannot be reached."


async def test_a_call_in_replay_wakes_no_watch(store: Store, tmp_path: Path) -> None:
    from spatialnb.errors import NotRecorded
    from spatialnb.llm.replay import Recorder

    router = Router(Settings(model="openai/x"), store, Recorder("replay", tmp_path / "none.calls.json"))
    with pytest.raises(NotRecorded):
        await router.text("plan", HELLO)
    assert not [thread for thread in threading.enumerate() if thread.name == "spatialnb-watch"]
    router.shut()


async def test_calls_go_on_while_the_store_is_away_but_not_those_of_a_limit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving.Endpoint() as served:
        router = Router(Settings(), store, models=[Model("openai/free", served.url, timeout=5)])
        router.endpoints.add(
            Endpoint("kept", "openai/kept", base=served.url, at_once=1, quality=1.0, input_usd=0.0, output_usd=0.0)
        )
        assert (await router.text("plan", HELLO)).used.model == "openai/kept"
        router.flush()
        # The server dies and its program is gone, so that nobody can bring it back for now.
        process = int(store._link.client.info("server")["process_id"])
        monkeypatch.setattr(store._link, "_revive", lambda: None)
        os.kill(process, signal.SIGKILL)
        answer = await router.text("plan", HELLO)
        assert answer.used.model == "openai/free"
        assert answer.used.hops[0].error == "The store is away, so limits cannot be kept and kept is not asked."
        assert router.has("plan")
        await router.close()
        router.shut()


async def test_a_budget_that_was_there_is_not_forgotten_while_the_store_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving.Endpoint() as served:
        router = Router(Settings(), store)
        router.endpoints.add(Endpoint("one", "openai/one", base=served.url, input_usd=1.0, output_usd=1.0))
        router.budgets.set("day", 1.0)
        await router.text("plan", HELLO)
        router.flush()
        monkeypatch.setattr(store._link, "_revive", lambda: None)
        os.kill(int(store._link.client.info("server")["process_id"]), signal.SIGKILL)
        with pytest.raises(ModelUnavailable, match="The store is away, so budgets cannot be kept"):
            await router.text("plan", HELLO)
        assert len(served.seen.bodies) == 1
        await router.close()
        router.shut()
