"""Load what allocation needs to know about locked events: one statement of each kind, however many events there are.

What the functions return is empty for an event of which nothing was found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Integer,
    Row,
    RowMapping,
    Select,
    TableValuedAlias,
    Text,
    Uuid,
    and_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.tables import bookings, idempotency_records, seats
from adapters.postgres.booking.writing import is_expired_at
from adapters.postgres.shared.rows import as_rows, is_any_of, rows_of
from core.booking.model import ACTIVE, Booking, BookingStatus, IdempotencyRecord, Visitor
from core.booking.seats import Seat, SeatPosition
from core.shared.ids import BookingId, EventId, UserId

BookingsByEvent = defaultdict[EventId, tuple[Booking, ...]]


@dataclass(frozen=True, slots=True)
class WantedSeats:
    """Which seats of an event to load: those of these owners, those with these names, and the first free ones."""

    event_id: EventId
    owners: Sequence[BookingId]
    names: Collection[str]
    free: int


def _for_each(given: TableValuedAlias, query: Select[Any], order: Column[Any] | None = None) -> Select[Any]:
    """Return a query for what `query`, which refers to a given row, finds for each of them; in this order."""
    found = query.lateral("found")
    of_each = select(found).select_from(given.join(found, true()))
    return of_each if order is None else of_each.order_by(found.c[order.name])


def waitlist_of(event_id: object) -> Select[Any]:
    """Return a query for the waiting parties of an event, in order."""
    waiting = and_(bookings.c.event_id == event_id, bookings.c.status == BookingStatus.WAITLISTED)
    return select(bookings).where(waiting).order_by(bookings.c.waitlist_number)


_HEADS = rows_of("heads", event_id=Uuid(), parties=Integer())
_WAITLISTS = _for_each(_HEADS, waitlist_of(_HEADS.c.event_id).limit(_HEADS.c.parties), bookings.c.waitlist_number)
# In these look-ups a limit makes PostgreSQL find each row by itself. Without it, outdated statistics can make it read
# all seats, or all keys, of an event.
_LABELLED = rows_of("labelled", event_id=Uuid(), label=Text())
_LABELLED_SEATS = _for_each(
    _LABELLED,
    select(seats).where(seats.c.event_id == _LABELLED.c.event_id, seats.c.label == _LABELLED.c.label).limit(1),
)
_IDENTIFIED = rows_of("identified", event_id=Uuid(), id=Uuid())
_IDENTIFIED_SEATS = _for_each(
    _IDENTIFIED,
    select(seats).where(seats.c.event_id == _IDENTIFIED.c.event_id, seats.c.id == _IDENTIFIED.c.id).limit(1),
)
_NEEDED = rows_of("needed", event_id=Uuid(), free=Integer())
_FREE_SEATS = _for_each(
    _NEEDED,
    select(seats).where(seats.c.event_id == _NEEDED.c.event_id, seats.c.booking_id.is_(None)).limit(_NEEDED.c.free),
    seats.c.number,
)
_KEYED = rows_of("keyed", event_id=Uuid(), user_id=Uuid(), key=Text())
_RECORDS = _for_each(
    _KEYED,
    select(idempotency_records)
    .where(
        idempotency_records.c.event_id == _KEYED.c.event_id,
        idempotency_records.c.user_id == _KEYED.c.user_id,
        idempotency_records.c.key == _KEYED.c.key,
    )
    .limit(1),
)


async def load_waitlists(connection: AsyncConnection, parties: Mapping[EventId, int | None]) -> BookingsByEvent:
    """Load so many parties from the head of each waitlist, in order; None for all of them."""
    heads = [{"event_id": event_id, "parties": count} for event_id, count in parties.items()]
    found = await connection.execute(_WAITLISTS, {"heads": as_rows(heads)}) if heads else ()
    return _by_event(found)


async def load_active(connection: AsyncConnection, event_ids: Sequence[EventId]) -> BookingsByEvent:
    """Load every active booking, in order of arrival."""
    is_active = is_any_of(bookings.c.event_id, event_ids), bookings.c.status.in_(sorted(ACTIVE))
    query = select(bookings).where(*is_active).order_by(bookings.c.created_at, bookings.c.id)
    found = await connection.execute(query) if event_ids else ()
    return _by_event(found)


async def load_values_of_active(
    connection: AsyncConnection, column: Column[Any], wanted: Collection[tuple[EventId, object]], now: datetime
) -> Mapping[EventId, set[Any]]:
    """Load which of the values, each wanted of an event, an active booking has in a column. An expired hold does not
    count.
    """
    found: defaultdict[EventId, set[Any]] = defaultdict(set)
    if not wanted:
        return found
    event_ids, values = ({each[part] for each in wanted} for part in (0, 1))
    is_active = and_(bookings.c.status.in_(sorted(ACTIVE)), ~is_expired_at(now))
    query = select(bookings.c.event_id, column.label("value")).where(
        is_any_of(bookings.c.event_id, event_ids), is_active
    )
    for row in await connection.execute(query.where(is_any_of(column, values))):
        if (row.event_id, row.value) in wanted:
            found[row.event_id].add(row.value)
    return found


async def load_seats(
    connection: AsyncConnection, wanted: Sequence[WantedSeats]
) -> defaultdict[EventId, tuple[Seat, ...]]:
    """Load the wanted seats, by number."""
    ids, labels = [], []
    for each in wanted:
        of_event = ids_and_labels(each.names)
        ids += [{"event_id": each.event_id, "id": seat_id} for seat_id in of_event[0]]
        labels += [{"event_id": each.event_id, "label": label} for label in of_event[1]]
    needed = [{"event_id": each.event_id, "free": each.free} for each in wanted if each.free]
    owners = [owner for each in wanted for owner in each.owners]
    rows: list[Row[Any]] = []
    if labels:
        rows += await connection.execute(_LABELLED_SEATS, {"labelled": as_rows(labels)})
    if ids:
        rows += await connection.execute(_IDENTIFIED_SEATS, {"identified": as_rows(ids)})
    if needed:
        rows += await connection.execute(_FREE_SEATS, {"needed": as_rows(needed)})
    if owners:
        rows += await connection.execute(select(seats).where(is_any_of(seats.c.booking_id, owners)))
    found: dict[EventId, dict[int, Seat]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: row.number):
        found[row.event_id][row.number] = read_seat(row)
    return defaultdict(tuple, {event_id: tuple(each.values()) for event_id, each in found.items()})


async def load_records(
    connection: AsyncConnection, keys: Collection[tuple[EventId, UserId, str]]
) -> defaultdict[EventId, dict[tuple[UserId, str], IdempotencyRecord]]:
    """Load the records of idempotency keys, by user and key."""
    found: defaultdict[EventId, dict[tuple[UserId, str], IdempotencyRecord]] = defaultdict(dict)
    keyed = [{"event_id": event_id, "user_id": user_id, "key": key} for event_id, user_id, key in keys]
    for row in await connection.execute(_RECORDS, {"keyed": as_rows(keyed)}) if keyed else ():
        found[row.event_id][row.user_id, row.key] = IdempotencyRecord(**row._mapping)
    return found


def ids_and_labels(names: Iterable[str]) -> tuple[list[UUID], list[str]]:
    """Split seat names into ids and labels. No label looks like an id."""
    ids, labels = [], []
    for name in names:
        try:
            ids.append(UUID(name))
        except ValueError:
            labels.append(name)
    return ids, labels


def read_booking(row: RowMapping | Mapping[str, Any]) -> Booking:
    """Return the booking in a row of the table."""
    values = dict(row)
    name, email, _ = (values.pop(f"visitor_{each}") for each in ("name", "email", "search_text"))
    return Booking(**values, visitor=Visitor(name, email) if email is not None else None)


def read_seat(row: Row[Any]) -> Seat:
    """Return the seat in a row of the table."""
    return Seat(SeatPosition(row.number, row.row_label, row.col_number), str(row.id), row.booking_id)


def _by_event(rows: Iterable[Row[Any]]) -> BookingsByEvent:
    found: dict[EventId, list[Booking]] = defaultdict(list)
    for row in rows:
        found[row.event_id].append(read_booking(row._mapping))
    return BookingsByEvent(tuple, {event_id: tuple(each) for event_id, each in found.items()})
