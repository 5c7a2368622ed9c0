from __future__ import annotations

import io
import re

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spatialnb.models.plan import Preview
from spatialnb.widgets import stepcard
from tests.widgets.pages import run, step
from tests.widgets.scripted import Pictures


def picture(width: int, height: int, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 80).convert(mode).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("status", list(stepcard.STEP_LOOKS))
def test_every_status_is_a_word_and_not_only_a_sign(status: str) -> None:
    look = stepcard.STEP_LOOKS[status]
    state = step(status=status)
    assert look.word in stepcard.step_html(state)
    assert look.word in stepcard.step_text(state)
    assert look.word in stepcard.step_markdown(state)


@pytest.mark.parametrize(
    ("approval", "said"),
    [("deletes", "This deletes things"), ("It costs 2 USD.", "It costs 2 USD."), ("", "approval.")],
)
def test_why_it_waits_is_a_sentence(approval: str, said: str) -> None:
    assert said in stepcard.step_html(step(status="waiting", approval=approval))
    assert said in stepcard.step_text(step(status="waiting", approval=approval))


def test_time_cost_and_note_are_told() -> None:
    html = stepcard.step_html(step(status="running", progress=0.425, note="frame 12 of 40", seconds=75, cost_usd=0.5))
    assert "42%" in html
    assert "frame 12 of 40" in html
    assert "1 min 15 s" in html
    assert "0.50 USD" in html


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "1 ms"), (0.04, "40 ms"), (0.4, "0.4 s"), (9.94, "9.9 s"), (59.6, "1 min 0 s"), (12, "12 s")],
)
def test_durations_are_short(seconds: float, said: str) -> None:
    assert stepcard.duration(seconds) == said


def test_the_text_form_is_the_same_from_run_to_run() -> None:
    assert stepcard.step_text(step(seconds=0.1)) == stepcard.step_text(step(seconds=9.0))
    assert stepcard.run_text(run(seconds=0.1, cost_usd=1)) == stepcard.run_text(run(seconds=3.0))


EVIL = '<img src=x onerror=alert(1)>"><script>alert(1)</script>'


def test_words_from_elsewhere_stay_words() -> None:
    state = step(
        EVIL, EVIL, "failed", error=EVIL, note=EVIL, preview=Preview(text=EVIL, files=(EVIL,)), result=[{EVIL: EVIL}]
    )
    for html in (
        stepcard.step_html(state, project=EVIL),
        stepcard.run_html(run(EVIL, EVIL, steps=(state,), reply=EVIL, choices=(EVIL,))),
    ):
        assert "<script" not in html
        assert "<img" not in html


@given(st.text(max_size=200))
def test_no_markdown_brings_anything_that_runs(text: str) -> None:
    html = stepcard.markdown(text)
    assert not re.search(
        r"<(script|img|iframe|svg|style|form|input)|\son\w+=|javascript:", re.sub(r">[^<]*<", "><", html), re.I
    )


def test_links_of_a_reply_lead_only_to_the_web() -> None:
    html = stepcard.markdown("[a](https://example.org) [b](javascript:alert(1)) [c](data:text/html,x)")
    assert 'href="https://example.org"' in html
    assert "javascript:" not in re.sub(r">[^<]*<", "><", html)
    assert "noopener" in html


def test_small_pictures_are_kept_and_large_ones_made_small() -> None:
    media = Pictures()
    small, large = media.add(picture(40, 40), "image/png"), media.add(picture(900, 600), "image/png")
    html = stepcard.step_html(step(preview=Preview(images=(small, large))), media)
    sources = re.findall(r'src="data:([^;]+);base64,([^"]+)"', html)
    assert [mime for mime, _ in sources] == ["image/png", "image/webp"]
    assert len(sources[1][1]) < 40_000
    assert html.count('alt="Find photos"') == 2


def test_what_cannot_be_shown_is_left_out() -> None:
    media = Pictures()
    broken, drawing = media.add(b"x" * 30_000, "image/png"), media.add(b"<svg/>", "image/svg+xml")
    html = stepcard.step_html(step(preview=Preview(images=(broken, drawing, "0" * 64))), media)
    assert "<img" not in html


def test_a_sound_plays_in_the_saved_notebook_if_it_is_not_too_long() -> None:
    media = Pictures()
    short, long = media.add(b"s" * 1000, "audio/mp4"), media.add(b"l" * 900_000, "audio/mp4")
    assert '<audio controls preload="metadata" src="data:audio/mp4' in stepcard.step_html(
        step(preview=Preview(audio=short)), media
    )
    assert "<audio" not in stepcard.step_html(step(preview=Preview(audio=long)), media)


def test_a_table_shows_its_first_rows_and_says_how_many_more() -> None:
    rows = [{"name": f"photo {n}", "sharpness": n / 3, "place": [1, 2, 3], "note": None} for n in range(11)]
    for result in (rows, {"count": 11, "hits": rows}):
        html = stepcard.step_html(step(result=result))
        assert html.count("<tr>") == 9
        assert "0.333" in html
        assert "place" not in html
        assert "and 3 more" in html


@pytest.mark.parametrize(
    "result", [None, 3, "x", [], [1, 2], {}, {"a": 1}, [{"a": 1}, 2], {"a": [{"x": 1}], "b": [{"y": 1}]}]
)
def test_what_is_no_table_is_not_shown_as_one(result: object) -> None:
    assert "<table" not in stepcard.step_html(step(result=result))


def test_it_reads_well_when_styles_and_unknown_elements_are_taken_away() -> None:
    """As code hosting sites do."""
    steps = (
        step(seconds=1.25, preview=Preview(text="3 photos are **blurred**")),
        step("s2", "Remove them", "waiting", approval="It deletes 3 photos."),
    )
    html = stepcard.run_html(run(status="waiting", steps=steps, reply="Shall I?"))
    clean = nh3.clean(html, tags=nh3.ALLOWED_TAGS - {"style"}, attributes={})
    assert "style=" not in clean
    assert "spatialnb-" not in clean
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", clean))
    for words in (
        "arrange it",
        "waits for you",
        "Find photos",
        "done · 1.2 s",
        "3 photos are blurred",
        "It deletes 3 photos.",
        "Shall I?",
    ):
        assert words in text
    assert text.index("Find photos") < text.index("Remove them") < text.index("Shall I?")
    assert "<ol>" in clean
    assert "<strong>" in clean
