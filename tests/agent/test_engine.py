"""The engine by itself: plans as graphs, on operations that are plain functions."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from spatialnb.agent.effect import Effect, filled, needs, taken
from spatialnb.agent.engine import LATER, OVER, Answered, Flight, compile_plan
from spatialnb.agent.live import queued
from spatialnb.agent.reply import status_of
from spatialnb.errors import Ambiguous, Invalid, ModelUnavailable, NotFound
from spatialnb.models.plan import Alternative, Condition, Plan, PlanStep, Preview, StepState

Work = Callable[[PlanStep, Mapping[str, Any]], Mapping[str, Any] | None]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


class Journey:
    """A flight over a plan, with what happened in it."""

    def __init__(self, plan: Plan, work: Work, pool: ThreadPoolExecutor, **options: Any) -> None:
        self.log: list[tuple[str, str]] = []
        self.told: list[StepState] = []
        self._lock = threading.Lock()
        self._work = work
        states = {step.id: queued("run-1", step) for step in plan.steps}
        self.when_told: Callable[[StepState], None] = lambda _: None
        self.flight = Flight(plan, states, self._perform, self._hear, pool=pool, **options)

    def _hear(self, state: StepState) -> None:
        self.told.append(state)
        self.when_told(state)

    def _perform(self, step: PlanStep, args: Mapping[str, Any], report: Callable[[float | None, str], None]) -> Effect:
        with self._lock:
            self.log.append(("began", step.id))
        result = self._work(step, args) or {"summary": f"Did {step.id}"}
        with self._lock:
            self.log.append(("ended", step.id))
        return Effect(result, Preview())

    async def fly(self) -> dict[str, str]:
        self.flight.start()
        await compile_plan(self.flight).ainvoke({"decisions": {}}, {"recursion_limit": 1000})
        return self.statuses

    @property
    def began(self) -> list[str]:
        return [name for what, name in self.log if what == "began"]

    @property
    def ended(self) -> list[str]:
        return [name for what, name in self.log if what == "ended"]

    @property
    def statuses(self) -> dict[str, str]:
        return {name: state.status for name, state in self.flight.states.items()}


def step(name: str, *after: str, **fields: Any) -> PlanStep:
    return PlanStep(id=name, operation=name, title=name, after=after, **fields)


def plan(*steps: PlanStep) -> Plan:
    return Plan(request="test", steps=steps)


DIAMOND = plan(step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c"))


async def test_a_diamond_runs_as_a_diamond(pool: ThreadPoolExecutor) -> None:
    meet = threading.Barrier(2, timeout=10)
    journey = Journey(DIAMOND, lambda s, a: meet.wait() and None if s.id in "bc" else None, pool)
    assert await journey.fly() == dict.fromkeys("abcd", "done")
    assert journey.began[0] == "a"
    assert set(journey.began[1:3]) == {"b", "c"}  # the barrier let them through: both ran at once
    assert journey.began[3] == "d"


def test_the_graph_has_a_node_a_step_and_the_edges_of_the_plan(pool: ThreadPoolExecutor) -> None:
    async def drawn() -> Any:
        asking = DIAMOND.model_copy(update={"steps": (*DIAMOND.steps[:3], step("d", "b", "c", approval="It deletes."))})
        return compile_plan(Journey(asking, lambda s, a: None, pool).flight).get_graph()

    graph = asyncio.run(drawn())
    edges = {(edge.source, edge.target) for edge in graph.edges}
    assert {
        ("__start__", "a"),
        ("a", "b"),
        ("a", "c"),
        ("b", "approve d"),
        ("c", "approve d"),
        ("approve d", "d"),
    } <= edges


async def test_a_step_does_not_wait_for_a_slow_one_beside_it(pool: ThreadPoolExecutor) -> None:
    far = threading.Event()

    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        if s.id == "slow":
            assert far.wait(10), "the other branch should get to its end meanwhile"
        if s.id == "z":
            far.set()

    journey = Journey(plan(step("slow"), step("x"), step("y", "x"), step("z", "y")), work, pool)
    assert set((await journey.fly()).values()) == {"done"}
    assert journey.ended[-1] == "slow"


async def test_a_failure_ends_its_own_branch_only(pool: ThreadPoolExecutor) -> None:
    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        if s.id == "b":
            raise NotFound("There is no robot.")

    journey = Journey(plan(step("a"), step("b"), step("c", "b"), step("d", "c"), step("e", "a")), work, pool)
    assert await journey.fly() == {"a": "done", "b": "failed", "c": "skipped", "d": "skipped", "e": "done"}
    assert journey.flight.states["b"].error == "There is no robot."
    assert journey.flight.states["c"].note == "Skipped, because “b” did not work."
    assert sorted(journey.began) == ["a", "b", "e"]


async def test_a_step_that_may_fail_does_not_hold_up_those_that_only_come_after_it(pool: ThreadPoolExecutor) -> None:
    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        if s.id == "a":
            raise NotFound("Nothing there.")

    steps = (step("a", on_error="skip"), step("b", "a"), step("c", args={"items": {"from": "a"}}))
    assert await Journey(plan(*steps), work, pool).fly() == {"a": "failed", "b": "done", "c": "skipped"}


async def test_an_unexpected_error_is_the_steps_own(pool: ThreadPoolExecutor) -> None:
    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        raise ZeroDivisionError("division by zero")

    journey = Journey(plan(step("a")), work, pool)
    assert await journey.fly() == {"a": "failed"}
    assert "ZeroDivisionError" in journey.flight.states["a"].error


async def test_what_is_ambiguous_offers_its_choices(pool: ThreadPoolExecutor) -> None:
    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        raise Ambiguous("Which robot?", [("robot-1", "Robot"), ("robot-2", "Robot")])

    journey = Journey(plan(step("a")), work, pool)
    await journey.fly()
    assert journey.flight.choices == (("robot-1", "Robot"), ("robot-2", "Robot"))


@pytest.mark.parametrize(
    ("error", "retries", "tries", "status"),
    [
        (ModelUnavailable("Busy."), 2, 3, "failed"),
        (ModelUnavailable("Busy."), 0, 1, "failed"),
        (NotFound("No such thing."), 2, 1, "failed"),
    ],
)
async def test_only_what_may_pass_is_tried_again(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, error: Exception, retries: int, tries: int, status: str
) -> None:
    monkeypatch.setattr("spatialnb.agent.flight.FIRST_PAUSE", 0.001)

    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        raise error

    journey = Journey(plan(step("a", retries=retries)), work, pool)
    assert await journey.fly() == {"a": status}
    assert journey.began == ["a"] * tries


async def test_a_retry_that_works_is_done(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spatialnb.agent.flight.FIRST_PAUSE", 0.001)
    answers = iter([ModelUnavailable("Busy."), None])

    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        if error := next(answers):
            raise error

    journey = Journey(plan(step("a", retries=1)), work, pool)
    assert await journey.fly() == {"a": "done"}
    assert any("Trying again" in state.note for state in journey.told)


async def test_arguments_come_from_earlier_results(pool: ThreadPoolExecutor) -> None:
    given: dict[str, Any] = {}

    def work(s: PlanStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
        given[s.id] = dict(args)
        return {"items": ["robot-1", "robot-2"], "hits": [{"asset": "image-1"}]}

    later = step("b", args={"items": {"from": "a"}, "first": {"from": "a", "field": "hits.0.asset"}})
    journey = Journey(plan(step("a"), later), work, pool)
    assert await journey.fly() == {"a": "done", "b": "done"}
    assert given["b"] == {"items": ["robot-1", "robot-2"], "first": "image-1"}
    assert journey.flight.states["b"].args == given["b"]


def test_references_are_found_and_filled_wherever_they_are() -> None:
    args = {"items": ["x", {"from": "a"}], "deep": {"more": [{"from": "b", "field": "n"}]}, "not": {"from": 1}}
    assert set(taken(args)) == {"a", "b"}
    results = {"a": {"items": ["y", "z"]}, "b": {"n": 3}}
    assert filled(args, results) == {"items": ["x", "y", "z"], "deep": {"more": [3]}, "not": {"from": 1}}
    with pytest.raises(Invalid, match="gave no 'colour'; it gave items"):
        filled({"from": "a", "field": "colour"}, results)
    with pytest.raises(Invalid, match="no result"):
        filled({"from": "c"}, results)


# -- when it fails -----------------------------------------------------------------------------------------------------
async def test_an_alternative_takes_a_failed_steps_place(pool: ThreadPoolExecutor) -> None:
    def work(s: PlanStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
        if s.operation != "film":
            raise NotFound(f"No {s.operation}.")
        return {"summary": "A film", "items": [args["of"]]}

    others = (Alternative(operation="page"), Alternative(operation="film", args={"of": {"from": "a", "field": "n"}}))
    first = step("a")
    asked = PlanStep(id="b", operation="scene", after=("a",), alternatives=others)
    later = step("c", args={"items": {"from": "b"}})

    def all_of(s: PlanStep, args: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return {"n": "x"} if s.id == "a" else {"got": args["items"]} if s.id == "c" else work(s, args)

    journey = Journey(plan(first, asked, later), all_of, pool)
    assert await journey.fly() == dict.fromkeys("abc", "done")
    assert journey.began == ["a", "b", "b", "b", "c"]
    state = journey.flight.states["b"]
    assert (state.operation, state.error) == ("film", "")
    assert any("No scene. Trying another way: page." in told.note for told in journey.told)
    assert journey.flight.states["c"].result == {"got": ["x"]}


async def test_when_every_way_fails_the_last_reason_is_told(pool: ThreadPoolExecutor) -> None:
    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        raise NotFound(f"No {s.operation}.")

    journey = Journey(plan(step("a", alternatives=(Alternative(operation="z"),))), work, pool)
    assert await journey.fly() == {"a": "failed"}
    assert journey.flight.states["a"].error == "No z."


@pytest.mark.parametrize("policy", ["stop", "undo"])
async def test_a_run_that_stops_on_failure_begins_nothing_more(pool: ThreadPoolExecutor, policy: Any) -> None:
    failed = threading.Event()

    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        if s.id == "a":
            raise NotFound("Nothing there.")
        assert failed.wait(10)

    steps = (step("a"), step("b"), step("c", "b"), step("d", approval="It deletes."))
    journey = Journey(plan(*steps).model_copy(update={"on_error": policy}), work, pool)
    journey.when_told = lambda state: failed.set() if state.status == "failed" else None
    assert await journey.fly() == {"a": "failed", "b": "done", "c": "skipped", "d": "skipped"}
    assert journey.flight.states["c"].note == "Not begun, because “a” did not work."
    assert journey.flight.undo_wanted is (policy == "undo")


# -- conditions and sets -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "test", "than", "needed"),
    [
        ({"from": "a"}, "some", None, True),
        ({"from": "a"}, "none", None, False),
        ({"from": "a"}, "more", 1, True),
        ({"from": "a"}, "more", 2, False),
        ({"from": "a"}, "fewer", {"from": "a", "field": "n"}, True),
        ({"from": "a"}, "is", 2, True),
        ({"from": "a"}, "is not", 2, False),
        ({"from": "a"}, "has", "x", True),
        ({"from": "a", "field": "n"}, "is", 3, True),
        ({"from": "a", "field": "mood"}, "is", "calm", True),
        ({"select": "the photos"}, "fewer", 5, True),
        ({"select": "the films"}, "some", None, False),
    ],
)
async def test_a_step_is_done_if_its_condition_holds(
    pool: ThreadPoolExecutor, value: Any, test: Any, than: Any, needed: bool
) -> None:
    def work(s: PlanStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"items": ["x", "y"], "n": 3, "mood": "calm"}

    asked = step("b", when=Condition(value=value, test=test, than=than))
    steps = (step("a"), asked, step("c", "b"), step("d", args={"items": {"from": "b"}}))
    photos = {"the photos": ["p", "q"], "the films": []}
    journey = Journey(plan(*steps), work, pool, select=lambda words: list(photos[words]))
    statuses = await journey.fly()
    assert statuses["b"] == ("done" if needed else "skipped")
    assert journey.flight.states["b"].needless is not needed
    assert statuses["c"] == "done", "what only comes after it goes on"
    assert statuses["d"] == ("done" if needed else "skipped")
    assert journey.flight.states["d"].needless is not needed
    assert status_of(list(journey.flight.states.values())) == "done", "nothing is missing"


async def test_a_condition_that_cannot_be_told_is_a_failure(pool: ThreadPoolExecutor) -> None:
    asked = step("b", when=Condition(value={"from": "a", "field": "size"}, test="more", than=1))
    journey = Journey(plan(step("a"), asked), lambda s, a: {"items": []}, pool)
    assert await journey.fly() == {"a": "done", "b": "failed"}
    assert "gave no 'size'" in journey.flight.states["b"].error


async def test_a_step_is_done_for_each_of_a_set_side_by_side(pool: ThreadPoolExecutor) -> None:
    meet = threading.Barrier(3, timeout=10)

    def work(s: PlanStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
        if s.id == "a":
            return {"items": ["x", "y", "z"]}
        if s.id.startswith("b"):
            meet.wait()
            return {"items": [f"{args['of']} {args['size']}"]}
        return {"got": args["items"]}

    each = step("b", each={"from": "a"}, args={"of": {"from": "each"}, "size": 2})
    journey = Journey(plan(step("a"), each, step("c", args={"items": {"from": "b"}})), work, pool)
    statuses = await journey.fly()
    assert set(statuses.values()) == {"done"}
    assert {"b[0]", "b[1]", "b[2]"} <= statuses.keys()
    assert journey.flight.states["c"].result == {"got": ["x 2", "y 2", "z 2"]}
    assert {journey.flight.states[f"b[{n}]"].parent for n in range(3)} == {"b"}


async def test_a_set_goes_on_with_the_parts_that_are_left(pool: ThreadPoolExecutor) -> None:
    each = step("b", each={"select": "the photos"}, args={"of": {"from": "each"}})
    journey = Journey(plan(each), lambda s, a: {"items": [a["of"]]}, pool, select=lambda _: ["changed", "since"])
    state = journey.flight.states["b"]
    journey.flight.states["b"] = state.model_copy(update={"each": ("x", "y")})
    done = state.model_copy(update={"id": "b[0]", "parent": "b", "status": "done", "result": {"items": ["x"]}})
    journey.flight.states["b[0]"] = done
    await journey.fly()
    assert journey.began == ["b[1]"]
    assert journey.flight.states["b"].result["items"] == ["x", "y"]  # type: ignore[index,call-overload]


async def test_what_fails_for_some_of_a_set_is_told(pool: ThreadPoolExecutor) -> None:
    def work(s: PlanStep, args: Mapping[str, Any]) -> Mapping[str, Any]:
        if args["of"] == 2:
            raise NotFound("No second.")
        return {"items": [f"n{args['of']}"]}

    each = step("b", each=[1, 2, 3], args={"of": {"from": "each"}})
    journey = Journey(plan(each), work, pool)
    await journey.fly()
    state = journey.flight.states["b"]
    assert (state.status, state.error) == ("failed", "1 of 3 did not work. No second.")
    assert state.result["items"] == ["n1", "n3"]  # type: ignore[index,call-overload]
    assert status_of(list(journey.flight.states.values())) == "failed"


async def test_a_step_for_each_of_nothing_is_done(pool: ThreadPoolExecutor) -> None:
    journey = Journey(plan(step("b", each=[])), lambda s, a: None, pool)
    assert await journey.fly() == {"b": "done"}
    assert journey.began == []


# -- approvals ---------------------------------------------------------------------------------------------------------
class Thread:
    """A plan's graph with a checkpointer, as a turn has it."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.graph = compile_plan(journey.flight).copy()
        self.graph.checkpointer = InMemorySaver()
        self.config: Any = {"configurable": {"thread_id": "t"}}

    async def go(self, payload: Any) -> dict[str, str]:
        after = await self.graph.ainvoke(payload, self.config)
        self.over = {name for name, status in self.journey.statuses.items() if status in OVER}
        return {i.value["step"]: i.id for i in after.get("__interrupt__", ())}


