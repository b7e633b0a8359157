"""Which days words mean, and searches without some of their filters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from core.catalog.days import When, days_of
from core.catalog.filters import Filter, filters_of, without
from core.catalog.search import EventQuery, Sort, SortKey
from core.shared.geography import Circle, Position
from tests.support.builders import NOW

MONDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 11, day) for day in (16, 20, 21, 22))
NEAR = Circle(Position(52.5, 13.4), 5)


@pytest.mark.parametrize(
    ("when", "today", "first", "last"),
    [
        (When.TONIGHT, MONDAY, MONDAY, MONDAY),
        (When.TOMORROW, FRIDAY, SATURDAY, SATURDAY),
        (When.WEEKEND, MONDAY, FRIDAY, SUNDAY),
        (When.WEEKEND, FRIDAY, FRIDAY, SUNDAY),
        (When.WEEKEND, SATURDAY, SATURDAY, SUNDAY),
        (When.WEEKEND, SUNDAY, SUNDAY, SUNDAY),
        (When.WEEK, MONDAY, MONDAY, SUNDAY),
    ],
)
def test_words_mean_days(when: When, today: date, first: date, last: date) -> None:
    assert days_of(when, today) == (first, last)


def test_a_filter_may_be_several_fields() -> None:
    query = EventQuery(NOW, text="jazz", price_min=Decimal(1), free=False, first_day=MONDAY, city=("Berlin",))
    assert list(filters_of(query)) == [Filter.TEXT, Filter.DATES, Filter.CITY, Filter.PRICE]
    assert without(query, Filter.TEXT, Filter.PRICE) == EventQuery(NOW, first_day=MONDAY, city=("Berlin",))
    assert list(filters_of(EventQuery(NOW, include_past=True))) == []


def test_without_a_text_or_a_circle_nothing_is_sorted_by_it() -> None:
    by_relevance, by_distance = Sort(SortKey.RELEVANCE, descending=True), Sort(SortKey.DISTANCE)
    assert without(EventQuery(NOW, text="jazz", sort=by_relevance), Filter.TEXT).sort is None
    assert without(EventQuery(NOW, near=NEAR, sort=by_distance), Filter.DISTANCE).sort is None
    assert without(EventQuery(NOW, near=NEAR, city=("Berlin",), sort=by_distance), Filter.CITY).sort == by_distance


def test_only_the_words_that_are_corrected_change() -> None:
    query = EventQuery(NOW, text="Late jaxz berlln")
    assert query.correct_text({"jaxz": "jazz", "berlln": "berlin"}) == "late jazz berlin"
    assert query.correct_text({}) is None
    assert query.correct_text({"other": "word"}) is None
