"""Images: open within bounds, upright, in 8-bit sRGB, no larger than is needed."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from spatialnb.errors import Unsupported
from spatialnb.library.examined import Embedded, Pixels
from spatialnb.library.kinds import Kind
from spatialnb.library.metadata import embedded
from spatialnb.library.pictures import TEXTURE

MAX_PIXELS = 100_000_000
"""Larger pictures are not unpacked: a file of a few kilobytes can claim any size."""
MAX_JPEG_PIXELS = 260_000_000
"""JPEG is unpacked at a fraction of its size, so more is safe."""
_ORIENTATION = 0x0112
_READERS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")


@dataclass(frozen=True)
class Opened:
    """A picture as it is meant to be seen. `width` and `height` are of the original, upright."""

    pixels: Pixels
    width: int
    height: int
    frames: int
    transparent: bool
    embedded: Embedded


def open_image(path: Path, kind: Kind, longest: int = TEXTURE) -> Opened:
    """Read the picture with its long edge reduced towards `longest` where the format can do that while unpacking.

    Raises `Unsupported` for pictures that are too large or broken.
    """
    try:
        with path.open("rb") as file:
            image = _reader(kind.format.upper())(file, str(path))
            _check_size(image, kind)
            said = embedded(image)
            turned = image.getexif().get(_ORIENTATION, 1)
            width, height = image.size if turned not in (5, 6, 7, 8) else image.size[::-1]
            frames = int(getattr(image, "n_frames", 1))
            if kind.format == "jpeg":
                _reduce(image, longest)
            image.load()
            upright = ImageOps.exif_transpose(image) if turned != 1 else image
            pixels = _eight_bit(upright, image.info.get("icc_profile"))
    except Unsupported:
        raise
    except (
        OSError,
        SyntaxError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        EOFError,
        OverflowError,
        RuntimeError,
    ) as error:
        raise Unsupported(f"The picture is broken or was cut short ({_brief(error)}).") from error
    seen_through = pixels.shape[2] == 4
    return Opened(pixels, width, height, frames, seen_through, said)


def _reader(format_name: str) -> Callable[[Any, str], Image.Image]:
    """Pillow's reader for exactly this format, so that no other parser is tried on the bytes."""
    Image.init()
    if format_name not in _READERS or format_name not in Image.OPEN:
        raise Unsupported(f"{format_name} pictures cannot be read on this machine; save it as JPEG or PNG.")
    return Image.OPEN[format_name][0]  # pyright: ignore[reportReturnType]


def _check_size(image: Image.Image, kind: Kind) -> None:
    width, height = image.size
    most = MAX_JPEG_PIXELS if kind.format == "jpeg" else MAX_PIXELS
    if width * height > most:
        raise Unsupported(
            f"The picture says it is {width} x {height} pixels, more than the {most // 1_000_000} million that "
            "are safe to unpack; make it smaller."
        )
    if width < 1 or height < 1:
        raise Unsupported("The picture has no pixels.")


def _reduce(image: Image.Image, longest: int) -> None:
    """Let the JPEG decoder drop to 1/2, 1/4 or 1/8, as long as three quarters of what is wanted stay."""
    for factor in (8, 4, 2):
        if max(image.size) // factor >= longest * 3 // 4:
            image.draft(None, (image.size[0] // factor, image.size[1] // factor))
            return


def _eight_bit(image: Image.Image, profile: bytes | None) -> Pixels:
    """RGB or, where some pixel is not opaque, RGBA."""
    if image.mode in ("I", "F", "I;16", "I;16B", "I;16L", "I;16N"):
        values = np.asarray(image).astype(np.float32)
        low, high = (0.0, 65535.0) if image.mode.startswith("I;16") else (float(values.min()), float(values.max()))
        grey = ((values - low) / max(high - low, 1e-6) * 255).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    clear = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if clear else "RGB"
    colour = _to_srgb(image, profile) if profile else image
    pixels = np.asarray(colour if colour.mode == mode else colour.convert(mode))
    return np.ascontiguousarray(pixels[..., :3]) if clear and int(pixels[..., 3].min()) == 255 else pixels


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Pictures in other colour spaces (Display P3, Adobe RGB, CMYK) look as they should when shown as sRGB."""
    from PIL import ImageCms

    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(own)
        if "srgb" in name.lower() or image.mode not in ("RGB", "RGBA", "CMYK"):
            return image
        wanted = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=wanted)
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A broken profile leaves the colours as they are written.
        return image
    return converted if converted is not None else image


def _brief(error: BaseException) -> str:
    words = " ".join(str(error).split())
    return (words[:80] or type(error).__name__).rstrip(".")
