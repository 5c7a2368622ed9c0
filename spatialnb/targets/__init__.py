"""Targets: the ways a project leaves the notebook. Adding one is one function and one row of `TARGETS`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from spatialnb.errors import Invalid
from spatialnb.models.project import Project
from spatialnb.models.protocol import Scene
from spatialnb.targets.exported import Exported, Report

TARGETS: dict[str, tuple[str, str]] = {
    "web": ("spatialnb.targets.web", "export_web"),
    "video": ("spatialnb.targets.video", "export_video"),
}
"""Name to module and function; a module is imported when its target is first used."""
QUALITIES = ("draft", "standard", "high")


def export(
    target: str,
    project: Project,
    media: Any,
    path: Path | str,
    *,
    quality: str = "standard",
    report: Report | None = None,
    stopped: Callable[[], bool] = lambda: False,
    scene: Scene | None = None,
    **options: Any,
) -> Exported:
    """Write `project` to `path` as `target`. `media` is the library's media store or anything with `.path(hash)`.

    `scene` is what the views show, with its atlas, where it is at hand. `options` are the target's own.
    Raises `Invalid` for an unknown target or quality (naming the nearest), an empty project, and a place that cannot be
    written; `Stopped`.
    """
    if target not in TARGETS:
        raise Invalid(_unknown("target", target, tuple(TARGETS)), "target")
    if quality not in QUALITIES:
        raise Invalid(_unknown("quality", quality, QUALITIES), "quality")
    module, name = TARGETS[target]
    write: Callable[..., Exported] = getattr(import_module(module), name)
    return write(
        project, media, Path(path).expanduser(), quality=quality, report=report, stopped=stopped, scene=scene, **options
    )


def _unknown(what: str, word: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), known, n=1, cutoff=0.3)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"There is no {what} {word!r}.{hint} There are: {', '.join(known)}."


__all__ = ["QUALITIES", "TARGETS", "Exported", "Report", "export"]
