"""Charts as templates draw them (`macros/charts.html`): where each mark is, what it says, and the same as a table.

Positions along the width are percentages, so that a chart fits any width and its texts keep their size; heights are in
pixels, from the top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from adapters.http.pages.shared.filters import count_of
from core.analytics.model import DayCount

HEIGHT, TOP, BASE = 160, 20, 136
"""The whole picture, the top of the highest mark, and the line that marks stand on."""
MAX_COLUMNS = 31
"""More days are drawn as a line."""
_NAMED_DAYS = 8
_LABELLED = 14
_SHORT_LABEL = 2
_MAX_WIDTH = 9.0
_THOUSANDS = ((1_000_000_000, "bn"), (1_000_000, "m"), (1_000, "k"))


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers by day. `noun` is what they count: `booking`."""

    noun: str
    days: Sequence[DayCount]

    @property
    def total(self) -> int:
        return sum(each.count for each in self.days)

    @property
    def heading(self) -> str:
        return f"{self.noun.capitalize()}s"


@dataclass(frozen=True, slots=True)
class Mark:
    """A column of the series with this number, from the left in percent, or the label of one."""

    series: int
    x: float
    width: float
    y: float
    height: float
    label: str = ""

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True)
class Tick:
    """A label under the base line, which begins, has its middle, or ends at `x` percent."""

    x: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class DayChart:
    """Series of numbers by day, as columns or, if there are many days, as lines.

    `summary` says in a sentence what the picture shows. `lines` has the points of each line in a square of 100 by 100,
    `peak` the highest point of the first one. Without anything to show, there are neither columns nor lines.
    """

    height: ClassVar = HEIGHT
    top: ClassVar = TOP
    base: ClassVar = BASE

    title: str
    summary: str
    series: Sequence[Series]
    columns: Sequence[Mark] = ()
    lines: Sequence[str] = ()
    peak: Mark | None = None
    ticks: Sequence[Tick] = ()

    @property
    def is_empty(self) -> bool:
        return not self.columns and not self.lines

    @property
    def rows(self) -> list[tuple[str, list[int]]]:
        return rows_of(self.series)


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a table with a bar: `share` is its length in percent."""

    label: str
    value: str
    share: float
    href: str | None = None


def day_chart(title: str, *series: Series) -> DayChart:
    """Return the chart of series that have the same days."""
    days = [each.day for each in series[0].days]
    summary = " ".join(_summarize(each) for each in series)
    highest = max((each.count for one in series for each in one.days), default=0)
    if highest == 0:
        return DayChart(title, summary, series)
    ticks = _ticks(days)
    if len(days) > MAX_COLUMNS:
        lines = [_points(each.days, highest) for each in series]
        return DayChart(title, summary, series, lines=lines, peak=_peak(series[0].days, highest), ticks=ticks)
    return DayChart(title, summary, series, columns=_columns(series, highest), ticks=ticks)


def rows_of(series: Sequence[Series]) -> list[tuple[str, list[int]]]:
    """Return the table of series that have the same days: each day with the numbers of all."""
    by_day = list(zip(*(each.days for each in series), strict=True))
    with_year = len({counts[0].day.year for counts in by_day}) > 1
    return [(_day_in_table(counts[0].day, with_year), [each.count for each in counts]) for counts in by_day]


def spark(days: Sequence[DayCount]) -> str:
    """Return the points of a small line in a square of 100 by 100."""
    return _points(days, max((each.count for each in days), default=0) or 1)


def bar_of(label: str, count: int, most: int, *, href: str | None = None, value: str | None = None) -> Bar:
    """Return a row whose bar shows its count as a share of the highest one. Its text is the `value`, or the count."""
    return Bar(label, value or f"{count:,}", round(100 * count / most, 2) if most else 0.0, href)


def short_number(number: int) -> str:
    """Return a number with three digits at most, and its thousands as a letter: `999`, `1.2k`, `36k`, `4.1m`."""
    for size, letter in _THOUSANDS:
        # What would be rounded to a thousand of the next smaller unit is one of this.
        if number >= size - size // 2000:
            scaled = number / size
            return f"{scaled:.0f}{letter}" if scaled >= 9.95 else f"{scaled:.1f}".removesuffix(".0") + letter
    return f"{number}"


def _summarize(series: Series) -> str:
    """Return a sentence such as `12 bookings from 1 to 7 May, the most on 3 May: 5.`"""
    if not series.total:
        return f"No {series.noun}s."
    first, last = series.days[0].day, series.days[-1].day
    when = f"on {_short_day(first)}" if first == last else f"from {_short_day(first)} to {_short_day(last)}"
    most = max(series.days, key=lambda each: each.count)
    peak = "" if first == last else f", the most on {_short_day(most.day)}: {most.count:,}"
    return f"{count_of(series.total, series.noun)} {when}{peak}."


def _columns(series: Sequence[Series], highest: int) -> list[Mark]:
    """Return the columns of each day side by side in its share of the width."""
    slot = 100 / len(series[0].days)
    width = min(slot * 0.7 / len(series), _MAX_WIDTH)
    has_room = len(series) * len(series[0].days) <= _LABELLED
    # Beside each other there is room for short labels only.
    are_short = all(len(short_number(each.count)) <= _SHORT_LABEL for one in series for each in one.days)
    marks = []
    for number, one in enumerate(series):
        are_labelled = has_room and (number == 0 or are_short)
        for index, each in enumerate(one.days):
            left = slot * (index + 0.5) + width * (number - len(series) / 2)
            height = _height(each.count, highest)
            is_labelled = each.count and (are_labelled or each.count == highest)
            label = short_number(each.count) if is_labelled else ""
            marks.append(Mark(number, round(left, 2), round(width, 2), BASE - height, height, label))
    return marks


def _height(count: int, highest: int) -> float:
    """Return the height of a column: at least two pixels, unless it is of nothing."""
    return max(round((BASE - TOP) * count / highest, 1), 2.0) if count else 0.0


def _points(days: Sequence[DayCount], highest: int) -> str:
    if len(days) == 1:
        days = [*days, *days]
    step = 100 / max(len(days) - 1, 1)
    return " ".join(f"{step * index:.4g},{100 - 100 * each.count / highest:.4g}" for index, each in enumerate(days))


def _peak(days: Sequence[DayCount], highest: int) -> Mark:
    index = max(range(len(days)), key=lambda each: days[each].count)
    height = _height(days[index].count, highest)
    return Mark(0, round(100 * index / (len(days) - 1), 2), 0.0, BASE - height, height, short_number(days[index].count))


def _ticks(days: Sequence[date]) -> list[Tick]:
    """Name each of a few days, and of many the first, the middle and the last."""
    if len(days) == 1:
        return [Tick(50.0, "middle", _short_day(days[0]))]
    if len(days) <= _NAMED_DAYS:
        slot = 100 / len(days)
        return [Tick(round(slot * (index + 0.5), 2), "middle", f"{day:%a}") for index, day in enumerate(days)]
    middle = len(days) // 2
    return [
        Tick(0.0, "start", _short_day(days[0])),
        Tick(round(100 * (middle + 0.5) / len(days), 2), "middle", _short_day(days[middle])),
        Tick(100.0, "end", _short_day(days[-1])),
    ]


def _day_in_table(day: date, with_year: bool) -> str:
    return f"{day:%a} {_short_day(day)}{f' {day.year}' if with_year else ''}"


def _short_day(day: date) -> str:
    return f"{day.day} {day:%b}"
