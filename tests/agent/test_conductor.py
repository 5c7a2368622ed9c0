"""Runs from request to reply, on a real store and real operations; plans are given, as this is not about language."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from spatialnb.agent.conductor import LONGEST_REQUEST
from spatialnb.agent.run import Run
from spatialnb.errors import Invalid, NotFound, NotUnderstood
from spatialnb.models.events import Event, ReplyDelta, RunChanged, StepChanged
from spatialnb.models.plan import Answer, Plan, StepState
from spatialnb.operations.language.vocabulary import HEX
from spatialnb.store import Store
from tests.agent.hall import Hall, labels, plan, statuses, step


def test_a_request_becomes_steps_changes_and_a_true_reply(hall: Hall) -> None:
    run = hall.run(plan(step("one"), step("two")), approve="auto", by="chat-7").wait(30)
    assert run.status == "done"
    assert hall.texts == ["one", "two"]
    assert "Wrote “one”" in run.reply
    assert "Wrote “two”" in run.reply
    changes = hall.workspace.log.history()
    assert {(c.run, c.step, c.author, c.actor) for c in changes} == {
        (run.id, "one", "agent", "chat-7"),
        (run.id, "two", "agent", "chat-7"),
    }
    assert {c.correlation_id for c in changes} == {run.correlation_id}
    assert run.revision == hall.workspace.project.revision == 2
    assert {s.revision for s in run.steps} == {1, 2}
    frame = run.frame()
    assert list(frame.index) == ["one", "two"]
    assert list(frame["status"]) == ["done", "done"]
    assert repr(run) == f"<Run {run.id} done: 'go'>"


def test_run_numbers_count_up_in_a_project_whichever_kernel_asks(hall: Hall) -> None:
    other = hall.another()
    hall.plans["go"] = plan()
    ids = [conductor.submit("go").wait(30).id for conductor in (hall.conductor, other, hall.conductor)]
    other.close()
    assert ids == ["run-1", "run-2", "run-3"]


def test_everything_that_happens_is_told_and_kept(hall: Hall) -> None:
    told: list[Event] = []
    over = threading.Event()

    def hear(event: Event) -> None:
        told.append(event)
        if isinstance(event, RunChanged) and event.state.status == "done":
            over.set()

    stop = hall.workspace.follow(hear)
    run = hall.run(plan(step("one")), approve="auto").wait(30)
    assert over.wait(10)
    stop()
    steps = [event.state.status for event in told if isinstance(event, StepChanged)]
    assert steps == ["running", "done"]
    assert "".join(event.text for event in told if isinstance(event, ReplyDelta)) == run.reply
    runs = [event.state for event in told if isinstance(event, RunChanged)]
    assert runs[0].status == "running"
    assert runs[-1] == run.state
    assert hall.workspace.store.conversation(hall.workspace.name).get(run.id) == run.state


async def test_a_run_can_be_awaited_on_any_loop(hall: Hall) -> None:
    run = await hall.run(plan(step("one")), approve="auto")
    assert run.status == "done"


@pytest.mark.parametrize(
    ("found", "status", "reply", "choices"),
    [
        (plan(reply="That is not something I can do here."), "done", "That is not something I can do here.", ()),
        (
            plan(reply="Which robot?", choices=("Red robot", "Blue robot")),
            "done",
            "Which robot?",
            ("Red robot", "Blue robot"),
        ),
        (
            NotUnderstood("I do not know what “frobnicate” means."),
            "failed",
            "I do not know what “frobnicate” means.",
            (),
        ),
    ],
)
def test_a_reply_without_steps_changes_nothing(
    hall: Hall, found: Any, status: str, reply: str, choices: tuple[str, ...]
) -> None:
    run = hall.run(found).wait(30)
    assert (run.status, run.reply, run.choices) == (status, reply, choices)
    assert hall.workspace.project.revision == 0


@pytest.mark.parametrize(
    ("words", "says"), [("", "Say what"), (" \n ", "Say what"), ("a" * (LONGEST_REQUEST + 1), "20,000")]
)
def test_what_is_no_request_is_refused_in_a_sentence(hall: Hall, words: str, says: str) -> None:
    run = hall.conductor.submit(words).wait(30)
    assert run.status == "failed"
    assert says in run.reply
    assert len(run.state.request) <= LONGEST_REQUEST


def test_a_failed_branch_leaves_the_others(hall: Hall) -> None:
    bad = step("bad", "move", args={"items": "the purple elephant", "by": [1, 0, 0]})
    run = hall.run(plan(step("good"), bad, step("after", "label", "bad"))).wait(30)
    assert run.status == "partial"
    assert statuses(run) == {"good": "done", "bad": "failed", "after": "skipped"}
    assert hall.texts == ["good"]
    assert "**bad** did not work" in run.reply
    assert "“after” was not done" in run.reply


def test_a_run_in_which_nothing_worked_failed(hall: Hall) -> None:
    run = hall.run(plan(step("bad", "no_such_operation"))).wait(30)
    assert run.status == "failed"
    assert "There is no operation 'no_such_operation'" in run.reply


def test_results_flow_into_later_steps(hall: Hall) -> None:
    moved = step("moved", "move", args={"items": {"from": "made"}, "to": [1, 2, 3]})
    run = hall.run(plan(step("made"), moved)).wait(30)
    assert run.status == "done"
    item = next(item for _, item in hall.workspace.project.items())
    assert item.position == (1, 2, 3)


# -- people ------------------------------------------------------------------------------------------------------------
def removing(*items: str) -> Plan:
    """A step that removes each item (for which people are asked), and one beside them that nobody need agree to."""
    return plan(*(step(f"remove {item}", "remove", args={"items": [item]}) for item in items), step("beside"))


def test_three_approvals_in_another_order_one_rejected_one_edited(hall: Hall) -> None:
    a, b, c, d = labels(hall, "a", "b", "c", "d")
    run = hall.run(removing(a, b, c)).wait(30)
    assert run.status == "waiting"
    assert statuses(run) == {
        f"remove {a}": "waiting",
        f"remove {b}": "waiting",
        f"remove {c}": "waiting",
        "beside": "done",
    }
    assert run.steps[0].approval == "It takes things away."
    assert run.reject(f"remove {c}").wait(30).status == "waiting"
    assert run.answer(f"remove {a}", "edit", {"items": [d]}).wait(30).status == "waiting"
    with pytest.raises(Invalid, match="not waiting for an answer"):
        run.approve(f"remove {a}")
    with pytest.raises(NotFound, match="has no step"):
        run.approve("nothing")
    assert run.approve(f"remove {b}").wait(30).status == "partial"
    assert statuses(run) == {f"remove {a}": "done", f"remove {b}": "done", f"remove {c}": "skipped", "beside": "done"}
    assert hall.texts == ["a", "beside", "c"]
    assert "You said no" in run.reply


def test_approvals_outlive_the_process_that_asked(hall: Hall) -> None:
    a, b, c = labels(hall, "a", "b", "c")
    run = hall.run(removing(a, b, c)).wait(30)
    run.reject(f"remove {b}").wait(30)
    hall.conductor.close()
    hall.conductor = hall.another()
    again = hall.conductor.run(run.id)
    assert again.status == "waiting"
    assert statuses(again) == {
        f"remove {a}": "waiting",
        f"remove {b}": "skipped",
        f"remove {c}": "waiting",
        "beside": "done",
    }
    assert again.approve(f"remove {c}").wait(30).status == "waiting"
    assert again.approve(f"remove {a}").wait(30).status == "partial"
    assert hall.texts == ["b", "beside"]
    assert [change.step for change in hall.workspace.log.history() if change.run == run.id].count("beside") == 1


def test_three_approvals_in_another_order_after_restarts_one_rejected_one_edited(hall: Hall) -> None:
    a, b, c, d = labels(hall, "a", "b", "c", "d")

    def restarted() -> Run:
        hall.conductor.close()
        hall.conductor = hall.another()
        return hall.conductor.run(run.id)

    run = hall.run(removing(a, b, c)).wait(30)
    assert run.status == "waiting"
    run = restarted()
    assert run.reject(f"remove {c}").wait(30).status == "waiting"
    run = restarted()
    assert run.answer(f"remove {a}", "edit", {"items": [d]}).wait(30).status == "waiting"
    assert hall.texts == ["a", "b", "beside", "c"]
    for step_id in (f"remove {a}", f"remove {c}"):
        with pytest.raises(Invalid, match="not waiting for an answer"):
            run.approve(step_id)
    run = restarted()
    assert run.approve(f"remove {b}").wait(30).status == "partial"
    assert hall.texts == ["a", "beside", "c"]
    assert statuses(run) == {f"remove {a}": "done", f"remove {b}": "done", f"remove {c}": "skipped", "beside": "done"}
    answers = {s.id: s.answer.decision for s in run.steps if s.answer}
    assert answers == {f"remove {a}": "edit", f"remove {b}": "approve", f"remove {c}": "reject"}
    steps = [change.step for change in hall.workspace.log.history() if change.run == run.id]
    assert sorted(steps) == sorted([f"remove {a}", f"remove {b}", "beside"])


def test_an_answer_that_was_kept_is_not_asked_for_again(hall: Hall) -> None:
    (a,) = labels(hall, "a")
    run = hall.run(removing(a)).wait(30)
    hall.conductor.close()
    kept = hall.workspace.store.conversation(hall.workspace.name)
    states = [s.model_copy(update={"answer": Answer(decision="approve")}) for s in run.steps if s.status == "waiting"]
    kept.record(states)  # the kernel died the moment after it was answered
    hall.conductor = hall.another()
    assert hall.conductor.resume(run.id).wait(30).status == "done"
    assert hall.texts == ["beside"]


@pytest.mark.parametrize(
    ("policy", "left", "status"),
    [
        ("auto", ["beside"], "done"),
        (lambda state: True, ["beside"], "done"),
        (lambda state: False, ["a", "beside", "b"], "partial"),
        (lambda state: {"items": ["label-b-1"]} if "a" in state.id.split("-") else False, ["a", "beside"], "partial"),
        (lambda state: 1 / 0, ["a", "beside", "b"], "partial"),
    ],
)
def test_policies_answer_for_people(hall: Hall, policy: Any, left: list[str], status: str) -> None:
    a, b = labels(hall, "a", "b")
    run = hall.run(removing(a, b), approve=policy).wait(30)
    assert run.status == status
    assert hall.texts == sorted(left)


def test_a_planner_cannot_talk_an_approval_away(hall: Hall) -> None:
    (a,) = labels(hall, "a")
    assert hall.run(plan(step("x", "remove", args={"items": [a]}, approval=""))).wait(30).status == "waiting"


# -- stopping, retrying, skipping, amending ----------------------------------------------------------------------------
def test_a_stop_in_the_middle_keeps_what_is_finished(hall: Hall) -> None:
    run = hall.run(plan(step("one"), step("two", "slowly", "one", args={"text": "two"}), step("three", "label", "two")))
    hall.gates.wait_for("two")
    run.stop().wait(30)
    assert run.status == "stopped"
    assert statuses(run) == {"one": "done", "two": "stopped", "three": "stopped"}
    assert hall.texts == ["one"]
    hall.gates.let("two")
    assert run.resume().wait(30).status == "done"
    assert hall.texts == ["one", "three", "two"]
    assert "Stopped" not in run.reply


def test_a_waiting_run_can_be_stopped(hall: Hall) -> None:
    (a,) = labels(hall, "a")
    run = hall.run(removing(a)).wait(30)
    assert run.stop().wait(30).status == "stopped"
    assert hall.texts == ["a", "beside"]


def test_a_retry_with_changes_goes_on_where_it_failed(hall: Hall) -> None:
    bad = step("bad", "move", args={"items": "the purple elephant", "by": [1, 0, 0]})
    run = hall.run(plan(step("good"), bad, step("after", "label", "bad"))).wait(30)
    good = run.steps[0].result["items"]  # type: ignore[index,call-overload]
    assert run.retry("bad", items=good).wait(30).status == "done"
    assert hall.texts == ["after", "good"]
    assert "did not work" not in run.reply
    with pytest.raises(Invalid, match="worked"):
        run.retry("good")


def test_a_skip_lets_those_after_it_go_on(hall: Hall) -> None:
    bad = step("bad", "move", args={"items": "the purple elephant", "by": [1, 0, 0]})
    run = hall.run(plan(bad, step("after", "label", "bad"))).wait(30)
    run.skip("bad").wait(30)
    assert statuses(run) == {"bad": "skipped", "after": "done"}
    assert run.status == "partial"


@pytest.mark.parametrize(
    ("words", "wanted", "texts"),
    [
        ("skip the third one", plan(), ["one", "two"]),
        ("also write four", plan(step("s1", args={"text": "four"})), ["four", "one", "third", "two"]),
        ("write five instead", plan(step("s1", args={"text": "five"})), ["five", "one", "two"]),
    ],
)
def test_a_running_plan_changes_its_mind(hall: Hall, words: str, wanted: Plan, texts: list[str]) -> None:
    hall.plans[words] = wanted
    third = step("third", "label", "two", title="write the third one")
    run = hall.run(plan(step("one"), step("two", "slowly", args={"text": "two"}), third))
    hall.gates.wait_for("two")
    run.amend(words)
    hall.gates.let("two")
    assert run.wait(30).status == "done"
    assert hall.texts == texts
    history = [change.step for change in hall.workspace.log.history()]
    assert sorted(set(history)) == sorted(history), "finished steps are not done again"


@pytest.mark.parametrize(
    ("words", "texts", "colour"),
    [
        ("make the third blue instead", ["first", "second", "third"], HEX["blue"]),
        ("skip the third", ["first", "second"], None),
        ("also add a title", ["first", "neon rain", "second", "third"], HEX["red"]),
        ("skip the third and also add a title that says “Rain”", ["Rain", "first", "second"], None),
    ],
)
def test_what_is_said_in_the_middle_is_understood_without_a_model(
    hall: Hall, words: str, texts: list[str], colour: str | None
) -> None:
    third = step("c", "label", "b", args={"text": "third", "colour": HEX["red"]}, title="write the third in red")
    first, second = step("a", args={"text": "first"}), step("b", "slowly", "a", args={"text": "second"})
    hall.plans["a clip about neon rain"] = plan(first, second, third)
    run = hall.conductor.submit("a clip about neon rain")
    hall.gates.wait_for("second")
    run.amend(words)
    hall.gates.let("second")
    assert run.wait(30).status == "done", run.reply
    assert hall.texts == texts
    colours = {item.text: item.colour for _, item in hall.workspace.project.items()}
    assert colours.get("third") == colour
    history = [change.step for change in hall.workspace.log.history()]
    assert sorted(set(history)) == sorted(history), "finished steps are not done again"
    assert {"a", "b"} <= {s.id for s in run.steps}


def test_words_that_are_not_understood_leave_the_plan_alone_and_say_so(hall: Hall) -> None:
    run = hall.run(plan(step("a", "slowly", args={"text": "a"}), step("b", "label", "a", title="write b")))
    hall.gates.wait_for("a")
    run.amend("frobnicate the quux")
    hall.gates.let("a")
    assert run.wait(30).status == "done"
    assert hall.texts == ["a", "b"]
    assert "stays as it was" in run.reply


def test_fifty_runs_at_once(hall: Hall) -> None:
    for n in range(50):
        hall.plans[f"go {n}"] = plan(step("x", args={"text": f"label {n}"}))
    runs = [hall.conductor.submit(f"go {n}", approve="auto") for n in range(50)]
    assert {run.wait(60).status for run in runs} == {"done"}
    assert len(hall.texts) == len({run.id for run in runs}) == 50


def test_a_closed_conductor_says_so(hall: Hall) -> None:
    hall.plans["go"] = plan()
    hall.conductor.close()
    with pytest.raises(Invalid, match="closed"):
        hall.conductor.submit("go")


# -- killed in the middle ----------------------------------------------------------------------------------------------
WORKER = """
import json, os, signal, sys
from pathlib import Path
from types import SimpleNamespace
from spatialnb.agent.conductor import Conductor
from spatialnb.config import Settings
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.operations import load_operations
from spatialnb.operations.registry import DEFAULT, Outcome, operation
from spatialnb.operations.workspace import Workspace
from spatialnb.store import open_store

