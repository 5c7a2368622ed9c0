"""The scene and its history as tables, and an edited table as one change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spatialnb.errors import Invalid, NotFound
from spatialnb.models.change import Change
from spatialnb.models.geometry import PRECISION
from spatialnb.models.project import Project

if TYPE_CHECKING:
    import pandas as pd

MEASURES = ("x", "y", "z", "rx", "ry", "rz", "width", "height", "depth")
WRITABLE = ("name", "group", *MEASURES)
COLUMNS = ("id", "asset", "name", "kind", "canvas", "group", *MEASURES)


def items_frame(project: Project) -> pd.DataFrame:
    """A row an item: id, asset, name, kind, canvas, group, position (m), rotation (degrees), size (m)."""
    import pandas as pd

    rows = [
        (
            *(item.id, item.asset, item.name, item.kind, canvas.id, item.group),
            *(*item.position, *item.rotation, item.size.width, item.size.height, item.size.depth),
        )
        for canvas, item in project.items()
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    types: dict[str, Any] = dict.fromkeys(MEASURES, "float64")
    types |= dict.fromkeys(("id", "asset", "name", "group"), "str") | dict.fromkeys(("kind", "canvas"), "category")
    return frame.astype(types)


def edited_rows(project: Project, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """What differs between `frame` and the scene, as rows of `update_items`.

    Columns and rows that are left out are left alone, and so are empty cells. Raises `NotFound` for an id that is not
    in the scene and `Invalid` for a frame without ids or with a cell that is no number.
    """
    if "id" not in frame.columns:
        raise Invalid("A table of items needs its 'id' column; start from studio.items().", "frame")
    known = {str(row["id"]): row for row in items_frame(project).to_dict("records")}
    changed: list[dict[str, Any]] = []
    for row in frame.to_dict("records"):
        item_id = str(row["id"])
        if (now := known.get(item_id)) is None:
            raise NotFound(f"There is no item {item_id!r} in the space; studio.items() lists what there is.")
        update: dict[str, Any] = {}
        for column in WRITABLE:
            value = row.get(column)
            if value is None or value != value or value == now[column]:
                continue
            if column in MEASURES:
                value = _number(column, value)
                if round(value, PRECISION) == round(now[column], PRECISION):
                    continue
            update[column] = value
        if update:
            changed.append({"id": item_id, **update})
    return changed


def _number(column: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Invalid(f"{column} cannot be {value!r}: it is a number.", column) from None


def history_frame(changes: list[Change]) -> pd.DataFrame:
    """A row a change: revision, time, author, operation, what it did, its run, and what it undoes or makes again."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "revision": change.revision,
                "at": change.at,
                "author": change.author,
                "operation": change.call.operation,
                "summary": change.summary,
                "run": change.run,
                "edits": len(change.edits),
                "undoes": ", ".join(map(str, change.undoes)),
                "redoes": ", ".join(map(str, change.redoes)),
            }
            for change in changes
        ],
        columns=["revision", "at", "author", "operation", "summary", "run", "edits", "undoes", "redoes"],
    )
