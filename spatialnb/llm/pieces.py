"""A stream's pieces, joined: a text that came in five hundred chunks is kept as a handful and still is a stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spatialnb.models.base import Json

VOID = {"again": True}
"""The chunk by which a stream takes back all that came before it."""
GROWING = frozenset({"content", "arguments", "text", "delta", "reasoning_content", "reasoning"})
"""Fields whose text is added to what came before under the same name."""
CLOCKS = frozenset({"id", "created", "system_fingerprint", "sequence_number"})
"""Fields of a whole chunk in which neighbours may differ."""
LONGEST = 240
"""Characters of a piece, about."""
FEWEST = 4
"""Pieces that a text which came in more is left in, at least."""


class Unlike(Exception):
    """Two pieces that are not parts of one text."""


def joined(chunks: Sequence[Json], *, whole: bool = False) -> list[Json]:
    """Chunks with neighbours that add to one and the same text put together; the same text in the same order.

    What a stream took back is left out. `whole` makes one piece of each text.
    """
    start = max((at + 1 for at, chunk in enumerate(chunks) if chunk == VOID), default=0)
    chunks = chunks[start:]
    length = _length(chunks) + 1 if whole else max(8, min(LONGEST, _length(chunks) // FEWEST))
    pieces: list[Json] = []
    for chunk in chunks:
        if pieces and _length(pieces[-1]) < length:
            try:
                pieces[-1] = _added(pieces[-1], chunk)
                continue
            except Unlike:
                pass
        pieces.append(chunk)
    return pieces


def _added(one: Json, other: Json) -> Json:
    """Two chunks as one. Raises `Unlike` unless all they differ in is one growing text."""
    grown: list[str] = []
    if isinstance(one, str) and isinstance(other, str):
        return one + other
    clocks: Mapping[str, Json] = {}
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        clocks = {name: value for name, value in one.items() if name in CLOCKS}
        one, other = ({k: v for k, v in chunk.items() if k not in CLOCKS} for chunk in (one, other))
    both = _both(one, other, "", grown)
    if len(grown) != 1:
        raise Unlike
    return {**clocks, **both} if clocks else both


def _both(one: Any, other: Any, name: str, grown: list[str]) -> Any:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if one.keys() != other.keys():
            raise Unlike
        return {key: _both(one[key], other[key], key, grown) for key in one}
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            raise Unlike
        return [_both(a, b, name, grown) for a, b in zip(one, other, strict=True)]
    if name in GROWING and isinstance(one, str) and isinstance(other, str):
        grown.append(name)
        return one + other
    if type(one) is not type(other) or one != other:
        raise Unlike
    return one


def _length(value: Any, name: str = "text") -> int:
    """Characters of growing text."""
    if isinstance(value, str):
        return len(value) if name in GROWING else 0
    if isinstance(value, Mapping):
        return sum(_length(inner, str(key)) for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return sum(_length(inner, name) for inner in value)
    return 0
