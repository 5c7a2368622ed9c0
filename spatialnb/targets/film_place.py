"""The place around a scene: sky, floor and its lines, drawn for any view."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from spatialnb.targets.film_camera import FIELD_OF_VIEW, View, axes
from spatialnb.targets.film_frame import Frame, Pixels, yuv
from spatialnb.targets.film_theme import Theme

Floats = NDArray[np.float64]
_STEPS = 2048
_BANDS = 5


class Place:
    """Sky and floor of a theme. `reach` is how far (metres) the floor's lines are seen from the middle of the scene."""

    def __init__(self, theme: Theme, middle: Floats, reach: float) -> None:
        self._theme = theme
        self._middle, self._reach = middle, reach
        self._gap = 0.5 if reach < 6 else 1.0 if reach < 40 else 5.0
        self._column = _backdrop(theme)

    def draw(self, frame: Frame, view: View) -> None:
        """Fill the frame. The camera never rolls, so each row of the backdrop has one colour."""
        focal = frame.height / 2 / math.tan(math.radians(FIELD_OF_VIEW) / 2)
        for plane, column, factor in zip(frame.planes, self._column, (1, 2, 2), strict=True):
            rows = (np.arange(plane.shape[0]) + 0.5) * factor
            slope = (frame.height / 2 - rows) / focal
            elevation = np.arctan(slope) + view.pitch
            index = np.clip((elevation / math.pi + 0.5) * _STEPS, 0, _STEPS - 1).astype(np.int64)
            plane[:] = column[index][:, None]
        self._lines(frame, view, focal)

    def _lines(self, frame: Frame, view: View, focal: float) -> None:
        turn = axes(view.yaw, view.pitch)
        eye = view.position
        if eye[1] < 0.02:
            return
        reach = self._reach * 1.6
        count = int(reach / self._gap)
        base = np.round(self._middle[[0, 2]] / self._gap) * self._gap
        along = np.linspace(-reach, reach, 41)
        starts: list[Floats] = []
        for k in range(-count, count + 1):
            offset = np.full_like(along, k * self._gap)
            starts.append(np.stack([base[0] + offset, base[1] + along], axis=1))
            starts.append(np.stack([base[0] + along, base[1] + offset], axis=1))
        points = np.stack(starts)
        flat = np.stack([points[..., 0] - eye[0], np.full(points.shape[:2], -eye[1]), points[..., 1] - eye[2]], axis=-1)
        local = flat @ turn.T
        depth = local[..., 2]
        x, y = frame.width / 2 + focal * local[..., 0] / np.maximum(depth, 0.05), frame.height / 2 - focal * local[..., 1] / np.maximum(depth, 0.05)
        centre = np.hypot(points[..., 0] - self._middle[0], points[..., 1] - self._middle[2])
        # Lines melt away with the distance from the scene and where they would lie too close together to be told apart.
        density = np.clip(focal * self._gap * eye[1] / np.maximum(depth, 0.05) ** 2 / 5, 0, 1)
        strength = np.clip(1 - centre / reach, 0, 1) * density
        segment = np.minimum(strength[:, :-1], strength[:, 1:])
        seen = (depth[:, :-1] > 0.06) & (depth[:, 1:] > 0.06) & (segment > 0.04)
        ends = np.stack([np.stack([x[:, :-1], y[:, :-1]], axis=-1), np.stack([x[:, 1:], y[:, 1:]], axis=-1)], axis=-2)
        margin = 400
        seen &= (np.abs(ends[..., 0] - frame.width / 2) < frame.width / 2 + margin).all(axis=-1) | (np.abs(ends) < 8000).all(axis=(-1, -2))
        seen &= ((ends[..., 0].max(axis=-1) > 0) & (ends[..., 0].min(axis=-1) < frame.width) & (ends[..., 1].max(axis=-1) > 0) & (ends[..., 1].min(axis=-1) < frame.height))
        line, floor = yuv(self._theme.line), yuv(self._theme.floor)
        band = np.clip((segment * _BANDS).astype(int), 0, _BANDS - 1)
        for n in range(_BANDS):
            which = seen & (band == n)
            if not which.any():
                continue
            share = (n + 1) / _BANDS * 0.85
            fixed = np.clip(ends[which] * 16, -120000, 120000).astype(np.int32)
            for plane, factor, a, b in zip(frame.planes, (1, 2, 2), floor, line, strict=True):
                value = round(a + (b - a) * share)
                cv2.polylines(plane, list(fixed // factor), False, value, 1, cv2.LINE_AA, 4)


def _backdrop(theme: Theme) -> tuple[NDArray[np.uint8], ...]:
    """Colour by elevation, from straight down to straight up, as three columns; dithered, so that it does not band."""
    elevation = np.linspace(-90, 90, _STEPS)
    colours = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (theme.floor, theme.horizon, theme.zenith)], float)
    below = np.clip(-elevation / 22, 0, 1)[:, None] ** 0.6
    above = np.clip(elevation / 48, 0, 1)[:, None] ** 0.75
    rgb = np.where(elevation[:, None] < 0, colours[1] * (1 - below) + colours[0] * below, colours[1] * (1 - above) + colours[2] * above)
    column: Pixels = np.repeat(np.round(rgb).astype(np.uint8)[:, None], 2, axis=1)
    frame = Frame.of(np.ascontiguousarray(column))
    y, u, v = (plane[:, 0] for plane in frame.planes)
    return y, np.repeat(u, 2), np.repeat(v, 2)