ASKING = plan(
    step("a"),
    step("p", "a", approval="It deletes."),
    step("q", "a", approval="It spends.", args={"size": 1, "colour": "red"}),
    step("r", "a", approval="It publishes."),
    step("after p", "p"),
    step("after r", "r"),
    step("x"),
    step("y", "x"),
    step("z", "y"),
)


async def test_approvals_wait_together_and_are_answered_in_any_order(pool: ThreadPoolExecutor) -> None:
    given: dict[str, Any] = {}

    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        given[s.id] = dict(args)

    journey = Journey(ASKING, work, pool)
    thread = Thread(journey)
    journey.flight.start()
    asked = await thread.go({"decisions": {}})
    assert set(asked) == {"p", "q", "r"}
    assert thread.over == {"a", "x", "y", "z"}, "all else is over before anyone is asked"
    assert [journey.statuses[s] for s in ("p", "q", "r", "after p")] == ["waiting", "waiting", "waiting", "queued"]

    assert journey.flight.answer("r", Answered("reject"))
    asked = await thread.go(Command(resume={asked[s]: journey.flight.answer_to(s) or LATER for s in asked}))
    assert set(asked) == {"p", "q"}
    assert journey.statuses["r"] == journey.statuses["after r"] == "skipped"

    assert journey.flight.answer("q", Answered("edit", {"size": 2}))
    asked = await thread.go(Command(resume={asked[s]: journey.flight.answer_to(s) or LATER for s in asked}))
    assert set(asked) == {"p"}
    assert given["q"] == {"size": 2, "colour": "red"}

    assert not journey.flight.answer("q", Answered("approve")), "each is answered once"
    assert journey.flight.answer("p", Answered("approve"))
    asked = await thread.go(Command(resume={asked[s]: journey.flight.answer_to(s) or LATER for s in asked}))
    assert not asked
    assert journey.statuses["after p"] == "done"
    assert sorted(journey.began) == sorted(["a", "x", "y", "z", "q", "p", "after p"])


