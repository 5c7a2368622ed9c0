"""What things are compared and ordered by, and how they stand to each other in space."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

from spatialnb.models.asset import Asset, Facts
from spatialnb.models.canvas import Item
from spatialnb.models.geometry import Pose, Vec3, extent
from spatialnb.models.project import Project
from spatialnb.models.selection import Comparison, Measure, Place
from spatialnb.space.sizing import natural_size

Thing: TypeAlias = Item | Asset
NEAR = 1.5
"""Metres of free space within which things are near each other."""
BESIDE = 1.0
"""Metres of free space within which things are next to each other."""
RING = 4.0
"""Metres within which things stand around something."""
HUES = ("red", "orange", "brown", "yellow", "green", "cyan", "blue", "purple", "pink", "white", "grey", "black")


@dataclass(frozen=True)
class Box:
    """The upright box around an item, in its layout: centre and half extents, metres."""

    centre: Vec3
    half: Vec3


class Measures:
    """Measures of the things of one project, in metres, square metres and seconds."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._home = {item.id: canvas for canvas, item in project.items()}
        placed = {c for layout in project.layouts.values() for c, pose in layout.placements.items() if pose != Pose()}
        self._moved = frozenset(placed)
        """Canvases that do not stand at the origin of their layout."""
        environment = next(iter(project.environments.values()), None)
        camera = environment.camera if environment else None
        self.visitor: Vec3 = camera.position if camera else (0.0, 1.6, 6.0)

    @cached_property
    def middle(self) -> Vec3:
        """The middle of the box around all that stands in the space, metres."""
        boxes = [self.box(item) for _, item in self.project.items()]
        if not boxes:
            return (0.0, 0.0, 0.0)
        low = [min(box.centre[k] - box.half[k] for box in boxes) for k in range(3)]
        high = [max(box.centre[k] + box.half[k] for box in boxes) for k in range(3)]
        return ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2)

    def asset(self, thing: Thing) -> Asset | None:
        return thing if isinstance(thing, Asset) else self.project.asset_of(thing)

    def facts(self, thing: Thing) -> Facts:
        asset = self.asset(thing)
        return asset.facts if asset else Facts()

    def position(self, thing: Thing) -> Vec3 | None:
        if isinstance(thing, Asset):
            return None
        return self._pose(thing).position

    def _pose(self, item: Item) -> Pose | Item:
        canvas = self._home.get(item.id)
        return self.project.world_pose(canvas, item) if canvas and canvas.id in self._moved else item

    def box(self, item: Item) -> Box:
        pose, size = self._pose(item), item.size
        turned = any(pose.rotation)
        width, height, depth = extent(size, pose.rotation) if turned else (size.width, size.height, size.depth)
        return Box(pose.position, (width / 2, height / 2, depth / 2))

    def value(self, thing: Thing, measure: Measure) -> float | str | None:
        """The measure of a thing, or None where it has none. Size is the longest edge."""
        return _MEASURES[measure](self, thing)

    def fits(self, thing: Thing, comparison: Comparison) -> bool:
        value = self.value(thing, comparison.measure)
        return isinstance(value, (int, float)) and _COMPARE[comparison.relation](float(value), comparison.value)

    def ordered(self, things: Sequence[Thing], by: Measure, reverse: bool, to: Item | None = None) -> list[Thing]:
        """Smallest first, or largest first; ties stay as they were and what has no such measure comes last."""
        values = [
            self._distance_to(thing, to) if to and by == "distance" else self.value(thing, by) for thing in things
        ]
        known = [(value, thing) for value, thing in zip(values, things, strict=True) if value is not None]
        known.sort(key=lambda pair: pair[0], reverse=reverse)
        return [thing for _, thing in known] + [t for v, t in zip(values, things, strict=True) if v is None]

    def _distance_to(self, thing: Thing, to: Item) -> float | None:
        position = self.position(thing)
        return None if position is None else math.dist(position, self.box(to).centre)


def _dimension(name: str) -> Callable[[Measures, Thing], float]:
    return lambda _, thing: getattr(thing.size if isinstance(thing, Item) else natural_size(thing), name)


def _fact(name: str) -> Callable[[Measures, Thing], float | None]:
    return lambda measures, thing: getattr(measures.facts(thing), name)


def _axis(index: int) -> Callable[[Measures, Thing], float | None]:
    def value(measures: Measures, thing: Thing) -> float | None:
        position = measures.position(thing)
        return position[index] if position else None

    return value


def _area(_: Measures, thing: Thing) -> float:
    size = thing.size if isinstance(thing, Item) else natural_size(thing)
    edges = sorted((size.width, size.height, size.depth))
    return edges[1] * edges[2]


def _longest(_: Measures, thing: Thing) -> float:
    size = thing.size if isinstance(thing, Item) else natural_size(thing)
    return max(size.width, size.height, size.depth)


def _date(measures: Measures, thing: Thing) -> str | None:
    asset = measures.asset(thing)
    return asset.created.isoformat() if asset and asset.created else None


def _hue(measures: Measures, thing: Thing) -> int | None:
    asset = measures.asset(thing)
    name = asset.colours[0].name if asset and asset.colours else ""
    return HUES.index(name) if name in HUES else None


def _length(measures: Measures, thing: Thing) -> float | None:
    known = measures.facts(thing).duration
    return known if known is not None or isinstance(thing, Asset) else thing.duration


def _far(measures: Measures, thing: Thing) -> float | None:
    position = measures.position(thing)
    return math.dist(position, measures.visitor) if position else None


