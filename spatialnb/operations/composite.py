"""Composites: whole pieces of work in one call, one Change and one undo. What they are made of is in `composing.py`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from spatialnb.errors import Invalid, SpatialError, Stopped
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.models.environment import Camera, ThemeName
from spatialnb.models.geometry import Metres, Seconds, Vec3, rounded
from spatialnb.models.plan import Preview
from spatialnb.models.project import Project, copy_with
from spatialnb.operations.composing import Composition
from spatialnb.operations.context import Context
from spatialnb.operations.export import Quality, TargetName
from spatialnb.operations.language.evaluate import MEANT
from spatialnb.operations.layout import SortKey
from spatialnb.operations.registry import Anything, Outcome, Placeable, operation
from spatialnb.operations.scene import blocks_of, name_of, several, slug
from spatialnb.space.relations import bounds
from spatialnb.space.viewpoint import along, overlooking

HEADING = 0.34
"""Height of a heading's letters, metres."""
LONG = 9.0
"""Width from which something is walked along rather than looked at as a whole, metres."""
HEADED = "heading"
"""Label of the one heading that composites put up."""


class Built(Outcome):
    """`items` are what it was built of, in order; `paths` the files that were written; `notes` what is missing."""

    paths: tuple[str, ...] = ()


@operation(
    tier="composite",
    changes="layout",
    tags={"scene"},
    words=("build gallery", "make gallery", "create gallery", "build exhibition", "make exhibition", "curate"),
    tastes=("captions", "theme", "spacing"),
)
def build_gallery(
    ctx: Context,
    items: Placeable,
    *,
    title: str = "",
    captions: bool = True,
    theme: ThemeName = "gallery",
    order: SortKey | None = None,
    spacing: Metres = Field(default=0.6, ge=0, le=20),
) -> Built:
    """Build a gallery: pictures along three walls, objects in the middle, captions, a title and a place to enter at."""
    work = Composition(ctx, 2)
    hung = work.do("arrange", items=items, arrangement="room", order=order, spacing=spacing)
    if captions:
        _caption(ctx, [(item, name_of(item)) for item in _items(ctx.project, hung.items)])
    made = _headed(ctx, work, title, hung.items)
    _stage(ctx, hung.items, theme)
    what = several(_items(ctx.project, hung.items))
    return _told(ctx, f"Built a gallery of {what}{f', “{title}”' if title else ''}", (*hung.items, *made), work)


@operation(
    tier="composite",
    changes="layout",
    tags={"scene"},
    words=("make timeline", "build timeline", "create timeline", "make chronology", "build chronology"),
    tastes=("seconds_each", "captions"),
)
def make_timeline(
    ctx: Context,
    items: Placeable,
    *,
    order: SortKey = "date",
    seconds_each: Seconds = Field(default=4.0, ge=0.1, le=600),
    music: Anything | None = None,
    captions: bool = True,
    title: str = "",
) -> Built:
    """Make a timeline to walk along: things in order with their times as captions, over music if there is some.

    `seconds_each` is how long a picture stands; films and sounds have their own length.
    """
    work = Composition(ctx, 2)
    parts = [*items, *([music] if music and all(music.id != thing.id for thing in items) else [])]
    laid = work.do("arrange", items=parts, arrangement="timeline", order=order, seconds_each=seconds_each)
    placed = _items(ctx.project, laid.items)
    if captions:
        _caption(ctx, [(item, f"{_clock(item.start or 0.0)}  {name_of(item)}") for item in placed])
    made = _headed(ctx, work, title, laid.items)
    _stage(ctx, laid.items, None, walk=True)
    end = max((item.start or 0.0) + (item.duration or 0.0) for item in placed)
    return _told(ctx, f"Made a timeline of {several(placed)}, {_clock(end)} long", (*laid.items, *made), work)


@operation(
    tier="composite",
    changes="layout",
    tags={"make", "scene"},
    words=("create video project", "make video project", "start video project", "set up video"),
    tastes=("pictures", "seconds_each", "music", "quality"),
)
def create_video_project(
    ctx: Context,
    prompt: Annotated[str, Field(min_length=1, max_length=4000)],
    *,
    items: Placeable | None = None,
    pictures: int = Field(default=6, ge=1, le=48),
    seconds_each: Seconds = Field(default=4.0, ge=0.1, le=600),
    music: bool = True,
    title: str = "",
    film: bool = False,
    path: str = "",
    quality: Quality = "standard",
    seed: int = 0,
) -> Built:
    """Start a film about something: fitting pictures and clips on a timeline with music; what is missing is made.

    `items` are what to use; without them the library is searched and `pictures` in all are shown, the missing ones
    drawn. With `film` it is also written to `path` (or beside the notebook) as an MP4.
    """
    work = Composition(ctx, 4 if film else 3)
    sights: list[Item | Asset] = list(items) if items else _fitting(ctx, prompt, ("image", "video"), pictures)
    missing = 0 if items else pictures - len(sights)
    if missing > 0:
        sights += _made(ctx, work.do("make_image", prompt=prompt, count=missing, seed=seed))
    sounds: list[Item | Asset] = [thing for thing in sights if thing.kind == "audio"]
    if music and not sounds:
        sounds = _fitting(ctx, prompt, ("audio",), 1)
        if not sounds and (
            composed := work.attempt(
                "make_music",
                prompt=f"music for {prompt}",
                seconds=seconds_each * max(len(sights), 1),
                seed=seed,
                otherwise="The film has no music; place a sound and arrange everything on a timeline again.",
            )
        ):
            sounds = _made(ctx, composed)
        sights += sounds
    laid = work.do("arrange", items=sights, arrangement="timeline", seconds_each=seconds_each)
    made = _headed(ctx, work, title, laid.items)
    _stage(ctx, laid.items, None, walk=True)
    paths = _written(ctx, work, ("video",), path, quality) if film else ()
    what = several(_items(ctx.project, laid.items))
    return _told(ctx, f"Started a film about {prompt[:60]}: {what}", (*laid.items, *made), work, paths)