async def test_a_policy_answers_in_a_persons_place(pool: ThreadPoolExecutor) -> None:
    async def policy(state: StepState) -> Answered:
        return Answered("approve" if state.id == "p" else "reject")

    statuses = await Journey(ASKING, lambda s, a: None, pool, policy=policy).fly()
    assert (statuses["p"], statuses["q"], statuses["r"]) == ("done", "skipped", "skipped")


async def test_nobody_is_asked_when_all_is_agreed_to(pool: ThreadPoolExecutor) -> None:
    assert set((await Journey(ASKING, lambda s, a: None, pool, ask=False).fly()).values()) == {"done"}


# -- stopping and holding ----------------------------------------------------------------------------------------------
async def test_a_stop_ends_what_runs_and_begins_nothing_more(pool: ThreadPoolExecutor) -> None:
    running, stopped = threading.Event(), threading.Event()

    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        if s.id == "b":
            running.set()
            stopped.wait(10)

    journey = Journey(
        plan(step("a"), step("b", "a"), step("c", "b"), step("p", "a", approval="It deletes.")), work, pool
    )
    flying = asyncio.ensure_future(journey.fly())
    await asyncio.to_thread(running.wait, 10)
    journey.flight.stop()
    stopped.set()
    assert await flying == {"a": "done", "b": "done", "c": "stopped", "p": "stopped"}


