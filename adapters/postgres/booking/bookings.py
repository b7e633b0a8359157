"""Booking on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    any_,
    exists,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import users
from adapters.postgres.accounts.texts import ids_of_few_users, user_has
from adapters.postgres.booking.event_rows import SUMMARY_COLUMNS
from adapters.postgres.booking.inventory import PostgresInventoryRepository
from adapters.postgres.booking.loading import read_booking
from adapters.postgres.booking.notices import PostgresBookingNotices
from adapters.postgres.booking.owners import OWNER_ID, belongs_to, booking_ids_of
from adapters.postgres.booking.tables import bookings, folded_ticket_code, payments, tickets
from adapters.postgres.booking.writing import is_expired_at
from adapters.postgres.catalog.tables import events
from adapters.postgres.shared.paging import order_by_age, read_page
from adapters.postgres.shared.rows import as_array, is_any_of
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from adapters.postgres.webhooks.stores import PostgresWebhookSubscribers
from core.booking.errors import BookingNotFound, TicketNotFound
from core.booking.model import Booking, BookingStatus, Channel, EventSummary, Holder, Ticket
from core.booking.payment import Payment, PaymentStatus
from core.booking.ports import (
    BookingFilter,
    Bookings,
    BookingUnitOfWork,
    BookingView,
    Payments,
    Tickets,
    TicketView,
)
from core.catalog.model import EventStatus
from core.shared.ids import BookingId, EventId, PaymentId, TicketId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.text import fold_text

_SUMMARY = [column.label(f"event__{column.name}") for column in SUMMARY_COLUMNS]
# Every booking has an event, but an outer join can be left out where only bookings are counted.
_WITH_EVENT = select(bookings, *_SUMMARY, OWNER_ID.label("owner_id")).outerjoin(
    events, events.c.id == bookings.c.event_id
)
_HOLDER_NAME = func.coalesce(users.c.name, bookings.c.visitor_name)
_HOLDER_EMAIL = func.coalesce(users.c.email, bookings.c.visitor_email)
_IS_BOOKER = users.c.id == bookings.c.user_id
_HOLDERS = select(bookings.c.id, _HOLDER_NAME.label("name"), _HOLDER_EMAIL.label("email")).select_from(
    bookings.outerjoin(users, _IS_BOOKER)
)
_HAS_USED_TICKET = exists().where(tickets.c.booking_id == bookings.c.id, tickets.c.checked_in_at.is_not(None))


class PostgresBookings(Bookings):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, booking_id: BookingId) -> Booking:
        row = (await self._connection.execute(select(bookings).where(bookings.c.id == booking_id))).one_or_none()
        if row is None:
            raise BookingNotFound("There is no such booking.")
        return read_booking(row._mapping)

    async def view(self, booking_id: BookingId) -> BookingView:
        views = await self.views([booking_id])
        if booking_id not in views:
            raise BookingNotFound("There is no such booking.")
        return views[booking_id]

    async def views(self, booking_ids: Sequence[BookingId]) -> Mapping[BookingId, BookingView]:
        rows = (await self._connection.execute(_WITH_EVENT.where(is_any_of(bookings.c.id, booking_ids)))).all()
        return {view.booking.id: view for view in await self._views(rows)}

    async def holders(self, booking_ids: Sequence[BookingId]) -> Mapping[BookingId, Holder]:
        known = _HOLDERS.where(is_any_of(bookings.c.id, booking_ids), bookings.c.erased_at.is_(None))
        rows = await self._connection.execute(known)
        return {BookingId(row.id): Holder(row.name, row.email) for row in rows}

    async def search(self, wanted: BookingFilter, page: PageRequest, now: datetime) -> Page[BookingView]:
        query = _WITH_EVENT.where(*_conditions(wanted, now))
        if wanted.text is not None:
            query = await self._held_by(query, fold_text(wanted.text.strip()), wanted.event_id)
        in_order = order_by_age("created", bookings.c.id, bookings.c.id, UUID, page)
        found = await read_page(self._connection, query, in_order, page)
        views = {view.booking.id: view for view in await self._views(found.items)}
        return found.map(lambda row: views[row.id].as_of(now))

    async def with_expired_holds(self, now: datetime, limit: int) -> Sequence[EventId]:
        query = select(events.c.id).where(events.c.next_expiry <= now).order_by(events.c.next_expiry).limit(limit)
        return [EventId(event_id) for event_id in await self._connection.scalars(query)]

    async def with_waitlist_to_close(self, now: datetime, limit: int) -> Sequence[EventId]:
        is_over = and_(events.c.waitlist_count > 0, events.c.registration_deadline <= now)
        query = select(events.c.id).where(is_over).order_by(events.c.registration_deadline).limit(limit)
        return [EventId(event_id) for event_id in await self._connection.scalars(query)]

    async def with_waitlist_to_promote(self, now: datetime, limit: int) -> Sequence[EventId]:
        waiting = and_(bookings.c.event_id == events.c.id, bookings.c.status == BookingStatus.WAITLISTED)
        first_party = select(bookings.c.quantity).where(waiting).order_by(bookings.c.waitlist_number).limit(1)
        is_open = and_(
            events.c.waitlist_count > 0, events.c.registration_deadline > now, events.c.status == EventStatus.OPEN
        )
        fits = or_(
            events.c.capacity.is_(None),
            # The first condition is cheap and seldom true.
            and_(
                events.c.booked_count < events.c.capacity,
                events.c.booked_count + first_party.scalar_subquery() <= events.c.capacity,
            ),
        )
        query = select(events.c.id).where(is_open, fits).order_by(events.c.registration_deadline).limit(limit)
        return [EventId(event_id) for event_id in await self._connection.scalars(query)]

    async def _held_by(self, query: Select[Any], text: str, event_id: EventId | None) -> Select[Any]:
        """Restrict a query for bookings of an event to holders with this text in the name or address.

        If few accounts have it, they lead to their bookings. If many have it, the bookings are looked through instead.
        """
        few = await ids_of_few_users(self._connection, text)
        if few is not None:
            return query.where(bookings.c.id == any_(_booking_ids_of_holders(few, text, event_id)))
        is_visitor = bookings.c.visitor_search_text.contains(text, autoescape=True)
        return query.outerjoin(users, _IS_BOOKER).where(or_(user_has(text), is_visitor))

    async def _views(self, rows: Sequence[Row[Any]]) -> list[BookingView]:
        ids = [row.id for row in rows]
        query = select(tickets).where(is_any_of(tickets.c.booking_id, ids)).order_by(tickets.c.id)
        issued: dict[UUID, list[Ticket]] = {}
        for row in await self._connection.execute(query) if ids else ():
            issued.setdefault(row.booking_id, []).append(Ticket(**row._mapping))
        positions = await self._positions([row for row in rows if row.status is BookingStatus.WAITLISTED])
        attempts = await self._last_payments([row.id for row in rows if row.amount > 0])
        return [
            BookingView(
                _booking(row),
                _summary(row),
                tuple(issued.get(row.id, ())),
                positions.get(row.id),
                owner_id=row.owner_id,
                payment=attempts.get(row.id),
            )
            for row in rows
        ]

    async def _last_payments(self, booking_ids: Sequence[UUID]) -> dict[UUID, Payment]:
        """Return the last attempt to pay each of these bookings."""
        if not booking_ids:
            return {}
        query = select(payments).where(is_any_of(payments.c.booking_id, booking_ids))
        in_order = await self._connection.execute(query.order_by(payments.c.created_at, payments.c.id))
        return {row.booking_id: Payment(**row._mapping) for row in in_order}

    async def _positions(self, waiting: Sequence[Row[Any]]) -> dict[UUID, int]:
        """Return the waitlist positions of these bookings, in one query: one for each would take quadratic time."""
        if not waiting:
            return {}
        number = bookings.c.waitlist_number
        waitlist = select(
            bookings.c.id, func.row_number().over(partition_by=bookings.c.event_id, order_by=number).label("position")
        ).where(
            is_any_of(bookings.c.event_id, {row.event_id for row in waiting}),
            bookings.c.status == BookingStatus.WAITLISTED,
            number <= max(row.waitlist_number for row in waiting),
        )
        counted = waitlist.subquery()
        query = select(counted).where(is_any_of(counted.c.id, [row.id for row in waiting]))
        return {row.id: row.position for row in await self._connection.execute(query)}


def _conditions(wanted: BookingFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of a filter, except for its text, which needs the account of the holder."""
    if wanted.user_id is not None:
        yield belongs_to(wanted.user_id)
    if wanted.status is not None:
        yield _has_status(wanted.status, now)
    yield from _conditions_on_event(wanted)
    if wanted.channel is not None:
        yield bookings.c.channel == wanted.channel
    if wanted.visitor_email is not None:
        yield bookings.c.visitor_email == wanted.visitor_email
    if wanted.checked_in is not None:
        yield _was_used(wanted.event_id) if wanted.checked_in else ~_HAS_USED_TICKET


