"""Evaluating a selection over a project."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from spatialnb.errors import Ambiguous, NotFound
from spatialnb.models import selection as s
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.models.project import Project
from spatialnb.operations.language import doings
from spatialnb.operations.language.describe import describe, inventory
from spatialnb.operations.language.measures import Measures, Thing, lines, stands
from spatialnb.operations.language.tokens import split
from spatialnb.operations.language.vocabulary import COLOURS, SMALL_WORDS
from spatialnb.operations.language.words import lemma
from spatialnb.operations.pointing import Pointing

Target: TypeAlias = Literal["item", "asset", "any"]
Search: TypeAlias = Callable[[str], Sequence[tuple[str, float]]]
Domain: TypeAlias = Literal["items", "unplaced", "both", "assets"]
MEANT = 0.5
"""Score from which a thing found by meaning alone counts as what was meant."""
LOOSELY = 0.2
"""The same where something like it was asked for."""
SHARE = 0.12
"""Share of a picture's pixels from which it counts as having a colour."""
_FALLBACKS: Mapping[s.Pointer, tuple[s.Pointer, ...]] = {
    "selection": ("selection", "last", "made"),
    "last": ("last", "selection", "made"),
    "made": ("made",),
    "moved": ("moved",),
    "shown": ("shown", "last", "selection"),
}


class TooFew(NotFound):
    """A number was asked for and there are fewer."""


