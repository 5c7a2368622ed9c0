"""Images: open within bounds, upright, in 8-bit sRGB, no larger than is needed."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

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
            turned = int(image.getexif().get(_ORIENTATION, 1) or 1)
            width, height = image.size if turned not in (5, 6, 7, 8) else image.size[::-1]
            frames = int(getattr(image, "n_frames", 1))
            profile = image.info.get("icc_profile")
            pixels = _plain_jpeg(image, file, profile, longest) if kind.format == "jpeg" else None
            if pixels is None:
                if kind.format == "jpeg":
                    factor = _reduction(image, longest)
                    image.draft(None, (image.size[0] // factor, image.size[1] // factor))
                image.load()
                pixels = _eight_bit(image, profile)
    except Unsupported:
        raise
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, OverflowError, RuntimeError) as error:
        raise Unsupported(f"The picture is broken or was cut short ({_brief(error)}).") from error
    upright = np.ascontiguousarray(_UPRIGHT.get(turned, _as_it_is)(pixels))
    return Opened(upright, width, height, frames, pixels.shape[2] == 4, said)


def _as_it_is(pixels: Pixels) -> Pixels:
    return pixels


_UPRIGHT: dict[int, Callable[[Pixels], Pixels]] = {
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).transpose(1, 0, 2),
    8: lambda pixels: np.rot90(pixels, 1),
}
"""What undoes the EXIF orientations (EXIF 2.32, tag 0x0112)."""


def _plain_jpeg(image: Image.Image, file: BinaryIO, profile: bytes | None, longest: int) -> Pixels | None:
    """A whole sRGB JPEG through OpenCV, which writes straight into an array and takes half the time Pillow takes.

    None for any other, and for one that does not end as a whole one must: OpenCV would fill what is missing with grey.
    """
    import cv2

    if image.mode != "RGB" or (profile and not _is_srgb(profile)):
        return None
    file.seek(0)
    data = file.read()
    if not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        return None
    flags = {
        1: cv2.IMREAD_COLOR,
        2: cv2.IMREAD_REDUCED_COLOR_2,
        4: cv2.IMREAD_REDUCED_COLOR_4,
        8: cv2.IMREAD_REDUCED_COLOR_8,
    }[_reduction(image, longest)]
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if pixels is None else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)


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


def _reduction(image: Image.Image, longest: int) -> int:
    """By how much a JPEG may be reduced while it is unpacked, so that three quarters of what is wanted stay."""
    return next((factor for factor in (8, 4, 2) if max(image.size) // factor >= longest * 3 // 4), 1)


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
        if _is_srgb(profile) or image.mode not in ("RGB", "RGBA", "CMYK"):
            return image
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        wanted = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=wanted)
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A broken profile leaves the colours as they are written.
        return image
    return converted if converted is not None else image


def _is_srgb(profile: bytes) -> bool:
    from PIL import ImageCms

    try:
        return "srgb" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).lower()
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False


def _brief(error: BaseException) -> str:
    words = " ".join(str(error).split())
    return (words[:80] or type(error).__name__).rstrip(".")