async def test_an_operation_that_does_not_listen_is_given_up(
    pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spatialnb.agent.flight.GRACE", 0.01)
    running, end = threading.Event(), threading.Event()

    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        running.set()
        end.wait(10)

    journey = Journey(plan(step("a")), work, pool)
    flying = asyncio.ensure_future(journey.fly())
    await asyncio.to_thread(running.wait, 10)
    journey.flight.stop()
    assert await flying == {"a": "stopped"}
    end.set()


async def test_holding_lets_what_runs_finish(pool: ThreadPoolExecutor) -> None:
    running, go_on = threading.Event(), threading.Event()

    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        running.set()
        go_on.wait(10)

    journey = Journey(plan(step("a"), step("b", "a")), work, pool)
    flying = asyncio.ensure_future(journey.fly())
    await asyncio.to_thread(running.wait, 10)
    journey.flight.hold()
    go_on.set()
    assert await flying == {"a": "done", "b": "queued"}


async def test_two_hundred_steps_side_by_side(pool: ThreadPoolExecutor) -> None:
    began = time.perf_counter()
    journey = Journey(plan(*(step(f"s{n}") for n in range(200))), lambda s, a: None, pool)
    assert set((await journey.fly()).values()) == {"done"}
    assert time.perf_counter() - began < 10


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Plan, set[str]]:
    """Any plan of up to twelve steps, and which of them fail."""
    count = draw(st.integers(1, 12))
    steps = [
        step(f"s{n}", *draw(st.sets(st.sampled_from([f"s{k}" for k in range(n)]))) if n else ()) for n in range(count)
    ]
    return plan(*steps), draw(st.sets(st.sampled_from([s.id for s in steps])))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graphs())
def test_any_plan_keeps_its_order_and_fails_only_below_its_failures(
    pool: ThreadPoolExecutor, drawn: tuple[Plan, set[str]]
) -> None:
    any_plan, failing = drawn

    def work(s: PlanStep, args: Mapping[str, Any]) -> None:
        if s.id in failing:
            raise NotFound("Not there.")

    async def fly() -> Journey:
        journey = Journey(any_plan, work, pool)
        await journey.fly()
        return journey

    journey = asyncio.run(fly())
    expected: dict[str, str] = {}
    for s in any_plan.steps:
        below = any(expected[name] != "done" for name in needs(s))
        expected[s.id] = "skipped" if below else "failed" if s.id in failing else "done"
    assert journey.statuses == expected
    assert len(journey.began) == len(set(journey.began))
    for s in any_plan.steps:
        for name in needs(s):
            if s.id in journey.began:
                assert journey.log.index(("ended", name)) < journey.log.index(("began", s.id))
