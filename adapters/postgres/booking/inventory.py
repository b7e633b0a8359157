"""The inventory of events on PostgreSQL. The row of an event contains its counts and serves as the lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    RowMapping,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.seat_maps import read_seat_map, read_version, seat_map_query, version_query
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
from core.booking.ports import InventoryRepository
from core.booking.seats import SEATS_CONSIDERED, Seat, SeatMap, SeatPosition, may_create_seat_map
from core.catalog.model import EventStatus, is_sold_here
from core.shared.ids import BookingId, EventId, UserId
from core.shared.money import FREE
from core.shared.versions import Version, date_of_edit

_AREA_NAME = select(areas.c.name).where(areas.c.id == events.c.area_id).scalar_subquery()
SUMMARY_COLUMNS = (
    events.c.name,
    events.c.start_time,
    events.c.end_time,
    events.c.timezone,
    events.c.venue,
    func.concat_ws(
        ", ", func.coalesce(func.nullif(events.c.venue, ""), _AREA_NAME), func.nullif(events.c.city, "")
    ).label("location"),
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
# The limit makes PostgreSQL look up each key. Without it, outdated statistics can make it read all keys of the event.
_RECORD = (
    select(idempotency_records)
    .where(
        idempotency_records.c.event_id == bindparam("event"),
        idempotency_records.c.user_id == _KEYED.c.user_id,
        idempotency_records.c.key == _KEYED.c.key,
    )
    .limit(1)
    .lateral("used")
)
_RECORDS = select(_RECORD).select_from(_KEYED.join(_RECORD, true()))


class PostgresInventoryRepository(InventoryRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_for_update(self, event_id: EventId) -> Inventory:
        return _inventory(event_id, await self._lock(event_id))

    async def for_requests(self, event_id: EventId, requests: Sequence[Request], now: datetime) -> InventorySnapshot:
        names = tuple({name for request in requests for name in request.seats})
        purchasers = [each.user_id for each in requests if each.channel is Channel.PURCHASE]
        emails = [each.visitor.email for each in requests if each.visitor is not None]
        inventory, expired, waitlist = await self._lock_with_queues(
            event_id, now, requests=requests, also=_holds_in_the_way(event_id, names, purchasers)
        )
        unnamed = sum(request.quantity for request in requests if not request.seats)
        seats_ = await self._seats_for(inventory, waitlist, owners=_ids(expired), names=names, unnamed=unnamed)
        keys = {(each.user_id, each.key) for each in requests if each.user_id is not None and each.key is not None}
        creates_seats = may_create_seat_map(inventory, requests, _places(expired), now)
        return InventorySnapshot(
            inventory,
            expired,
            waitlist,
            seats_,
            holders=await self._with_active_booking(event_id, now, bookings.c.user_id, purchasers),
            registered=await self._with_active_booking(event_id, now, bookings.c.visitor_email, emails),
            idempotency_records=await self._idempotency_records(event_id, keys) if keys else {},
            active=await self._active(event_id) if creates_seats else (),
        )

    async def for_expiry(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        inventory, expired, waitlist = await self._lock_with_queues(event_id, now)
        return InventorySnapshot(
            inventory, expired, waitlist, await self._seats_for(inventory, waitlist, owners=_ids(expired))
        )

    async def for_booking(self, booking: Booking, now: datetime) -> InventorySnapshot:
        inventory, expired, waitlist = await self._lock_with_queues(booking.event_id, now, freed=booking.quantity)
        owners = [*_ids(expired), booking.id]
        return InventorySnapshot(
            inventory, expired, waitlist, await self._seats_for(inventory, waitlist, owners=owners)
        )

    async def for_resize(self, event_id: EventId, capacity: int | None, now: datetime) -> InventorySnapshot:
        inventory, is_due = await self._lock_and_check_due(event_id, now)
        resized = replace(inventory, capacity=capacity)
        expired: tuple[Booking, ...] = ()
        if is_due:
            also = [] if capacity is None else [_has_seat(event_id, seats.c.number >= capacity)]
            expired = await self._expired_holds(event_id, now, resized.max_releases(), also)
        waitlist = await self._waitlist_for_resize(inventory, resized.max_promotions(_places(expired)), capacity)
        seats_ = await self._seats_for(inventory, waitlist, owners=_ids(expired), from_number=capacity)
        outlasting = and_(
            bookings.c.event_id == event_id,
            bookings.c.status == BookingStatus.PENDING,
            bookings.c.expires_at > inventory.event.start_time,
        )
        past_start = await self._bookings(select(bookings).where(outlasting).order_by(bookings.c.id))
        return InventorySnapshot(inventory, expired, waitlist, seats_, holds_past_start=past_start)

    async def for_closing_waitlist(self, event_id: EventId, limit: int) -> InventorySnapshot:
        inventory = await self.get_for_update(event_id)
        return InventorySnapshot(inventory, waitlist=await self._head_of_waitlist(inventory, limit))

    async def for_seat_map(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        inventory, is_due = await self._lock_and_check_due(event_id, now)
        expired = await self._bookings(_expired_holds_of(event_id, now)) if is_due else ()
        waitlist = await self._head_of_waitlist(inventory, inventory.waiting)
        return InventorySnapshot(inventory, expired, waitlist, active=await self._active(event_id))

    async def _lock(self, event_id: EventId) -> Row[Any]:
        # key_share: rows that only refer to the event, such as the notice of a refund, don't wait for it.
        return await self._row(_INVENTORY.where(events.c.id == event_id).with_for_update(key_share=True))

    async def _row(self, query: Select[Any]) -> Row[Any]:
        row: Row[Any] | None = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NoSuchEvent("There is no such event.")
        return row

    async def _lock_and_check_due(self, event_id: EventId, now: datetime) -> tuple[Inventory, bool]:
        """Lock the event and return it, and whether it has expired holds."""
        row = await self._lock(event_id)
        return _inventory(event_id, row), row.next_expiry is not None and row.next_expiry <= now

    async def _lock_with_queues(
        self,
        event_id: EventId,
        now: datetime,
        *,
        requests: Sequence[Request] = (),
        freed: int = 0,
        also: Sequence[ColumnElement[bool]] = (),
    ) -> tuple[Inventory, tuple[Booking, ...], tuple[Booking, ...]]:
        """Lock the event and return it, with the first expired holds and the head of the waitlist, as much as a step
        may release and promote when it decides these requests and frees so many places itself. `also` are conditions
        of further expired holds that it releases.
        """
        inventory, is_due = await self._lock_and_check_due(event_id, now)
        if not is_due:
            return inventory, (), await self._head_of_waitlist(inventory, inventory.max_promotions(freed))
        head = await self._head_of_waitlist(inventory, inventory.max_promotions(inventory.held))
        limit = inventory.max_releases(inventory.count_wanted(head, requests))
        expired = await self._expired_holds(event_id, now, limit, also)
        return inventory, expired, head[: inventory.max_promotions(_places(expired) + freed)]

    async def _expired_holds(
        self, event_id: EventId, now: datetime, limit: int, also: Sequence[ColumnElement[bool]]
    ) -> tuple[Booking, ...]:
        """Return the holds that expired first, and those that meet any of these conditions."""
        of_event = _expired_holds_of(event_id, now)
        found = await self._bookings(of_event.limit(limit))
        more = await self._bookings(of_event.where(or_(*also))) if also and len(found) == limit else ()
        return tuple({booking.id: booking for booking in (*found, *more)}.values())

    async def _head_of_waitlist(self, inventory: Inventory, limit: int) -> tuple[Booking, ...]:
        if not inventory.waiting or not limit:
            return ()
        return await self._bookings(_waitlist_of(inventory.event.id).limit(limit))

    async def _waitlist_for_resize(
        self, inventory: Inventory, promotions: int, capacity: int | None
    ) -> tuple[Booking, ...]:
        """Return the parties larger than the new capacity, and the head of the others."""
        if capacity is None or not inventory.waiting:
            return await self._head_of_waitlist(inventory, promotions)
        waitlist = _waitlist_of(inventory.event.id)
        head = waitlist.with_only_columns(bookings.c.id).where(bookings.c.quantity <= capacity).limit(promotions)
        is_needed = or_(bookings.c.quantity > capacity, bookings.c.id.in_(head.scalar_subquery()))
        return await self._bookings(waitlist.where(is_needed))

    async def _seats_for(
        self,
        inventory: Inventory,
        waitlist: Sequence[Booking],
        *,
        owners: Sequence[BookingId],
        names: Sequence[str] = (),
        unnamed: int = 0,
        from_number: int | None = None,
    ) -> tuple[Seat, ...]:
        """Return the seats of these owners, with these names, and from this number on; and the first free ones,
        enough for the waitlist and `unnamed` more.
        """
        if not inventory.has_seats:
            return ()
        of_event = seats.c.event_id == inventory.event.id
        wanted = []
        if names:
            wanted.append(_is_named(names))
        if owners:
            wanted.append(is_any_of(seats.c.booking_id, owners))
        if from_number is not None:
            wanted.append(seats.c.number >= from_number)
        found: dict[int, Seat] = {}
        if wanted:
            query = select(seats).where(of_event, or_(*wanted))
            found = {row.number: _seat(row) for row in await self._connection.execute(query)}
        if needed := unnamed + _places(waitlist):
            free = select(seats).where(of_event, seats.c.booking_id.is_(None))
            first = free.order_by(seats.c.number).limit(SEATS_CONSIDERED + needed)
            found |= {row.number: _seat(row) for row in await self._connection.execute(first)}
        return tuple(found[number] for number in sorted(found))

    async def _idempotency_records(
        self, event_id: EventId, keys: Collection[tuple[UserId, str]]
    ) -> dict[tuple[UserId, str], IdempotencyRecord]:
        values = {"event": event_id, "keyed": as_rows([{"user_id": user, "key": key} for user, key in keys])}
        return {
            (row.user_id, row.key): IdempotencyRecord(**row._mapping)
            for row in await self._connection.execute(_RECORDS, values)
        }

    async def _with_active_booking(
        self, event_id: EventId, now: datetime, column: Any, values: Sequence[object]
    ) -> frozenset[Any]:
        """Return the values that an active booking of the event has in `column`. Expired holds do not count."""
        if not values:
            return frozenset()
        is_active = and_(bookings.c.status.in_(sorted(ACTIVE)), ~is_expired_at(now))
        query = select(column).where(bookings.c.event_id == event_id, is_active, is_any_of(column, values))
        return frozenset(await self._connection.scalars(query))

    async def _active(self, event_id: EventId) -> tuple[Booking, ...]:
        is_active = and_(bookings.c.event_id == event_id, bookings.c.status.in_(sorted(ACTIVE)))
        return await self._bookings(select(bookings).where(is_active).order_by(bookings.c.created_at, bookings.c.id))

    async def active_ids(self, event_id: EventId) -> Sequence[BookingId]:
        is_active = and_(bookings.c.event_id == event_id, bookings.c.status.in_(sorted(ACTIVE)))
        query = select(bookings.c.id).where(is_active).order_by(bookings.c.created_at, bookings.c.id)
        return [BookingId(booking_id) for booking_id in await self._connection.scalars(query)]

    async def _bookings(self, query: Select[Any]) -> tuple[Booking, ...]:
        return tuple(read_booking(row._mapping) for row in await self._connection.execute(query))

    async def apply(self, changes: ChangeSet) -> None:
        await write_change_set(self._connection, changes)

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

    async def record_edit(self, event_id: EventId, now: datetime) -> None:
        this = events.c.id == event_id
        before = (await self._connection.execute(select(events.c.updated_at).where(this))).scalar_one()
        values = {"updated_at": date_of_edit(now, before)}
        await self._connection.execute(update(events).where(this).values(values))

    async def summary(self, event_id: EventId) -> EventSummary:
        return event_summary(event_id, await self._row(select(*SUMMARY_COLUMNS).where(events.c.id == event_id)))

    async def seat_map(self, event_id: EventId, now: datetime, *, with_ids: bool) -> SeatMap:
        return read_seat_map(await self._row(seat_map_query(event_id, now, with_ids=with_ids)))

    async def seat_map_version(self, event_id: EventId, now: datetime) -> Version:
        return read_version(await self._row(version_query(event_id, now)))


def _is_named(names: Sequence[str]) -> ColumnElement[bool]:
    """Return a condition: the seat has one of these labels or ids."""
    ids, labels = _ids_and_labels(names)
    return or_(is_any_of(seats.c.label, labels), is_any_of(seats.c.id, ids))


def _has_seat(event_id: EventId, is_meant: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return a condition: the booking has a seat of the event that is meant."""
    return bookings.c.id.in_(select(seats.c.booking_id).where(seats.c.event_id == event_id, is_meant))


