"""A change as it stands in the log's stream: the change, who wrote it, and the undo stacks after it."""

from __future__ import annotations

import json
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from spatialnb.models.change import Change
from spatialnb.store.undo import Mark

COMPRESSED_FROM = 4096
"""Bytes from which a change is stored compressed."""


class Entry(NamedTuple):
    """One entry of the stream."""

    change: Change
    token: str
    """`<client>:<number>`: says that two attempts to write are one, and whose change it is."""
    mark: Mark
    size: int = 0
    """Bytes as stored."""

    @property
    def client(self) -> str:
        return self.token.partition(":")[0]


def encode(change: Change, token: str, mark: Mark) -> dict[bytes, bytes]:
    """Fields of the stream's entry."""
    data = change.model_dump_json(exclude_defaults=True).encode()
    if len(data) >= COMPRESSED_FROM:
        data = zlib.compress(data, 1)
    return {b"c": data, b"t": token.encode(), b"m": json.dumps(mark, separators=(",", ":")).encode()}


def decode(fields: Mapping[bytes, bytes]) -> Entry:
    data = fields[b"c"]
    text = data if data[:1] == b"{" else zlib.decompress(data)
    start, below, undo, redo, holes = json.loads(fields[b"m"])
    return Entry(
        Change.model_validate_json(text), token_of(fields), Mark(start, below, undo, redo, tuple(holes)), len(data)
    )


def token_of(fields: Mapping[bytes, bytes]) -> str:
    return fields[b"t"].decode()


def revision_of(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])


class Recent:
    """The entries read or written last, at most so many, and so many edits in all: memory stays bounded."""

    def __init__(self, entries: int = 2_000, edits: int = 50_000) -> None:
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._most = entries
        self._most_edits = edits
        self._edits = 0

    def add(self, entry: Entry) -> None:
        self.forget(entry.change.revision)
        self._entries[entry.change.revision] = entry
        self._edits += len(entry.change.edits)
        while len(self._entries) > self._most or (self._edits > self._most_edits and len(self._entries) > 1):
            _, old = self._entries.popitem(last=False)
            self._edits -= len(old.change.edits)

    def get(self, revision: int) -> Entry | None:
        return self._entries.get(revision)

    def forget(self, revision: int) -> None:
        if (old := self._entries.pop(revision, None)) is not None:
            self._edits -= len(old.change.edits)

    def __len__(self) -> int:
        return len(self._entries)


def pairs(reply: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Entries of an XRANGE reply: id and fields."""
    return list(reply)
