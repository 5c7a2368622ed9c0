"""Outcomes that may be used again, by what they depend on. Bounded in number, in size and in age."""

from __future__ import annotations

import json
import time
import zlib
from typing import Any, cast

from spatialnb.models.base import Json
from spatialnb.store import call_scripts as scripts
from spatialnb.store.connection import Link
from spatialnb.store.keys import RESULTS_BYTES, RESULTS_KEPT, RESULTS_TTL, TenantKeys

TOUCH = 600.0
"""Seconds within which one process notes the use of a result once: to note it is a write, which costs more than to
read."""
LARGEST = 2**20
"""Bytes of one kept outcome, compressed; larger ones are not kept."""


class Results:
    """Kept outcomes of a tenant: JSON by digest. Safe to use from several threads and processes."""

    def __init__(
        self, link: Link, keys: TenantKeys, *, most: int = RESULTS_KEPT, most_bytes: int = RESULTS_BYTES
    ) -> None:
        self._link = link
        self._keys = keys.results
        self._most = most
        self._most_bytes = most_bytes
        self._noted: dict[str, float] = {}

    def get(self, digest: str, *, oldest: float = RESULTS_TTL) -> tuple[Json, float] | None:
        """What was kept under `digest`, and when (Unix time), if that is at most `oldest` seconds ago.

        Raises `StoreUnavailable`.
        """
        now = time.time()
        packed = self._link.run(lambda client: cast("bytes | None", client.hget(self._keys.values, digest)))
        if packed is None:
            return None
        if now - self._noted.get(digest, 0.0) >= TOUCH:
            self._link.run(lambda client: client.zadd(self._keys.used, {digest: now}, xx=True))
            if len(self._noted) > self._most:
                self._noted.clear()
            self._noted[digest] = now
        kept = cast("dict[str, Any]", json.loads(zlib.decompress(packed)))
        return (kept["value"], kept["at"]) if now - kept["at"] <= oldest else None

    def keep(self, digest: str, value: Json) -> bool:
        """Keep `value`, unless it is too large. Raises `StoreUnavailable`."""
        now = time.time()
        packed = zlib.compress(json.dumps({"at": now, "value": value}, separators=(",", ":")).encode(), 1)
        if len(packed) > LARGEST:
            return False
        args: list[str | int | bytes] = [digest, packed, repr(now), self._most, self._most_bytes, RESULTS_TTL]
        keys = [self._keys.values, self._keys.used, self._keys.bytes]
        self._link.run(lambda client: scripts.keep_result(client, keys, args))
        return True
