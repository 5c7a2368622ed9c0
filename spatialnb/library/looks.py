"""How a picture looks, in numbers and in words."""

from __future__ import annotations

import numpy as np

from spatialnb.library.examined import Pixels
from spatialnb.library.pictures import halved
from spatialnb.models.asset import Colour, Facts

_SHARPNESS_EDGE = 1024
BLURRY, SHARP = 25.0, 400.0
"""Variance of the Laplacian under which photos look out of focus, and over which every edge is crisp."""


def brightness(pixels: Pixels) -> float:
    """Mean relative luminance, 0 to 1 (WCAG: linear light, Rec. 709 weights)."""
    linear = _LINEAR[pixels[..., :3]]
    return round(float(linear.reshape(-1, 3).mean(axis=0) @ np.array([0.2126, 0.7152, 0.0722])), 4)


def sharpness(pixels: Pixels) -> float:
    """Variance of the Laplacian of the grey picture, at 1024 pixels at most so that sizes compare."""
    import cv2

    grey = cv2.cvtColor(halved(pixels, _SHARPNESS_EDGE), cv2.COLOR_RGB2GRAY)
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    return round(float(deviation[0][0]) ** 2, 2)


def look_labels(facts: Facts, colours: tuple[Colour, ...]) -> tuple[str, ...]:
    """Words for shape, light, colour and focus."""
    words: list[str] = []
    if facts.width and facts.height:
        words.append(_shape(facts.width / facts.height))
    if facts.brightness is not None:
        words += ["dark"] if facts.brightness < 0.06 else ["bright"] if facts.brightness > 0.6 else []
    neutral = sum(colour.share for colour in colours if colour.name in ("black", "grey", "white"))
    if colours and neutral > 0.985:
        words.append("black and white")
    if facts.sharpness is not None:
        words += ["blurry"] if facts.sharpness < BLURRY else ["sharp"] if facts.sharpness > SHARP else []
    if facts.transparent:
        words.append("transparent")
    return tuple(words)


def _shape(ratio: float) -> str:
    if ratio >= 2.2:
        return "panorama"
    if ratio > 1.06:
        return "landscape"
    return "portrait" if ratio < 0.94 else "square"


def _linear_light() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR = _linear_light()
