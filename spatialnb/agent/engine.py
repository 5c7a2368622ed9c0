"""The engine: a typed plan as a LangGraph graph, its steps carried out side by side, once each, durably.

Two things that know of each other. The *graph* is the plan as LangGraph sees it: a node a step, an approval as a node
of its own with `interrupt()` before the effect, edges by what a step needs; it is what is checkpointed and resumed. The
*flight* (`flight.py`) is one process's execution of that plan: a task a step, each begun the moment the steps it needs
are over. Graph nodes wait for the flight's tasks, so a step need not wait, as LangGraph's rounds alone would have it,
for slower steps that happen to stand in the same round.

The graph is checkpointed when it is interrupted or over, not between its steps: what a step came to is kept by whoever
is told of it (`emit`), and a flight that begins with those states does not do them again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from spatialnb.agent.flight import OVER, Answered, Flight, Perform, Policy
from spatialnb.agent.values import needs
from spatialnb.models.plan import PlanStep

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph


def merged(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Any]:
    """Reducer of LangGraph: what parallel nodes found out, together."""
    return {**(old or {}), **(new or {})}


class Decided(TypedDict, total=False):
    """The state of a plan's graph: step id to the answer a person gave.

    How its steps went is the run's to keep (`Live`), not the graph's: a record a step instead of a checkpoint a round.
    """

    decisions: Annotated[dict[str, Any], merged]


LATER = "later"
"""Given to `interrupt()` where another step was answered and this one was not: it asks again when all else is done."""


def node(function: Callable[..., Awaitable[Any]], *bound: Any) -> Any:
    """`function` with its first arguments given, as a node.

    A partial, because LangGraph reads the source of a closure or a method to look for graphs inside it, at 1 ms each.
    """
    return partial(function, *bound)


def compile_plan(flight: Flight) -> CompiledStateGraph[Any]:
    """The LangGraph graph of a flight's plan.

    A step node never raises: that a step failed is its outcome, and the nodes after it look at that. So the branches
    that do not depend on it go on.
    """
    from langgraph.graph import END, START, StateGraph

    graph: StateGraph[Decided] = StateGraph(Decided)
    needed = {name for step in flight.plan.steps for name in needs(step)}
    for step in flight.plan.steps:
        graph.add_node(step.id, node(_step, flight, step.id))
        entry = step.id
        if flight.gated(step):
            entry = f"approve {step.id}"
            # Deferred: it interrupts the graph only when nothing else can go on, and then all that wait do at once.
            asks = node(_approval, flight, step, entry)
            graph.add_node(entry, asks, defer=True, destinations=(step.id, entry))
        before = needs(step)
        graph.add_edge(list(before) if before else START, entry)
        if step.id not in needed:
            graph.add_edge(step.id, END)
    if not flight.plan.steps:
        graph.add_edge(START, END)
    return graph.compile(name="plan")


async def _step(flight: Flight, step_id: str, state: Decided) -> dict[str, Any]:
    """The node of a step."""
    if given := state.get("decisions", {}).get(step_id):
        flight.answer(step_id, Answered(**given))  # no effect in the process where the answer was given
    await flight.settle(step_id)
    return {}


async def _approval(flight: Flight, step: PlanStep, name: str, _: Decided) -> Any:
    """The node, called `name`, in which a step waits for an answer."""
    from langgraph.types import Command, interrupt

    if await flight.asked(step.id):
        given = interrupt({"step": step.id, "reason": step.approval})
        if given == LATER:
            return Command(goto=name)
    else:
        given = flight.answer_to(step.id)
    return Command(goto=step.id, update={"decisions": {step.id: given}} if given else {})


__all__ = ["LATER", "OVER", "Answered", "Flight", "Perform", "Policy", "compile_plan", "merged", "node"]
