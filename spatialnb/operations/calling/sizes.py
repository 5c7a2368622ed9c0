"""What a call is about in numbers: what its time and cost may depend on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST = 12
"""Numbers that are kept of a call, at most."""


def sizes_of(args: Mapping[str, Any]) -> dict[str, float]:
    """Numeric arguments by name; of texts and of lists (things that are pointed at are lists) their lengths."""
    found: dict[str, float] = {}
    for name, value in args.items():
        kind = type(value)
        if kind is float or kind is int:
            found[name] = value
        elif kind is str or kind is tuple or kind is list or kind is dict:
            found[name] = len(value)
        if len(found) == MOST:
            break
    return found
