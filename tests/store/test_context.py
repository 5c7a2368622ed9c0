"""Context: fields written on their own."""

from __future__ import annotations

from collections.abc import Callable

from spatialnb.store import Store


def test_values_of_different_writers_stand_side_by_side(new_store: Callable[[], Store]) -> None:
    mine, theirs = new_store().context("p"), new_store().context("p")
    assert mine.get() == {}
    mine.update(selection=["a", "b"], preferences={"arrange.spacing": 0.1})
    theirs.update(last=["c"], selection=[])
    assert mine.get() == theirs.get() == {"selection": [], "last": ["c"], "preferences": {"arrange.spacing": 0.1}}


def test_it_is_forgotten_after_a_while(store: Store) -> None:
    context = store.context("p")
    context.update(last=[])
    ttl = store._link.client.ttl(context._key)  # pyright: ignore[reportPrivateUsage]
    assert 29 * 86400 < ttl <= 30 * 86400


def test_projects_have_each_their_own(store: Store) -> None:
    store.context("p").update(last=["a"])
    assert store.context("q").get() == {}
