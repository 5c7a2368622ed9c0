from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from PIL import Image

from spatialnb.models.events import ReplyDelta, RunChanged, StepChanged
from spatialnb.models.plan import Preview
from spatialnb.models.protocol import NoticeMessage, RunMessage, StepMessage
from spatialnb.widgets import stepcard
from spatialnb.widgets.steps import OWN_OUTPUTS, StepOutputs, Steps, with_step
from tests.widgets.pages import Site, run, step
from tests.widgets.scripted import ScriptedHost


class Recorded:
    """A cell that keeps what is written into it, as a notebook does."""

    def __init__(self, room: int = 44, id: str = "cell") -> None:
        self.room, self.id, self.last = room, id, ""
        self.outputs: dict[str, Mapping[str, str]] = {}
        self.writes = 0

    def show(self, key: str, data: Mapping[str, str]) -> None:
        assert key not in self.outputs
        self.room -= 1
        self.writes += 1
        self.outputs[key] = data

    def update(self, key: str, data: Mapping[str, str]) -> None:
        assert key in self.outputs
        self.writes += 1
        self.outputs[key] = data

    def texts(self) -> list[str]:
        return [data["text/plain"].partition("\n")[0] for data in self.outputs.values()]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def host() -> ScriptedHost:
    return ScriptedHost()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outputs(host: ScriptedHost, clock: Clock) -> Iterator[StepOutputs]:
    outputs = StepOutputs(host, clock)
    yield outputs
    outputs.close()


# -- outputs in a cell -------------------------------------------------------------------------------------------------
def test_each_step_is_one_output_that_changes_in_place(host: ScriptedHost, outputs: StepOutputs) -> None:
    cell = Recorded()
    host.emit(RunChanged(state=run()))
    assert outputs.show(run(), cell)
    host.step("r1", "s1", "Find photos", "running")
    host.step("r1", "s2", "Arrange them", "queued")
    assert cell.texts() == ["◔ arrange it (running)", "◔ Find photos (running)", "○ Arrange them (queued)"]
    host.step("r1", "s1", "Find photos", "done", seconds=0.5)
    host.step("r1", "s2", "Arrange them", "failed", error="There is no room.")
    host.end("r1", "failed", reply="It did not work.")
    assert cell.texts() == [
        "✕ arrange it (failed)",
        "✓ Find photos (done)",
        "✕ Arrange them (failed)",
        "It did not work.",
    ]
    data = list(cell.outputs.values())[2]
    assert set(data) == {"text/html", "text/markdown", "text/plain"}
    assert "There is no room." in data["text/html"]


def test_progress_is_written_now_and_then_and_the_end_at_once(
    host: ScriptedHost, outputs: StepOutputs, clock: Clock
) -> None:
    cell = Recorded()
    host.emit(RunChanged(state=run()))
    outputs.show(run(), cell)
    host.step("r1", "s1", "Render", "running", progress=0.0)
    before = cell.writes
    for n in range(1, 100):
        clock.now += 0.01
        host.step("r1", "s1", "Render", "running", progress=n / 100)
    assert cell.writes == before
    clock.now += 2
    host.step("r1", "s1", "Render", "running", progress=0.995)
    assert cell.writes > before
    host.step("r1", "s1", "Render", "done")
    assert "✓ Render (done)" in cell.texts()


def test_a_run_of_very_many_steps_is_one_list(host: ScriptedHost, outputs: StepOutputs) -> None:
    cell = Recorded()
    steps = tuple(step(f"s{n}", f"Step {n}", "queued") for n in range(OWN_OUTPUTS + 1))
    host.emit(RunChanged(state=run(steps=steps)))
    outputs.show(run(steps=steps), cell)
    host.step("r1", "s3", "Step 3", "done")
    host.end("r1", reply="All done.")
    assert len(cell.outputs) == 2
    html = next(iter(cell.outputs.values()))["text/html"]
    assert html.count("<li") == OWN_OUTPUTS + 1
    assert 'data-list="true"' in html
    assert html.count("✓") == 2


def test_a_cell_never_gets_more_outputs_than_are_shown(host: ScriptedHost, outputs: StepOutputs) -> None:
    cell = Recorded()
    for number in range(30):
        id = f"r{number}"
        steps = tuple(step(f"s{n}", "Step", "done", run=id) for n in range(5))
        outputs.show(run(id, steps=steps, status="done"), cell, reply=False)
    assert len(cell.outputs) <= 49
    assert 'data-list="true"' in list(cell.outputs.values())[-1]["text/html"]


def test_events_that_overtake_the_cell_are_not_lost(host: ScriptedHost, outputs: StepOutputs) -> None:
    host.emit(RunChanged(state=run()))
    host.step("r1", "s1", "Find photos", "done")
    host.end("r1", reply="Found.")
    cell = Recorded()
    outputs.show(run(), cell)
    assert cell.texts() == ["✓ arrange it (done)", "✓ Find photos (done)", "Found."]


