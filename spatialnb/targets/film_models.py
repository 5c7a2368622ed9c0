"""3D objects in films: drawn once for each direction they are seen from, then used as sprites.

A small rasteriser in numpy: every pixel of every face's box at once, the nearest face wins, normals are smooth. It
needs no GPU, and a view that was drawn is kept.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from spatialnb.targets.film_frame import Overlay

MOST_FACES = 60_000
_KEPT = 160
_DETAIL = ((64, 18, 12, 64), (128, 12, 9, 128), (280, 6, 6, 256), (600, 4, 6, 512), (math.inf, 3, 5, 768))
"""For sizes on screen up to so many pixels: degrees between views around and up, and pixels of a drawn view."""
Floats = NDArray[Any]


class Sculpture:
    """A mesh ready to be drawn: centred, in a sphere of radius 1. Raises `ValueError` for what cannot be drawn."""

    def __init__(self, path: Path) -> None:
        import trimesh

        with path.open("rb") as file:
            scene: Any = trimesh.load_scene(file, file_type="glb")
        corners: list[Floats] = []
        normals: list[Floats] = []
        colours: list[Floats] = []
        glows: list[Floats] = []
        for name in scene.graph.nodes_geometry:
            transform, geometry_name = scene.graph[name]
            mesh = scene.geometry[geometry_name]
            if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
                continue
            points = trimesh.transform_points(mesh.vertices, transform)
            corners.append(points[mesh.faces])
            turned = mesh.vertex_normals @ np.linalg.inv(transform[:3, :3])
            normals.append(turned[mesh.faces])
            base, glow = _colours(mesh)
            colours.append(base)
            glows.append(glow)
        if not corners:
            raise ValueError("no faces")
        self._corners = np.concatenate(corners)
        if len(self._corners) > MOST_FACES:
            raise ValueError("too many faces")
        self._colours, self._glows = np.concatenate(colours), np.concatenate(glows)
        low, high = self._corners.reshape(-1, 3).min(axis=0), self._corners.reshape(-1, 3).max(axis=0)
        self.extent: Floats = high - low
        self.radius = max(float(np.linalg.norm(self.extent)) / 2, 1e-9)
        self._corners = (self._corners - (low + high) / 2) / self.radius
        every = np.concatenate(normals)
        self._normals = every / (np.linalg.norm(every, axis=2, keepdims=True) + 1e-12)
        self._views: OrderedDict[tuple[int, int, int], Overlay] = OrderedDict()

    def seen(self, azimuth: float, elevation: float, pixels: int) -> Overlay:
        """The object from a direction (degrees around y from +z, and up) as a square that holds its sphere."""
        step, tilt, size = next(row[1:] for row in _DETAIL if pixels <= row[0])
        key = (round(round(azimuth / step) * step) % 360, round(max(-80.0, min(80.0, elevation)) / tilt) * tilt, size)
        view = self._views.pop(key, None)
        if view is None:
            view = self.drawn(key[0], key[1], size)
            if len(self._views) >= _KEPT:
                self._views.popitem(last=False)
        self._views[key] = view
        return view

    def drawn(self, azimuth: float, elevation: float, size: int) -> Overlay:
        a, e = np.radians(azimuth), np.radians(elevation)
        eye = np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])
        right = np.array([np.cos(a), 0.0, -np.sin(a)])
        up = np.cross(eye, right)
        away = 4.5
        points = self._corners @ np.stack([right, up, eye]).T
        depth = away - points[..., 2]
        big = int(size * (2 if size <= 128 else 1.5)) // 2 * 2
        # The sphere's outline seen from `away` radii is a little larger than its radius.
        scale = big / 2 * np.sqrt(away**2 - 1)
        x, y = big / 2 + points[..., 0] / depth * scale, big / 2 - points[..., 1] / depth * scale
        pixel, face, weights = _visible(x, y, depth, big)
        normals = (self._normals[face] * weights[:, :, None]).sum(axis=1)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
        # A face seen from behind is lit as if it were the front: open shapes have insides.
        behind = (normals @ eye) < -0.2
        normals[behind] *= -1
        colours = _shaded(normals, self._colours[face], self._glows[face], eye, right, up)
        canvas = np.zeros((big * big, 4), np.float32)
        canvas[pixel, :3], canvas[pixel, 3] = colours, 255
        small = cv2.resize(canvas.reshape(big, big, 4), (size, size), interpolation=cv2.INTER_AREA)
        alpha = small[..., 3]
        # Shrinking has mixed the edges with black; dividing by the coverage brings their colour back.
        rgb = np.minimum(small[..., :3] * (255 / np.maximum(alpha, 1))[..., None], 255).astype(np.uint8)
        spread = cv2.dilate(rgb, np.ones((3, 3), np.uint8))
        return Overlay(np.where(alpha[..., None] > 0, rgb, spread), alpha.astype(np.uint8))


def _visible(x: Floats, y: Floats, depth: Floats, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Covered pixels, the face that is nearest in each, and the weights of its corners there."""
    area = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])
    left, top = (
        np.floor(x.min(axis=1)).astype(np.int64).clip(0, size - 1),
        np.floor(y.min(axis=1)).astype(np.int64).clip(0, size - 1),
    )
    wide = np.ceil(x.max(axis=1)).astype(np.int64).clip(0, size - 1) - left + 1
    tall = np.ceil(y.max(axis=1)).astype(np.int64).clip(0, size - 1) - top + 1
    # y runs down, so faces that are seen from the front turn the other way round: their area is below zero.
    kept = np.flatnonzero(area < -1e-9)
    counts = (wide * tall)[kept]
    face = np.repeat(kept, counts)
    nth = np.arange(len(face)) - np.repeat(np.cumsum(counts) - counts, counts)
    px, py = left[face] + nth % wide[face], top[face] + nth // wide[face]
    edges = []
    for a, b in ((1, 2), (2, 0)):
        run, rise = (
            (x[:, b] - x[:, a]) / np.where(area == 0, 1, area),
            (y[:, b] - y[:, a]) / np.where(area == 0, 1, area),
        )
        start = -rise * x[:, a] * -1 - run * y[:, a]
        edges.append((run[face] * (py + 0.5) - rise[face] * (px + 0.5) + start[face]).astype(np.float32))
    first, second = edges
    third = 1 - first - second
    inside = np.flatnonzero((first >= -1e-4) & (second >= -1e-4) & (third >= -1e-4))
    face, pixel = face[inside], (py * size + px)[inside]
    weights = np.stack([first[inside], second[inside], third[inside]], axis=1)
    far_first = np.argsort(-(weights * depth[face]).sum(axis=1), kind="stable")
    winner = np.full(size * size, -1, np.int64)
    winner[pixel[far_first]] = far_first
    shown = winner[winner >= 0]
    return pixel[shown], face[shown], weights[shown]


