"""Writing down what a step of booking came to.

The event is locked meanwhile, so every trip to the database counts. Each table is written by one statement, however
many rows there are.
"""

from __future__ import annotations

from collections.abc import Sequence
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

_CHANGED = ("status", "amount", "currency", "seats", "waitlist_number", "expires_at", "paying", "updated_at")
_UPDATE_BOOKING = (
    update(bookings)
    .where(bookings.c.id == bindparam("booking_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
)


def pending_holds(event_id: object) -> ColumnElement[bool]:
    """The holds of an event that their time can run out on."""
    return and_(bookings.c.event_id == event_id, bookings.c.status == BookingStatus.PENDING, ~bookings.c.paying)


def is_expired_at(now: datetime) -> ColumnElement[bool]:
    """Holds whose time is up by then, swept or not (B4)."""
    return and_(bookings.c.status == BookingStatus.PENDING, ~bookings.c.paying, bookings.c.expires_at <= now)


_BOOKINGS = rows_of("bookings", **{each.name: each.type for each in bookings.c}, visitor=JSON())
_TICKETS = rows_of("tickets", **{each.name: each.type for each in tickets.c})
_USES = rows_of("uses", **{each.name: each.type for each in idempotency_records.c})
_NEW_BOOKINGS = inserted(
    bookings,
    _BOOKINGS,
    visitor_name=_BOOKINGS.c.visitor["full_name"].as_string(),
    visitor_email=_BOOKINGS.c.visitor["email"].as_string(),
)
_COUNTS = ("capacity", "booked_count", "waitlist_count", "last_waitlist_number", "seats_per_row")
# What is new, and the counts that go with it, in one trip.
_FILE = (
    update(events)
    .where(events.c.id == bindparam("event"))
    .values({name: bindparam(f"new_{name}") for name in _COUNTS})
    .add_cte(
        _NEW_BOOKINGS.cte("new_bookings"),
        inserted(tickets, _TICKETS).cte("new_tickets"),
        inserted(idempotency_records, _USES).cte("new_uses"),
        NEW_NOTICES.cte("new_notices"),
    )
)
_NEXT_EXPIRY = (
    update(events)
    .where(events.c.id == bindparam("event"))
    .values(
        next_expiry=select(func.min(bookings.c.expires_at)).where(pending_holds(bindparam("event"))).scalar_subquery()
    )
)
_SEATED = rows_of("seated", number=Integer(), booking_id=Uuid())
_UPDATE_SEATS = (
    update(seats)
    .where(
        seats.c.event_id == bindparam("event"),
        seats.c.number == _SEATED.c.number,
        # Said twice, or PostgreSQL, whose statistics lag behind a new hall, may read all seats of the event.
        seats.c.number == any_(bindparam("numbers", type_=ARRAY(Integer))),
    )
    .values(booking_id=_SEATED.c.booking_id)
)
_PLACES = rows_of("places", number=Integer(), row_label=Text(), col_number=Integer(), label=Text())
_MAKE_SEATS = inserted(seats, _PLACES, event_id=bindparam("event", type_=Uuid))


async def write_change_set(connection: AsyncConnection, change: ChangeSet) -> None:
    """Write the change. The tickets of bookings that ended with it are void."""
    event_id = change.inventory.event.id
    if change.new_seats:
        places = [
            {"number": each.number, "row_label": each.row_label, "col_number": each.col_number, "label": each.label}
            for each in change.new_seats
        ]
        await connection.execute(_MAKE_SEATS, {"event": event_id, "places": as_rows(places)})
    if change.changed:
        await _rewrite(connection, change.changed)
    new = {
        "bookings": as_rows(change.added),
        "tickets": as_rows(change.tickets),
        "uses": as_rows(change.uses),
        "notices": as_rows(change.told),
    }
    await connection.execute(_FILE, {"event": event_id, **_counts(change.inventory), **new})
    if change.changed or any(booking.expires_at for booking in change.added):
        await connection.execute(_NEXT_EXPIRY, {"event": event_id})
    if change.seating:
        seated = [{"number": number, "booking_id": booking_id} for number, booking_id in change.seating.items()]
        await connection.execute(
            _UPDATE_SEATS, {"event": event_id, "seated": as_rows(seated), "numbers": list(change.seating)}
        )
    if change.seats_end is not None:
        gone = and_(seats.c.event_id == event_id, seats.c.number >= change.seats_end)
        await connection.execute(delete(seats).where(gone))


async def _rewrite(connection: AsyncConnection, changed: Sequence[Booking]) -> None:
    await connection.execute(_UPDATE_BOOKING, [_changed(booking) for booking in changed])
    if ended := [booking.id for booking in changed if booking.status in ENDED]:
        await connection.execute(update(tickets).where(is_any_of(tickets.c.booking_id, ended)).values(is_void=True))


def _changed(booking: Booking) -> dict[str, Any]:
    return {"booking_id": booking.id} | {f"new_{name}": getattr(booking, name) for name in _CHANGED}


def _counts(inventory: Inventory) -> dict[str, object]:
    return {
        "new_capacity": inventory.capacity,
        "new_booked_count": inventory.held,
        "new_waitlist_count": inventory.waiting,
        "new_last_waitlist_number": inventory.last_number,
        "new_seats_per_row": inventory.seats_per_row,
    }
