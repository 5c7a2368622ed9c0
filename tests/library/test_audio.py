from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from spatialnb.library import Library
from spatialnb.library.encoder import ffmpeg
from spatialnb.library.loudness import RATE, Loudness
from spatialnb.library.tempo import tempo_of
from spatialnb.models.asset import Asset
from tests import media


def _one(library: Library, path: Path) -> Asset:
    report = library.ingest(path)
    assert report.failed == ()
    return report.added[0]


def _sine(seconds: float, gain: float = 1.0, hertz: float = 997.0) -> np.ndarray:
    return gain * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)


def test_loudness_meets_the_recommendation() -> None:
    # BS.1770-4: a 997 Hz sine at full scale in one front channel reads -3.01 LKFS.
    meter = Loudness(["FL"])
    meter.feed(_sine(25)[None])
    assert meter.integrated() == pytest.approx(-3.01, abs=0.05)
    stereo = Loudness(["FL", "FR"])
    for _ in range(30):
        stereo.feed(np.stack([_sine(0.5, 0.1)] * 2))
    assert stereo.integrated() == pytest.approx(-20.0, abs=0.1)


def test_silence_between_does_not_count_and_short_sounds_have_no_loudness() -> None:
    plain, gated = Loudness(["FL"]), Loudness(["FL"])
    plain.feed(_sine(10, 0.2)[None])
    gated.feed(np.concatenate([_sine(10, 0.2), np.zeros(30 * RATE)])[None])
    assert gated.integrated() == pytest.approx(plain.integrated(), abs=0.2)
    short = Loudness(["FL"])
    short.feed(_sine(0.3)[None])
    assert short.integrated() is None
    assert Loudness(["FL"]).integrated() is None


def test_loudness_agrees_with_ffmpeg(library: Library, tmp_path: Path) -> None:
    path = media.sound(tmp_path / "club.flac", seconds=12, bpm=128, gain=0.5)
    command = [ffmpeg(), "-nostats", "-i", str(path), "-af", "ebur128", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    judge = float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])
    assert _one(library, path).facts.loudness == pytest.approx(judge, abs=0.2)


@pytest.mark.parametrize("bpm", [72, 90, 120, 128, 140, 174])
def test_tempo_is_heard(bpm: int) -> None:
    found = tempo_of(media.wave(12, bpm=bpm), media.RATE)
    assert found is not None
    # Half and double time are the same beat to an ear.
    assert min(abs(found * factor - bpm) for factor in (0.5, 1, 2)) < 1.0


def test_a_steady_tone_and_silence_have_no_tempo() -> None:
    assert tempo_of(media.wave(6), media.RATE) is None
    assert tempo_of(np.zeros(6 * media.RATE, np.float32), media.RATE) is None
    assert tempo_of(np.zeros(100, np.float32), media.RATE) is None
    noise = np.random.default_rng(0).normal(0, 0.1, 6 * media.RATE).astype(np.float32)
    assert tempo_of(noise, media.RATE) is None


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg", "m4a"])
def test_what_browsers_play_is_its_own_proxy(suffix: str, library: Library, tmp_path: Path) -> None:
    tags = {} if suffix == "wav" else {"title": "Morning", "artist": "Nobody"}
    asset = _one(library, media.sound(tmp_path / f"calm_tone.{suffix}", tags=tags))
    assert asset.facts.duration == pytest.approx(1.0, abs=0.06)
    assert asset.facts.channels == 2
    assert asset.renditions["proxy"].hash == asset.hash
    assert set(asset.renditions) == {"thumbnail", "waveform", "proxy"}
    if tags and suffix != "ogg":
        assert asset.text == "Morning"
        assert "nobody" in asset.labels


def test_other_sounds_get_an_m4a(library: Library, tmp_path: Path) -> None:
    asset = _one(library, media.sound(tmp_path / "tone.aiff", seconds=2))
    proxy = asset.renditions["proxy"]
    assert (proxy.mime, proxy.hash != asset.hash) == ("audio/mp4", True)
    with av.open(str(library.media.path(proxy.hash))) as container:
        assert container.streams.audio[0].codec_context.name == "aac"


def test_the_waveform_shows_what_is_loud(library: Library, tmp_path: Path) -> None:
    asset = _one(library, media.sound(tmp_path / "clap.wav", seconds=4, bpm=60))
    rendition = asset.renditions["waveform"]
    image = Image.open(io.BytesIO(library.media.read(rendition.hash)))
    assert (image.mode, image.size) == ("RGBA", (1024, 256))
    alpha = np.asarray(image)[..., 3] > 128
    heights = alpha.sum(axis=0)
    # A clap every second of four: loud at the beginning of each quarter, quiet at its end.
    quarters = heights.reshape(4, 256)
    assert (quarters[:, :24].max(axis=1) > 120).all()
    assert (quarters[:, 200:240].max(axis=1) < 60).all()
    assert np.array_equal(alpha, alpha[::-1])


def test_a_cut_sound_fails_or_is_measured_as_far_as_it_goes(library: Library, tmp_path: Path) -> None:
    data = media.sound(tmp_path / "a.flac", seconds=3).read_bytes()
    (tmp_path / "a.flac").write_bytes(data[:200])
    report = library.ingest(tmp_path / "a.flac")
    assert report.added == ()
    assert "sound" in report.failed[0].reason
