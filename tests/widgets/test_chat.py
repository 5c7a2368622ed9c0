from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from spatialnb.models.asset import Asset
from spatialnb.models.events import ReplyDelta, RunChanged, StoreStatus
from spatialnb.models.plan import ModelUse, Preview
from spatialnb.models.project import Project
from spatialnb.models.protocol import DeltaMessage, HistoryMessage, NoticeMessage, RunMessage, StepMessage, Turn
from spatialnb.widgets.chat import Chat, suggestions
from tests.widgets.pages import Site, WidgetPage, run, step
from tests.widgets.scripted import ScriptedHost


@pytest.fixture
def host() -> ScriptedHost:
    return ScriptedHost()


@pytest.fixture
def chat(host: ScriptedHost, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Chat, list[Any]]]:
    chat, told = Chat(host, model="openai/gpt-5.1"), []
    monkeypatch.setattr(chat, "tell", lambda message, buffers=(): told.append(message))
    yield chat, told
    chat.close()


def receive(chat: Chat, **content: Any) -> None:
    chat._receive(chat, content, [])


# -- the kernel's half -------------------------------------------------------------------------------------------------
def test_a_page_is_filled_with_the_conversation(host: ScriptedHost, chat: tuple[Chat, list[Any]]) -> None:
    host.emit(RunChanged(state=run(status="done", reply="Done.")))
    view, told = chat
    told.clear()
    receive(view, type="ready", view="v", revision=None)
    [history] = told
    assert isinstance(history, HistoryMessage)
    assert [turn.run.reply for turn in history.turns] == ["Done."]
    assert history.model == "openai/gpt-5.1"
    assert history.suggestions


def test_what_is_said_becomes_a_run(host: ScriptedHost, chat: tuple[Chat, list[Any]]) -> None:
    view, told = chat
    receive(view, type="ask", text="arrange the photos", client="v-1")
    assert host.asked == ["arrange the photos"]
    assert [message.state.request for message in told if isinstance(message, RunMessage)] == ["arrange the photos"]


def test_what_is_not_understood_is_said_in_a_sentence(host: ScriptedHost, chat: tuple[Chat, list[Any]]) -> None:
    view, told = chat
    receive(view, type="ask", text="nonsense", client="v-1")
    assert told == [NoticeMessage(level="error", text="No operation answers to that; say what to make, move or find.")]


def test_hands_on_a_run_reach_the_host(host: ScriptedHost, chat: tuple[Chat, list[Any]]) -> None:
    view, told = chat
    receive(view, type="answer", run="r1", step="s1", decision="reject", args={})
    receive(view, type="stop", run="r1")
    receive(view, type="undo", redo=False)
    receive(view, type="undo", redo=True)
    assert host.answers == [("r1", "s1", "reject", {})]
    assert host.stopped == ["r1"]
    assert host.done == ["undo", "redo"]
    assert [message.text for message in told] == ["Stopping.", "Did undo", "Did redo"]


def test_events_reach_the_page(host: ScriptedHost, chat: tuple[Chat, list[Any]]) -> None:
    _, told = chat
    host.emit(RunChanged(state=run()))
    host.step("r1", "s1", "Find photos", "running")
    host.emit(ReplyDelta(run="r1", text="Well"))
    host.emit(StoreStatus(available=False))
    assert [message.type for message in told] == ["run", "step", "delta", "notice"]
    assert told[-1].level == "warning"


def test_a_closed_chat_follows_no_more(host: ScriptedHost, chat: tuple[Chat, list[Any]]) -> None:
    chat[0].close()
    host.emit(RunChanged(state=run()))
    assert chat[1] == []


def test_the_conversation_stays_in_the_notebook(host: ScriptedHost, chat: tuple[Chat, list[Any]]) -> None:
    assert "Run this cell" in chat[0].fallback()
    host.emit(RunChanged(state=run(request="<b>arrange</b>", status="done", reply="**Done** <script>")))
    host.emit(RunChanged(state=run("r2", "and then?", "stopped")))
    html = chat[0].fallback()
    assert "&lt;b&gt;arrange" in html
    assert "<strong>Done</strong>" in html
    assert "<script" not in html
    assert "Stopped." in html
    assert html.index("arrange") < html.index("and then?")


def test_suggestions_fit_what_is_there() -> None:
    empty = Project(name="museum")
    photos = {
        f"image-{n}": Asset(id=f"image-{n}", name=f"photo {n}", kind="image", hash="0" * 64, mime="image/png", bytes=1)
        for n in range(3)
    }
    assert all("photos" not in each for each in suggestions(empty))
    assert any("photos" in each for each in suggestions(empty.model_copy(update={"assets": photos})))


