"""From what is pointed at to the things themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from spatialnb.errors import Ambiguous, Invalid, NotFound, NotUnderstood
from spatialnb.models import selection as s
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.models.project import Project
from spatialnb.models.selection import SelectionLike
from spatialnb.operations.language.describe import inventory
from spatialnb.operations.language.doings import History
from spatialnb.operations.language.evaluate import Evaluator, Search, Target
from spatialnb.operations.phrases import names_of, selection_of
from spatialnb.operations.pointing import Pointing


def resolve(
    reference: SelectionLike | Sequence[Item | Asset | str] | Any,
    project: Project,
    pointing: Pointing,
    *,
    to: Target,
    one: bool = False,
    search: Search | None = None,
    history: History | None = None,
) -> tuple[Item | Asset, ...]:
    """The items, the assets or either that `reference` points at, in the order of placement or of the library.

    `reference` is words, an id, a selection in either form, a sequence of ids and things (their order is kept), or a
    frame with an `id` column. `history` tells what was done when. Raises `NotFound` (and says what there is instead),
    `Ambiguous` (with choices) where one thing is wanted and several fit, and `Invalid` for what is no reference.
    """
    evaluator = Evaluator(project, pointing, to, search, history)
    node = as_selection(reference, project)
    try:
        things = evaluator.found(node)
    except RecursionError:
        raise Invalid("That selection is nested too deeply.") from None
    if one and len(things) > 1:
        things = evaluator.only(things, node)
    if to == "item" and any(isinstance(thing, Asset) for thing in things):
        raise evaluator.missing(node)
    return tuple(things)


def as_selection(reference: Any, project: Project) -> s.Selection:
    """A reference in any of its forms as a selection. Raises `Invalid`, `NotFound`, `NotUnderstood`."""
    if isinstance(reference, s.Node):
        return cast(s.Selection, reference)
    if isinstance(reference, str):
        return _from_text(reference, project)
    if isinstance(reference, (Item, Asset)):
        return s.Ids(ids=(reference.id,))
    if isinstance(reference, Mapping):
        return s.selection_from_json(dict(cast("Mapping[str, Any]", reference)))
    columns = getattr(reference, "columns", None)
    if columns is not None:
        if "id" not in columns:
            raise Invalid("A frame that points at things needs an `id` column.", "items")
        return _from_ids([str(value) for value in reference["id"]], project)
    if isinstance(reference, Sequence):
        parts = [as_selection(part, project) for part in cast("Sequence[Any]", reference)]
        if not parts:
            raise NotFound(f"Nothing was pointed at. {inventory(project)}")
        if all(isinstance(part, s.Ids) for part in parts):
            return s.Ids(ids=tuple(each for part in parts for each in cast(s.Ids, part).ids))
        return parts[0] if len(parts) == 1 else s.Union(parts=tuple(parts))
    raise Invalid(
        f"{type(reference).__name__} does not say which things are meant; give words, ids, items or a selection."
    )


def _from_ids(ids: Sequence[str], project: Project) -> s.Selection:
    missing = next((each for each in ids if not _is_id(each, project)), None)
    if missing is not None:
        raise NotFound(f"There is no item or asset with the id {missing!r}. {inventory(project)}")
    if not ids:
        raise NotFound(f"Nothing was pointed at. {inventory(project)}")
    return s.Ids(ids=tuple(ids))


def _is_id(text: str, project: Project) -> bool:
    return (
        text in project.assets
        or project.item(text) is not None
        or any(text in canvas.groups for canvas in project.canvases.values())
    )


def _from_text(text: str, project: Project) -> s.Selection:
    text = text.strip()
    if not text:
        raise NotFound(f"Nothing was pointed at. {inventory(project)}")
    if _is_id(text, project):
        return s.Ids(ids=(text,))
    if s.is_canonical(text):
        try:
            return s.parse(text)
        except Invalid:
            if not _is_name(text, project):
                raise
    if _is_name(text, project):
        return s.Named(description=text)
    try:
        return selection_of(text, names_of(project))
    except NotUnderstood:
        raise NotFound(f"Nothing here is called “{text[:60]}”. {inventory(project)}") from None


def _is_name(text: str, project: Project) -> bool:
    wanted = text.casefold()
    return any(asset.name.casefold() == wanted for asset in project.assets.values()) or any(
        item.name.casefold() == wanted for _, item in project.items()
    )


__all__ = ["Ambiguous", "Search", "Target", "as_selection", "resolve"]
