"""Films as files, looked into with PyAV: length, size, what is seen when, what is heard."""

from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
import pytest

from spatialnb.errors import Invalid, Stopped
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.models.geometry import Size
from spatialnb.models.project import Project, copy_with
from spatialnb.models.scene import scene_of
from spatialnb.targets import export
from spatialnb.targets.film import film_of
from spatialnb.targets.film_frame import Frame
from tests.targets.scenes import Shelf, asset, clip, item, music, plain, project_of, robot

RED, GREEN, BLUE = (210, 40, 40), (40, 190, 60), (50, 70, 220)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "media")


def colours(shelf: Shelf) -> list[Asset]:
    return [plain(shelf, RED, "red"), plain(shelf, GREEN, "green"), plain(shelf, BLUE, "blue")]


def strip(shelf: Shelf, *more: Asset) -> Project:
    """Red, green and blue for two seconds each."""
    assets = colours(shelf)
    items = [item(a, start=2.0 * n, duration=2.0) for n, a in enumerate(assets)]
    return project_of([*assets, *more], [*items, *(item(a) for a in more)])


def ring(shelf: Shelf, count: int = 3) -> Project:
    """Coloured panels that stand apart in a circle and face outwards."""
    assets = colours(shelf)
    items = []
    for n in range(count):
        turn = 2 * math.pi * n / count
        items.append(
            item(
                assets[n % 3],
                n,
                position=(6 * math.sin(turn), 1.5, 6 * math.cos(turn)),
                rotation=(0, math.degrees(turn), 0),
                size=Size(width=1.6, height=0.9),
            )
        )
    return project_of(assets, items)


def frames(path: Path) -> list[tuple[float, np.ndarray]]:
    with av.open(str(path)) as file:
        return [(float(frame.time), frame.to_ndarray(format="rgb24")) for frame in file.decode(video=0)]


def shown(path: Path, t: float, share: float = 0.3) -> np.ndarray:
    """Mean colour of the middle of the frame at `t`."""
    picture = min(frames(path), key=lambda pair: abs(pair[0] - t))[1]
    h, w = picture.shape[:2]
    part = picture[
        int(h * (0.5 - share / 2)) : int(h * (0.5 + share / 2)), int(w * (0.5 - share / 2)) : int(w * (0.5 + share / 2))
    ]
    return part.reshape(-1, 3).mean(axis=0)


def level(path: Path) -> float:
    """Root mean square of the sound, 0 to 1."""
    with av.open(str(path)) as file:
        resampler = av.AudioResampler(format="flt", layout="stereo")
        samples = [out.to_ndarray().ravel() for frame in file.decode(audio=0) for out in resampler.resample(frame)]
    return float(np.sqrt((np.concatenate(samples) ** 2).mean()))


def test_timeline_shows_each_item_at_its_time(shelf: Shelf, tmp_path: Path) -> None:
    made = export("video", strip(shelf), shelf, tmp_path / "film.mp4", quality="draft")
    assert (made.width, made.height, made.duration) == (640, 360, 6.0)
    for t, colour in ((1.2, RED), (3.2, GREEN), (5.0, BLUE)):
        assert np.abs(shown(made.path, t) - colour).max() < 14
    with av.open(str(made.path)) as file:
        video, sound = file.streams.video[0], file.streams.audio[0]
        assert video.codec_context.name == "h264"
        assert video.codec_context.pix_fmt == "yuv420p"
        assert sound.codec_context.name == "aac"
        assert float(file.duration) / 1e6 == pytest.approx(6.0, abs=0.1)
    assert len(frames(made.path)) == 144
    head = made.path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat"), "the index comes first, so that it plays while it loads"


def test_crossfade_is_a_mixture_of_both(shelf: Shelf) -> None:
    film = film_of(strip(shelf), shelf, "draft")
    frame = Frame(640, 360)
    film.draw(2.35, frame)
    middle = frame.rgb()[160:200, 300:340].reshape(-1, 3).mean(axis=0)
    assert np.abs(middle - (np.array(RED) + GREEN) / 2).max() < 25
    film.close()


def test_gap_is_dark_and_the_end_fades(shelf: Shelf) -> None:
    a, b = colours(shelf)[:2]
    film = film_of(project_of([a, b], [item(a, start=0, duration=2), item(b, start=5, duration=2)]), shelf, "draft")
    frame = Frame(640, 360)
    for t in (3.5, film.duration - 0.01):
        film.draw(t, frame)
        assert frame.planes[0].max() < 30
    assert film.duration == 7.0


