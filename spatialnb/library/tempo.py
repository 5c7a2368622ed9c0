"""Tempo by autocorrelation of the onset strength (after D. Ellis, Beat Tracking by Dynamic Programming, 2007)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FRAMES = 100
"""Onset strengths a second."""
_WINDOW = 1024
_SLOWEST, _FASTEST = 55.0, 200.0
_LEAST_ONSET = 0.5
"""Rise in log magnitude, summed over the bands: a steady tone stays under 0.05, a soft click is over 10."""
_CLEAR = 0.2
"""Autocorrelation, relative to that of lag 0, under which no beat is claimed."""


def tempo_of(mono: NDArray[np.floating[Any]], rate: int) -> float | None:
    """Beats per minute, or None where there is no clear beat or fewer than three seconds to hear one in."""
    if len(mono) < 3 * rate:
        return None
    onsets = _onsets(mono, rate)
    if float(onsets.max(initial=0.0)) < _LEAST_ONSET:
        return None
    onsets = onsets - onsets.mean()
    size = 1 << (2 * len(onsets) - 1).bit_length()
    spectrum = np.fft.rfft(onsets, size)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[: len(onsets)]
    # Longer lags overlap less; scale so that all count alike.
    correlation = correlation / np.maximum(1 - np.arange(len(onsets)) / len(onsets), 0.25)
    lags = np.arange(round(60 * FRAMES / _FASTEST), min(round(60 * FRAMES / _SLOWEST), len(correlation) - 2) + 1)
    taste = np.exp(-0.5 * (np.log2(60 * FRAMES / lags / 120) / 0.9) ** 2)
    best = int(lags[np.argmax(correlation[lags] * taste)])
    if correlation[best] < _CLEAR * correlation[0]:
        return None
    return round(float(60 * FRAMES / _refined(correlation, best)), 1)


def _onsets(mono: NDArray[np.floating[Any]], rate: int) -> NDArray[np.float64]:
    """How much louder than just before, over bands that widen with frequency, without what rises slowly."""
    hop = rate // FRAMES
    windows = np.lib.stride_tricks.sliding_window_view(mono.astype(np.float32), _WINDOW)[::hop]
    magnitude = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW).astype(np.float32)))
    edges = np.unique(np.geomspace(2, magnitude.shape[1] - 1, 25).astype(int))
    bands = np.log1p(np.add.reduceat(magnitude, edges[:-1], axis=1).astype(np.float64))
    rise = np.maximum(np.diff(bands, axis=0), 0).sum(axis=1)
    around = np.convolve(rise, np.full(FRAMES, 1 / FRAMES), "same")
    return np.maximum(rise - around, 0)


def _refined(correlation: NDArray[np.float64], lag: int) -> float:
    """The lag between samples: of several beats together, which divides the error by their number."""
    beats = max((n for n in (1, 2, 4, 8) if (lag + 1) * n < len(correlation) - 2), default=1)
    exact = float(lag)
    for n in (k for k in (1, 2, 4, 8) if k <= beats):
        near = round(exact * n)
        reach = max(1, n // 2)
        peak = near - reach + int(np.argmax(correlation[near - reach : near + reach + 1]))
        left, middle, right = correlation[peak - 1], correlation[peak], correlation[peak + 1]
        curve = left - 2 * middle + right
        exact = (peak + (0.5 * (left - right) / curve if curve < 0 else 0.0)) / n
    return exact