def test_a_reply_streams_into_its_output(host: ScriptedHost, outputs: StepOutputs, clock: Clock) -> None:
    cell = Recorded()
    host.emit(RunChanged(state=run()))
    outputs.show(run(), cell)
    for word in ("All ", "is ", "well."):
        clock.now += 1
        host.emit(ReplyDelta(run="r1", text=word))
    assert cell.texts()[-1] == "All is well."


def test_a_chat_shows_the_reply_itself(host: ScriptedHost, outputs: StepOutputs) -> None:
    cell = Recorded()
    host.emit(RunChanged(state=run()))
    outputs.show(run(), cell, reply=False)
    host.end("r1", reply="Hello.")
    assert not cell.outputs


def test_finish_writes_the_last_state_even_before_its_event(host: ScriptedHost, outputs: StepOutputs) -> None:
    cell = Recorded()
    outputs.show(run(), cell)
    outputs.finish(run(status="done", steps=(step(),), reply="Done."))
    assert cell.texts() == ["✓ arrange it (done)", "✓ Find photos (done)", "Done."]
    host.emit(StepChanged(state=step(status="running")))
    assert "✓ Find photos (done)" in cell.texts()


def test_a_run_that_waits_goes_on_in_its_cell(host: ScriptedHost, outputs: StepOutputs) -> None:
    cell = Recorded()
    waiting = run(status="waiting", steps=(step(status="waiting", approval="It deletes."),))
    outputs.show(waiting, cell)
    outputs.finish(waiting)
    host.emit(RunChanged(state=waiting))
    host.step("r1", "s1", "Find photos", "done")
    assert "✓ Find photos (done)" in cell.texts()


def test_without_a_notebook_nothing_is_shown(outputs: StepOutputs) -> None:
    assert outputs.show(run()) is False


def test_a_step_is_put_in_its_place() -> None:
    first, second = step("a"), step("b")
    changed = with_step(run(steps=(first, second)), step("a", status="failed"))
    assert [(each.id, each.status) for each in changed.steps] == [("a", "failed"), ("b", "done")]
    assert [each.id for each in with_step(changed, step("c")).steps] == ["a", "b", "c"]


# -- the view's kernel half --------------------------------------------------------------------------------------------
@pytest.fixture
def view(host: ScriptedHost, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Steps, list[Any]]]:
    view, told = Steps(host), []
    monkeypatch.setattr(view, "tell", lambda message, buffers=(): told.append(message))
    yield view, told
    view.close()


def test_a_page_that_comes_later_is_told_what_runs(host: ScriptedHost, view: tuple[Steps, list[Any]]) -> None:
    host.emit(RunChanged(state=run("old", status="done")))
    host.emit(RunChanged(state=run("waits", status="waiting")))
    host.emit(RunChanged(state=run("last", status="done")))
    steps, told = view
    told.clear()
    steps._receive(steps, {"type": "ready", "view": "v", "revision": None}, [])
    assert [message.state.id for message in told] == ["waits", "last"]


def test_events_become_messages(host: ScriptedHost, view: tuple[Steps, list[Any]]) -> None:
    host.emit(RunChanged(state=run()))
    host.step("r1", "s1", "Find photos", "running")
    assert [type(message) for message in view[1]] == [RunMessage, StepMessage]


def test_answers_and_stops_reach_the_host(host: ScriptedHost, view: tuple[Steps, list[Any]]) -> None:
    steps, told = view
    steps._receive(steps, {"type": "answer", "run": "r1", "step": "s1", "decision": "edit", "args": {"n": 2}}, [])
    steps._receive(steps, {"type": "stop", "run": "r1"}, [])
    assert host.answers == [("r1", "s1", "edit", {"n": 2})]
    assert host.stopped == ["r1"]
    # The page interrupts a kernel that says nothing at all.
    assert told == [NoticeMessage(level="info", text="Stopping.")]


def test_its_static_form_is_the_latest_run(host: ScriptedHost, view: tuple[Steps, list[Any]]) -> None:
    assert "Nothing has run yet" in view[0].fallback()
    host.emit(RunChanged(state=run(status="done", steps=(step(),))))
    assert "Find photos" in view[0].fallback()


