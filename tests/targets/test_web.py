"""The web page as a folder, and in a real browser from disk."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from spatialnb.errors import Invalid, Stopped
from spatialnb.models.canvas import Item
from spatialnb.models.project import Project
from spatialnb.models.protocol import Scene
from spatialnb.models.scene import scene_of
from spatialnb.targets import export, web
from tests.targets.scenes import Shelf, item, painted, plain, project_of, robot

EVIL = "</script><script>window.EVIL=1</script>\u2028<img src=x onerror=window.EVIL=1>&\"'"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "media")


@pytest.fixture(autouse=True)
def viewer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder's own contents are tested with any viewer; the browser test takes the built one."""
    if "browser" not in request.keywords:
        monkeypatch.setattr(web, "_viewer", lambda: b"/* viewer */")


def gallery(shelf: Shelf) -> Project:
    assets = [painted(shelf, "sea", 320, 180), plain(shelf, (200, 30, 40), EVIL), robot(shelf)]
    items = [item(a, n, position=(2.0 * n, 1.2, 0)) for n, a in enumerate(assets)]
    words = Item(id="words", name="words", kind="label", text=EVIL, position=(0, 3, 0))
    return project_of(
        assets, [*(i.model_copy(update={"id": f"i{n}"}) for n, i in enumerate(items)), words], name=f"show {EVIL}"
    )


def read_scene(folder: Path) -> Scene:
    text = (folder / "scene.js").read_text()
    assert text.startswith("window.SPATIALNB_SCENE = ")
    return Scene.model_validate(json.loads(text.removeprefix("window.SPATIALNB_SCENE = ").rstrip().rstrip(";")))


def test_folder_holds_the_scene_and_every_file_it_shows(shelf: Shelf, tmp_path: Path) -> None:
    project = gallery(shelf)
    made = export("web", project, shelf, tmp_path / "page")
    assert made.path == tmp_path / "page" / "index.html"
    assert made.bytes == sum(f.stat().st_size for f in made.files)
    scene = read_scene(tmp_path / "page")
    assert scene == scene_of(project)
    names = {
        h
        for i in scene.items
        for h in (i.media.thumbnail, i.media.picture, i.media.stream, i.media.model, i.media.waveform)
        if h
    }
    assert {f.stem for f in (tmp_path / "page" / "media").iterdir()} == names
    for key in names:
        call = re.fullmatch(
            r'window\.SPATIALNB_MEDIA\("([0-9a-f]{64})", "([a-z/0-9.+-]+)", "([A-Za-z0-9+/=]+)"\);\n',
            (tmp_path / "page" / "media" / f"{key}.js").read_text(),
        )
        assert call is not None
        assert call[1] == key
        assert base64.b64decode(call[3]) == shelf.path(key).read_bytes()
        assert call[2] == shelf.mime(key)


def test_names_are_data(shelf: Shelf, tmp_path: Path) -> None:
    export("web", gallery(shelf), shelf, tmp_path / "page")
    assert "<" not in (tmp_path / "page" / "scene.js").read_text()
    assert "\u2028" not in (tmp_path / "page" / "scene.js").read_text()

    class Tags(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.scripts: list[str | None] = []
            self.handlers: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.handlers += [name for name, _ in attrs if name.startswith("on")]
            if tag == "script":
                self.scripts.append(dict(attrs).get("src"))

    parser = Tags()
    parser.feed((tmp_path / "page" / "index.html").read_text())
    assert parser.scripts == ["scene.js", "viewer.js"]
    assert parser.handlers == []
    page = (tmp_path / "page" / "index.html").read_text()
    assert "Content-Security-Policy" in page
    assert "<noscript>" in page
    assert page.count("<figure>") == 4


def test_only_its_own_folder_is_replaced(shelf: Shelf, tmp_path: Path) -> None:
    project = gallery(shelf)
    export("web", project, shelf, tmp_path / "page")
    (tmp_path / "page" / "media" / "old.js").write_text("old")
    export("web", project, shelf, tmp_path / "page")
    assert not (tmp_path / "page" / "media" / "old.js").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(Invalid, match="no export made"):
        export("web", project, shelf, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    (tmp_path / "file").write_text("")
    for bad in ("file", "file/page"):
        with pytest.raises(Invalid):
            export("web", project, shelf, tmp_path / bad)


def test_stopped_export_leaves_nothing(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        export("web", gallery(shelf), shelf, tmp_path / "page", stopped=lambda: True)
    assert {p.name for p in tmp_path.iterdir()} == {"media"}


def test_missing_media_are_noted(shelf: Shelf, tmp_path: Path) -> None:
    project = gallery(shelf)
    sea = next(a for a in project.assets.values() if "sea" in a.name.lower())
    shelf.path(sea.hash).unlink()
    made = export("web", project, shelf, tmp_path / "page")
    assert sea.name in made.notes[0]


def test_nothing_to_show(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="nothing to see"):
        export("web", Project(name="empty"), shelf, tmp_path / "page")


@pytest.mark.browser
def test_opens_from_disk_in_a_browser(shelf: Shelf, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    made = export("web", gallery(shelf), shelf, tmp_path / "page ü #1")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 900, "height": 600})
            errors: list[str] = []
            requests: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("request", lambda request: requests.append(request.url))
            page.goto(made.path.as_uri())
            page.wait_for_selector("#spatialnb[data-ready]", timeout=60_000)
            assert page.evaluate("document.querySelector('#spatialnb').__viewer.describe().items.length") == 4
            assert page.evaluate("window.EVIL") is None
            assert errors == []
            assert all(url.startswith(("file:", "blob:", "data:")) for url in requests)
            plain_context = browser.new_context(java_script_enabled=False)
            quiet = plain_context.new_page()
            quiet.goto(made.path.as_uri())
            assert quiet.locator(".works figure").first.is_visible()
            assert quiet.locator(".works figure").count() == 4
        finally:
            browser.close()
