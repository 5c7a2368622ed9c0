"""How often one person may call."""

from __future__ import annotations

import time
from collections.abc import Callable

from spatialnb.server.problems import Refused

PEOPLE = 1_000
"""Buckets that are kept; the fullest go first, as a full one says nothing."""


class Rates:
    """A bucket a person that holds `burst` calls and is filled with `per_second`. For one event loop."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, person: str) -> None:
        """Count a call of `person`. Raises `Refused` (429), with the seconds to wait, when the bucket is empty."""
        now = self._clock()
        left = self._left(person, now)
        if left < 1:
            wait = (1 - left) / self._per_second
            raise Refused(
                429,
                f"That is more than {self._per_second:g} calls a second. Try again in {wait:.1f} s.",
                headers={"Retry-After": str(max(1, round(wait)))},
            )
        self._buckets[person] = (left - 1, now)
        if len(self._buckets) > PEOPLE:
            fullest = max(self._buckets, key=lambda name: self._left(name, now))
            del self._buckets[fullest]

    def _left(self, person: str, now: float) -> float:
        left, at = self._buckets.get(person, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_second)
