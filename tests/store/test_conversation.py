"""Runs, kept in their order."""

from __future__ import annotations

from collections.abc import Callable

from spatialnb.models.plan import RunState
from spatialnb.store import Store


def _run(name: str, **fields: object) -> RunState:
    return RunState.model_validate({"id": name, "project": "p", "request": f"do {name}", **fields})


def test_turns_are_in_the_order_in_which_they_began(new_store: Callable[[], Store]) -> None:
    conversation = new_store().conversation("p")
    for name in "abc":
        conversation.save(_run(name))
    conversation.save(_run("a", status="done", reply="Done."))
    for reader in (conversation, new_store().conversation("p")):
        assert [(state.id, state.status) for state in reader.turns()] == [
            ("a", "done"),
            ("b", "running"),
            ("c", "running"),
        ]
        assert [state.id for state in reader.turns(2)] == ["b", "c"]
        assert reader.get("a") == _run("a", status="done", reply="Done.")
        assert reader.get("z") is None
    assert conversation.turns(0) == []


def test_the_oldest_go_first(store: Store, monkeypatch) -> None:
    monkeypatch.setattr("spatialnb.store.conversation.RUNS_KEPT", 5)
    conversation = store.conversation("p")
    for number in range(12):
        conversation.save(_run(str(number)))
    assert [state.id for state in conversation.turns(99)] == ["7", "8", "9", "10", "11"]
    assert conversation.get("0") is None
