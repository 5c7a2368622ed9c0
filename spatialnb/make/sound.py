"""Sound as numbers: loudness, mastering, reverb, and files."""

from __future__ import annotations

import io
import wave
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 44100
Stereo = NDArray[np.floating[Any]]
"""n x 2 samples from -1 to 1, at `RATE`."""


def loudness(sound: Stereo) -> float:
    """Integrated loudness in LUFS after ITU-R BS.1770-4: K weighting, 400 ms blocks, gates at -70 LUFS and -10 LU."""
    power = np.zeros(0)
    spectrum = np.fft.rfft(sound, axis=0) * _k_weighting(len(sound))[:, None]
    weighted = np.fft.irfft(spectrum, len(sound), axis=0)
    block, hop = int(0.4 * RATE), int(0.1 * RATE)
    sums = np.concatenate([[0.0], np.cumsum((weighted**2).sum(axis=1))])
    starts = np.arange(0, max(1, len(sound) - block + 1), hop)
    ends = np.minimum(starts + block, len(sound))
    power = (sums[ends] - sums[starts]) / np.maximum(ends - starts, 1)
    kept = power[power > 10 ** ((-70 + 0.691) / 10)]
    if not len(kept):
        return -70.0
    kept = kept[kept > 10 ** ((10 * np.log10(kept.mean()) - 10) / 10)]
    return float(-0.691 + 10 * np.log10(kept.mean()))


@cache
def _k_weighting(length: int) -> NDArray[np.float64]:
    """Gain of the K filter for each bin of a real FFT: the analogue high shelf and high pass behind BS.1770."""
    s = 2j * np.pi * np.fft.rfftfreq(length, 1 / RATE)
    w = 2 * np.pi * 1681.974
    gain, q = 10 ** (3.99984 / 20), 0.70717
    shelf = (gain * s**2 + gain**0.4996 * w / q * s + w**2) / (s**2 + w / q * s + w**2)
    v = 2 * np.pi * 38.1355
    high_pass = s**2 / (s**2 + v / 0.50033 * s + v**2)
    return np.abs(shelf * high_pass)


def mastered(sound: Stereo, target: float = -14.0, peak: float = -1.0) -> Stereo:
    """`sound` at `target` LUFS with no sample above `peak` dBFS; loud parts are rounded off, never cut."""
    ceiling = 10 ** (peak / 20)
    made = sound.astype(np.float32)
    for _ in range(4):
        level = loudness(made)
        if level <= -69:
            return made
        made = made * np.float32(10 ** ((target - level) / 20))
        made = _rounded_off(made, ceiling)
        if abs(loudness(made) - target) < 0.2:
            break
    return made


def _rounded_off(sound: Stereo, ceiling: float) -> Stereo:
    """Soft knee: straight up to 0.6 of the ceiling, then bending towards it."""
    knee = 0.6 * ceiling
    size = np.abs(sound)
    over = size > knee
    room = ceiling - knee
    bent = knee + room * np.tanh((size[over] - knee) / room)
    made = sound.copy()
    made[over] = np.sign(sound[over]) * bent
    return made


def reverberated(sound: Stereo, seconds: float, wet: float, chance: np.random.Generator, dull: float = 0.35) -> Stereo:
    """`sound` in a room, wrapped around its end, so that a loop stays a loop. `dull` takes away high tones."""
    length = len(sound)
    tail = min(length, int(seconds * 2.2 * RATE))
    t = np.arange(tail) / RATE
    noise = chance.standard_normal((tail, 2)) * np.exp(-6.9 * t / seconds)[:, None]
    noise[: int(0.012 * RATE)] *= 0.2
    spectrum = np.fft.rfft(noise, length, axis=0)
    tone = np.fft.rfftfreq(length, 1 / RATE)
    spectrum *= (1 / (1 + (tone / (9000 * (1 - dull) + 400)) ** 2) * (tone > 120))[:, None]
    spectrum /= np.sqrt((np.abs(noise) ** 2).sum(axis=0)) + 1e-9
    room = np.fft.irfft(np.fft.rfft(sound, axis=0) * spectrum, length, axis=0)
    return (sound + wet * room).astype(np.float32)


def band(sound: Stereo, low: float, high: float, steep: int = 2) -> Stereo:
    """Keep what lies between `low` and `high` Hz, circularly."""
    tone = np.fft.rfftfreq(len(sound), 1 / RATE)
    gain = 1 / (1 + (tone / high) ** (2 * steep)) / (1 + (low / np.maximum(tone, 1e-3)) ** (2 * steep))
    return np.fft.irfft(np.fft.rfft(sound, axis=0) * gain[:, None], len(sound), axis=0).astype(np.float32)


def wav(sound: Stereo) -> bytes:
    """A 16-bit WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def m4a(sound: Stereo, kilobits: int = 192) -> bytes:
    """An AAC file in an MP4 container, with the index first so that it plays while it loads."""
    from spatialnb.make.clip import run_ffmpeg

    raw = np.clip(sound, -1, 1).astype("<f4").tobytes()
    return run_ffmpeg(
        ["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "pipe:0", "-c:a", "aac", "-b:a", f"{kilobits}k"],
        raw,
        ".m4a",
    )
