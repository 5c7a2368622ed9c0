"""The router against real endpoints on loopback: what it chooses, and what it does when that fails."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from spatialnb.config import Settings
from spatialnb.errors import ModelUnavailable, OverBudget, TooLong
from spatialnb.llm import Model, Refused, Router
from spatialnb.llm.endpoints import Endpoint
from spatialnb.llm.replay import Recorder
from spatialnb.store import Store, open_store
from tests.model_server import ModelServer, Turn, calls, fail, say

HELLO = [{"role": "user", "content": "hello"}]
TOOLS = [{"type": "function", "function": {"name": "label", "parameters": {"type": "object", "properties": {}}}}]


@pytest.fixture
def store(home: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    with open_store(Settings(home=home, tenant=request.node.name)) as store:
        yield store


@pytest.fixture
async def router(store: Store) -> AsyncIterator[Router]:
    router = Router(Settings(), store)
    router._patience = 0.01
    yield router
    await router.close()
    router.shut()


@pytest.fixture
def serve() -> Iterator[Callable[..., ModelServer]]:
    with ExitStack() as stack:
        yield lambda *script, **more: stack.enter_context(
            ModelServer(script[0] if len(script) == 1 and callable(script[0]) else script, **more)
        )


def add(router: Router, name: str, server: ModelServer | str, quality: float = 0.5, **more: Any) -> Endpoint:
    base = server if isinstance(server, str) else server.url
    given: dict[str, Any] = {"model": f"openai/{name}", "input_usd": 0.0, "output_usd": 0.0, "timeout": 0.4, **more}
    endpoint = Endpoint(name, base=base, quality=quality, **given)
    router.endpoints.add(endpoint)
    return endpoint


def nowhere() -> str:
    """An address at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


