"""Taking back what a run did."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spatialnb.agent import outside
from spatialnb.agent.outside import Compensation
from spatialnb.errors import Declined, Invalid
from spatialnb.models.plan import PlanStep
from spatialnb.models.project import scene_hash
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, operation
from tests.agent.hall import Hall, labels, plan, statuses, step


def bad(*after: str, **fields: Any) -> PlanStep:
    return step("bad", "move", *after, args={"items": "the purple elephant", "by": [1, 0, 0]}, **fields)


def marks(run: Any) -> dict[str, str]:
    return {state.id: state.undone for state in run.steps}


def test_a_run_that_fails_leaves_the_scene_as_it_was(hall: Hall) -> None:
    (before,) = labels(hall, "before")
    was = scene_hash(hall.workspace.project)
    moved = step("moved", "move", args={"items": [before], "to": [5, 1, 0]})
    also = step("also", "label", "moved")
    run = hall.run(plan(moved, also, bad("also"), on_error="undo")).wait(30)
    assert run.status == "failed"
    assert statuses(run) == {"moved": "done", "also": "done", "bad": "failed"}
    assert marks(run) == {"moved": "undone", "also": "undone", "bad": ""}
    assert scene_hash(hall.workspace.project) == was
    assert "**bad** did not work" in run.reply
    assert "Everything that had been done was taken back." in run.reply
    assert "Wrote" not in run.reply, "it does not say that something is there which is not"
    undone = [change.undoes for change in hall.workspace.log.history() if change.undoes]
    assert undone == [(3,), (2,)], "newest first, each once"


def test_the_policy_may_be_said_by_who_asks_or_stand_with_the_step(hall: Hall) -> None:
    assert hall.run(plan(step("a"), bad("a")), on_error="undo").wait(30).status == "failed"
    assert hall.texts == []
    assert hall.run(plan(step("b"), bad("b", on_error="undo"))).wait(30).status == "failed"
    assert hall.texts == []
    assert hall.run(plan(step("c"), bad("c"))).wait(30).status == "partial"
    assert hall.texts == ["c"]


def test_what_a_hand_has_changed_since_stays(hall: Hall) -> None:
    run = hall.run(plan(step("one"), step("two"), step("three"))).wait(30)
    one, two, _ = (state.result["items"][0] for state in run.steps)  # type: ignore[index,call-overload]
    hall.workspace.do("move", {"items": [one], "to": [9, 9, 9]}, author="person")
    before = labels(hall, "by hand")
    hall.workspace.do("move", {"items": before, "to": [1, 2, 3]}, author="person")
    assert run.undo().wait(30).status == "stopped"
    assert hall.texts == ["by hand", "one"]
    assert hall.workspace.project.item(one).position == (9, 9, 9)  # type: ignore[union-attr]
    assert hall.workspace.project.item(two) is None
    assert marks(run) == {"one": "partly", "two": "undone", "three": "undone"}
    assert "Still there: one, as changed since." in run.reply.replace("label one", "one")


def test_only_the_fields_that_a_hand_changed_stay(hall: Hall) -> None:
    (item,) = labels(hall, "x")
    was = hall.workspace.project.item(item)
    assert was is not None
    steps = (
        step("moved", "move", args={"items": [item], "to": [5, 0, 0]}),
        step("sized", "resize", "moved", args={"items": [item], "factor": 2}),
    )
    run = hall.run(plan(*steps)).wait(30)
    assert run.status == "done", run.reply
    hall.workspace.do("move", {"items": [item], "to": [7, 0, 0]}, author="person")
    run.undo().wait(30)
    now = hall.workspace.project.item(item)
    assert now is not None
    assert now.position == (7, 0, 0)
    assert now.size == was.size
    assert marks(run) == {"moved": "partly", "sized": "undone"}


def test_what_a_person_took_back_is_not_taken_back_twice(hall: Hall) -> None:
    run = hall.run(plan(step("one"))).wait(30)
    hall.workspace.do("undo", author="person")
    labels(hall, "other")
    revision = hall.workspace.project.revision
    run.undo().wait(30)
    assert hall.texts == ["other"]
    assert hall.workspace.project.revision == revision


def test_what_was_taken_back_can_be_done_again(hall: Hall) -> None:
    run = hall.run(plan(step("a"), bad("a"), step("c", "label", "bad"), on_error="undo")).wait(30)
    assert hall.texts == []
    item = labels(hall, "x")
    assert run.retry("bad", items=item).wait(30).status == "done"
    assert hall.texts == ["a", "c", "x"]
    run.undo().wait(30)
    assert hall.texts == ["x"]
    assert run.resume().wait(30).status == "done"
    assert hall.texts == ["a", "c", "x"]


def test_a_run_that_goes_on_is_stopped_to_be_taken_back(hall: Hall) -> None:
    run = hall.run(plan(step("one"), step("two", "slowly", "one", args={"text": "two"})))
    hall.gates.wait_for("two")
    assert hall.texts == ["one"]
    assert run.undo().wait(30).status == "stopped"
    assert hall.texts == []
    assert "What one step had done" in run.reply or "Everything that had been done" in run.reply


def test_a_run_that_waits_for_an_answer_can_be_taken_back(hall: Hall) -> None:
    (item,) = labels(hall, "x")
    run = hall.run(plan(step("one"), step("gone", "remove", args={"items": [item]}))).wait(30)
    assert run.status == "waiting"
    run.undo().wait(30)
    assert hall.texts == ["x"]


def test_a_set_is_taken_back_with_all_its_parts(hall: Hall) -> None:
    each = step("all", args={"text": {"from": "each"}}).model_copy(update={"each": ["a", "b", "c"]})
    run = hall.run(plan(each)).wait(30)
    assert run.status == "done"
    assert hall.texts == ["a", "b", "c"]
    assert [state.id for state in run.steps] == ["all", "all[0]", "all[1]", "all[2]"]
    run.undo().wait(30)
    assert hall.texts == []
    assert "Everything that had been done was taken back." in run.reply


def test_a_run_that_did_nothing_has_nothing_to_take_back(hall: Hall) -> None:
    with pytest.raises(Invalid, match="nothing"):
        hall.conductor.submit("").wait(30).undo()
    run = hall.run(plan(bad())).wait(30)
    assert run.undo().wait(30).reply.endswith("There was nothing to take back.")


@pytest.mark.parametrize("stop_after", [0, 1, 2])
def test_an_undo_that_is_stopped_goes_on_where_it_was(hall: Hall, stop_after: int) -> None:
    run = hall.run(plan(step("a"), step("b", "label", "a"), step("c", "label", "b"))).wait(30)
    do, count = hall.workspace.do, 0

    def counting(name: str, *args: Any, **more: Any) -> Outcome:
        nonlocal count
        if name == "take_back":
            if count == stop_after:
                run._live.stopped.set()  # pyright: ignore[reportPrivateUsage] - as Run.stop does from any thread
            count += 1
        return do(name, *args, **more)

    hall.workspace.do = counting  # type: ignore[method-assign]
    run.undo().wait(30)
    left = sorted("abc"[: 2 - stop_after])
    assert hall.texts == left
    if left:
        assert run.status == "stopped"
        assert "was broken off before its end" in run.reply
        assert "Everything" not in run.reply
        run.resume().wait(30)
    assert hall.texts == []
    assert "Everything that had been done was taken back." in run.reply
    assert [change.undoes for change in hall.workspace.log.history() if change.undoes] == [(3,), (2,), (1,)]


# -- outside -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def shop(hall: Hall) -> Iterator[list[str]]:
    """Operations with effects outside: `order` can be taken back, `pay` cannot, `send` refuses to be."""
    book: list[str] = []

    @operation(registry=hall.gates.registry)
    def order(ctx: Context, what: str) -> Outcome:
        """Order something."""
        book.append(f"order {what}")
        return Outcome(summary=f"Ordered {what}")

    @operation(registry=hall.gates.registry, approval="spends")
    def pay(ctx: Context, usd: float) -> Outcome:
        """Pay for it."""
        book.append("pay")
        return Outcome(summary="Paid", cost_usd=usd)

    @operation(registry=hall.gates.registry)
    def send(ctx: Context) -> Outcome:
        """Send it."""
        book.append("send")
        return Outcome(summary="Sent")

    def refuse(*_: Any) -> None:
        raise Declined("what was sent is on its way")

    back = Compensation(
        lambda _, args: {"what": args["what"]}, lambda w, s, found, key: book.append(f"cancel {found['what']}")
    )
    outside.COMPENSATIONS |= {"order": back, "send": Compensation(lambda *_: None, refuse)}
    yield book
    del outside.COMPENSATIONS["order"], outside.COMPENSATIONS["send"]


def test_effects_outside_are_taken_back_too_and_what_cannot_be_is_listed(hall: Hall, shop: list[str]) -> None:
    steps = (
        step("one"),
        step("ordered", "order", "one", args={"what": "paint"}),
        step("two", "label", "ordered"),
        step("paid", "pay", "two", args={"usd": 0.25}),
        step("sent", "send", "paid"),
    )
    run = hall.run(plan(*steps, bad("sent"), on_error="undo"), approve="auto").wait(30)
    assert run.status == "failed"
    assert shop == ["order paint", "pay", "send", "cancel paint"]
    assert hall.texts == []
    assert marks(run) == {
        "one": "undone",
        "ordered": "undone",
        "two": "undone",
        "paid": "not",
        "sent": "not",
        "bad": "",
    }
    assert "Everything" not in run.reply
    assert "cost $0.25; that cannot be taken back" in run.reply
    assert "what was sent is on its way" in run.reply
    order = [change.undoes for change in hall.workspace.log.history() if change.undoes]
    assert order == [(2,), (1,)]


@pytest.mark.parametrize(("there", "changed"), [(False, False), (True, False), (False, True)])
def test_an_export_is_taken_off_the_disk_unless_something_of_others_is_there(
    hall: Hall, tmp_path: Path, there: bool, changed: bool
) -> None:
    place = tmp_path / "page"

    @operation(registry=hall.gates.registry)
    def export(ctx: Context, target: str, path: str = "") -> Outcome:
        """As the real one, without the page."""
        place.mkdir(exist_ok=True)
        (place / outside.PAGE_MARKER).write_text("{}")
        (place / "index.html").write_text("new")
        return Outcome(summary="Exported")

    if there:
        place.mkdir()
        (place / "index.html").write_text("old")
    run = hall.run(plan(step("page", "export", args={"target": "web", "path": str(place)}))).wait(30)
    assert run.status == "done", run.reply
    if changed:
        made = (place / outside.PAGE_MARKER).stat().st_mtime
        mine = place / "mine.txt"
        mine.write_text("mine")
        os.utime(mine, (made + 60, made + 60))
    run.undo().wait(30)
    assert place.exists() is (there or changed)
    assert ("Still there" in run.reply) is (there or changed)
    assert list(tmp_path.iterdir()) == ([place] if there or changed else [])


@pytest.mark.parametrize("how", ["killed before it was told", "broke after it was written"])
def test_what_an_attempt_that_was_broken_off_had_left_is_still_told(hall: Hall, how: str) -> None:
    both = labels(hall, "x", "y")
    was = hall.workspace.project.item(both[1])
    run = hall.run(plan(step("moved", "move", args={"items": both, "by": [5, 0, 0]}))).wait(30)
    hall.workspace.do("move", {"items": both[:1], "by": [0, 1, 0]}, author="person")
    do = hall.workspace.do
    if how.startswith("killed"):
        # What the other process had come to: the change is written, and nobody was told of it.
        do("take_back", {"revisions": [3]}, author="agent", run=run.id, step="undo 3")
    else:

        def breaking(name: str, *args: Any, **more: Any) -> Outcome:
            outcome = do(name, *args, **more)
            if name == "take_back":
                raise RuntimeError("afterwards")
            return outcome

        hall.workspace.do = breaking  # type: ignore[method-assign]
    run.undo().wait(30)
    assert marks(run) == {"moved": "partly"}
    assert hall.workspace.project.item(both[1]) == was
    assert "Still there: x, as changed since." in run.reply
    assert [change.undoes for change in hall.workspace.log.history() if change.undoes] == [(3,)]
