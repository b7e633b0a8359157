"""The viewer's bookings of an event, and the key that makes a form book once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from adapters.http.middleware.auth import maybe_principal
from adapters.http.use_cases import use_cases
from core.booking.model import ACTIVE
from core.booking.ports import BookingView
from core.shared.ids import EventId
from core.shared.paging import PageRequest

_MOST = 20
"""Bookings that are read of an event."""


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
    person = maybe_principal(request)
    if person is None:
        return OwnBookings()
    page = await use_cases(request).booking.list_mine(PageRequest(limit=_MOST), by=person, event_id=event_id)
    return OwnBookings(page.items)
