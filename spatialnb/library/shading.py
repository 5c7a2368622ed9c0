"""A clean picture of a 3D model without a graphics card: a z-buffer in numpy, then light per pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatialnb.library.examined import Pixels

Floats = NDArray[np.floating[Any]]
_SMOOTH = 3
"""Pixels are drawn this many times finer each way and then averaged."""
_AZIMUTH, _ELEVATION = math.radians(30), math.radians(20)
_FILL = 0.84
"""Part of the picture that the model fills."""
_SAMPLES = 4_000_000
"""Samples drawn at once, to bound memory."""
_CREASE = math.cos(math.radians(42))
_KEY = np.array([-0.45, 0.78, 0.62]) / np.linalg.norm([-0.45, 0.78, 0.62])
_GROUND = ((0.972, 0.976, 0.984), (0.860, 0.876, 0.902))


@dataclass(frozen=True)
class Surface:
    """Triangles of one colour, or coloured at their corners, or textured. Colours are sRGB from 0 to 1."""

    vertices: Floats
    faces: NDArray[np.integer[Any]]
    colour: tuple[float, ...]
    corner_colours: Floats | None = None
    uv: Floats | None = None
    texture: Floats | None = None


def shaded(surfaces: tuple[Surface, ...], size: int = 256) -> tuple[Pixels, Pixels]:
    """The model in soft studio light `size` x `size`, and its own colours without light, cut out (RGBA)."""
    import cv2

    fine = size * _SMOOTH
    offsets = np.cumsum([0] + [len(surface.vertices) for surface in surfaces])
    vertices = np.concatenate([surface.vertices for surface in surfaces])
    faces = np.concatenate([surface.faces + start for surface, start in zip(surfaces, offsets[:-1], strict=True)])
    owners = np.repeat(np.arange(len(surfaces)), [len(surface.faces) for surface in surfaces])
    camera, points = _projected(vertices, fine)
    winners, depth_hit = _rasterised(points, faces, fine)
    seen = winners[depth_hit]
    weights = _barycentric(
        points[faces[seen], :2], np.stack(np.nonzero(depth_hit.reshape(fine, fine))[::-1], axis=1) + 0.5
    )
    normals = _normals(vertices, faces, seen, weights)
    base = _base_colours(surfaces, offsets, faces, owners, seen, weights)
    picture = np.zeros((fine * fine, 4), np.float32)
    picture[depth_hit, :3] = _lit(base, normals @ camera.T)
    picture[depth_hit, 3] = 1
    small = cv2.resize(picture.reshape(fine, fine, 4), (size, size), interpolation=cv2.INTER_AREA)
    plain = np.zeros((fine * fine, 4), np.float32)
    plain[depth_hit, :3], plain[depth_hit, 3] = base, 1
    paint = plain.reshape(fine, fine, 4)[_SMOOTH // 2 :: _SMOOTH, _SMOOTH // 2 :: _SMOOTH]
    alpha = small[..., 3:]
    ground = _ground(vertices, size)
    whole = ground * (1 - alpha) + small[..., :3]
    return _bytes(whole), _bytes(paint)


def _projected(vertices: Floats, size: int) -> tuple[Floats, Floats]:
    """The turn into the camera's frame, and vertices as (x, y in pixels, depth), centred and fitted."""
    camera = _camera()
    corners = vertices - (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    seen = corners @ camera.T
    radius = max(float(np.linalg.norm(corners, axis=1).max()), 1e-9)
    distance = 4.5 * radius
    flat = seen[:, :2] * (distance / (distance - seen[:, 2:]))
    low, high = flat.min(axis=0), flat.max(axis=0)
    scale = _FILL * size / max(float((high - low).max()), 1e-9)
    placed = (flat - (low + high) / 2) * scale
    x, y = placed[:, 0] + size / 2, size / 2 - placed[:, 1]
    # Depth as an affine function of the screen: 1 / z is linear there.
    return camera, np.stack([x, y, distance / (distance - seen[:, 2])], axis=1)


def _camera() -> Floats:
    sine, cosine = math.sin(_AZIMUTH), math.cos(_AZIMUTH)
    turn = np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])
    sine, cosine = math.sin(_ELEVATION), math.cos(_ELEVATION)
    return np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]]) @ turn