class Evaluator:
    """Evaluates selections over one project; made anew for each request."""

    def __init__(
        self,
        project: Project,
        pointing: Pointing,
        to: Target,
        search: Search | None,
        history: doings.History | None = None,
    ) -> None:
        self.history = history
        self.project = project
        self.pointing = pointing
        self.to: Target = to
        self.search = search
        self.measures = Measures(project)
        self.items = [item for _, item in project.items()]
        placed = {item.asset for item in self.items}
        self.unplaced = [asset for asset in project.assets.values() if asset.id not in placed]
        self._groups = {g.id: g.name for c in project.canvases.values() for g in c.groups.values()}

    def _after(self, to: Target) -> Evaluator:
        """An evaluator of the same that is after something else."""
        return Evaluator(self.project, self.pointing, to, self.search, self.history)

    # -- where to look ------------------------------------------------------------------------------------------------
    def choose(self, node: s.Selection) -> list[Thing]:
        """The things meant: placed ones where any fit, else those of the library, part by part."""
        if self.to == "asset":
            return self._as_assets(node)
        if isinstance(node, s.Union):
            return _unique(thing for part in node.parts for thing in self.found(part))
        if isinstance(node, s.Except):
            return self._without(self.choose(node.of), node, "both")
        if self.to == "item":
            return self.evaluate(node, "items")
        if isinstance(node, s.Ids | s.Pointed):
            # Each was named by itself: that one of them is placed says nothing of the others.
            return self.evaluate(node, "both")
        short: TooFew | None = None
        try:
            if found := self.evaluate(node, "items"):
                return found
        except TooFew as error:
            short = error
        wider: Domain = "both" if short else "unplaced"
        return self.evaluate(node, wider)

    def found(self, node: s.Selection) -> list[Thing]:
        """The things meant. Raises `NotFound` when there are none."""
        things = self.choose(node)
        if not things and (wider := _without_pointer(node)) is not None:
            things = self.choose(wider)
        if not things:
            raise self.missing(node)
        return things

    def missing(self, node: s.Selection) -> NotFound:
        """What to say when nothing fits."""
        if isinstance(node, s.Pointed) or (isinstance(node, s.One) and isinstance(node.of, s.Pointed)):
            return NotFound(_NOTHING_POINTED[node.at if isinstance(node, s.Pointed) else "last"])
        if self.to == "item":
            other = self._after("asset")
            try:
                there = other.choose(node)
            except Ambiguous as error:
                there = [self.project.assets[each] for each, _ in error.choices if each in self.project.assets]
            except NotFound:
                there = []
            if there:
                names = ", ".join(thing.name for thing in there[:3])
                few, them = ("is", "it") if len(there) == 1 else ("are", "them")
                return NotFound(f"{names} {few} in the library but not in the space yet. Place {them} first.")
        return NotFound(f"{describe(node).missing} {inventory(self.project, self.to)}")

    def _as_assets(self, node: s.Selection) -> list[Thing]:
        if isinstance(node, s.Union):
            return _unique(thing for part in node.parts for thing in self.found(part))
        things = self.evaluate(node, "assets") or self.evaluate(node, "items")
        assets = (self.measures.asset(thing) for thing in things)
        return _unique(asset for asset in assets if asset is not None)

    # -- the algebra --------------------------------------------------------------------------------------------------
    def evaluate(self, node: s.Selection, domain: Domain) -> list[Thing]:
        return _NODES[type(node)](self, node, domain)

    def all(self, node: s.All, domain: Domain) -> list[Thing]:
        if domain == "assets":
            return list(self.project.assets.values())
        if domain == "both" or (node.everywhere and self.to != "item"):
            return [*self.items, *self.unplaced]
        return list(self.items if domain == "items" else self.unplaced)

    def ids(self, node: s.Ids, domain: Domain) -> list[Thing]:
        return _unique(thing for each in node.ids for thing in self.by_id(each, domain))

    def by_id(self, each: str, domain: Domain) -> list[Thing]:
        """The things that an id stands for; an asset stands for its items where items are wanted."""
        if (item := self.project.item(each)) is not None:
            return [item]
        if (asset := self.project.assets.get(each)) is not None:
            placed: list[Thing] = [i for i in self.items if i.asset == each] if domain in ("items", "both") else []
            return placed or ([asset] if domain != "items" else [])
        return list(self.project.members(each)) if each in self._groups else []

    def pointed(self, node: s.Pointed, domain: Domain) -> list[Thing]:
        for pointer in _FALLBACKS[node.at]:
            ids: tuple[str, ...] = getattr(self.pointing, pointer)
            if things := self.ids(s.Ids(ids=ids), domain):
                return things
        return []

    def named(self, node: s.Named, domain: Domain) -> list[Thing]:
        things = self.evaluate(node.of, domain)
        wanted = words_of(node.description)
        if not wanted:
            return []
        if node.loosely and (alike := self._by_meaning(node.description, things, LOOSELY)):
            return alike
        groups = {group for group, name in self._groups.items() if words_of(name) == wanted}
        members: list[Thing] = [t for t in things if isinstance(t, Item) and t.group in groups]
        if members:
            return members
        if not node.description.rstrip().endswith("s") and (same := [t for t in things if words_of(t.name) == wanted]):
            return same  # "robot" is the one called that, not all that has to do with robots
        first = next(iter(wanted))
        likely = [(thing, self._words(thing)) for thing in things if first in self._said(thing)]
        if found := [thing for thing, words in likely if wanted <= words]:
            return found
        if found := [thing for thing in things if wanted <= words_of(self._text(thing))]:
            return found
        return self._by_meaning(node.description, things)

    def _by_meaning(self, description: str, things: Sequence[Thing], least: float = MEANT) -> list[Thing]:
        if self.search is None:
            return []
        scores = {asset: score for asset, score in self.search(description) if score >= least}
        best = max(scores.values(), default=0.0)
        near = {asset for asset, score in scores.items() if score >= best * 0.9}
        return [thing for thing in things if (asset := self.measures.asset(thing)) and asset.id in near]

    def _said(self, thing: Thing) -> str:
        asset = self.measures.asset(thing)
        group = self._groups.get(thing.group or "", "") if isinstance(thing, Item) else ""
        labels = " ".join((*thing.labels, *(asset.labels if asset and asset is not thing else ())))
        other = asset.name if asset and asset is not thing else ""
        return (
            f"{thing.name} {thing.id} {other} {labels} {group} {self._text(thing) if _is_short(thing) else ''}".lower()
        )

    def _words(self, thing: Thing) -> frozenset[str]:
        return words_of(self._said(thing)) | {thing.name.lower(), thing.id}

    def _text(self, thing: Thing) -> str:
        asset = self.measures.asset(thing)
        return f"{thing.text} {asset.text if asset and asset is not thing else ''}"

    def filter(self, node: s.Filter, domain: Domain) -> list[Thing]:
        things: Iterable[Thing] = self.evaluate(node.of, domain)
        for name, test in _TESTS.items():
            if (wanted := getattr(node, name)) not in (None, "", ()):
                things = test(self, list(things), wanted)
        return list(things)

    def relate(self, node: s.Relate, domain: Domain) -> list[Thing]:
        others = [thing for thing in self._items_of(node.to) if isinstance(thing, Item)]
        if not others:
            raise self.missing(node.to)
        boxes = [self.measures.box(item) for item in others]
        taken = {item.id for item in others}
        things = [t for t in self.evaluate(node.of, domain) if isinstance(t, Item) and t.id not in taken]
        return [item for item in things if stands(node.relation, self.measures.box(item), boxes, node.within)]

    def _items_of(self, node: s.Selection) -> list[Thing]:
        return self._after("item").found(node)

    def done(self, node: s.Done, domain: Domain) -> list[Thing]:
        if self.history is None:
            return []
        among = {thing.id: thing for thing in self.evaluate(node.of, domain)}
        ids = doings.ids_of(node, self.history())
        if domain == "items":
            # What was brought into the library is not yet placed; what is in the space counts from its own placing.
            ids = tuple(each for each in ids if self.project.item(each)) or ids
        found = (thing for each in ids for thing in self.by_id(each, domain))
        return _unique(thing for thing in found if thing.id in among)

    def line(self, node: s.Line, domain: Domain) -> list[Thing]:
        found = lines(self.measures, [t for t in self.evaluate(node.of, domain) if isinstance(t, Item)], node.along)
        index = node.n - 1 if node.n > 0 else len(found) + node.n
        if found and not 0 <= index < len(found):
            many = f"{len(found)} {node.along}{'s' if len(found) > 1 else ''}"
            raise TooFew(f"There {'are' if len(found) > 1 else 'is'} only {many}.")
        return list(found[index]) if found else []

    def order(self, node: s.Order, domain: Domain) -> list[Thing]:
        things = self.evaluate(node.of, domain)
        near = next((t for t in self._items_of(node.to) if isinstance(t, Item)), None) if node.to else None
        if near is not None:
            things = [thing for thing in things if thing.id != near.id]
        return self.measures.ordered(things, node.by, node.reverse, near)

    def take(self, node: s.Take, domain: Domain) -> list[Thing]:
        things = self.evaluate(node.of, domain)
        count = (
            node.count if node.count is not None else max(1, round((node.share or 0) * len(things))) if things else 0
        )
        if things and count > len(things):
            kind = describe(node.of).plural
            raise TooFew(f"There are only {len(things)} {kind}, not {count}.")
        if count == 0:
            return []
        return things[:count] if node.end == "first" else things[-count:]

    def nth(self, node: s.Nth, domain: Domain) -> list[Thing]:
        things = self.evaluate(node.of, domain)
        index = node.n - 1 if node.n > 0 else len(things) + node.n
        if things and not 0 <= index < len(things):
            raise TooFew(f"There are only {len(things)} {describe(node.of).plural}.")
        return [things[index]] if things else []

    def every(self, node: s.Every, domain: Domain) -> list[Thing]:
        return self.evaluate(node.of, domain)[(node.start or node.step) - 1 :: node.step]

    def one(self, node: s.One, domain: Domain) -> list[Thing]:
        things = self.evaluate(node.of, domain)
        if isinstance(node.of, s.Named) and self._is_group(node.of.description):
            return things
        return self.only(things, node.of)

    def _is_group(self, name: str) -> bool:
        words = words_of(name)
        return any(words_of(group) == words for group in self._groups.values())

    def only(self, things: list[Thing], node: s.Selection) -> list[Thing]:
        """The single thing meant. Raises `Ambiguous` where pointing does not tell which."""
        if len(things) < 2:
            return things
        wanted = _description(node).lower()
        for tier in (
            [t for t in things if t.name.lower() == wanted or t.id == wanted],
            [t for t in things if wanted and words_of(wanted) == words_of(t.name)],
            [t for t in things if wanted and _is_head(wanted, t.name)],
            [t for t in things if t.id in self.pointing.selection],
            [t for t in things if t.id in self.pointing.last],
            [t for t in things if t.id in self.pointing.made],
        ):
            if len(tier) == 1:
                return tier
            if tier:
                things = tier
        if isinstance(node, s.Named | s.Filter) and wanted:
            named = [t for t in things if words_of(wanted) <= words_of(t.name)]
            if len(named) == 1:
                return named
            things = named or things
        names = [t.name for t in things[:4]] + (["…"] if len(things) > 4 else [])
        raise Ambiguous(
            f"Which {describe(node).singular} do you mean? There are {len(things)}: {', '.join(names)}.",
            [(t.id, t.name) for t in things],
        )

    def except_(self, node: s.Except, domain: Domain) -> list[Thing]:
        return self._without(self.evaluate(node.of, domain), node, domain)

    def _without(self, things: list[Thing], node: s.Except, domain: Domain) -> list[Thing]:
        out = self._after("any")
        unwanted = out.evaluate(node.without, "both") or out.evaluate(node.without, domain)
        if not unwanted and not isinstance(node.without, s.Pointed):
            raise out.missing(node.without)
        gone = {thing.id for thing in unwanted}
        if self.to == "asset":
            gone |= {thing.asset for thing in unwanted if isinstance(thing, Item) and thing.asset}
        return [thing for thing in things if thing.id not in gone]

    def union(self, node: s.Union, domain: Domain) -> list[Thing]:
        return _unique(thing for part in node.parts for thing in self.evaluate(part, domain))

    def intersect(self, node: s.Intersect, domain: Domain) -> list[Thing]:
        if not node.parts:
            return []
        first, *rest = (self.evaluate(part, domain) for part in node.parts)
        keep = [{thing.id for thing in things} for things in rest]
        return [thing for thing in first if all(thing.id in ids for ids in keep)]


