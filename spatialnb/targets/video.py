"""The video target: the project as a film, in timeline order or as a walk through the scene."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from spatialnb.models.project import Project
from spatialnb.models.protocol import Scene
from spatialnb.targets.exported import Exported, Report
from spatialnb.targets.film import Media, Mode, Quality, film_of
from spatialnb.targets.film_encoder import encode


def export_video(
    project: Project,
    media: Media,
    path: Path,
    *,
    quality: Quality = "standard",
    report: Report | None = None,
    stopped: Callable[[], bool] = lambda: False,
    scene: Scene | None = None,
    mode: Mode = "auto",
    seconds: float | None = None,
) -> Exported:
    """Write an MP4. A folder, or a path that ends in a slash, gets a file named after the project.

    Raises `Invalid` when there is nothing to see or the place cannot be written, `Stopped`, `Unavailable`.
    """
    del scene  # a film is drawn from the project itself, which has more than a view needs
    began = time.perf_counter()
    target = path / f"{project.name}.mp4" if path.is_dir() else path
    if target.suffix.lower() not in (".mp4", ".m4v"):
        target = target.with_name(f"{target.name}.mp4")
    if report:
        report(0.0, "Loading media")
    film = film_of(project, media, quality, mode=mode, seconds=seconds)
    try:
        count = encode(film, target, title=project.name, report=report, stopped=stopped)
    finally:
        film.close()
    return Exported(
        path=target, files=(target,), bytes=target.stat().st_size, seconds=time.perf_counter() - began,
        width=film.setting.width, height=film.setting.height, duration=count / film.setting.rate,
        frame_rate=film.setting.rate, notes=tuple(film.notes),
    )  # fmt: skip
