"""Assets as a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from spatialnb.models.asset import Asset

if TYPE_CHECKING:
    import pandas as pd

_TYPES = {
    "name": "string",
    "kind": "category",
    "mime": "category",
    "bytes": "int64",
    "width": "Int32",
    "height": "Int32",
    "duration": "Float64",
    "frame_rate": "Float64",
    "has_audio": "boolean",
    "loudness": "Float64",
    "tempo": "Float64",
    "vertices": "Int64",
    "faces": "Int64",
    "words": "Int64",
    "brightness": "Float64",
    "sharpness": "Float64",
    "transparent": "boolean",
    "colour": "string",
    "hex": "string",
    "created": "datetime64[s, UTC]",
    "text": "string",
    "source": "string",
    "origin": "string",
    "licence": "string",
    "hash": "string",
}
_FACTS = tuple(name for name in _TYPES if name in Asset.model_fields["facts"].annotation.model_fields)  # pyright: ignore


def frame(assets: Iterable[Asset]) -> pd.DataFrame:
    """A row an asset, indexed by its id; whole numbers stay whole where some are missing. `created` is in UTC."""
    import pandas as pd

    rows = [_row(asset) for asset in assets]
    columns = ["name", "kind", "labels", *[name for name in _TYPES if name not in ("name", "kind")]]
    index = pd.Index([row["id"] for row in rows], name="id", dtype="string")
    table = pd.DataFrame(rows, columns=["id", *columns]).drop(columns="id").set_axis(index, axis="index")
    table["created"] = pd.to_datetime(table["created"], utc=True)
    return table.astype({name: dtype for name, dtype in _TYPES.items() if name in table})


def _row(asset: Asset) -> dict[str, Any]:
    leading = asset.colours[0] if asset.colours else None
    facts = asset.facts.model_dump(include=set(_FACTS))
    own = {name: getattr(asset, name) for name in ("id", "name", "kind", "mime", "bytes", "created", "text", "source")}
    return {
        **own,
        **facts,
        "labels": list(asset.labels),
        "colour": leading.name if leading else None,
        "hex": leading.hex if leading else None,
        "origin": asset.origin,
        "licence": asset.licence,
        "hash": asset.hash,
    }
