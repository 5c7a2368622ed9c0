"""A film as a walk: the camera sees the whole scene, goes to each thing in order, and steps back again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from spatialnb.models.geometry import matrix
from spatialnb.models.project import Project
from spatialnb.models.protocol import SceneItem
from spatialnb.models.scene import scene_of
from spatialnb.targets.film import Setting, Track
from spatialnb.targets.film_art import Gallery
from spatialnb.targets.film_camera import FIELD_OF_VIEW, Box, View, Visit, Way, axes, looking, overview, stand_before
from spatialnb.targets.film_frame import BLACK, Frame, Overlay, Region, light_of, mix, placed, shine, stamp, yuv
from spatialnb.targets.film_models import Sculpture
from spatialnb.targets.film_place import Place
from spatialnb.targets.film_reader import Reader
from spatialnb.targets.film_shots import sculpture_of
from spatialnb.targets.film_tracks import tracks_of

_OVERVIEW, _CLOSING, _STAY, _TRAVEL = 2.6, 3.0, 2.1, 1.5
_MOST_STOPS = 24
_NEAR = 0.12
_READERS = 3
_MIRRORED = 0.55
"""How much of a panel, from its foot, is seen in the floor."""
Floats = NDArray[Any]


@dataclass
class Thing:
    """An item as it is drawn: a picture in several sizes, a video, letters with coverage, or a sculpture."""

    item: SceneItem
    box: Box
    levels: list[Frame] = field(default_factory=list)
    mirrored: Frame | None = None
    overlay: Overlay | None = None
    sculpture: Sculpture | None = None

    @cached_property
    def middle(self) -> Floats:
        return np.array(self.box.position, np.float64)

    @cached_property
    def quad(self) -> Floats:
        """Corners of the front: top left, top right, bottom right, bottom left."""
        w, h = self.box.size[0] / 2, self.box.size[1] / 2
        turn = np.array(matrix(self.box.rotation))
        return np.array(self.box.position) + np.array([(-w, h, 0), (w, h, 0), (w, -h, 0), (-w, -h, 0)]) @ turn.T


class WalkFilm:
    """See `spatialnb.targets.film.Film`."""

    def __init__(self, project: Project, gallery: Gallery, setting: Setting, seconds: float | None = None) -> None:
        self.setting, self._gallery = setting, gallery
        self.scene = scene_of(project)
        shown = [item for item in self.scene.items if not item.hidden]
        self._items = {item.id: item for _, item in project.items()}
        self._things = [self._thing(item, len(shown)) for item in shown]
        stops = stops_of(self._things)
        boxes = [thing.box for thing in self._things]
        aspect = setting.width / setting.height
        self.times: Mapping[str, tuple[float, float]] = {}
        self._way = Way(self._visits(stops, boxes, aspect, seconds), setting.rate)
        self.duration = self._way.duration
        corners = np.concatenate([box.corners() for box in boxes])
        middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
        self._place = Place(gallery.theme, middle, max(4.0, float(np.abs(corners - middle)[:, [0, 2]].max()) * 1.6 + 2))
        self._edge = yuv(gallery.theme.edge)
        self._black = Frame(setting.width, setting.height)
        self._black.fill(BLACK)
        self._readers: dict[str, Reader] = {}
        self.tracks: tuple[Track, ...] = tracks_of(
            gallery, [self._items[i.id] for i in shown], self.times, self.duration
        )

    @property
    def notes(self) -> list[str]:
        return self._gallery.notes

    def view(self, t: float) -> View:
        """Where the camera is at `t` seconds."""
        return self._way.at(t)

    # -- the way ------------------------------------------------------------------------------------------------------
    def _visits(
        self, stops: Sequence[Sequence[Thing]], boxes: list[Box], aspect: float, seconds: float | None
    ) -> list[Visit]:
        plan = [_OVERVIEW, *([_TRAVEL, _STAY] * len(stops)), _TRAVEL, _CLOSING]
        factor = 1.0 if seconds is None else seconds / sum(plan)
        opening = overview(boxes, aspect, 1.06, -0.22), overview(boxes, aspect, 0.98, -0.1)
        if (camera := self.scene.environment.camera) is not None:
            opening = (looking(np.array(camera.position), np.array(camera.target)),) * 2
        visits = [Visit(0.0, _OVERVIEW * factor, *opening)]
        times: dict[str, tuple[float, float]] = {}
        for stop in stops:
            start = visits[-1].end + _TRAVEL * factor
            end = start + _STAY * factor
            is_round = all(thing.sculpture is not None for thing in stop)
            visits.append(Visit(start, end, *stand_before([thing.box for thing in stop], aspect, is_round)))
            times.update({thing.item.id: (start, end) for thing in stop})
        self.times = times
        start = visits[-1].end + _TRAVEL * factor
        visits.append(
            Visit(
                start,
                start + _CLOSING * factor,
                overview(boxes, aspect, 0.98, 0.12),
                overview(boxes, aspect, 1.12, 0.24),
            )
        )
        return visits

    # -- what is there ------------------------------------------------------------------------------------------------
    def _thing(self, item: SceneItem, count: int) -> Thing:
        thing = Thing(item, Box(item.position, item.rotation, item.size))
        own = self._items[item.id]
        if item.kind == "model":
            thing.sculpture = sculpture_of(own, self._gallery)
            if thing.sculpture is not None:
                return thing
        # Many pictures share the memory that few could have each.
        most = min(int(self.setting.height * 1.5), 2048 if count <= 40 else max(256, int(2048 * math.sqrt(40 / count))))
        art = self._gallery.art(own, most)
        if art.alpha is not None:
            thing.overlay = Overlay(art.rgb, art.alpha)
        else:
            thing.levels = levels_of(
                Frame.of(art.rgb)
                if min(art.rgb.shape[:2]) >= 2
                else Frame.of(np.repeat(np.repeat(art.rgb, 2, 0), 2, 1))
            )
            if self._gallery.theme.gloss:
                thing.mirrored = mirrored(
                    thing.levels[-1] if len(thing.levels) < 3 else _about(thing.levels, 256), self._gallery.theme.gloss
                )
        return thing

    # -- a frame ------------------------------------------------------------------------------------------------------
    def draw(self, t: float, frame: Frame) -> None:
        view = self._way.at(t)
        turn = axes(view.yaw, view.pitch)
        focal = frame.height / 2 / math.tan(math.radians(FIELD_OF_VIEW) / 2)
        self._place.draw(frame, view)
        ordered = sorted(self._things, key=lambda thing: -float(((thing.middle - view.position) ** 2).sum()))
        hidden = self._hidden(ordered, view, turn, focal, frame)
        if self._gallery.theme.gloss:
            for thing in ordered:
                if thing.mirrored is not None and thing.box.position[1] > 0 and thing.item.id not in hidden:
                    self._reflection(thing, view, turn, focal, frame)
        for thing in ordered:
            if thing.item.id in hidden:
                continue
            if thing.sculpture is not None:
                self._sculpture(thing, view, turn, focal, frame)
            else:
                self._panel(thing, view, turn, focal, frame, t)
        dark = max(1 - t / 0.8, 1 - (self.duration - t) / 0.9)
        if dark > 0:
            mix(frame, self._black, min(1.0, dark))

    def _hidden(self, ordered: list[Thing], view: View, turn: Floats, focal: float, frame: Frame) -> set[str]:
        """Flat things that stand wholly behind one other, opaque panel: painting them would be lost work."""
        flat = [thing for thing in ordered if thing.sculpture is None]
        if not flat:
            return set()
        spots, depths = projected(np.concatenate([thing.quad for thing in flat]), view, turn, focal, frame)
        quads, depths = spots.reshape(-1, 4, 2), depths.reshape(-1, 4)
        hidden: set[str] = set()
        lows, highs = quads.min(axis=1), quads.max(axis=1)
        covers = [
            n
            for n, thing in enumerate(flat)
            if thing.overlay is None and depths[n].min() > _NEAR + 0.35 and (highs[n] - lows[n]).prod() > 20000
        ]
        for n in covers:
            inside = np.ones(n, bool)
            quad, sign = quads[n], 1.0 if _turn_of(quads[n]) > 0 else -1.0
            for k in range(4):
                a, edge = quad[k], quad[(k + 1) % 4] - quad[k]
                side = edge[0] * (quads[:n, :, 1] - a[1]) - edge[1] * (quads[:n, :, 0] - a[0])
                inside &= (side * sign > 0).all(axis=1)
            inside &= (depths[:n] > _NEAR).all(axis=1)
            hidden.update(flat[k].item.id for k in np.flatnonzero(inside))
        return hidden

    def _panel(self, thing: Thing, view: View, turn: Floats, focal: float, frame: Frame, t: float) -> None:
        quad, depth = projected(thing.quad, view, turn, focal, frame)
        if depth.min() < _NEAR or _outside(quad, frame):
            return
        # A thing that comes too close is let go softly, never cut.
        opacity = min(1.0, (float(depth.min()) - _NEAR) / 0.35)
        long = math.sqrt(float(((quad - quad[[1, 2, 3, 0]]) ** 2).sum(axis=1).max()))
        if long < 1.5:
            return
        region = Region(frame, *quad.min(axis=0) - 1, *quad.max(axis=0) + 1)
        if not region:
            return
        seen_from_front = _turn_of(quad) > 0
        if thing.overlay is not None:
            picture = thing.overlay.frame
            if seen_from_front:
                placed(thing.overlay, frame, _onto(picture, quad), opacity)
            return
        if not seen_from_front:
            # Prints have two sides, both the right way round, as in the space.
            quad = quad[[1, 0, 3, 2]]
        picture = self._playing(thing, long, t) or _about(thing.levels, long)
        stamp(region, picture, _onto(picture, quad), opacity)
        if opacity >= 1:
            outline = [np.round(quad * 16).astype(np.int32)]
            cv2.polylines(frame.planes[0], outline, True, self._edge[0], 1, cv2.LINE_AA, 4)

    def _playing(self, thing: Thing, long: float, t: float) -> Frame | None:
        """A video's own frame, while its panel is large enough to see it move."""
        if thing.item.kind != "video" or long < self.setting.height * 0.22:
            return None
        reader = self._readers.get(thing.item.id)
        if reader is None:
            if len(self._readers) >= _READERS:
                self._readers.pop(next(iter(self._readers))).close()
            reader = self._gallery.reader(self._items[thing.item.id], self.setting.height)
            if reader is None:
                return None
            self._readers[thing.item.id] = reader
        start = self.times.get(thing.item.id, (0.0, 0.0))[0]
        return reader.at(t - start if t >= start else 0.0)

    def _reflection(self, thing: Thing, view: View, turn: Floats, focal: float, frame: Frame) -> None:
        assert thing.mirrored is not None
        top, low = thing.quad[:2], thing.quad[2:]
        foot = np.concatenate([low[::-1] + (top - low[::-1]) * _MIRRORED, low])
        quad, depth = projected(foot * np.array([1, -1, 1]), view, turn, focal, frame)
        if depth.min() < _NEAR or _outside(quad, frame) or _turn_of(quad) > 0:
            return
        region = Region(frame, *quad.min(axis=0), *quad.max(axis=0))
        if region and region.height > 8:
            shine(region, thing.mirrored, _onto(thing.mirrored, quad))

    def _sculpture(self, thing: Thing, view: View, turn: Floats, focal: float, frame: Frame) -> None:
        sculpture = thing.sculpture
        assert sculpture is not None
        middle = thing.middle
        local = turn @ (middle - view.position)
        fit = min(
            size / max(extent, 1e-9)
            for size, extent in zip(thing.box.size, sculpture.extent, strict=True)
            if extent > 1e-6
        )
        radius = sculpture.radius * fit
        if local[2] < radius * 0.6:
            return
        x, y = frame.width / 2 + focal * local[0] / local[2], frame.height / 2 - focal * local[1] / local[2]
        pixels = 2 * radius * focal / math.sqrt(max(local[2] ** 2 - radius**2, (0.35 * radius) ** 2))
        if pixels < 3 or not (-pixels < x < frame.width + pixels and -pixels < y < frame.height + pixels):
            return
        towards = np.array(matrix(thing.box.rotation)).T @ (view.position - middle)
        azimuth = math.degrees(math.atan2(towards[0], towards[2]))
        elevation = math.degrees(math.atan2(towards[1], math.hypot(towards[0], towards[2])))
        opacity = min(1.0, (float(local[2]) - radius * 0.6) / (radius * 0.6))
        sprite = sculpture.seen(azimuth, elevation, int(pixels))
        scale = pixels / sprite.frame.height
        place = np.array([[scale, 0, x - pixels / 2], [0, scale, y - pixels / 2], [0, 0, 1]])
        placed(sprite, frame, place, opacity)

    def close(self) -> None:
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()


