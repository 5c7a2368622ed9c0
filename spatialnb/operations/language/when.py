"""Stretches of days in words: "march 2024", "last week", "autumn", "yesterday", and what "before" makes of them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from spatialnb.operations.language.words import spaced

MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        ["january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
        "september sep sept", "october oct", "november nov", "december dec"], 1
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAYS: Mapping[str, int] = {
    name: number for number, name in enumerate(spaced("monday tuesday wednesday thursday friday saturday sunday"))
}
SEASONS: Mapping[str, int] = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""Season to its first month; each is three whole months long, as meteorologists count them in the north."""
DAYS = frozenset((*MONTHS, *_WEEKDAYS, *SEASONS, "today", "yesterday", "week", "month", "year"))
"""Words that name days."""


def period(word_at: Callable[[int], str], at: int, today: date) -> tuple[int, date, date] | None:
    """The first and the last day of what the words from `at` on name, and where they end; None if they name none.

    A month or a season without a year is the latest that has begun.
    """
    word = word_at(at)
    if word.isdigit() and len(word) == 4 and 1800 <= int(word) <= 2200:
        return at + 1, date(int(word), 1, 1), date(int(word), 12, 31)
    if (month := MONTHS.get(word)) is not None:
        following = word_at(at + 1)
        has_year = following.isdigit() and len(following) == 4
        year = int(following) if has_year else today.year if month <= today.month else today.year - 1
        return at + 1 + has_year, date(year, month, 1), date(year, month, monthrange(year, month)[1])
    if (first := SEASONS.get(word)) is not None:
        at += word_at(at + 1) == "of"
        following = word_at(at + 1)
        has_year = following.isdigit() and len(following) == 4
        year = int(following) if has_year else today.year if first <= today.month else today.year - 1
        last = (year, first + 2) if first < 12 else (year + 1, 2)
        return at + 1 + has_year, date(year, first, 1), date(*last, monthrange(*last)[1])
    if word == "today":
        return at + 1, today, today
    if word == "yesterday":
        day = today - timedelta(days=1)
        return at + 1, day, day
    if (weekday := _WEEKDAYS.get(word)) is not None:
        day = today - timedelta(days=(today.weekday() - weekday) % 7)
        return at + 1, day, day
    if word in ("last", "this") and (span := {"week": 7, "month": 30, "year": 365}.get(word_at(at + 1))):
        if word_at(at + 1) == "year":
            year = today.year - (word == "last")
            return at + 2, date(year, 1, 1), date(year, 12, 31)
        return at + 2, today - timedelta(days=span), today
    return None


def bounded(word: str, since: date, until: date) -> dict[str, date]:
    """The days that a period bounds after a word such as "before"."""
    bounds: dict[str, dict[str, date]] = {
        "since": {"since": since},
        "after": {"since": until + timedelta(days=1)},
        "newer": {"since": until + timedelta(days=1)},
        "before": {"until": since - timedelta(days=1)},
        "older": {"until": since - timedelta(days=1)},
        "until": {"until": until},
    }
    return bounds.get(word, {"since": since, "until": until})