def _conditions_on_event(wanted: BookingFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.event_id is not None:
        yield bookings.c.event_id == wanted.event_id
    if wanted.upcoming_at is not None:
        yield events.c.end_time > wanted.upcoming_at
    if wanted.ended_at is not None:
        yield events.c.end_time <= wanted.ended_at


def _was_used(event_id: EventId | None) -> ColumnElement[bool]:
    """Return a condition: a ticket of the booking was used. Those who came to an event lead to their bookings."""
    used = select(tickets.c.booking_id).where(tickets.c.checked_in_at.is_not(None))
    return bookings.c.id == any_(as_array(used if event_id is None else used.where(tickets.c.event_id == event_id)))


def _booking_ids_of_holders(user_ids: Select[Any], text: str, event_id: EventId | None) -> ColumnElement[list[UUID]]:
    """Return the ids of the bookings of these accounts, and of visitors of an event that have a text."""
    held = bookings.alias("held")
    booked = select(held.c.id).where(held.c.user_id == any_(as_array(user_ids)))
    registered = select(held.c.id).where(
        held.c.channel == Channel.REGISTER, held.c.visitor_search_text.contains(text, autoescape=True)
    )
    if event_id is not None:
        registered = registered.where(held.c.event_id == event_id)
    return as_array(union_all(booked, registered))


def _has_status(status: BookingStatus, now: datetime) -> ColumnElement[bool]:
    """Return a condition: this is the status that is shown, where a hold that has expired counts as expired."""
    stored = bookings.c.status
    if status is BookingStatus.PENDING:
        return and_(stored == status, or_(bookings.c.paying, bookings.c.expires_at > now))
    if status is BookingStatus.EXPIRED:
        # The first condition is redundant: it is that of the index.
        is_unpaid = or_(stored == BookingStatus.PENDING, stored == status)
        return and_(is_unpaid, or_(stored == status, is_expired_at(now)))
    return stored == status


def _summary(row: Row[Any]) -> EventSummary:
    return EventSummary(
        row.event_id,
        row.event__name,
        row.event__start_time,
        row.event__end_time,
        row.event__timezone,
        row.event__venue,
        row.event__location,
        row.event__organizer_id,
        row.event__status is EventStatus.INACTIVE,
        row.event__status is EventStatus.CANCELLED,
    )


def _booking(row: Row[Any]) -> Booking:
    return read_booking({column.name: row._mapping[column.name] for column in bookings.c})


class PostgresTickets(Tickets):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._bookings = PostgresBookings(connection)

    async def view(self, ticket_id: TicketId) -> TicketView:
        row = (await self._connection.execute(select(tickets).where(tickets.c.id == ticket_id))).one_or_none()
        if row is None:
            raise TicketNotFound("There is no such ticket.")
        return TicketView.of(await self._bookings.view(row.booking_id), _ticket(row))

    async def with_code_for_update(self, folded_code: str) -> Sequence[TicketView]:
        query = select(tickets).where(folded_ticket_code == folded_code).order_by(tickets.c.id).with_for_update()
        found = [_ticket(row) for row in await self._connection.execute(query)]
        views = await self._bookings.views([ticket.booking_id for ticket in found])
        return [TicketView.of(views[ticket.booking_id], ticket) for ticket in found]

    async def of_booking_for_update(self, booking_id: BookingId) -> Sequence[Ticket]:
        mine = select(tickets).where(tickets.c.booking_id == booking_id).order_by(tickets.c.id).with_for_update()
        return [_ticket(row) for row in await self._connection.execute(mine)]

    async def save(self, ticket: Ticket) -> None:
        await self._connection.execute(update(tickets).where(tickets.c.id == ticket.id).values(asdict(ticket)))

    async def of_user(self, user_id: UserId, page: PageRequest) -> Page[TicketView]:
        in_order = order_by_age("created", tickets.c.id, tickets.c.id, UUID, page)
        mine = select(tickets).where(tickets.c.booking_id == any_(booking_ids_of(user_id)))
        found = await read_page(self._connection, mine, in_order, page)
        views = await self._bookings.views([row.booking_id for row in found.items])
        return found.map(lambda row: TicketView.of(views[row.booking_id], _ticket(row)))


def _ticket(row: Row[Any]) -> Ticket:
    return Ticket(**{column.name: row._mapping[column.name] for column in tickets.c})


class PostgresPayments(Payments):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, payment: Payment) -> None:
        await self._connection.execute(insert(payments).values(asdict(payment)))

    async def get_for_update(self, payment_id: PaymentId) -> Payment:
        this = select(payments).where(payments.c.id == payment_id).with_for_update()
        return Payment(**(await self._connection.execute(this)).one()._mapping)

    async def save(self, payment: Payment) -> None:
        await self._connection.execute(update(payments).where(payments.c.id == payment.id).values(asdict(payment)))

    async def captured_for_update(self, booking_id: BookingId) -> Payment | None:
        paid = and_(payments.c.booking_id == booking_id, payments.c.status == PaymentStatus.CAPTURED)
        row = (await self._connection.execute(select(payments).where(paid).with_for_update())).one_or_none()
        return Payment(**row._mapping) if row else None

    async def unsettled(self, open_since: datetime, limit: int) -> Sequence[Payment]:
        left_open = and_(payments.c.status == PaymentStatus.OPEN, payments.c.updated_at <= open_since)
        query = select(payments).where(or_(payments.c.status == PaymentStatus.REFUND_DUE, left_open))
        rows = await self._connection.execute(query.order_by(payments.c.updated_at).limit(limit))
        return [Payment(**row._mapping) for row in rows]


class PostgresBookingUnitOfWork(PostgresUnitOfWork, BookingUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.inventory = PostgresInventoryRepository(connection)
        self.notices = PostgresBookingNotices(connection)
        self.webhook_subscribers = PostgresWebhookSubscribers(connection)
        self.bookings = PostgresBookings(connection)
        self.tickets = PostgresTickets(connection)
        self.payments = PostgresPayments(connection)