# -- the forced-fault matrix ------------------------------------------------------------------------------------------
FAULTS: dict[str, tuple[Turn, str]] = {
    "time": (say("late", hang=5), "first did not answer in time."),
    "429": (fail(429), "first is overloaded or out of quota."),
    "429, long": (fail(429, retry_after=60), "first is overloaded or out of quota."),
    "500": (fail(500), "first cannot be reached or broke off."),
    "503": (fail(503), "first cannot be reached or broke off."),
    "401": (fail(401), "first refused the key. Set the provider's key in the environment."),
    "404": (fail(404), "There is no model first at its endpoint. Check SPATIALNB_MODEL or studio.models."),
    "invalid JSON": (Turn(broken="json"), "first gave an empty answer."),
    "nonsense": (Turn(broken="nonsense"), "first gave an empty answer."),
    "empty": (Turn(broken="empty"), "first gave an empty answer."),
    "truncated": (say("Half of a long answer", broken="truncated"), "first cannot be reached or broke off."),
    "refusal": (say("I'm sorry, but I can't help with that."), "first would not do this."),
    "context": (fail(400, "maximum context length is 10 tokens"), "The request is too long for first."),
    "no tools": (fail(400, "tools are not supported"), "first did not take the request."),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_another_endpoint_answers_when_the_first_fails(
    name: str, router: Router, serve: Callable[..., ModelServer]
) -> None:
    fault, told = FAULTS[name]
    broken, sound = serve(lambda _: fault), serve(say("All is well."))
    add(router, "first", broken, 0.9, window=1000 if name == "context" else None)
    add(router, "second", sound, 0.5, window=100_000)
    heard: list[str] = []
    answer = await router.text("plan", HELLO, tools=TOOLS, on_text=heard.append, on_again=heard.clear)
    assert answer.text == "".join(heard) == "All is well."
    assert [hop.error for hop in answer.used.hops] == [told]
    assert (answer.used.endpoint, answer.used.reason) == ("second", "the next best after first")
    assert answer.used.reduced == f"{told.rstrip('.')}; second did this instead, less well."
    assert len(broken.requests) == 1, "another endpoint is not kept waiting for the second try of a broken one"


async def test_an_endpoint_that_is_not_there_is_hopped_from(router: Router, serve: Callable[..., ModelServer]) -> None:
    add(router, "first", nowhere(), 0.9)
    add(router, "second", serve(say("Here.")))
    answer = await router.text("plan", HELLO)
    assert answer.text == "Here."
    assert answer.used.hops[0].error == "first cannot be reached or broke off."


async def test_a_missing_key_is_said_by_the_name_of_its_variable(
    router: Router, serve: Callable[..., ModelServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(say("One."), say("Two."))
    add(router, "first", server, 0.9, key_env="THE_FIRST_KEY")
    with pytest.raises(ModelUnavailable, match="first has no key: set THE_FIRST_KEY in the environment"):
        await router.text("plan", HELLO)
    assert server.requests == []
    monkeypatch.setenv("THE_FIRST_KEY", "sk-very-secret")
    assert (await router.text("plan", HELLO)).text == "One."
    assert server.headers[0]["authorization"] == "Bearer sk-very-secret"


async def test_a_short_wait_is_waited_for(router: Router, serve: Callable[..., ModelServer]) -> None:
    add(router, "first", serve(fail(429, retry_after=1), say("Now.")), 0.9)
    add(router, "second", serve(say("Instead.")))
    assert (await router.text("plan", HELLO)).text == "Now."


async def test_the_last_endpoint_is_asked_three_times(router: Router, serve: Callable[..., ModelServer]) -> None:
    server = serve(fail(500), fail(503), say("At last."))
    add(router, "only", server)
    answer = await router.text("plan", HELLO)
    assert answer.text == "At last."
    assert answer.used.hops == ()
    assert answer.used.reason == "the only one that can be asked"
    assert answer.used.line(answer.cost_usd) == "only"


async def test_when_nobody_answers_the_error_says_what_was_tried(
    router: Router, serve: Callable[..., ModelServer]
) -> None:
    add(router, "first", serve(lambda _: fail(401)), 0.9)
    add(router, "second", serve(lambda _: fail(500)))
    with pytest.raises(ModelUnavailable) as raised:
        await router.text("plan", HELLO)
    assert [hop.model for hop in raised.value.hops] == ["openai/first", "openai/second"]
    assert str(raised.value).startswith("None of 2 models could do it: first refused the key")
    assert "demand" not in str(raised.value), "what the provider says stays there"


async def test_what_would_help_is_told_apart(router: Router, serve: Callable[..., ModelServer]) -> None:
    server = serve(tools=False)
    add(router, "only", server, window=5000)
    with pytest.raises(Refused):
        await router.text("plan", HELLO, tools=TOOLS)
    with pytest.raises(Refused):
        await router.text("plan", HELLO, tools=TOOLS)
    router.flush()
    assert len(server.requests) == 1, "what it does not take is not tried again"
    assert await router.takes_tools("plan") is False
    with pytest.raises(TooLong, match="too long for only"):
        await router.text("plan", [{"role": "user", "content": "a long story " * 5000}])
    assert len(server.requests) == 1, "what cannot fit is not sent"
    assert (await router.text("plan", HELLO)).text == "Done."


async def test_one_tool_that_is_wrong_does_not_mean_that_no_tools_are_taken(
    router: Router, serve: Callable[..., ModelServer]
) -> None:
    server = serve(fail(400, "Invalid schema for function 'label': missing type"), say("Fine."))
    add(router, "only", server)
    with pytest.raises(Refused):
        await router.text("plan", HELLO, tools=TOOLS)
    router.flush()
    assert (await router.text("plan", HELLO, tools=TOOLS)).text == "Fine."


async def test_a_refusal_by_everybody_is_the_answer(router: Router, serve: Callable[..., ModelServer]) -> None:
    add(router, "first", serve(say("I cannot help with that.")), 0.9)
    add(router, "second", serve(say("Sorry, I won't do this.")))
    heard: list[str] = []
    answer = await router.text("write", HELLO, on_text=heard.append, on_again=heard.clear)
    assert answer.text == "".join(heard) == "I cannot help with that."
    assert (answer.used.endpoint, answer.used.reduced) == ("first", "first would not do this. Nobody else could.")


async def test_an_answer_of_another_form_is_not_taken_where_there_is_a_choice(
    router: Router, serve: Callable[..., ModelServer]
) -> None:
    add(router, "first", serve(lambda _: Turn(text="Certainly!")), 0.9)
    add(router, "second", serve(calls(("label", {"text": "x"}))))
    # A server without tools writes its calls, or its reply, as JSON.
    answer = await router.text("plan", HELLO, schema={"type": "object"})
    assert json.loads(answer.text)


# -- the choice -------------------------------------------------------------------------------------------------------
async def test_the_choice_goes_by_task_and_preference(router: Router, serve: Callable[..., ModelServer]) -> None:
    good, cheap = serve(lambda _: say("good")), serve(lambda _: say("cheap"))
    add(router, "good", good, 0.95, input_usd=5.0, output_usd=20.0)
    add(router, "cheap", cheap, 0.3, input_usd=0.05, output_usd=0.1)

    async def asked(task: Any) -> tuple[str, str]:
        answer = await router.text(task, HELLO)
        return answer.text, answer.used.reason

    assert await asked("plan") == ("good", "best quality for plan")
    assert await asked("classify") == ("cheap", "cheapest for classify")
    router.prefer("cost")
    assert await asked("plan") == ("cheap", "cheapest for plan, as preferred")
    router.prefer("quality")
    assert await asked("classify") == ("good", "best quality for classify, as preferred")


async def test_the_same_state_gives_the_same_choice(router: Router, serve: Callable[..., ModelServer]) -> None:
    for name in ("b", "a", "c"):
        add(router, name, nowhere())
    first = [c.endpoint.name for c in router.candidates("plan")]
    assert first == ["a", "b", "c"]
    assert all([c.endpoint.name for c in router.candidates("plan")] == first for _ in range(5))


async def test_an_endpoint_that_fails_is_left_alone_then_tried_by_one(
    router: Router, serve: Callable[..., ModelServer], store: Store
) -> None:
    broken = serve(lambda _: fail(500))
    first = add(router, "first", broken, 0.9)
    add(router, "second", serve(lambda _: say("Here.")))
    for _ in range(3):
        await router.text("plan", HELLO)
        router.flush()
    assert len(broken.requests) == 3
    state = {c.endpoint.name: c.state for c in router.candidates("plan")}
    assert state == {"first": "open", "second": "closed"}
    answer = await router.text("plan", HELLO)
    assert len(broken.requests) == 3
    assert not answer.used.hops or "a moment ago" in answer.used.hops[0].error
    router.look()  # it answers a look, so a call may find out
    assert {c.endpoint.name: c.state for c in router.candidates("plan")}["first"] == "half_open"
    assert store.endpoints().claim(first.health_key)
    assert not store.endpoints().claim(first.health_key), "one call at a time may find out"


async def test_endpoints_come_and_go_while_running(router: Router, serve: Callable[..., ModelServer]) -> None:
    assert not router.has("plan")
    with pytest.raises(ModelUnavailable, match="SPATIALNB_MODEL"):
        await router.text("plan", HELLO)
    add(router, "one", serve(say("One.")))
    assert router.has("plan")
    assert (await router.text("plan", HELLO)).text == "One."
    add(router, "two", serve(say("Two.")), 0.9)
    assert (await router.text("plan", HELLO)).text == "Two."
    router.endpoints.remove("two")
    router.endpoints.remove("one")
    assert not router.has("plan")


async def test_a_model_of_the_settings_and_given_models_are_endpoints(
    store: Store, serve: Callable[..., ModelServer]
) -> None:
    mine, other = serve(say("Mine.")), serve(say("Settings."))
    router = Router(
        Settings(model="openai/set", model_base=other.url), store, models=[Model("openai/mine", mine.url, timeout=0.4)]
    )
    assert (await router.text("plan", HELLO)).text == "Mine."
    assert [endpoint.model for endpoint in router.endpoints.all()] == ["openai/mine", "openai/set"]
    await router.close()
    router.shut()


# -- money ------------------------------------------------------------------------------------------------------------
async def test_every_call_and_hop_is_checked_against_every_budget(
    router: Router, serve: Callable[..., ModelServer]
) -> None:
    dear, cheap = serve(lambda _: say("dear")), serve(lambda _: say("cheap"))
    add(router, "dear", dear, 0.9, input_usd=100.0, output_usd=100.0)
    add(router, "cheap", cheap, 0.1, input_usd=0.1, output_usd=0.1)
    router.budgets.set("day", 0.01)
    answer = await router.text("plan", HELLO)
    assert answer.text == "cheap"
    assert dear.requests == []
    assert answer.used.hops[0].error.startswith("dear may cost $0.8")
    assert "today's budget has $0.0100 left" in answer.used.hops[0].error
    assert cheap.requests[0]["max_tokens"] == 8192
    assert 0 < answer.cost_usd == pytest.approx(router.budgets.spent("day"))
    router.budgets.set("run", 0.0)
    with pytest.raises(OverBudget, match="this run's budget has") as raised:
        await router.text("plan", HELLO, run="r1", project="p")
    assert raised.value.scope == "run"
    assert (await router.text("plan", HELLO)).text == "cheap", "what belongs to no run spends no run's money"


async def test_an_answer_is_kept_short_where_money_is(router: Router, serve: Callable[..., ModelServer]) -> None:
    server = serve(say("Short."))
    add(router, "only", server, input_usd=1.0, output_usd=10.0)
    router.budgets.set("tenant", 0.02)
    answer = await router.text("plan", HELLO)
    assert 512 <= server.requests[0]["max_tokens"] < 2000
    assert answer.used.reduced == "The answer had to be short, as the budget has $0.0200 left."


async def test_a_price_that_nobody_knows_is_refused_by_a_budget(
    router: Router, serve: Callable[..., ModelServer]
) -> None:
    server = serve(lambda _: say("Hello."))
    add(router, "ours", server, input_usd=None, output_usd=None)
    assert (await router.text("plan", HELLO)).cost_usd == 0.0
    router.budgets.set("day", 100.0)
    with pytest.raises(OverBudget, match="Nobody knows the price of ours"):
        await router.text("plan", HELLO)
    add(router, "ours", server, input_usd=0.0, output_usd=0.0)
    assert (await router.text("plan", HELLO)).text == "Hello."


# -- recording --------------------------------------------------------------------------------------------------------
async def test_a_call_with_all_its_hops_is_recorded_and_replayed_without_endpoints(
    store: Store, serve: Callable[..., ModelServer], tmp_path: Path
) -> None:
    path = tmp_path / "it.calls.json"
    router = Router(Settings(), store, Recorder("record", path))
    add(router, "first", serve(say("Half of it all", broken="truncated")), 0.9)
    add(router, "second", serve(calls(("label", {"text": "x"}), text="I label it.")))
    made = await router.text("plan", HELLO, tools=TOOLS)
    await router.close()
    router.endpoints.remove("first")
    router.endpoints.remove("second")
    again = Router(Settings(), store, Recorder("replay", path))
    heard: list[str] = []
    replayed = await again.text("plan", HELLO, tools=TOOLS, on_text=heard.append, on_again=heard.clear)
    assert (replayed.text, replayed.calls, replayed.cost_usd) == (made.text, made.calls, made.cost_usd)
    assert "".join(heard) == "I label it."
    assert [hop.error for hop in replayed.used.hops] == [hop.error for hop in made.used.hops]
    router.shut()
