"""Which rows belong to a person: those of the account, and those of its verified address."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Text, and_, any_, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.postgres.alerts.tables import subscriptions
from adapters.postgres.booking.tables import bookings, idempotency_records
from adapters.postgres.catalog.tables import events
from adapters.postgres.shared.tables import outbox
from core.accounts.model import User
from core.booking.model import ACTIVE
from core.catalog.model import EventStatus
from core.shared.ids import UserId

IS_ACTIVE = bookings.c.status.in_(sorted(ACTIVE))
IS_ON = events.c.status != EventStatus.CANCELLED
# As the index has it.
BOOKING_OF_DELIVERY = literal_column("outbox.payload #>> '{booking,id}'", Text)


def is_subscription_of(user: User) -> ColumnElement[bool]:
    """Return a condition: the account created the subscription, or the alerts go to its verified address."""
    mine = subscriptions.c.user_id == user.id
    return or_(mine, subscriptions.c.email == user.email) if user.email_verified else mine


def is_message_to(user: User) -> ColumnElement[bool]:
    """Return a condition: the message goes to the account, or without one to its verified address."""
    to_account = outbox.c.user_id == user.id
    to_address = and_(outbox.c.email == user.email, outbox.c.user_id.is_(None), outbox.c.webhook_id.is_(None))
    return or_(to_account, to_address) if user.email_verified else to_account


def are_records_of(user_id: UserId) -> ColumnElement[bool]:
    """Return a condition: the idempotency record is the user's. It is found by the event of its booking."""
    booked = select(bookings.c.event_id).where(bookings.c.user_id == user_id)
    events_booked = func.array(booked.scalar_subquery(), type_=ARRAY(idempotency_records.c.event_id.type))
    return and_(idempotency_records.c.event_id == any_(events_booked), idempotency_records.c.user_id == user_id)