def test_sound_is_as_long_as_the_picture_and_audible(shelf: Shelf, tmp_path: Path) -> None:
    made = export("video", strip(shelf, music(shelf)), shelf, tmp_path / "film.mp4", quality="draft")
    assert 0.03 < level(made.path) < 0.4
    with av.open(str(made.path)) as file:
        sound = file.streams.audio[0]
        assert float(sound.duration * sound.time_base) == pytest.approx(6.0, abs=0.1)
    silent = export("video", strip(shelf), shelf, tmp_path / "silent.mp4", quality="draft")
    assert level(silent.path) < 1e-4


def test_sound_on_the_timeline_starts_when_it_says(shelf: Shelf) -> None:
    tune = music(shelf)
    project = strip(shelf).with_assets([tune]).with_items([item(tune, start=1.5, duration=3.0)])
    (track,) = film_of(project, shelf, "draft").tracks
    assert (track.start, track.seconds) == (1.5, 3.0)


def test_walk_visits_every_panel_when_it_says_so(shelf: Shelf, tmp_path: Path) -> None:
    project = ring(shelf)
    made = export("video", project, shelf, tmp_path / "walk.mp4", quality="draft")
    film = film_of(project, shelf, "draft")
    assert set(film.times) == {i.id for _, i in project.items()}
    assert made.duration == pytest.approx(film.duration, abs=0.05)
    for n, colour in ((0, RED), (1, GREEN), (2, BLUE)):
        start, end = film.times[f"{('red', 'green', 'blue')[n]}-{n}"]
        assert np.abs(shown(made.path, (start + end) / 2, 0.2) - colour).max() < 16
    assert all(picture.mean() > 4 for t, picture in frames(made.path) if 1 < t < film.duration - 1)


def test_walk_stands_before_each_thing_where_the_web_scene_puts_it(shelf: Shelf) -> None:
    project = ring(shelf, 7)
    film = film_of(project, shelf, "draft")
    for placed in scene_of(project).items:
        start, end = film.times[placed.id]
        view = film.view((start + end) / 2)  # type: ignore[attr-defined]
        towards = np.array(placed.position) - view.position
        looks = np.array(
            [
                math.sin(view.yaw) * math.cos(view.pitch),
                math.sin(view.pitch),
                -math.cos(view.yaw) * math.cos(view.pitch),
            ]
        )
        assert np.degrees(np.arccos(np.clip(towards @ looks / np.linalg.norm(towards), -1, 1))) < 4
        assert (
            -towards[0] * math.sin(math.radians(placed.rotation[1]))
            - towards[2] * math.cos(math.radians(placed.rotation[1]))
            > 0.5
        )


def test_walk_moves_without_a_jump(shelf: Shelf) -> None:
    film = film_of(ring(shelf, 9), shelf, "draft")
    path = np.array([film.view(n / 30).position for n in range(int(film.duration * 30))])  # type: ignore[attr-defined]
    speed = np.linalg.norm(np.diff(path, axis=0), axis=1) * 30
    assert np.abs(np.diff(speed)).max() < 2.5, "no sudden change of speed from one frame to the next (metres a second)"


def test_walk_can_be_fitted_to_a_length(shelf: Shelf) -> None:
    assert film_of(ring(shelf), shelf, "draft", seconds=9).duration == pytest.approx(9)


def test_videos_play_and_models_are_drawn(shelf: Shelf, tmp_path: Path) -> None:
    rain, machine = clip(shelf), robot(shelf)
    project = project_of(
        [rain, machine],
        [
            item(rain, start=0, duration=2),
            item(machine, start=2, duration=2),
            Item(id="t", name="t", kind="label", text="Hello", start=4, duration=2),
        ],
    )
    made = export("video", project, shelf, tmp_path / "film.mp4", quality="draft")
    assert made.notes == ()
    seen = dict(frames(made.path))
    times = sorted(seen)
    near = [seen[min(times, key=lambda t: abs(t - at))].astype(int) for at in (1.0, 1.5, 3.0, 3.4, 5.0)]
    assert np.abs(near[0] - near[1]).mean() > 2, "the video moves"
    assert np.abs(near[2] - near[3]).mean() > 0.5, "the object turns"
    assert near[4].max() > 200, "the title is light"


