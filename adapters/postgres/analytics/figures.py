"""Figures on PostgreSQL."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Executable, Row
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.analytics import statements
from core.analytics.model import (
    CategoryStatistics,
    DayCount,
    EventStatistics,
    HomepageFigures,
    Places,
    Revenue,
    Statistics,
    TopEvent,
    Totals,
    Week,
    count_days,
    fill_days,
    last_days,
    rank_categories,
    revenue_of,
)
from core.analytics.ports import Figures
from core.catalog.model import Event, Origin
from core.shared.ids import EventId, UserId
from core.shared.timezones import zone_of


class PostgresFigures(Figures):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def homepage(self, now: datetime) -> HomepageFigures:
        row = (await self._connection.execute(statements.HOMEPAGE, {"now": now})).one()
        return HomepageFigures(**row._mapping)

    async def totals(self, now: datetime) -> Totals:
        origins = await self._rows(statements.BY_ORIGIN, now=now)
        [booked] = await self._rows(statements.BOOKED)
        [holds] = await self._rows(statements.PENDING, now=now)
        return Totals(
            active_events=sum(row.active for row in origins),
            events_by_origin={Origin(row.origin): row.events for row in origins},
            users=await self._connection.scalar(statements.USERS) or 0,
            places=Places(
                capacity=sum(row.capacity for row in origins),
                booked=booked.booked - holds.expired,
                booked_of_capacity=booked.booked_of_capacity - holds.expired_of_capacity,
            ),
            waitlisted=booked.waitlisted,
            cancelled=await self._connection.scalar(statements.CANCELLED) or 0,
            revenue=await self._revenue(statements.REVENUE),
        )

    async def top_events(self, now: datetime) -> tuple[TopEvent, ...]:
        rows = await self._rows(statements.TOP, now=now)
        return tuple(TopEvent(EventId(row.id), row.name, row.booked, row.capacity) for row in rows)

    async def week(self, now: datetime) -> Week:
        days = last_days(now.astimezone(UTC).date())
        since = datetime.combine(days[0], time.min, UTC)
        bookings = await self._rows(statements.BOOKINGS_BY_DAY, since=since)

        async def count(statement: Executable) -> tuple[DayCount, ...]:
            return count_days(await self._pairs(statement, since=since), days)

        return Week(
            bookings=count_days({day: number for day, number, _ in bookings}, days),
            places=count_days({day: places for day, _, places in bookings}, days),
            cancellations=await count(statements.CANCELLATIONS_BY_DAY),
            accounts=await count(statements.ACCOUNTS_BY_DAY),
            events=await count(statements.EVENTS_BY_DAY),
        )

    async def statistics(self, organizer_id: UserId | None, now: datetime) -> Statistics:
        by_category, pending, revenue = statements.BY_CATEGORY, statements.PENDING_BY_CATEGORY, statements.REVENUE
        wanted: dict[str, Any] = {}
        if organizer_id is not None:
            by_category = by_category.where(statements.IS_OF_ORGANIZER)
            pending = pending.where(statements.IS_OF_ORGANIZER)
            revenue = statements.REVENUE_OF_ORGANIZER
            wanted = {"organizer_id": organizer_id}
        rows = await self._rows(by_category, **wanted)
        holds = {row.key: row for row in await self._rows(pending, now=now, **wanted)}
        categories = [_category(row, holds.get(row.key)) for row in rows]
        return Statistics(
            events=sum(each.events for each in categories),
            tickets_sold=sum(each.tickets_sold for each in categories),
            waitlisted=sum(row.waitlisted for row in rows),
            places=Places(
                capacity=sum(each.places.capacity for each in categories),
                booked=sum(each.places.booked for each in categories),
                booked_of_capacity=sum(each.places.booked_of_capacity for each in categories),
            ),
            revenue=await self._revenue(revenue, **wanted),
            by_category=rank_categories(categories),
        )

    async def event_statistics(self, event: Event, now: datetime) -> EventStatistics:
        of_event, zone = {"event_id": event.id}, zone_of(event.timezone)
        [row] = await self._rows(statements.OF_EVENT, **of_event)
        days: Counter[date] = Counter()
        for quarter, count in await self._rows(statements.BOOKINGS_BY_QUARTER, **of_event):
            days[quarter.astimezone(zone).date()] += count
        return EventStatistics(
            event_id=event.id,
            capacity=event.capacity,
            booked=event.booked_count,
            waitlisted=event.waitlist_count,
            cancelled=row.cancelled,
            checked_in=row.checked_in,
            revenue=await self._revenue(statements.REVENUE_OF_EVENT, **of_event),
            bookings_by_day=fill_days(days),
        )

    async def _revenue(self, statement: Executable, **wanted: object) -> tuple[Revenue, ...]:
        return revenue_of(await self._pairs(statement, **wanted))

    async def _pairs(self, statement: Executable, **wanted: object) -> dict[Any, Any]:
        return {row[0]: row[1] for row in await self._rows(statement, **wanted)}

    async def _rows(self, statement: Executable, **wanted: object) -> list[Any]:
        return list((await self._connection.execute(statement, wanted)).all())


def _category(row: Row[Any], holds: Row[Any] | None) -> CategoryStatistics:
    pending, expired, expired_of_capacity = (
        (holds.pending, holds.expired, holds.expired_of_capacity) if holds else (0, 0, 0)
    )
    places = Places(row.capacity, row.booked - expired, row.booked_of_capacity - expired_of_capacity)
    return CategoryStatistics(row.category, row.events, row.booked - pending, places)
