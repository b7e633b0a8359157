"""Writing down what a step of booking came to.

The event is locked meanwhile, so every trip to the database counts, and so does every row: each table is written by one
statement whatever the number of rows, which PostgreSQL parses and plans once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    Integer,
    Table,
    TableValuedAlias,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from adapters.postgres.tables import bookings, events, idempotency_keys, seats, tickets
from core.booking.book import Change
from core.booking.model import Booking, BookingStatus, Inventory

_ENDED = frozenset({BookingStatus.CANCELLED, BookingStatus.EXPIRED, BookingStatus.FAILED})
_CHANGED = ("status", "seats", "line_number", "expires_at", "paying", "updated_at")
_UPDATE_BOOKING = (
    update(bookings)
    .where(bookings.c.id == bindparam("booking_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
)
_BETWEEN = " "


def rows_of(name: str, columns: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    """Rows that are given to a statement: an array for each column, as the parameter `name_column`."""
    arrays = [bindparam(f"{name}_{column}", type_=ARRAY(kind)) for column, kind in columns.items()]
    return func.unnest(*arrays).table_valued(*columns, name=name).render_derived()


def given(name: str, columns: Iterable[str], values: Collection[object]) -> dict[str, object]:
    """The parameters of `rows_of`, from things that have the columns as attributes."""
    return {f"{name}_{column}": [getattr(value, column) for value in values] for column in columns}


def pending_of(event_id: object) -> ColumnElement[bool]:
    """The holds of an event that their time can run out on."""
    return and_(bookings.c.event_id == event_id, bookings.c.status == BookingStatus.PENDING, ~bookings.c.paying)


def _inserted(table: Table) -> Insert:
    lists = {column.name for column in table.c if isinstance(column.type, ARRAY)}
    new = rows_of(table.name, {each.name: Text() if each.name in lists else each.type for each in table.c})
    # Lists of several lengths make no array of arrays; they travel as text.
    values = [func.string_to_array(each, _BETWEEN) if each.name in lists else each for each in new.c]
    return insert(table).from_select([column.name for column in table.c], select(*values))


_OWN = [each.name for each in bookings.c if each.name not in ("seats", "visitor_name", "visitor_email")]
_COUNTS = ("capacity", "booked_count", "waitlist_count", "last_line_number", "seats_per_row")
# What is new, and the counts that go with it, in one trip.
_FILE = (
    update(events)
    .where(events.c.id == bindparam("event"))
    .values({name: bindparam(f"new_{name}") for name in _COUNTS})
    .add_cte(*(_inserted(table).cte(f"new_{table.name}") for table in (bookings, tickets, idempotency_keys)))
)
_NEXT_EXPIRY = (
    update(events)
    .where(events.c.id == bindparam("event"))
    .values(next_expiry=select(func.min(bookings.c.expires_at)).where(pending_of(bindparam("event"))).scalar_subquery())
)
_SEATED = rows_of("seated", {"number": Integer(), "booking_id": Uuid()})
_UPDATE_SEATS = (
    update(seats)
    .where(seats.c.event_id == bindparam("event"), seats.c.number == _SEATED.c.number)
    .values(booking_id=_SEATED.c.booking_id)
)
_PLACES = rows_of("places", {"number": Integer(), "row_label": Text(), "col_number": Integer(), "label": Text()})
_MAKE_SEATS = insert(seats).from_select(
    ["event_id", *_PLACES.c.keys()], select(bindparam("event", type_=Uuid), *_PLACES.c)
)


async def file(connection: AsyncConnection, change: Change) -> None:
    """Write the change. The tickets of bookings that ended with it are void."""
    event_id = change.inventory.event.id
    if change.new_seats:
        made = given("places", _PLACES.c.keys(), change.new_seats)
        await connection.execute(_MAKE_SEATS, made | {"event": event_id})
    if change.changed:
        await _rewrite(connection, change.changed)
    await connection.execute(_FILE, {"event": event_id, **_counts(change.inventory), **_added(change)})
    if change.changed or any(booking.expires_at for booking in change.added):
        await connection.execute(_NEXT_EXPIRY, {"event": event_id})
    if change.seating:
        seating = {"seated_number": list(change.seating), "seated_booking_id": list(change.seating.values())}
        await connection.execute(_UPDATE_SEATS, seating | {"event": event_id})
    if change.seats_end is not None:
        gone = and_(seats.c.event_id == event_id, seats.c.number >= change.seats_end)
        await connection.execute(delete(seats).where(gone))


async def _rewrite(connection: AsyncConnection, changed: Sequence[Booking]) -> None:
    await connection.execute(_UPDATE_BOOKING, [_changed(booking) for booking in changed])
    if ended := [booking.id for booking in changed if booking.status in _ENDED]:
        await connection.execute(update(tickets).where(tickets.c.booking_id.in_(ended)).values(is_void=True))


def _changed(booking: Booking) -> dict[str, Any]:
    return {"booking_id": booking.id} | {f"new_{name}": getattr(booking, name) for name in _CHANGED}


def _counts(inventory: Inventory) -> dict[str, object]:
    return {
        "new_capacity": inventory.capacity,
        "new_booked_count": inventory.held,
        "new_waitlist_count": inventory.waiting,
        "new_last_line_number": inventory.last_number,
        "new_seats_per_row": inventory.seats_per_row,
    }


def _added(change: Change) -> dict[str, object]:
    visitors = [booking.visitor for booking in change.added]
    return {
        **given("bookings", _OWN, change.added),
        "bookings_seats": [_BETWEEN.join(booking.seats) for booking in change.added],
        "bookings_visitor_name": [visitor and visitor.full_name for visitor in visitors],
        "bookings_visitor_email": [visitor and visitor.email for visitor in visitors],
        **given("tickets", tickets.c.keys(), change.tickets),
        **given("idempotency_keys", idempotency_keys.c.keys(), change.uses),
    }
