"""The whole story in a real JupyterLab: words, approval, steps as outputs, the hand, undo, and the saved notebook."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.journey import ask, drawn, evaluate, item_in, scene
from tests.lab import Chromium, Lab, Notebook
from tests.model_server import ModelServer, calls, say

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OPEN = "from spatialnb import Studio\nstudio = Studio({name!r})\nprint(studio.ingest({media!r}).summary)"


def opened(lab: Lab, chromium: Chromium, name: str, media: Path, *more: str) -> Notebook:
    """A notebook with a studio, a chat and a space, its cells run."""
    cells = [OPEN.format(name=name, media=str(media)), "studio.chat()", "studio.space(height=420)", *more]
    notebook = chromium.open(lab, lab.write(f"{name}.ipynb", cells))
    for index in range(3):
        notebook.run(index)
    return notebook


def test_words_hand_undo_and_a_notebook_that_stays_readable(
    lab: Lab, chromium: Chromium, media_folder: Path, tmp_path: Path
) -> None:
    notebook = opened(lab, chromium, "story", media_folder, "studio.items()")

    ask(notebook, "arrange the photos in a circle around the robot")
    drawn(notebook, 2)
    expect(notebook.cell(1).locator(".jp-OutputArea-output", has_text="Arranged")).not_to_have_count(0)
    start = evaluate(notebook, "studio.scene_hash()")

    ask(notebook, "remove the red photo")
    approve = notebook.page.get_by_role("button", name="Approve").first
    expect(approve).to_be_visible()
    count = len(scene(notebook)["items"])
    assert evaluate(notebook, "len(studio.items())") == count, "nothing is removed before a person agrees"
    approve.click()
    shown = drawn(notebook, 3)
    assert len(shown["items"]) == count - 1

    frame_all = notebook.page.locator("[data-revision] canvas").first
    frame_all.click(position={"x": 6, "y": 6})
    target = min(
        (i for i in scene(notebook)["items"] if i["kind"] == "image" and not i["screen"]["behind"]),
        key=lambda i: math.dist(i["position"], scene(notebook)["camera"]["position"]),
    )
    before = evaluate(notebook, "studio.scene_hash()")
    x, y = target["screen"]["x"], target["screen"]["y"]
    mouse = notebook.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 30, y - 20, steps=6)
    mouse.move(x + 60, y - 40, steps=6)
    mouse.up()
    revision = evaluate(notebook, "studio.project.revision") if scene(notebook)["waiting"] == 0 else None
    shown = drawn(notebook, revision or 4)
    moved = item_in(shown, target["id"])
    assert math.dist(moved["position"], target["position"]) > 0.05

    notebook.run(3)
    stored = evaluate(
        notebook, f"studio.items().set_index('id').loc[{target['id']!r}, ['x', 'y', 'z']].astype(float).tolist()"
    )
    assert stored == pytest.approx(moved["position"], abs=1e-4)
    assert f"{stored[0]:.2f}"[:4] in notebook.text(3)
    assert evaluate(notebook, "studio.changes()[-1].author") == "person"

    ask(notebook, "undo that")
    notebook.wait(
        f"n => (({'() => document.querySelector(`[data-revision]`)?.__space?.describe()'})()?.revision ?? 0) >= n", 5
    )
    assert evaluate(notebook, "studio.scene_hash()") == before != start

    saved = notebook.save()
    outputs = json.dumps(saved.cells[1].outputs)
    assert "Arranged" in outputs
    assert "Removed" in outputs
    page = tmp_path / "saved.html"
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", str(lab.root / "story.ipynb"), "--output", str(page)],
        check=True,
        capture_output=True,
    )
    reader = chromium.context.new_page()
    reader.goto(page.as_uri())
    expect(reader.get_by_text("Arranged 14 pictures").first).to_be_visible()
    expect(reader.get_by_text("Removed").first).to_be_visible()
    reader.close()
    assert [p for p in notebook.problems if "spatialnb" in p.lower()] == []


def test_the_same_story_through_a_model_on_loopback(lab: Lab, chromium: Chromium, media_folder: Path) -> None:
    script = [
        calls(("arrange", {"items": "the photos", "arrangement": "circle", "around": "the robot"})),
        say("They stand around the robot now."),
        calls(("remove", {"items": "the red photo"})),
        say("The red one is gone."),
        calls(("undo", {})),
        say("As it was."),
    ]
    with ModelServer(script) as server:
        notebook = chromium.open(
            lab,
            lab.write(
                "model.ipynb",
                [
                    "import os\nos.environ |= {'SPATIALNB_MODEL': 'openai/test', 'OPENAI_API_KEY': 'none', "
                    f"'SPATIALNB_MODEL_BASE': {server.url!r}}}\n" + OPEN.format(name="model", media=str(media_folder)),
                    "studio.chat()",
                    "studio.space(height=420)",
                ],
            ),
        )
        for index in range(3):
            notebook.run(index)
        ask(notebook, "put my pictures around the robot please")
        drawn(notebook, 2)
        expect(notebook.page.get_by_text("They stand around the robot now.").first).to_be_visible()
        assert server.requests[0]["stream"]
        offered = {tool["function"]["name"] for tool in server.requests[0]["tools"]}
        assert offered >= {"arrange", "undo", "search_tools"}
        assert len(offered) <= 15
        there = evaluate(notebook, "studio.scene_hash()")
        ask(notebook, "and now take the red one away")
        notebook.page.get_by_role("button", name="Approve").first.click()
        expect(notebook.page.get_by_text("The red one is gone.").first).to_be_visible()
        assert evaluate(notebook, "studio.scene_hash()") != there
        ask(notebook, "no, bring it back")
        expect(notebook.page.get_by_text("As it was.").first).to_be_visible()
        assert evaluate(notebook, "studio.scene_hash()") == there
