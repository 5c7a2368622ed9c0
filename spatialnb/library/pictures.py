"""Pixels and WebP: the few steps that every kind of asset needs to make its pictures."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spatialnb.library.examined import Pixels
from spatialnb.models.asset import Rendition

if TYPE_CHECKING:
    from spatialnb.library.storage import MediaStore

THUMBNAIL = 256
TEXTURE = 2048
TILE = 64
QUALITY = 75
TILE_NOTE = "tile64"
"""Derived data of a thumbnail: `TILE` x `TILE` x 3 or 4 raw bytes, the picture squashed to a square."""


def shrunk(pixels: Pixels, longest: int) -> Pixels:
    """The picture with its long edge at most `longest`, averaged over areas; never enlarged."""
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if pixels.shape[2] == 3:
        # Halving first is the same average, and many times faster than one step.
        return _resized(halved(pixels, 2 * longest), size)
    # Colours under transparent pixels must not bleed into what is seen.
    alpha = pixels[..., 3:].astype(np.float32) / 255
    blended = _resized(np.concatenate([pixels[..., :3] * alpha, alpha], axis=2), size)
    colour = blended[..., :3] / np.maximum(blended[..., 3:], 1e-6)
    return np.concatenate([colour, blended[..., 3:] * 255], axis=2).round().clip(0, 255).astype(np.uint8)


def halved(pixels: Pixels, longest: int) -> Pixels:
    """The picture halved until its long edge is at most `longest`. Odd last rows and columns are left out."""
    while max(pixels.shape[:2]) > longest and min(pixels.shape[:2]) > 1:
        height, width = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
        pixels = _resized(pixels[:height, :width], (width // 2, height // 2))
    return pixels


def _resized(pixels: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    import cv2

    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), pixels.dtype)


def webp(pixels: Pixels, quality: int = QUALITY) -> bytes:
    """The picture as WebP, fastest method, with alpha where it has any."""
    return (
        _opaque_webp(pixels, quality)
        if pixels.shape[2] == 3 and min(pixels.shape[:2]) > 1
        else _any_webp(pixels, quality)
    )


def _opaque_webp(pixels: Pixels, quality: int) -> bytes:
    """Through FFmpeg's encoder, which takes planes: OpenCV makes them in a hundredth of the time Pillow's way takes."""
    import av
    import cv2

    height, width = pixels.shape[:2]
    # Chroma has half the resolution: odd sizes get one more row or column, and say their true size to the encoder.
    even = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), "edge") if height % 2 or width % 2 else pixels
    planes = np.asarray(cv2.cvtColor(even, cv2.COLOR_RGB2YUV_I420), np.uint8)
    frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
    if even is not pixels:
        cropped = av.VideoFrame(width, height, "yuv420p")
        _copy_planes(planes, even.shape[1], even.shape[0], cropped)
        frame = cropped
    encoder = av.CodecContext.create("libwebp", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.thread_count = Fraction(1, 25), 1
    encoder.options = {"quality": str(quality), "compression_level": "0"}
    return b"".join(bytes(packet) for part in (frame, None) for packet in encoder.encode(part))


def _copy_planes(planes: NDArray[Any], width: int, height: int, frame: Any) -> None:
    """The three planes of an even picture into a frame that is a row or a column smaller."""
    flat = planes.reshape(-1)
    start = 0
    for plane, (columns, rows) in zip(
        frame.planes, ((width, height), (width // 2, height // 2), (width // 2, height // 2)), strict=True
    ):
        source = flat[start : start + columns * rows].reshape(rows, columns)
        target = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        target[: plane.height, : plane.width] = source[: plane.height, : plane.width]
        start += columns * rows


def _any_webp(pixels: Pixels, quality: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "WEBP", quality=quality, method=0)
    return out.getvalue()


def put_picture(media: MediaStore, pixels: Pixels, longest: int, quality: int = QUALITY) -> Rendition:
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
    return _resized(shrunk(pixels, THUMBNAIL), (TILE, TILE))


def over(pixels: Pixels, ground: tuple[int, int, int] = (255, 255, 255)) -> Pixels:
    """An RGBA picture laid over a plain ground; an RGB picture as it is."""
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.float32) / 255
    return (pixels[..., :3] * alpha + np.asarray(ground, np.float32) * (1 - alpha)).round().astype(np.uint8)
