"""What fills the frame: a picture that slowly moves, a video, an object on a turntable, several side by side."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from spatialnb.models.canvas import Item
from spatialnb.targets import film_letters
from spatialnb.targets.film_art import Art, Gallery
from spatialnb.targets.film_frame import Frame, Pixels, Region, Transform, cover, placed, stamp
from spatialnb.targets.film_models import Sculpture
from spatialnb.targets.film_reader import Reader

MARGIN = 1.14
"""A still is kept so much larger than the frame, so that it can move without losing sharpness."""


class Shot(Protocol):
    def draw(self, t: float, seconds: float, frame: Frame) -> None:
        """Draw all of the frame, `t` seconds into a shot of `seconds`."""
        ...

    def close(self) -> None: ...


class StillShot:
    """A picture with a gentle move. What does not nearly fill the frame stands framed before a soft copy of itself."""

    def __init__(self, art: Art, width: int, height: int, turn: int, theme_back: str) -> None:
        self._plate = Frame.of(plate(art, round(width * MARGIN), round(height * MARGIN), theme_back))
        self._turn = turn

    def draw(self, t: float, seconds: float, frame: Frame) -> None:
        cover(frame, self._plate, drift(self._plate, frame, t / max(seconds, 1e-3), self._turn))

    def close(self) -> None:
        """Nothing is open."""


class VideoShot:
    """A video's own frames: over the whole frame where the shapes are alike, else framed."""

    def __init__(self, reader: Reader, width: int, height: int, backdrop: Pixels, theme_back: str) -> None:
        self._reader = reader
        fills = _alike(reader.width / reader.height, width / height)
        scale = (max if fills else min)(width / reader.width, height / reader.height) * (1.0 if fills else 0.9)
        self._move = _centred(reader.width, reader.height, width, height, scale)
        self._ground = None if fills else Frame.of(_soft(Art(backdrop), width, height, theme_back))

    def draw(self, t: float, seconds: float, frame: Frame) -> None:
        del seconds  # a video keeps its own time
        picture = self._reader.at(t)
        if self._ground is None:
            cover(frame, picture, np.linalg.inv(self._move))
        else:
            frame.data[:] = self._ground.data
            stamp(Region(frame, 0, 0, frame.width, frame.height), picture, self._move)

    def close(self) -> None:
        self._reader.close()


class TurntableShot:
    """An object that turns in soft light."""

    def __init__(self, sculpture: Sculpture, width: int, height: int, ground: str) -> None:
        self._sculpture = sculpture
        self._ground = Frame.of(studio(width, height, ground))

    def draw(self, t: float, seconds: float, frame: Frame) -> None:
        frame.data[:] = self._ground.data
        size = frame.height * 0.98
        view = self._sculpture.seen(-50 + 100 * t / max(seconds, 1e-3), 12, int(size))
        placed(
            view,
            frame,
            _centred(view.frame.width, view.frame.height, frame.width, frame.height, size / view.frame.height),
        )

    def close(self) -> None:
        """Nothing is open."""


class TitleShot:
    """Words on the theme's ground."""

    def __init__(self, text: str, width: int, height: int, ground: str) -> None:
        self._ground = Frame.of(studio(width, height, ground))
        self._title = film_letters.title(text, width, height)

    def draw(self, t: float, seconds: float, frame: Frame) -> None:
        frame.data[:] = self._ground.data
        self._title.draw(frame, min(1.0, t / 0.6, max(0.0, seconds - t) / 0.4 + 0.05))

    def close(self) -> None:
        """Nothing is open."""


