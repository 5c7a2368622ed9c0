"""The same layout as a pythreejs scene, for notebooks that are built on pythreejs already."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from spatialnb.errors import NotFound
from spatialnb.models.project import Project
from spatialnb.models.protocol import SceneItem
from spatialnb.models.scene import scene_of

LIMIT = 400
"""Items that become meshes of their own; pythreejs sends each by itself and slows down beyond."""
BLANK = "#9aa0a6"


class _Media(Protocol):
    def path(self, hash: str, /) -> Path: ...
    def mime(self, hash: str, /) -> str: ...


def pythreejs_scene(project: Project, media: _Media) -> Any:
    """A `pythreejs.Scene` with a mesh for each visible item, at the positions (metres) and angles of the space.

    Pictures and posters are textured planes, other things boxes of their size and labels sprites. An item is found by
    its id, which is the mesh's `name`. At most `LIMIT` items are taken, in the order of placement.
    """
    # Loaded by name: its declarations say int where it takes any number.
    three: Any = import_module("pythreejs")
    shown = [item for item in scene_of(project).items if not item.hidden][:LIMIT]
    children = [BUILDERS.get(item.kind, _box)(three, item, media) for item in shown]
    lights = [three.AmbientLight(intensity=0.8), three.DirectionalLight(position=[3, 5, 4], intensity=0.5)]
    return three.Scene(children=[*children, *lights], background="#f4f5f7")


def _placed(item: SceneItem) -> dict[str, Any]:
    x, y, z = (math.radians(angle) for angle in item.rotation)
    return {"name": item.id, "position": item.position, "rotation": [x, y, z, "XYZ"]}


def _panel(three: Any, item: SceneItem, media: _Media) -> Any:
    width, height, _ = item.size
    picture = _data_uri(media, item.media.picture or item.media.thumbnail)
    look = {"map": three.ImageTexture(imageUri=picture)} if picture else {"color": BLANK}
    material = three.MeshBasicMaterial(side="DoubleSide", transparent=True, **look)
    return three.Mesh(three.PlaneBufferGeometry(width=width, height=height), material, **_placed(item))


def _box(three: Any, item: SceneItem, media: _Media) -> Any:  # noqa: ARG001 - every builder is called alike
    width, height, depth = item.size
    material = three.MeshLambertMaterial(color=item.colour or BLANK)
    return three.Mesh(three.BoxBufferGeometry(width=width, height=height, depth=depth), material, **_placed(item))


def _label(three: Any, item: SceneItem, media: _Media) -> Any:  # noqa: ARG001
    texture = three.TextTexture(string=item.text or item.name, color=item.colour or "#202124", squareTexture=False)
    width, height, _ = item.size
    sprite = three.SpriteMaterial(map=texture, transparent=True)
    return three.Sprite(sprite, name=item.id, position=item.position, scale=[width, height, 1])


def _data_uri(media: _Media, hash: str | None) -> str:
    if hash is None:
        return ""
    try:
        data = media.path(hash).read_bytes()
    except (NotFound, OSError):
        return ""
    return f"data:{media.mime(hash)};base64,{base64.b64encode(data).decode()}"


BUILDERS: dict[str, Callable[[Any, SceneItem, _Media], Any]] = {
    "image": _panel,
    "video": _panel,
    "audio": _panel,
    "text": _panel,
    "label": _label,
}