def _shaded(normals: Floats, colours: Floats, glows: Floats, eye: Floats, right: Floats, up: Floats) -> Floats:
    """Light from the upper left of the viewer, a cool one from behind, sky and floor; RGB from 0 to 255."""
    key = eye * 0.55 + up * 0.65 - right * 0.5
    rim = -eye * 0.5 + up * 0.35 + right * 0.8
    key, rim = key / np.linalg.norm(key), rim / np.linalg.norm(rim)
    lit = np.clip(normals @ key, 0, 1)
    half = key + eye
    gloss = np.clip(normals @ (half / np.linalg.norm(half)), 0, 1) ** 24
    edge = np.clip(normals @ rim, 0, 1) ** 2
    sky = 0.34 + 0.16 * normals[:, 1]
    light = colours * (sky + 0.72 * lit)[:, None] + (0.3 * gloss + 0.1 * edge)[:, None] * np.array([1.0, 1.0, 1.05])
    return np.clip(np.where(glows.any(axis=1, keepdims=True), np.maximum(light, glows), light), 0, 1) * 255


def _colours(mesh: Any) -> tuple[Floats, Floats]:
    """Each face's colour and glow as seen on screen (sRGB, 0 to 1)."""
    count = len(mesh.faces)
    base, glow = np.full((count, 3), 0.75), np.zeros((count, 3))
    material = getattr(mesh.visual, "material", None)
    if material is None:
        if mesh.visual.kind in ("vertex", "face"):
            base = np.asarray(mesh.visual.face_colors, np.float64)[:, :3] / 255
        return base, glow
    factor = getattr(material, "baseColorFactor", None)
    tint = (
        np.ones(3)
        if factor is None
        else _screen(np.asarray(factor, np.float64)[:3] / (255 if np.asarray(factor).dtype == np.uint8 else 1))
    )
    texture, uv = (
        getattr(material, "baseColorTexture", None) or getattr(material, "image", None),
        getattr(mesh.visual, "uv", None),
    )
    if texture is not None and uv is not None:
        pixels = np.asarray(texture.convert("RGB"), np.float64) / 255
        middle = np.asarray(uv)[mesh.faces].mean(axis=1) % 1.0
        rows = ((1 - middle[:, 1]) * (pixels.shape[0] - 1)).astype(int)
        base = pixels[rows, (middle[:, 0] * (pixels.shape[1] - 1)).astype(int)] * tint
    elif factor is not None:
        base = np.broadcast_to(tint, (count, 3)).copy()
    emissive = getattr(material, "emissiveFactor", None)
    if emissive is not None and np.any(np.asarray(emissive)):
        glow = np.broadcast_to(_screen(np.asarray(emissive, np.float64)[:3]), (count, 3)).copy()
    return base, glow


def _screen(linear: Floats) -> Floats:
    """Linear light to sRGB (IEC 61966-2-1)."""
    c = np.clip(linear, 0, 1)
    return np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)
