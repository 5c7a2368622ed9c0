"""How the operations of a project do: how often, how fast, how well, at what cost, and what the next call will take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from spatialnb.operations.calling.forecast import Forecast, forecast
from spatialnb.store.measures import ACCURACY, CallMeasured, CallMeasures

if TYPE_CHECKING:
    import pandas as pd

    from spatialnb.operations.registry import Operation

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
    "forecast_usd": "float64",
    "forecast_error": "float64",
    "last_error": "string",
}
"""Columns of the table and their types; seconds, US dollars, shares from 0 to 1."""


class Measures:
    """The calls of a project, in every process, counted for half a year."""

    def __init__(self, calls: CallMeasures) -> None:
        self._calls = calls

    def add(self, call: CallMeasured) -> None:
        """Count a call; it is written in the background."""
        self._calls.add(call)

    def frame(self) -> pd.DataFrame:
        """A row an operation and version, sorted by name.

        `success_rate` is the share of the calls that gave an outcome. Times are those of calls that did the work, as
        exact as `accuracy`; `cached` is how many did not have to. `forecast_s` and `forecast_usd` are for a call like
        the latest; `forecast_error` is the median relative error of that time on calls that were held back (NaN: too
        few).
        """
        import pandas as pd

        rows: list[dict[str, object]] = []
        for tally in self._calls.read():
            latest = tally.samples[-1].sizes if tally.samples else {}
            foreseen = forecast(tally.samples, latest)
            rows.append(
                {
                    "name": tally.name,
                    "version": tally.version,
                    "calls": tally.calls,
                    "success_rate": tally.succeeded / tally.calls if tally.calls else float("nan"),
                    "p50_s": tally.quantile(0.5),
                    "p95_s": tally.quantile(0.95),
                    "cost_usd": tally.cost_usd,
                    "cached": tally.cached,
                    "retries": tally.retries,
                    "forecast_s": foreseen.seconds if foreseen else float("nan"),
                    "forecast_usd": foreseen.cost_usd if foreseen else float("nan"),
                    "forecast_error": foreseen.error if foreseen else float("nan"),
                    "last_error": tally.last_error,
                }
            )
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)

    @property
    def accuracy(self) -> float:
        """Relative error of the quantiles, at most."""
        return ACCURACY

    def forecast(self, operation: Operation, sizes: Mapping[str, float]) -> Forecast | None:
        """What a call of this size will take, from earlier calls; None if there were none."""
        return forecast(self._calls.samples(operation.name, operation.version), sizes)
