"""Gathered events on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, case, delete, exists, func, insert, not_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.tables import bookings
from adapters.postgres.catalog.tables import events
from adapters.postgres.discovery.tables import event_sources, scrape_runs
from adapters.postgres.shared.rows import as_rows, rows_of
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.catalog.model import EventStatus
from core.discovery.model import Listing, ListingChange, RunReport, Source, event_values
from core.discovery.ports import DiscoveryUnitOfWork, Listings, Runs
from core.shared.ids import EventId, RunId

_HIDDEN = EventStatus.INACTIVE

_KEYS = rows_of("listings", source=event_sources.c.source.type, source_id=event_sources.c.source_id.type)
_REPORTED_BEFORE = select(event_sources).join(
    _KEYS, (_KEYS.c.source == event_sources.c.source) & (_KEYS.c.source_id == event_sources.c.source_id)
)


class PostgresListings(Listings):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record(self, listings: Mapping[EventId, Listing], seen_at: datetime) -> Sequence[ListingChange]:
        # Of two who found the same new event at once, one adds it, and the other then finds it here.
        await self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("listings", 0))))
        before = {(row.source, row.source_id): row for row in await self._reported_before(listings.values())}
        reports = [
            _Report.of(listing, before.get((listing.source, listing.source_id)), event_id)
            for event_id, listing in listings.items()
        ]
        await self._add([each for each in reports if each.change is ListingChange.NEW], seen_at)
        await self._report_again([each for each in reports if each.change is not ListingChange.NEW], seen_at)
        await self._update([each for each in reports if each.change is ListingChange.UPDATED], seen_at)
        return [each.change for each in reports]

    async def events_of(self, listings: Sequence[Listing]) -> Sequence[EventId]:
        told_of = _REPORTED_BEFORE.with_only_columns(event_sources.c.event_id).distinct()
        return [EventId(each) for each in await self._connection.scalars(told_of, _keys(listings))]

    async def remove_ended_before(self, moment: datetime) -> int:
        gathered = events.c.origin.in_([source.value for source in Source])
        booked = exists().where(bookings.c.event_id == events.c.id)
        gone = delete(events).where(gathered, events.c.end_time < moment, not_(booked))
        return (await self._connection.execute(gone)).rowcount

    async def _reported_before(self, listings: Collection[Listing]) -> Sequence[Row[Any]]:
        """What the sources of these listings reported of the same occurrences, as far as they did."""
        return (await self._connection.execute(_REPORTED_BEFORE, _keys(listings))).all()

    async def _add(self, reports: Sequence[_Report], seen_at: datetime) -> None:
        if not reports:
            return
        new = [
            {"id": each.event_id, "created_at": seen_at, "updated_at": seen_at, **event_values(each.listing)}
            for each in reports
        ]
        await self._connection.execute(insert(events), new)
        await self._connection.execute(
            insert(event_sources),
            [
                {
                    "source": each.listing.source,
                    "source_id": each.listing.source_id,
                    "event_id": each.event_id,
                    "url": each.listing.url,
                    "reported": each.reported,
                    "first_seen": seen_at,
                    "last_seen": seen_at,
                }
                for each in reports
            ],
        )

    async def _report_again(self, reports: Sequence[_Report], seen_at: datetime) -> None:
        if not reports:
            return
        this = (event_sources.c.source == bindparam("this_source")) & (
            event_sources.c.source_id == bindparam("this_id")
        )
        await self._connection.execute(
            update(event_sources).where(this),
            [
                {
                    "this_source": each.listing.source,
                    "this_id": each.listing.source_id,
                    "reported": each.reported,
                    "url": each.listing.url,
                    "last_seen": seen_at,
                }
                for each in reports
            ],
        )

    async def _update(self, reports: Sequence[_Report], seen_at: datetime) -> None:
        if not reports:
            return
        status = bindparam("is_now", type_=events.c.status.type)
        unless_hidden = case((events.c.status == _HIDDEN, _HIDDEN), else_=status)
        changed = []
        for each in reports:
            values = event_values(each.listing)
            is_now = EventStatus(str(values.pop("status")))
            changed.append({**values, "this": each.event_id, "is_now": is_now, "updated_at": seen_at})
        await self._connection.execute(
            update(events).where(events.c.id == bindparam("this")).values(status=unless_hidden), changed
        )


@dataclass(frozen=True, slots=True)
class _Report:
    """A listing, its values as JSON keeps them, the event that it tells of, and what is new of that."""

    listing: Listing
    reported: Mapping[str, Any]
    event_id: UUID
    change: ListingChange

    @staticmethod
    def of(listing: Listing, before: Row[Any] | None, new_id: EventId) -> _Report:
        reported = _told(listing)
        if before is None:
            return _Report(listing, reported, new_id, ListingChange.NEW)
        return _Report(
            listing,
            reported,
            before.event_id,
            ListingChange.UNCHANGED if before.reported == reported else ListingChange.UPDATED,
        )


def _keys(listings: Collection[Listing]) -> dict[str, str]:
    return {"listings": as_rows([{"source": each.source, "source_id": each.source_id} for each in listings])}


def _told(listing: Listing) -> dict[str, Any]:
    """The values of a listing as JSON keeps them."""
    return {name: _plain(value) for name, value in asdict(listing).items()}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


class PostgresRuns(Runs):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, run_id: RunId, report: RunReport) -> None:
        await self._connection.execute(insert(scrape_runs).values(id=run_id, **asdict(report)))

    async def last_healthy_count(self, source: Source, scope: str | None) -> int | None:
        runs = scrape_runs.c
        same = (runs.source == source) & (runs.scope == scope) & runs.failure.is_(None)
        newest = select(runs.found).where(same).order_by(runs.id.desc()).limit(1)
        found: int | None = await self._connection.scalar(newest) if scope is not None else None
        return found


class PostgresDiscoveryUnitOfWork(PostgresUnitOfWork, DiscoveryUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.listings = PostgresListings(connection)
        self.runs = PostgresRuns(connection)
