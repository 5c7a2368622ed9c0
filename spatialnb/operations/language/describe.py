"""Selections and projects in words: for messages, questions and the titles of steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from spatialnb.models import selection as s
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item, ItemKind
from spatialnb.models.project import Project

KIND_NOUNS: dict[ItemKind, tuple[str, str]] = {
    "image": ("photo", "photos"),
    "video": ("video", "videos"),
    "audio": ("sound", "sounds"),
    "model": ("object", "objects"),
    "text": ("text", "texts"),
    "label": ("label", "labels"),
}


@dataclass(frozen=True)
class Words:
    """A selection in words: for one, for several, and what to say when there is none."""

    singular: str
    plural: str
    missing: str


def describe(node: s.Selection) -> Words:
    """What a selection is after: "red photo", "red photos", "There are no red photos here."."""
    name, adjectives, kind = _gathered(node)
    one, many = KIND_NOUNS[kind] if kind else ("thing", "things")
    if name:
        prefix = " ".join(adjectives)
        what = f"{prefix} {name}".strip()
        where = "Nothing here" if kind is None else f"None of the {many} here"
        called = f"{where} is called “{what}”."
        return Words(f"“{what}”", f"things called “{what}”" if kind is None else f"{many} called “{what}”", called)
    text = " ".join(adjectives)
    return Words(f"{text} {one}".strip(), f"{text} {many}".strip(), f"There are no {f'{text} {many}'.strip()} here.")


def _gathered(node: s.Selection) -> tuple[str, list[str], ItemKind | None]:
    name, adjectives, kind = "", list[str](), None
    current: s.Selection | None = node
    while current is not None:
        if isinstance(current, s.Named):
            name = name or current.description
        elif isinstance(current, s.Filter):
            kind = kind or current.kind
            adjectives[:0] = [w for w in (current.colour, current.label) if w]
            adjectives[:0] = _states(current)
        current = getattr(current, "of", None)
    return name, adjectives, kind


def _states(node: s.Filter) -> list[str]:
    words = {"hidden": ("hidden", "visible"), "locked": ("locked", "unlocked"), "placed": ("placed", "unplaced")}
    return [words[name][not value] for name in words if (value := getattr(node, name)) is not None]


def count_of(things: Sequence[Item | Asset]) -> str:
    """Things in words: "Robot", "Robot and Lamp", "12 photos", "3 photos and 2 videos"."""
    if not things:
        return "nothing"
    if len(things) <= 2:
        return joined([thing.name for thing in things])
    counts = Counter[ItemKind](thing.kind for thing in things)
    return joined([f"{n} {KIND_NOUNS[kind][n != 1]}" for kind, n in counts.items()])


def joined(parts: Sequence[str], word: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}" if parts else ""


def inventory(project: Project, to: str = "any") -> str:
    """What there is instead: "There are 12 photos, 2 videos and a robot."."""
    things: list[Item | Asset] = [item for _, item in project.items()]
    placed = {item.asset for item in things if isinstance(item, Item)}
    if to != "item":
        things += [asset for asset in project.assets.values() if asset.id not in placed]
    if not things:
        return "The space is still empty." if to == "item" else "The library is still empty; ingest some media first."
    by_kind: dict[ItemKind, list[str]] = {}
    for thing in things:
        by_kind.setdefault(thing.kind, []).append(thing.name)
    parts: list[str] = []
    for kind, names in by_kind.items():
        different = list(dict.fromkeys(names))
        if kind == "model" and len(different) <= 4:
            parts += [_article(name) for name in different]
        else:
            one, many = KIND_NOUNS[kind]
            parts.append(f"{len(names)} {many}" if len(names) > 1 else f"a {one}")
    return f"There {'is' if len(things) == 1 else 'are'} {joined(parts)}."


def _article(name: str) -> str:
    word = name.lower() if name.istitle() else name
    return f"{'an' if word[:1] in 'aeiou' else 'a'} {word}"