@operation(
    tier="composite",
    changes="environment",
    tags={"export"},
    words=("publish", "publish environment", "publish space", "make public"),
    approval="publishes",
)
def publish_environment(
    ctx: Context,
    path: str = "",
    *,
    targets: tuple[TargetName, ...] = ("web",),
    theme: ThemeName | None = None,
    quality: Quality = "standard",
) -> Built:
    """Make the space ready for visitors and write it: where they enter, how it looks, then every target into a folder.

    What could be written stays if another target fails; undo takes back the changes of the space, not the files.
    """
    if not any(True for _ in ctx.project.items()):
        raise Invalid("There is nothing in the space to publish yet. Place something first.", "path")
    if not targets:
        raise Invalid("publish_environment needs at least one target: web or video.", "targets")
    work = Composition(ctx, len(targets))
    _stage(ctx, tuple(item.id for _, item in ctx.project.items() if not item.hidden), theme, keep=True)
    paths = _written(ctx, work, tuple(dict.fromkeys(targets)), path, quality)
    if not paths:
        raise Invalid(f"Nothing could be written. {' '.join(work.notes)}", "path")
    return _told(ctx, f"Published to {', '.join(paths)}", (), work, paths)


def _fitting(ctx: Context, words: str, kinds: tuple[str, ...], limit: int) -> list[Item | Asset]:
    """Assets of the library that are about `words`, best first."""
    among = {each: asset for each, asset in ctx.project.assets.items() if asset.kind in kinds}
    found: list[Item | Asset] = []
    found += [hit.asset for hit in ctx.library.search(among, words, limit=limit) if hit.score >= MEANT]
    return found


def _made(ctx: Context, outcome: Any) -> list[Item | Asset]:
    return [ctx.project.assets[asset] for asset in outcome.assets]


def _items(project: Project, ids: Sequence[str]) -> list[Item]:
    return [item for each in ids if (item := project.item(each)) is not None]


def _caption(ctx: Context, captions: Sequence[tuple[Item, str]]) -> None:
    """Words that are shown under each thing and go where it goes."""
    ctx.project = ctx.project.with_items(
        [copy_with(item, text=text) for item, text in captions if item.kind not in ("label", "text")]
    )


def _headed(ctx: Context, work: Composition, title: str, ids: Sequence[str]) -> tuple[str, ...]:
    """The heading of the space, over the middle of what is furthest back; it takes the place of one before."""
    if not title:
        return ()
    ctx.project = ctx.project.without_items(i.id for _, i in ctx.project.items() if HEADED in i.labels)
    made = work.do("label", text=title, at=_over(ctx.project, ids), height=HEADING).items
    ctx.project = ctx.project.with_items([copy_with(i, labels=(HEADED,)) for i in _items(ctx.project, made)])
    return made


def _over(project: Project, ids: Sequence[str]) -> Vec3:
    """The point over the middle of what is furthest back, where a heading goes."""
    whole = bounds(blocks_of(_items(project, ids)))
    back = whole.centre[2] - whole.extent[2] / 2
    return rounded((whole.centre[0], whole.centre[1] + whole.extent[1] / 2 + HEADING, back))


def _stage(
    ctx: Context, ids: Sequence[str], theme: ThemeName | None, *, keep: bool = False, walk: bool = False
) -> None:
    """Set where a visitor enters and the looks: before all of `ids`, or where to set out along them (`walk`).

    `keep`: unless someone has set an entrance before.
    """
    environment = next(iter(ctx.project.environments.values()))
    camera = environment.camera
    if camera is None or not keep:
        whole = bounds(blocks_of(_items(ctx.project, ids)))
        far = walk and whole.extent[0] > LONG
        position, target = along(whole) if far else overlooking(whole, Camera().field_of_view)
        camera = Camera(position=rounded(position), target=rounded(target))
    ctx.project = ctx.project.with_environment(copy_with(environment, theme=theme or environment.theme, camera=camera))


def _written(
    ctx: Context, work: Composition, targets: tuple[TargetName, ...], path: str, quality: Quality
) -> tuple[str, ...]:
    """Every target that could be written; those that could not are noted."""
    folder = Path(path).expanduser() if path else Path(f"{slug(ctx.project.name)}-published")
    paths: list[str] = []
    for target in targets:
        goal = path if len(targets) == 1 and path else str(folder / ("film.mp4" if target == "video" else target))
        try:
            written: Any = work.do("export", target=target, path=goal, quality=quality)
        except Stopped:
            raise
        except (SpatialError, OSError) as error:
            work.notes.append(f"{error} Everything else is done; export(“{target}”, PATH) writes it.")
            continue
        work.notes.extend(written.notes)
        paths.append(written.path)
    return tuple(paths)


def _told(ctx: Context, summary: str, items: tuple[str, ...], work: Composition, paths: tuple[str, ...] = ()) -> Built:
    images = [
        thumbnail.hash
        for item in _items(ctx.project, items)
        if (asset := ctx.project.asset_of(item)) and (thumbnail := asset.rendition("thumbnail"))
    ]
    text = "\n\n".join((summary, *work.notes))
    return Built(
        summary=summary,
        items=items,
        paths=paths,
        notes=tuple(work.notes),
        preview=Preview(text=text, images=tuple(dict.fromkeys(images))[:6], files=paths),
    )


def _clock(seconds: float) -> str:
    """`75.4` as "1:15"."""
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
