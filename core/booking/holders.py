"""Who has a booking: shown to those who manage its event, and to nobody else."""

from __future__ import annotations

from dataclasses import replace

from core.booking.ports import Bookings, BookingView
from core.shared.access import Principal
from core.shared.paging import Page


async def with_holders(bookings: Bookings, page: Page[BookingView]) -> Page[BookingView]:
    """Return the page with the holder of each booking."""
    holders = await bookings.holders([view.booking.id for view in page.items])
    return page.map(lambda view: replace(view, holder=holders.get(view.booking.id)))


async def with_holder_for(viewer: Principal, bookings: Bookings, view: BookingView) -> BookingView:
    """Return the view with the booking's holder if the viewer manages the event, otherwise as it is."""
    if not viewer.manages(view.event.organizer_id):
        return view
    holders = await bookings.holders([view.booking.id])
    return replace(view, holder=holders.get(view.booking.id))
