"""3D models: what is in them, and the surfaces that their picture is drawn from."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from spatialnb.errors import Unsupported
from spatialnb.library import gltf
from spatialnb.library.kinds import Kind
from spatialnb.library.shading import Surface
from spatialnb.library.sidefiles import within
from spatialnb.models.asset import Facts

if TYPE_CHECKING:
    import trimesh

_CLAY = (0.74, 0.73, 0.71, 1.0)
"""Colour of a model that brings none."""
_MAX_TEXTURE = 8192 * 8192


@dataclass(frozen=True)
class Model:
    """Facts, the self-contained GLB, and the surfaces in the model's own coordinates."""

    facts: Facts
    glb: bytes
    surfaces: tuple[Surface, ...]
    title: str


def probe_model(path: Path, kind: Kind) -> Model:
    """Read a glTF, GLB, OBJ or STL. Raises `Unsupported` for what is broken or empty."""
    if kind.format in ("gltf", "glb"):
        glb, document = gltf.packed(path)
        scene = _loaded(glb, "glb", path.parent)
        animations = len(document.get("animations", []) or [])
        title = str(
            next((s.get("name", "") for s in document.get("scenes", []) or [] if isinstance(s, dict)), "") or ""
        )
    else:
        scene = _loaded(path.read_bytes(), kind.format, path.parent)
        _paint_bare(scene)
        glb, animations, title = bytes(cast(bytes, scene.export(file_type="glb"))), 0, ""
    surfaces = tuple(surface for surface in _surfaces(scene) if len(surface.faces))
    if not surfaces:
        raise Unsupported("The model has no surfaces to show; it is empty or holds only points or lines.")
    corners = np.concatenate([surface.vertices for surface in surfaces])
    if not np.isfinite(corners).all():
        raise Unsupported("The model has corners at infinity; export it again.")
    width, height, depth = (round(float(side), 6) for side in np.ptp(corners, axis=0))
    facts = Facts(
        vertices=len(corners),
        faces=sum(len(surface.faces) for surface in surfaces),
        extent=(width, height, depth),
        animations=animations,
    )
    return Model(facts, glb, surfaces, title)


def _loaded(data: bytes, format_name: str, folder: Path) -> trimesh.Scene:
    import trimesh

    try:
        return trimesh.load_scene(io.BytesIO(data), file_type=format_name, resolver=_beside(folder))
    except Exception as error:
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise Unsupported(f"The 3D model is broken or was cut short; export it again ({reason}).") from error


def _beside(folder: Path) -> Any:
    """A resolver that finds files in `folder` and under it, and nothing else."""
    from trimesh.resolvers import Resolver

    class Beside(Resolver):
        def __init__(self) -> None:
            pass

        def get(self, key: str) -> bytes:
            file = within(key.strip(), folder)
            if file is None or not file.is_file():
                raise FileNotFoundError(key)
            return file.read_bytes()

        def write(self, name: str, data: Any) -> None:  # noqa: ARG002
            raise PermissionError(name)

        def namespaced(self, namespace: str) -> Any:
            inside = within(namespace, folder)
            return _beside(inside if inside is not None else folder)

        def keys(self) -> list[str]:
            return []

    return Beside()


def _paint_bare(scene: trimesh.Scene) -> None:
    """Give clay to what has no colour of its own, so that the GLB looks as its thumbnail."""
    import trimesh
    from trimesh.visual import TextureVisuals
    from trimesh.visual.material import PBRMaterial

    for mesh in scene.geometry.values():
        visual = getattr(mesh, "visual", None)
        if isinstance(mesh, trimesh.Trimesh) and (visual is None or not getattr(visual, "defined", False)):
            material = PBRMaterial(
                name="clay", baseColorFactor=[round(c * 255) for c in _CLAY], metallicFactor=0.0, roughnessFactor=0.8
            )
            mesh.visual = TextureVisuals(material=material)


def _surfaces(scene: trimesh.Scene) -> list[Surface]:
    import trimesh

    found: list[Surface] = []
    for node in sorted(scene.graph.nodes_geometry):
        pose, name = scene.graph[node]
        mesh = scene.geometry.get(name)
        if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
            continue
        vertices = np.asarray(mesh.vertices, float) @ pose[:3, :3].T + pose[:3, 3]
        colour, corner_colours, uv, texture = _paint(mesh)
        found.append(Surface(vertices, np.asarray(mesh.faces), colour, corner_colours, uv, texture))
    return found


def _paint(mesh: trimesh.Trimesh) -> tuple[Any, Any, Any, Any]:
    """Plain colour (0 to 1), colours of the vertices, texture coordinates and texture; None where there is none."""
    visual: Any = mesh.visual
    material = getattr(visual, "material", None)
    if material is None:
        own = getattr(visual, "vertex_colors", None) if getattr(visual, "defined", False) else None
        colours = np.asarray(own, np.float32)[:, :3] / 255 if own is not None else None
        return (_CLAY if colours is None else (1.0, 1.0, 1.0, 1.0)), colours, None, None
    factor = getattr(material, "baseColorFactor", None)
    factor = getattr(material, "diffuse", None) if factor is None else factor
    colour = np.asarray(_CLAY if factor is None else np.asarray(factor, float) / 255)
    picture = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    uv = getattr(visual, "uv", None)
    if (
        picture is None
        or uv is None
        or len(uv) != len(mesh.vertices)
        or picture.size[0] * picture.size[1] > _MAX_TEXTURE
    ):
        return tuple(colour), None, None, None
    plain = (1.0, 1.0, 1.0, 1.0) if factor is None else tuple(colour)
    small = picture.copy()
    small.thumbnail((512, 512))
    return plain, None, np.asarray(uv, np.float32), np.asarray(small.convert("RGB"), np.float32) / 255
