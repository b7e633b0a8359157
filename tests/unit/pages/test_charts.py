"""Where the marks of charts are, and what they say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from adapters.http.pages.shared.charts import (
    BASE,
    TOP,
    DayChart,
    Series,
    bar_of,
    day_chart,
    rows_of,
    short_number,
    spark,
)
from core.analytics.model import DayCount

FIRST = date(2026, 12, 28)


def days(*counts: int) -> list[DayCount]:
    return [DayCount(FIRST + timedelta(days=number), count) for number, count in enumerate(counts)]


def chart(*counts: int) -> DayChart:
    return day_chart("Bookings", Series("booking", days(*counts)))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1k"),
        (1_249, "1.2k"),
        (9_949, "9.9k"),
        (9_950, "10k"),
        (36_400, "36k"),
        (999_499, "999k"),
        (999_500, "1m"),
        (4_100_000, "4.1m"),
        (2_000_000_000, "2bn"),
    ],
)
def test_large_numbers_are_shortened(number: int, text: str) -> None:
    assert short_number(number) == text


def test_the_highest_column_reaches_the_top_and_nothing_has_no_height() -> None:
    columns = chart(4, 0, 2).columns
    assert [(each.y, each.height) for each in columns] == [(TOP, BASE - TOP), (BASE, 0.0), (78.0, 58.0)]
    assert [each.label for each in columns] == ["4", "", "2"]


def test_a_small_number_beside_a_large_one_can_be_seen() -> None:
    assert chart(1, 100_000).columns[0].height == 2.0


def test_columns_of_two_series_are_side_by_side_within_the_width_of_their_day() -> None:
    both = day_chart("Both", Series("booking", days(1, 2)), Series("cancellation", days(2, 1)))
    first, second, third, fourth = both.columns
    assert (first.series, third.series) == (0, 1)
    assert first.x + first.width == pytest.approx(third.x)
    assert first.x >= 0
    assert third.x + third.width <= 50 <= second.x
    assert fourth.x + fourth.width <= 100


def test_long_labels_of_two_series_do_not_collide() -> None:
    short = day_chart("Both", Series("booking", days(9, 2)), Series("cancellation", days(1, 1)))
    long = day_chart("Both", Series("booking", days(900, 2)), Series("cancellation", days(1, 1)))
    assert [each.label for each in short.columns] == ["9", "2", "1", "1"]
    assert [each.label for each in long.columns] == ["900", "2", "", ""]


def test_one_day_is_one_column_in_the_middle() -> None:
    one = chart(5)
    [column], [tick] = one.columns, one.ticks
    assert (column.middle, tick.x, tick.anchor, tick.text) == (50.0, 50.0, "middle", "28 Dec")
    assert one.summary == "5 bookings on 28 Dec."


def test_nothing_at_all_is_said_and_not_drawn() -> None:
    assert chart(0, 0).is_empty
    assert chart().is_empty
    assert chart().summary == "No bookings."


def test_many_days_are_a_line_with_its_peak() -> None:
    line = chart(*range(40), 7)
    assert line.columns == ()
    assert line.lines[0].startswith("0,100 2.5,97.44")
    assert (line.peak and line.peak.label, line.peak and line.peak.x) == ("39", 97.5)
    assert [tick.text for tick in line.ticks] == ["28 Dec", "17 Jan", "6 Feb"]
    assert line.summary == "787 bookings from 28 Dec to 6 Feb, the most on 5 Feb: 39."


def test_a_table_has_every_day_with_its_year_where_there_are_two() -> None:
    assert rows_of([Series("booking", days(1, 2))]) == [("Mon 28 Dec", [1]), ("Tue 29 Dec", [2])]
    assert rows_of([Series("booking", days(*range(5)))])[-1] == ("Fri 1 Jan 2027", [4])


def test_bars_are_in_proportion_to_the_longest() -> None:
    assert (bar_of("Film", 5, 20).share, bar_of("Film", 0, 0).share, bar_of("Film", 1234, 1234).value) == (
        25.0,
        0.0,
        "1,234",
    )


def test_a_small_line_of_nothing_is_flat() -> None:
    assert spark(days(0, 0, 0)) == "0,100 50,100 100,100"
    assert spark(days(3)) == "0,0 100,0"
