from __future__ import annotations

import subprocess
from pathlib import Path

import av
import pytest

from spatialnb.library import Library
from spatialnb.library.encoder import ffmpeg
from spatialnb.models.asset import Asset
from tests import media


def _one(library: Library, path: Path) -> Asset:
    report = library.ingest(path)
    assert report.failed == ()
    return report.added[0]


def _proxy(library: Library, asset: Asset) -> dict[str, object]:
    with av.open(str(library.media.path(asset.renditions["proxy"].hash))) as container:
        film = container.streams.video[0]
        frames = sum(1 for _ in container.decode(film))
        sounds = [stream.codec_context.name for stream in container.streams.audio]
        codec = film.codec_context
        return {"codec": codec.name, "size": (codec.width, codec.height), "frames": frames, "sound": sounds}


def test_a_playable_film_is_its_own_proxy(library: Library, tmp_path: Path) -> None:
    asset = _one(library, media.video(tmp_path / "blue_train.mp4", seconds=1.5, tags={"title": "The train"}))
    assert asset.facts.model_dump(include={"width", "height", "duration", "frame_rate", "frames", "has_audio"}) == {
        "width": 320,
        "height": 180,
        "duration": 1.5,
        "frame_rate": 24.0,
        "frames": 36,
        "has_audio": True,
    }
    assert asset.renditions["proxy"].hash == asset.hash
    assert asset.text == "The train"
    assert asset.colours[0].name == "blue"
    assert {"thumbnail", "poster", "proxy"} == set(asset.renditions)


@pytest.mark.parametrize(
    ("name", "codec", "seconds"), [("a.webm", "libvpx-vp9", 1.0), ("a.avi", "mpeg4", 1.0), ("a.mov", "libx264", 1.0)]
)
def test_other_films_get_an_mp4_that_browsers_play(
    name: str, codec: str, seconds: float, library: Library, tmp_path: Path
) -> None:
    sounding = not name.endswith("avi")
    asset = _one(library, media.video(tmp_path / name, codec=codec, seconds=seconds, with_sound=sounding))
    assert asset.renditions["proxy"].hash != asset.hash
    assert asset.renditions["proxy"].mime == "video/mp4"
    assert _proxy(library, asset) == {
        "codec": "h264",
        "size": (320, 180),
        "frames": 24,
        "sound": ["aac"] if sounding else [],
    }
    assert ("silent" in asset.labels) is not sounding


def test_large_films_are_brought_down_to_720_lines(library: Library, tmp_path: Path) -> None:
    asset = _one(library, media.video(tmp_path / "wide.mp4", seconds=0.2, size=(1920, 1080), with_sound=False))
    assert (asset.facts.width, asset.facts.height) == (1920, 1080)
    assert _proxy(library, asset)["size"] == (1280, 720)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_films_are_upright(turn: int, library: Library, tmp_path: Path) -> None:
    flat = media.video(tmp_path / "flat.mp4", seconds=0.5)
    turned = tmp_path / f"turned{turn}.mp4"
    command = [ffmpeg(), "-v", "error", "-display_rotation", str(turn), "-i", str(flat), "-c", "copy", str(turned)]
    subprocess.run(command, check=True)
    asset = _one(library, turned)
    assert (asset.facts.width, asset.facts.height) == ((180, 320) if turn % 180 else (320, 180))
    poster = asset.renditions["poster"]
    assert (poster.width, poster.height) == (asset.facts.width, asset.facts.height)


def test_the_poster_agrees_with_what_a_player_turns(library: Library, tmp_path: Path) -> None:
    import io

    import numpy as np
    from PIL import Image

    # The disc begins at the left; the film is marked to be shown turned, and ffmpeg's own turning is the judge.
    flat = media.video(tmp_path / "flat.mp4", seconds=0.1, with_sound=False)
    turned = tmp_path / "turned.mp4"
    subprocess.run(
        [ffmpeg(), "-v", "error", "-display_rotation", "90", "-i", str(flat), "-c", "copy", str(turned)], check=True
    )
    still = tmp_path / "judge.png"
    subprocess.run([ffmpeg(), "-v", "error", "-i", str(turned), "-frames:v", "1", str(still)], check=True)
    asset = _one(library, turned)
    ours = np.asarray(
        Image.open(io.BytesIO(library.media.read(asset.renditions["poster"].hash))).convert("RGB")
    ).astype(int)
    theirs = np.asarray(Image.open(still).convert("RGB")).astype(int)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).mean() < 8


def test_a_cut_film_is_told(library: Library, tmp_path: Path) -> None:
    whole = media.video(tmp_path / "whole.mp4", seconds=2)
    data = whole.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    (tmp_path / "stub.mp4").write_bytes(data[:600])
    whole.unlink()
    report = library.ingest(tmp_path)
    assert report.added == ()
    assert [failed.path for failed in report.failed] == ["cut.mp4", "stub.mp4"]
    assert all("cut short" in failed.reason for failed in report.failed)


def test_a_container_with_sound_only_is_a_sound(library: Library, tmp_path: Path) -> None:
    path = media.sound(tmp_path / "voice.m4a")
    data = path.read_bytes().replace(b"ftypM4A ", b"ftypisom", 1)
    (tmp_path / "voice.mp4").write_bytes(data)
    path.unlink()
    asset = _one(library, tmp_path / "voice.mp4")
    assert (asset.kind, asset.mime) == ("audio", "audio/mp4")
    assert asset.id.startswith("audio-")
    again = library.ingest(tmp_path, known=[asset.id])
    assert [skipped.asset for skipped in again.skipped] == [asset.id]
