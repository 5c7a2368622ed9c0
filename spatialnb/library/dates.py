"""From when until when: dates as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from spatialnb.errors import Invalid

Moment = str | date | datetime


@dataclass(frozen=True)
class Span:
    """A stretch of time, both ends included; None is open."""

    since: datetime | None = None
    before: datetime | None = None

    @property
    def asked(self) -> bool:
        return self.since is not None or self.before is not None

    def holds(self, moment: datetime | None) -> bool:
        """Whether `moment` is inside; an unknown moment is inside only when nothing was asked."""
        if not self.asked:
            return True
        if moment is None:
            return False
        aware = _aware(moment)
        return (self.since is None or aware >= self.since) and (self.before is None or aware < self.before)


def span_of(since: Moment | None, until: Moment | None) -> Span:
    """`2024`, `2024-05`, `2024-05-17` and times; an end means its last moment. Raises `Invalid`."""
    start = _bounds(since, "since")[0] if since is not None else None
    end = _bounds(until, "until")[1] if until is not None else None
    if start and end and start >= end:
        raise Invalid("The beginning is after the end; swap since and until.", field="since")
    return Span(start, end)


def _bounds(moment: Moment, field: str) -> tuple[datetime, datetime]:
    """First moment, and the first one after."""
    if isinstance(moment, datetime):
        return _aware(moment), _aware(moment) + timedelta(microseconds=1)
    if isinstance(moment, date):
        start = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
        return start, start + timedelta(days=1)
    text = moment.strip()
    try:
        if re.fullmatch(r"\d{4}", text):
            year = int(text)
            return datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        if found := re.fullmatch(r"(\d{4})-(\d\d)", text):
            year, month = int(found[1]), int(found[2])
            return datetime(year, month, 1, tzinfo=UTC), datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return _bounds(date.fromisoformat(text), field)
        return _bounds(datetime.fromisoformat(text), field)
    except (ValueError, OverflowError):
        raise Invalid(f"'{moment}' is not a date; write it as 2024, 2024-05 or 2024-05-17.", field=field) from None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
