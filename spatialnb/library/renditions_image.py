"""Images: the picture at the size a space needs, and its thumbnail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spatialnb.library.examined import Examined, Source
from spatialnb.library.looks import brightness, sharpness
from spatialnb.library.pictures import TEXTURE, THUMBNAIL, over, put_picture, put_thumbnail, shrunk
from spatialnb.library.probe_image import open_image
from spatialnb.models.asset import Facts

if TYPE_CHECKING:
    from spatialnb.library.storage import MediaStore


def examine_image(source: Source, media: MediaStore) -> Examined:
    """Facts and renditions of one image: `texture` and `thumbnail`, upright."""
    opened = open_image(source.path, source.kind)
    texture = shrunk(opened.pixels, TEXTURE)
    small = shrunk(texture, THUMBNAIL)
    seen = over(small)
    facts = Facts(
        width=opened.width,
        height=opened.height,
        frames=opened.frames if opened.frames > 1 else None,
        brightness=brightness(seen),
        sharpness=sharpness(over(texture)),
        transparent=opened.transparent,
    )
    return Examined(
        facts=facts,
        embedded=opened.embedded,
        renditions={"thumbnail": put_thumbnail(media, small), "texture": put_picture(media, texture, TEXTURE)},
        look=small,
        traits=("animated",) if opened.frames > 1 else (),
    )