home, project, run_id, moment, victim, book = sys.argv[1:]
load_operations()

@operation(changes="items")
def note(ctx, text: str) -> Outcome:
    "Write a label, and a line into a book outside of the project."
    if moment == "before effect" and text == victim:
        os.kill(os.getpid(), signal.SIGKILL)
    with open(book, "a") as out:
        out.write(text + "\\n")
    return DEFAULT.get("label").function(ctx, text, height=0.2, colour=None)

class Killing(Workspace):
    def do(self, name, args=None, **more):
        outcome = super().do(name, args, **more)
        if moment == "after effect" and more.get("step") == victim:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome

steps = [
    PlanStep(id=name, operation="note", args={"text": name}, after=after, title=name)
    for name, after in [("a", ()), ("b", ("a",)), ("c", ("a",)), ("d", ("b", "c")), ("e", ("d",))]
]
store = open_store(Settings(home=Path(home)))
library = SimpleNamespace(media=None, search=lambda assets, query, **only: [])
workspace = Killing(store, project, library)
conductor = Conductor(workspace, Settings(), planner=lambda *_, **__: Plan(request="", steps=steps))
if moment == "on answer":
    def die(events):
        if any(e.type == "step" and e.state.id == victim and e.state.status == "done" for e in events):
            os.kill(os.getpid(), signal.SIGKILL)
    publish = workspace.events.publish_all
    conductor._herald._publish = lambda events: (publish(events), die(events))
