"""What a call will take, from what earlier calls of the operation took, by the size of what they were about.

Time is taken as a + b x, where x is one number about the call: how many things it points at, a numeric argument, the
length of a text; or as a constant. The line is Theil and Sen's, the median of the slopes between pairs of calls, which
single slow calls do not bend. Which number to go by is decided on the older calls by cross-validation; the error that
is reported is that on the newest quarter, which had no part in it. Then all calls are used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from spatialnb.operations.calling.words import dollars, seconds_in_words
from spatialnb.store.measures import Sample

if TYPE_CHECKING:
    import numpy as np

    Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

LATEST = 64
"""Calls that are looked at."""
FEWEST = 8
"""Calls below which nothing but the median is worth a try."""
FOLDS = 4


@dataclass(frozen=True)
class Forecast:
    """What a call will take."""

    seconds: float
    cost_usd: float
    error: float
    """Median relative error of the seconds on calls that were held back; NaN where there were too few to tell."""
    calls: int
    """How many calls it is drawn from."""
    by: str = ""
    """The argument that it goes by; empty: they all take about as long."""

    def text(self) -> str:
        """For people: "about 12 s (give or take 20 %), about $0.04"."""
        spread = f" (give or take {max(1, round(self.error * 100))} %)" if self.error < 1 and self.seconds >= 1 else ""
        cost = f", about {dollars(self.cost_usd)}" if self.cost_usd > 0 else ""
        time = seconds_in_words(self.seconds)
        return f"{time if time.startswith('under') else f'about {time}'}{spread}{cost}"


@dataclass(frozen=True)
class _Line:
    by: str
    start: float
    slope: float
    low: float
    high: float
    """The sizes it was drawn from. Beyond twice the largest nobody has looked, so that it goes no further."""
    least: float

    def at(self, size: float | None) -> float:
        if size is None or not self.by:
            return self.start if not self.by else self.start + self.slope * (self.low + self.high) / 2
        return max(self.start + self.slope * min(size, 2 * self.high), self.least)


def forecast(samples: Sequence[Sample], sizes: Mapping[str, float]) -> Forecast | None:
    """What a call of `sizes` will take, from `samples` (oldest first); None if there are none."""
    import numpy as np

    latest = samples[-LATEST:]
    if not latest:
        return None
    seconds = np.array([sample.seconds for sample in latest])
    costs = np.array([sample.cost_usd for sample in latest])
    numbers = _numbers(latest)
    held = len(latest) // 4 if len(latest) >= FEWEST else 0
    error = float("nan")
    by = ""
    if held:
        older = {name: values[:-held] for name, values in numbers.items()}
        by = _chosen(seconds[:-held], older)
        trial = _line(by, seconds[:-held], older)
        told = np.array([trial.at(_size(numbers, by, i)) for i in range(len(latest) - held, len(latest))])
        error = _error(told, seconds[-held:])
    line, price = _line(by, seconds, numbers), _line(by, costs, numbers)
    return Forecast(
        seconds=line.at(sizes.get(by)),
        cost_usd=max(0.0, price.at(sizes.get(by))),
        error=error,
        calls=len(latest),
        by=by,
    )


def _numbers(samples: Sequence[Sample]) -> dict[str, Floats]:
    """The numbers that every call has and that differ between calls."""
    import numpy as np

    names = set(samples[0].sizes).intersection(*(sample.sizes for sample in samples[1:]))
    columns = {name: np.array([float(sample.sizes[name]) for sample in samples]) for name in sorted(names)}
    return {name: values for name, values in columns.items() if np.ptp(values) > 0}


def _size(numbers: Mapping[str, Floats], by: str, index: int) -> float | None:
    return float(numbers[by][index]) if by else None


def _chosen(seconds: Floats, numbers: Mapping[str, Floats]) -> str:
    """The number that foretells calls best which were left out; none unless it is clearly better than the median."""
    import numpy as np

    errors: dict[str, float] = {}
    for by in ("", *numbers):
        told = np.empty_like(seconds)
        for fold in range(FOLDS):
            left_out = np.arange(len(seconds)) % FOLDS == fold
            line = _line(by, seconds[~left_out], {name: values[~left_out] for name, values in numbers.items()})
            told[left_out] = [line.at(_size(numbers, by, int(i))) for i in np.flatnonzero(left_out)]
        errors[by] = _error(told, seconds)
    best = min(errors, key=lambda by: errors[by])
    return best if errors[best] < 0.9 * errors[""] else ""


def _error(told: Floats, true: Floats) -> float:
    import numpy as np

    return float(np.median(np.abs(told - true) / np.maximum(true, 1e-9)))


def _line(by: str, values: Floats, numbers: Mapping[str, Floats]) -> _Line:
    import numpy as np

    middle = float(np.median(values))
    sizes = numbers.get(by)
    if sizes is None or np.ptp(sizes) == 0:
        return _Line("", middle, 0.0, 0.0, 0.0, 0.0)
    one, other = np.triu_indices(len(values), 1)
    apart = sizes[other] - sizes[one]
    slopes = (values[other] - values[one])[apart != 0] / apart[apart != 0]
    slope = max(0.0, float(np.median(slopes)))
    start = float(np.median(values - slope * sizes))
    return _Line(by, start, slope, float(sizes.min()), float(sizes.max()), float(values.min()) / 2)
