"""Write a change set to the database.

The event is locked meanwhile, so every round trip matters: each table is written by one statement, however many rows
there are. Only the seats of a large new seat map take several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.notices import NEW_NOTICES
from adapters.postgres.booking.tables import bookings, idempotency_records, seats, tickets
from adapters.postgres.catalog.tables import events
from adapters.postgres.shared.rows import as_rows, inserted, is_any_of, rows_of
from core.booking.inventory import ChangeSet
from core.booking.model import ENDED, Booking, BookingStatus, Inventory

SEATS_PER_STATEMENT = 5_000
"""To serialize all seats of a very large event at once would block the process for a tenth of a second."""

_CHANGEABLE = ("status", "amount", "currency", "seats", "waitlist_number", "expires_at", "paying", "updated_at")
_CHANGED = rows_of("changed", **{name: bookings.c[name].type for name in ("id", *_CHANGEABLE)})
_UPDATE_BOOKINGS = (
    update(bookings)
    .where(
        bookings.c.id == _CHANGED.c.id,
        # Redundant, but without it outdated statistics can make PostgreSQL read all bookings.
        bookings.c.id == any_(bindparam("booking_ids", type_=ARRAY(Uuid))),
    )
    .values({name: _CHANGED.c[name] for name in _CHANGEABLE})
)


def pending_holds(event_id: object) -> ColumnElement[bool]:
    """Return a condition: the booking is a hold of this event that can expire."""
    return and_(bookings.c.event_id == event_id, bookings.c.status == BookingStatus.PENDING, ~bookings.c.paying)


def is_expired_at(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return a condition: the booking is a hold that has expired by `now`, whether it was released or not."""
    return and_(bookings.c.status == BookingStatus.PENDING, ~bookings.c.paying, bookings.c.expires_at <= now)


def _to_row(booking: Booking) -> Booking | dict[str, Any]:
    if booking.visitor is None:
        return booking
    return asdict(booking) | {"visitor_search_text": booking.visitor.search_text}


_BOOKINGS = rows_of("bookings", **{each.name: each.type for each in bookings.c}, visitor=JSON())
_TICKETS = rows_of("tickets", **{each.name: each.type for each in tickets.c})
_RECORDS = rows_of("records", **{each.name: each.type for each in idempotency_records.c})
_NEW_BOOKINGS = inserted(
    bookings,
    _BOOKINGS,
    visitor_name=_BOOKINGS.c.visitor["full_name"].as_string(),
    visitor_email=_BOOKINGS.c.visitor["email"].as_string(),
)
_COUNTS = ("capacity", "booked_count", "waitlist_count", "last_waitlist_number", "seats_per_row")
_INVENTORIES = rows_of("inventories", id=Uuid(), **{name: events.c[name].type for name in _COUNTS})
_EVENT_IDS = bindparam("event_ids", type_=ARRAY(Uuid))
# New rows, and the counts that go with them, in one round trip.
_INSERT_NEW = (
    update(events)
    .where(
        events.c.id == _INVENTORIES.c.id,
        events.c.id == any_(_EVENT_IDS),  # redundant, but see _UPDATE_SEATS
    )
    .values({name: _INVENTORIES.c[name] for name in _COUNTS})
    .add_cte(
        _NEW_BOOKINGS.cte("new_bookings"),
        inserted(tickets, _TICKETS).cte("new_tickets"),
        inserted(idempotency_records, _RECORDS).cte("new_records"),
        NEW_NOTICES.cte("new_notices"),
    )
)
_NEXT_EXPIRY = (
    update(events)
    .where(events.c.id == any_(_EVENT_IDS))
    .values(next_expiry=select(func.min(bookings.c.expires_at)).where(pending_holds(events.c.id)).scalar_subquery())
)
_SEATED = rows_of("seated", event_id=Uuid(), number=Integer(), booking_id=Uuid())
_UPDATE_SEATS = (
    update(seats)
    .where(
        seats.c.event_id == _SEATED.c.event_id,
        seats.c.number == _SEATED.c.number,
        # Redundant, but without them outdated statistics can make PostgreSQL read all seats of a new seat map.
        seats.c.event_id == any_(_EVENT_IDS),
        seats.c.number == any_(bindparam("numbers", type_=ARRAY(Integer))),
    )
    .values(booking_id=_SEATED.c.booking_id)
)
_POSITIONS = rows_of("positions", number=Integer(), row_label=Text(), col_number=Integer(), label=Text())
_CREATE_SEATS = inserted(seats, _POSITIONS, event_id=bindparam("event", type_=Uuid))


