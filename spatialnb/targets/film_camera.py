"""A camera's way through a scene: where to stand for each thing, and a smooth path from one to the next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatialnb.models.geometry import Vec3, matrix, transform

Floats = NDArray[Any]
FIELD_OF_VIEW = 50.0
"""Vertical, in degrees."""
_FILL = 0.72
"""How much of the frame a visited thing takes."""
_SMOOTH = 0.34
"""Seconds over which the path is softened (standard deviation of a Gauss curve)."""


class Box(NamedTuple):
    """A thing in the scene: its middle, rotation in degrees, width, height and depth."""

    position: Vec3
    rotation: Vec3
    size: Vec3

    @property
    def front(self) -> Floats:
        return np.array(transform(matrix(self.rotation), (0, 0, 1)))

    def corners(self) -> Floats:
        turn = np.array(matrix(self.rotation))
        signs = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
        return np.array(self.position) + (signs * np.array(self.size)) @ turn.T


class View(NamedTuple):
    """Where the camera is and where it looks: metres; yaw (0: to -z, then to the right) and pitch in radians."""

    position: Floats
    yaw: float
    pitch: float


class Visit(NamedTuple):
    """A stay: the camera drifts from `first` to `last` between two times, in seconds."""

    start: float
    end: float
    first: View
    last: View


def looking(position: Floats, target: Floats) -> View:
    """From `position` at `target`."""
    d = target - position
    return View(position, math.atan2(d[0], -d[2]), math.atan2(d[1], math.hypot(d[0], d[2])))


def axes(yaw: float, pitch: float) -> Floats:
    """Rows: right, up and forward of a camera."""
    sy, cy, sp, cp = math.sin(yaw), math.cos(yaw), math.sin(pitch), math.cos(pitch)
    return np.array([[cy, 0, sy], [-sy * sp, cp, cy * sp], [sy * cp, sp, -cy * cp]])


def stand_before(boxes: Sequence[Box], aspect: float, is_round: bool) -> tuple[View, View]:
    """Two views of some things seen from their front, a little to one side and then a little to the other.

    Round things (3D objects) are walked around further than flat ones.
    """
    middle = np.mean([box.position for box in boxes], axis=0)
    front = np.mean([box.front for box in boxes], axis=0)
    if np.linalg.norm(front) < 0.3:
        front = boxes[0].front
    front = front / np.linalg.norm(front)
    steep = abs(front[1]) > 0.94
    right = np.array([1.0, 0, 0]) if steep else np.cross([0.0, 1.0, 0.0], front)
    right = right / np.linalg.norm(right)
    up = np.cross(front, right)
    offset = np.concatenate([box.corners() for box in boxes]) - middle
    wide, high, deep = (float(np.abs(offset @ axis).max()) * 2 for axis in (right, up, front))
    tangent = math.tan(math.radians(FIELD_OF_VIEW) / 2)
    away = max(high / (2 * _FILL * tangent), wide / (2 * _FILL * tangent * aspect)) + deep / 2
    swing = math.radians(26 if is_round else 7)
    views: list[View] = []
    for side, nearer in ((-1, 1.06), (1, 0.97)):
        turn = side * swing
        lift = 0.16 if is_round else 0.03
        direction = front * math.cos(turn) + right * math.sin(turn) + up * lift
        position = middle + direction / np.linalg.norm(direction) * away * nearer
        position[1] = max(position[1], min(0.25, float(middle[1])))
        views.append(looking(position, middle))
    return views[0], views[1]


def overview(boxes: Sequence[Box], aspect: float, nearer: float = 1.0, side: float = 0.0) -> View:
    """A view that has everything in frame, from where most things show their front, `side` radians further right."""
    corners = np.concatenate([box.corners() for box in boxes])
    low, high = corners.min(axis=0), corners.max(axis=0)
    middle = (low + high) / 2
    front = np.mean([box.front for box in boxes], axis=0) * np.array([1, 0, 1])
    if np.linalg.norm(front) < 0.35:
        front = np.array([0.0, 0.0, 1.0])
    front /= np.linalg.norm(front)
    # A wall is seen straight on; what is spread over the floor, from further above.
    spread = float(np.abs((corners - middle) @ front).max())
    lift = 0.08 + 0.34 * min(1.0, spread / max(float(np.linalg.norm(high - low)) / 2, 1e-6))
    angle = math.atan2(front[0], front[2]) + side
    direction = np.array([math.sin(angle), lift, math.cos(angle)])
    direction /= np.linalg.norm(direction)
    near, far = 0.1, 4000.0
    for _ in range(40):
        away = (near + far) / 2
        view = looking(middle + direction * away, middle)
        if _in_frame(corners, view, aspect):
            far = away
        else:
            near = away
    position = middle + direction * far * nearer
    position[1] = max(position[1], 0.3)
    return looking(position, middle)


def _in_frame(points: Floats, view: View, aspect: float) -> bool:
    local = (points - view.position) @ axes(view.yaw, view.pitch).T
    if (local[:, 2] < 0.05).any():
        return False
    tangent = math.tan(math.radians(FIELD_OF_VIEW) / 2)
    return bool(
        (np.abs(local[:, 1] / local[:, 2]) < 0.86 * tangent).all()
        and (np.abs(local[:, 0] / local[:, 2]) < 0.9 * tangent * aspect).all()
    )


class Way:
    """A smooth path over visits: position, yaw and pitch at any time."""

    def __init__(self, visits: Sequence[Visit], rate: int) -> None:
        self.duration = visits[-1].end
        times: list[float] = []
        places: list[tuple[float, ...]] = []
        yaw = visits[0].first.yaw
        for visit in visits:
            for at, view in ((visit.start, visit.first), (visit.end, visit.last)):
                # The short way round, however often the path has turned before.
                yaw += (view.yaw - yaw + math.pi) % (2 * math.pi) - math.pi
                times.append(at)
                places.append((*view.position, yaw, view.pitch))
        self._rate = rate
        frames = np.arange(int(self.duration * rate) + 2) / rate
        knots, values = np.array(times), np.array(places)
        left = np.clip(np.searchsorted(knots, frames, side="right") - 1, 0, len(knots) - 2)
        share = np.clip((frames - knots[left]) / np.maximum(knots[left + 1] - knots[left], 1e-9), 0, 1)
        travelling = left % 2 == 1
        share = np.where(travelling, share**3 * (share * (6 * share - 15) + 10), share)[:, None]
        track = values[left] * (1 - share) + values[left + 1] * share
        self._track = _softened(track, _SMOOTH * rate)

    def at(self, t: float) -> View:
        n = min(max(t * self._rate, 0.0), len(self._track) - 1.001)
        k, share = int(n), n - int(n)
        row = self._track[k] * (1 - share) + self._track[k + 1] * share
        return View(row[:3], float(row[3]), float(np.clip(row[4], -1.45, 1.45)))


def _softened(track: Floats, sigma: float) -> Floats:
    reach = max(1, int(sigma * 3))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    padded = np.concatenate([np.repeat(track[:1], reach, axis=0), track, np.repeat(track[-1:], reach, axis=0)])
    return np.stack([np.convolve(padded[:, k], weights, mode="valid") for k in range(track.shape[1])], axis=1)