def _is_head(description: str, name: str) -> bool:
    """Whether a description ends in the word a name is about: "the lamp" is a "Floor lamp", not "The lamp and I"."""
    if " and " in name.lower():
        return False
    asked = description.split()
    about = re.split(r"\b(?:of|with|in|on|at|by|for)\b", name.lower())[0].split()
    return bool(asked and about) and words_of(asked[-1]) == words_of(about[-1])


_NODES: Mapping[type[Any], Callable[[Evaluator, Any, Domain], list[Thing]]] = {
    s.All: Evaluator.all,
    s.Ids: Evaluator.ids,
    s.Pointed: Evaluator.pointed,
    s.Named: Evaluator.named,
    s.Filter: Evaluator.filter,
    s.Relate: Evaluator.relate,
    s.Done: Evaluator.done,
    s.Line: Evaluator.line,
    s.Order: Evaluator.order,
    s.Take: Evaluator.take,
    s.Nth: Evaluator.nth,
    s.Every: Evaluator.every,
    s.One: Evaluator.one,
    s.Except: Evaluator.except_,
    s.Union: Evaluator.union,
    s.Intersect: Evaluator.intersect,
}


# -- tests of a filter -------------------------------------------------------------------------------------------------
def _called(e: Evaluator, things: list[Thing], wanted: str) -> list[Thing]:
    return [t for t in things if wanted in e._words(t)] or things  # pyright: ignore[reportPrivateUsage]


