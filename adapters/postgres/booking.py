"""Booking on PostgreSQL: the event's row is the lock, and keeps the count."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.pages import Ordering, read_page
from adapters.postgres.tables import bookings, events, idempotency_keys
from adapters.postgres.unit import PostgresUnit
from core.booking.errors import BookingNotFound, NoSuchEvent
from core.booking.model import Booking, Inventory
from core.booking.ports import BookingFilter, Bookings, BookingUnitOfWork, IdempotencyKeys, Inventories, KeyUse
from core.catalog.model import BOOKABLE_ORIGINS, EventStatus
from core.shared.ids import BookingId, EventId, UserId
from core.shared.paging import Page, PageRequest

_INVENTORY = select(
    events.c.capacity,
    events.c.booked_count,
    events.c.status,
    events.c.origin,
    events.c.price,
    events.c.currency,
    events.c.start_time,
    events.c.registration_deadline,
)


class PostgresInventories(Inventories):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_for_update(self, event_id: EventId) -> Inventory:
        query = _INVENTORY.where(events.c.id == event_id).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NoSuchEvent("There is no such event.")
        return Inventory(
            event_id=event_id,
            capacity=row.capacity,
            held=row.booked_count,
            is_hidden=row.status is EventStatus.INACTIVE,
            is_open=row.status is EventStatus.OPEN,
            is_ours=row.origin in BOOKABLE_ORIGINS,
            price=Decimal("0.00") if row.price is None else row.price,
            currency=row.currency,
            start_time=row.start_time,
            registration_deadline=row.registration_deadline,
        )

    async def save(self, inventory: Inventory) -> None:
        query = update(events).where(events.c.id == inventory.event_id).values(booked_count=inventory.held)
        await self._connection.execute(query)


class PostgresBookings(Bookings):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, booking: Booking) -> None:
        await self._connection.execute(insert(bookings).values(asdict(booking)))

    async def get(self, booking_id: BookingId) -> Booking:
        row = (await self._connection.execute(select(bookings).where(bookings.c.id == booking_id))).one_or_none()
        if row is None:
            raise BookingNotFound("There is no such booking.")
        return Booking(**row._mapping)

    async def save(self, booking: Booking) -> None:
        await self._connection.execute(update(bookings).where(bookings.c.id == booking.id).values(asdict(booking)))

    async def search(self, wanted: BookingFilter, page: PageRequest) -> Page[Booking]:
        query = select(bookings).where(bookings.c.user_id == wanted.user_id)
        if wanted.status is not None:
            query = query.where(bookings.c.status == wanted.status)
        if wanted.event_id is not None:
            query = query.where(bookings.c.event_id == wanted.event_id)
        if wanted.upcoming_at is not None:
            query = query.join(events).where(events.c.end_time > wanted.upcoming_at)
        newest = Ordering("-created", bookings.c.id, bookings.c.id, descending=True, read=UUID)
        found = await read_page(self._connection, query, newest, page)
        return found.map(_booking)


def _booking(row: Row[Any]) -> Booking:
    values = dict(row._mapping)
    del values["sort_key"]
    return Booking(**values)


class PostgresKeys(IdempotencyKeys):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, user_id: UserId, event_id: EventId, key: str) -> KeyUse | None:
        query = select(idempotency_keys).filter_by(user_id=user_id, event_id=event_id, key=key)
        row = (await self._connection.execute(query)).one_or_none()
        return KeyUse(**row._mapping) if row else None

    async def add(self, use: KeyUse) -> None:
        await self._connection.execute(insert(idempotency_keys).values(asdict(use)))


class PostgresBooking(PostgresUnit, BookingUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.inventories = PostgresInventories(connection)
        self.bookings = PostgresBookings(connection)
        self.keys = PostgresKeys(connection)
