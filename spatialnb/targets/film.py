"""A film of a project: any frame at any time, and the sounds that go with it.

`film_of` decides how the project is told: by its timeline where most of what is to be seen is on one, else as a walk
through the scene.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypeAlias

from spatialnb.errors import Invalid
from spatialnb.models.project import Project
from spatialnb.targets.film_art import Gallery, Media
from spatialnb.targets.film_frame import Frame
from spatialnb.targets.film_theme import THEMES

Quality: TypeAlias = Literal["draft", "standard", "high"]
Mode: TypeAlias = Literal["auto", "timeline", "walk"]


class Setting(NamedTuple):
    """Size, frames a second, and how the encoder weighs size against time (x264's preset and rate factor)."""

    width: int
    height: int
    rate: int
    preset: str
    factor: int


QUALITIES: Mapping[str, Setting] = {
    "draft": Setting(640, 360, 24, "veryfast", 25),
    "standard": Setting(1280, 720, 30, "fast", 21),
    "high": Setting(1920, 1080, 30, "medium", 19),
}


@dataclass(frozen=True)
class Track:
    """A sound in a film, in seconds of the film. It is repeated or cut to `seconds`."""

    path: Path
    name: str
    start: float
    seconds: float
    loops: bool = False
    gain: float = 1.0
    fade: float = 0.4


class Film(Protocol):
    """What the encoder and moviepy need of a film."""

    @property
    def setting(self) -> Setting: ...
    @property
    def duration(self) -> float: ...
    @property
    def tracks(self) -> tuple[Track, ...]: ...
    @property
    def times(self) -> Mapping[str, tuple[float, float]]:
        """When each item is the one that is shown: id to (from, to), in seconds."""
        ...

    @property
    def notes(self) -> list[str]: ...
    def draw(self, t: float, frame: Frame) -> None:
        """Draw the picture at `t` seconds over all of `frame`."""
        ...

    def close(self) -> None: ...


def film_of(
    project: Project, media: Media, quality: str = "standard", *, mode: Mode = "auto", seconds: float | None = None
) -> Film:
    """The film of `project`. `seconds` asks for a length; only a walk can be fitted to one.

    Raises `Invalid` for an unknown quality, a length of zero or less, and when there is nothing to show.
    """
    from spatialnb.targets.film_timeline import TimelineFilm, is_on_timeline
    from spatialnb.targets.film_walk import WalkFilm

    if quality not in QUALITIES:
        raise Invalid(f"There is no quality {quality!r}. There are: {', '.join(QUALITIES)}.", "quality")
    if seconds is not None and not 1 <= seconds <= 3600:
        raise Invalid(f"A film is from 1 to 3600 seconds long, not {seconds:g}.", "seconds")
    shown = [item for _, item in project.items() if not item.hidden]
    if not any(item.kind != "audio" for item in shown):
        what = "only sounds" if shown else "nothing"
        raise Invalid(
            f"There is {what} to see in {project.name!r}: place pictures, videos, models or labels first.", "target"
        )
    environment = next(iter(project.environments.values()), None)
    gallery = Gallery(project, media, THEMES[environment.theme if environment else "auto"])
    setting = QUALITIES[quality]
    timed = sum(is_on_timeline(item) for item in shown if item.kind != "audio")
    sights = sum(item.kind != "audio" for item in shown)
    if mode == "timeline" and not timed:
        raise Invalid("Nothing is on the timeline: arrange the items as a timeline first, or export a walk.", "mode")
    if mode == "timeline" or (mode == "auto" and timed * 2 >= sights):
        return TimelineFilm(project, gallery, setting)
    return WalkFilm(project, gallery, setting, seconds)
