"""Named arrangements: where boxes go, as pure geometry. A new one is one function and one row of `ARRANGEMENTS`.

An arrangement gets boxes in the order they should be read and gives a pose for each: centres in metres around the
origin of the floor (y = 0), right-handed, y up, the visitor at +z. `arrange` moves the whole to where it is wanted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TypeAlias

from spatialnb.models.geometry import Pose, Size, Vec3
from spatialnb.models.layout import ArrangementName

EYE = 1.5
"""Height at which the centre of a picture hangs, in metres; a museum's usual 1.45 to 1.55."""
CLEARANCE = 0.3
"""Least height of the lower edge of hanging things above the floor, in metres."""
COLOURS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown", "white", "grey", "black")
"""Reading order of basic colours: around the wheel, then the neutral ones from light to dark."""


@dataclass(frozen=True)
class Box:
    """What an arrangement knows of a thing."""

    size: Size
    stands: bool = False
    """Stands on the floor (a 3D model) rather than hanging at eye height (a picture)."""
    colour: str = ""
    """Basic name of its leading colour."""
    start: float = 0.0
    duration: float = 0.0
    """Place on a timeline in seconds; only `timeline` looks at it."""


@dataclass(frozen=True)
class Options:
    """What an arrangement may be told. None: chosen from the boxes."""

    spacing: float = 0.25
    radius: float | None = None
    columns: int | None = None
    clear: float = 0.0
    """Radius around the centre to keep free, for whatever the boxes are arranged around."""


Arrangement: TypeAlias = Callable[[Sequence[Box], Options], list[Pose]]


def arrange(name: ArrangementName, boxes: Sequence[Box], options: Options, *, centre: Vec3 = (0, 0, 0)) -> list[Pose]:
    """Poses of `boxes` in the named arrangement around `centre`, a point of the floor.

    Raises KeyError for a name that is not in the table.
    """
    dx, dy, dz = centre
    return [
        Pose(position=(p.position[0] + dx, p.position[1] + dy, p.position[2] + dz), rotation=p.rotation)
        for p in ARRANGEMENTS[name](boxes, options)
    ]


def resting(box: Box) -> float:
    """Height of a box's centre when nothing else decides it: on the floor if it stands, else at eye height."""
    half = box.size.height / 2
    return half if box.stands else max(EYE, half + CLEARANCE)


def facing(position: Vec3, target: Vec3) -> Vec3:
    """Rotation (degrees) that turns a front (+z) at `position` towards `target`, staying upright."""
    dx, dz = target[0] - position[0], target[2] - position[2]
    if math.hypot(dx, dz) < 1e-9:
        return (0.0, 0.0, 0.0)
    return (0.0, math.degrees(math.atan2(dx, dz)), 0.0)