def _clearance(measures: Measures, thing: Thing) -> float | None:
    if isinstance(thing, Asset):
        return None
    box = measures.box(thing)
    return box.centre[1] - box.half[1]


def _off_middle(measures: Measures, thing: Thing) -> float | None:
    position = measures.position(thing)
    return math.dist(position, measures.middle) if position else None


_MEASURES: Mapping[Measure, Callable[[Measures, Thing], float | str | None]] = {
    "size": _longest,
    "area": _area,
    "width": _dimension("width"),
    "height": _dimension("height"),
    "depth": _dimension("depth"),
    "date": _date,
    "name": lambda _, thing: thing.name.casefold(),
    "kind": lambda _, thing: thing.kind,
    "colour": _hue,
    "x": _axis(0),
    "y": _axis(1),
    "z": _axis(2),
    "clearance": _clearance,
    "distance": _far,
    "middle": _off_middle,
    "duration": _length,
    "brightness": _fact("brightness"),
    "loudness": _fact("loudness"),
    "words": _fact("words"),
}
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b + 1e-9,
    "=": lambda a, b: math.isclose(a, b, rel_tol=0.01),
    ">=": lambda a, b: a >= b - 1e-9,
    ">": lambda a, b: a > b,
}


def lines(measures: Measures, items: Sequence[Item], along: str) -> list[list[Item]]:
    """The rows or columns that items stand in: runs of centres that are less than half an item apart.

    Rows are above each other, the topmost first, where things differ in height; else behind each other, the one
    furthest back first. Columns are side by side, the leftmost first. Within a row things go from left to right.
    """
    boxes = [(measures.box(item), item) for item in items]
    if not boxes:
        return []
    level = sorted(box.centre[1] for box, _ in boxes)
    hang = level[-1] - level[0] > min(box.half[1] for box, _ in boxes)
    axis, sign = (0, 1) if along == "column" else (1, -1) if hang else (2, 1)
    boxes.sort(key=lambda pair: pair[0].centre[axis] * sign)
    found: list[list[tuple[Box, Item]]] = [[boxes[0]]]
    for before, pair in pairwise(boxes):
        apart = abs(pair[0].centre[axis] - before[0].centre[axis])
        if apart > max(0.02, min(pair[0].half[axis], before[0].half[axis])):
            found.append([])
        found[-1].append(pair)
    across = 1 if along == "column" else 0
    turn = -1 if along == "column" else 1
    return [[item for _, item in sorted(run, key=lambda p: p[0].centre[across] * turn)] for run in found]


def gap(a: Box, b: Box) -> float:
    """Free space between two boxes, metres; 0 where they touch or overlap."""
    apart = [max(0.0, abs(a.centre[k] - b.centre[k]) - a.half[k] - b.half[k]) for k in range(3)]
    return math.hypot(*apart)


def stands(place: Place, a: Box, others: Sequence[Box], within: float | None = None) -> bool:
    """Whether `a` is left of, above, between ... the others, as the visitor sees it."""
    if place == "between":
        return len(others) >= 2 and _between(a, others[0], others[-1])
    return any(_PLACES[place](a, b, within) for b in others)


def _cone(axis: int, sign: int) -> Callable[[Box, Box, float | None], bool]:
    def inside(a: Box, b: Box, within: float | None) -> bool:
        ahead = (a.centre[axis] - b.centre[axis]) * sign
        across = abs(a.centre[2 - axis] - b.centre[2 - axis])
        return ahead > max(0.02, across - a.half[2 - axis] - b.half[2 - axis]) and (
            within is None or gap(a, b) <= within
        )

    return inside


def _over(sign: int) -> Callable[[Box, Box, float | None], bool]:
    def inside(a: Box, b: Box, within: float | None) -> bool:
        level = (a.centre[1] - b.centre[1]) * sign >= (a.half[1] + b.half[1]) * 0.8
        near = all(abs(a.centre[k] - b.centre[k]) <= a.half[k] + b.half[k] + 0.25 for k in (0, 2))
        return level and near and (within is None or gap(a, b) <= within)

    return inside


def _on(a: Box, b: Box, _: float | None) -> bool:
    resting = abs((a.centre[1] - a.half[1]) - (b.centre[1] + b.half[1])) < 0.1
    return resting and all(abs(a.centre[k] - b.centre[k]) <= a.half[k] + b.half[k] for k in (0, 2))


def _within(limit: float) -> Callable[[Box, Box, float | None], bool]:
    return lambda a, b, within: gap(a, b) <= (limit if within is None else within)


def _inside(a: Box, b: Box, _: float | None) -> bool:
    return all(abs(a.centre[k] - b.centre[k]) <= b.half[k] for k in range(3))


def _between(a: Box, b: Box, c: Box) -> bool:
    way = [c.centre[k] - b.centre[k] for k in range(3)]
    length = math.hypot(*way)
    if length < 1e-6:
        return False
    along = sum((a.centre[k] - b.centre[k]) * way[k] for k in range(3)) / length
    off = math.sqrt(max(0.0, math.dist(a.centre, b.centre) ** 2 - along**2))
    return 0.02 * length < along < 0.98 * length and off <= max(1.0, length * 0.35)


_PLACES: Mapping[Place, Callable[[Box, Box, float | None], bool]] = {
    "left of": _cone(0, -1),
    "right of": _cone(0, 1),
    "behind": _cone(2, -1),
    "in front of": _cone(2, 1),
    "above": _over(1),
    "below": _over(-1),
    "on": _on,
    "inside": _inside,
    "next to": _within(BESIDE),
    "near": _within(NEAR),
    "around": _within(RING),
}