def _colour(e: Evaluator, things: list[Thing], wanted: str) -> list[Thing]:
    names = COLOURS.get(wanted, (wanted,))
    seen = [t for t in things if _has_colour(e.measures.asset(t), names)]
    return seen or [t for t in things if wanted in e._words(t)]  # pyright: ignore[reportPrivateUsage]


def _has_colour(asset: Asset | None, names: Sequence[str]) -> bool:
    if asset is None or not asset.colours:
        return False
    share = sum(colour.share for colour in asset.colours if colour.name in names)
    return asset.colours[0].name in names or share >= SHARE


def _label(e: Evaluator, things: list[Thing], wanted: str) -> list[Thing]:
    words = words_of(wanted)
    return [t for t in things if words <= _labels(e, t)]


def _labels(e: Evaluator, thing: Thing) -> frozenset[str]:
    asset = e.measures.asset(thing)
    return words_of(" ".join((*thing.labels, *(asset.labels if asset else ()))))


def _group(e: Evaluator, things: list[Thing], wanted: str) -> list[Thing]:
    words = words_of(wanted)
    ids = {
        g.id
        for c in e.project.canvases.values()
        for g in c.groups.values()
        if g.id == wanted or words_of(g.name) == words
    }
    members = {item.id for group in ids for item in e.project.members(group)}
    return [t for t in things if t.id in members]