def row(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """Side by side, left to right, facing the visitor."""
    return [
        Pose(position=(x, resting(box), 0.0))
        for x, box in zip(_run([b.size.width for b in boxes], options.spacing), boxes, strict=True)
    ]


def column(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """One above the other, the first on top."""
    heights = [box.size.height for box in boxes]
    total = sum(heights) + options.spacing * max(0, len(boxes) - 1)
    top = total + (0.0 if all(box.stands for box in boxes) else max(CLEARANCE, EYE - total / 2))
    poses: list[Pose] = []
    for height in heights:
        poses.append(Pose(position=(0.0, top - height / 2, 0.0)))
        top -= height + options.spacing
    return poses


def stack(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """On top of each other, the first at the bottom, on the floor."""
    poses: list[Pose] = []
    base = 0.0
    for box in boxes:
        poses.append(Pose(position=(0.0, base + box.size.height / 2, 0.0)))
        base += box.size.height + min(options.spacing, 0.02)
    return poses


def grid(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """Rows and columns with cells as large as the largest box, upright for what hangs, on the floor for what stands."""
    if not boxes:
        return []
    columns = min(len(boxes), options.columns or max(1, math.ceil(math.sqrt(len(boxes) * 1.4))))
    rows = math.ceil(len(boxes) / columns)
    width = max(box.size.width for box in boxes) + options.spacing
    if all(box.stands for box in boxes):
        depth = max(box.size.depth for box in boxes) + options.spacing
        return [
            Pose(
                position=(
                    (i % columns - (columns - 1) / 2) * width,
                    resting(box),
                    (i // columns - (rows - 1) / 2) * depth,
                )
            )
            for i, box in enumerate(boxes)
        ]
    height = max(box.size.height for box in boxes) + options.spacing
    lowest = max(EYE - (rows - 1) / 2 * height, CLEARANCE + (height - options.spacing) / 2)
    return [
        Pose(position=((i % columns - (columns - 1) / 2) * width, lowest + (rows - 1 - i // columns) * height, 0.0))
        for i in range(len(boxes))
    ]


def wall(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """A salon hang: balanced rows of things at their own sizes, each row centred, one flat wall."""
    if not boxes:
        return []
    area = sum((b.size.width + options.spacing) * (b.size.height + options.spacing) for b in boxes)
    target = max(math.sqrt(area * 2.0), max(b.size.width for b in boxes))
    rows: list[list[int]] = [[]]
    used = 0.0
    for index, box in enumerate(boxes):
        step = box.size.width + options.spacing
        if rows[-1] and used + step / 2 > target:
            rows.append([])
            used = 0.0
        rows[-1].append(index)
        used += step
    heights = [max(boxes[i].size.height for i in indices) for indices in rows]
    total = sum(heights) + options.spacing * (len(rows) - 1)
    top = total + max(CLEARANCE, EYE - total / 2)
    poses: dict[int, Pose] = {}
    for indices, height in zip(rows, heights, strict=True):
        for index, x in zip(indices, _run([boxes[i].size.width for i in indices], options.spacing), strict=True):
            poses[index] = Pose(position=(x, top - height / 2, 0.0))
        top -= height + options.spacing
    return [poses[i] for i in range(len(boxes))]


def circle(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """Equal angles on one circle, facing its centre; the first at the back, then clockwise as seen from above."""
    count = len(boxes)
    radius = _radius(boxes, options, 2 * math.pi / max(count, 1))
    return [_on_circle(box, radius, math.pi - 2 * math.pi * i / count) for i, box in enumerate(boxes)]


def arc(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """The back half of a circle, left to right, facing its centre."""
    count = len(boxes)
    step = math.pi / max(count - 1, 1)
    radius = _radius(boxes, options, step)
    return [_on_circle(box, radius, math.pi if count == 1 else 1.5 * math.pi - i * step) for i, box in enumerate(boxes)]


def spiral(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """An Archimedean spiral that widens by one box a turn and rises gently, everything facing its centre."""
    if not boxes:
        return []
    step = max(box.size.width for box in boxes) + options.spacing
    rise = 0.08
    radius = options.radius or max(step / 2 * 1.2, options.clear + step / 2)
    growth = (max(max(b.size.depth for b in boxes), 0.6) + options.spacing * 2) / (2 * math.pi)
    angle, poses = math.pi, []
    for index, box in enumerate(boxes):
        pose = _on_circle(box, radius, angle)
        x, y, z = pose.position
        poses.append(Pose(position=(x, y + rise * index, z), rotation=pose.rotation))
        turn = 2 * math.asin(min(1.0, step / (2 * radius)))
        angle -= turn
        radius += growth * turn
    return poses


def timeline(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """Along x by time, at one scale for all: a box's centre is at the middle of its span.

    Boxes that overlap in time (a soundtrack under pictures) go onto tracks of their own, in front of the first.
    """
    if not boxes:
        return []
    spans = [(b.start, b.start + max(b.duration, 1e-3)) for b in boxes]
    tracks: list[float] = []
    track_of: list[int] = []
    for index in sorted(range(len(boxes)), key=lambda i: (spans[i][0], i)):
        start, end = spans[index]
        track = next((t for t, free in enumerate(tracks) if free <= start + 1e-6), len(tracks))
        if track == len(tracks):
            tracks.append(end)
        tracks[track] = end
        track_of.append(track)
    order = sorted(range(len(boxes)), key=lambda i: (spans[i][0], i))
    track_by_box = dict(zip(order, track_of, strict=True))
    scale = 0.0
    for track in range(len(tracks)):
        on_track = [i for i in order if track_by_box[i] == track]
        for a, b in pairwise(on_track):
            middle = (sum(spans[b]) - sum(spans[a])) / 2
            scale = max(scale, ((boxes[a].size.width + boxes[b].size.width) / 2 + options.spacing) / middle)
    end = max(e for _, e in spans)
    scale = scale or 1.0 / max(end, 1.0)
    depth = max(box.size.depth for box in boxes) + max(options.spacing, 0.6)
    return [
        Pose(position=((sum(spans[i]) / 2 - end / 2) * scale, resting(box), track_by_box[i] * depth))
        for i, box in enumerate(boxes)
    ]


def by_colour(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """A block for each leading colour, left to right around the colour wheel, then the neutral ones."""

    def rank(index: int) -> int:
        colour = boxes[index].colour
        return COLOURS.index(colour) if colour in COLOURS else len(COLOURS)

    order = sorted(range(len(boxes)), key=lambda i: (rank(i), i))
    blocks = [list(indices) for _, indices in groupby(order, key=rank)]
    tallest = max(1, math.ceil(math.sqrt(len(boxes) / 2)))
    placed: dict[int, Pose] = {}
    left = 0.0
    for indices in blocks:
        members = [boxes[i] for i in indices]
        poses = grid(members, Options(spacing=options.spacing, columns=math.ceil(len(members) / tallest)))
        low, high = span(members, poses)
        for index, pose in zip(indices, poses, strict=True):
            x, y, z = pose.position
            placed[index] = Pose(position=(x - low + left, y, z), rotation=pose.rotation)
        left += high - low + max(options.spacing * 3, 0.5)
    middle = (left - max(options.spacing * 3, 0.5)) / 2
    return [
        Pose(position=(placed[i].position[0] - middle, *placed[i].position[1:]), rotation=placed[i].rotation)
        for i in range(len(boxes))
    ]


def scatter(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """Loosely strewn over the floor without touching, the same way every time.

    Points of the sunflower spiral (Vogel 1979) moved by a Halton sequence, which is even but looks unplanned.
    """
    if not boxes:
        return []
    step = max(math.hypot(b.size.width, b.size.depth) for b in boxes) + options.spacing
    golden = math.pi * (3 - math.sqrt(5))
    poses: list[Pose] = []
    for index, box in enumerate(boxes):
        radius = options.clear + step * math.sqrt(index + 0.5) * 1.15
        angle = index * golden
        jitter = step * 0.12
        x = radius * math.sin(angle) + (_halton(index + 1, 2) - 0.5) * jitter
        z = radius * math.cos(angle) + (_halton(index + 1, 3) - 0.5) * jitter
        poses.append(Pose(position=(x, resting(box), z), rotation=(0.0, (_halton(index + 1, 5) - 0.5) * 50, 0.0)))
    return poses


def room(boxes: Sequence[Box], options: Options) -> list[Pose]:
    """Pictures along three walls, clockwise from the left one's front, facing inwards; what stands is in the middle.

    The front is open. Up to four pictures hang on the back wall alone.
    """
    hung = [i for i, box in enumerate(boxes) if not box.stands]
    standing = [i for i, box in enumerate(boxes) if box.stands]
    middle = grid([boxes[i] for i in standing], Options(spacing=max(options.spacing, 1.0)))
    free = max((math.hypot(p.position[0], p.position[2]) for p in middle), default=0.0) + options.clear
    free += max((math.hypot(boxes[i].size.width, boxes[i].size.depth) / 2 for i in standing), default=0.0)
    left, back, right = _thirds(hung, boxes, options.spacing)
    # A picture's thickness stays clear of those around the corner, and a visitor gets a step past what stands inside.
    corner = max((boxes[i].size.depth for i in hung), default=0.0) + max(options.spacing, 0.3)
    half_width = max(_length(back, boxes, options.spacing) / 2 + corner, free + 1.0)
    side = max(_length(left, boxes, options.spacing), _length(right, boxes, options.spacing))
    depth = max(side / 2 + corner, free + 1.0)
    poses = dict(zip(standing, middle, strict=True))
    for index, along in zip(left, _along(left, boxes, options.spacing), strict=True):
        poses[index] = Pose(position=(-half_width, resting(boxes[index]), -along), rotation=(0.0, 90.0, 0.0))
    for index, along in zip(back, _along(back, boxes, options.spacing), strict=True):
        poses[index] = Pose(position=(along, resting(boxes[index]), -depth))
    for index, along in zip(right, _along(right, boxes, options.spacing), strict=True):
        poses[index] = Pose(position=(half_width, resting(boxes[index]), along), rotation=(0.0, -90.0, 0.0))
    return [poses[i] for i in range(len(boxes))]


def _thirds(
    indices: Sequence[int], boxes: Sequence[Box], spacing: float
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Three runs of about one length, in order; few boxes are all in the second."""
    if len(indices) <= 4:
        return (), tuple(indices), ()
    whole = _length(indices, boxes, spacing)
    thirds: tuple[list[int], list[int], list[int]] = ([], [], [])
    reached = 0.0
    for index in indices:
        width = boxes[index].size.width + spacing
        thirds[min(2, int((reached + width / 2) / (whole + spacing) * 3))].append(index)
        reached += width
    return tuple(thirds[0]), tuple(thirds[1]), tuple(thirds[2])


def _along(indices: Sequence[int], boxes: Sequence[Box], spacing: float) -> list[float]:
    return _run([boxes[i].size.width for i in indices], spacing)


def _length(indices: Sequence[int], boxes: Sequence[Box], spacing: float) -> float:
    return sum(boxes[i].size.width for i in indices) + spacing * max(0, len(indices) - 1)


ARRANGEMENTS: dict[ArrangementName, Arrangement] = {
    "grid": grid,
    "circle": circle,
    "row": row,
    "column": column,
    "stack": stack,
    "spiral": spiral,
    "wall": wall,
    "timeline": timeline,
    "by colour": by_colour,
    "arc": arc,
    "scatter": scatter,
    "room": room,
}


def span(boxes: Sequence[Box], poses: Sequence[Pose]) -> tuple[float, float]:
    """Left and right edge of upright boxes that face the visitor."""
    lefts = [p.position[0] - b.size.width / 2 for b, p in zip(boxes, poses, strict=True)]
    rights = [p.position[0] + b.size.width / 2 for b, p in zip(boxes, poses, strict=True)]
    return min(lefts), max(rights)


def _run(widths: Sequence[float], spacing: float) -> list[float]:
    """Centres of spans side by side, the whole centred on zero."""
    total = sum(widths) + spacing * max(0, len(widths) - 1)
    edge, centres = -total / 2, []
    for width in widths:
        centres.append(edge + width / 2)
        edge += width + spacing
    return centres


def _radius(boxes: Sequence[Box], options: Options, step: float) -> float:
    """Least radius at which neighbours at an angle of `step` do not touch and the centre stays free."""
    if options.radius is not None:
        return options.radius
    if not boxes:
        return 0.0
    chord = max(box.size.width for box in boxes) + options.spacing
    deepest = max(box.size.depth for box in boxes)
    # Boxes are flat and tangent: their inner corners come closer than their centres, by half a depth.
    needed = chord / (2 * math.sin(min(step, math.pi) / 2)) if len(boxes) > 1 else 0.0
    return max(needed + deepest / 2, options.clear + deepest / 2 + options.spacing, 0.5 if len(boxes) > 1 else 0.0)


def _on_circle(box: Box, radius: float, angle: float) -> Pose:
    position = (radius * math.sin(angle), resting(box), radius * math.cos(angle))
    return Pose(position=position, rotation=facing(position, (0.0, 0.0, 0.0)) if radius > 0 else (0.0, 0.0, 0.0))


def _halton(index: int, base: int) -> float:
    """Term `index` of the van der Corput sequence in `base` (Halton 1960), in [0, 1)."""
    value, fraction = 0.0, 1.0
    while index:
        fraction /= base
        index, digit = divmod(index, base)
        value += digit * fraction
    return value
