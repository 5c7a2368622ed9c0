"""What an item shows, as pixels: from its asset's renditions, drawn letters, or a card that says what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spatialnb.errors import NotFound
from spatialnb.models.asset import Asset, RenditionRole
from spatialnb.models.canvas import Item
from spatialnb.models.project import Project
from spatialnb.targets import film_letters
from spatialnb.targets.film_reader import Reader, shrunk
from spatialnb.targets.film_theme import Theme


class Media(Protocol):
    """Where files are by their hash: the library's media store, or anything like it."""

    def path(self, hash: str) -> Path: ...
    def mime(self, hash: str) -> str: ...
    def put(self, data: bytes | Path, mime: str) -> str: ...


class Art(NamedTuple):
    """RGB pixels and, where the picture is not opaque, its coverage."""

    rgb: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None = None


class Gallery:
    """Finds and loads what items show. What cannot be shown is noted once, in words for the person who exports."""

    def __init__(self, project: Project, media: Media, theme: Theme, most: int = 2048) -> None:
        self.project, self.media, self.theme, self.most = project, media, theme, most
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def file(self, asset: Asset | None, *roles: RenditionRole, original: bool = False) -> Path | None:
        """The first of an asset's renditions that is really there, or its original."""
        if asset is None:
            return None
        hashes = [found.hash for role in roles if (found := asset.renditions.get(role)) is not None]
        for key in [*hashes, *([asset.hash] if original else [])]:
            try:
                path = self.media.path(key)
            except NotFound:
                continue
            if path.is_file():
                return path
        return None

    def art(self, item: Item, most: int | None = None) -> Art:
        """A still of the item, with no side above `most` pixels."""
        limit = most or self.most
        asset = self.project.asset_of(item)
        if item.kind == "label":
            return Art(*film_letters.label(item.text or item.name, item.colour or self.theme.text))
        if item.kind == "text" and asset is not None and asset.text:
            high = min(limit, 1000)
            wide = int(min(limit, max(200, high * item.size.width / item.size.height)))
            return Art(film_letters.page(asset.text, wide, high))
        paths = [self.file(asset, role) for role in _ROLES.get(item.kind, ())]
        if item.kind == "image":
            paths.insert(1, self.file(asset, original=True))
        found = [path for path in paths if path is not None]
        for path in found:
            try:
                return _opened(path, limit)
            except (OSError, ValueError, Image.DecompressionBombError):
                continue
        video = self.file(asset, "proxy", original=True) if item.kind == "video" else None
        if video is not None:
            try:
                reader = Reader(video, limit)
                still = reader.still()
                reader.close()
                return Art(shrunk(still, limit))
            except OSError:
                found.append(video)
        if found:
            self.note(f"{item.name!r} could not be read; a card stands in its place.")
        elif item.kind != "audio":
            self.note(f"The media of {item.name!r} are missing; a card stands in their place. Ingest its file again.")
        return Art(self.missing(item, limit))

    def missing(self, item: Item, most: int) -> NDArray[np.uint8]:
        high = min(most, 540)
        wide = int(min(most, max(160, high * item.size.width / item.size.height)))
        return film_letters.card(
            item.name,
            f"{item.kind} missing" if item.kind != "audio" else "sound",
            wide,
            high,
            self.theme.back,
            self.theme.text,
        )

    def reader(self, item: Item, most: int) -> Reader | None:
        """The item's own frames, if it is a video that can be read."""
        path = self.file(self.project.asset_of(item), "proxy", original=True) if item.kind == "video" else None
        if path is None:
            return None
        try:
            return Reader(path, most)
        except OSError:
            self.note(f"The video {item.name!r} could not be read; its still picture is shown.")
            return None


_ROLES: dict[str, tuple[RenditionRole, ...]] = {
    "image": ("texture", "thumbnail"),
    "video": ("poster", "thumbnail"),
    "audio": ("waveform", "thumbnail"),
    "model": ("thumbnail",),
    "text": ("thumbnail",),
}


def _opened(path: Path, most: int) -> Art:
    with Image.open(path) as image:
        image.draft("RGB", (most, most))
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            pixels = shrunk(np.asarray(image.convert("RGBA")), most)
            alpha = np.ascontiguousarray(pixels[..., 3])
            if alpha.min() < 250:
                return Art(np.ascontiguousarray(pixels[..., :3]), alpha)
            return Art(np.ascontiguousarray(pixels[..., :3]))
        return Art(shrunk(np.asarray(image.convert("RGB")), most))
