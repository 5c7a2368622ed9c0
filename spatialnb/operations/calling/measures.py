"""How the operations of a project do: how often, how fast, how well, at what cost."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "name": "string",
    "version": "int64",
    "calls": "int64",
    "success_rate": "float64",
    "p50_s": "float64",
    "p95_s": "float64",
    "cost_usd": "float64",
    "cached": "int64",
    "retries": "int64",
    "forecast_s": "float64",
    "last_error": "string",
}
"""Columns of the table and their types; seconds, US dollars, shares from 0 to 1."""


@dataclass(frozen=True)
class Measured:
    """One call."""

    name: str
    version: int
    seconds: float
    error: str = ""
    cost_usd: float = 0.0
    cached: bool = False
    retries: int = 0


@dataclass
class Measures:
    """The calls of a project, counted."""

    _calls: list[Measured] = field(default_factory=list[Measured])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, call: Measured) -> None:
        with self._lock:
            self._calls.append(call)

    def frame(self) -> pd.DataFrame:
        """A row an operation and version, sorted by name."""
        import numpy as np
        import pandas as pd

        by: dict[tuple[str, int], list[Measured]] = {}
        with self._lock:
            for call in self._calls:
                by.setdefault((call.name, call.version), []).append(call)
        rows = [
            {
                "name": name,
                "version": version,
                "calls": len(calls),
                "success_rate": sum(not c.error for c in calls) / len(calls),
                "p50_s": float(np.quantile([c.seconds for c in calls], 0.5)),
                "p95_s": float(np.quantile([c.seconds for c in calls], 0.95)),
                "cost_usd": sum(c.cost_usd for c in calls),
                "cached": sum(c.cached for c in calls),
                "retries": sum(c.retries for c in calls),
                "forecast_s": float(np.median([c.seconds for c in calls])),
                "last_error": next((c.error for c in reversed(calls) if c.error), ""),
            }
            for (name, version), calls in sorted(by.items())
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
