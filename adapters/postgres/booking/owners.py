"""Which account a booking belongs to: the one that booked, or the one that has verified the address of the visitor."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, or_, select

from adapters.postgres.accounts.tables import users
from adapters.postgres.booking.tables import bookings
from core.shared.ids import UserId

_verified = users.alias("verified")
_VERIFIED_ID = select(_verified.c.id).where(_verified.c.email == bookings.c.visitor_email, _verified.c.email_verified)
OWNER_ID = func.coalesce(bookings.c.user_id, _VERIFIED_ID.scalar_subquery())


def belongs_to(user_id: UserId) -> ColumnElement[bool]:
    """Return a condition: the booking belongs to this account. The same as with `OWNER_ID`, but it can use indexes."""
    address = select(_verified.c.email).where(_verified.c.id == user_id, _verified.c.email_verified)
    return or_(bookings.c.user_id == user_id, bookings.c.visitor_email == address.scalar_subquery())
