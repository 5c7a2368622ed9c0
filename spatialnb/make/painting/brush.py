"""The brush every style paints with: light, masks and noise on a float picture, the same at any size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatialnb.make.painting.palettes import Colour, Palette

Mask = NDArray[np.floating[Any]]
"""Coverage from 0 to 1, height x width."""
Points = NDArray[np.floating[Any]]
"""n x 2: x from 0 to `aspect`, y from 0 at the top to 1 at the bottom."""
_SHIFT = 4


class Painting:
    """A picture in the making. Lengths are in picture heights, so that a style looks the same at every size."""

    def __init__(self, width: int, height: int, palette: Palette, chance: np.random.Generator) -> None:
        self.width, self.height, self.palette, self.chance = width, height, palette, chance
        self.aspect = width / height
        self.pixels: NDArray[Any] = np.zeros((height, width, 3), np.float32)
        self.y: Mask = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        self.x: Mask = np.linspace(0, self.aspect, width, dtype=np.float32)[None, :]

    # -- grounds ------------------------------------------------------------------------------------------------------
    def ramp(self, colours: Sequence[Colour], at: Sequence[float] | None = None) -> None:
        """Fill with a vertical gradient through `colours`, placed at heights `at` (evenly when None)."""
        stops = np.linspace(0, 1, len(colours)) if at is None else np.asarray(at)
        table = np.stack(colours)
        column = np.stack([np.interp(self.y[:, 0], stops, table[:, c]) for c in range(3)], axis=1)
        self.pixels[:] = column[:, None, :]

    def tone(self, values: Mask, colours: Sequence[Colour]) -> NDArray[np.float32]:
        """A picture of `values` (0 to 1) coloured through `colours`."""
        table = np.stack(colours)
        steps = np.linspace(0, 1, len(colours))
        lut = np.stack([np.interp(np.linspace(0, 1, 1024), steps, table[:, c]) for c in range(3)], axis=1)
        return lut.astype(np.float32)[np.clip(values * 1023, 0, 1023).astype(np.int32)]

    # -- putting colour down ------------------------------------------------------------------------------------------
    def over(self, colour: ArrayLike, mask: NDArray[Any] | float) -> None:
        """Cover with `colour` (one colour or a picture) where `mask` is."""
        paint = np.asarray(colour, np.float32)
        if not isinstance(mask, np.ndarray):
            self.pixels += (paint - self.pixels) * np.float32(mask)
            return
        rows, columns = _where(mask)
        part = self.pixels[rows, columns]
        inner = paint[rows, columns] if paint.ndim == 3 else paint
        part += (inner - part) * mask[rows, columns, None]

    def light(self, colour: ArrayLike, mask: Mask) -> None:
        """Add light, softly limited at white (screen)."""
        paint = np.asarray(colour, np.float32)
        rows, columns = _where(mask > np.float32(0.002))
        inner = np.ascontiguousarray(mask[rows, columns], np.float32)
        if not inner.size:
            return
        # Plane by plane with OpenCV: several times as fast as numpy with three values at the end of each row.
        parts = [paint[rows, columns, c] for c in range(3)] if paint.ndim == 3 else [float(c) for c in paint]
        glow = cv2.merge([np.minimum(inner * part, 1) for part in parts])
        part = self.pixels[rows, columns]
        part += glow - cv2.multiply(glow, np.ascontiguousarray(part))

    def shade(self, mask: Mask, strength: float = 1.0) -> None:
        """Darken where `mask` is."""
        self.pixels *= (1 - mask * np.float32(strength))[..., None]

    def glow(self, mask: Mask, colour: ArrayLike, radius: float, strength: float = 1.0) -> None:
        """Light that spreads `radius` picture heights around `mask`."""
        self.light(colour, self.blur(mask, radius) * np.float32(strength))

    # -- masks --------------------------------------------------------------------------------------------------------
    def empty(self) -> NDArray[np.uint8]:
        return np.zeros((self.height, self.width), np.uint8)

    def fixed(self, points: ArrayLike) -> NDArray[np.int32]:
        """Points in OpenCV's fixed-point pixels."""
        return np.round((np.asarray(points, np.float64) * self.height - 0.5) * (1 << _SHIFT)).astype(np.int32)

    def polygon(self, *shapes: ArrayLike) -> Mask:
        mask = self.empty()
        for shape in shapes:
            cv2.fillPoly(mask, [self.fixed(shape)], 255, cv2.LINE_AA, _SHIFT)
        return as_mask(mask)

    def disc(self, x: float, y: float, radius: float) -> Mask:
        mask = self.empty()
        centre = self.fixed((x, y))
        cv2.circle(mask, (int(centre[0]), int(centre[1])), self._length(radius), 255, cv2.FILLED, cv2.LINE_AA, _SHIFT)
        return as_mask(mask)

    def lines(self, paths: Sequence[ArrayLike], thickness: float, closed: bool = False) -> Mask:
        """Strokes `thickness` picture heights wide."""
        mask = self.empty()
        cv2.polylines(mask, [self.fixed(p) for p in paths], closed, 255, self.stroke(thickness), cv2.LINE_AA, _SHIFT)
        return as_mask(mask)

    def below(self, heights: ArrayLike) -> Mask:
        """Everything under a ridge: `heights` gives y for each column of pixels."""
        edge = np.asarray(heights, np.float32)[None, :] * self.height
        rows = np.arange(self.height, dtype=np.float32)[:, None]
        return np.clip(rows + 0.5 - edge, 0, 1)

    def halo(self, x: float, y: float, radius: float, power: float = 2.0) -> Mask:
        """A soft round light: 1 at the centre, near 0 beyond `radius`."""
        square = (self.x - np.float32(x)) ** 2 + (self.y - np.float32(y)) ** 2
        return np.exp(-((square / np.float32(radius**2)) ** np.float32(power / 2)) * np.float32(2.5))

    def blur(self, mask: Mask, radius: float) -> Mask:
        """Gaussian blur; wide ones are done on a smaller picture, which looks the same and costs little."""
        sigma = radius * self.height / 2
        factor = max(1, int(sigma / 3))
        if factor == 1:
            return cv2.GaussianBlur(mask, (0, 0), max(sigma, 0.3)).astype(np.float32)
        small = cv2.resize(
            mask, (max(1, self.width // factor), max(1, self.height // factor)), interpolation=cv2.INTER_AREA
        )
        small = cv2.GaussianBlur(small, (0, 0), sigma / factor, borderType=cv2.BORDER_REPLICATE)
        return cv2.resize(small, (self.width, self.height), interpolation=cv2.INTER_LINEAR).astype(np.float32)

    def noise(self, cell: float, octaves: int = 4, stretch: float = 1.0, gain: float = 0.5) -> Mask:
        """Fractal noise, about 0 to 1 with mean 0.5; `cell` in picture heights, `stretch` widens it sideways."""
        total = np.zeros((self.height, self.width), np.float32)
        weight, sum_of_weights = 1.0, 0.0
        for octave in range(octaves):
            size = cell / 2**octave
            columns = max(4, int(self.aspect / (size * stretch)) + 3)
            rows = max(4, int(1 / size) + 3)
            if octave and (rows > self.height or columns > self.width):
                break
            rows, columns = min(rows, self.height), min(columns, self.width)
            grid = self.chance.random((rows, columns), dtype=np.float32)
            total += cv2.resize(grid, (self.width, self.height), interpolation=cv2.INTER_CUBIC) * np.float32(weight)
            sum_of_weights += weight
            weight *= gain
        return np.clip((total / np.float32(sum_of_weights) - 0.5) * 1.5 + 0.5, 0, 1).astype(np.float32)

    def ridge(self, roughness: float = 0.55, cell: float = 0.5, octaves: int = 7) -> NDArray[np.float32]:
        """A mountain line: one value (0 to 1) for each column of pixels."""
        line = np.zeros(self.width, np.float32)
        weight = total = 1.0
        for octave in range(octaves):
            count = max(4, int(self.aspect / cell * 2**octave) + 3)
            knots = self.chance.random(count)
            positions = np.linspace(0, count - 1.001, self.width)
            left = positions.astype(int)
            share = positions - left
            # The first octaves are smooth, the fine ones angular: rock on soft hills.
            share = share * share * (3 - 2 * share) if octave < 3 else share
            line += np.float32(weight) * (knots[left] * (1 - share) + knots[left + 1] * share).astype(np.float32)
            total += weight
            weight *= roughness
        return (line - line.min()) / max(float(line.max() - line.min()), 1e-6)

    def stars(self, count: int, until: float = 1.0) -> None:
        """Stars of all sizes between the top and the height `until`."""
        dots = np.zeros((self.height, self.width), np.float32)
        rows = (self.chance.random(count) ** 1.2 * until * (self.height - 1)).astype(int)
        columns = self.chance.integers(0, self.width, count)
        dots[rows, columns] = 0.15 + 0.85 * self.chance.random(count).astype(np.float32) ** 5
        soft = cv2.GaussianBlur(dots, (0, 0), 0.6 * self.height / 720 + 0.2)
        self.light((0.95, 0.97, 1.0), np.minimum(soft * 2.2, 1))
        bright = np.where(dots > 0.75, dots, 0).astype(np.float32)
        self.light(self.palette.light, np.minimum(self.blur(bright, 0.008) * 22, 0.8))

    # -- finish -------------------------------------------------------------------------------------------------------
    def bloom(self, threshold: float = 0.72, radius: float = 0.05, strength: float = 0.5) -> None:
        """Bright parts shine over their surroundings, as through a lens."""
        small = cv2.resize(
            self.pixels, (max(1, self.width // 4), max(1, self.height // 4)), interpolation=cv2.INTER_AREA
        )
        bright = np.clip((small - threshold) / (1 - threshold), 0, 1)
        soft = cv2.GaussianBlur(bright, (0, 0), max(0.5, radius * self.height / 8))
        spread = cv2.resize(soft, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        self.pixels = 1 - (1 - np.minimum(self.pixels, 1)) * (1 - np.clip(spread * strength, 0, 1))

    def vignette(self, strength: float = 0.35) -> None:
        square = ((self.x / self.aspect - 0.5) ** 2 + (self.y - 0.5) ** 2) * 2
        self.pixels *= (1 - np.float32(strength) * square**1.3)[..., None]

    def grain(self, strength: float = 0.018) -> None:
        """Film grain; it also hides banding in soft skies."""
        noise = self.chance.standard_normal((self.height, self.width), dtype=np.float32) * np.float32(strength)
        self.pixels += noise[..., None]

    def finished(self) -> NDArray[np.uint8]:
        """The picture as 8-bit RGB."""
        return (np.clip(self.pixels, 0, 1) * 255 + 0.5).astype(np.uint8)

    def stroke(self, thickness: float) -> int:
        return max(1, round(thickness * self.height))

    def _length(self, length: float) -> int:
        return max(1, round(length * self.height * (1 << _SHIFT)))


def as_mask(mask: NDArray[np.uint8]) -> Mask:
    return mask.astype(np.float32) * np.float32(1 / 255)


def _where(mask: NDArray[Any]) -> tuple[slice, slice]:
    """The smallest rectangle that holds every covered pixel, so that small shapes cost little."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def circle(x: float, y: float, radius: float, start: float = 0.0, end: float = 360.0, count: int = 96) -> Points:
    """Points of an arc; angles in degrees, clockwise from the right."""
    turn = np.radians(np.linspace(start, end, count))
    return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1).astype(np.float32)
