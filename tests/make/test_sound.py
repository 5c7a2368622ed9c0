"""Music and effects: length, loudness, loops, determinism; loudness checked against ffmpeg's own meter."""

from __future__ import annotations

import io
import re
import subprocess
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from spatialnb.errors import Invalid
from spatialnb.make.effects import EFFECTS, make_effect
from spatialnb.make.effects import WORDS as EFFECT_WORDS
from spatialnb.make.moods import MOODS, SCALES, WORDS
from spatialnb.make.music import PARTS, make_music, mood_of
from spatialnb.make.sound import RATE, loudness, mastered


def samples(data: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32768


@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_is_mastered(mood: str) -> None:
    made = make_music("a tune", seconds=8, mood=mood, seed=5)
    sound = samples(made.data)
    assert len(sound) == 8 * RATE
    assert made.loudness == pytest.approx(-14, abs=0.5)
    assert np.abs(sound).max() <= 10 ** (-1 / 20) + 1e-3
    assert made.tempo is not None
    assert (made.seconds * made.tempo / 60) % 4 == pytest.approx(0, abs=1e-6), "whole bars, so that it loops"


def test_its_end_runs_into_its_beginning() -> None:
    sound = samples(make_music("ambient dream", seconds=8).data)
    inner = np.abs(np.diff(sound, axis=0)).max()
    assert np.abs(sound[0] - sound[-1]).max() <= inner


def test_same_words_same_bytes() -> None:
    assert make_music("neon night", seconds=4).data == make_music("neon night", seconds=4).data
    assert make_music("neon night", seconds=4).data != make_music("neon night", seconds=4, seed=1).data
    assert make_effect("rain").data == make_effect("rain").data


def test_loudness_agrees_with_ffmpeg(tmp_path: Path) -> None:
    path = tmp_path / "tune.wav"
    made = make_music("happy summer", seconds=10)
    path.write_bytes(made.data)
    said = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path), "-af", "ebur128", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    measured = float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said.stderr)[-1])
    assert made.loudness == pytest.approx(measured, abs=0.4)


def test_loudness_of_the_reference_tone() -> None:
    """EBU Tech 3341, case 1: a 1 kHz sine at -23 dBFS in both channels reads -23 LUFS."""
    t = np.arange(RATE * 5) / RATE
    tone = np.sin(2 * np.pi * 1000 * t) * 10 ** (-23 / 20)
    assert loudness(np.stack([tone, tone], axis=1).astype(np.float32)) == pytest.approx(-23, abs=0.1)


def test_silence_stays_silence() -> None:
    assert not mastered(np.zeros((RATE, 2), np.float32)).any()


@pytest.mark.parametrize("kind", EFFECTS)
def test_every_effect_is_heard(kind: str) -> None:
    made = make_effect("something", kind=kind)
    sound = samples(made.data)
    assert len(sound) == round(EFFECTS[kind][1] * RATE)
    assert np.sqrt((sound**2).mean()) > 0.005
    assert np.abs(sound).max() < 0.95


def test_words_choose() -> None:
    assert mood_of("cyberpunk music video about AI consciousness") in {"synthwave", "wonder"}
    assert mood_of("a calm forest") == "calm"
    assert mood_of("qwertz") == mood_of("qwertz")
    assert make_effect("ocean waves", seconds=1).mood == "waves"
    assert set(WORDS.values()) <= set(MOODS)
    assert set(EFFECT_WORDS.values()) <= set(EFFECTS)
    assert {mood.scale for mood in MOODS.values()} <= set(SCALES)
    assert {part for mood in MOODS.values() for part in mood.parts} <= set(PARTS)


def test_pace_words_change_the_tempo() -> None:
    slow, fast = (make_music(f"{word} dance", seconds=12, mood="dance").tempo for word in ("slow", "fast"))
    assert slow is not None
    assert fast is not None
    assert slow < 110 < 130 < fast


def test_refusals() -> None:
    with pytest.raises(Invalid, match="1 to 600"):
        make_music("x", seconds=0)
    with pytest.raises(Invalid, match="no mood"):
        make_music("x", mood="purple")
    with pytest.raises(Invalid, match="no effect"):
        make_effect("x", kind="boing")
