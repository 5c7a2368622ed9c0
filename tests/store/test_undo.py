"""Undo and redo in any order, against a model that keeps whole scenes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from spatialnb.models.change import Call, Change
from spatialnb.models.project import Project, scene_hash
from spatialnb.store import ChangeLog, Store
from spatialnb.store.undo import Mark, mark_after, redo_units, undo_units
from tests.store.waiting import place, redo, set_fields, undo

RUNS = st.sampled_from(["", "", "run-a", "run-b"])
ACTIONS = st.lists(
    st.one_of(st.tuples(st.just("change"), RUNS), st.tuples(st.sampled_from(["undo", "redo"]), st.just("")))
)


class Log:
    """Changes and marks without a store; the scene is the tuple of what is done."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.marks: list[Mark] = []

    def mark(self, revision: int) -> Mark:
        return self.marks[revision - 1]

    @property
    def state(self) -> Mark:
        return self.marks[-1] if self.marks else Mark()

    def add(self, run: str = "", undoes: tuple[int, ...] = (), redoes: tuple[int, ...] = ()) -> int:
        change = Change(
            revision=len(self.changes) + 1,
            base=len(self.changes),
            call=Call(operation="x"),
            edits=(),
            author="code",
            run=run,
            undoes=undoes,
            redoes=redoes,
            at=datetime.now(UTC),
        )
        previous = self.changes[-1] if self.changes else None
        self.marks.append(mark_after(change, previous, self.state, self.mark))
        self.changes.append(change)
        return change.revision

    def undoable(self, count: int = 1) -> list[tuple[int, ...]]:
        return undo_units(self.state, self.mark, count)

    def redoable(self, count: int = 1) -> list[tuple[int, ...]]:
        return redo_units(self.state, self.mark, count)


@settings(deadline=None, max_examples=300)
@given(ACTIONS)
def test_the_stacks_are_those_of_an_editor(actions: list[tuple[str, str]]) -> None:
    log = Log()
    undo_stack: list[tuple[int, ...]] = []
    redo_stack: list[tuple[int, ...]] = []
    last_run = ""
    for action, run in actions:
        if action == "change":
            revision = log.add(run)
            if run and run == last_run:
                undo_stack[-1] = (revision, *undo_stack[-1])
            else:
                undo_stack.append((revision,))
            redo_stack.clear()
            last_run = run
        elif action == "undo" and undo_stack:
            (target,) = log.undoable()
            assert target == undo_stack.pop()
            redo_stack.append((log.add(undoes=target),))
            last_run = ""
        elif action == "redo" and redo_stack:
            (target,) = log.redoable()
            assert target == redo_stack.pop()
            undo_stack.append((log.add(redoes=target),))
            last_run = ""
        assert log.undoable(1000) == undo_stack[::-1]
        assert log.redoable(1000) == redo_stack[::-1]


def test_a_change_of_someone_else_breaks_a_unit() -> None:
    log = Log()
    for run in ("r", "r", "", "r"):
        log.add(run)
    assert log.undoable(9) == [(4,), (3,), (2, 1)]


def test_an_undo_of_several_units_is_one_redo() -> None:
    log = Log()
    for _ in range(4):
        log.add()
    log.add(undoes=(4, 3, 2))
    assert log.undoable(9) == [(1,)]
    assert log.redoable(9) == [(5,)]
    log.add(redoes=(5,))
    assert log.undoable(9) == [(6,), (1,)]
    assert log.redoable(9) == []


def test_a_run_that_is_taken_back_under_someone_elses_change() -> None:
    log = Log()
    for run in ("", "r", "r", ""):
        log.add(run)
    log.add(undoes=(3, 2))
    assert log.undoable(9) == [(4,), (1,)]
    log.add(undoes=(4,))
    assert log.undoable(9) == [(1,)]
    assert log.state.holes == ()


def test_part_of_a_run_is_taken_back() -> None:
    log = Log()
    for _ in range(3):
        log.add("r")
    log.add(undoes=(2,))
    assert log.undoable(9) == [(3, 1)]


def test_all_the_way_back_and_forth_in_a_real_log(store: Store) -> None:
    names = iter(range(10_000))

    @settings(deadline=None, max_examples=15)
    @given(st.lists(RUNS, min_size=1, max_size=8))
    def check(runs: list[str]) -> None:
        _all_the_way(store.changes(f"p{next(names)}"), runs)

    check()


def _all_the_way(log: ChangeLog, runs: list[str]) -> None:
    scenes: list[str] = []
    place(log, "a", "b")
    for number, run in enumerate(runs):
        scenes.append(scene_hash(log.head))
        set_fields(log, "ab"[number % 2], text=str(number), start=float(number), how={"run": run})
    scenes.append(scene_hash(log.head))
    back = [scene_hash(log.head)]
    while log.undo_target() != (1,):
        undo(log)
        back.append(scene_hash(log.head))
    assert back[-1] == scenes[0]
    assert set(back) <= set(scenes)
    forth = [scene_hash(log.head)]
    while log.redo_target():
        redo(log)
        forth.append(scene_hash(log.head))
    assert forth == back[::-1]


def test_a_change_after_an_undo_leaves_nothing_to_redo(store: Store) -> None:
    log = store.changes("p")
    place(log, "a")
    place(log, "b")
    undo(log)
    assert log.redo_target() == (3,)
    place(log, "c")
    assert log.redo_target() == ()
    undo(log)
    undo(log)
    assert log.head == Project(name="p").with_revision(log.head.revision)
    assert log.undo_target() == ()


def test_the_stacks_are_there_after_a_restart(new_store: Callable[[], Store]) -> None:
    log = new_store().changes("p")
    for name in "abcd":
        place(log, name)
    undo(log)
    undo(log)
    later = new_store().changes("p")
    assert later.undo_targets(9) == log.undo_targets(9) == [(2,), (1,)]
    assert later.redo_targets(9) == log.redo_targets(9) == [(6,), (5,)]
    redo(later)
    assert [item.id for _, item in later.head.items()] == ["a", "b", "c"]
