"""Writing 3D objects: parts with physically based materials, as one self-contained GLB (glTF 2.0)."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatialnb.make.painting.palettes import rgb

Points = NDArray[np.float32]
Faces = NDArray[np.uint32]


@dataclass(frozen=True)
class Material:
    """glTF's metallic-roughness material. Colours are `#rrggbb` as seen on screen (sRGB)."""

    name: str
    colour: str
    metallic: float = 0.0
    roughness: float = 0.6
    emits: str | None = None
    """Colour it shines with."""
    opacity: float = 1.0


@dataclass(frozen=True)
class Mesh:
    """Triangles with a normal at each corner point."""

    points: Points
    normals: Points
    faces: Faces

    def turned(self, rotation: ArrayLike = (0, 0, 0), at: ArrayLike = (0, 0, 0), scale: ArrayLike = (1, 1, 1)) -> Mesh:
        """Scaled, then turned by intrinsic XYZ degrees, then moved."""
        factor = np.asarray(scale, np.float64)
        turn = _matrix(np.asarray(rotation, np.float64))
        points = (self.points * factor) @ turn.T + np.asarray(at)
        normals = (self.normals / factor) @ turn.T
        normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
        return Mesh(points.astype(np.float32), normals.astype(np.float32), self.faces)


@dataclass
class Model:
    """Named parts in metres, y up, standing on y = 0."""

    name: str
    parts: list[tuple[str, Mesh, Material]] = field(default_factory=list)

    def add(self, name: str, mesh: Mesh, material: Material, **place: ArrayLike) -> None:
        self.parts.append((name, mesh.turned(**place) if place else mesh, material))

    def glb(self, description: str = "") -> bytes:
        """The model as a GLB file: one node and one mesh a part, no file beside it."""
        materials = list(dict.fromkeys(material for _, _, material in self.parts))
        buffer = bytearray()
        views: list[dict[str, object]] = []
        accessors: list[dict[str, object]] = []

        def store(array: NDArray[np.float32] | Faces, kind: str, component: int, target: int) -> int:
            views.append({"buffer": 0, "byteOffset": len(buffer), "byteLength": array.nbytes, "target": target})
            accessor: dict[str, object] = {
                "bufferView": len(views) - 1,
                "componentType": component,
                "count": array.size if kind == "SCALAR" else len(array),
                "type": kind,
            }
            if target == 34962:
                accessor |= {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()}
            accessors.append(accessor)
            buffer.extend(array.tobytes())
            return len(accessors) - 1

        meshes, nodes = [], []
        for name, mesh, material in self.parts:
            primitive = {
                "attributes": {
                    "POSITION": store(mesh.points.astype("<f4"), "VEC3", 5126, 34962),
                    "NORMAL": store(mesh.normals.astype("<f4"), "VEC3", 5126, 34962),
                },
                "indices": store(mesh.faces.astype("<u4").reshape(-1), "SCALAR", 5125, 34963),
                "material": materials.index(material),
            }
            meshes.append({"name": name, "primitives": [primitive]})
            nodes.append({"name": name, "mesh": len(meshes) - 1})
        nodes.append({"name": self.name, "children": list(range(len(meshes)))})
        document = {
            "asset": {
                "version": "2.0",
                "generator": "spatialnb",
                "copyright": "CC0-1.0",
                "extras": {"title": self.name, "description": description},
            },
            "scene": 0,
            "scenes": [{"name": self.name, "nodes": [len(nodes) - 1]}],
            "nodes": nodes,
            "meshes": meshes,
            "materials": [_material(m) for m in materials],
            "accessors": accessors,
            "bufferViews": views,
            "buffers": [{"byteLength": len(buffer)}],
        }
        text = json.dumps(document, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        buffer.extend(b"\0" * (-len(buffer) % 4))
        total = 12 + 8 + len(text) + 8 + len(buffer)
        return b"".join(
            [
                struct.pack("<4sII", b"glTF", 2, total),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", len(buffer), b"BIN\0"),
                bytes(buffer),
            ]
        )


def _material(material: Material) -> dict[str, object]:
    made: dict[str, object] = {
        "name": material.name,
        "pbrMetallicRoughness": {
            "baseColorFactor": [*_linear(material.colour), material.opacity],
            "metallicFactor": material.metallic,
            "roughnessFactor": material.roughness,
        },
    }
    if material.emits:
        made["emissiveFactor"] = _linear(material.emits)
    if material.opacity < 1:
        made |= {"alphaMode": "BLEND", "doubleSided": True}
    return made


def _linear(colour: str) -> list[float]:
    """sRGB to linear light (IEC 61966-2-1), as glTF wants its factors."""
    c = rgb(colour).astype(np.float64)
    return [round(float(v), 5) for v in np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)]


