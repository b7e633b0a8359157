"""The inventory of events on PostgreSQL. The row of an event contains its counts and serves as the lock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Row,
    Select,
    and_,
    case,
    func,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.loading import (
    WantedSeats,
    load_active,
    load_records,
    load_seats,
    load_values_of_active,
    load_waitlists,
    read_booking,
    read_seat,
    waitlist_of,
)
from adapters.postgres.booking.tables import bookings, payments, seats, tickets
from adapters.postgres.booking.writing import is_expired_at, pending_holds, write_change_sets
from adapters.postgres.catalog.tables import areas, events
from adapters.postgres.shared.rows import is_any_of
from core.booking.errors import NoSuchEvent
from core.booking.inventory import ChangeSet, InventorySnapshot
from core.booking.model import (
    ACTIVE,
    Booking,
    BookingStatus,
    Channel,
    EventSummary,
    Inventory,
    Request,
)
from core.booking.payment import PaymentStatus
from core.booking.ports import InventoryRepository
from core.booking.seats import SEATS_CONSIDERED, Seat, may_create_seat_map
from core.catalog.model import EventStatus, is_sold_here
from core.shared.ids import BookingId, EventId
from core.shared.money import FREE
from core.shared.versions import date_of_edit

SEATS_PER_READ = 1_000

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
    events.c.id,
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


class PostgresInventoryRepository(InventoryRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_for_update(self, event_id: EventId) -> Inventory:
        return _inventory(event_id, await self._lock(event_id))

    async def for_requests(self, event_id: EventId, requests: Sequence[Request], now: datetime) -> InventorySnapshot:
        inventory, expired = await self._lock_with_expired(event_id, now)
        waitlist = await self._head_of_waitlist(inventory, freed=_places(expired))
        locked = [(inventory, expired, waitlist)]
        return (await self._for_requests(locked, {event_id: requests}, now))[event_id]

    async def for_several(
        self, requests: Mapping[EventId, Sequence[Request]], now: datetime
    ) -> Mapping[EventId, InventorySnapshot]:
        has_expired = events.c.next_expiry <= now
        these = and_(is_any_of(events.c.id, requests), has_expired.is_not(true()))
        query = _INVENTORY.where(these).order_by(events.c.id).with_for_update(key_share=True, skip_locked=True)
        rows: Iterable[Row[Any]] = await self._connection.execute(query)
        inventories = [_inventory(row.id, row) for row in rows]
        promotions = {each.event.id: each.max_promotions(0) for each in inventories if each.waiting}
        waitlists = await load_waitlists(
            self._connection, {each: None if count is None else count + 1 for each, count in promotions.items()}
        )
        locked = [(each, (), waitlists[each.event.id]) for each in inventories]
        return await self._for_requests(locked, requests, now)

    async def _for_requests(
        self,
        locked: Sequence[tuple[Inventory, tuple[Booking, ...], tuple[Booking, ...]]],
        requests: Mapping[EventId, Sequence[Request]],
        now: datetime,
    ) -> Mapping[EventId, InventorySnapshot]:
        """Load what the requests need besides the inventory of their event, its expired holds and its waitlist."""
        asked = [(each.event.id, request) for each, *_ in locked for request in requests[each.event.id]]
        wanted = [
            _wanted_seats(each, waitlist, owners=_ids(expired), requests=requests[each.event.id])
            for each, expired, waitlist in locked
            if each.has_seats
        ]
        purchasers = [(event_id, each.user_id) for event_id, each in asked if each.channel is Channel.PURCHASE]
        emails = [(event_id, each.visitor.email) for event_id, each in asked if each.visitor is not None]
        keys = {(event_id, each.user_id, each.key) for event_id, each in asked if each.user_id and each.key is not None}
        new_seats = [
            each.event.id
            for each, expired, _ in locked
            if may_create_seat_map(each, requests[each.event.id], _places(expired), now)
        ]
        seats_ = await load_seats(self._connection, wanted)
        holders = await load_values_of_active(self._connection, bookings.c.user_id, purchasers, now)
        registered = await load_values_of_active(self._connection, bookings.c.visitor_email, emails, now)
        records = await load_records(self._connection, keys)
        active = await load_active(self._connection, new_seats)
        return {
            inventory.event.id: InventorySnapshot(
                inventory,
                expired,
                waitlist,
                seats_[inventory.event.id],
                holders=frozenset(holders[inventory.event.id]),
                registered=frozenset(registered[inventory.event.id]),
                idempotency_records=records[inventory.event.id],
                active=active[inventory.event.id],
            )
            for inventory, expired, waitlist in locked
        }

    async def for_expiry(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        inventory, expired = await self._lock_with_expired(event_id, now)
        waitlist = await self._head_of_waitlist(inventory, freed=_places(expired))
        return InventorySnapshot(
            inventory, expired, waitlist, await self._seats_for(inventory, waitlist, owners=_ids(expired))
        )

    async def for_booking(self, booking: Booking, now: datetime) -> InventorySnapshot:
        inventory, expired = await self._lock_with_expired(booking.event_id, now)
        waitlist = await self._head_of_waitlist(inventory, freed=_places(expired) + booking.quantity)
        owners = [*_ids(expired), booking.id]
        return InventorySnapshot(
            inventory, expired, waitlist, await self._seats_for(inventory, waitlist, owners=owners)
        )

    async def for_resize(self, event_id: EventId, capacity: int | None, now: datetime) -> InventorySnapshot:
        inventory, expired = await self._lock_with_expired(event_id, now)
        if capacity is None or inventory.capacity is None:
            waitlist = await self._whole_waitlist(inventory)
        else:
            freed = _places(expired) + max(capacity - inventory.capacity, 0)
            waitlist = await self._waitlist_for_resize(inventory, freed, capacity)
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
        return InventorySnapshot(inventory, waitlist=await self._bookings(waitlist_of(event_id).limit(limit)))

    async def for_seat_map(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        inventory, expired = await self._lock_with_expired(event_id, now)
        waitlist = await self._whole_waitlist(inventory)
        return InventorySnapshot(
            inventory, expired, waitlist, active=(await load_active(self._connection, [event_id]))[event_id]
        )

    async def _lock(self, event_id: EventId) -> Row[Any]:
        # key_share: rows that only refer to the event, such as the notice of a refund, don't wait for it.
        return await self._row(_INVENTORY.where(events.c.id == event_id).with_for_update(key_share=True))

    async def _row(self, query: Select[Any]) -> Row[Any]:
        row: Row[Any] | None = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NoSuchEvent("There is no such event.")
        return row

    async def _lock_with_expired(self, event_id: EventId, now: datetime) -> tuple[Inventory, tuple[Booking, ...]]:
        row = await self._lock(event_id)
        if row.next_expiry is None or row.next_expiry > now:
            return _inventory(event_id, row), ()
        expired = and_(pending_holds(event_id), bookings.c.expires_at <= now)
        query = select(bookings).where(expired).order_by(bookings.c.expires_at, bookings.c.id)
        return _inventory(event_id, row), await self._bookings(query)

    async def _head_of_waitlist(self, inventory: Inventory, *, freed: int) -> tuple[Booking, ...]:
        """Return the waiting parties that may be promoted when `freed` places become free, and the next one."""
        promotions = inventory.max_promotions(freed)
        if not inventory.waiting or promotions is None:
            return await self._whole_waitlist(inventory)
        return await self._bookings(waitlist_of(inventory.event.id).limit(promotions + 1))

    async def _waitlist_for_resize(self, inventory: Inventory, freed: int, capacity: int) -> tuple[Booking, ...]:
        """Return the parties larger than the new capacity, and the head of the others."""
        if not inventory.waiting:
            return ()
        waitlist, promotions = waitlist_of(inventory.event.id), inventory.max_promotions(freed) or 0
        head = waitlist.with_only_columns(bookings.c.id).where(bookings.c.quantity <= capacity).limit(promotions + 1)
        is_needed = or_(bookings.c.quantity > capacity, bookings.c.id.in_(head.scalar_subquery()))
        return await self._bookings(waitlist.where(is_needed))

    async def _whole_waitlist(self, inventory: Inventory) -> tuple[Booking, ...]:
        return await self._bookings(waitlist_of(inventory.event.id)) if inventory.waiting else ()

    async def _seats_for(
        self,
        inventory: Inventory,
        waitlist: Sequence[Booking],
        *,
        owners: Sequence[BookingId],
        from_number: int | None = None,
    ) -> tuple[Seat, ...]:
        """Return the seats of these owners, those from this number on, and enough free ones for the waitlist."""
        if not inventory.has_seats:
            return ()
        event_id = inventory.event.id
        found = (await load_seats(self._connection, [_wanted_seats(inventory, waitlist, owners=owners)]))[event_id]
        if from_number is None:
            return found
        query = select(seats).where(seats.c.event_id == event_id, seats.c.number >= from_number)
        last = [read_seat(row) for row in await self._connection.execute(query)]
        return tuple(sorted({*found, *last}, key=lambda seat: seat.position.number))

    async def active_ids(self, event_id: EventId) -> Sequence[BookingId]:
        is_active = and_(bookings.c.event_id == event_id, bookings.c.status.in_(sorted(ACTIVE)))
        query = select(bookings.c.id).where(is_active).order_by(bookings.c.created_at, bookings.c.id)
        return [BookingId(booking_id) for booking_id in await self._connection.scalars(query)]

    async def _bookings(self, query: Select[Any]) -> tuple[Booking, ...]:
        return tuple(read_booking(row._mapping) for row in await self._connection.execute(query))

    async def apply(self, *changes: ChangeSet) -> None:
        await write_change_sets(self._connection, changes)

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
        # In batches: reading all seats of a large event at once would block the process for a second.
        found = await self._connection.stream(query)
        return [(read_seat(row), row.seat_status) async for part in found.partitions(SEATS_PER_READ) for row in part]


def _wanted_seats(
    inventory: Inventory,
    waitlist: Sequence[Booking],
    *,
    owners: Sequence[BookingId],
    requests: Sequence[Request] = (),
) -> WantedSeats:
    """Return the seats of these owners, those that the requests name, and enough free ones for the waitlist and for
    the requests that name none.
    """
    names = {name for request in requests for name in request.seats}
    needed = _places(waitlist) + sum(request.quantity for request in requests if not request.seats)
    return WantedSeats(inventory.event.id, owners, names, free=SEATS_CONSIDERED + needed if needed else 0)


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