def _canvas(e: Evaluator, things: list[Thing], wanted: str) -> list[Thing]:
    words = words_of(wanted)
    inside = {i for c in e.project.canvases.values() if c.id == wanted or words_of(c.name) == words for i in c.items}
    return [t for t in things if t.id in inside]


def _says(e: Evaluator, things: list[Thing], wanted: str) -> list[Thing]:
    words = words_of(wanted)
    return [t for t in things if words <= words_of(e._text(t))]  # pyright: ignore[reportPrivateUsage]


def _side(e: Evaluator, things: list[Thing], wanted: s.Side) -> list[Thing]:
    index, sign = _SIDES[wanted]
    placed = [(t, p[index]) for t in things if (p := e.measures.position(t)) is not None]
    if not placed:
        return []
    low, high = min(x for _, x in placed), max(x for _, x in placed)
    middle, half = (low + high) / 2, (high - low) / 2
    if not sign:
        return [t for t, x in placed if abs(x - middle) <= half / 3]
    return [t for t, x in placed if (x - middle) * sign > 1e-6 or half < 1e-6]


_SIDES: Mapping[str, tuple[int, int]] = {
    "left": (0, -1),
    "right": (0, 1),
    "top": (1, 1),
    "bottom": (1, -1),
    "front": (2, 1),
    "back": (2, -1),
    "middle": (0, 0),
}


def _dated(keep: Callable[[date, date], bool]) -> Callable[[Evaluator, list[Thing], Any], list[Thing]]:
    def test(e: Evaluator, things: list[Thing], wanted: date) -> list[Thing]:
        pairs = ((t, e.measures.asset(t)) for t in things)
        return [t for t, a in pairs if a is not None and a.created is not None and keep(a.created.date(), wanted)]

    return test


def _kind(_: Evaluator, things: list[Thing], wanted: str) -> list[Thing]:
    return [t for t in things if t.kind == wanted]


def _flag(name: str) -> Callable[[Evaluator, list[Thing], Any], list[Thing]]:
    return lambda _, things, wanted: [t for t in things if isinstance(t, Item) and getattr(t, name) == wanted]


_TESTS: Mapping[str, Callable[[Evaluator, list[Thing], Any], list[Thing]]] = {
    "kind": _kind,
    "placed": lambda _, things, wanted: [t for t in things if isinstance(t, Item) == wanted],
    "hidden": _flag("hidden"),
    "locked": _flag("locked"),
    "label": _label,
    "group": _group,
    "canvas": _canvas,
    "says": _says,
    "since": _dated(lambda day, wanted: day >= wanted),
    "until": _dated(lambda day, wanted: day <= wanted),
    "colour": _colour,
    "where": lambda e, things, wanted: [t for t in things if all(e.measures.fits(t, c) for c in wanted)],
    "called": _called,
    "side": _side,
}


# -- words -------------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=60_000)
def words_of(text: str) -> frozenset[str]:
    """The singular words of a text that carry meaning, and its numbers."""
    words = {lemma(word) for word in split(text)}
    return frozenset(words - SMALL_WORDS) or frozenset(words)


def _is_short(thing: Thing) -> bool:
    return len(thing.text) <= 200


def _description(node: s.Selection) -> str:
    if isinstance(node, s.Named):
        return node.description
    return _description(node.of) if isinstance(node, s.Filter | s.Relate) else ""


def _without_pointer(node: s.Selection) -> s.Selection | None:
    """`node` over all things, where it was over what was mentioned: "the red ones" when none of those is red."""
    if isinstance(node, s.Pointed):
        return None
    inner = getattr(node, "of", None)
    if isinstance(inner, s.Pointed):
        return node.model_copy(update={"of": s.All()}) if inner.at == "shown" else None
    if inner is None:
        return None
    wider = _without_pointer(inner)
    return None if wider is None else node.model_copy(update={"of": wider})


def _unique(things: Iterable[Thing]) -> list[Thing]:
    return list({thing.id: thing for thing in things}.values())


_NOTHING_POINTED: Mapping[s.Pointer, str] = {
    "selection": "Nothing is selected. Click something in the space, or say which things you mean.",
    "last": "I do not know what that refers to yet. Say which things you mean, such as “the red photos”.",
    "made": "Nothing has been made yet in this conversation.",
    "moved": "Nothing has been moved by hand since your last request.",
    "shown": "Nothing has been listed yet. Say which things you mean, such as “the red photos”.",
}
