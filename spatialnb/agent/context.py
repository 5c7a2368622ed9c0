"""What a model is told of the scene: few words, however much is in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from spatialnb.models.canvas import Item
from spatialnb.models.geometry import Vec3, distance
from spatialnb.models.project import Project
from spatialnb.operations.pointing import Pointing

BUDGET = 1400
"""Tokens, by the estimate below, which is on the safe side."""
PIECE = re.compile(r"[A-Za-z]{1,5}|\d{1,3}|[^\sA-Za-z0-9]|[^\x00-\x7f]")


def tokens(text: str) -> int:
    """About how many tokens a text is, rather too many than too few."""
    return len(PIECE.findall(text))


def describe(project: Project, pointing: Pointing, budget: int = BUDGET) -> str:
    """The project as a model is told of it: counts, extent, groups, what is pointed at, then things one by one.

    What a person points at or moved comes first; when `budget` tokens are used up the rest is only counted.
    """
    items = {item.id: item for _, item in project.items()}
    lines = [*_overview(project, items.values()), *_pointed(project, pointing, items)]
    left = budget - sum(tokens(line) + 1 for line in lines)
    listed = _order(items, pointing)
    share = left if len(project.assets) <= _placed(items.values()) else int(left * 0.7)
    left -= _fill(lines, "Items: id “name” kind at (x, y, z), width x height:", map(_item, listed), share, len(listed))
    unplaced = [asset for asset in project.assets.values() if asset.id not in {item.asset for item in items.values()}]
    if unplaced:
        told = (f"- {asset.id} “{_short(asset.name)}” {asset.kind}" for asset in unplaced)
        _fill(lines, "In the library, not placed:", told, left, len(unplaced))
    return "\n".join(lines)


def _overview(project: Project, items: Iterable[Item]) -> Iterator[str]:
    placed = list(items)
    kinds = Counter(asset.kind for asset in project.assets.values())
    library = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "empty"
    yield f"Project “{project.name}”, revision {project.revision}. Library: {library}."
    if not placed:
        yield "Nothing is placed in the space yet."
        return
    count = Counter(item.kind for item in placed)
    spans = [(min(i.position[k] for i in placed), max(i.position[k] for i in placed)) for k in range(3)]
    where = ", ".join(f"{axis} {low:.1f}..{high:.1f}" for axis, (low, high) in zip("xyz", spans, strict=True))
    yield f"Placed: {', '.join(f'{n} {kind}' for kind, n in count.most_common())}; centres within {where}."
    groups = Counter(item.group for item in placed if item.group)
    if groups:
        names = {g.id: g.name for canvas in project.canvases.values() for g in canvas.groups.values()}
        told = ", ".join(f"{gid} “{_short(names.get(gid, gid))}” ({n})" for gid, n in groups.most_common(8))
        yield f"Groups: {told}{f' and {len(groups) - 8} more' if len(groups) > 8 else ''}."


def _pointed(project: Project, pointing: Pointing, items: dict[str, Item]) -> Iterator[str]:
    for title, ids in (
        ("Selected", pointing.selection),
        ("Spoken of last", pointing.last),
        ("Made last", pointing.made),
        ("Listed last, in this order", pointing.shown),
    ):
        there = [name for name in ids if name in items or name in project.assets]
        if there:
            yield f"{title}: {', '.join(there[:8])}{f' and {len(there) - 8} more' if len(there) > 8 else ''}."
    moved = [items[name] for name in pointing.moved if name in items]
    for item in moved[:6]:
        near = min(
            (o for o in items.values() if o.id != item.id),
            key=lambda o: distance(o.position, item.position),
            default=None,
        )
        beside = f"; nearest is {near.id}, {distance(near.position, item.position):.2f} m away" if near else ""
        yield f"Moved by the person since the last turn: {item.id} to {_point(item.position)}{beside}."
    if len(moved) > 6:
        yield f"And {len(moved) - 6} more moved by the person."


def _order(items: dict[str, Item], pointing: Pointing) -> Sequence[Item]:
    first = (*pointing.moved, *pointing.selection, *pointing.last, *pointing.made)
    return [items[name] for name in dict.fromkeys((*first, *items)) if name in items]


def _fill(lines: list[str], title: str, told: Iterable[str], budget: int, count: int) -> int:
    """Lines under a title while they fit; says how many did not. Returns the tokens used."""
    if not count:
        return 0
    used = tokens(title) + 12
    lines.append(title)
    shown = 0
    for line in told:
        cost = tokens(line) + 1
        if used + cost > budget:
            break
        lines.append(line)
        used += cost
        shown += 1
    if shown < count:
        lines.append(f"- and {count - shown} more, not listed; select them by words.")
    return used


def _item(item: Item) -> str:
    size = f"{item.size.width:.1f}x{item.size.height:.1f}"
    group = f" in {item.group}" if item.group else ""
    return f"- {item.id} “{_short(item.name)}” {item.kind} {_point(item.position)} {size}{group}"


def _placed(items: Iterable[Item]) -> int:
    return len({item.asset for item in items if item.asset})


def _point(position: Vec3) -> str:
    return "(" + ", ".join(f"{c:.1f}" for c in position) + ")"


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:39]}…"