def _holds_in_the_way(
    event_id: EventId, names: Sequence[str], purchasers: Sequence[UserId | None]
) -> list[ColumnElement[bool]]:
    """Return conditions of the expired holds that have these seats or belong to these people."""
    conditions = [_has_seat(event_id, _is_named(names))] if names else []
    return [*conditions, is_any_of(bookings.c.user_id, purchasers)] if purchasers else conditions


def _expired_holds_of(event_id: EventId, now: datetime) -> Select[Any]:
    is_expired = and_(pending_holds(event_id), bookings.c.expires_at <= now)
    return select(bookings).where(is_expired).order_by(bookings.c.expires_at, bookings.c.id)


def _ids_and_labels(names: Sequence[str]) -> tuple[list[UUID], list[str]]:
    """Split seat names into ids and labels. No label looks like an id."""
    ids, labels = [], []
    for name in names:
        try:
            ids.append(UUID(name))
        except ValueError:
            labels.append(name)
    return ids, labels


def _waitlist_of(event_id: EventId) -> Select[Any]:
    waiting = and_(bookings.c.event_id == event_id, bookings.c.status == BookingStatus.WAITLISTED)
    return select(bookings).where(waiting).order_by(bookings.c.waitlist_number)


def _places(of: Sequence[Booking]) -> int:
    return sum(booking.quantity for booking in of)


