"""What a model is told of the scene: few words, however much is in it."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spatialnb.models.canvas import Item
from spatialnb.models.geometry import Vec3, distance
from spatialnb.models.project import Project
from spatialnb.operations.pointing import Pointing

BUDGET = 1400
"""Tokens, by the estimate below, which is on the safe side."""
_UNTOLD = frozenset({"preview", "bytes"})
"""Fields of results that no model needs, and that differ between machines."""
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
    placed = {item.asset for item in items.values()}
    unplaced = [project.assets[name] for name in sorted(project.assets) if name not in placed]
    if unplaced:
        told = (f"- {asset.id} “{_short(asset.name)}” {asset.kind}" for asset in unplaced)
        _fill(lines, "In the library, not placed:", told, left, len(unplaced))
    return "\n".join(lines)


def portable(value: Any) -> Any:
    """A result as a model is told of it: the same in every folder, without what is for eyes only."""
    if isinstance(value, str):
        for folder, short in ((Path.cwd(), ""), (Path.home(), f"~{os.sep}")):
            value = value.replace(f"{folder}{os.sep}", short) if len(folder.parts) > 1 else value
        return value
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {name: portable(inner) for name, inner in value.items() if name not in _UNTOLD}
    if isinstance(value, (list, tuple)):
        return [portable(inner) for inner in value]
    return value


def _overview(project: Project, items: Iterable[Item]) -> Iterator[str]:
    placed = list(items)
    kinds = Counter(asset.kind for asset in project.assets.values())
    library = ", ".join(f"{count} {kind}" for kind, count in _most(kinds)) or "empty"
    yield f"Project “{project.name}”. Library: {library}."
    if not placed:
        yield "Nothing is placed in the space yet."
        return
    count = Counter(item.kind for item in placed)
    spans = [(min(i.position[k] for i in placed), max(i.position[k] for i in placed)) for k in range(3)]
    where = ", ".join(f"{axis} {low:.1f}..{high:.1f}" for axis, (low, high) in zip("xyz", spans, strict=True))
    yield f"Placed: {', '.join(f'{n} {kind}' for kind, n in _most(count))}; centres within {where}."
    groups = Counter(item.group for item in placed if item.group)
    if groups:
        names = {g.id: g.name for canvas in project.canvases.values() for g in canvas.groups.values()}
        told = ", ".join(f"{gid} “{_short(names.get(gid, gid))}” ({n})" for gid, n in _most(groups)[:8])
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
            key=lambda o: (distance(o.position, item.position), o.id),
            default=None,
        )
        beside = f"; nearest is {near.id}, {distance(near.position, item.position):.2f} m away" if near else ""
        yield f"Moved by the person since the last turn: {item.id} to {_point(item.position)}{beside}."
    if len(moved) > 6:
        yield f"And {len(moved) - 6} more moved by the person."


def _order(items: dict[str, Item], pointing: Pointing) -> Sequence[Item]:
    first = (*pointing.moved, *pointing.selection, *pointing.last, *pointing.made)
    # Steps that run side by side are written down in any order; ids are the same each time.
    return [items[name] for name in dict.fromkeys((*first, *sorted(items, key=_natural))) if name in items]


def _natural(name: str) -> tuple[str, int]:
    """Sorts `photo-2` before `photo-10`."""
    stem, _, number = name.rpartition("-")
    return (stem, int(number)) if number.isdecimal() else (name, 0)


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


def _most(counted: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent first; ties by name."""
    return sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))


def _placed(items: Iterable[Item]) -> int:
    return len({item.asset for item in items if item.asset})


def _point(position: Vec3) -> str:
    return "(" + ", ".join(f"{c:.1f}" for c in position) + ")"


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:39]}…"