def _rasterised(
    points: Floats, faces: NDArray[np.integer[Any]], size: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Which face each pixel shows, and whether it shows any. Depth and face share a number: the nearest wins."""
    nothing = np.iinfo(np.uint64).max
    buffer = np.full(size * size, nothing, np.uint64)
    triangles = points[faces]
    low = np.floor(triangles[..., :2].min(axis=1)).astype(int).clip(0, size - 1)
    high = np.ceil(triangles[..., :2].max(axis=1)).astype(int).clip(0, size - 1)
    near, far = float(points[:, 2].max()), float(points[:, 2].min())
    span = (high - low).max(axis=1) + 1
    classes = np.ceil(np.log2(span)).astype(int)
    for level in np.unique(classes):
        edge = int(1 << level)
        members = np.nonzero(classes == level)[0]
        step = np.arange(edge)
        count = max(1, _SAMPLES // (edge * edge))
        for start in range(0, len(members), count):
            chosen = members[start : start + count]
            x = low[chosen, 0][:, None, None] + step[None, None, :]
            y = low[chosen, 1][:, None, None] + step[None, :, None]
            weights = _grid_weights(triangles[chosen], x + 0.5, y + 0.5)
            inside = (weights[0] >= 0) & (weights[1] >= 0) & (weights[2] >= 0) & (x < size) & (y < size)
            which, row, column = np.nonzero(inside)
            corner = triangles[chosen[which], :, 2]
            depth = np.sum([weights[k][which, row, column] * corner[:, k] for k in range(3)], axis=0)
            rank = ((near - depth) / max(near - far, 1e-12) * 0xFFFFFFF).clip(0, 0xFFFFFFF).astype(np.uint64)
            pixel = (low[chosen[which], 1] + row) * size + low[chosen[which], 0] + column
            np.minimum.at(buffer, pixel, rank << np.uint64(32) | chosen[which].astype(np.uint64))
    hit = buffer != nothing
    return (buffer & np.uint64(0xFFFFFFFF)).astype(np.int64), hit


def _grid_weights(triangles: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    (ax, ay), (bx, by), (cx, cy) = ((triangles[:, k, 0, None, None], triangles[:, k, 1, None, None]) for k in range(3))
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    area = np.where(np.abs(area) < 1e-12, np.inf, area)
    first = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
    second = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
    third = 1 - first - second
    return np.where(np.isinf(area), -1, first), second, third


def _barycentric(corners: Floats, places: Floats) -> Floats:
    first, second, third = _grid_weights(corners, places[:, 0, None, None], places[:, 1, None, None])
    return np.stack([first[:, 0, 0], second[:, 0, 0], third[:, 0, 0]], axis=1)


def _normals(vertices: Floats, faces: NDArray[np.integer[Any]], seen: NDArray[np.int64], weights: Floats) -> Floats:
    """Normals per pixel: smooth over gentle bends, sharp at creases."""
    triangle = vertices[faces]
    normal = np.cross(triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0])
    smooth = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(smooth, faces[:, corner], normal)
    normal = _unit(normal)
    flat = normal[seen][:, None]
    gentle = _unit(smooth)[faces[seen]]
    use = (gentle * flat).sum(axis=2, keepdims=True) > _CREASE
    return _unit((np.where(use, gentle, flat) * weights[..., None]).sum(axis=1))


def _base_colours(
    surfaces: tuple[Surface, ...],
    offsets: NDArray[np.integer[Any]],
    faces: NDArray[np.integer[Any]],
    owners: NDArray[np.integer[Any]],
    seen: NDArray[np.int64],
    weights: Floats,
) -> Floats:
    base = np.asarray([surface.colour[:3] for surface in surfaces], np.float32)[owners[seen]]
    for index, surface in enumerate(surfaces):
        mine = owners[seen] == index
        local = faces[seen[mine]] - offsets[index]
        if surface.corner_colours is not None:
            base[mine] *= (surface.corner_colours[local] * weights[mine][..., None]).sum(axis=1)
        if surface.uv is not None and surface.texture is not None:
            place = (surface.uv[local] * weights[mine][..., None]).sum(axis=1) % 1.0
            height, width = surface.texture.shape[:2]
            column = (place[:, 0] * width).astype(int).clip(0, width - 1)
            row = ((1 - place[:, 1]) * height).astype(int).clip(0, height - 1)
            base[mine] *= surface.texture[row, column]
    return base


def _lit(base: Floats, normals: Floats) -> Floats:
    """Sky and ground light, a soft key light from the upper left, a little shine. In linear light, returned as sRGB."""
    facing = np.where(normals[:, 2:] < 0, -normals, normals)
    key = np.clip(facing @ _KEY, 0, None)
    sky = 0.5 + 0.5 * facing[:, 1]
    half = _unit((_KEY + np.array([0, 0, 1]))[None])[0]
    shine = np.clip(facing @ half, 0, None) ** 40 * 0.10
    light = 0.30 + 0.28 * sky + 0.62 * key
    linear = np.clip(base, 0, 1) ** 2.2 * light[:, None] + shine[:, None]
    return np.clip(linear, 0, 1) ** (1 / 2.2)


def _ground(vertices: Floats, size: int) -> Floats:
    """A light studio ground with the soft shadow of the model on the floor."""
    import cv2

    ramp = np.linspace(0, 1, size)[:, None, None]
    ground = np.broadcast_to(np.asarray(_GROUND[0]) * (1 - ramp) + np.asarray(_GROUND[1]) * ramp, (size, size, 3))
    floor = vertices.copy()
    floor[:, 1] = vertices[:, 1].min()
    _, placed = _projected(np.concatenate([vertices, floor]), size)
    mask = np.zeros((size, size), np.float32)
    hull = cv2.convexHull(placed[len(vertices) :, :2].astype(np.float32))
    cv2.fillConvexPoly(mask, hull.round().astype(np.int32), 1.0)
    shadow = cv2.GaussianBlur(mask, (0, 0), size * 0.035)[..., None]
    return ground * (1 - 0.22 * shadow)


def _unit(vectors: Floats) -> Floats:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def _bytes(picture: Floats) -> Pixels:
    return (np.clip(picture, 0, 1) * 255).round().astype(np.uint8)
