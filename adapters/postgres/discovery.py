"""Gathered events on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import case, delete, exists, insert, not_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import bookings, event_sources, events, scrape_runs
from adapters.postgres.unit import PostgresUnit
from core.catalog.model import EventStatus
from core.discovery.model import Change, Listing, RunReport, Source, event_values
from core.discovery.ports import DiscoveryUnitOfWork, Listings, Runs
from core.shared.ids import EventId, RunId

_HIDDEN = EventStatus.INACTIVE


class PostgresListings(Listings):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record(self, listing: Listing, event_id: EventId, seen_at: datetime) -> Change:
        this = (event_sources.c.source == listing.source) & (event_sources.c.source_id == listing.source_id)
        query = select(event_sources.c.event_id, event_sources.c.told).where(this).with_for_update()
        before = (await self._connection.execute(query)).one_or_none()
        told = _told(listing)
        if before is None:
            await self._add(listing, told, event_id, seen_at)
            return Change.NEW
        values = {"told": told, "url": listing.url, "last_seen": seen_at}
        await self._connection.execute(update(event_sources).where(this).values(values))
        if before.told == told:
            return Change.UNCHANGED
        now = event_values(listing) | {"updated_at": seen_at}
        now["status"] = case((events.c.status == _HIDDEN, _HIDDEN), else_=EventStatus(str(now["status"])))
        await self._connection.execute(update(events).where(events.c.id == before.event_id).values(now))
        return Change.UPDATED

    async def events_of(self, listings: Sequence[Listing]) -> Sequence[EventId]:
        told = [(each.source, each.source_id) for each in listings]
        these = tuple_(event_sources.c.source, event_sources.c.source_id).in_(told)
        query = select(event_sources.c.event_id).where(these).distinct()
        return [EventId(each) for each in await self._connection.scalars(query)] if told else []

    async def remove_ended_before(self, moment: datetime) -> int:
        gathered = events.c.origin.in_([source.value for source in Source])
        booked = exists().where(bookings.c.event_id == events.c.id)
        gone = delete(events).where(gathered, events.c.end_time < moment, not_(booked))
        return (await self._connection.execute(gone)).rowcount

    async def _add(self, listing: Listing, told: dict[str, Any], event_id: EventId, seen_at: datetime) -> None:
        await self._connection.execute(
            insert(events).values(id=event_id, created_at=seen_at, updated_at=seen_at, **event_values(listing))
        )
        await self._connection.execute(
            insert(event_sources).values(
                source=listing.source,
                source_id=listing.source_id,
                event_id=event_id,
                url=listing.url,
                told=told,
                first_seen=seen_at,
                last_seen=seen_at,
            )
        )


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


class PostgresDiscovery(PostgresUnit, DiscoveryUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.listings = PostgresListings(connection)
        self.runs = PostgresRuns(connection)
