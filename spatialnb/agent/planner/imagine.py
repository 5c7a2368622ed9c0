"""The project as it will be while a plan runs, as far as later clauses need it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spatialnb.agent.planner.frames import Fit
from spatialnb.errors import Unusable
from spatialnb.models import selection as s
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.models.plan import PlanStep
from spatialnb.models.project import Project
from spatialnb.operations.language.doings import History
from spatialnb.operations.language.evaluate import Search
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.registry import Operation
from spatialnb.operations.resolve import resolve
from spatialnb.operations.scene import free_id, new_item, positioned
from spatialnb.space.arrangements import resting


class Imagined:
    """A project that follows the steps of a plan without running them."""

    def __init__(
        self, project: Project, pointing: Pointing, search: Search | None, history: History | None = None
    ) -> None:
        self.history = history
        self.project = project
        self.start = project
        self.moved: set[str] = set()
        """Ids of what steps so far are about that may move it."""
        self.pointing = pointing
        self.search = search
        self.touched: dict[str, set[str]] = {}
        """Step to the ids of what it is about."""
        self._known: dict[tuple[str, str, bool], tuple[Item | Asset, ...] | Unusable] = {}
        """What was resolved since the last step that was imagined."""

    def resolve(self, node: s.Selection, to: Any, *, one: bool = False) -> tuple[Item | Asset, ...]:
        key = (str(node), str(to), one)
        if key not in self._known:
            try:
                self._known[key] = resolve(
                    node, self.project, self.pointing, to=to, one=one, search=self.search, history=self.history
                )
            except Unusable as error:
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, Unusable):
            raise found
        return found

    def ids(self, node: s.Selection, to: Any) -> set[str]:
        """What a reference points at, items by their id and assets by theirs; empty where it points at nothing yet."""
        try:
            return {thing.id for thing in self.resolve(node, to)}
        except Unusable:
            return set()

    def midpoint(self, things: Sequence[Item | Asset]) -> list[float]:
        """The point in the middle of what stands in the space, metres."""
        points = [thing.position for thing in things if isinstance(thing, Item)] or [(0.0, 0.0, 0.0)]
        return [round(sum(point[k] for point in points) / len(points), 6) for k in range(3)]

    def imagine(self, step: PlanStep, operation: Operation, one: Fit, touched: set[str]) -> None:
        """Follow one step."""
        self._known.clear()
        ids = set(touched)
        if operation.changes in ("items", "layout"):
            self.moved |= touched
        if operation.approval == "deletes":
            self.project = self.project.without_items(i for i in touched if self.project.item(i))
        elif operation.references and operation.changes in ("items", "layout"):
            ids |= self._placed(touched)
        if operation.name == "label" and (text := one.args.get("text")):
            ids |= self._add(str(text)[:60], "label", None)
        self.touched[step.id] = ids
        mine = tuple(each for each in sorted(ids) if self.project.item(each))
        if mine:
            self.pointing = self.pointing.model_copy(update={"last": mine})

    def _placed(self, touched: set[str]) -> set[str]:
        new: set[str] = set()
        for each in sorted(touched):
            asset = self.project.assets.get(each)
            if asset is not None:
                new |= self._add(asset.name, asset.kind, asset.id)
        return new

    def _add(self, name: str, kind: Any, asset: str | None) -> set[str]:
        item_id = free_id(name, {item.id for _, item in self.project.items()})
        source = self.project.assets.get(asset or "")
        if source is not None:
            item = new_item(self.project, source)
            height = resting(positioned(self.project, item))
            item = item.model_copy(update={"id": item_id, "position": (0.0, height, 0.0)})
        else:
            item = Item(id=item_id, name=name, kind=kind, asset=asset, text=name if kind == "label" else "")
        self.project = self.project.with_items([item])
        return {item_id}
