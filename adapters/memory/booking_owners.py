"""Which account a booking belongs to, in memory."""

from __future__ import annotations

from adapters.memory.shared.table import Table
from core.accounts.model import User
from core.booking.model import Booking
from core.shared.ids import UserId


def owner_id(booking: Booking, users: Table[UserId, User]) -> UserId | None:
    """Return the account that booked, or the one that has verified the address of the visitor."""
    if booking.visitor is None:
        return booking.user_id
    email = booking.visitor.email
    return next((user.id for user in users if user.email == email and user.email_verified), None)
