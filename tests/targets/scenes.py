"""Projects with real files for the tests of targets, and a folder that stands in for the library's media store."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from spatialnb.errors import NotFound
from spatialnb.make.clip import make_clip
from spatialnb.make.image import make_image
from spatialnb.make.model import make_model
from spatialnb.make.music import make_music
from spatialnb.models.asset import Asset, AssetKind, Facts, Rendition
from spatialnb.models.base import FrozenDict
from spatialnb.models.canvas import Item
from spatialnb.models.geometry import Size
from spatialnb.models.project import Project, copy_with


class Shelf:
    """Files in a folder under the SHA-256 of their bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._mimes: dict[str, str] = {}

    def put(self, data: bytes | Path, mime: str) -> str:
        content = data if isinstance(data, bytes) else data.read_bytes()
        key = hashlib.sha256(content).hexdigest()
        (self.folder / key).write_bytes(content)
        self._mimes[key] = mime
        return key

    def path(self, hash: str) -> Path:
        if not (self.folder / hash).is_file():
            raise NotFound(f"No media {hash}.")
        return self.folder / hash

    def mime(self, hash: str) -> str:
        return self._mimes[hash]


def asset(
    shelf: Shelf, kind: AssetKind, name: str, data: bytes, mime: str, facts: Facts | None = None, text: str = ""
) -> Asset:
    key = shelf.put(data, mime)
    renditions: dict[str, Rendition] = {}
    if kind == "image":
        image = Image.open(io.BytesIO(data)).convert("RGB")
        image.thumbnail((256, 256))
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", method=0)
        renditions["thumbnail"] = Rendition(
            hash=shelf.put(buffer.getvalue(), "image/webp"), mime="image/webp", bytes=len(buffer.getvalue())
        )
        renditions["texture"] = Rendition(hash=key, mime=mime, bytes=len(data))
    if kind in ("video", "audio"):
        renditions["proxy"] = Rendition(hash=key, mime=mime, bytes=len(data))
    if kind == "model":
        renditions["mesh"] = Rendition(hash=key, mime=mime, bytes=len(data))
    return Asset(
        id=f"{kind}-{key[:12]}",
        name=name,
        kind=kind,
        hash=key,
        mime=mime,
        bytes=len(data),
        facts=facts or Facts(),
        text=text,
        renditions=FrozenDict(renditions),
    )


def plain(shelf: Shelf, colour: tuple[int, int, int], name: str, width: int = 640, height: int = 360) -> Asset:
    """A picture of one colour, so that a film can be asked which picture it shows."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), colour, np.uint8)).save(buffer, "PNG")
    return asset(shelf, "image", name, buffer.getvalue(), "image/png", Facts(width=width, height=height))


def painted(shelf: Shelf, prompt: str, width: int = 1280, height: int = 720, seed: int = 0) -> Asset:
    made = make_image(prompt, width=width, height=height, seed=seed)
    return asset(shelf, "image", made.name, made.data, made.mime, Facts(width=width, height=height))


def music(shelf: Shelf, seconds: float = 12.0) -> Asset:
    made = make_music("calm", seconds=seconds)
    return asset(shelf, "audio", "calm", made.data, made.mime, Facts(duration=seconds, has_audio=True))


def clip(shelf: Shelf, seconds: float = 2.0, width: int = 640, height: int = 360) -> Asset:
    made = make_clip("cyberpunk city rain", seconds=seconds, width=width, height=height)
    return asset(
        shelf,
        "video",
        "rain",
        made.data,
        made.mime,
        Facts(duration=made.seconds, width=width, height=height, has_audio=False),
    )


def robot(shelf: Shelf) -> Asset:
    made = make_model("robot")
    return asset(shelf, "model", "robot", made.data, made.mime)


def item(asset: Asset, n: int = 1, **fields: object) -> Item:
    return Item.model_validate(
        {"id": f"{asset.name}-{n}", "name": asset.name, "kind": asset.kind, "asset": asset.id, **fields}
    )


def project_of(assets: Sequence[Asset], items: Sequence[Item], name: str = "show", theme: str = "night") -> Project:
    project = Project(name=name).with_assets(assets).with_items(items)
    return project.with_environment(copy_with(project.environments["main"], theme=theme))


PROMPTS = (
    "cyberpunk city",
    "forest",
    "sea",
    "desert",
    "ai mind",
    "planet",
    "aurora",
    "mountains",
    "synthwave",
    "flowers",
    "circuit",
    "portrait",
)


def sequence(folder: Path) -> tuple[Project, Shelf]:
    """Twelve pictures of all shapes on a timeline, three seconds each, with captions."""
    shelf = Shelf(folder)
    shapes = ((1280, 720), (900, 1200), (1200, 900))
    assets = [painted(shelf, prompt, *shapes[n % 3]) for n, prompt in enumerate(PROMPTS)]
    items = [item(a, n, start=n * 2.5, duration=3.0, text=a.name) for n, a in enumerate(assets)]
    return project_of(assets, items), shelf


def hall(folder: Path) -> tuple[Project, Shelf]:
    """Twelve pictures in a circle around a robot."""
    shelf = Shelf(folder)
    assets = [painted(shelf, prompt) for prompt in PROMPTS]
    items = []
    for n, picture in enumerate(assets):
        turn = 2 * math.pi * n / len(assets)
        items.append(
            item(
                picture,
                n,
                position=(5 * math.sin(turn), 1.5, 5 * math.cos(turn)),
                rotation=(0, math.degrees(turn), 0),
                size=Size(width=2.2, height=1.24),
            )
        )
    model = robot(shelf)
    items.append(item(model, 1, position=(0, 0.867, 0), size=Size(width=0.91, height=1.734, depth=0.44)))
    return project_of([*assets, model], items, theme="neon"), shelf
