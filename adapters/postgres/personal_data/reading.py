"""Reading everything that is stored about a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import one_time_links, organizer_requests, sessions
from adapters.postgres.alerts.subscription_rows import COLUMNS, read_subscription
from adapters.postgres.alerts.tables import sent_alerts
from adapters.postgres.booking.bookings import PostgresBookings
from adapters.postgres.booking.event_rows import SUMMARY_COLUMNS, read_summary
from adapters.postgres.booking.owners import booking_ids_of
from adapters.postgres.booking.tables import bookings, idempotency_records, payments
from adapters.postgres.catalog.events import PostgresEvents
from adapters.postgres.catalog.tables import events
from adapters.postgres.notifications.stores import read_notification
from adapters.postgres.personal_data.people import (
    IS_ACTIVE,
    IS_ON,
    are_records_of,
    is_message_to,
    is_subscription_of,
)
from adapters.postgres.shared.rows import is_any_of
from adapters.postgres.shared.tables import audit_log, outbox
from adapters.postgres.webhooks.stores import PostgresWebhooks
from core.accounts.links import Link
from core.accounts.model import OrganizerRequest, User
from core.accounts.sessions import Session
from core.alerts.messages import SentAlert
from core.booking.payment import Payment
from core.booking.ports import BookingView
from core.booking.requests import IdempotencyRecord
from core.catalog.model import EventView
from core.personal_data.model import Commitments, PersonalRecords
from core.shared.audit import AuditEntry
from core.shared.ids import BookingId, EventId, UserId
from core.shared.paging import MAX_LIMIT, PageRequest

_ALERT_FIELDS = [sent_alerts.c[name] for name in SentAlert.__slots__]


async def read_records(connection: AsyncConnection, user: User, now: datetime) -> PersonalRecords:
    """Return everything that is stored about a user."""
    booking_ids = await owned_booking_ids(connection, user.id)
    found = (await connection.execute(select(*COLUMNS).where(is_subscription_of(user)))).all()
    subscribed = sorted(map(read_subscription, found), key=lambda each: each.id, reverse=True)
    addresses = {each.email for each in subscribed}
    # All of them, since `MAX_WEBHOOKS` is less.
    webhooks = await PostgresWebhooks(connection).search(user.id, PageRequest(limit=MAX_LIMIT))
    return PersonalRecords(
        user=user,
        sessions=await _sessions(connection, user.id),
        links=await _links(connection, user.id),
        organizer_request=await _organizer_request(connection, user.id),
        bookings=await _bookings(connection, booking_ids, now),
        payments=await _payments(connection, booking_ids),
        idempotency_records=await _idempotency_records(connection, user.id),
        subscriptions=subscribed,
        sent_alerts=await _sent_alerts(connection, addresses),
        notifications=[
            read_notification(row)
            for row in await connection.execute(select(outbox).where(is_message_to(user)).order_by(outbox.c.id.desc()))
        ],
        webhooks=webhooks.items,
        events=await _events(connection, user.id, now),
        audit=await _audit(connection, user.id),
    )


async def owned_booking_ids(connection: AsyncConnection, user_id: UserId) -> list[BookingId]:
    """Return the ids of the bookings that belong to a user."""
    return [BookingId(each) for each in await connection.scalar(select(booking_ids_of(user_id))) or ()]


async def find_commitments(connection: AsyncConnection, user_id: UserId, now: datetime) -> Commitments:
    """Return the active bookings of a user and the events they organize, of those that have not ended."""
    ahead = bookings.join(events, events.c.id == bookings.c.event_id)
    booked = select(bookings.c.id).select_from(ahead).where(IS_ACTIVE, events.c.end_time > now)
    mine = is_any_of(bookings.c.id, await owned_booking_ids(connection, user_id))
    in_order = booked.where(mine).order_by(events.c.start_time, bookings.c.id)
    booking_ids = [BookingId(each) for each in await connection.scalars(in_order)]
    views = await PostgresBookings(connection).views(booking_ids)
    shown = [views[each].as_of(now) for each in booking_ids if not views[each].booking.is_expired(now)]
    organized = select(events.c.id, *SUMMARY_COLUMNS).where(
        events.c.organizer_id == user_id, IS_ON, events.c.end_time > now
    )
    rows = await connection.execute(organized.order_by(events.c.start_time, events.c.id))
    return Commitments(shown, [read_summary(EventId(row.id), row) for row in rows])


async def _sessions(connection: AsyncConnection, user_id: UserId) -> Sequence[Session]:
    query = select(sessions).where(sessions.c.user_id == user_id).order_by(sessions.c.id.desc())
    return [Session(**row._mapping) for row in await connection.execute(query)]


async def _links(connection: AsyncConnection, user_id: UserId) -> Sequence[Link]:
    query = select(one_time_links).where(one_time_links.c.user_id == user_id).order_by(one_time_links.c.id.desc())
    return [Link(**row._mapping) for row in await connection.execute(query)]


async def _organizer_request(connection: AsyncConnection, user_id: UserId) -> OrganizerRequest | None:
    query = select(organizer_requests).where(organizer_requests.c.user_id == user_id)
    row = (await connection.execute(query)).one_or_none()
    return OrganizerRequest(**row._mapping) if row else None


async def _bookings(
    connection: AsyncConnection, booking_ids: Sequence[BookingId], now: datetime
) -> Sequence[BookingView]:
    views = await PostgresBookings(connection).views(booking_ids)
    return [views[each].as_of(now) for each in sorted(views, reverse=True)]


async def _payments(connection: AsyncConnection, booking_ids: Sequence[BookingId]) -> Sequence[Payment]:
    query = select(payments).where(is_any_of(payments.c.booking_id, booking_ids)).order_by(payments.c.id.desc())
    return [Payment(**row._mapping) for row in await connection.execute(query)]


async def _idempotency_records(connection: AsyncConnection, user_id: UserId) -> Sequence[IdempotencyRecord]:
    newest = (
        select(idempotency_records)
        .where(are_records_of(user_id))
        .order_by(idempotency_records.c.booking_id.desc(), idempotency_records.c.key)
    )
    return [IdempotencyRecord(**row._mapping) for row in await connection.execute(newest)]


async def _sent_alerts(connection: AsyncConnection, addresses: set[str]) -> Sequence[SentAlert]:
    query = select(*_ALERT_FIELDS).where(is_any_of(sent_alerts.c.email, sorted(addresses)))
    newest = query.order_by(sent_alerts.c.event_id.desc(), sent_alerts.c.email)
    return [SentAlert(**row._mapping) for row in await connection.execute(newest)]


async def _events(connection: AsyncConnection, user_id: UserId, now: datetime) -> Sequence[EventView]:
    mine = select(events.c.id).where(events.c.organizer_id == user_id).order_by(events.c.id.desc())
    event_ids = [EventId(each) for each in await connection.scalars(mine)]
    views = await PostgresEvents(connection).views(event_ids, now)
    return [views[each] for each in event_ids]


async def _audit(connection: AsyncConnection, user_id: UserId) -> Sequence[AuditEntry]:
    mine = or_(audit_log.c.actor_id == user_id, audit_log.c.target == user_id)
    query = select(audit_log).where(mine).order_by(audit_log.c.at.desc(), audit_log.c.id.desc())
    rows = await connection.execute(query)
    return [AuditEntry(**{name: row._mapping[name] for name in AuditEntry.__slots__}) for row in rows]
