"""The place around a scene: sky, floor and its lines, drawn for any view."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from spatialnb.targets.film_camera import FIELD_OF_VIEW, View, axes
from spatialnb.targets.film_frame import Frame, Pixels, yuv
from spatialnb.targets.film_theme import Theme

Floats = NDArray[Any]
_STEPS = 2048
_BANDS = 4


class Place:
    """Sky and floor of a theme. `reach` is how far (metres) the floor's lines are seen from the middle of the scene."""

    def __init__(self, theme: Theme, middle: Floats, reach: float) -> None:
        self._theme = theme
        self._middle, self._reach = middle, reach
        self._gap = 0.5 if reach < 6 else 1.0 if reach < 40 else 5.0
        self._column = _backdrop(theme)
        far = reach * 1.6
        base = np.round(middle[[0, 2]] / self._gap) * self._gap
        along = np.linspace(-far, far, 33)
        offsets = np.arange(-int(far / self._gap), int(far / self._gap) + 1) * self._gap
        u, v = (
            np.broadcast_to(offsets[:, None], (len(offsets), len(along))),
            np.broadcast_to(along, (len(offsets), len(along))),
        )
        x, z = np.concatenate([u, v]) + base[0], np.concatenate([v, u]) + base[1]
        self._points = np.stack([x, np.zeros_like(x), z], axis=-1).astype(np.float32)
        self._presence = np.clip(1 - np.hypot(x - middle[0], z - middle[2]) / far, 0, 1).astype(np.float32)

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
        turn = axes(view.yaw, view.pitch).astype(np.float32)
        eye = view.position.astype(np.float32)
        if eye[1] < 0.02:
            return
        local = (self._points - eye) @ turn.T
        depth = np.maximum(local[..., 2], 0.05)
        spots = np.empty((*depth.shape, 2), np.float32)
        spots[..., 0] = frame.width / 2 + focal * local[..., 0] / depth
        spots[..., 1] = frame.height / 2 - focal * local[..., 1] / depth
        # Lines melt away with the distance from the scene and where they would lie too close together to be told apart.
        strength = self._presence * np.minimum(focal * self._gap * float(eye[1]) / 5 / depth**2, 1)
        segment = np.minimum(strength[:, :-1], strength[:, 1:])
        seen = (local[:, :-1, 2] > 0.06) & (local[:, 1:, 2] > 0.06) & (segment > 0.05)
        low, high = np.minimum(spots[:, :-1], spots[:, 1:]), np.maximum(spots[:, :-1], spots[:, 1:])
        seen &= (high[..., 0] > 0) & (low[..., 0] < frame.width) & (high[..., 1] > 0) & (low[..., 1] < frame.height)
        chosen = np.flatnonzero(seen)
        if not len(chosen):
            return
        count = depth.shape[1] - 1
        first = chosen // count * (count + 1) + chosen % count
        flat = spots.reshape(-1, 2)
        ends = np.clip(np.stack([flat[first], flat[first + 1]], axis=1) * 16, -120000, 120000).astype(np.int32)
        band = np.minimum(segment.reshape(-1)[chosen] * _BANDS, _BANDS - 1).astype(np.int64)
        line, floor = yuv(self._theme.line), yuv(self._theme.floor)
        for n in range(_BANDS):
            these = ends[band == n]
            if not len(these):
                continue
            share = (n + 1) / _BANDS * 0.85
            # The faintest lines are told by their light alone, and colour needs no soft edges: the eye sees neither.
            planes = frame.planes if n else frame.planes[:1]
            for k, plane in enumerate(planes):
                value = round(floor[k] + (line[k] - floor[k]) * share)
                cv2.polylines(
                    plane, list(these if k == 0 else these // 2), False, value, 1, cv2.LINE_8 if k else cv2.LINE_AA, 4
                )


def _backdrop(theme: Theme) -> tuple[NDArray[np.uint8], ...]:
    """Colour by elevation, from straight down to straight up, as three columns; dithered, so that it does not band."""
    elevation = np.linspace(-90, 90, _STEPS)
    colours = np.array(
        [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (theme.floor, theme.horizon, theme.zenith)], float
    )
    below = np.clip(-elevation / 22, 0, 1)[:, None] ** 0.6
    above = np.clip(elevation / 48, 0, 1)[:, None] ** 0.75
    rgb = np.where(
        elevation[:, None] < 0,
        colours[1] * (1 - below) + colours[0] * below,
        colours[1] * (1 - above) + colours[2] * above,
    )
    column: Pixels = np.repeat(np.round(rgb).astype(np.uint8)[:, None], 2, axis=1)
    frame = Frame.of(np.ascontiguousarray(column))
    y, u, v = (plane[:, 0] for plane in frame.planes)
    return y, np.repeat(u, 2), np.repeat(v, 2)
