"""Makes the pictures of the README from the running widgets: `python -m tests.browser.pictures [FOLDER]`.

A real JupyterLab in a real Chromium; what is typed, dragged and drawn is what a person would see.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from spatialnb.make.samples import write_samples
from tests.browser.journey import drawn, item_in, scene
from tests.lab import Chromium, Lab, Notebook

GALLERY = Path(__file__).parents[2] / "notebooks" / "gallery"
FRAMES_A_SECOND = 7
WIDTH = 960


class Recorder:
    """Takes pictures of the page, for an animation."""

    def __init__(self, notebook: Notebook) -> None:
        self.page = notebook.page
        self.frames: list[Image.Image] = []

    def take(self, count: int = 1) -> None:
        for _ in range(count):
            began = time.monotonic()
            picture = Image.open(io.BytesIO(self.page.screenshot(type="jpeg", quality=90))).convert("RGB")
            self.frames.append(picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.LANCZOS))
            time.sleep(max(0.0, 1 / FRAMES_A_SECOND - (time.monotonic() - began)))

    def type(self, words: str) -> None:
        self.page.get_by_label("Message").last.click()
        for start in range(0, len(words), 5):
            self.page.keyboard.type(words[start : start + 5])
            self.take()
        self.page.keyboard.press("Enter")

    def until(self, revision: int) -> None:
        """Until the space has drawn a revision, and a moment longer."""
        shown = "r => Number(document.querySelector('[data-revision]').dataset.revision) >= r"
        while not self.page.evaluate(shown, revision):
            self.take()
        self.take(10)

    def save(self, path: Path) -> None:
        palette = self.frames[len(self.frames) // 2].quantize(160, method=Image.Quantize.MEDIANCUT)
        frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in self.frames]
        frames[0].save(
            path, save_all=True, append_images=frames[1:], duration=1000 // FRAMES_A_SECOND, loop=0, optimize=True
        )


def opened(lab: Lab, chromium: Chromium, media: Path, name: str) -> Notebook:
    cells = [
        f"from spatialnb import Studio\n\nstudio = Studio({name!r})\nstudio.ingest({media.name!r}).summary",
        "studio.space(height=430)",
        "studio.chat()",
    ]
    notebook = chromium.open(lab, lab.write(f"{name}.ipynb", cells))
    notebook.command("application:toggle-left-area")
    for index in range(3):
        notebook.run(index)
    notebook.page.evaluate("() => { window.__panel.content.activeCellIndex = 1 }")
    notebook.page.locator("[data-revision]").first.wait_for()
    return notebook


def beside(notebook: Notebook) -> None:
    """Put the chat into a panel of its own, to the right of the notebook."""
    notebook.page.evaluate("() => { window.__panel.content.activeCellIndex = 2 }")
    notebook.command("notebook:create-output-view")
    notebook.page.get_by_label("Message").last.wait_for()
    notebook.page.evaluate("""() => {
      const { shell } = window.jupyterapp;
      const view = [...shell.widgets('main')].find((each) => each.title.label === 'Output View');
      shell.add(view, 'main', { mode: 'split-right', ref: window.__panel.id });
    }""")
    notebook.page.locator("[data-revision]").first.scroll_into_view_if_needed()


def look(notebook: Notebook, path: Path) -> None:
    notebook.page.evaluate("() => document.activeElement?.blur()")
    notebook.page.mouse.move(5, 5)
    notebook.page.screenshot(path=path)


def ask(notebook: Notebook, words: str, revision: int) -> None:
    notebook.page.get_by_label("Message").first.click()
    notebook.page.keyboard.type(words)
    notebook.page.keyboard.press("Enter")
    drawn(notebook, revision)


def story(lab: Lab, media: Path, folder: Path) -> None:
    """Asked for in the chat, moved by hand, undone."""
    with Chromium(width=1360, height=640) as chromium:
        notebook = opened(lab, chromium, media, "story")
        beside(notebook)
        recorder = Recorder(notebook)
        recorder.take(4)
        recorder.type("arrange the posters in an arc around the robot")
        recorder.until(2)
        shown = drawn(notebook, 2)
        target = max(
            (i for i in shown["items"] if i["kind"] == "image" and not i["screen"]["behind"]),
            key=lambda i: i["position"][2],
        )
        x, y = target["screen"]["x"], target["screen"]["y"]
        mouse = notebook.page.mouse
        mouse.move(x, y)
        mouse.down()
        for step in range(1, 9):
            mouse.move(x + 9 * step, y - 7 * step)
            recorder.take()
        mouse.up()
        drawn(notebook, 3)
        assert item_in(scene(notebook), target["id"])["position"] != target["position"]
        recorder.take(4)
        notebook.page.keyboard.press("Escape")
        recorder.type("make the robot twice as big")
        recorder.until(4)
        recorder.type("hang the posters on a wall")
        recorder.until(5)
        recorder.save(folder / "story.gif")


def stills(lab: Lab, media: Path, folder: Path) -> None:
    for name, width, height, theme in (
        ("space", 1280, 960, "JupyterLab Light"),
        ("space-dark", 1280, 960, "JupyterLab Dark"),
        ("space-narrow", 520, 900, "JupyterLab Light"),
    ):
        with Chromium(width=width, height=height, scale=1.5 if width > 600 else 1) as chromium:
            notebook = opened(lab, chromium, media, name)
            notebook.theme(theme)
            ask(notebook, "arrange the posters in an arc around the robot", 2)
            ask(notebook, "put the lamp left of the robot and the crystal right of it", 3)
            notebook.page.locator("[data-revision]").first.scroll_into_view_if_needed()
            drawn(notebook, 3)
            look(notebook, folder / f"{name}.png")


def main(folder: Path = GALLERY) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as root:
        media = Path(root) / "media"
        write_samples(media)
        with Lab(Path(root)) as lab:
            stills(lab, media, folder)
            story(lab, media, folder)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
