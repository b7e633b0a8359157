"""Gathered events on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, case, delete, exists, func, insert, not_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.tables import bookings
from adapters.postgres.catalog.event_rows import event_row
from adapters.postgres.catalog.tables import events
from adapters.postgres.catalog.vocabulary import Vocabulary, remember
from adapters.postgres.discovery.tables import event_sources
from adapters.postgres.shared.rows import as_rows, rows_of
from core.catalog.model import EventStatus
from core.discovery.model import Listing, ListingChange, Source, event_values
from core.discovery.ports import Listings
from core.shared.ids import EventId

_HIDDEN = EventStatus.INACTIVE

_KEYS = rows_of("listings", source=event_sources.c.source.type, source_id=event_sources.c.source_id.type)
_KNOWN_SOURCES = select(event_sources).join(
    _KEYS, (_KEYS.c.source == event_sources.c.source) & (_KEYS.c.source_id == event_sources.c.source_id)
)


class PostgresListings(Listings):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record(self, listings: Mapping[EventId, Listing], seen_at: datetime) -> Sequence[ListingChange]:
        # Runs that find the same new event concurrently take turns here, so that the second one finds the event stored.
        await self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("listings", 0))))
        before = {(row.source, row.source_id): row for row in await self._find_known(listings.values())}
        recorded = [
            _RecordedListing.compare(listing, before.get((listing.source, listing.key)), event_id)
            for event_id, listing in listings.items()
        ]
        await self._add_events([each for each in recorded if each.change is ListingChange.NEW], seen_at)
        await self._update_sources([each for each in recorded if each.change is not ListingChange.NEW], seen_at)
        await self._update_events([each for each in recorded if each.change is ListingChange.UPDATED], seen_at)
        changed = [each for each in recorded if each.change is not ListingChange.UNCHANGED]
        await remember(self._connection, Vocabulary.of(event_values(each.listing) for each in changed))
        return [each.change for each in recorded]

    async def record_again(self, event_id: EventId, listing: Listing, seen_at: datetime) -> None:
        row = _source_row(event_id, listing, _to_json(listing), seen_at)
        await self._connection.execute(upsert(event_sources).values(row).on_conflict_do_nothing())

    async def find_event_ids(self, listings: Sequence[Listing]) -> Sequence[EventId]:
        event_ids = _KNOWN_SOURCES.with_only_columns(event_sources.c.event_id).distinct()
        return [EventId(each) for each in await self._connection.scalars(event_ids, _keys(listings))]

    async def remove_ended_before(self, moment: datetime) -> int:
        gathered = events.c.origin.in_([source.value for source in Source])
        booked = exists().where(bookings.c.event_id == events.c.id)
        ended = delete(events).where(gathered, events.c.end_time < moment, not_(booked))
        return (await self._connection.execute(ended)).rowcount

    async def _find_known(self, listings: Collection[Listing]) -> Sequence[Row[Any]]:
        """Return the source records of those listings that were stored before."""
        return (await self._connection.execute(_KNOWN_SOURCES, _keys(listings))).all()

    async def _add_events(self, recorded: Sequence[_RecordedListing], seen_at: datetime) -> None:
        if not recorded:
            return
        new = [
            {"id": each.event_id, "created_at": seen_at, "updated_at": seen_at, **event_row(event_values(each.listing))}
            for each in recorded
        ]
        await self._connection.execute(insert(events), new)
        await self._connection.execute(
            insert(event_sources),
            [_source_row(each.event_id, each.listing, each.reported, seen_at) for each in recorded],
        )

    async def _update_sources(self, recorded: Sequence[_RecordedListing], seen_at: datetime) -> None:
        if not recorded:
            return
        same_source = (event_sources.c.source == bindparam("key_source")) & (
            event_sources.c.source_id == bindparam("key_id")
        )
        await self._connection.execute(
            update(event_sources).where(same_source),
            [
                {
                    "key_source": each.listing.source,
                    "key_id": each.listing.key,
                    "reported": each.reported,
                    "url": each.listing.url,
                    "last_seen": seen_at,
                }
                for each in recorded
            ],
        )

    async def _update_events(self, recorded: Sequence[_RecordedListing], seen_at: datetime) -> None:
        if not recorded:
            return
        status = bindparam("new_status", type_=events.c.status.type)
        unless_hidden = case((events.c.status == _HIDDEN, _HIDDEN), else_=status)
        changed = []
        for each in recorded:
            values = event_row(event_values(each.listing))
            new_status = EventStatus(str(values.pop("status")))
            changed.append({**values, "key": each.event_id, "new_status": new_status, "updated_at": seen_at})
        await self._connection.execute(
            update(events).where(events.c.id == bindparam("key")).values(status=unless_hidden), changed
        )


@dataclass(frozen=True, slots=True)
class _RecordedListing:
    """A listing, its values as JSON, its event, and what storing it changes."""

    listing: Listing
    reported: Mapping[str, Any]
    event_id: UUID
    change: ListingChange

    @staticmethod
    def compare(listing: Listing, before: Row[Any] | None, new_id: EventId) -> _RecordedListing:
        reported = _to_json(listing)
        if before is None:
            return _RecordedListing(listing, reported, new_id, ListingChange.NEW)
        return _RecordedListing(
            listing,
            reported,
            before.event_id,
            ListingChange.UNCHANGED if before.reported == reported else ListingChange.UPDATED,
        )


def _keys(listings: Collection[Listing]) -> dict[str, str]:
    return {"listings": as_rows([{"source": each.source, "source_id": each.key} for each in listings])}


def _source_row(event_id: UUID, listing: Listing, reported: Mapping[str, Any], seen_at: datetime) -> dict[str, Any]:
    return {
        "source": listing.source,
        "source_id": listing.key,
        "event_id": event_id,
        "url": listing.url,
        "reported": reported,
        "first_seen": seen_at,
        "last_seen": seen_at,
    }


def _to_json(listing: Listing) -> dict[str, Any]:
    """Return the values of a listing in types that JSON has."""
    return {name: _json_value(value) for name, value in asdict(listing).items()}


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
