"""LangGraph's checkpoints: the published conformance suite, real graphs, several event loops."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from spatialnb.store import Store


class _State(TypedDict):
    done: Annotated[list[str], operator.add]


def _graph(store: Store) -> Any:
    def first(state: _State) -> dict[str, Any]:
        return {"done": ["first"]}

    def ask(state: _State) -> dict[str, Any]:
        return {"done": [interrupt("go on?")]}

    graph = StateGraph(_State)
    graph.add_node("first", first)
    graph.add_node("ask", ask)
    graph.add_edge(START, "first")
    graph.add_edge("first", "ask")
    graph.add_edge("ask", END)
    return graph.compile(checkpointer=store.checkpointer())


def _config(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}}


async def test_it_passes_the_conformance_suite(new_store: Callable[[], Store]) -> None:
    @checkpointer_test(name="spatialnb")
    async def ours() -> AsyncIterator[Any]:
        store = new_store()
        saver = store.checkpointer()
        for place in list(saver._places(None)):  # pyright: ignore[reportPrivateUsage]
            saver.delete_thread(place.thread)
        yield saver

    report = await validate(ours)
    report.print_report()
    assert report.passed_all()
    assert len(report.results) == 8


def test_a_graph_that_waits_goes_on_in_another_process(new_store: Callable[[], Store]) -> None:
    first = new_store()
    _graph(first).invoke({"done": []}, _config("t"))
    first.close()
    result = _graph(new_store()).invoke(Command(resume="yes"), _config("t"))
    assert result == {"done": ["first", "yes"]}


def test_on_any_event_loop(store: Store) -> None:
    async def begin() -> None:
        await _graph(store).ainvoke({"done": []}, _config("t"))

    async def go_on() -> Any:
        return await _graph(store).ainvoke(Command(resume="yes"), _config("t"))

    asyncio.run(begin())
    assert asyncio.run(go_on()) == {"done": ["first", "yes"]}
    assert len(list(store.checkpointer().list(_config("t")))) == 4


def test_threads_expire_and_can_be_deleted(store: Store) -> None:
    _graph(store).invoke({"done": []}, _config("t"))
    client = store._link.client  # pyright: ignore[reportPrivateUsage]
    keys = [key for key in client.scan_iter("*ckpt/t*") if b"test_threads_expire" in key]
    assert len(keys) >= 5
    assert all(client.ttl(key) > 0 for key in keys)
    store.checkpointer().delete_thread("t")
    assert not [key for key in client.scan_iter("*ckpt/t*") if b"test_threads_expire" in key]
    assert list(store.checkpointer().list(None)) == []


@pytest.mark.parametrize("thread", ["a/b", "a:b", "ü {x}"])
def test_any_thread_name_will_do(store: Store, thread: str) -> None:
    _graph(store).invoke({"done": []}, _config(thread))
    assert {found.config["configurable"]["thread_id"] for found in store.checkpointer().list(None)} == {thread}  # pyright: ignore
