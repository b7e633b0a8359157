"""Events with their counts on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.bookings import PostgresBookings, PostgresBookingUnitOfWork
from adapters.postgres.booking.event_rows import INVENTORY_QUERY, read_inventory
from adapters.postgres.booking.tables import bookings, payments, tickets
from adapters.postgres.booking.writing import is_expired_at
from adapters.postgres.catalog.tables import events
from adapters.postgres.shared.paging import Ordering, cut_page, find_total, read_moment, read_page, sort_page
from adapters.postgres.shared.rows import is_any_of
from adapters.postgres.shared.totals import count_rows
from core.booking.errors import NoSuchEvent
from core.booking.managed_events import (
    CancellationEffect,
    ManagedEvent,
    ManagedEventFilter,
    ManagedEvents,
    ManagedEventsUnitOfWork,
    PlaceCounts,
)
from core.booking.model import HOLDING, BookingStatus, Ticket
from core.booking.payment import PaymentStatus
from core.booking.ports import BookingView, TicketView
from core.shared.ids import BookingId, EventId
from core.shared.paging import Page, PageRequest
from core.shared.text import fold_text

_SOONEST, _LATEST = "start_time", "-start_time"
_USED = select(func.count()).where(tickets.c.event_id == events.c.id, tickets.c.checked_in_at.is_not(None))


class PostgresManagedEvents(ManagedEvents):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._bookings = PostgresBookings(connection)

    async def search(self, wanted: ManagedEventFilter, page: PageRequest) -> Page[ManagedEvent]:
        name = _LATEST if wanted.past else _SOONEST
        ordering = Ordering(name, events.c.start_time, events.c.id, wanted.past, read_moment)
        found = (await self._connection.execute(_sorted_rows(wanted, ordering, page))).all()
        total = find_total(found, page) or await count_rows(self._connection, _rows(wanted), None)
        ids = cut_page(found, total, page, name, lambda row: (row.sort_key, row.id)).map(lambda row: EventId(row.id))
        by_id = await self._get_all(ids.items, wanted.now)
        return ids.with_items([by_id[event_id] for event_id in ids.items if event_id in by_id])

    async def get(self, event_id: EventId, now: datetime) -> ManagedEvent:
        found = await self._get_all([event_id], now)
        if event_id not in found:
            raise NoSuchEvent("There is no such event.")
        return found[event_id]

    async def _get_all(self, event_ids: Sequence[EventId], now: datetime) -> dict[EventId, ManagedEvent]:
        """Return these events with their counts, in one statement. Holds and used tickets are read from their own
        indexes, however many bookings an event has.
        """
        holds = (
            select(
                func.coalesce(func.sum(bookings.c.quantity), 0).label("pending"),
                func.coalesce(func.sum(bookings.c.quantity).filter(is_expired_at(now)), 0).label("expired"),
            )
            .where(bookings.c.event_id == events.c.id, bookings.c.status == BookingStatus.PENDING)
            .lateral("holds")
        )
        query = (
            INVENTORY_QUERY.add_columns(holds.c.pending, holds.c.expired, _USED.scalar_subquery().label("used"))
            .select_from(events.join(holds, true()))
            .where(is_any_of(events.c.id, event_ids))
        )
        rows = await self._connection.execute(query) if event_ids else ()
        return {EventId(row.id): _managed_event(row) for row in rows}

    async def waitlist(self, event_id: EventId, page: PageRequest) -> Page[BookingView]:
        in_order = Ordering("waitlist", bookings.c.waitlist_number, bookings.c.id, descending=False, read=int)
        waiting = select(bookings.c.id).where(
            bookings.c.event_id == event_id, bookings.c.status == BookingStatus.WAITLISTED
        )
        found = await read_page(self._connection, waiting, in_order, page)
        views = await self._bookings.views([row.id for row in found.items])
        return found.with_items([views[row.id] for row in found.items])

    async def last_checked_in(self, event_id: EventId, limit: int) -> Sequence[TicketView]:
        used = select(tickets).where(tickets.c.event_id == event_id, tickets.c.checked_in_at.is_not(None))
        latest = used.order_by(tickets.c.checked_in_at.desc(), tickets.c.id.desc()).limit(limit)
        last = [Ticket(**row._mapping) for row in await self._connection.execute(latest)]
        views = await self._bookings.views([BookingId(ticket.booking_id) for ticket in last])
        return [TicketView.of(views[ticket.booking_id], ticket) for ticket in last]

    async def cancellation_effect(self, event_id: EventId, now: datetime) -> CancellationEffect:
        of_event = bookings.c.event_id == event_id
        holds = and_(bookings.c.status.in_(sorted(HOLDING)), ~is_expired_at(now))
        counted = select(
            func.count().filter(holds).label("bookings"),
            func.coalesce(func.sum(bookings.c.quantity).filter(holds), 0).label("places"),
            func.count().filter(bookings.c.status == BookingStatus.WAITLISTED).label("waiting"),
        ).where(of_event)
        row = (await self._connection.execute(counted)).one()
        paid = (
            select(payments.c.currency, func.sum(payments.c.amount))
            .select_from(payments.join(bookings, bookings.c.id == payments.c.booking_id))
            .where(of_event, payments.c.status == PaymentStatus.CAPTURED)
            .group_by(payments.c.currency)
            .order_by(payments.c.currency)
        )
        refunds = tuple((currency, amount) for currency, amount in await self._connection.execute(paid))
        return CancellationEffect(row.bookings, row.places, row.waiting, refunds)


def _sorted_rows(wanted: ManagedEventFilter, ordering: Ordering, page: PageRequest) -> Select[Any]:
    """Return the query for the rows of the page. The index has the events that are marked as ended apart from the
    others: of past events, it is read in both parts.
    """
    if not wanted.past:
        return sort_page(_rows(wanted, ended=False), ordering, page)
    skipped = page.offset if page.cursor is None else 0
    up_to_here = replace(page, offset=0, limit=skipped + page.limit)
    parts = [sort_page(_rows(wanted, ended=ended), ordering, up_to_here).subquery() for ended in (False, True)]
    rows = union_all(*map(select, parts)).subquery()
    return select(rows).order_by(rows.c.sort_key.desc(), rows.c.id.desc()).offset(skipped).limit(page.limit + 1)


def _rows(wanted: ManagedEventFilter, *, ended: bool | None = None) -> Select[Any]:
    """Return the query for the ids of the events that match; with `ended`, of those that are marked so or not."""
    return select(events.c.id).where(*_conditions(wanted, ended))


def _conditions(wanted: ManagedEventFilter, ended: bool | None) -> list[ColumnElement[bool]]:
    is_over = events.c.end_time <= wanted.now
    conditions = [events.c.organizer_id == wanted.organizer_id, is_over if wanted.past else ~is_over]
    if ended is not None or not wanted.past:
        conditions.append(events.c.has_ended.is_(bool(ended)))
    if wanted.text is not None:
        conditions.append(events.c.folded_name.contains(fold_text(wanted.text), autoescape=True))
    return conditions


def _managed_event(row: Row[Any]) -> ManagedEvent:
    live = row.pending - row.expired
    counts = PlaceCounts(row.booked_count - row.pending, live, row.waitlist_count, row.used)
    return ManagedEvent(replace(read_inventory(row), held=row.booked_count - row.expired), counts)


class PostgresManagedEventsUnitOfWork(PostgresBookingUnitOfWork, ManagedEventsUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        super().bind(connection)
        self.managed_events = PostgresManagedEvents(connection)
