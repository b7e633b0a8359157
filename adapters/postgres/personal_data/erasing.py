"""Erasing a person, while what others need stays."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, cast, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import sessions, users
from adapters.postgres.administration.tables import bulk_items
from adapters.postgres.alerts.subscriptions import PostgresSubscriptions
from adapters.postgres.alerts.tables import subscriptions
from adapters.postgres.booking.tables import bookings, idempotency_records
from adapters.postgres.booking.writing import is_expired_at
from adapters.postgres.catalog.tables import events
from adapters.postgres.personal_data.people import (
    BOOKING_OF_DELIVERY,
    IS_ACTIVE,
    IS_ON,
    are_records_of,
    is_message_to,
    is_subscription_of,
)
from adapters.postgres.personal_data.reading import owned_booking_ids
from adapters.postgres.shared.rows import is_any_of
from adapters.postgres.shared.tables import outbox
from adapters.postgres.webhooks.tables import webhooks
from core.accounts.model import User
from core.alerts.model import SubscriptionId
from core.booking.notifying import PERSONAL_FIELDS
from core.personal_data.model import NAME_OF_NOBODY

_NOBODY = dict.fromkeys(PERSONAL_FIELDS)


async def erase(connection: AsyncConnection, user: User, now: datetime) -> None:
    """Do what `PersonalData.erase` promises.

    What the user is still committed to is left alone. The last statement then fails, since it refers to the user.
    """
    booking_ids = await owned_booking_ids(connection, user.id)
    booking = outbox.c.payload["booking"].op("||", return_type=JSONB)(cast(literal(_NOBODY, JSONB), JSONB))
    without_person = outbox.c.payload.op("||", return_type=JSONB)(func.jsonb_build_object("booking", booking))
    deliveries = and_(outbox.c.webhook_id.is_not(None), is_any_of(BOOKING_OF_DELIVERY, map(str, booking_ids)))
    await connection.execute(update(outbox).where(deliveries).values(payload=without_person))

    await connection.execute(delete(idempotency_records).where(are_records_of(user.id)))
    has_ended = and_(events.c.id == bookings.c.event_id, or_(events.c.end_time <= now, ~IS_ACTIVE, is_expired_at(now)))
    nobody = {"user_id": None, "visitor_name": None, "visitor_email": None, "visitor_search_text": None}
    over = update(bookings).where(is_any_of(bookings.c.id, booking_ids), has_ended)
    await connection.execute(over.values(**nobody, erased_at=now))

    is_over = or_(events.c.end_time <= now, ~IS_ON)
    organized = update(events).where(events.c.organizer_id == user.id, is_over)
    await connection.execute(organized.values(organizer_id=None))

    # Admins see by these what a bulk run was about.
    labelled = or_(bulk_items.c.target == user.id, bulk_items.c.label.endswith(f" {user.email}", autoescape=True))
    await connection.execute(update(bulk_items).where(labelled).values(label=NAME_OF_NOBODY))

    theirs = await connection.scalars(select(subscriptions.c.id).where(is_subscription_of(user)))
    await PostgresSubscriptions(connection).remove([SubscriptionId(each) for each in theirs])
    await connection.execute(delete(webhooks).where(webhooks.c.user_id == user.id))
    await connection.execute(delete(outbox).where(is_message_to(user)))
    # Locked in the order of their ids, as everywhere.
    locked = select(sessions.c.id).where(sessions.c.user_id == user.id).order_by(sessions.c.id).with_for_update()
    ended = update(sessions).where(sessions.c.id.in_(locked))
    await connection.execute(
        ended.values(user_id=None, device="", revoked_at=func.coalesce(sessions.c.revoked_at, now))
    )
    await connection.execute(delete(users).where(users.c.id == user.id))