def test_transparent_label_is_seen_in_space(shelf: Shelf) -> None:
    word = Item(id="w", name="w", kind="label", text="WORD", position=(0, 1.5, 0), size=Size(width=2, height=0.6))
    film = film_of(project_of([], [word]), shelf, "draft")
    frame = Frame(640, 360)
    start, end = film.times["w"]
    film.draw((start + end) / 2, frame)
    assert frame.planes[0].max() > 180


def test_missing_media_become_a_card_and_a_note(shelf: Shelf, tmp_path: Path) -> None:
    project = strip(shelf)
    green = next(a for a in project.assets.values() if a.name == "green")
    for key in {green.hash, *(r.hash for r in green.renditions.values())}:
        shelf.path(key).unlink()
    made = export("video", project, shelf, tmp_path / "film.mp4", quality="draft")
    assert any("'green'" in note for note in made.notes)
    assert made.duration == 6.0
    assert np.abs(shown(made.path, 5.0) - BLUE).max() < 14


def test_broken_media_become_a_card_and_a_note(shelf: Shelf) -> None:
    broken = asset(shelf, "video", "torn", b"\0\0\0\x18ftypmp42 not a film", "video/mp4")
    mesh = asset(shelf, "model", "bent", b"glTF\2\0\0\0", "model/gltf-binary")
    noise = asset(shelf, "audio", "hiss", b"RIFF....", "audio/wav")
    film = film_of(
        project_of([broken, mesh, noise], [item(broken), item(mesh, position=(2, 0, 0)), item(noise)]), shelf, "draft"
    )
    film.draw(3.0, Frame(640, 360))
    assert [name for name in ("torn", "bent", "hiss") if any(name in note for note in film.notes)] == [
        "torn",
        "bent",
        "hiss",
    ]
    assert film.tracks == ()


@pytest.mark.parametrize("name", ["odd ü ' \" $(x) %d [1];,film.mp4", "-film.mp4", "film"])
def test_odd_paths(shelf: Shelf, tmp_path: Path, name: str) -> None:
    made = export("video", strip(shelf, music(shelf)), shelf, tmp_path / name, quality="draft")
    assert made.path.suffix == ".mp4"
    assert made.path.stat().st_size == made.bytes
    assert len(list(tmp_path.glob("*.mp4"))) + len(list(tmp_path.glob(".film*"))) == 1


def test_stopped_export_leaves_what_was_there(shelf: Shelf, tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    target.write_bytes(b"earlier")
    calls = iter(range(1000))
    with pytest.raises(Stopped):
        export("video", strip(shelf), shelf, target, quality="draft", stopped=lambda: next(calls) > 20)
    assert target.read_bytes() == b"earlier"
    assert {p.name for p in tmp_path.iterdir()} == {"media", "film.mp4"}


def test_progress_is_told_in_order(shelf: Shelf, tmp_path: Path) -> None:
    told: list[float] = []
    export(
        "video",
        strip(shelf),
        shelf,
        tmp_path / "film.mp4",
        quality="draft",
        report=lambda share, note: told.append(share or 0.0),
    )
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_refusals(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="nothing to see"):
        export("video", Project(name="empty"), shelf, tmp_path / "film.mp4")
    tune = music(shelf)
    with pytest.raises(Invalid, match="only sounds"):
        export("video", project_of([tune], [item(tune)]), shelf, tmp_path / "film.mp4")
    with pytest.raises(Invalid, match="Did you mean 'video'"):
        export("vidio", strip(shelf), shelf, tmp_path / "film.mp4")
    with pytest.raises(Invalid, match="Did you mean 'draft'"):
        export("video", strip(shelf), shelf, tmp_path / "film.mp4", quality="draught")
    (tmp_path / "file").write_text("")
    with pytest.raises(Invalid, match="cannot be written"):
        export("video", strip(shelf), shelf, tmp_path / "file" / "film.mp4", quality="draft")


def test_three_hundred_items(shelf: Shelf) -> None:
    assets = colours(shelf)
    items = [
        item(assets[n % 3], n, position=(1.8 * (n % 30), 1 + 1.1 * (n // 30), 0), size=Size(width=1.6, height=0.9))
        for n in range(300)
    ]
    film = film_of(project_of(assets, items), shelf, "draft")
    assert len(film.times) == 300
    assert film.duration < 120
    frame = Frame(640, 360)
    film.draw(1.5, frame)
    assert frame.planes[0].std() > 5


def test_hidden_items_are_not_in_the_film(shelf: Shelf) -> None:
    project = ring(shelf)
    first = next(i for _, i in project.items())
    film = film_of(project.with_items([copy_with(first, hidden=True)]), shelf, "draft")
    assert first.id not in film.times
