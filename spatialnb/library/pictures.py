"""Pixels and WebP: the few steps that every kind of asset needs to make its pictures."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from spatialnb.library.examined import Pixels
from spatialnb.models.asset import Rendition

if TYPE_CHECKING:
    from spatialnb.library.storage import MediaStore

THUMBNAIL = 256
TEXTURE = 2048
TILE = 64
TILE_NOTE = "tile64"
"""Derived data of a thumbnail: `TILE` x `TILE` x 3 or 4 raw bytes, the picture squashed to a square."""


def shrunk(pixels: Pixels, longest: int) -> Pixels:
    """The picture with its long edge at most `longest`, averaged over areas; never enlarged."""
    import cv2

    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if pixels.shape[2] == 3:
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    # Colours under transparent pixels must not bleed into what is seen.
    alpha = pixels[..., 3:].astype(np.float32) / 255
    blended = cv2.resize(np.concatenate([pixels[..., :3] * alpha, alpha], axis=2), size, interpolation=cv2.INTER_AREA)
    colour = blended[..., :3] / np.maximum(blended[..., 3:], 1e-6)
    return np.concatenate([colour, blended[..., 3:] * 255], axis=2).round().clip(0, 255).astype(np.uint8)


def webp(pixels: Pixels, quality: int = 80) -> bytes:
    """The picture as WebP, fastest method."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "WEBP", quality=quality, method=0)
    return out.getvalue()


def put_picture(media: MediaStore, pixels: Pixels, longest: int, quality: int = 80) -> Rendition:
    """Keep the picture as WebP, at most `longest` pixels."""
    small = shrunk(pixels, longest)
    data = webp(small, quality)
    return Rendition(
        hash=media.put(data, "image/webp"),
        mime="image/webp",
        bytes=len(data),
        width=small.shape[1],
        height=small.shape[0],
    )


def put_thumbnail(media: MediaStore, pixels: Pixels) -> Rendition:
    """Keep the thumbnail, and beside it the tile that the atlas packs."""
    small = shrunk(pixels, THUMBNAIL)
    rendition = put_picture(media, small, THUMBNAIL)
    media.note(rendition.hash, TILE_NOTE, tile(small).tobytes())
    return rendition


def tile(pixels: Pixels) -> Pixels:
    """The whole picture squashed to a square of `TILE` pixels; panels stretch it back to its own shape."""
    import cv2

    return np.asarray(cv2.resize(shrunk(pixels, THUMBNAIL), (TILE, TILE), interpolation=cv2.INTER_AREA), np.uint8)


def over(pixels: Pixels, ground: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
    """An RGBA picture laid over a plain ground; an RGB picture as it is."""
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.float32) / 255
    return (pixels[..., :3] * alpha + np.asarray(ground, np.float32) * (1 - alpha)).round().astype(np.uint8)