def _matrix(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    from spatialnb.models.geometry import matrix

    return np.array(matrix((float(rotation[0]), float(rotation[1]), float(rotation[2]))))


# -- shapes ----------------------------------------------------------------------------------------------------------
def lathe(profile: ArrayLike, segments: int = 40, smooth: bool = True) -> Mesh:
    """A solid of revolution around y. `profile`: (radius, y) from bottom to top; doubled points make a hard edge."""
    line = np.asarray(profile, np.float64)
    turn = np.linspace(0, 2 * np.pi, segments + 1)
    ring = np.stack([np.cos(turn), np.zeros_like(turn), np.sin(turn)], axis=1)
    points = line[:, None, :1] * ring[None] + np.array([0, 1, 0]) * line[:, None, 1:]
    step = np.diff(line, axis=0)
    slope = np.stack([step[:, 1], -step[:, 0]], axis=1)
    slope /= np.linalg.norm(slope, axis=1, keepdims=True) + 1e-12
    flat = np.linalg.norm(step, axis=1) < 1e-9
    normal = np.zeros((len(line), 2))
    for n in range(len(line)):
        sides = [slope[k] for k in (n - 1, n) if 0 <= k < len(slope) and not flat[k]]
        normal[n] = np.mean(sides, axis=0) if sides else (0, 1)
    normals = normal[:, None, :1] * ring[None] + np.array([0, 1, 0]) * normal[:, None, 1:]
    rows, columns = len(line), segments + 1
    faces = []
    for r in range(rows - 1):
        if flat[r]:
            continue
        a = np.arange(columns - 1) + r * columns
        faces += [np.stack([a, a + columns, a + 1], axis=1), np.stack([a + 1, a + columns, a + columns + 1], axis=1)]
    mesh = _mesh(points.reshape(-1, 3), normals.reshape(-1, 3), np.concatenate(faces))
    return mesh if smooth else faceted(mesh)


def ball(radius: float = 1.0, segments: int = 24, rings: int = 14) -> Mesh:
    angle = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    return lathe(np.stack([np.cos(angle) * radius, np.sin(angle) * radius], axis=1), segments)


def rod(radius: float, length: float, segments: int = 20, top: float | None = None, bevel: float = 0.15) -> Mesh:
    """An upright cylinder around the origin with rounded rims; `top` gives a cone."""
    end = radius if top is None else top
    half, edge = length / 2, min(radius, length / 2, max(end, 1e-4)) * bevel
    return lathe(
        _hard(
            [
                (0, -half),
                (radius - edge, -half),
                (radius, -half + edge),
                (end, half - edge),
                (max(end - edge, 0), half),
                (0, half),
            ],
            {1, 4},
        ),
        segments,
    )


def _hard(points: list[tuple[float, float]], edges: set[int]) -> list[tuple[float, float]]:
    return [point for n, point in enumerate(points) for _ in range(2 if n in edges else 1)]


def torus(radius: float, thickness: float, segments: int = 32, rings: int = 10) -> Mesh:
    angle = np.linspace(0, 2 * np.pi, rings + 1)
    return lathe(np.stack([radius + np.cos(angle) * thickness, np.sin(angle) * thickness], axis=1), segments)


def box(width: float, height: float, depth: float, bevel: float = 0.02, steps: int = 2) -> Mesh:
    """A box with rounded edges, around the origin: a cube grid pulled on to a rounded box."""
    n = 2 * steps + 1
    half = np.array([width, height, depth]) / 2
    bevel = min(bevel, float(half.min()) * 0.99)
    inner = half - bevel
    knots = np.concatenate([np.linspace(-1, 0, steps + 1), np.linspace(0, 1, steps + 1)])
    points, faces = [], []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for sign in (-1, 1):
            corner = np.zeros((len(knots), len(knots), 3))
            edge = np.zeros_like(corner)
            for k, i in ((u, 0), (v, 1)):
                side = np.concatenate([np.full(steps + 1, -1.0), np.full(steps + 1, 1.0)]) * inner[k]
                bend = np.tan(knots_to_angle(knots, steps))
                corner[..., k] = side[:, None] if i == 0 else side[None, :]
                edge[..., k] = bend[:, None] if i == 0 else bend[None, :]
            corner[..., axis], edge[..., axis] = sign * inner[axis], sign
            edge /= np.linalg.norm(edge, axis=2, keepdims=True)
            start = sum(len(p) for p in points)
            points.append(np.concatenate([(corner + edge * bevel).reshape(-1, 3), edge.reshape(-1, 3)], axis=1))
            size = len(knots)
            a = (np.arange(size - 1)[:, None] * size + np.arange(size - 1)[None]).reshape(-1) + start
            quads = (
                [(a, a + size, a + 1), (a + 1, a + size, a + size + 1)]
                if sign > 0
                else [(a, a + 1, a + size), (a + 1, a + size + 1, a + size)]
            )
            faces += [np.stack(q, axis=1) for q in quads]
    both = np.concatenate(points)
    assert len(knots) == n + 1
    return _mesh(both[:, :3], both[:, 3:], np.concatenate(faces))


def knots_to_angle(knots: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Angles of the rounded edge for one side of a box: from -45 degrees to 0, then from 0 to 45."""
    del steps
    return knots * (np.pi / 4)


def faceted(mesh: Mesh) -> Mesh:
    """The same shape with flat faces."""
    points = mesh.points[mesh.faces.reshape(-1)].reshape(-1, 3, 3)
    normal = np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    size = np.linalg.norm(normal, axis=1, keepdims=True)
    kept = size[:, 0] > 1e-10
    points, normal = points[kept], (normal / np.maximum(size, 1e-12))[kept]
    return _mesh(points.reshape(-1, 3), np.repeat(normal, 3, axis=0), np.arange(len(points) * 3).reshape(-1, 3))


def _mesh(points: ArrayLike, normals: ArrayLike, faces: ArrayLike) -> Mesh:
    spots = np.asarray(points, np.float32)
    triangles = np.asarray(faces, np.uint32)
    corners = spots[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return Mesh(spots, np.asarray(normals, np.float32), triangles[area > 1e-12])
