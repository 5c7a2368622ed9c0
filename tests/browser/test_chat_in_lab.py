"""Chat and steps in a real JupyterLab, over a host that follows a script."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nh3
import pytest

from tests.lab import CHECKOUT, Chromium, Lab, Notebook

pytestmark = pytest.mark.browser

HOST = """
import io, time
from PIL import Image
from spatialnb.config import Settings
from spatialnb.library.storage import MediaStore
from spatialnb.widgets.chat import Chat
from spatialnb.widgets.steps import StepOutputs
from tests.widgets.scripted import ScriptedHost

def script(host, run):
    r, made = run.id, {"text": "6 pictures fit **neon** best", "images": (picture,)}
    host.step(r, "s1", "Find neon pictures", "running", progress=0.3)
    host.step(r, "s2", "Remove 3 photos", "queued")
    host.step(r, "s1", "Find neon pictures", "done", seconds=0.2, preview=made)
    if "remove" in run.request:
        host.step(r, "s2", "Remove 3 photos", "waiting", approval="It deletes 3 photos.", args={"items": ["a", "b"]})
        host.end(r, "waiting")
        host.wait_for_answer()
    if "for ever" in run.request:
        host.step(r, "s2", "Remove 3 photos", "running", progress=0.5)
        host.wait_for_answer()
        host.step(r, "s2", "Remove 3 photos", "stopped")
        return host.end(r, "stopped", reply="Stopped.")
    host.step(r, "s2", "Remove 3 photos", "done", seconds=0.1)
    host.say(r, "All ", "**done** ", "now.")
    host.end(r, "done", reply="All **done** now.", seconds=1.25)

host = ScriptedHost()
host.media = MediaStore(Settings.from_environment().media)
out = io.BytesIO()
Image.new("RGB", (320, 200), "teal").save(out, "WEBP")
picture = host.media.put(out.getvalue(), "image/webp")
host.script = script
outputs = StepOutputs(host)
chat = Chat(host, outputs)

def run(words):
    state = host.submit(words)
    outputs.show(state)
    while host.state(state.id).status == "running":
        time.sleep(0.02)
    outputs.finish(host.state(state.id))
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("notebooks")
    with Lab(root, environ={"PYTHONPATH": str(CHECKOUT)}, base_url="/user/ann/") as lab:
        yield lab


@pytest.fixture
def notebook(lab: Lab, chromium: Chromium, request: pytest.FixtureRequest) -> Iterator[Notebook]:
    notebook = chromium.open(lab, lab.write(f"{request.node.name}.ipynb", [HOST, "chat", "1 + 1"]))
    notebook.run(0)
    assert notebook.text(0) == ""
    yield notebook
    notebook.shut_down()
    notebook.page.close()


def ask(notebook: Notebook, words: str) -> None:
    box = notebook.page.get_by_role("textbox", name="Message")
    box.fill(words)
    box.press("Enter")


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_steps_of_a_chat_are_live_outputs_under_it(notebook: Notebook) -> None:
    notebook.run(1)
    ask(notebook, "remove the blurry ones")
    waiting = notebook.page.locator("spatialnb-step").nth(1)
    waiting.get_by_role("button", name="Approve").wait_for()
    assert notebook.page.locator("spatialnb-step").count() == 2
    assert "◆ remove the blurry ones (waits for you)" in notebook.text(1)
    assert "✓ Find neon pictures (done)" in notebook.text(1)

    waiting.get_by_role("button", name="Approve").click()
    notebook.page.locator(".snb-reply strong").get_by_text("done").wait_for()
    assert notebook.execute("print(host.answers)").strip() == "[('run-1', 's2', 'approve', {})]"
    assert waiting.get_by_role("button").count() == 0
    notebook.wait("() => [...document.querySelectorAll('spatialnb-step')].every(e => /done/.test(e.textContent))")

    # The picture came over HTTP, from the server extension, not over the comm.
    shown = notebook.page.locator("spatialnb-step img.snb-picture").first
    notebook.wait(
        "() => document.querySelector('spatialnb-step').shadowRoot.querySelector('img')?.naturalWidth === 320"
    )
    assert "/user/ann/spatialnb/media/" in str(shown.get_attribute("src"))
    assert notebook.problems == []


