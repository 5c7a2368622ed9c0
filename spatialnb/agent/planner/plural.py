"""More of the same, each its own, and all but those: what numbers and exceptions mean once things are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from spatialnb.agent.planner.frames import Fit
from spatialnb.agent.planner.imagine import Imagined
from spatialnb.agent.planner.lexicon import Lexicon
from spatialnb.errors import Unusable
from spatialnb.models import selection as s
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.models.project import Project


def multiplied(one: Fit, world: Imagined, lexicon: Lexicon) -> Fit:
    """ "add two balls", "two more robots", "three copies of it": copies of what is there, where there are too few."""
    noun = one.things.get("items")
    if one.operation.name != "place" or noun is None or "duplicate" not in lexicon.registry:
        return one
    copies = one.args.get("copies")
    if copies is None and not (noun.more or (noun.indefinite and (noun.count or 0) > 1)):
        return one
    try:
        things = world.resolve(_uncounted(noun.selection), "any")
    except Unusable:
        return one
    count = int(copies or noun.count or 1)
    if copies is None and not noun.more and len(things) >= count:
        return one
    if copies is None and len({thing.name for thing in things}) > 1:
        # "two more robots" are more of what is called so, not of all that has to do with robots.
        things = tuple(thing for thing in things if thing.name.lower() == noun.head)
        if not things:
            return one
    if any(isinstance(thing, Asset) for thing in things):
        only = replace(noun, selection=s.Ids(ids=(things[0].id,)), count=None) if copies is None else noun
        return replace(one, args={**one.args, "copies": count}, things={**one.things, "items": only})
    chosen = tuple(thing.id for thing in (things if copies is not None else things[:1]))
    copied = replace(noun, selection=s.Ids(ids=chosen), count=None, pronoun=False)
    then: dict[str, Any] = {**one.then}
    then |= {name: value for name, value in one.args.items() if name not in ("copies", "distance", "at")}
    then |= {name: other for name, other in one.things.items() if name != "items"}
    if "at" in one.args:
        then["to"] = one.args["at"]
    return replace(
        one,
        operation=lexicon.registry.get("duplicate"),
        args={"copies": count},
        things={"items": copied},
        then=then,
    )


def _uncounted(node: s.Selection) -> s.Selection:
    """The things that a number, or an article, takes some of."""
    while isinstance(node, s.Take | s.One | s.Nth):
        node = node.of
    return node


def pinned(node: s.Selection, last: tuple[str, ...]) -> s.Selection:
    """`node` with what was spoken of last as it is when the plan is made; by the time of a step it may be other things.

    A pointer by itself is left: it is taken from the step that it means.
    """
    if isinstance(node, s.Union | s.Intersect):
        return node.model_copy(update={"parts": tuple(pinned(part, last) for part in node.parts)})
    fields: dict[str, Any] = {}
    for name in ("of", "without", "to"):
        inner = getattr(node, name, None)
        if inner == s.Pointed(at="last") and last:
            fields[name] = s.Ids(ids=last)
        elif isinstance(inner, s.Node):
            fields[name] = pinned(inner, last)  # pyright: ignore[reportArgumentType]
    return node.model_copy(update=fields) if fields else node


def other_than(node: s.Selection, named: s.Selection) -> s.Selection:
    """`node` with "other" read as other than what is named."""
    if isinstance(node, s.Except) and node.without == s.Pointed(at="last"):
        return node.model_copy(update={"without": named})
    inner = getattr(node, "of", None)
    return node if inner is None else node.model_copy(update={"of": other_than(inner, named)})


def own_text(project: Project, thing: Item | Asset, what: str) -> str:
    """A thing's own name, date or kind, as words to be shown."""
    asset = project.asset_of(thing) if isinstance(thing, Item) else thing
    if what == "date" and asset is not None and asset.created is not None:
        return asset.created.strftime("%d %B %Y").lstrip("0")
    return thing.kind if what == "kind" else thing.name