# -- the page's half ---------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.mark.browser
def test_an_output_comes_alive_and_falls_back(site: Site) -> None:
    page = site.open("steps", how="initialize")
    waiting = step(status="waiting", approval="It deletes 3 photos.", args={"items": ["a", "b"], "keep": True, "n": 2})
    page.page.evaluate(
        "html => { document.getElementById('out').innerHTML = html }", stepcard.step_html(waiting, project="museum")
    )
    assert page.get("spatialnb-step").get_by_text("Waits for approval").is_visible()
    page.say(RunMessage(state=run(steps=(waiting,), status="waiting")))
    page.get("spatialnb-step").get_by_role("button", name="Approve").wait_for()
    assert not page.get("spatialnb-step > article:not(.snb-step)").is_visible()

    page.get("spatialnb-step").get_by_role("button", name="Edit").click()
    page.get("spatialnb-step").get_by_label("items").fill("a, c")
    page.get("spatialnb-step").get_by_label("n", exact=True).fill("5")
    page.get("spatialnb-step").get_by_label("keep").uncheck()
    page.get("spatialnb-step").get_by_role("button", name="Run with these").click()
    assert page.sent("answer") == [
        {
            "type": "answer",
            "run": "r1",
            "step": "s1",
            "decision": "edit",
            "args": {"items": ["a", "c"], "keep": False, "n": 5},
        }
    ]
    assert page.get("spatialnb-step button").first.is_disabled()
    page.say(NoticeMessage(level="error", text="There is no item c."))
    assert page.get("spatialnb-step").get_by_role("button", name="Approve").is_enabled()

    # A renewed static form is alive at once, and the saved one is there again when the kernel is gone.
    page.page.evaluate(
        "html => { document.getElementById('out').innerHTML = html }", stepcard.step_html(step(), project="museum")
    )
    page.get("spatialnb-step").get_by_role("button", name="Approve").wait_for()
    page.page.evaluate("() => window.model.fire('comm_live_update')")
    page.get("spatialnb-step > article:not(.snb-step)").wait_for()
    assert page.get("spatialnb-step button").count() == 0
    assert page.page.evaluate("() => window.model.count()") <= 1
    assert not page.problems
    page.close()


@pytest.mark.browser
def test_a_running_step_shows_progress_and_then_its_result(site: Site) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(out, "WEBP")
    page = site.open("steps")
    page.get(".snb-empty").wait_for()
    page.file("a" * 64, out.getvalue(), "image/webp")
    page.say(RunMessage(state=run(steps=(step(status="running", progress=0.25, note="frame 1 of 4"),))))
    assert page.get("[role=progressbar]").get_attribute("aria-valuenow") == "25"
    assert page.get(".snb-empty").count() == 0
    rows = [{"name": "harbour", "sharpness": 0.123456}]
    page.say(
        StepMessage(
            state=step(seconds=1.5, preview=Preview(text="**3** found", images=("a" * 64, "b" * 64)), result=rows)
        )
    )
    page.wait("() => document.querySelector('.snb-step .snb-body img')?.naturalWidth === 60")
    page.wait("() => document.querySelectorAll('.snb-step .snb-body img').length === 1")
    assert page.get(".snb-facts").nth(1).inner_text() == "1.5 s"
    assert page.get(".snb-text strong").inner_text() == "3"
    assert page.get("td").all_inner_texts() == ["harbour", "0.123"]
    assert not page.problems
    page.close()


@pytest.mark.browser
def test_stopping_a_kernel_that_does_not_hear_interrupts_it(site: Site) -> None:
    page = site.open("steps")
    page.say(RunMessage(state=run(steps=(step(status="running"),))))
    page.page.evaluate("() => { window.model.kernel.status = 'busy' }")
    page.get(".snb-stop").click()
    assert page.sent("stop") == [{"type": "stop", "run": "r1"}]
    page.wait("() => window.model.interrupts === 1")
    page.close()


@pytest.mark.browser
def test_stopping_a_kernel_that_answers_does_not_interrupt_it(site: Site) -> None:
    page = site.open("steps")
    page.page.clock.install()
    page.say(RunMessage(state=run(steps=(step(status="running"),))))
    page.page.evaluate("() => { window.model.kernel.status = 'busy' }")
    page.get(".snb-stop").click()
    page.say(NoticeMessage(level="info", text="Stopping."))
    page.page.clock.run_for(5000)
    assert page.page.evaluate("() => window.model.interrupts") == 0
    page.close()


@pytest.mark.browser
def test_words_of_a_step_cannot_become_markup(site: Site) -> None:
    evil = "<img src=x onerror=window.hit=1>"
    page = site.open("steps")
    state = step(
        "s1",
        evil,
        "failed",
        error=evil,
        note=evil,
        preview=Preview(text=f"{evil} [x](javascript:window.hit=1)"),
        result=[{evil: evil}],
    )
    page.say(RunMessage(state=run("r1", evil, "failed", steps=(state,))))
    page.get(".snb-error").wait_for()
    assert page.get("img").count() == 0
    assert page.get(".snb-step a").count() == 0
    assert page.page.evaluate("() => window.hit") is None
    page.close()
