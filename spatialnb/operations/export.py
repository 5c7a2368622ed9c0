"""Exporting: the same layout as a web page that can be walked, or as a film."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

from spatialnb.errors import Invalid
from spatialnb.models.plan import Preview
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, operation

TargetName: TypeAlias = Literal["web", "video"]
Quality: TypeAlias = Literal["draft", "standard", "high"]


class Exported(Outcome):
    """`path` is what to open: the page's index.html or the film."""

    path: str
    bytes: int
    seconds: float | None = None
    """Length of a film."""
    notes: tuple[str, ...] = ()
    """What could not be shown as it is, in plain words."""


@operation(
    tags={"export"},
    words=("export", "render", "save as", "turn into", "make film", "make video", "film", "publish as"),
    tastes=("quality",),
)
def export(ctx: Context, target: TargetName, path: str = "", *, quality: Quality = "standard") -> Exported:
    """Write the scene to disk: `web`, a folder with a page that opens without a server, or `video`, an MP4 film.

    Without a path it goes beside the notebook, named after the project. Nothing that someone else made is overwritten.
    """
    from spatialnb.targets import export as write

    if not any(True for _ in ctx.project.items()):
        raise Invalid("There is nothing in the space to export yet. Place something first.", "target")
    goal = (
        Path(path).expanduser() if path else Path(f"{ctx.project.name}-{target}{'.mp4' if target == 'video' else ''}")
    )
    made = write(target, ctx.project, ctx.library.media, goal, quality=quality, report=ctx.report, stopped=ctx.stopped)
    size = f"{made.bytes / 1e6:.1f} MB"
    length = f", {made.duration:.1f} s" if made.duration else ""
    return Exported(
        summary=f"Exported {'a film' if target == 'video' else 'a web page'} to {made.path} ({size}{length})",
        path=str(made.path),
        bytes=made.bytes,
        seconds=made.duration,
        notes=tuple(made.notes),
        preview=Preview(text=f"`{made.path}` · {size}{length}", files=(str(made.path),)),
    )
