"""Counting events by the date they begin on, in every store."""

from __future__ import annotations

from datetime import UTC, date, datetime

from core.catalog.finding import CountEventsByDate
from core.catalog.model import EventStatus
from core.catalog.search import DateCount, DatePart, EventQuery
from core.shared.access import Role
from tests.support.builders import NOW, a_person, an_event
from tests.support.stores import Store, stored

ADMIN = a_person(Role.ADMIN)


async def test_events_are_counted_by_year_month_and_day_in_utc(store: Store) -> None:
    starts = [
        datetime(2026, 12, 31, 23, 30, tzinfo=UTC),  # already the next year in Berlin
        datetime(2027, 1, 1, 0, 0, tzinfo=UTC),
        datetime(2027, 1, 20, 19, 0, tzinfo=UTC),
        datetime(2027, 3, 1, 19, 0, tzinfo=UTC),
    ]
    await stored(
        store,
        *(an_event(start_time=each) for each in starts),
        an_event(start_time=starts[0], status=EventStatus.INACTIVE, city="Rome"),
    )
    count = CountEventsByDate(store.catalog)

    async def counted(part: DatePart, **wanted: object) -> list[DateCount]:
        query = EventQuery(NOW, viewer=ADMIN, include_past=True, **wanted)  # type: ignore[arg-type]
        return list(await count(query, part, by=ADMIN))

    assert await counted(DatePart.YEAR) == [DateCount(date(2026, 1, 1), 1), DateCount(date(2027, 1, 1), 3)]
    assert await counted(DatePart.MONTH, starts_after=starts[1]) == [
        DateCount(date(2027, 1, 1), 2),
        DateCount(date(2027, 3, 1), 1),
    ]
    assert await counted(DatePart.DAY, starts_before=starts[1]) == [
        DateCount(date(2026, 12, 31), 1),
        DateCount(date(2027, 1, 1), 1),
    ]
    hidden = await counted(DatePart.DAY, status=(EventStatus.INACTIVE,), city=("rome",))
    assert hidden == [DateCount(date(2026, 12, 31), 1)]
