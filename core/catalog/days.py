"""The days that people mean by a word."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

_FRIDAY, _SUNDAY = 4, 6


class When(StrEnum):
    """Days, seen from today."""

    TONIGHT = "tonight"
    TOMORROW = "tomorrow"
    WEEKEND = "weekend"
    """Friday to Sunday: the coming ones, or what is left of these."""
    WEEK = "week"
    """Seven days from today on."""


class Days(NamedTuple):
    """The first and the last one of some days."""

    first: date
    last: date


def days_of(when: When, today: date) -> Days:
    """Return the days that a word means today."""
    match when:
        case When.TONIGHT:
            return Days(today, today)
        case When.TOMORROW:
            return Days(today + timedelta(days=1), today + timedelta(days=1))
        case When.WEEKEND:
            friday = today + timedelta(days=max(0, _FRIDAY - today.weekday()))
            return Days(friday, today + timedelta(days=_SUNDAY - today.weekday()))
        case When.WEEK:
            return Days(today, today + timedelta(days=6))
