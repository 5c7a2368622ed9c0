"""From a project to what a view draws: world coordinates and the hashes of the media to show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Canvas, Item
from spatialnb.models.environment import Environment
from spatialnb.models.project import Project
from spatialnb.models.protocol import Atlas, Media, Scene, SceneEnvironment, SceneGroup, SceneItem


def scene_of(
    project: Project, *, media_base: str = "", atlas: Atlas | None = None, tiles: Mapping[str, int] | None = None
) -> Scene:
    """Everything a space draws of `project`. `tiles` gives the place of an asset's thumbnail in the atlas."""
    places = tiles or {}
    return Scene(
        project=project.name,
        revision=project.revision,
        items=tuple(scene_item(project, canvas, item, places) for canvas, item in project.items()),
        groups=scene_groups(project),
        environment=scene_environment(project),
        atlas=atlas or Atlas(),
        media_base=media_base,
    )


def scene_item(project: Project, canvas: Canvas, item: Item, tiles: Mapping[str, int]) -> SceneItem:
    """One item as a view draws it."""
    pose = project.world_pose(canvas, item)
    asset = project.asset_of(item)
    return SceneItem(
        id=item.id,
        name=item.name,
        kind=item.kind,
        group=item.group,
        position=pose.position,
        rotation=pose.rotation,
        size=(item.size.width, item.size.height, item.size.depth),
        text=item.text,
        colour=item.colour,
        locked=item.locked,
        hidden=item.hidden,
        start=item.start,
        duration=item.duration,
        media=_media(asset, tiles) if asset else Media(),
    )


def scene_groups(project: Project) -> tuple[SceneGroup, ...]:
    return tuple(
        SceneGroup(id=group.id, name=group.name, parent=group.parent)
        for canvas in project.canvases.values()
        for group in canvas.groups.values()
    )


def scene_environment(project: Project) -> SceneEnvironment:
    """Looks and navigation of the project's first environment."""
    environment = next(iter(project.environments.values()), Environment(id="main", name="Main"))
    return SceneEnvironment(
        theme=environment.theme,
        navigation=environment.navigation,
        lighting=environment.lighting,
        camera=environment.camera,
    )


def media_of(scene: Scene) -> Iterable[str]:
    """Hashes of every file that `scene` shows, each once, in the order of the items."""
    seen: dict[str, None] = {}
    for item in scene.items:
        media = item.media
        for file in (media.thumbnail, media.picture, media.stream, media.model, media.waveform):
            if file:
                seen.setdefault(file)
    return seen


def _media(asset: Asset, tiles: Mapping[str, int]) -> Media:
    def file(*roles: str) -> str | None:
        found = asset.rendition(*roles)  # pyright: ignore[reportArgumentType]
        return found.hash if found else None

    return Media(
        thumbnail=file("thumbnail"),
        picture=file("texture", "poster") or file("thumbnail"),
        stream=file("proxy"),
        model=file("mesh"),
        waveform=file("waveform"),
        tile=tiles.get(asset.id),
    )
