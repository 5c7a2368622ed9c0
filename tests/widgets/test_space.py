from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, sync_playwright

from spatialnb.models.events import Selected
from spatialnb.models.geometry import Pose, compose, matrix
from spatialnb.models.protocol import TO_SPACE
from spatialnb.studio import Studio
from spatialnb.widgets.space import Space, inside
from tests.lab import FLAGS, chromium_path
from tests.widgets.standin import StandIn

DESCRIBE = "document.querySelector('.spatialnb-space').__space.describe()"


# -- the kernel's half -----------------------------------------------------------------------------------------------
class Listener:
    """What a space says, as messages."""

    def __init__(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        self._messages: list[Any] = []
        self._came = threading.Condition()
        monkeypatch.setattr(space, "send", self._hear)

    def _hear(self, content: Any, buffers: Any = None) -> None:
        if content["type"] == "packed":
            content = json.loads(gzip.decompress(buffers[0]))
        with self._came:
            self._messages.append(TO_SPACE.validate_python(content))
            self._came.notify_all()

    def wait(self, kind: str, count: int = 1) -> list[Any]:
        def found() -> list[Any]:
            return [m for m in self._messages if m.type == kind]

        with self._came:
            assert self._came.wait_for(lambda: len(found()) >= count, 10), [m.type for m in self._messages]
            return found()

    def count(self, kind: str) -> int:
        return sum(m.type == kind for m in self._messages)


@pytest.fixture
def placed(gallery_studio: Studio) -> Studio:
    images = [a.id for a in gallery_studio.project.assets.values() if a.kind == "image"]
    gallery_studio.do("place", items=images[:4])
    gallery_studio.do("arrange", arrangement="row", items=[i.id for _, i in gallery_studio.project.items()])
    return gallery_studio


@pytest.fixture
def space(placed: Studio) -> Iterator[Space]:
    space = placed.space()
    yield space
    space.close()


@pytest.fixture
def heard(space: Space, monkeypatch: pytest.MonkeyPatch) -> Listener:
    return Listener(space, monkeypatch)


def ready(space: Space) -> None:
    space._receive(space, {"type": "ready", "view": "v", "revision": None}, [])


def operate(space: Space, seq: int, operation: str, args: dict[str, Any], base: int = 0) -> None:
    message = {"type": "operation", "view": "v", "seq": seq, "base": base, "operation": operation, "args": args}
    space._receive(space, message, [])


def test_a_view_that_is_ready_gets_the_whole_scene(space: Space, placed: Studio, heard: Listener) -> None:
    ready(space)
    [message] = heard.wait("scene")
    assert message.scene.revision == placed.project.revision
    assert {i.id for i in message.scene.items} == {i.id for _, i in placed.project.items()}
    assert all(i.media.tile is not None for i in message.scene.items)


def test_a_view_that_is_not_ready_is_told_nothing(space: Space, placed: Studio, heard: Listener) -> None:
    placed.undo()
    ready(space)
    heard.wait("scene")
    assert heard.count("patch") == 0


def test_a_patch_holds_what_changed_and_nothing_else(space: Space, placed: Studio, heard: Listener) -> None:
    ready(space)
    one = next(i.id for _, i in placed.project.items())
    placed.do("move", items=[one], by=(0, 1, 0))
    [patch] = heard.wait("patch")
    assert [i.id for i in patch.items] == [one]
    assert patch.items[0].media.tile is not None
    assert (patch.groups, patch.environment, patch.removed) == (None, None, ())
    placed.do("remove", items=[one])
    patch = heard.wait("patch", 2)[1]
    assert patch.removed == (one,)
    placed.undo()
    assert [i.id for i in heard.wait("patch", 3)[2].items] == [one]


def test_an_operation_of_the_hand_is_a_change_by_that_view(space: Space, placed: Studio, heard: Listener) -> None:
    ready(space)
    one = next(i.id for _, i in placed.project.items())
    args = {"items": [one], "poses": [{"position": [1, 2, 3], "rotation": [0, 45, 0]}]}
    operate(space, 1, "transform", args, placed.project.revision)
    [accepted] = heard.wait("accepted")
    change = placed.workspace.log.history()[-1]
    assert (accepted.seq, accepted.revision) == (1, change.revision)
    assert (change.author, change.actor) == ("person", "v")
    item = placed.project.item(one)
    assert item is not None
    assert item.position == (1, 2, 3)
    assert [patch.by for patch in heard.wait("patch")] == ["v"]


def test_a_message_that_comes_twice_is_done_once_and_answered_twice(
    space: Space, placed: Studio, heard: Listener
) -> None:
    ready(space)
    one = next(i.id for _, i in placed.project.items())
    for _ in range(2):
        operate(space, 7, "move", {"items": [one], "by": [0, 1, 0]})
    first, second = heard.wait("accepted", 2)
    assert first == second
    assert placed.project.revision == first.revision


@pytest.mark.parametrize(
    ("operation", "args"),
    [
        ("transform", {"items": ["nobody-1"], "poses": [{"position": [0, 0, 0], "rotation": [0, 0, 0]}]}),
        ("transform", {"items": "nothing", "poses": 3}),
        ("no_such_operation", {}),
        ("ungroup", {"items": []}),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    space: Space, placed: Studio, heard: Listener, operation: str, args: dict[str, Any]
) -> None:
    ready(space)
    before = placed.project.revision
    operate(space, 1, operation, args)
    [refused] = heard.wait("refused")
    assert refused.seq == 1
    assert refused.error
    assert placed.project.revision == before


def test_what_is_selected_by_hand_is_what_these_means(space: Space, placed: Studio) -> None:
    ids = [i.id for _, i in placed.project.items()][:2]
    space._receive(space, {"type": "select", "ids": ids}, [])
    assert list(placed.workspace.pointing.selection) == ids


def test_what_words_select_is_shown_selected(space: Space, placed: Studio, heard: Listener) -> None:
    ready(space)
    placed.workspace.publish(Selected(ids=("a-1",)))
    [message] = heard.wait("selection")
    assert message.ids == ("a-1",)


def test_a_dragging_hand_is_seen_in_the_other_view(space: Space, placed: Studio, heard: Listener) -> None:
    other = placed.space()
    one = next(i.id for _, i in placed.project.items())
    pose = {"id": one, "position": [0, 5, 0], "rotation": [0, 0, 0], "size": [1, 1, 0.02]}
    other._receive(other, {"type": "hand", "view": "other", "items": [pose]}, [])
    [hand] = heard.wait("hand")
    assert (hand.by, hand.items[0].position) == ("other", (0, 5, 0))
    other.close()


def test_the_still_becomes_the_static_form(space: Space) -> None:
    assert "Run this cell" in space.fallback()
    space._receive(space, {"type": "still", "mime": "image/webp", "revision": 1}, [memoryview(b"picture")])
    assert "data:image/webp;base64,cGljdHVyZQ==" in space.fallback()


def test_a_still_that_is_no_picture_or_too_large_is_not_kept(space: Space) -> None:
    for mime, data in (("text/html", b"<script>"), ("image/webp", b"x" * 300_000)):
        space._receive(space, {"type": "still", "mime": mime, "revision": 1}, [memoryview(data)])
    assert "<img" not in space.fallback()


angle = st.floats(-170, 170)
metre = st.floats(-20, 20)
poses = st.builds(Pose, position=st.tuples(metre, metre, metre), rotation=st.tuples(angle, st.floats(-80, 80), angle))


@given(poses, poses)
def test_a_pose_seen_from_another_is_what_composing_undoes(outer: Pose, pose: Pose) -> None:
    again = compose(outer, inside(outer, pose))
    assert again.position == pytest.approx(pose.position, abs=1e-6)
    for row, expected in zip(matrix(again.rotation), matrix(pose.rotation), strict=True):
        assert row == pytest.approx(expected, abs=1e-6)


# -- in a browser ----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), headless=True, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def errors() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, errors: list[str]) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1000, "height": 640})
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


def opened(page: Page, standin: StandIn, *, dark: bool = False) -> None:
    page.goto(standin.url(dark=dark))
    settled(page)


def settled(page: Page, revision: int | None = None) -> None:
    page.wait_for_function(
        f"""(revision) => {{
          const root = document.querySelector('.spatialnb-space[data-revision]');
          if (!root || (revision !== null && Number(root.dataset.revision) < revision)) return false;
          return {DESCRIBE}.settled; }}""",
        arg=revision,
        timeout=30_000,
    )


def on_screen(page: Page, item: str) -> tuple[float, float]:
    found = next(i for i in page.evaluate(DESCRIBE)["items"] if i["id"] == item)
    return found["screen"]["x"], found["screen"]["y"]


def drag(page: Page, start: tuple[float, float], by: tuple[float, float], *, hold: str = "") -> None:
    if hold:
        page.keyboard.down(hold)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + by[0] / 2, start[1] + by[1] / 2)
    page.mouse.move(start[0] + by[0], start[1] + by[1])
    page.mouse.up()
    if hold:
        page.keyboard.up(hold)


@pytest.mark.browser
@pytest.mark.parametrize("media", [True, False])
def test_a_scene_is_drawn_with_media_by_http_or_by_messages(
    page: Page, space: Space, placed: Studio, media: bool
) -> None:
    with StandIn(space, media=media) as standin:
        opened(page, standin)
        told = page.evaluate(DESCRIBE)
        assert told["revision"] == placed.project.revision
        assert {i["id"] for i in told["items"]} == {i.id for _, i in placed.project.items()}
        assert any(m["type"] == "fetch" for m in page.evaluate("sent")) is not media
        for item in told["items"]:
            x, y = item["screen"]["x"], item["screen"]["y"]
            assert 0 < x < 1000
            assert 0 < y < 640


@pytest.mark.browser
def test_a_drag_is_one_change_and_undo_brings_it_back(page: Page, space: Space, placed: Studio) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        before = placed.project
        one = next(i.id for _, i in before.items())
        drag(page, on_screen(page, one), (60, -70))
        settled(page, before.revision + 1)
        after = placed.project
        assert after.revision == before.revision + 1
        was, now = before.item(one), after.item(one)
        assert was is not None
        assert now is not None
        assert now.position[1] > was.position[1]
        assert (now.position[1] / 0.25) == pytest.approx(round(now.position[1] / 0.25), abs=1e-3)
        page.keyboard.press("Control+z")
        settled(page, before.revision + 2)
        undone = placed.project.item(one)
        assert undone is not None
        assert undone.position == was.position
        shown = next(i for i in page.evaluate(DESCRIBE)["items"] if i["id"] == one)
        assert shown["position"] == pytest.approx(was.position, abs=1e-3)


@pytest.mark.browser
def test_click_shift_click_and_a_box_select(page: Page, space: Space, placed: Studio) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        ids = [i.id for _, i in placed.project.items()]
        page.mouse.click(*on_screen(page, ids[0]))
        assert page.evaluate(DESCRIBE)["selection"] == [ids[0]]
        page.keyboard.down("Shift")
        page.mouse.click(*on_screen(page, ids[1]))
        page.keyboard.up("Shift")
        assert page.evaluate(DESCRIBE)["selection"] == ids[:2]
        page.keyboard.press("Escape")
        assert page.evaluate(DESCRIBE)["selection"] == []
        drag(page, (30, 120), (940, 460), hold="Shift")
        assert set(page.evaluate(DESCRIBE)["selection"]) == set(ids)
        page.wait_for_function("sent.some((m) => m.type === 'select' && m.ids.length === 4)")


@pytest.mark.browser
def test_grouped_things_move_together_and_delete_removes_them(page: Page, space: Space, placed: Studio) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        revision = placed.project.revision
        ids = [i.id for _, i in placed.project.items()]
        page.mouse.click(*on_screen(page, ids[0]))
        page.keyboard.down("Shift")
        page.mouse.click(*on_screen(page, ids[1]))
        page.keyboard.up("Shift")
        page.keyboard.press("Control+g")
        settled(page, revision + 1)
        page.keyboard.press("Escape")
        drag(page, on_screen(page, ids[0]), (0, -90))
        settled(page, revision + 2)
        change = placed.workspace.log.history()[-1]
        assert {edit.path[3] for edit in change.edits} == set(ids[:2])
        page.keyboard.press("Delete")
        settled(page, revision + 3)
        assert {i.id for _, i in placed.project.items()} == set(ids[2:])


@pytest.mark.browser
def test_what_is_refused_goes_back_and_is_explained(page: Page, space: Space, placed: Studio) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        one = next(i.id for _, i in placed.project.items())
        start = next(i for i in page.evaluate(DESCRIBE)["items"] if i["id"] == one)["position"]
        space.host.do = lambda *a, **k: (_ for _ in ()).throw(PermissionError("not now"))  # type: ignore
        drag(page, on_screen(page, one), (80, 0))
        page.wait_for_selector(".snbspace-notice:has-text('not now')")
        settled(page)
        assert next(i for i in page.evaluate(DESCRIBE)["items"] if i["id"] == one)["position"] == start


@pytest.mark.browser
def test_changes_by_code_move_the_scene(page: Page, space: Space, placed: Studio) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        placed.do("arrange", arrangement="circle", items=[i.id for _, i in placed.project.items()])
        settled(page, placed.project.revision)
        shown = {i["id"]: i["position"] for i in page.evaluate(DESCRIBE)["items"]}
        for _, item in placed.project.items():
            assert shown[item.id] == pytest.approx(item.position, abs=1e-3)


PARTLY = """() => {
  const { space } = document.querySelector('.spatialnb-space').__space;
  const { stage, world, selection } = space, gl = stage.renderer.getContext();
  const kept = gl.getContextAttributes().preserveDrawingBuffer;
  const pixels = () => {
    const out = new Uint8Array(gl.drawingBufferWidth * gl.drawingBufferHeight * 4);
    gl.readPixels(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, gl.RGBA, gl.UNSIGNED_BYTE, out);
    return out;
  };
  const draws = [];
  const clear = gl.clear.bind(gl);
  gl.clear = (bits) => { draws.push(gl.isEnabled(gl.SCISSOR_TEST)); clear(bits); };
  let seed = 5;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const things = [...world.things.values()], wrong = [];
  for (const { item } of things.filter((_, k) => k % 2)) world.put({ ...item, text: 'A caption, wide' }, 'hold');
  stage.hurry();
  for (let k = 0; k < 60; k++) {
    const thing = things[Math.floor(random() * things.length)];
    const { position, quaternion, size } = thing.shown;
    const pose = { position: position.clone(), quaternion: quaternion.clone(), size: size.clone() };
    if (k % 3 === 0) selection.over(thing.id);
    else if (k % 7 === 0) selection.set([thing.id], false);
    else {
      pose.position.set(random() * 4 - 2, random() * 2.5, random() * 3 - 2);
      pose.quaternion.set(random() - 0.5, random() - 0.5, random() - 0.5, random() - 0.5).normalize();
      pose.size.multiplyScalar(0.7 + random() * 0.6);
      world.show(thing, pose);
    }
    const until = performance.now() + 30;
    while (performance.now() < until);  // the picture has to be at rest for one to be drawn at once
    stage.hurry();
    const partly = pixels();
    stage.drawNow();
    const whole = pixels();
    if (partly.some((value, index) => value !== whole[index])) wrong.push([k, thing.id]);
  }
  return { kept, partial: draws.filter(Boolean).length, wrong };
}"""


@pytest.mark.browser
def test_a_picture_drawn_in_part_is_the_picture_drawn_whole(page: Page, gallery_studio: Studio) -> None:
    gallery_studio.do("place", items=[a.id for a in gallery_studio.project.assets.values()])
    gallery_studio.do("label", text="Words of their own")
    space = gallery_studio.space()
    with StandIn(space) as standin:
        opened(page, standin)
        told = page.evaluate(PARTLY)
    space.close()
    assert told["wrong"] == []
    assert told["kept"] is (told["partial"] > 20)  # with a graphics card there is nothing to save


@pytest.mark.browser
def test_the_gizmo_turns_by_steps_and_the_inspector_takes_numbers(page: Page, space: Space, placed: Studio) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        revision = placed.project.revision
        one = next(i.id for _, i in placed.project.items())
        page.mouse.click(*on_screen(page, one))
        page.keyboard.press("r")
        assert page.evaluate(DESCRIBE)["tool"] == "rotate"
        field = page.get_by_label("Rotation Y")
        field.fill("30")
        field.press("Enter")
        settled(page, revision + 1)
        item = placed.project.item(one)
        assert item is not None
        assert item.rotation == pytest.approx((0, 30, 0), abs=0.01)


@pytest.mark.browser
def test_the_empty_space_says_what_to_do_and_fills_when_something_comes(page: Page, gallery_studio: Studio) -> None:
    space = gallery_studio.space()
    with StandIn(space) as standin:
        opened(page, standin)
        assert page.get_by_text("Nothing here yet").is_visible()
        images = [a.id for a in gallery_studio.project.assets.values() if a.kind == "image"]
        gallery_studio.do("place", items=images[:3])
        settled(page, gallery_studio.project.revision)
        assert not page.get_by_text("Nothing here yet").is_visible()
        assert len(page.evaluate(DESCRIBE)["items"]) == 3
    space.close()


@pytest.mark.browser
def test_the_theme_is_followed_while_it_changes(page: Page, space: Space) -> None:
    with StandIn(space) as standin:
        opened(page, standin, dark=True)
        assert page.get_attribute(".spatialnb-space", "data-theme") == "dark"
        page.evaluate("document.body.dataset.jpThemeLight = 'true'")
        page.wait_for_selector(".spatialnb-space[data-theme=light]")


@pytest.mark.browser
def test_everything_is_released(page: Page, space: Space) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        page.evaluate("window.canvas = document.querySelector('.snbspace-canvas'); dispose()")
        page.wait_for_function("canvas.getContext('webgl2').isContextLost()")
        assert page.locator(".spatialnb-space").count() == 0


@pytest.mark.browser
def test_a_lost_context_comes_back(page: Page, space: Space) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        page.evaluate(
            """() => { const gl = document.querySelector('.snbspace-canvas').getContext('webgl2');
                 gl.getExtension('WEBGL_lose_context').loseContext(); }"""
        )
        page.wait_for_function(
            "!document.querySelector('.snbspace-canvas').getContext('webgl2').isContextLost()", timeout=15_000
        )
        page.wait_for_function("document.querySelector('.spatialnb-space').__space.space.stage.drawNow()")


@pytest.mark.browser
def test_a_small_picture_is_kept_for_the_notebook(page: Page, space: Space) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        page.wait_for_function("sent.some((m) => m.type === 'still')", timeout=20_000)
        page.wait_for_timeout(0)
    match = re.search(r"base64,([^\"]+)", space.fallback())
    assert match is not None
    assert 2_000 < len(match[1]) < 82_000


@pytest.mark.browser
def test_a_kernel_that_is_gone_is_said(page: Page, space: Space) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        page.evaluate("model.fire('comm_live_update')")
        assert "kernel was restarted" in page.locator(".spatialnb-stale").inner_text()


@pytest.mark.browser
def test_what_words_ask_of_a_view_is_done_there_and_told(page: Page, space: Space, placed: Studio) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        ids = [i.id for _, i in placed.project.items()]
        far = page.evaluate(DESCRIBE)["camera"]["position"]
        assert placed.fly_to(items=[ids[0]]).notes == ()
        settled(page)
        assert page.evaluate(DESCRIBE)["camera"]["position"] != far
        assert placed.focus(items=ids[:2]).notes == ()
        assert page.evaluate(DESCRIBE)["focus"] == ids[:2]
        page.locator(".spatialnb-space").focus()
        page.keyboard.press("Escape")
        assert page.evaluate(DESCRIBE)["focus"] is None
        assert placed.show(items=[ids[3]]).notes == ()
        assert placed.open_panel(panel="help").notes == ()
        page.wait_for_selector(".snbspace-help")
        assert placed.open_panel(panel="space").notes == ()
        assert placed.open_panel(panel="chat").notes != ()
        assert placed.fly_to(position=(0, 3, 9), look_at=(0, 1, 0)).notes == ()
        settled(page)
        assert page.evaluate(DESCRIBE)["camera"]["position"] == pytest.approx([0, 3, 9], abs=0.01)


@pytest.mark.browser
def test_films_and_sounds_are_played_and_paused_by_words(page: Page, gallery_studio: Studio) -> None:
    studio = gallery_studio
    studio.place(items="the videos")
    with StandIn(studio.space()) as standin:
        opened(page, standin)
        [film] = [i.id for _, i in studio.project.items()]
        assert studio.play(seconds=0.2).notes == ()
        assert page.evaluate(DESCRIBE)["playing"] == [film]
        assert studio.play(items="the video", playing=False).notes == ()
        assert page.evaluate(DESCRIBE)["playing"] == []


@pytest.mark.browser
def test_the_view_goes_to_the_entrance_of_what_is_built(page: Page, space: Space, placed: Studio) -> None:
    with StandIn(space) as standin:
        opened(page, standin)
        placed.build_gallery(items=[i.id for _, i in placed.project.items()], title="Walls")
        settled(page, placed.project.revision)
        camera = next(iter(placed.project.environments.values())).camera
        assert camera is not None
        assert page.evaluate(DESCRIBE)["camera"]["position"] == pytest.approx(camera.position, abs=0.01)
