"""The project: every asset, canvas, layout and environment, as one immutable value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, TypeVar

from spatialnb.models.asset import Asset
from spatialnb.models.base import Frozen, FrozenDict, FrozenMap, Json, digest
from spatialnb.models.canvas import Canvas, Group, Item
from spatialnb.models.environment import Environment, Room
from spatialnb.models.geometry import PRECISION, Pose, compose
from spatialnb.models.layout import Layout

MAIN = "main"
T = TypeVar("T")


class Preference(Frozen):
    """What a person wants done from now on where nothing else is said. None: the default that everybody has."""

    value: Json = None


class Project(Frozen):
    """Everything one project holds at one revision. Build a changed one with the `with_` methods; nothing mutates."""

    name: str
    revision: int = 0
    assets: FrozenMap[str, Asset] = FrozenDict()
    canvases: FrozenMap[str, Canvas] = FrozenDict({MAIN: Canvas(id=MAIN, name="Main")})
    layouts: FrozenMap[str, Layout] = FrozenDict(
        {MAIN: Layout(id=MAIN, name="Main", placements=FrozenDict({MAIN: Pose()}))}
    )
    environments: FrozenMap[str, Environment] = FrozenDict(
        {MAIN: Environment(id=MAIN, name="Main", rooms=FrozenDict({MAIN: Room(layout=MAIN)}))}
    )

    preferences: FrozenMap[str, Preference] = FrozenDict()
    """By `<operation>.<parameter>`, as in `arrange.spacing`. No part of the scene, but of the story: it re-runs."""

    def items(self) -> Iterator[tuple[Canvas, Item]]:
        """Every item with the canvas that holds it, in the order of placement."""
        for canvas in self.canvases.values():
            for item in canvas.items.values():
                yield canvas, item

    def find(self, item_id: str) -> tuple[Canvas, Item] | None:
        """The item with this id and its canvas. Item ids are unique in a project."""
        for canvas in self.canvases.values():
            if (item := canvas.items.get(item_id)) is not None:
                return canvas, item
        return None

    def item(self, item_id: str) -> Item | None:
        found = self.find(item_id)
        return found[1] if found else None

    def asset_of(self, item: Item) -> Asset | None:
        return self.assets.get(item.asset) if item.asset else None

    def members(self, group_id: str) -> tuple[Item, ...]:
        """The items of a group and of the groups inside it."""
        wanted = {group_id}
        for canvas in self.canvases.values():
            grew = True
            while grew:
                inside = {g.id for g in canvas.groups.values() if g.parent in wanted}
                grew = not inside <= wanted
                wanted |= inside
        return tuple(item for _, item in self.items() if item.group in wanted)

    def world_pose(self, canvas: Canvas, item: Item) -> Pose:
        """The pose of an item in its layout: the first layout that places its canvas, or the canvas's own frame."""
        for layout in self.layouts.values():
            if (placement := layout.placements.get(canvas.id)) is not None:
                return compose(placement, item.pose) if placement != Pose() else item.pose
        return item.pose

    # -- changed copies -----------------------------------------------------------------------------------------------
    def with_assets(self, assets: Iterable[Asset]) -> Self:
        return self._with(assets=merged(self.assets, {asset.id: asset for asset in assets}))

    def with_canvas(self, canvas: Canvas) -> Self:
        return self._with(canvases=merged(self.canvases, {canvas.id: canvas}))

    def with_layout(self, layout: Layout) -> Self:
        return self._with(layouts=merged(self.layouts, {layout.id: layout}))

    def with_environment(self, environment: Environment) -> Self:
        return self._with(environments=merged(self.environments, {environment.id: environment}))

    def with_preferences(self, preferences: Mapping[str, Preference]) -> Self:
        return self._with(preferences=merged(self.preferences, preferences))

    def with_items(self, items: Iterable[Item], canvas: str = MAIN) -> Self:
        """Items added or replaced: an item that exists stays in its canvas, a new one goes into `canvas`."""
        where = {item_id: c.id for c in self.canvases.values() for item_id in c.items}
        by_canvas: dict[str, dict[str, Item]] = {}
        for item in items:
            by_canvas.setdefault(where.get(item.id, canvas), {})[item.id] = item
        changed = {
            cid: copy_with(self.canvases[cid], items=merged(self.canvases[cid].items, new))
            for cid, new in by_canvas.items()
        }
        return self._with(canvases=merged(self.canvases, changed))

    def with_group(self, canvas_id: str, group: Group) -> Self:
        canvas = self.canvases[canvas_id]
        return self.with_canvas(copy_with(canvas, groups=merged(canvas.groups, {group.id: group})))

    def without_items(self, item_ids: Iterable[str]) -> Self:
        """Items taken out, with the relations and the groups that nothing is left of."""
        gone = set(item_ids)
        changed: dict[str, Canvas] = {}
        for canvas in self.canvases.values():
            if gone.isdisjoint(canvas.items):
                continue
            items = {k: v for k, v in canvas.items.items() if k not in gone}
            used = {item.group for item in items.values()} | {g.parent for g in canvas.groups.values()}
            changed[canvas.id] = copy_with(
                canvas,
                items=FrozenDict(items),
                groups=FrozenDict({k: v for k, v in canvas.groups.items() if k in used}),
                relations=FrozenDict(
                    {k: r for k, r in canvas.relations.items() if r.item not in gone and r.to not in gone}
                ),
            )
        return self._with(canvases=merged(self.canvases, changed))

    def with_revision(self, revision: int) -> Self:
        return self._with(revision=revision)

    def _with(self, **fields: Any) -> Self:
        return copy_with(self, **fields)


M = TypeVar("M", bound=Frozen)


def copy_with(model: M, **fields: Any) -> M:
    """A copy of a frozen model with some fields replaced by values that are already of the right type."""
    return model.model_copy(update=fields)


def merged(old: Mapping[str, T], new: Mapping[str, T]) -> FrozenDict[str, T]:
    return FrozenDict({**old, **new})


def scene_hash(project: Project) -> str:
    """SHA-256 over what the scene shows: items with the content of their assets, layouts and environments.

    Lengths and angles are rounded to a micrometre and a microdegree. It knows nothing of machine, path, clock, author
    or revision, so that the same requests on the same media give the same hash anywhere.
    """
    content = {asset_id: asset.hash for asset_id, asset in project.assets.items()}
    canvases = {
        canvas.id: {
            "name": canvas.name,
            "children": list(canvas.children),
            "groups": {k: g.model_dump(mode="json") for k, g in canvas.groups.items()},
            "relations": {k: r.model_dump(mode="json") for k, r in canvas.relations.items()},
            "items": {
                k: {**item.model_dump(mode="json", exclude={"asset"}), "content": content.get(item.asset or "")}
                for k, item in canvas.items.items()
            },
        }
        for canvas in project.canvases.values()
    }
    scene = {
        "canvases": canvases,
        "layouts": {k: v.model_dump(mode="json") for k, v in project.layouts.items()},
        "environments": {k: v.model_dump(mode="json") for k, v in project.environments.items()},
    }
    return digest(_rounded(scene))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, PRECISION) + 0.0
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return value
