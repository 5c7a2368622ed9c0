"""The asset layer: one file or generated work, what is known of it, and its renditions ready for a 3D space."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import Field

from spatialnb.models.base import Frozen, FrozenDict, FrozenMap
from spatialnb.models.geometry import Vec3

AssetKind: TypeAlias = Literal["image", "video", "audio", "model", "text"]
RenditionRole: TypeAlias = Literal["thumbnail", "texture", "poster", "proxy", "waveform", "mesh"]
"""thumbnail: WebP, 256 px long edge at most. texture: WebP, 2048 px at most. poster: WebP frame of a video.
proxy: MP4 (H.264, 720 px high at most) or, for audio, M4A. waveform: WebP picture. mesh: GLB."""


class Rendition(Frozen):
    """A file derived from an asset, kept in the media store under its own hash."""

    hash: str
    mime: str
    bytes: int = Field(ge=0)
    width: int | None = None
    height: int | None = None


class Colour(Frozen):
    """One of an asset's leading colours: a basic colour name, `#rrggbb`, and the share of pixels (0 to 1)."""

    name: str
    hex: str = Field(pattern=r"^#[0-9a-f]{6}$")
    share: float = Field(ge=0, le=1)


class Facts(Frozen):
    """What was measured in the file. None where it does not apply."""

    width: int | None = None
    height: int | None = None
    duration: float | None = None
    """Seconds."""
    frame_rate: float | None = None
    frames: int | None = None
    has_audio: bool | None = None
    sample_rate: int | None = None
    channels: int | None = None
    loudness: float | None = None
    """Integrated loudness, LUFS (ITU-R BS.1770)."""
    tempo: float | None = None
    """Beats per minute."""
    vertices: int | None = None
    faces: int | None = None
    extent: Vec3 | None = None
    """Bounding box of a 3D model in the file's own units, y up."""
    animations: int | None = None
    words: int | None = None
    characters: int | None = None
    brightness: float | None = None
    """Mean relative luminance, 0 to 1."""
    sharpness: float | None = None
    """Variance of the Laplacian of the 8-bit grey picture."""
    transparent: bool | None = None


class Asset(Frozen):
    """One image, video, sound, 3D model or text. `id` is derived from the content, so the same bytes are one asset."""

    id: str
    name: str
    kind: AssetKind
    hash: str
    """SHA-256 of the original's bytes; the original is kept in the media store under it."""
    mime: str
    bytes: int = Field(ge=0)
    facts: Facts = Facts()
    labels: tuple[str, ...] = ()
    """Lower case words that say what it is, most telling first."""
    colours: tuple[Colour, ...] = ()
    created: datetime | None = None
    """When it was taken or made, from embedded metadata or else the file's own date."""
    text: str = ""
    """Text assets: their text. Others: title, caption or description found inside the file."""
    source: str = ""
    """File name it came from, relative to the folder that was ingested; never an absolute path."""
    origin: str = ""
    """The operation that generated it, or empty for a file."""
    licence: str = ""
    renditions: FrozenMap[RenditionRole, Rendition] = FrozenDict()

    def rendition(self, *roles: RenditionRole) -> Rendition | None:
        """The first of `roles` that this asset has."""
        return next((self.renditions[role] for role in roles if role in self.renditions), None)
