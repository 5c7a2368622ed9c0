"""The part of a file that a `Range` header asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import NamedTuple

_ONE = re.compile(r"^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$", re.IGNORECASE | re.ASCII)


class Span(NamedTuple):
    """Bytes `start` up to, not including, `end`."""

    start: int
    end: int

    def content_range(self, size: int) -> str:
        """Value of the `Content-Range` header."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


class Unsatisfiable(Exception):
    """The range lies outside the file: status 416."""


def span_of(header: str | None, size: int) -> Span | None:
    """The span that `header` asks for of a file of `size` bytes, or None where the whole file is the right answer.

    A header that is malformed, or asks for several spans at once, may be ignored, and is. Raises `Unsatisfiable`.
    """
    if not header or (match := _ONE.match(header)) is None:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:  # the last so many bytes
        count = min(int(last), size)
        if count == 0:
            raise Unsatisfiable
        return Span(size - count, size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Span(start, min(int(last) + 1, size) if last else size)
