"""The rows of an attendee list for spreadsheets: one for each ticket, or for a booking that has none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from core.booking.ports import BookingView, TicketView
from core.shared.timezones import zone_of

HEADER = (
    *("Name", "Email", "Status", "Places", "Seat", "Ticket", "Code", "Checked in", "Place in line", "Booked"),
    *("Booking",),
)


def rows_of(view: BookingView) -> Iterator[Sequence[object]]:
    """Yield the rows of a booking. The places of all rows add up to those of the booking."""
    booking = view.booking
    name, email = (view.holder.name, view.holder.email) if view.holder else ("", "")
    zone = view.event.timezone
    booked = _local(booking.created_at, zone)
    if not view.tickets:
        seats = " ".join(booking.seats)
        line = view.position or ""
        yield name, email, booking.status, booking.quantity, seats, "", "", "", line, booked, booking.id
    for ticket in view.tickets:
        seat = TicketView.of(view, ticket).seat or ""
        used = _local(ticket.checked_in_at, zone) if ticket.checked_in_at else ""
        yield name, email, booking.status, 1, seat, ticket.status, ticket.code, used, "", booked, booking.id


def _local(moment: datetime, zone: str) -> str:
    """Return a time as spreadsheets read it, by the clocks of the event's place."""
    return moment.astimezone(zone_of(zone)).strftime("%Y-%m-%d %H:%M:%S")
