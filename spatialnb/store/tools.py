"""The outside sources of operations that were added to a project, so that every kernel and server of it has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from spatialnb.models.base import Json, canonical_json
from spatialnb.store.connection import Link
from spatialnb.store.keys import ProjectKeys


class ToolStore:
    """Source name to what is needed to have it again (JSON, without secrets). Nothing is left of what is removed."""

    def __init__(self, link: Link, keys: ProjectKeys) -> None:
        self._link = link
        self._key = keys.tools

    def all(self) -> dict[str, dict[str, Any]]:
        """Every source, by name. Raises `StoreUnavailable`."""
        stored: Any = self._link.run(lambda client: client.hgetall(self._key))
        return {name.decode(): json.loads(value) for name, value in stored.items()}

    def put(self, name: str, source: Mapping[str, Json]) -> None:
        """Keep a source, in place of one of that name. Raises `StoreUnavailable`."""
        self._link.run(lambda client: client.hset(self._key, name, canonical_json(source)))

    def remove(self, name: str) -> bool:
        """Forget a source; says whether there was one. Raises `StoreUnavailable`."""
        return bool(self._link.run(lambda client: client.hdel(self._key, name)))
