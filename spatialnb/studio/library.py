"""A project's library as a person uses it in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from spatialnb.models.asset import Asset, AssetKind

if TYPE_CHECKING:
    import pandas as pd

    from spatialnb.library import Hit
    from spatialnb.operations.workspace import Workspace


class StudioLibrary:
    """The assets of one project: `len`, iteration, `frame()`, `search()`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def __len__(self) -> int:
        return len(self._workspace.project.assets)

    def __iter__(self) -> Iterator[Asset]:
        return iter(self._workspace.project.assets.values())

    def __repr__(self) -> str:
        return f"<library of {self._workspace.name!r}: {len(self)} assets>"

    def frame(self) -> pd.DataFrame:
        """A row an asset."""
        return self._workspace.library.frame(self._workspace.project.assets)

    def search(
        self,
        query: str = "",
        *,
        kind: AssetKind | None = None,
        colour: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
    ) -> list[Hit]:
        """Assets by words and meaning, kind, colour and date; best first, each with why it was found."""
        return self._workspace.library.search(
            self._workspace.project.assets, query, kind=kind, colour=colour, since=since, until=until, limit=limit
        )