def stops_of(things: list[Thing]) -> list[list[Thing]]:
    """What the camera visits, in order: each thing that shows something, or neighbours together when there are many."""
    seen = [thing for thing in things if thing.item.kind not in ("label", "audio")] or things
    each = -(-len(seen) // _MOST_STOPS)
    return [seen[n : n + each] for n in range(0, len(seen), each)]


def levels_of(frame: Frame) -> list[Frame]:
    """A picture in halves of its size, so that small views do not flicker."""
    levels = [frame]
    while min(levels[-1].width, levels[-1].height) > 16:
        last = levels[-1]
        levels.append(last.resized(max(2, last.width // 4 * 2), max(2, last.height // 4 * 2)))
    return levels


def mirrored(frame: Frame, gloss: float) -> Frame:
    """The light a polished floor gives back: of the picture's lower part, strong at its foot and fading upwards."""
    high = max(2, int(frame.height * _MIRRORED) // 2 * 2)
    made = Frame(frame.width, high)
    for plane, whole in zip(made.planes, frame.planes, strict=True):
        plane[:] = whole[-plane.shape[0] :]
    made = light_of(made)
    for n, plane in enumerate(made.planes):
        fade = (np.linspace(0, 1, plane.shape[0], dtype=np.float32) ** 1.8 * gloss)[:, None]
        neutral = 0 if n == 0 else 128
        plane[:] = ((plane.astype(np.float32) - neutral) * fade + neutral + 0.5).astype(np.uint8)
    return made


def projected(points: Floats, view: View, turn: Floats, focal: float, frame: Frame) -> tuple[Floats, Floats]:
    """Pixels (x, y) and depths (metres) of points in the world."""
    local = (points - view.position) @ turn.T
    depth = np.maximum(local[:, 2], 1e-3)
    flat = np.stack(
        [frame.width / 2 + focal * local[:, 0] / depth, frame.height / 2 - focal * local[:, 1] / depth], axis=1
    )
    return flat, local[:, 2]


def _turn_of(quad: Floats) -> float:
    """Above zero when the corners run clockwise on screen: the quad is seen from its front."""
    (ax, ay), (bx, by), _, (dx, dy) = quad.tolist()
    return (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)


def _onto(picture: Frame, quad: Floats) -> Floats:
    w, h = picture.width, picture.height
    corners = np.array([(-0.5, -0.5), (w - 0.5, -0.5), (w - 0.5, h - 0.5), (-0.5, h - 0.5)], np.float32)
    return cv2.getPerspectiveTransform(corners, quad.astype(np.float32)).astype(np.float64)


def _about(levels: list[Frame], long: float) -> Frame:
    """The smallest level that is not smaller than what is seen of it."""
    for level in reversed(levels):
        if max(level.width, level.height) >= long * 0.85:
            return level
    return levels[0]


def _outside(quad: Floats, frame: Frame) -> bool:
    low, high = quad.min(axis=0), quad.max(axis=0)
    return bool(high[0] < 0 or high[1] < 0 or low[0] > frame.width or low[1] > frame.height)