async def write_change_sets(connection: AsyncConnection, change_sets: Sequence[ChangeSet]) -> None:
    """Write the changes to each of these events. The tickets of bookings that ended become void."""
    for changes in change_sets:
        await _change_seat_map(connection, changes)
    if changed := [booking for changes in change_sets for booking in changes.changed]:
        await _update_bookings(connection, changed)
    event_ids = [changes.inventory.event.id for changes in change_sets]
    new = {
        "inventories": as_rows([_counts(changes.inventory) for changes in change_sets]),
        "bookings": as_rows([_to_row(each) for changes in change_sets for each in changes.added]),
        "tickets": as_rows([each for changes in change_sets for each in changes.tickets]),
        "records": as_rows([each for changes in change_sets for each in changes.idempotency_records]),
        "notices": as_rows([each for changes in change_sets for each in changes.notices]),
    }
    await connection.execute(_INSERT_NEW, {"event_ids": event_ids, **new})
    with_holds = [changes.inventory.event.id for changes in change_sets if _changes_holds(changes)]
    if with_holds:
        await connection.execute(_NEXT_EXPIRY, {"event_ids": with_holds})
    await _update_seats(connection, change_sets)


def _changes_holds(changes: ChangeSet) -> bool:
    return bool(changes.changed) or any(booking.expires_at for booking in changes.added)


async def _change_seat_map(connection: AsyncConnection, changes: ChangeSet) -> None:
    event_id = changes.inventory.event.id
    if changes.seats_end is not None:
        deleted = and_(seats.c.event_id == event_id, seats.c.number >= changes.seats_end)
        await connection.execute(delete(seats).where(deleted))
    for first in range(0, len(changes.new_seats), SEATS_PER_STATEMENT):
        positions = [
            {"number": each.number, "row_label": each.row_label, "col_number": each.col_number, "label": each.label}
            for each in changes.new_seats[first : first + SEATS_PER_STATEMENT]
        ]
        await connection.execute(_CREATE_SEATS, {"event": event_id, "positions": as_rows(positions)})


async def _update_seats(connection: AsyncConnection, change_sets: Sequence[ChangeSet]) -> None:
    seated = [
        {"event_id": changes.inventory.event.id, "number": number, "booking_id": booking_id}
        for changes in change_sets
        for number, booking_id in changes.seating.items()
    ]
    if seated:
        event_ids, numbers = ({each[name] for each in seated} for name in ("event_id", "number"))
        await connection.execute(
            _UPDATE_SEATS, {"event_ids": list(event_ids), "seated": as_rows(seated), "numbers": list(numbers)}
        )


async def _update_bookings(connection: AsyncConnection, changed: Sequence[Booking]) -> None:
    ids = [booking.id for booking in changed]
    await connection.execute(_UPDATE_BOOKINGS, {"changed": as_rows(changed), "booking_ids": ids})
    if ended := [booking.id for booking in changed if booking.status in ENDED]:
        await connection.execute(update(tickets).where(is_any_of(tickets.c.booking_id, ended)).values(is_void=True))


def _counts(inventory: Inventory) -> dict[str, object]:
    return {
        "id": inventory.event.id,
        "capacity": inventory.capacity,
        "booked_count": inventory.held,
        "waitlist_count": inventory.waiting,
        "last_waitlist_number": inventory.last_waitlist_number,
        "seats_per_row": inventory.seats_per_row,
    }
