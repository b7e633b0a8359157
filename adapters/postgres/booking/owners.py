"""Which account a booking belongs to: the one that booked, or the one that has verified the address of the visitor."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, any_, func, select, union_all

from adapters.postgres.accounts.tables import users
from adapters.postgres.booking.tables import bookings
from adapters.postgres.shared.rows import as_array
from core.shared.ids import UserId

_owned = bookings.alias("owned")
_verified = users.alias("verified")
_VERIFIED_ID = select(_verified.c.id).where(_verified.c.email == bookings.c.visitor_email, _verified.c.email_verified)
OWNER_ID = func.coalesce(bookings.c.user_id, _VERIFIED_ID.scalar_subquery())


def belongs_to(user_id: UserId) -> ColumnElement[bool]:
    """Return a condition: the booking belongs to this account. The same as with `OWNER_ID`, but it can use indexes."""
    return bookings.c.id == any_(booking_ids_of(user_id))


def booking_ids_of(user_id: UserId) -> ColumnElement[list[UUID]]:
    """Return the ids of the bookings that belong to an account, as an array."""
    address = select(_verified.c.email).where(_verified.c.id == user_id, _verified.c.email_verified).scalar_subquery()
    booked = select(_owned.c.id).where(_owned.c.user_id == user_id)
    registered = select(_owned.c.id).where(_owned.c.visitor_email == address)
    return as_array(union_all(booked, registered))