run = conductor.resume(run_id) if run_id else conductor.submit("go", approve="auto")
if not run_id:
    print(run.id, flush=True)
run.wait(60)
print(json.dumps([run.status, run.reply, {s.id: s.status for s in run.steps}]), flush=True)
conductor.close()
store.close()
"""


@pytest.mark.parametrize("moment", ["before effect", "after effect", "on answer"])
@pytest.mark.parametrize("victim", ["a", "c", "d", "e"])
def test_a_killed_run_is_resumed_and_no_step_is_done_twice(
    home: Path, tmp_path: Path, store: Store, moment: str, victim: str
) -> None:
    script, book, project = tmp_path / "worker.py", tmp_path / "book.txt", f"killed {moment} {victim}"
    script.write_text(WORKER)

    def work(run: str, moment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(script), str(home), project, run, moment, victim, str(book)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)

    first = work("", moment)
    assert first.returncode == -signal.SIGKILL, first.stderr
    run_id = first.stdout.split()[0]
    second = work(run_id, "never")
    assert second.returncode == 0, second.stderr
    status, _, steps = json.loads(second.stdout.splitlines()[-1])
    assert status == "done", second.stdout + second.stderr
    assert steps == dict.fromkeys("abcde", "done")
    log = store.changes(project)
    log.sync()
    assert sorted(change.step for change in log.history()) == list("abcde")
    told = sorted(book.read_text().split())
    if victim == "c" or moment == "on answer":
        # Another step was under way then. Its change is made once all the same; what it did outside cannot be known.
        told = sorted(set(told))
    assert told == list("abcde")


def test_a_step_state_of_a_run_is_its_own(hall: Hall) -> None:
    run = hall.run(plan(step("one"))).wait(30)
    assert all(isinstance(s, StepState) and s.run == run.id for s in run.steps)


def test_runs_that_no_one_finished_are_found(hall: Hall) -> None:
    (a,) = labels(hall, "a")
    run = hall.run(removing(a)).wait(30)
    other = hall.another()
    assert [state.id for state in other.unfinished()] == [run.id]
    other.close()