def _ids(of: Sequence[Booking]) -> list[BookingId]:
    return [booking.id for booking in of]


def _inventory(event_id: EventId, row: Row[Any]) -> Inventory:
    return Inventory(
        event=event_summary(event_id, row),
        capacity=row.capacity,
        held=row.booked_count,
        waiting=row.waitlist_count,
        last_waitlist_number=row.last_waitlist_number,
        is_open=row.status is EventStatus.OPEN,
        is_cancelled=row.status is EventStatus.CANCELLED,
        is_sold_here=is_sold_here(row.origin, row.price),
        price=FREE if row.price is None else row.price,
        currency=row.currency,
        registration_deadline=row.registration_deadline,
        seats_per_row=row.seats_per_row,
    )


def event_summary(event_id: EventId, row: Row[Any]) -> EventSummary:
    """Return the summary in a row that has the `SUMMARY_COLUMNS`."""
    return EventSummary(
        event_id,
        row.name,
        row.start_time,
        row.end_time,
        row.timezone,
        row.venue,
        row.location,
        row.organizer_id,
        row.status is EventStatus.INACTIVE,
        row.status is EventStatus.CANCELLED,
    )


def _seat(row: Row[Any]) -> Seat:
    return Seat(SeatPosition(row.number, row.row_label, row.col_number), str(row.id), row.booking_id)


def read_booking(row: RowMapping | Mapping[str, Any]) -> Booking:
    """Return the booking in a row of the table."""
    values = dict(row)
    name, email, _ = (values.pop(f"visitor_{each}") for each in ("name", "email", "search_text"))
    return Booking(**values, visitor=Visitor(name, email) if email is not None else None)
