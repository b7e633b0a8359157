"""Bookings as members see them in lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from adapters.http.pages.shared.badges import Badge
from core.booking.model import ACTIVE, BookingStatus
from core.booking.ports import BookingView

_BADGES = {
    BookingStatus.CONFIRMED: Badge("go", "Confirmed"),
    BookingStatus.PENDING: Badge("moon", "To be paid"),
    BookingStatus.WAITLISTED: Badge("info", "In the line"),
    BookingStatus.CANCELLED: Badge("", "Cancelled"),
    BookingStatus.EXPIRED: Badge("", "Expired"),
    BookingStatus.FAILED: Badge("stop", "Declined"),
}


@dataclass(frozen=True, slots=True)
class BookingRow:
    """A booking of a list."""

    view: BookingView
    badge: Badge

    @property
    def href(self) -> str:
        return f"/bookings/{self.view.booking.id}"

    @property
    def is_active(self) -> bool:
        return self.view.booking.status in ACTIVE

    @property
    def needs_payment(self) -> bool:
        """Whether its places are lost unless it is paid in time."""
        return self.view.booking.status is BookingStatus.PENDING and not self.view.booking.paying


def booking_row(view: BookingView, now: datetime) -> BookingRow:
    """Return the row of a booking, as of now."""
    if view.event.is_cancelled:
        return BookingRow(view, Badge("stop", "Event cancelled"))
    if view.booking.paying and view.booking.status is BookingStatus.PENDING:
        return BookingRow(view, Badge("info", "Payment being checked"))
    if view.is_offer:
        return BookingRow(view, Badge("moon", "Offered to you"))
    if view.booking.status is BookingStatus.CONFIRMED and view.event.end_time <= now:
        return BookingRow(view, Badge("", "Been there" if any(each.checked_in_at for each in view.tickets) else "Past"))
    return BookingRow(view, _BADGES[view.booking.status])


def by_time(views: Iterable[BookingView], now: datetime) -> list[BookingRow]:
    """Return the rows of bookings, the earliest event first."""
    in_order = sorted(views, key=lambda view: (view.event.start_time, view.booking.id))
    return [booking_row(view, now) for view in in_order]
