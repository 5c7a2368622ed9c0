"""Instruments: each gives one note or hit as mono samples. Pitches are MIDI numbers, lengths in seconds."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatialnb.make.sound import RATE

Mono = NDArray[np.floating[Any]]
_TABLE = 2048


def hertz(pitch: float) -> float:
    return 440.0 * 2 ** ((pitch - 69) / 12)


@lru_cache(maxsize=256)
def _cycle(harmonics: int, fall: float, odd: bool) -> Mono:
    """One period of a wave with so many harmonics, each weaker by `fall` (1 is a saw); none can alias."""
    turn = np.arange(_TABLE) * (2 * np.pi / _TABLE)
    wave = np.zeros(_TABLE)
    for n in range(1, harmonics + 1, 2 if odd else 1):
        wave += np.sin(n * turn) / n**fall
    return (wave / np.abs(wave).max()).astype(np.float32)


def wave(
    pitch: float, count: int, fall: float = 1.0, odd: bool = False, bright: float = 7000.0, phase: float = 0.0
) -> Mono:
    """`count` samples of a band-limited wave."""
    tone = hertz(pitch)
    cycle = _cycle(max(1, min(64, int(bright / tone))), fall, odd)
    index = (np.arange(count, dtype=np.float64) * (tone * _TABLE / RATE) + phase * _TABLE).astype(np.int64) & (
        _TABLE - 1
    )
    return cycle[index]


def shape(count: int, attack: float, release: float, decay: float = 0.0) -> Mono:
    """An envelope: rises in `attack`, falls by the factor e in `decay` (0: stays), ends in `release` seconds."""
    t = np.arange(count, dtype=np.float32) / RATE
    end = count / RATE
    level = np.minimum(t / max(attack, 1e-4), 1) * np.clip((end - t) / max(release, 1e-4), 0, 1)
    return (level * np.exp(-t / decay) if decay else level).astype(np.float32)


@lru_cache(maxsize=512)
def pluck(pitch: int, seconds: float, bright: float) -> Mono:
    count = int(seconds * RATE)
    soft, hard = wave(pitch, count, 2.0, bright=bright), wave(pitch, count, 1.0, odd=True, bright=bright * 1.6)
    return soft * shape(count, 0.003, 0.03, seconds / 3.2) * 0.8 + hard * shape(count, 0.002, 0.02, seconds / 9) * 0.35


@lru_cache(maxsize=512)
def bell(pitch: int, seconds: float, bright: float) -> Mono:
    """Two-operator frequency modulation (after Chowning 1973): a glassy bell."""
    t = np.arange(int(seconds * RATE)) / RATE
    tone = hertz(pitch)
    depth = 2.2 * (bright / 5000) * np.exp(-t * 5 / seconds)
    return (
        np.sin(2 * np.pi * tone * t + depth * np.sin(2 * np.pi * tone * 3.5 * t))
        * shape(len(t), 0.002, 0.05, seconds / 4)
    ).astype(np.float32)


@lru_cache(maxsize=512)
def bass(pitch: int, seconds: float, bright: float) -> Mono:
    count = int(seconds * RATE)
    growl = wave(pitch, count, 1.1, bright=bright * 0.22) * shape(count, 0.004, 0.04, seconds / 1.5)
    return (growl * 0.6 + wave(pitch, count, 3) * shape(count, 0.006, 0.05) * 0.7).astype(np.float32)


@lru_cache(maxsize=512)
def keys(pitch: int, seconds: float, bright: float) -> Mono:
    """A soft piano: partials that die faster the higher they are."""
    t = np.arange(int(seconds * RATE), dtype=np.float32) / RATE
    tone = hertz(pitch)
    sound = np.zeros(len(t), np.float32)
    for n in range(1, max(2, min(9, int(bright / tone)))):
        stretch = n * np.sqrt(1 + 0.0004 * n * n)
        sound += (np.sin(2 * np.pi * tone * stretch * t) * np.exp(-t * (0.9 + 0.75 * n)) / n**1.25).astype(np.float32)
    return sound * shape(len(t), 0.004, 0.12) * 0.7


def pad(pitch: float, seconds: float, bright: float, chance: np.random.Generator) -> NDArray[np.float32]:
    """Three detuned voices a side: n x 2."""
    count = int(seconds * RATE)
    sides = []
    for side in (-1, 1):
        voices = [
            wave(pitch + side * cents / 100, count, 1.35, bright=bright, phase=float(chance.random()))
            for cents in (2, 8, -5)
        ]
        sides.append(sum(voices[1:], voices[0]) / 3)
    return np.stack(sides, axis=1) * shape(count, seconds * 0.28, seconds * 0.3)[:, None]


@lru_cache(maxsize=32)
def kick(weight: float) -> Mono:
    t = np.arange(int(0.42 * RATE)) / RATE
    sweep = 46 * t + (118 / 28) * (1 - np.exp(-28 * t))
    click = np.exp(-t * 900) * 0.25
    return ((np.sin(2 * np.pi * sweep) * np.exp(-t * 8.5) + click) * weight).astype(np.float32)


@lru_cache(maxsize=32)
def snare(weight: float) -> Mono:
    t = np.arange(int(0.34 * RATE)) / RATE
    noise = np.diff(np.random.Generator(np.random.PCG64(1)).standard_normal(len(t) + 1))
    body = np.sin(2 * np.pi * (182 * t + 2.2 * (1 - np.exp(-40 * t)))) * np.exp(-t * 21)
    return ((noise * 0.36 * np.exp(-t * 15) + body * 0.6) * weight).astype(np.float32)


@lru_cache(maxsize=32)
def hat(weight: float, seconds: float) -> Mono:
    t = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.Generator(np.random.PCG64(2)).standard_normal(len(t) + 3)
    return (np.diff(noise, n=3) * 0.14 * np.exp(-t * 5.5 / seconds) * weight).astype(np.float32)


@lru_cache(maxsize=8)
def tom(weight: float) -> Mono:
    t = np.arange(int(0.7 * RATE)) / RATE
    return (np.sin(2 * np.pi * (72 * t + 1.9 * (1 - np.exp(-14 * t)))) * np.exp(-t * 5.2) * weight).astype(np.float32)
