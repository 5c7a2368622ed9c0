"""A film in timeline order: every item is on screen from its start for its duration, with crossfades between."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from spatialnb.models.canvas import Item
from spatialnb.models.project import Project
from spatialnb.targets import film_letters
from spatialnb.targets.film import Setting, Track
from spatialnb.targets.film_art import Gallery
from spatialnb.targets.film_frame import BLACK, Frame, Overlay, mix
from spatialnb.targets.film_shots import PanelsShot, Shot, panel_size, shot_of
from spatialnb.targets.film_tracks import tracks_of

CROSSFADE = 0.7
_STAY = {"image": 4.0, "video": 6.0, "model": 6.0, "text": 7.0, "label": 3.5, "audio": 0.0}
"""Seconds for which an item without a duration stays."""
_OPEN = 4
"""Shots that are kept ready; more would only hold memory."""


def is_on_timeline(item: Item) -> bool:
    """Whether the item says when it is to be seen."""
    return item.start is not None and item.kind != "audio"


@dataclass
class Scene:
    """Items that are on screen together. Labels over something else are its titles."""

    start: float
    end: float
    items: list[Item]
    titles: list[tuple[float, float, str]] = field(default_factory=list)

    @property
    def captions(self) -> list[tuple[float, float, str]]:
        return [(self.start, self.end, item.text) for item in self.items if item.text and item.kind != "label"]


class TimelineFilm:
    """See `spatialnb.targets.film.Film`."""

    def __init__(self, project: Project, gallery: Gallery, setting: Setting) -> None:
        self.setting, self._gallery = setting, gallery
        shown = [item for _, item in project.items() if not item.hidden]
        timed = [item for item in shown if is_on_timeline(item)]
        left_out = [item for item in shown if item.start is None and item.kind != "audio"]
        if left_out:
            names = ", ".join(item.name for item in left_out[:4]) + (" …" if len(left_out) > 4 else "")
            gallery.note(f"{len(left_out)} of the items are not on the timeline and are not in the film: {names}.")
        self.scenes = scenes_of([(item, *_span(item, gallery)) for item in timed])
        self.times: Mapping[str, tuple[float, float]] = {item.id: _span(item, gallery) for item in timed}
        sounds = [
            item.start + (item.duration or 0) for item in shown if item.kind == "audio" and item.start is not None
        ]
        self.duration = max([scene.end for scene in self.scenes] + [end for _, end in self.times.values()] + sounds)
        self._starts = [scene.start for scene in self.scenes]
        self._ready: OrderedDict[int, Shot] = OrderedDict()
        self._words: OrderedDict[tuple[str, bool], Overlay] = OrderedDict()
        self._other = Frame(setting.width, setting.height)
        self._black = Frame(setting.width, setting.height)
        self._black.fill(BLACK)
        self.tracks: tuple[Track, ...] = tracks_of(gallery, shown, self.times, self.duration)

    @property
    def notes(self) -> list[str]:
        return self._gallery.notes

    def draw(self, t: float, frame: Frame) -> None:
        n = bisect_right(self._starts, t + 1e-9) - 1
        frame.data[:] = self._black.data
        if n < 0:
            return
        scene = self.scenes[n]
        before = self.scenes[n - 1] if n else None
        into = min(CROSSFADE, (scene.end - scene.start) / 2)
        since = t - scene.start
        # The scene before stays under the new one until that is fully there; one that ended earlier has faded to black.
        follows = before is not None and before.end > scene.start - CROSSFADE
        if since < into and follows and before is not None:
            self._scene(n - 1, before, t, frame)
            self._scene(n, scene, t, self._other)
            mix(frame, self._other, _eased(since / into))
            return
        gone = t - scene.end
        if gone < CROSSFADE and (gone < 0 or t < self.duration):
            self._scene(n, scene, t, frame)
        light = min(1.0, since / into if not follows else 1.0, self._fading_out(n, scene, t))
        if light < 1:
            mix(frame, self._black, 1 - _eased(max(0.0, light)))

    def _fading_out(self, n: int, scene: Scene, t: float) -> float:
        after = self.scenes[n + 1].start if n + 1 < len(self.scenes) else None
        if after is not None and after < scene.end + CROSSFADE:
            return 1.0
        return (scene.end - t) / min(CROSSFADE, (scene.end - scene.start) / 2)

    def _scene(self, n: int, scene: Scene, t: float, frame: Frame) -> None:
        self._shot(n, scene).draw(t - scene.start, scene.end - scene.start, frame)
        for is_title, words in ((False, scene.captions), (True, scene.titles)):
            for start, end, text in words:
                shown = min(1.0, (t - start) / 0.5, (end - t) / 0.4)
                if shown > 0:
                    self._lettered(text, is_title).draw(frame, shown)

    def _shot(self, n: int, scene: Scene) -> Shot:
        shot = self._ready.pop(n, None)
        if shot is None:
            shot = self._made(scene)
            while len(self._ready) >= _OPEN:
                self._ready.popitem(last=False)[1].close()
        self._ready[n] = shot
        return shot

    def _made(self, scene: Scene) -> Shot:
        width, height = self.setting.width, self.setting.height
        if len(scene.items) == 1:
            return shot_of(scene.items[0], self._gallery, width, height)
        cell = panel_size(len(scene.items), width, height)
        return PanelsShot(
            [shot_of(item, self._gallery, *cell) for item in scene.items], width, height, self._gallery.theme.horizon
        )

    def _lettered(self, text: str, is_title: bool) -> Overlay:
        key = (text, is_title)
        if key not in self._words:
            if len(self._words) >= 12:
                self._words.popitem(last=False)
            make = film_letters.title if is_title else film_letters.caption
            self._words[key] = make(text, self.setting.width, self.setting.height)
        return self._words[key]

    def close(self) -> None:
        for shot in self._ready.values():
            shot.close()
        self._ready.clear()


def scenes_of(spans: list[tuple[Item, float, float]]) -> list[Scene]:
    """Scenes from items with their times: what overlaps by at least half of the shorter is on screen together."""
    spans = sorted(spans, key=lambda span: span[1])
    scenes: list[Scene] = []
    for item, start, end in spans:
        if item.kind == "label":
            continue
        last = scenes[-1] if scenes else None
        if last and len(last.items) < 9 and min(last.end, end) - start >= 0.5 * min(last.end - last.start, end - start):
            last.items.append(item)
            last.end = max(last.end, end)
        else:
            scenes.append(Scene(start, end, [item]))
    for item, start, end in spans:
        if item.kind != "label":
            continue
        over = [
            scene
            for scene in scenes
            if scene.items[0].kind != "label" and min(scene.end, end) - max(scene.start, start) > 0.2 * (end - start)
        ]
        for scene in over:
            scene.titles.append((start, end, item.text or item.name))
        if not over:
            scenes.append(Scene(start, end, [item]))
    return sorted(scenes, key=lambda scene: scene.start)


def _span(item: Item, gallery: Gallery) -> tuple[float, float]:
    asset = gallery.project.asset_of(item)
    own = asset.facts.duration if asset and item.kind == "video" else None
    start = item.start or 0.0
    return start, start + (item.duration or own or _STAY[item.kind])


def _eased(x: float) -> float:
    return x * x * (3 - 2 * x)
