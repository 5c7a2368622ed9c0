"""Changes that could not be written, on this machine's disk until the store is back.

A file for each writer, locked while that writer lives. Whoever opens the project takes over the files of the dead.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path as FilePath

from spatialnb.models.base import Frozen
from spatialnb.models.change import Author, Call, Edit
from spatialnb.store.lock import FileLock


class Intent(Frozen):
    """A change that someone wants, not yet at its place in the log."""

    token: str
    edits: tuple[Edit, ...]
    base: int
    call: Call
    author: Author
    actor: str = ""
    run: str = ""
    step: str = ""
    correlation_id: str = ""
    at: datetime
    summary: str = ""
    undoes: tuple[int, ...] = ()
    redoes: tuple[int, ...] = ()
    confirmed: int = 0
    """Latest revision that the store was known to have. Only after it can this change be in the log already."""
    fence: int = 0
    """The number under which its run was the writer's; see `store/leases.py`."""
    revision: int = 0
    """The revision it has been given for the time being; 0: none."""


class Journal:
    """One writer's file. Made when there is something to write, gone when it has been written to the store."""

    def __init__(self, path: FilePath) -> None:
        self.path = path
        self._lock = FileLock(path)
        self._file: int | None = None

    def add(self, intent: Intent) -> None:
        """Write one line, to the disk."""
        if self._file is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire()
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(self._file, intent.model_dump_json(exclude_defaults=True).encode() + b"\n")
        os.fsync(self._file)

    def remove(self) -> None:
        """All of it is in the store."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        # Emptied while it is ours, as some systems remove no file that is open.
        with contextlib.suppress(FileNotFoundError):
            os.truncate(self.path, 0)
        self._lock.release()
        with contextlib.suppress(PermissionError):
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Leave it to whoever opens the project next."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._lock.release()

    def adopt(self) -> bool:
        """Take over a file whose writer is dead. False if it lives, or if someone else was faster."""
        if not self._lock.acquire(wait=False):
            return False
        if not self.path.exists() or self.path.stat().st_size == 0:
            self.remove()
            return False
        return True

    def read(self) -> list[Intent]:
        """Every line that was written whole; a last one that was cut off was never answered for."""
        whole, _, _ = self.path.read_bytes().rpartition(b"\n")
        return [Intent.model_validate_json(line) for line in whole.splitlines()]


class Journals:
    """The files of one project."""

    def __init__(self, folder: FilePath, root: str) -> None:
        self._folder = folder
        self._stem = hashlib.sha256(root.encode()).hexdigest()[:24]

    def of(self, client: str) -> Journal:
        return Journal(self._folder / f"{self._stem}-{client}.jsonl")

    def left_over(self) -> Iterator[Journal]:
        """Files of writers that are dead, taken over."""
        for path in sorted(self._folder.glob(f"{self._stem}-*.jsonl")):
            journal = Journal(path)
            if journal.adopt():
                yield journal
