"""Outcomes used again: only where they would be the same, and with what they changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spatialnb.errors import ServiceUnavailable
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.models.project import copy_with
from spatialnb.operations import load_operations
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Outcome, Registry, Things, describe
from spatialnb.operations.workspace import Workspace
from spatialnb.store.results import Results
from tests.operations.calling.conftest import Opened, add, fetching
from tests.operations.calling.faulty import FaultyServer

load_operations()


class Counted(Outcome):
    """What was counted."""

    count: int = 0


def counting(counted: list[int], **fields: Any) -> Any:
    def measure_up(ctx: Context, items: Things, factor: float = 1.0) -> Counted:
        """Add up widths."""
        counted.append(len(items))
        ctx.spend(0.25)
        return Counted(summary="Counted", count=len(items))

    return describe(measure_up, **{"cached": True, "source": "spatialnb", **fields})


def placed(workspace: Workspace, *names: str) -> None:
    def put(ctx: Context, name: str, width: float = 1.0) -> Outcome:
        """Put a label there."""
        item = Item(id=name, name=name, kind="label", position=(width, 0, 0))
        ctx.project = ctx.project.with_items([item])
        return Outcome(items=(name,))

    add(workspace, describe(put, changes="items"))
    for name in names:
        workspace.do("put", {"name": name})


def test_the_same_again_costs_nothing_and_says_so(workspace: Workspace) -> None:
    counted: list[int] = []
    placed(workspace, "a", "b")
    add(workspace, counting(counted))
    first = workspace.do("measure_up", {"items": ["a", "b"]})
    again = workspace.do("measure_up", {"items": ("a", "b"), "factor": 1.0})
    assert (first.cached, first.cost_usd) == (False, 0.25)
    assert (again.cached, again.cost_usd) == (True, 0.0)
    assert again.model_dump(exclude={"cached", "cost_usd"}) == first.model_dump(exclude={"cached", "cost_usd"})
    assert counted == [2]
    row = workspace.measures.frame().set_index("name").loc["measure_up"]
    assert (row.calls, row.cached, row.cost_usd) == (2, 1, 0.25)


Change = Callable[[Workspace, dict[str, Any]], None]


@pytest.mark.parametrize(
    "change",
    [
        lambda w, args: args.update(factor=2.0),
        lambda w, args: args.update(items=["b", "a"]),
        lambda w, args: w.do("put", {"name": "a", "width": 3.0}),
        lambda w, args: w.registry.add(counting(args["counted"], version=2)),
        lambda w, args: w.registry.add(counting(args["counted"], source="plugin")),
    ],
    ids=["argument", "order", "content", "version", "source"],
)
def test_whatever_it_depends_on_makes_it_new(workspace: Workspace, change: Change) -> None:
    counted: list[int] = []
    placed(workspace, "a", "b")
    add(workspace, counting(counted))
    args: dict[str, Any] = {"items": ["a", "b"], "counted": counted}
    workspace.do("measure_up", {"items": ["a", "b"]})
    change(workspace, args)
    del args["counted"]
    assert not workspace.do("measure_up", args).cached
    assert len(counted) == 2


def test_fresh_does_the_work_and_keeps_the_new_outcome(workspace: Workspace) -> None:
    counted: list[int] = []
    placed(workspace, "a")
    add(workspace, counting(counted))
    for _ in range(2):
        assert not workspace.do("measure_up", {"items": ["a"]}, fresh=True).cached
    assert workspace.do("measure_up", {"items": ["a"]}).cached
    assert counted == [1, 1]


def test_what_is_not_marked_is_never_used_again(workspace: Workspace) -> None:
    counted: list[int] = []
    placed(workspace, "a")
    add(workspace, counting(counted, cached=False))
    for _ in range(2):
        assert not workspace.do("measure_up", {"items": ["a"]}).cached
    assert counted == [1, 1]


def test_an_outcome_with_a_caveat_is_not_kept(workspace: Workspace) -> None:
    def lesser(ctx: Context) -> Outcome:
        """Give less than was asked for."""
        ctx.notes.append("The better one is not there.")
        return Outcome(summary="Less")

    add(workspace, describe(lesser, cached=True))
    assert workspace.do("lesser").notes == ("The better one is not there.",)
    assert not workspace.do("lesser").cached


def test_a_picture_drawn_before_is_a_change_of_its_own_in_every_project(opened: Opened) -> None:
    one = opened("one", Registry(parent=DEFAULT))
    other = opened("other", Registry(parent=DEFAULT))
    first = one.do("make_image", {"prompt": "a harbour at night", "count": 2})
    again = other.do("make_image", {"prompt": "a harbour at night", "count": 2})
    assert (first.cached, again.cached) == (False, True)
    assert one.project.assets == other.project.assets
    assert len(other.project.assets) == 2
    change = other.log.history()[-1]
    assert change.call.operation == "make_image"
    assert change.summary == first.summary
    other.do("undo")
    assert not other.project.assets
    # Where the pictures are there already there is nothing to change.
    revision = one.project.revision
    assert one.do("make_image", {"prompt": "a harbour at night", "count": 2}).cached
    assert one.project.revision == revision


def test_pictures_of_which_some_were_there_come_whole_elsewhere(opened: Opened) -> None:
    one, other = (opened(name, Registry(parent=DEFAULT)) for name in ("one", "other"))
    one.do("make_image", {"prompt": "snow", "count": 1})
    made = one.do("make_image", {"prompt": "snow", "count": 2})
    again = other.do("make_image", {"prompt": "snow", "count": 2})
    assert again.cached
    assert set(other.project.assets) == set(made.model_dump()["assets"])


def test_files_that_are_gone_are_made_again(opened: Opened, tmp_path: Path) -> None:
    one, other = (opened(name, Registry(parent=DEFAULT)) for name in ("one", "other"))
    made = one.do("make_image", {"prompt": "rain"}).model_dump()["assets"]
    asset: Asset = one.project.assets[made[0]]
    shutil.rmtree(tmp_path / "media")
    (tmp_path / "media").mkdir()
    again = other.do("make_image", {"prompt": "rain"})
    assert not again.cached
    assert other.media.path(asset.hash).exists()


def test_what_came_from_outside_is_used_while_it_is_young(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultyServer() as server:
        add(workspace, fetching(server.url, cached=True))
        workspace.do("fetch")
        assert workspace.do("fetch").cached
        assert not workspace.do("fetch", {"thing": "b"}).cached
        monkeypatch.setattr("spatialnb.operations.calling.cache.OUTSIDE", 0.0)
        assert not workspace.do("fetch").cached
        assert server.asked == 3


def test_an_earlier_outcome_is_better_than_none_and_says_what_it_is(workspace: Workspace) -> None:
    with FaultyServer(200, 503) as server:
        add(workspace, fetching(server.url, cached=True))
        workspace.do("fetch")
        outcome = workspace.do("fetch", fresh=True)
        assert server.asked == 2
    assert outcome.cached
    assert outcome.model_dump()["value"] == 42
    assert outcome.notes == ("Weather is not there; this is what it gave under a second ago.",)
    with pytest.raises(ServiceUnavailable):
        workspace.do("fetch", {"thing": "never asked"}, fresh=True)


def test_while_recording_every_outside_call_is_made(opened: Opened) -> None:
    workspace = opened(recorder=SimpleNamespace(mode="record"))
    with FaultyServer() as server:
        add(workspace, fetching(server.url, cached=True))
        workspace.do("fetch")
        assert not workspace.do("fetch").cached
        assert server.asked == 2


def test_projects_do_not_share_what_outsiders_brought_under_one_name(opened: Opened) -> None:
    one, other = opened("one"), opened("other")
    with FaultyServer() as server:
        for workspace in (one, other):
            add(workspace, fetching(server.url, cached=True, source="weather-api"))
        one.do("fetch")
        assert not other.do("fetch").cached


def test_a_function_that_was_written_anew_is_run_anew(workspace: Workspace) -> None:
    def tell(ctx: Context) -> Outcome:
        """Tell."""
        return Outcome(summary="One way")

    first = describe(tell, cached=True, source="__main__")

    def tell(ctx: Context) -> Outcome:
        """Tell."""
        return Outcome(summary="Another way")

    add(workspace, first)
    assert workspace.do("tell").summary == workspace.do("tell").summary == "One way"
    add(workspace, describe(tell, cached=True, source="__main__"))
    assert workspace.do("tell").summary == "Another way"


def test_it_is_bounded_in_number_and_in_size(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spatialnb.store.results.TOUCH", 0.0)
    store: Any = workspace.store
    results = Results(store._link, store._keys, most=3, most_bytes=4_000)
    for n in range(5):
        results.keep(f"k{n}", n)
    assert [results.get(f"k{n}") is not None for n in range(5)] == [False, False, True, True, True]
    results.get("k2")
    results.keep("k5", 5)
    assert results.get("k2") is not None  # used lately
    assert results.get("k3") is None
    import random

    noise = random.Random(1).randbytes(1_600).hex()
    results.keep("large", noise)
    results.keep("larger", noise[::-1])
    assert results.get("large")
    assert results.get("larger")
    results.keep("largest", noise[1:] + "0")
    assert not results.get("large")
    client: Any = store._link.client
    values = client.hgetall(store._keys.results.values)
    assert int(client.get(store._keys.results.bytes)) == sum(map(len, values.values())) <= 4_000
    assert not results.keep("huge", random.Random(2).randbytes(1_500_000).hex())


def test_a_value_that_cannot_be_read_is_made_anew(workspace: Workspace) -> None:
    counted: list[int] = []
    placed(workspace, "a")
    add(workspace, counting(counted))
    workspace.do("measure_up", {"items": ["a"]})
    store: Any = workspace.store
    key = store._keys.results.values
    for name in store._link.client.hkeys(key):
        store._link.client.hset(key, name, b"rubbish")
    assert not workspace.do("measure_up", {"items": ["a"]}).cached
    assert workspace.do("measure_up", {"items": ["a"]}).cached


def test_only_additions_to_the_library_are_kept_with_an_outcome(workspace: Workspace) -> None:
    def shift(ctx: Context, items: Things) -> Outcome:
        """Move things."""
        ctx.project = ctx.project.with_items([copy_with(i, position=(i.position[0] + 1, 0.0, 0.0)) for i in items])
        return Outcome(summary="Moved", items=tuple(i.id for i in items))

    placed(workspace, "a")
    add(workspace, describe(shift, changes="items", cached=True))
    for _ in range(3):
        workspace.do("shift", {"items": ["a"]})
    item = workspace.project.item("a")
    assert item is not None
    assert item.position[0] == 4.0
