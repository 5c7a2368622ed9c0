"""Integrated loudness in LUFS after ITU-R BS.1770-4, block by block, so that any length fits into memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
"""The filters of the recommendation are given for 48 kHz."""
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_HOP = RATE // 10
"""Blocks of 400 ms begin every 100 ms."""
_CHUNK, _HISTORY = 10 * RATE, RATE // 2
_SURROUND = ("SL", "SR", "BL", "BR", "SIDE_L", "SIDE_R")
_IGNORED = ("LFE", "LFE2")

Samples = NDArray[np.floating[Any]]


class Loudness:
    """Feed samples (channels x n, at 48 kHz, full scale 1), then ask for `integrated`."""

    def __init__(self, channels: Sequence[str]) -> None:
        weights = [0.0 if name in _IGNORED else 1.41 if name in _SURROUND else 1.0 for name in channels]
        self._weights = np.asarray(weights)
        self._before = np.zeros((len(weights), _HISTORY), np.float32)
        self._waiting: list[Samples] = []
        self._length = 0
        self._hops: list[NDArray[np.float64]] = []

    def feed(self, samples: Samples) -> None:
        self._waiting.append(samples)
        self._length += samples.shape[1]
        while self._length >= _CHUNK:
            joined = np.concatenate(self._waiting, axis=1)
            self._filter(joined[:, :_CHUNK])
            self._waiting, self._length = [joined[:, _CHUNK:]], joined.shape[1] - _CHUNK

    def integrated(self) -> float | None:
        """LUFS, or None for silence and for sounds shorter than one block of 400 ms."""
        if self._length:
            self._filter(np.concatenate(self._waiting, axis=1))
            self._waiting, self._length = [], 0
        hops = np.concatenate(self._hops) if self._hops else np.zeros(0)
        if len(hops) < 4:
            return None
        blocks = np.convolve(hops, np.full(4, 0.25), "valid")
        loud = blocks[blocks > _energy(-70.0)]
        if not len(loud):
            return None
        gated = loud[loud > loud.mean() * 0.1]
        return round(-0.691 + 10 * float(np.log10(gated.mean())), 2)

    def _filter(self, samples: Samples) -> None:
        """K-weight by multiplying spectra. What wraps around falls on the history in front, which is thrown away."""
        signal = np.concatenate([self._before, samples], axis=1).astype(np.float32)
        weighted = np.fft.irfft(np.fft.rfft(signal) * _response(signal.shape[1]), signal.shape[1])[:, _HISTORY:]
        whole = weighted.shape[1] // _HOP * _HOP
        if whole:
            power = np.square(weighted[:, :whole], dtype=np.float64).reshape(len(weighted), -1, _HOP).mean(axis=2)
            self._hops.append(self._weights @ power)
        self._before = signal[:, -_HISTORY:]


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _response(length: int) -> NDArray[np.complex64]:
    z = np.exp(-2j * np.pi * np.arange(length // 2 + 1) / length)
    result = np.ones(len(z), complex)
    for top, bottom in (_SHELF, _HIGH_PASS):
        result *= (top[0] + top[1] * z + top[2] * z**2) / (bottom[0] + bottom[1] * z + bottom[2] * z**2)
    return result.astype(np.complex64)