def test_the_saved_notebook_reads_well_without_a_kernel(notebook: Notebook, tmp_path: Path) -> None:
    notebook.run(1)
    ask(notebook, "arrange them")
    notebook.page.locator(".snb-reply strong").get_by_text("done").wait_for()
    third = notebook.add("run('arrange them again')")
    notebook.run(third)
    saved = notebook.save()
    story = ("Find neon pictures", "6 pictures fit", "neon", "Remove 3 photos", "arrange them again", "All done now.")

    html = "".join(
        "".join(o.get("data", {}).get("text/html", "")) for cell in saved.cells for o in cell.get("outputs", ())
    )
    for text in (plain(html), plain(nh3.clean(html, attributes={}))):
        for words in story:
            assert words in text
    assert "application/vnd.jupyter.widget-view+json" not in str(saved.cells[third].outputs)

    path = notebook.lab.root / notebook.path
    for options in ([], ["--HTMLExporter.sanitize_html=True"]):
        command = [
            sys.executable,
            "-m",
            "nbconvert",
            "--to",
            "html",
            str(path),
            "--output-dir",
            str(tmp_path),
            *options,
        ]
        subprocess.run(command, check=True, capture_output=True)
        text = plain((tmp_path / path.with_suffix(".html").name).read_text())
        for words in story:
            assert words in text

    # In JupyterLab, with no kernel any more.
    notebook.shut_down()
    notebook.page.goto("about:blank")
    notebook.page.goto(f"{notebook.lab.url}/lab/tree/{notebook.path}?reset&kernel=none")
    cards = notebook.page.locator("spatialnb-step article")
    cards.nth(3).wait_for()
    assert cards.nth(0).is_visible()
    assert "Find neon pictures" in cards.nth(0).inner_text()
    assert notebook.page.locator("spatialnb-step article img").first.evaluate("img => img.naturalWidth > 0")
    assert notebook.page.locator("spatialnb-step[data-live]").count() == 0


def test_a_busy_cell_shows_its_steps_and_can_be_stopped(notebook: Notebook) -> None:
    cell = notebook.add("run('go on for ever')")
    notebook.run(cell, wait=False)
    bar = notebook.page.locator("spatialnb-step [role=progressbar]:visible")
    bar.wait_for()
    notebook.page.locator("spatialnb-run").get_by_role("button", name="Stop").click()
    notebook.idle()
    notebook.wait(
        "i => /stopped/.test(JSON.stringify(window.__panel.content.widgets[i].model.sharedModel.getOutputs()))", cell
    )
    assert "KeyboardInterrupt" not in notebook.text(cell)
    assert "■ Remove 3 photos (stopped)" in notebook.text(cell)


def test_a_page_that_is_loaded_again_goes_on(notebook: Notebook) -> None:
    notebook.run(1)
    ask(notebook, "remove the blurry ones")
    notebook.page.locator("spatialnb-step").get_by_role("button", name="Approve").wait_for()
    notebook.save()
    notebook.reload()
    notebook.page.locator(".snb-ask").get_by_text("remove the blurry ones").wait_for()
    approve = notebook.page.locator("spatialnb-step").get_by_role("button", name="Approve")
    approve.wait_for()
    approve.click()
    notebook.page.locator(".snb-reply strong").get_by_text("done").wait_for()
    notebook.wait("() => document.querySelectorAll('spatialnb-step')[1].shadowRoot.querySelector('[data-status=done]')")


def test_keys_in_chat_and_forms_do_not_reach_the_notebook(notebook: Notebook) -> None:
    notebook.run(1)
    ask(notebook, "remove the blurry ones")
    cells = notebook.page.evaluate("() => window.__panel.content.widgets.length")
    step = notebook.page.locator("spatialnb-step").nth(1)
    step.get_by_role("button", name="Edit").click()
    field = step.get_by_label("items")
    field.press("End")
    field.press_sequentially("dd, x00")
    field.press("Shift+Enter")
    notebook.wait("() => true")
    assert notebook.execute("print(host.answers)").strip() in (
        "[]",
        "[('run-1', 's2', 'edit', {'items': ['a', 'bdd', 'x00']})]",
    )
    box = notebook.page.get_by_role("textbox", name="Message")
    box.click()
    box.press_sequentially("dd")
    box.press("Shift+Enter")
    box.press_sequentially("aa")
    assert box.input_value() == "dd\naa"
    notebook.page.locator(".snb-step .snb-head").first.focus()
    notebook.page.keyboard.press("d")
    notebook.page.keyboard.press("d")
    assert notebook.page.evaluate("() => window.__panel.content.widgets.length") == cells
    assert notebook.outputs(2) == []


def test_it_follows_the_theme(notebook: Notebook) -> None:
    notebook.run(1)
    ask(notebook, "arrange them")
    notebook.page.locator("spatialnb-step[data-live]").first.wait_for()
    notebook.theme("JupyterLab Dark")
    notebook.wait("() => document.querySelector('.spatialnb-chat').dataset.theme === 'dark'")
    notebook.wait("() => document.querySelector('spatialnb-step').dataset.theme === 'dark'")
    notebook.theme("JupyterLab Light")
    notebook.wait("() => document.querySelector('spatialnb-step').dataset.theme === 'light'")


def test_a_restarted_kernel_leaves_what_was_saved(notebook: Notebook) -> None:
    notebook.run(1)
    ask(notebook, "arrange them")
    notebook.page.locator("spatialnb-step[data-live]").first.wait_for()
    notebook.page.locator(".snb-reply strong").get_by_text("done").wait_for()
    notebook.restart()
    notebook.page.locator(".spatialnb-stale").wait_for()
    notebook.wait("() => document.querySelectorAll('spatialnb-step[data-live]').length === 0")
    assert notebook.page.locator("spatialnb-step article").first.is_visible()
