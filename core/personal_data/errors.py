"""Why an account can't be deleted yet."""

from __future__ import annotations

from core.shared.errors import Conflict


class HasUpcomingBookings(Conflict):
    """The account has bookings, or places on waitlists, of events that have not ended.

    `bookings` in the problem has their ids.
    """

    code = "has-upcoming-bookings"


class HasUpcomingEvents(Conflict):
    """The account organizes events that have neither ended nor been cancelled.

    `events` in the problem has their ids.
    """

    code = "has-upcoming-events"
