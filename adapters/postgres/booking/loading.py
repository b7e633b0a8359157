"""Load what allocation needs to know about locked events: one statement of each kind, however many events there are.

What the functions return is empty for an event of which nothing was found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
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
    bindparam,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.tables import bookings, idempotency_records, seats
from adapters.postgres.booking.writing import is_expired_at, pending_holds
from adapters.postgres.shared.rows import as_rows, is_any_of, rows_of
from core.booking.model import ACTIVE, Booking, BookingStatus, Visitor
from core.booking.requests import IdempotencyRecord
from core.booking.seats import Seat, SeatPosition
from core.shared.ids import BookingId, EventId, UserId

BookingsByEvent = defaultdict[EventId, tuple[Booking, ...]]
SeatsByEvent = defaultdict[EventId, list[Seat]]


@dataclass(frozen=True, slots=True)
class WantedSeats:
    """Which seats of an event to load: those of these owners, and so many of the first free ones."""

    event_id: EventId
    owners: Sequence[BookingId]
    free: int


_BY_EXPIRY = (bookings.c.expires_at, bookings.c.id)


def _for_each(given: TableValuedAlias, query: Select[Any], *order: Column[Any]) -> Select[Any]:
    """Return a query for what `query`, which refers to a given row, finds for each of them; in this order."""
    found = query.lateral("found")
    return select(found).select_from(given.join(found, true())).order_by(*(found.c[each.name] for each in order))


def waitlist_of(event_id: object) -> Select[Any]:
    """Return a query for the waiting parties of an event, in order."""
    waiting = and_(bookings.c.event_id == event_id, bookings.c.status == BookingStatus.WAITLISTED)
    return select(bookings).where(waiting).order_by(bookings.c.waitlist_number)


_DUE = rows_of("due", event_id=Uuid(), holds=Integer())
_EXPIRED = _for_each(
    _DUE,
    select(bookings)
    .where(pending_holds(_DUE.c.event_id), bookings.c.expires_at <= bindparam("now"))
    .order_by(*_BY_EXPIRY)
    .limit(_DUE.c.holds),
    *_BY_EXPIRY,
)
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
    select(seats)
    .where(seats.c.event_id == _NEEDED.c.event_id, seats.c.booking_id.is_(None))
    .order_by(seats.c.number)
    .limit(_NEEDED.c.free),
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


async def load_expired_holds(
    connection: AsyncConnection,
    limits: Mapping[EventId, int | None],
    in_the_way: Mapping[EventId, Collection[BookingId]],
    now: datetime,
) -> BookingsByEvent:
    """Load so many holds of each event, those that expired first, in that order; None for all of them. Those of the
    bookings in the way that are expired holds, too, follow.
    """
    due = [{"event_id": event_id, "holds": limit} for event_id, limit in limits.items()]
    found = _by_event(await connection.execute(_EXPIRED, {"due": as_rows(due), "now": now}) if due else ())
    limited = [event_id for event_id, limit in limits.items() if len(found[event_id]) == limit]
    if wanted := [booking_id for event_id in limited for booking_id in in_the_way.get(event_id, ())]:
        query = select(bookings).where(is_any_of(bookings.c.id, wanted), is_expired_at(now)).order_by(*_BY_EXPIRY)
        for event_id, more in _by_event(await connection.execute(query)).items():
            known = {booking.id for booking in found[event_id]}
            found[event_id] += tuple(booking for booking in more if booking.id not in known)
    return found


async def load_waitlists(connection: AsyncConnection, parties: Mapping[EventId, int]) -> BookingsByEvent:
    """Load so many parties from the head of each waitlist, in order."""
    heads = [{"event_id": event_id, "parties": count} for event_id, count in parties.items() if count]
    found = await connection.execute(_WAITLISTS, {"heads": as_rows(heads)}) if heads else ()
    return _by_event(found)


async def load_active(connection: AsyncConnection, event_ids: Sequence[EventId]) -> BookingsByEvent:
    """Load every active booking, in order of arrival."""
    is_active = is_any_of(bookings.c.event_id, event_ids), bookings.c.status.in_(sorted(ACTIVE))
    query = select(bookings).where(*is_active).order_by(bookings.c.created_at, bookings.c.id)
    found = await connection.execute(query) if event_ids else ()
    return _by_event(found)


async def load_active_with(
    connection: AsyncConnection, column: Column[Any], wanted: Set[tuple[EventId, object]]
) -> defaultdict[EventId, dict[BookingId, Any]]:
    """Load the active bookings that have one of the values wanted of their event in a column, each with its value."""
    found: defaultdict[EventId, dict[BookingId, Any]] = defaultdict(dict)
    if not wanted:
        return found
    event_ids, values = ({each[part] for each in wanted} for part in (0, 1))
    is_active = is_any_of(bookings.c.event_id, event_ids), bookings.c.status.in_(sorted(ACTIVE))
    query = select(bookings.c.id, bookings.c.event_id, column.label("value"))
    for row in await connection.execute(query.where(*is_active, is_any_of(column, values))):
        if (row.event_id, row.value) in wanted:
            found[row.event_id][row.id] = row.value
    return found


async def load_named_seats(connection: AsyncConnection, names: Collection[tuple[EventId, str]]) -> SeatsByEvent:
    """Load the seats of each event that have these labels or ids."""
    ids, labels = [], []
    for event_id, name in names:
        try:
            ids.append({"event_id": event_id, "id": UUID(name)})
        except ValueError:  # no label looks like an id
            labels.append({"event_id": event_id, "label": name})
    rows: list[Row[Any]] = []
    if labels:
        rows += await connection.execute(_LABELLED_SEATS, {"labelled": as_rows(labels)})
    if ids:
        rows += await connection.execute(_IDENTIFIED_SEATS, {"identified": as_rows(ids)})
    return _seats_by_event(rows)


async def load_seats(connection: AsyncConnection, wanted: Sequence[WantedSeats]) -> SeatsByEvent:
    """Load the wanted seats of each event."""
    needed = [{"event_id": each.event_id, "free": each.free} for each in wanted if each.free]
    owners = [owner for each in wanted for owner in each.owners]
    rows: list[Row[Any]] = []
    if needed:
        rows += await connection.execute(_FREE_SEATS, {"needed": as_rows(needed)})
    if owners:
        rows += await connection.execute(select(seats).where(is_any_of(seats.c.booking_id, owners)))
    return _seats_by_event(rows)


async def load_records(
    connection: AsyncConnection, keys: Collection[tuple[EventId, UserId, str]]
) -> defaultdict[EventId, dict[tuple[UserId, str], IdempotencyRecord]]:
    """Load the records of idempotency keys, by user and key."""
    found: defaultdict[EventId, dict[tuple[UserId, str], IdempotencyRecord]] = defaultdict(dict)
    keyed = [{"event_id": event_id, "user_id": user_id, "key": key} for event_id, user_id, key in keys]
    for row in await connection.execute(_RECORDS, {"keyed": as_rows(keyed)}) if keyed else ():
        found[row.event_id][row.user_id, row.key] = IdempotencyRecord(**row._mapping)
    return found


def read_booking(row: RowMapping | Mapping[str, Any]) -> Booking:
    """Return the booking in a row of the table."""
    values = {name: value for name, value in row.items() if name != "erased_at"}
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


def _seats_by_event(rows: Iterable[Row[Any]]) -> SeatsByEvent:
    found = SeatsByEvent(list)
    for row in rows:
        found[row.event_id].append(read_seat(row))
    return found