# -- the page's half ---------------------------------------------------------------------------------------------------
HISTORY = HistoryMessage(turns=(), model="", suggestions=("arrange the photos in a circle", "make a wall"))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def page(site: Site) -> Iterator[WidgetPage]:
    page = site.open("chat")
    page.say(HISTORY)
    page.wait("() => document.querySelector('.spatialnb-chat').dataset.state === 'ready'")
    yield page
    assert page.problems == []
    page.close()


def write(page: WidgetPage, text: str) -> None:
    page.get("textarea.snb-input").fill(text)
    page.page.keyboard.press("Enter")


@pytest.mark.browser
def test_an_empty_chat_invites(page: WidgetPage) -> None:
    assert page.sent("ready")[0]["revision"] is None
    assert page.get(".snb-invite").is_visible()
    assert page.get(".snb-by").inner_text() == "local planner"
    page.get(".snb-choice").first.click()
    assert page.sent("ask")[0]["text"] == "arrange the photos in a circle"
    assert page.get(".snb-invite").count() == 0


@pytest.mark.browser
def test_enter_sends_and_shift_enter_does_not(page: WidgetPage) -> None:
    box = page.get("textarea.snb-input")
    box.press("Enter")
    assert page.sent("ask") == []
    box.fill("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    height = box.evaluate("box => box.offsetHeight")
    box.press("Enter")
    assert [each["text"] for each in page.sent("ask")] == ["one\ntwo"]
    assert box.input_value() == ""
    assert box.evaluate("box => box.offsetHeight") < height
    assert page.get(".snb-ask").inner_text() == "one\ntwo"


@pytest.mark.browser
def test_up_recalls_and_down_goes_back(page: WidgetPage) -> None:
    write(page, "first")
    write(page, "second")
    box = page.get("textarea.snb-input")
    box.fill("draft")
    box.press("Home")
    box.press("ArrowUp")
    assert box.input_value() == "second"
    box.press("ArrowUp")
    assert box.input_value() == "first"
    box.press("ArrowUp")
    assert box.input_value() == "first"
    box.press("ArrowDown")
    box.press("ArrowDown")
    assert box.input_value() == "draft"


@pytest.mark.browser
def test_escape_stops_what_runs_and_else_leaves(page: WidgetPage) -> None:
    box = page.get("textarea.snb-input")
    box.focus()
    page.say(RunMessage(state=run()))
    assert page.get(".snb-halt").is_visible()
    box.press("Escape")
    assert [each["run"] for each in page.sent("stop")] == ["r1"]
    page.say(RunMessage(state=run(status="stopped")))
    assert not page.get(".snb-halt").is_visible()
    box.press("Escape")
    assert not box.evaluate("box => box === document.activeElement")


@pytest.mark.browser
def test_a_reply_streams_and_ends_as_it_should(page: WidgetPage) -> None:
    write(page, "arrange it")
    assert page.get(".snb-thinking").is_visible()
    page.say(RunMessage(state=run()))
    for text in ("The photos ", "stand in a **cir", "cle** now."):
        page.say(DeltaMessage(run="r1", text=text))
    page.get(".snb-reply strong").get_by_text("circle").wait_for()
    assert page.get(".snb-turn").count() == 1
    page.say(RunMessage(state=run(status="done", reply="The photos stand in a **circle**.", seconds=1.25)))
    assert page.get(".snb-reply").inner_text() == "The photos stand in a circle."
    assert page.get(".snb-turn-facts").inner_text() == "done · 1.3 s"
    assert page.get(".snb-heard").text_content() == "The photos stand in a **circle**."


@pytest.mark.browser
def test_one_line_says_what_thought_and_what_is_less(page: WidgetPage) -> None:
    write(page, "arrange it")
    used = ModelUse(name="openai/gpt-5.1", reason="the best there is for planning", calls=2, cost_usd=0.0042)
    page.say(
        RunMessage(state=run(status="done", reply="Done.", seconds=1.25, cost_usd=0.0042, used="gpt-5.1 · $0.0042"))
    )
    assert page.get(".snb-turn-facts").inner_text() == "done · 1.3 s · gpt-5.1 · $0.0042"
    assert page.get(".snb-used").count() == 0
    told = "gpt-5.1 did not answer in time; the local planner did this instead, more simply."
    less = ModelUse(name="local planner", reduced=told, hops=("gpt-5.1 did not answer in time.",))
    page.say(RunMessage(state=run(status="done", reply="Done.", used=told, reduced=True, models=(used, less))))
    assert page.get(".snb-used").inner_text() == told
    assert page.get(".snb-turn-facts").inner_text() == "done"
    assert "gpt-5.1 did not answer in time." in (page.get(".snb-used").get_attribute("title") or "")


@pytest.mark.browser
def test_a_reply_brings_nothing_that_runs_or_loads(page: WidgetPage) -> None:
    evil = (
        "<script>window.hit=1</script><img src=x onerror=window.hit=1>\n\n[a](javascript:window.hit=1) "
        "![b](https://x.example/y) <iframe srcdoc='<script>parent.hit=1</script>'></iframe>"
        "<style>body{display:none}</style><form action=x><input></form>"
        "<svg onload=window.hit=1></svg>\n\n[good](https://example.org)"
    )
    page.say(RunMessage(state=run(request=evil, status="done", reply=evil, choices=(evil,))))
    page.get(".snb-reply a[href='https://example.org']").wait_for()
    assert page.get(".snb-turn :is(script, img, iframe, style, form, input)").count() == 0
    assert page.get(".snb-reply svg").count() == 0
    assert page.get(".snb-reply a[href]").count() == 1
    assert page.get(".snb-reply a[href]").get_attribute("rel") == "noopener noreferrer"
    assert page.get(".snb-ask").inner_text() == evil
    assert page.page.evaluate("() => window.hit") is None


@pytest.mark.browser
def test_steps_are_chips_that_open(page: WidgetPage) -> None:
    shown = step(preview=Preview(text="3 photos"), seconds=0.5)
    page.say(RunMessage(state=run(steps=(shown, step("s2", "Render", "running", progress=0.5)))))
    head = page.get(".snb-step[data-step=s1] .snb-head")
    assert not page.get(".snb-step[data-step=s1] .snb-body").is_visible()
    head.click()
    assert page.get(".snb-step[data-step=s1] .snb-body").inner_text() == "3 photos"
    assert head.get_attribute("aria-expanded") == "true"
    page.say(StepMessage(state=step("s2", "Render", "failed", error="No room.")))
    assert page.get(".snb-error").inner_text() == "No room."


@pytest.mark.browser
@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_step_that_waits_is_answered_once(page: WidgetPage, decision: str) -> None:
    waiting = step(status="waiting", approval="It deletes 3 photos.", args={"items": ["a"]})
    page.say(RunMessage(state=run(status="waiting", steps=(waiting,))))
    button = page.get(".snb-approval").get_by_role("button", name=decision.capitalize())
    button.click()
    assert button.is_disabled()
    assert page.sent("answer") == [{"type": "answer", "run": "r1", "step": "s1", "decision": decision, "args": {}}]
    page.say(RunMessage(state=run(status="waiting", steps=(waiting,))))
    assert button.is_disabled()
    page.say(StepMessage(state=step()))
    assert page.get(".snb-approval").count() == 0


@pytest.mark.browser
def test_json_that_is_none_is_not_sent(page: WidgetPage) -> None:
    waiting = step(status="waiting", approval="It spends.", args={"place": {"x": 1.5}})
    page.say(RunMessage(state=run(status="waiting", steps=(waiting,))))
    page.get(".snb-approval").get_by_role("button", name="Edit").click()
    page.get(".snb-json").fill('{"x": ')
    page.get(".snb-approval").get_by_role("button", name="Run with these").click()
    assert "not JSON" in page.get(".snb-problem").inner_text()
    assert page.sent("answer") == []
    page.get(".snb-json").fill('{"x": 2}')
    page.get(".snb-approval").get_by_role("button", name="Run with these").click()
    assert page.sent("answer")[0]["args"] == {"place": {"x": 2}}


@pytest.mark.browser
def test_a_question_offers_its_answers(page: WidgetPage) -> None:
    page.say(RunMessage(state=run(status="done", reply="Which one?", choices=("the poster", "the robot"))))
    page.get(".snb-choice").get_by_text("the robot").click()
    assert page.sent("ask")[0]["text"] == "the robot"
    assert page.get(".snb-choices button:disabled").count() == 2


@pytest.mark.browser
def test_a_refused_request_says_why_where_it_stands(page: WidgetPage) -> None:
    write(page, "nonsense")
    page.say(NoticeMessage(level="error", text="No operation answers to that."))
    assert page.get(".snb-turn .snb-error").inner_text() == "No operation answers to that."
    write(page, "again")
    page.say(RunMessage(state=run(request="again", status="done", reply="Yes.")))
    assert page.get(".snb-turn").count() == 2
    assert page.get(".snb-turn").last.get_by_text("Yes.").is_visible()


@pytest.mark.browser
def test_a_reopened_chat_shows_what_was_said(page: WidgetPage) -> None:
    turns = tuple(Turn(run=run(f"r{n}", f"request {n}", "done", reply=f"reply {n}")) for n in range(30))
    page.say(HISTORY.model_copy(update={"turns": turns}))
    assert page.get(".snb-turn").count() == 30
    page.wait(AT_END)
    page.get("textarea.snb-input").press("ArrowUp")
    assert page.get("textarea.snb-input").input_value() == "request 29"
    page.say(HISTORY.model_copy(update={"turns": turns}))
    assert page.get(".snb-turn").count() == 30


@pytest.mark.browser
def test_a_reader_who_scrolled_back_is_left_there(page: WidgetPage) -> None:
    turns = tuple(Turn(run=run(f"r{n}", f"request {n}", "done", reply="words\n\n" * 5)) for n in range(20))
    page.say(HISTORY.model_copy(update={"turns": turns}))
    page.get(".snb-scroll").evaluate("scroll => { scroll.scrollTop = 0 }")
    page.get(".snb-latest").wait_for()
    page.say(RunMessage(state=run("new", status="running")))
    page.say(DeltaMessage(run="new", text="words"))
    page.get(".snb-turn").last.get_by_text("words").wait_for()
    assert page.get(".snb-scroll").evaluate("scroll => scroll.scrollTop") == 0
    page.get(".snb-latest").click()
    page.wait("() => document.querySelector('.snb-scroll').scrollTop > 100")


@pytest.mark.browser
def test_many_steps_fold_when_the_run_is_over(page: WidgetPage) -> None:
    steps = tuple(step(f"s{n}", f"Step {n}") for n in range(12))
    page.say(RunMessage(state=run(status="done", steps=steps)))
    assert page.get(".snb-step:visible").count() == 3
    page.get(".snb-more").click()
    assert page.get(".snb-step:visible").count() == 12


@pytest.mark.browser
def test_undo_and_redo_are_buttons(page: WidgetPage) -> None:
    page.page.get_by_role("button", name="Undo the latest change").click()
    page.page.get_by_role("button", name="Do it again").click()
    assert [each["redo"] for each in page.sent("undo")] == [False, True]
    page.say(NoticeMessage(level="info", text="Undone."))
    assert page.get(".spatialnb-chat > .snb-notice").inner_text() == "Undone."


@pytest.mark.browser
def test_keys_stay_in_the_chat(page: WidgetPage) -> None:
    assert page.get(".spatialnb-chat").get_attribute("data-lm-suppress-shortcuts") == "true"
    assert page.get("textarea.snb-input").get_attribute("data-lm-suppress-shortcuts") == "true"


@pytest.mark.browser
def test_a_kernel_that_is_gone_takes_no_more_words(page: WidgetPage) -> None:
    page.page.evaluate("() => window.model.fire('comm_live_update')")
    assert page.get(".spatialnb-stale").is_visible()
    assert page.get("textarea.snb-input").is_disabled()


@pytest.mark.browser
def test_closing_lets_go_of_everything(page: WidgetPage) -> None:
    page.say(RunMessage(state=run(steps=(step(status="running"),))))
    page.page.evaluate("() => window.stop()")
    assert page.page.evaluate("() => [window.model.count(), document.querySelectorAll('.spatialnb').length]") == [0, 0]


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [320, 900])
def test_it_fits_and_can_be_read(site: Site, width: int, dark: bool) -> None:
    page = site.open("chat", width=width, dark=dark)
    waiting = step("s2", "Remove 3 photos", "waiting", approval="It deletes 3 photos.", args={"items": ["a" * 60]})
    steps = (step(title="Find " + "x" * 80, seconds=0.5), waiting)
    turn = Turn(run=run(request="y" * 300, status="waiting", steps=steps, reply="z" * 300, choices=("w" * 90,)))
    page.say(HISTORY.model_copy(update={"turns": (turn,)}))
    page.get(".snb-reply").wait_for()
    assert page.page.evaluate(TOO_WIDE) == []
    assert page.get(".spatialnb-chat").get_attribute("data-theme") == ("dark" if dark else "light")
    assert page.page.evaluate(HARD_TO_READ) == []
    page.close()


AT_END = """() => {
  const scroll = document.querySelector('.snb-scroll');
  return scroll.scrollTop + scroll.clientHeight > scroll.scrollHeight - 2;
}"""
TOO_WIDE = """() => [...document.querySelectorAll('.spatialnb-chat *')]
  .filter(each => each.getBoundingClientRect().right > innerWidth).map(each => each.className)"""
HARD_TO_READ = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const mix = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1) }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const under = (element) => {
    const colours = [];
    for (let node = element; node; node = node.parentElement) colours.unshift(getComputedStyle(node).backgroundColor);
    return colours;
  };
  const poor = [];
  for (const element of document.querySelectorAll('.spatialnb-chat *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.disabled || !element.checkVisibility() || element.closest('.snb-heard, style')) continue;
    const ground = under(element);
    const [a, b] = [light(mix(ground)), light(mix([...ground, getComputedStyle(element).color]))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push([element.className, element.textContent.slice(0, 20), +ratio.toFixed(2)]);
  }
  return poor;
}"""