class PanelsShot:
    """Several things at once, framed side by side."""

    def __init__(self, shots: list[Shot], width: int, height: int, ground: str) -> None:
        self._shots = shots
        self._ground = Frame.of(studio(width, height, ground))
        count = len(shots)
        columns = int(np.ceil(np.sqrt(count)))
        rows = -(-count // columns)
        gap = height // 40
        wide, tall = (width - gap * (columns + 1)) // columns // 2 * 2, (height - gap * (rows + 1)) // rows // 2 * 2
        self.cell = panel_size(count, width, height)
        self._places: list[tuple[int, int]] = []
        for n in range(count):
            row, column = divmod(n, columns)
            in_row = min(columns, count - row * columns)
            left = (width - in_row * wide - (in_row - 1) * gap) / 2 + column * (wide + gap)
            top = (height - rows * tall - (rows - 1) * gap) / 2 + row * (tall + gap)
            self._places.append((int(left) // 2 * 2, int(top) // 2 * 2))

    def draw(self, t: float, seconds: float, frame: Frame) -> None:
        frame.data[:] = self._ground.data
        part = Frame(*self.cell)
        for shot, (x, y) in zip(self._shots, self._places, strict=True):
            shot.draw(t, seconds, part)
            region = Region(frame, x, y, x + part.width, y + part.height)
            for into, plane in zip(region.planes, part.planes, strict=True):
                into[:] = plane[: into.shape[0], : into.shape[1]]

    def close(self) -> None:
        for shot in self._shots:
            shot.close()


def panel_size(count: int, width: int, height: int) -> tuple[int, int]:
    """Width and height of each of `count` panels in a frame."""
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    gap = height // 40
    return (width - gap * (columns + 1)) // columns // 2 * 2, (height - gap * (rows + 1)) // rows // 2 * 2


def shot_of(item: Item, gallery: Gallery, width: int, height: int) -> Shot:
    """How `item` fills a frame of this size."""
    theme = gallery.theme
    if item.kind == "label":
        return TitleShot(item.text or item.name, width, height, theme.horizon)
    if item.kind == "video" and (reader := gallery.reader(item, height)) is not None:
        backdrop = (
            np.zeros((2, 2, 3), np.uint8)
            if _alike(reader.width / reader.height, width / height)
            else gallery.art(item, 640).rgb
        )
        return VideoShot(reader, width, height, backdrop, theme.back)
    if item.kind == "model" and (sculpture := sculpture_of(item, gallery)) is not None:
        return TurntableShot(sculpture, width, height, theme.horizon)
    return StillShot(gallery.art(item), width, height, sum(map(ord, item.id)), theme.back)


def sculpture_of(item: Item, gallery: Gallery) -> Sculpture | None:
    """The item's mesh, or None (with a note) when a still must do."""
    asset = gallery.project.asset_of(item)
    path = gallery.file(asset, "mesh", original=bool(asset and asset.mime == "model/gltf-binary"))
    if path is None:
        return None
    try:
        return Sculpture(path)
    except Exception:  # noqa: BLE001  any of a 3D loader's many errors means the same here: use the still, and say so
        gallery.note(
            f"The 3D object {item.name!r} is shown as a still picture: its mesh is too large or cannot be read."
        )
        return None


def drift(plate: Frame, frame: Frame, share: float, turn: int) -> Transform:
    """From frame pixels to plate pixels: a slow zoom, in or out, towards one of eight sides."""
    share = min(max(share, -0.2), 1.2)
    zoom_in = turn % 2 == 0
    size = 1 - 0.075 * (share if zoom_in else 1 - share)
    scale = min(plate.width / frame.width, plate.height / frame.height) * size * 0.985
    angle = (turn // 2 % 8) * np.pi / 4
    spare_x, spare_y = (plate.width - frame.width * scale) / 2, (plate.height - frame.height * scale) / 2
    move = 0.85 * (share * 2 - 1)
    x = spare_x + spare_x * np.clip(move * np.cos(angle), -1, 1)
    y = spare_y + spare_y * np.clip(move * np.sin(angle), -1, 1)
    return np.array([[scale, 0, x], [0, scale, y], [0, 0, 1]], np.float64)


def plate(art: Art, width: int, height: int, back: str) -> Pixels:
    """The art fitted to a frame: filling it where the shapes are alike, else framed before a soft copy of itself."""
    rgb = _on_ground(art, back)
    high, wide = rgb.shape[:2]
    if _alike(wide / high, width / height):
        scale = max(width / wide, height / high)
        size = (max(width, round(wide * scale)), max(height, round(high * scale)))
        filled = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        x, y = (size[0] - width) // 2, (size[1] - height) // 2
        return np.ascontiguousarray(filled[y : y + height, x : x + width], np.uint8)
    ground = _soft(art, width, height, back)
    scale = min(width * 0.86 / wide, height * 0.84 / high)
    size = (max(2, round(wide * scale)), max(2, round(high * scale)))
    picture = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    x, y = (width - size[0]) // 2, (height - size[1]) // 2
    shadow = np.zeros((height // 4 + 1, width // 4 + 1), np.float32)
    drop = height // 50
    shadow[(y + drop) // 4 : (y + drop + size[1]) // 4, x // 4 : (x + size[0]) // 4] = 1
    shadow = cv2.resize(cv2.GaussianBlur(shadow, (0, 0), height / 120), (width, height), interpolation=cv2.INTER_LINEAR)
    ground = (ground * (1 - 0.75 * shadow[..., None])).astype(np.uint8)
    ground[y : y + size[1], x : x + size[0]] = picture
    return ground


def _soft(art: Art, width: int, height: int, back: str) -> Pixels:
    """A blurred, darker copy of the art that fills a frame."""
    small = cv2.resize(_on_ground(art, back), (96, max(2, round(96 * height / width))), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), 5)
    grey = cv2.cvtColor(cv2.cvtColor(soft, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    calm = cv2.addWeighted(soft, 0.42, grey, 0.08, 4)
    return cv2.resize(calm, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8, copy=False)


def _on_ground(art: Art, back: str) -> Pixels:
    if art.alpha is None:
        return art.rgb
    ground = np.array([int(back[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    share = (art.alpha.astype(np.float32) / 255)[..., None]
    return (art.rgb * share + ground * (1 - share)).astype(np.uint8)


def studio(width: int, height: int, colour: str) -> Pixels:
    """A plain ground with a pool of light, as behind a thing being photographed."""
    base = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    x, y = np.linspace(-1, 1, width, dtype=np.float32)[None], np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    light = np.exp(-((x / 0.75) ** 2 + ((y + 0.1) / 0.9) ** 2))
    noise = np.random.Generator(np.random.PCG64(7)).random((height, width), dtype=np.float32)
    return np.clip(base * (0.62 + 0.6 * light)[..., None] + 16 * light[..., None] + noise[..., None], 0, 255).astype(
        np.uint8
    )


def _alike(a: float, b: float) -> bool:
    """Whether filling a frame of shape `b` with a picture of shape `a` cuts off little of it."""
    return 0.74 < a / b < 1.36


def _centred(wide: int, high: int, width: int, height: int, scale: float) -> NDArray[np.float64]:
    return np.array(
        [[scale, 0, (width - wide * scale) / 2], [0, scale, (height - high * scale) / 2], [0, 0, 1]], np.float64
    )
