"""The change log: order, rebase, conflicts, exactly once, snapshots, and that it does not grow slow."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialnb.errors import NotFound
from spatialnb.models.canvas import Item
from spatialnb.models.change import Call, Edit
from spatialnb.models.project import Project, scene_hash
from spatialnb.store import ChangeLog, Store, scripts
from spatialnb.store.snapshots import EVERY, thinned
from tests.store.waiting import Heard, label, place, set_fields, until, write


def _item(log: ChangeLog, item_id: str) -> Item:
    item = log.head.item(item_id)
    assert item is not None
    return item


def test_a_change_says_what_it_did(store: Store) -> None:
    log = store.changes("p")
    what: dict[str, Any] = {"actor": "view-1", "run": "r", "step": "s", "correlation_id": "c", "summary": "Placed a"}
    change = place(log, "a", author="person", **what).change
    assert change is not None
    assert (change.revision, change.base) == (1, 0)
    assert {name: getattr(change, name) for name in what} == what
    assert log.history() == [change]
    assert log.head == Project(name="p").with_items([label("a")]).with_revision(1)


def test_what_was_written_is_read_by_another(new_store: Callable[[], Store]) -> None:
    mine, theirs = new_store().changes("p"), new_store().changes("p")
    place(mine, "a", "b")
    set_fields(mine, "a", text="hello")
    assert [change.revision for change in theirs.sync()] == [1, 2]
    assert theirs.sync() == ()
    assert theirs.head == mine.head
    assert theirs.history() == mine.history()


def test_nothing_is_written_when_nothing_has_to_change(store: Store) -> None:
    log = store.changes("p")
    place(log, "a")
    appended = set_fields(log, "a", text="")
    assert appended.change is None
    assert log.head.revision == 1
    assert len(log.history()) == 1


def test_changes_of_different_fields_both_stand(new_store: Callable[[], Store]) -> None:
    mine, theirs = new_store().changes("p"), new_store().changes("p")
    place(mine, "a")
    theirs.sync()
    seen = theirs.head
    set_fields(mine, "a", text="mine")
    appended = set_fields(theirs, "a", seen=seen, hidden=True)
    assert appended.change is not None
    assert appended.change.revision == 3
    assert appended.change.overrides == ()
    mine.sync()
    for log in (mine, theirs):
        assert (_item(log, "a").text, _item(log, "a").hidden) == ("mine", True)


def test_of_the_same_field_the_later_wins_and_the_loser_is_told(new_store: Callable[[], Store]) -> None:
    one, other = new_store(), new_store()
    mine, theirs = one.changes("p"), other.changes("p")
    heard = Heard(one.events("p"))
    place(mine, "a")
    theirs.sync()
    seen = theirs.head
    lost = set_fields(mine, "a", text="mine", how={"author": "person", "actor": "hand"}).change
    won = set_fields(theirs, "a", seen=seen, text="theirs", start=1.0).change
    assert lost is not None
    assert won is not None
    (override,) = won.overrides
    assert (override.revision, override.path[-1], override.author) == (lost.revision, "text", "person")
    (event,) = until(lambda: heard.of("overridden"))
    assert (event.revision, event.by, event.overrides) == (lost.revision, won.revision, won.overrides)
    mine.sync()
    assert _item(mine, "a").text == "theirs"
    assert [change.revision for change in mine.history()] == [1, lost.revision, won.revision]
    assert won.edits[0].before == "mine"


def test_taking_out_what_someone_else_has_just_set_overrides_it(new_store: Callable[[], Store]) -> None:
    mine, theirs = new_store().changes("p"), new_store().changes("p")
    place(mine, "a")
    theirs.sync()
    seen = theirs.head
    set_fields(mine, "a", text="mine")
    won = write(theirs, seen.without_items(["a"]), seen=seen).change
    assert won is not None
    assert [override.revision for override in won.overrides] == [2]


def test_an_edit_of_what_someone_else_has_taken_out_is_dropped_and_said(new_store: Callable[[], Store]) -> None:
    one, other = new_store(), new_store()
    mine, theirs = one.changes("p"), other.changes("p")
    place(mine, "a", "b")
    theirs.sync()
    seen = theirs.head
    write(mine, mine.head.without_items(["a"]))
    heard = Heard(other.events("p"))
    both = seen.with_items([label("a", text="x"), label("b", text="x")])
    appended = write(theirs, both, seen=seen)
    assert [dropped.path[3] for dropped in appended.dropped] == ["a"]
    assert appended.change is not None
    assert [edit.path[3] for edit in appended.change.edits] == ["b"]
    (event,) = until(lambda: heard.of("overridden"))
    assert event.dropped == appended.dropped
    alone = set_fields(theirs, "a", seen=seen, text="x")
    assert alone.change is None
    assert len(alone.dropped) == 1


def test_ones_own_earlier_change_is_not_an_override(store: Store) -> None:
    log = store.changes("p")
    place(log, "a")
    seen = log.head
    how = {"author": "person", "actor": "view"}
    set_fields(log, "a", seen=seen, text="one", how=how)
    second = set_fields(log, "a", seen=seen, text="two", how=how).change
    other = set_fields(log, "a", seen=seen, text="three", how={**how, "actor": "another view"}).change
    assert second is not None
    assert other is not None
    assert second.overrides == ()
    assert [override.revision for override in other.overrides] == [2, 3]


def test_a_retry_after_a_lost_answer_finds_its_own_entry(
    new_store: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    log, theirs = new_store().changes("p"), new_store().changes("p")
    real = scripts.append
    lost = iter([True, False, True])

    def forgetful(*args: Any) -> Any:
        reply = real(*args)
        if next(lost, False):
            theirs.sync()
            monkeypatch.setattr(scripts, "append", real)
            if theirs.head.revision == 2:
                place(theirs, "between")
            monkeypatch.setattr(scripts, "append", forgetful)
            raise ConnectionError("the answer was lost")
        return reply

    monkeypatch.setattr(scripts, "append", forgetful)
    assert getattr(place(log, "a").change, "revision", 0) == 1
    assert getattr(place(log, "b").change, "revision", 0) == 2
    monkeypatch.setattr(scripts, "append", real)
    theirs.sync()
    assert [item.id for _, item in theirs.head.items()] == ["a", "b", "between"]
    assert len(theirs.history()) == 3
    assert log.head.revision in (2, 3)


def test_a_step_finds_its_change(new_store: Callable[[], Store]) -> None:
    log = new_store().changes("p")
    place(log, "a", run="run", step="one")
    made = place(log, "b", run="run", step="two").change
    assert log.of_step("run", "two") == made
    assert log.of_step("run", "three") is None
    assert new_store().changes("p").of_step("run", "two") == made


def test_at_any_revision(new_store: Callable[[], Store]) -> None:
    log = new_store().changes("p")
    hashes = [scene_hash(log.head)]
    place(log, "a")
    hashes.append(scene_hash(log.head))
    for number in range(EVERY + 30):
        set_fields(log, "a", text=str(number))
        hashes.append(scene_hash(log.head))
    for reader in (log, new_store().changes("p")):
        for revision in (0, 1, 7, EVERY - 1, EVERY, EVERY + 1, len(hashes) - 1):
            project = reader.at(revision)
            assert project.revision == revision
            assert scene_hash(project) == hashes[revision]
    with pytest.raises(NotFound):
        log.at(len(hashes))
    with pytest.raises(NotFound):
        log.change(len(hashes))


def test_history_in_part(store: Store) -> None:
    log = store.changes("p")
    for name in "abcde":
        place(log, name)
    assert [change.revision for change in log.history(2, 4)] == [2, 3, 4]
    assert [change.revision for change in log.history(4)] == [4, 5]
    assert log.history(9) == []


def test_a_project_is_opened_from_its_latest_snapshot(new_store: Callable[[], Store], monkeypatch: Any) -> None:
    store = new_store()
    log = store.changes("p")
    place(log, "a")
    for number in range(2 * EVERY + 5):
        set_fields(log, "a", text=str(number))
    store.close()
    read: list[int] = []
    real = ChangeLog._read  # pyright: ignore[reportPrivateUsage]

    def counted(self: ChangeLog, start: int, end: int | None) -> Any:
        entries = real(self, start, end)
        read.append(len(entries))
        return entries

    monkeypatch.setattr(ChangeLog, "_read", counted)
    again = new_store().changes("p")
    assert again.head == log.head
    assert sum(read) <= EVERY


def test_a_large_change_is_stored_small_and_read_whole(new_store: Callable[[], Store]) -> None:
    log = new_store().changes("p")
    place(log, *(f"i{n}" for n in range(2000)))
    other = new_store().changes("p")
    assert other.head == log.head
    assert other.history() == log.history()


def test_memory_is_bounded(store: Store) -> None:
    log = store.changes("p")
    ids = [f"i{n}" for n in range(1000)]
    place(log, *ids)
    for number in range(70):
        write(log, log.head.with_items([label(i, text=str(number)) for i in ids]))
    recent = log._recent  # pyright: ignore[reportPrivateUsage]
    assert len(recent) <= 50
    assert len(log.history()) == 71


def test_many_threads_of_one_process(store: Store) -> None:
    log = store.changes("p")
    place(log, *"abcd")

    def work(item_id: str) -> None:
        for number in range(25):
            set_fields(log, item_id, text=str(number))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [change.revision for change in log.history()] == list(range(1, 102))
    assert {item.text for _, item in log.head.items()} == {"24"}


def test_tenants_and_projects_do_not_see_each_other(new_store: Callable[[], Store], home: Any) -> None:
    from spatialnb.config import Settings
    from spatialnb.store import open_store

    store = new_store()
    place(store.changes("one"), "a")
    assert store.changes("two").head.revision == 0
    with open_store(Settings(home=home, tenant="someone else")) as other:
        assert other.changes("one").head.revision == 0
        assert store.projects() == ["one", "two"]


@pytest.mark.parametrize("name", ["{x}", "a:b/c", "Ünï cödé 🎬", "*", "a\nb"])
def test_any_name_will_do(store: Store, name: str) -> None:
    place(store.changes(name), "a")
    assert name in store.projects()
    assert store.changes(name).history()[0].revision == 1


@given(st.integers(1, 400))
@settings(deadline=None)
def test_few_snapshots_are_kept_and_never_far_apart(count: int) -> None:
    kept: list[int] = []
    for number in range(1, count + 1):
        kept.append(number * EVERY)
        gone = thinned(kept)
        kept = [revision for revision in kept if revision not in gone]
    assert kept[-1] == count * EVERY
    assert len(kept) <= 8 + 8 * count.bit_length()
    latest = kept[-1]
    for earlier, later in itertools.pairwise([0, *kept]):
        assert later - earlier <= max(2 * EVERY, (latest - earlier) / 2)


def test_what_the_store_has_lost_is_written_again(store: Store) -> None:
    log = store.changes("p")
    for name in "abc":
        place(log, name)
    client: Any = store._link.client  # pyright: ignore[reportPrivateUsage]
    keys = log._keys  # pyright: ignore[reportPrivateUsage]
    ((_, first), *_) = entries = client.xrange(keys.changes)
    client.delete(keys.changes)
    client.xadd(keys.changes, first, id="1-0")
    client.set(keys.head, "1")
    place(log, "d")
    assert [change.revision for change in log.history()] == [1, 2, 3, 4]
    assert client.xrange(keys.changes)[:3] == entries


def test_an_edit_of_a_path_that_cannot_be_changes_nothing(store: Store) -> None:
    from spatialnb.errors import Invalid

    log = store.changes("p")
    with pytest.raises(Invalid):
        log.append([Edit(path=("nothing",), after=1)], base=0, call=Call(operation="x"), author="code")
    assert log.head.revision == 0
    place(log, "a")
    assert log.head.revision == 1
