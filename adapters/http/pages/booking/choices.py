"""What somebody wants to book, as addresses and forms carry it, and the key that makes a form book once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiMapping

from adapters.http.middleware.auth import maybe_principal
from adapters.http.shared.forms import Form
from adapters.http.use_cases import use_cases
from core.booking.model import ACTIVE, MAX_PARTY_SIZE, BookingStatus
from core.booking.ports import BookingView
from core.shared.access import Principal
from core.shared.ids import EventId
from core.shared.paging import PageRequest

SEATS_LISTED = 500
"""So many seats are on a page of the list."""
_BOOKINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class OwnBookings:
    """The bookings that the viewer has of an event, newest first."""

    views: Sequence[BookingView] = ()

    @property
    def active(self) -> list[BookingView]:
        return [view for view in self.views if view.booking.status in ACTIVE]

    @property
    def form_key(self) -> str:
        """The idempotency key of the next booking of this event.

        It depends on the latest booking alone: forms that are open in several tabs, reloaded or sent twice have the
        same key and book once. After each booking, also a declined one, it is another.
        """
        return f"page-{self.views[0].booking.id}" if self.views else "page-first"


async def own_bookings(request: web.Request, event_id: EventId) -> OwnBookings:
    """Return the viewer's bookings of an event; none if nobody has signed in."""
    person: Principal | None = maybe_principal(request)
    if person is None:
        return OwnBookings()
    page = await use_cases(request).booking.list_mine(PageRequest(_BOOKINGS_SHOWN), by=person, event_id=event_id)
    return OwnBookings(page.items)


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
