"""What somebody wants to book, as addresses and forms carry it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from multidict import MultiMapping

from adapters.http.shared.forms import Form
from core.booking.model import BookingStatus
from core.booking.ports import BookingView
from core.booking.requests import MAX_PARTY_SIZE
from core.shared.ids import EventId

SEATS_LISTED = 500
"""So many seats are on a page of the list."""


def read_quantity(sent: MultiMapping[str]) -> int:
    """Return the number of places that an address asks for; 1 if it says none or nonsense."""
    text = sent.get("quantity", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < len("1000") else 1
    return min(max(number, 1), MAX_PARTY_SIZE)


def read_seats(sent: MultiMapping[str]) -> list[str]:
    """Return the labels of the seats that an address names, each once."""
    return list(dict.fromkeys(sent.getall("seat", [])))[:MAX_PARTY_SIZE]


def read_sent_seats(sent: Form) -> list[str]:
    """Return the labels of the seats that a form sends, each once; of too many, as many as a list shows at most."""
    return list(dict.fromkeys(sent.all("seat")))[:SEATS_LISTED]


def seats_path(event_id: EventId, seats: Iterable[str] = (), **more: str | int) -> str:
    """Return the address of the seat map with these seats chosen."""
    return with_seats(f"/events/{event_id}/seats", seats, **more)


def with_seats(path: str, seats: Iterable[str], **more: str | int) -> str:
    """Return an address that says which seats it is about."""
    query = urlencode([*more.items(), *(("seat", seat) for seat in seats)])
    return f"{path}?{query}" if query else path


def in_words(labels: Sequence[str]) -> str:
    """Return `A-1, A-2 and A-3`."""
    return f"{', '.join(labels[:-1])} and {labels[-1]}" if len(labels) > 1 else "".join(labels)


def path_after_booking(view: BookingView, seats: Sequence[str] = ()) -> str:
    """Return where to go once a booking is made: to pay it, or to see it."""
    path = f"/bookings/{view.booking.id}"
    return with_seats(f"{path}/pay", seats) if view.booking.status is BookingStatus.PENDING else path
