"""Frames in YUV 4:2:0, as the encoder takes them: half the numbers of RGB, and no conversion on the way out.

A frame is one block of memory with its three planes as views. Colours are BT.601, limited range; the film is tagged so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Pixels = NDArray[np.uint8]
Transform = NDArray[np.floating[Any]]
BLACK = (16, 128, 128)

# Chroma samples lie in the middle of four luma samples: x = 2 * x' + 0.5.
_TO_LUMA = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]], np.float64)
_TO_CHROMA = np.linalg.inv(_TO_LUMA)


class Frame:
    """A picture of even width and height. `data` is what goes to the encoder."""

    __slots__ = ("data", "height", "planes", "width")

    def __init__(self, width: int, height: int, data: NDArray[Any] | None = None) -> None:
        self.width, self.height = width, height
        self.data: NDArray[np.uint8] = np.empty((height * 3 // 2, width), np.uint8) if data is None else data
        flat = self.data.reshape(-1)
        area, half = width * height, (height // 2, width // 2)
        self.planes: tuple[Plane, Plane, Plane] = (
            flat[:area].reshape(height, width),
            flat[area : area * 5 // 4].reshape(half),
            flat[area * 5 // 4 :].reshape(half),
        )

    @classmethod
    def of(cls, rgb: Pixels) -> Frame:
        """From RGB pixels; an odd last row or column is left out."""
        height, width = rgb.shape[0] // 2 * 2, rgb.shape[1] // 2 * 2
        return cls(
            width,
            height,
            np.ascontiguousarray(cv2.cvtColor(np.ascontiguousarray(rgb[:height, :width]), cv2.COLOR_RGB2YUV_I420)),
        )

    def rgb(self) -> Pixels:
        return cv2.cvtColor(self.data, cv2.COLOR_YUV2RGB_I420).astype(np.uint8, copy=False)

    def fill(self, colour: Sequence[int]) -> None:
        for plane, value in zip(self.planes, colour, strict=True):
            plane[:] = value

    def copy(self) -> Frame:
        return Frame(self.width, self.height, self.data.copy())

    def resized(self, width: int, height: int) -> Frame:
        made = Frame(width, height)
        shrinks = width < self.width
        for source, target, factor in zip(self.planes, made.planes, (1, 2, 2), strict=True):
            cv2.resize(
                source,
                (width // factor, height // factor),
                dst=target,
                interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
            )
        return made


def yuv(colour: str | Sequence[float]) -> tuple[int, int, int]:
    """`#rrggbb`, or red, green and blue from 0 to 255, as the three values of a frame."""
    r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5)) if isinstance(colour, str) else colour
    pixel = np.full((2, 2, 3), (r, g, b), np.uint8)
    data = cv2.cvtColor(pixel, cv2.COLOR_RGB2YUV_I420).reshape(-1)
    return int(data[0]), int(data[4]), int(data[5])


def for_chroma(matrix: Transform) -> Transform:
    """The same transform for the planes of half the size."""
    return _TO_CHROMA @ matrix @ _TO_LUMA


def cover(target: Frame, source: Frame, matrix: Transform) -> None:
    """Draw `source` over all of `target`; `matrix` (3 x 3, affine) leads from target pixels to source pixels."""
    for k, (into, out_of) in enumerate(zip(target.planes, source.planes, strict=True)):
        move = matrix if k == 0 else for_chroma(matrix)
        size = (into.shape[1], into.shape[0])
        cv2.warpAffine(
            out_of,
            move[:2],
            size,
            dst=into,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )


def mix(target: Frame, other: Frame, share: float) -> None:
    """`share` of `other` into `target`."""
    cv2.addWeighted(other.data, share, target.data, 1 - share, 0, dst=target.data)


class Region:
    """A rectangle of a frame with even corners, as views of its planes."""

    __slots__ = ("height", "planes", "width", "x", "y")

    def __init__(self, frame: Frame, x0: float, y0: float, x1: float, y1: float) -> None:
        self.x, self.y = max(0, int(x0) // 2 * 2), max(0, int(y0) // 2 * 2)
        right = min(frame.width, (int(np.ceil(x1)) + 1) // 2 * 2)
        low = min(frame.height, (int(np.ceil(y1)) + 1) // 2 * 2)
        self.width, self.height = max(0, right - self.x), max(0, low - self.y)
        self.planes = tuple(
            plane[self.y // f : (self.y + self.height) // f, self.x // f : (self.x + self.width) // f]
            for plane, f in zip(frame.planes, (1, 2, 2), strict=True)
        )

    def __bool__(self) -> bool:
        return self.width > 1 and self.height > 1

    def local(self, matrix: Transform) -> Transform:
        """A transform that ends in frame pixels, ending in pixels of this region."""
        return np.array([[1, 0, -self.x], [0, 1, -self.y], [0, 0, 1]], np.float64) @ matrix


def stamp(region: Region, source: Frame, matrix: Transform, opacity: float = 1.0) -> None:
    """Draw `source` into `region`; `matrix` (3 x 3) leads from source pixels to frame pixels."""
    local = region.local(matrix)
    for k, (into, out_of) in enumerate(zip(region.planes, source.planes, strict=True)):
        move = local if k == 0 else for_chroma(local)
        size = (into.shape[1], into.shape[0])
        if opacity >= 1:
            cv2.warpPerspective(out_of, move, size, dst=into, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
        else:
            drawn = into.copy()
            cv2.warpPerspective(
                out_of, move, size, dst=drawn, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
            )
            cv2.addWeighted(drawn, opacity, into, 1 - opacity, 0, dst=into)


def shine(region: Region, source: Frame, matrix: Transform) -> None:
    """Add the light of `source` (black is nothing) to `region`: reflections."""
    local = region.local(matrix)
    for k, (into, out_of) in enumerate(zip(region.planes, source.planes, strict=True)):
        move, neutral = (local, 0) if k == 0 else (for_chroma(local), 128)
        drawn = cv2.warpPerspective(
            out_of,
            move,
            (into.shape[1], into.shape[0]),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(neutral,),
        )
        if k == 0:
            cv2.add(into, drawn, dst=into)
        else:
            cv2.addWeighted(into, 1, drawn, 1, -128, dst=into)


def light_of(frame: Frame) -> Frame:
    """A frame for `shine`: its luma counted from black."""
    made = frame.copy()
    np.maximum(made.planes[0], 16, out=made.planes[0])
    made.planes[0][:] -= 16
    return made


class Overlay:
    """A picture with coverage, laid on frames at a fixed place: titles, captions, sprites."""

    def __init__(self, rgb: Pixels, alpha: NDArray[np.uint8], x: int = 0, y: int = 0) -> None:
        height, width = alpha.shape[0] // 2 * 2, alpha.shape[1] // 2 * 2
        self.frame = Frame.of(rgb[:height, :width])
        self.x, self.y = x // 2 * 2, y // 2 * 2
        full = alpha[:height, :width].astype(np.float32) / np.float32(255)
        small = cv2.resize(full, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        self.alphas: tuple[NDArray[Any], ...] = (full, small, small)

    def draw(self, target: Frame, opacity: float = 1.0) -> None:
        if opacity <= 0.003:
            return
        frame = self.frame
        region = Region(target, self.x, self.y, self.x + frame.width, self.y + frame.height)
        if not region:
            return
        for into, plane, alpha, f in zip(region.planes, frame.planes, self.alphas, (1, 2, 2), strict=True):
            top, left = (region.y - self.y) // f, (region.x - self.x) // f
            rows, columns = slice(top, top + into.shape[0]), slice(left, left + into.shape[1])
            weight = alpha[rows, columns] * np.float32(min(1.0, opacity))
            into[:] = cv2.blendLinear(
                np.ascontiguousarray(plane[rows, columns]), np.ascontiguousarray(into), weight, 1 - weight
            )


def placed(overlay: Overlay, target: Frame, matrix: Transform, opacity: float = 1.0) -> None:
    """Draw an overlay anywhere: `matrix` (3 x 3) leads from its pixels to frame pixels."""
    frame = overlay.frame
    corners = (
        np.array([[0, 0, 1], [frame.width, 0, 1], [frame.width, frame.height, 1], [0, frame.height, 1]], np.float64)
        @ matrix.T
    )
    corners = corners[:, :2] / corners[:, 2:]
    region = Region(target, *corners.min(axis=0), *corners.max(axis=0))
    if not region:
        return
    local = region.local(matrix)
    chroma = for_chroma(local)
    weights: list[NDArray[Any]] = []
    for k, (into, plane) in enumerate(zip(region.planes, frame.planes, strict=True)):
        move, size = (local if k == 0 else chroma), (into.shape[1], into.shape[0])
        if k < 2:
            weight = cv2.warpPerspective(
                overlay.alphas[k], move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
            )
            weights = [weight * np.float32(opacity)]
        drawn = cv2.warpPerspective(plane, move, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        into[:] = cv2.blendLinear(drawn, np.ascontiguousarray(into), weights[0], 1 - weights[0])
