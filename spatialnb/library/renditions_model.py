"""3D models: one self-contained GLB, and a thumbnail drawn without a graphics card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spatialnb.library.examined import Embedded, Examined, Source
from spatialnb.library.pictures import THUMBNAIL, put_thumbnail
from spatialnb.library.probe_model import probe_model
from spatialnb.library.shading import shaded
from spatialnb.models.asset import Rendition

if TYPE_CHECKING:
    from spatialnb.library.storage import MediaStore

_MIME = "model/gltf-binary"
_NO_TITLE = frozenset(
    ("scene", "scenes", "auxscene", "root", "world", "untitled", "default", "osg_scene", "sketchfab_scene")
)


def examine_model(source: Source, media: MediaStore) -> Examined:
    """Facts and renditions of one 3D model: `mesh` and `thumbnail`."""
    model = probe_model(source.path, source.kind)
    picture, paint = shaded(model.surfaces, THUMBNAIL)
    mesh = Rendition(hash=media.put(model.glb, _MIME), mime=_MIME, bytes=len(model.glb))
    title = "" if model.title.strip().lower() in _NO_TITLE else model.title.strip()
    return Examined(
        facts=model.facts,
        embedded=Embedded(title=title),
        renditions={"thumbnail": put_thumbnail(media, picture), "mesh": mesh},
        look=paint,
        traits=("animated",) if model.facts.animations else (),
    )
