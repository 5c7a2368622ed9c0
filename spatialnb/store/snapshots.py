"""The project as a whole, kept now and then, so that it can be opened without reading its log from the start."""

from __future__ import annotations

import logging
import threading
import zlib

from spatialnb.errors import StoreUnavailable
from spatialnb.models.project import Project
from spatialnb.store.connection import Link
from spatialnb.store.keys import ProjectKeys

log = logging.getLogger(__name__)

EVERY = 200
"""Changes between two snapshots."""
BULK = 1 << 20
"""Bytes of changes after which there is one earlier, unless a snapshot is larger than that itself."""
PER_OCTAVE = 4
"""How many are kept of those that are between n and 2 n changes old."""


class Snapshots:
    """Snapshots of one project."""

    def __init__(self, link: Link, keys: ProjectKeys) -> None:
        self._link = link
        self._keys = keys
        self._latest = 0
        self._size = 0
        self._since = 0
        self._writer: threading.Thread | None = None

    def load(self, at: int | None = None) -> Project | None:
        """The latest snapshot, no later than revision `at`; None if there is none."""
        revisions = sorted(int(r) for r in self._link.run(lambda client: client.hkeys(self._keys.snapshots)))  # pyright: ignore
        fitting = [r for r in revisions if at is None or r <= at]
        if not fitting:
            return None
        data: bytes | None = self._link.run(lambda client: client.hget(self._keys.snapshots, str(fitting[-1])))  # pyright: ignore
        if data is None:  # thinned out by someone else just now
            return self.load(at)
        text = zlib.decompress(data)
        if at is None:
            self._latest, self._size, self._since = fitting[-1], len(text), 0
        return Project.model_validate_json(text)

    def consider(self, project: Project, size: int) -> None:
        """Keep one in the background if it is time. `size`: bytes of the change just written."""
        self._since += size
        if project.revision - self._latest >= EVERY or self._since > max(BULK, 4 * self._size):
            if self._writer is not None and self._writer.is_alive():
                return
            self._latest, self._since = project.revision, 0
            self._writer = threading.Thread(
                target=self._keep, args=(project,), name="spatialnb-store-snapshot", daemon=True
            )
            self._writer.start()

    def _keep(self, project: Project) -> None:
        text = project.model_dump_json().encode()
        self._size = len(text)
        data = zlib.compress(text, 3)
        try:
            self._link.run(lambda client: client.hset(self._keys.snapshots, str(project.revision), data))  # pyright: ignore
            kept = [int(r) for r in self._link.run(lambda client: client.hkeys(self._keys.snapshots))]  # pyright: ignore
            if old := thinned(kept):
                self._link.run(lambda client: client.hdel(self._keys.snapshots, *map(str, old)))
        except StoreUnavailable as error:
            log.info("No snapshot at revision %s: %s", project.revision, error)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.join(timeout=10)


def thinned(revisions: list[int]) -> list[int]:
    """Those that can go: the older, the fewer are kept, so that their number grows as the logarithm of the log's."""
    latest = max(revisions, default=0)
    seen: set[tuple[int, int]] = set()
    gone: list[int] = []
    for revision in sorted(revisions):
        age = (latest - revision) // EVERY
        octave = age.bit_length()
        width = max(1, (1 << octave) // (2 * PER_OCTAVE))
        # By the revision and not by the age: what is kept today is what would have been kept before.
        slot = (octave, revision // EVERY // width)
        if slot in seen:
            gone.append(revision)
        seen.add(slot)
    return gone
