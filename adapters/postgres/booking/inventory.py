"""The places of events on PostgreSQL: the event's row is the lock, and keeps the counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.tables import bookings, idempotency_records, payments, seats, tickets
from adapters.postgres.booking.writing import is_expired_at, pending_holds, write_change_set
from adapters.postgres.catalog.tables import areas, events
from adapters.postgres.shared.rows import as_rows, is_any_of, rows_of
from core.booking.errors import NoSuchEvent
from core.booking.inventory import ChangeSet, InventorySnapshot
from core.booking.model import (
    ACTIVE,
    Booking,
    BookingStatus,
    Channel,
    EventSummary,
    IdempotencyRecord,
    Inventory,
    Request,
    Visitor,
)
from core.booking.payment import PaymentStatus
from core.booking.ports import NOTHING_MORE, InventoryRepository, Looking
from core.booking.seats import LOOKED_AT, Seat, SeatPosition
from core.catalog.model import EventStatus, is_sold_here
from core.shared.ids import EventId, UserId
from core.shared.versions import date_of_edit

AT_ONCE = 1_000
"""Seats that are read at once."""

_AREA_NAME = select(areas.c.name).where(areas.c.id == events.c.area_id).scalar_subquery()
SUMMARY_COLUMNS = (
    events.c.name,
    events.c.start_time,
    events.c.end_time,
    events.c.timezone,
    events.c.venue,
    func.concat_ws(
        ", ", func.coalesce(func.nullif(events.c.venue, ""), _AREA_NAME), func.nullif(events.c.city, "")
    ).label("place"),
    events.c.organizer_id,
    events.c.status,
)
_INVENTORY = select(
    *SUMMARY_COLUMNS,
    events.c.capacity,
    events.c.booked_count,
    events.c.waitlist_count,
    events.c.last_waitlist_number,
    events.c.next_expiry,
    events.c.origin,
    events.c.price,
    events.c.currency,
    events.c.registration_deadline,
    events.c.seats_per_row,
)
_KEYED = rows_of("keyed", user_id=Uuid(), key=Text())
# One by one: the limit keeps PostgreSQL, whose statistics lag behind a rush, from reading all keys of the event.
_USE = (
    select(idempotency_records)
    .where(
        idempotency_records.c.event_id == bindparam("event"),
        idempotency_records.c.user_id == _KEYED.c.user_id,
        idempotency_records.c.key == _KEYED.c.key,
    )
    .limit(1)
    .lateral("used")
)
_USES = select(_USE).select_from(_KEYED.join(_USE, true()))


class PostgresInventoryRepository(InventoryRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_for_update(
        self, event_id: EventId, now: datetime, looking: Looking = NOTHING_MORE
    ) -> InventorySnapshot:
        # key_share: rows that only refer to the event, such as a note of a refund, don't wait for it.
        row = await self._row(_INVENTORY.where(events.c.id == event_id).with_for_update(key_share=True))
        inventory = _inventory(event_id, row)
        is_due = row.next_expiry is not None and row.next_expiry <= now
        due = await self._due(event_id, now) if is_due else ()
        line = await self._line(inventory, due, looking) if inventory.waiting else ()
        seen = await self._looked_at(inventory, due, line, looking) if inventory.is_mapped else ()
        return InventorySnapshot(inventory, due=due, line=line, seats=seen)

    async def _row(self, query: Select[Any]) -> Row[Any]:
        row: Row[Any] | None = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NoSuchEvent("There is no such event.")
        return row

    async def _due(self, event_id: EventId, now: datetime) -> tuple[Booking, ...]:
        over = and_(pending_holds(event_id), bookings.c.expires_at <= now)
        return await self._bookings(select(bookings).where(over).order_by(bookings.c.expires_at, bookings.c.id))

    async def _line(self, inventory: Inventory, due: Collection[Booking], looking: Looking) -> tuple[Booking, ...]:
        """The head of the line: a party takes a place at least, so there are never more of them than places."""
        waiting = and_(bookings.c.event_id == inventory.event.id, bookings.c.status == BookingStatus.WAITLISTED)
        query = select(bookings).where(waiting).order_by(bookings.c.waitlist_number)
        if inventory.capacity is not None and looking.freed is not None:
            free = inventory.capacity - inventory.held + sum(booking.quantity for booking in due) + looking.freed
            room = inventory.capacity if looking.room is None else looking.room
            query = query.where(bookings.c.quantity <= room).limit(max(free, 0) + 1)
        return await self._bookings(query)

    async def _looked_at(
        self, inventory: Inventory, due: Sequence[Booking], line: Sequence[Booking], looking: Looking
    ) -> tuple[Seat, ...]:
        mine = seats.c.event_id == inventory.event.id
        wanted = []
        if looking.seats:
            ids, labels = _ids_and_labels(looking.seats)
            wanted.append(or_(is_any_of(seats.c.label, labels), is_any_of(seats.c.id, ids)))
        if given_back := [*(booking.id for booking in due), *looking.bookings]:
            wanted.append(is_any_of(seats.c.booking_id, given_back))
        if looking.seats_from is not None:
            wanted.append(seats.c.number >= looking.seats_from)
        found: dict[int, Seat] = {}
        if wanted:
            found = {row.number: _seat(row) for row in await self._connection.execute(_of(mine, or_(*wanted)))}
        if needed := looking.any_seats + sum(party.quantity for party in line):
            free = _of(mine, seats.c.booking_id.is_(None))
            foremost = free.order_by(seats.c.number).limit(LOOKED_AT + needed)
            found |= {row.number: _seat(row) for row in await self._connection.execute(foremost)}
        return tuple(found[number] for number in sorted(found))

    async def for_requests(self, book: InventorySnapshot, asked: Sequence[Request]) -> InventorySnapshot:
        """The book with what these requests, too, are decided by."""
        event_id = book.inventory.event.id
        keyed = {(each.user_id, each.key) for each in asked if each.user_id is not None and each.key is not None}
        buyers = [each.user_id for each in asked if each.channel is Channel.PURCHASE]
        emails = [each.visitor.email for each in asked if each.visitor is not None]
        return replace(
            book,
            uses=await self._uses(event_id, keyed) if keyed else {},
            holders=await self._active(book, bookings.c.user_id, buyers),
            registered=await self._active(book, bookings.c.visitor_email, emails),
        )

    async def _uses(
        self, event_id: EventId, keyed: Collection[tuple[UserId, str]]
    ) -> dict[tuple[UserId, str], IdempotencyRecord]:
        asked = {"event": event_id, "keyed": as_rows([{"user_id": user, "key": key} for user, key in keyed])}
        return {
            (row.user_id, row.key): IdempotencyRecord(**row._mapping)
            for row in await self._connection.execute(_USES, asked)
        }

    async def _active(self, book: InventorySnapshot, column: Any, values: Sequence[object]) -> frozenset[Any]:
        """Which of these have a booking here; a hold that is due is none, swept or not."""
        if not values:
            return frozenset()
        of_event = and_(bookings.c.event_id == book.inventory.event.id, bookings.c.status.in_(sorted(ACTIVE)))
        query = select(bookings.c.id, column.label("who")).where(of_event, is_any_of(column, values))
        gone = {booking.id for booking in book.due}
        return frozenset(row.who for row in await self._connection.execute(query) if row.id not in gone)

    async def active(self, event_id: EventId) -> Sequence[Booking]:
        mine = and_(bookings.c.event_id == event_id, bookings.c.status.in_(sorted(ACTIVE)))
        return await self._bookings(select(bookings).where(mine).order_by(bookings.c.created_at, bookings.c.id))

    async def _bookings(self, query: Select[Any]) -> tuple[Booking, ...]:
        return tuple(read_booking(row._mapping) for row in await self._connection.execute(query))

    async def apply(self, change: ChangeSet) -> None:
        await write_change_set(self._connection, change)

    async def close(self, event_id: EventId, now: datetime) -> None:
        run = self._connection.execute
        mine = bookings.c.event_id == event_id
        active = select(bookings.c.id).where(mine, bookings.c.status.in_(sorted(ACTIVE))).scalar_subquery()
        captured = and_(payments.c.booking_id.in_(active), payments.c.status == PaymentStatus.CAPTURED)
        await run(update(payments).where(captured).values(status=PaymentStatus.REFUND_DUE, updated_at=now))
        await run(update(tickets).where(tickets.c.booking_id.in_(active)).values(is_void=True))
        await run(update(seats).where(seats.c.event_id == event_id).values(booking_id=null()))
        ended = update(bookings).where(mine, bookings.c.status.in_(sorted(ACTIVE)))
        await run(
            ended.values(
                status=BookingStatus.CANCELLED, seats=(), waitlist_number=null(), expires_at=null(), updated_at=now
            )
        )
        await run(
            update(events)
            .where(events.c.id == event_id)
            .values(
                status=EventStatus.CANCELLED,
                booked_count=0,
                waitlist_count=0,
                next_expiry=null(),
            )
        )

    async def note_edit(self, event_id: EventId, now: datetime) -> None:
        this = events.c.id == event_id
        before = (await self._connection.execute(select(events.c.updated_at).where(this))).scalar_one()
        values = {"updated_at": date_of_edit(now, before)}
        await self._connection.execute(update(events).where(this).values(values))

    async def card(self, event_id: EventId) -> EventSummary:
        return event_summary(event_id, await self._row(select(*SUMMARY_COLUMNS).where(events.c.id == event_id)))

    async def seats(self, event_id: EventId, now: datetime) -> Sequence[tuple[Seat, str]]:
        status = case(
            (or_(seats.c.booking_id.is_(None), is_expired_at(now)), "available"),
            (bookings.c.status == BookingStatus.PENDING, "held"),
            else_="reserved",
        )
        query = (
            select(seats, status.label("seat_status"))
            .select_from(seats.outerjoin(bookings, bookings.c.id == seats.c.booking_id))
            .where(seats.c.event_id == event_id)
            .order_by(seats.c.number)
        )
        # Part by part: all seats of a large hall at once would keep the process from everybody else for a second.
        found = await self._connection.stream(query)
        return [(_seat(row), row.seat_status) async for part in found.partitions(AT_ONCE) for row in part]


def _ids_and_labels(names: Sequence[str]) -> tuple[list[UUID], list[str]]:
    """Seats are named either way; what reads as an id can be no label."""
    ids, labels = [], []
    for name in names:
        try:
            ids.append(UUID(name))
        except ValueError:
            labels.append(name)
    return ids, labels


def _of(*conditions: Any) -> Select[Any]:
    return select(seats).where(*conditions)


def _inventory(event_id: EventId, row: Row[Any]) -> Inventory:
    return Inventory(
        event=event_summary(event_id, row),
        capacity=row.capacity,
        held=row.booked_count,
        waiting=row.waitlist_count,
        last_number=row.last_waitlist_number,
        is_open=row.status is EventStatus.OPEN,
        is_cancelled=row.status is EventStatus.CANCELLED,
        is_ours=is_sold_here(row.origin, row.price),
        price=Decimal("0.00") if row.price is None else row.price,
        currency=row.currency,
        registration_deadline=row.registration_deadline,
        seats_per_row=row.seats_per_row,
    )


def event_summary(event_id: EventId, row: Row[Any]) -> EventSummary:
    is_hidden = row.status is EventStatus.INACTIVE
    return EventSummary(
        event_id,
        row.name,
        row.start_time,
        row.end_time,
        row.timezone,
        row.venue,
        row.place,
        row.organizer_id,
        is_hidden,
    )


def _seat(row: Row[Any]) -> Seat:
    return Seat(SeatPosition(row.number, row.row_label, row.col_number), str(row.id), row.booking_id)


def read_booking(row: RowMapping | Mapping[str, Any]) -> Booking:
    values = dict(row)
    name, email = values.pop("visitor_name"), values.pop("visitor_email")
    return Booking(**values, visitor=Visitor(name, email) if email is not None else None)
