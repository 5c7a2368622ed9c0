"""Which content types a browser may be given as they are. Anything that could run as a document is not among them."""

from __future__ import annotations

from typing import NamedTuple

SHOWN = frozenset(
    {
        "image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "image/bmp", "image/tiff",
        "video/mp4", "video/webm", "video/ogg", "video/quicktime", "video/x-matroska", "video/mpeg",
        "audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/wav", "audio/x-wav", "audio/flac", "audio/x-flac",
        "audio/webm", "audio/opus", "audio/x-m4a",
        "model/gltf-binary",
    }
)  # fmt: skip
"""Pictures, films, sounds and binary glTF: formats with no scripts in them."""

_WORDS = ("text/", "image/svg", "application/json", "application/xml", "application/xhtml", "model/gltf+json")


class Delivery(NamedTuple):
    """How a file is handed out."""

    content_type: str
    attachment: bool


def delivery_of(mime: str) -> Delivery:
    """Pictures, sounds, films and GLB as what they are; all else to be saved, text of any kind as plain text."""
    kind = mime.partition(";")[0].strip().lower()
    if kind in SHOWN:
        return Delivery(kind, attachment=False)
    if kind.startswith(_WORDS) or kind.endswith(("+xml", "+json")):
        return Delivery("text/plain; charset=utf-8", attachment=True)
    return Delivery("application/octet-stream", attachment=True)
