"""The inventory of events on PostgreSQL. The row of an event contains its counts and serves as the lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import (
    Row,
    Select,
    and_,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.event_rows import INVENTORY_QUERY, SUMMARY_COLUMNS, read_inventory, read_summary
from adapters.postgres.booking.loading import (
    WantedSeats,
    load_active,
    load_active_with,
    load_expired_holds,
    load_named_seats,
    load_records,
    load_seats,
    load_waitlists,
    read_booking,
    read_seat,
    waitlist_of,
)
from adapters.postgres.booking.seat_maps import read_seat_map, read_version, seat_map_query, version_query
from adapters.postgres.booking.tables import bookings, payments, seats, tickets
from adapters.postgres.booking.writing import write_change_sets
from adapters.postgres.catalog.tables import events
from adapters.postgres.shared.rows import is_any_of
from core.booking.errors import NoSuchEvent
from core.booking.inventory import ChangeSet, InventorySnapshot
from core.booking.model import ACTIVE, Booking, BookingStatus, Channel, EventSummary, Inventory
from core.booking.payment import PaymentStatus
from core.booking.ports import InventoryRepository
from core.booking.requests import Request
from core.booking.seats import SEATS_CONSIDERED, Seat, SeatMap, may_create_seat_map
from core.catalog.model import EventStatus
from core.shared.ids import BookingId, EventId
from core.shared.versions import Version, date_of_edit

_Bookings = Mapping[EventId, tuple[Booking, ...]]


@dataclass(frozen=True, slots=True)
class _Locked:
    """An event that is locked, and when the first of its holds expires."""

    inventory: Inventory
    next_expiry: datetime | None

    @property
    def id(self) -> EventId:
        return self.inventory.event.id

    def is_due(self, now: datetime) -> bool:
        """Return whether the event has expired holds."""
        return self.next_expiry is not None and self.next_expiry <= now


class PostgresInventoryRepository(InventoryRepository):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_for_update(self, event_id: EventId) -> Inventory:
        return (await self._lock(event_id)).inventory

    async def for_requests(self, event_id: EventId, requests: Sequence[Request], now: datetime) -> InventorySnapshot:
        return (await self._for_requests([await self._lock(event_id)], {event_id: requests}, now))[event_id]

    async def for_several(
        self, requests: Mapping[EventId, Sequence[Request]], now: datetime
    ) -> Mapping[EventId, InventorySnapshot]:
        these = INVENTORY_QUERY.where(is_any_of(events.c.id, requests)).order_by(events.c.id)
        rows: Iterable[Row[Any]] = await self._connection.execute(
            these.with_for_update(key_share=True, skip_locked=True)
        )
        return await self._for_requests([_locked(row) for row in rows], requests, now)

    async def _for_requests(
        self, locked: Sequence[_Locked], requests: Mapping[EventId, Sequence[Request]], now: datetime
    ) -> Mapping[EventId, InventorySnapshot]:
        connection = self._connection
        asked = [(each.id, request) for each in locked for request in requests[each.id]]
        with_seats = {each.id for each in locked if each.inventory.has_seats}
        named = await load_named_seats(
            connection, {(event_id, name) for event_id, each in asked if event_id in with_seats for name in each.seats}
        )
        holders = await load_active_with(
            connection,
            bookings.c.user_id,
            {(event_id, each.user_id) for event_id, each in asked if each.channel is Channel.PURCHASE},
        )
        registered = await load_active_with(
            connection,
            bookings.c.visitor_email,
            {(event_id, each.visitor.email) for event_id, each in asked if each.visitor is not None},
        )
        in_the_way = {each.id: [*_owners(named[each.id]), *holders[each.id], *registered[each.id]] for each in locked}
        expired, waitlists = await self._queues(locked, now, requests=requests, in_the_way=in_the_way)
        seats_ = await load_seats(
            connection,
            [
                _wanted_seats(each.id, waitlists[each.id], owners=_ids(expired[each.id]), requests=requests[each.id])
                for each in locked
                if each.id in with_seats
            ],
        )
        records = await load_records(
            connection,
            {(event_id, each.user_id, each.key) for event_id, each in asked if each.user_id and each.key is not None},
        )
        active = await load_active(
            connection,
            [
                each.id
                for each in locked
                if may_create_seat_map(each.inventory, requests[each.id], _places(expired[each.id]), now)
            ],
        )
        return {
            each.id: InventorySnapshot(
                each.inventory,
                expired[each.id],
                waitlists[each.id],
                _in_order(named[each.id], seats_[each.id]),
                holders=_without(expired[each.id], holders[each.id]),
                registered=_without(expired[each.id], registered[each.id]),
                idempotency_records=records[each.id],
                active=active[each.id],
            )
            for each in locked
        }

    async def for_expiry(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        return await self.for_requests(event_id, (), now)

    async def for_booking(self, booking: Booking, now: datetime) -> InventorySnapshot:
        locked = await self._lock(booking.event_id)
        expired, waitlists = await self._queues([locked], now, freed=booking.quantity)
        holds, waitlist = expired[locked.id], waitlists[locked.id]
        seats_ = await self._seats_for(locked.inventory, waitlist, owners=[*_ids(holds), booking.id])
        return InventorySnapshot(locked.inventory, holds, waitlist, seats_)

    async def for_resize(self, event_id: EventId, capacity: int | None, now: datetime) -> InventorySnapshot:
        locked = await self._lock(event_id)
        inventory, resized = locked.inventory, replace(locked.inventory, capacity=capacity)
        last_seats = await self._seats_from(inventory, capacity)
        limits = {event_id: resized.max_releases()} if locked.is_due(now) else {}
        found = await load_expired_holds(self._connection, limits, {event_id: _owners(last_seats)}, now)
        expired = found[event_id]
        waitlist = await self._waitlist_for_resize(inventory, resized.max_promotions(_places(expired)), capacity)
        seats_ = await self._seats_for(inventory, waitlist, owners=_ids(expired))
        outlasting = and_(
            bookings.c.event_id == event_id,
            bookings.c.status == BookingStatus.PENDING,
            bookings.c.expires_at > inventory.event.start_time,
        )
        past_start = await self._bookings(select(bookings).where(outlasting).order_by(bookings.c.id))
        return InventorySnapshot(
            inventory, expired, waitlist, _in_order(seats_, last_seats), holds_past_start=past_start
        )

    async def for_closing_waitlist(self, event_id: EventId, limit: int) -> InventorySnapshot:
        inventory = await self.get_for_update(event_id)
        return InventorySnapshot(inventory, waitlist=await self._head_of_waitlist(inventory, limit))

    async def for_seat_map(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        locked = await self._lock(event_id)
        limits = {event_id: None} if locked.is_due(now) else {}
        expired = await load_expired_holds(self._connection, limits, {}, now)
        waitlist = await self._head_of_waitlist(locked.inventory, locked.inventory.waiting)
        active = await load_active(self._connection, [event_id])
        return InventorySnapshot(locked.inventory, expired[event_id], waitlist, active=active[event_id])

    async def _lock(self, event_id: EventId) -> _Locked:
        # key_share: rows that only refer to the event, such as the notice of a refund, don't wait for it.
        return _locked(await self._row(INVENTORY_QUERY.where(events.c.id == event_id).with_for_update(key_share=True)))

    async def _row(self, query: Select[Any]) -> Row[Any]:
        row: Row[Any] | None = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NoSuchEvent("There is no such event.")
        return row

    async def _queues(
        self,
        locked: Sequence[_Locked],
        now: datetime,
        *,
        requests: Mapping[EventId, Sequence[Request]] = {},
        in_the_way: Mapping[EventId, Collection[BookingId]] = {},
        freed: int = 0,
    ) -> tuple[_Bookings, _Bookings]:
        """Return the first expired holds and the head of the waitlist of each event, as much as a step may release and
        promote when it decides these requests and frees so many places itself. Holds that are in the way are released
        even if others expired before them.
        """
        heads = await load_waitlists(
            self._connection,
            {
                each.id: each.inventory.max_promotions(each.inventory.held if each.is_due(now) else freed)
                for each in locked
                if each.inventory.waiting
            },
        )
        limits = {
            each.id: each.inventory.max_releases(
                each.inventory.count_wanted(heads[each.id], _places(requests.get(each.id, ())))
            )
            for each in locked
            if each.is_due(now)
        }
        expired = await load_expired_holds(self._connection, limits, in_the_way, now)
        waitlists = {
            each.id: heads[each.id][: each.inventory.max_promotions(_places(expired[each.id]) + freed)]
            for each in locked
        }
        return expired, waitlists

    async def _head_of_waitlist(self, inventory: Inventory, limit: int) -> tuple[Booking, ...]:
        event_id = inventory.event.id
        return (await load_waitlists(self._connection, {event_id: limit} if inventory.waiting else {}))[event_id]

    async def _waitlist_for_resize(
        self, inventory: Inventory, promotions: int, capacity: int | None
    ) -> tuple[Booking, ...]:
        """Return the parties larger than the new capacity, and the head of the others."""
        if capacity is None or not inventory.waiting:
            return await self._head_of_waitlist(inventory, promotions)
        waitlist = waitlist_of(inventory.event.id)
        head = waitlist.with_only_columns(bookings.c.id).where(bookings.c.quantity <= capacity).limit(promotions)
        is_needed = or_(bookings.c.quantity > capacity, bookings.c.id.in_(head.scalar_subquery()))
        return await self._bookings(waitlist.where(is_needed))

    async def _seats_for(
        self, inventory: Inventory, waitlist: Sequence[Booking], *, owners: Sequence[BookingId]
    ) -> tuple[Seat, ...]:
        event_id = inventory.event.id
        wanted = [_wanted_seats(event_id, waitlist, owners=owners)] if inventory.has_seats else []
        return _in_order((await load_seats(self._connection, wanted))[event_id])

    async def _seats_from(self, inventory: Inventory, number: int | None) -> tuple[Seat, ...]:
        if not inventory.has_seats or number is None:
            return ()
        query = select(seats).where(seats.c.event_id == inventory.event.id, seats.c.number >= number)
        return tuple(read_seat(row) for row in await self._connection.execute(query))

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
        return read_summary(event_id, await self._row(select(*SUMMARY_COLUMNS).where(events.c.id == event_id)))

    async def seat_map(self, event_id: EventId, now: datetime, *, with_ids: bool) -> SeatMap:
        return read_seat_map(await self._row(seat_map_query(event_id, now, with_ids=with_ids)))

    async def seat_map_version(self, event_id: EventId, now: datetime) -> Version:
        return read_version(await self._row(version_query(event_id, now)))


def _wanted_seats(
    event_id: EventId, waitlist: Sequence[Booking], *, owners: Sequence[BookingId], requests: Sequence[Request] = ()
) -> WantedSeats:
    """Return the seats of these owners, and enough free ones for the waitlist and for the requests that name none."""
    needed = _places(waitlist) + sum(request.quantity for request in requests if not request.seats)
    return WantedSeats(event_id, owners, free=SEATS_CONSIDERED + needed if needed else 0)


def _in_order(*found: Iterable[Seat]) -> tuple[Seat, ...]:
    """Return these seats by number, each once."""
    by_number = {seat.position.number: seat for seat in chain(*found)}
    return tuple(by_number[number] for number in sorted(by_number))


def _owners(of: Iterable[Seat]) -> list[BookingId]:
    return [seat.booking_id for seat in of if seat.booking_id is not None]


def _without(expired: Sequence[Booking], found: Mapping[BookingId, Any]) -> frozenset[Any]:
    """Return the values that were found in other bookings than these expired holds."""
    return frozenset(found[booking_id] for booking_id in found.keys() - set(_ids(expired)))


def _places(of: Sequence[Booking | Request]) -> int:
    return sum(each.quantity for each in of)


def _ids(of: Sequence[Booking]) -> list[BookingId]:
    return [booking.id for booking in of]


def _locked(row: Row[Any]) -> _Locked:
    return _Locked(read_inventory(row), row.next_expiry)
