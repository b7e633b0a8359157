"""What bookings know of an event, read from its row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select

from adapters.postgres.catalog.tables import areas, events
from core.booking.model import EventSummary, Inventory
from core.catalog.model import EventStatus, is_sold_here
from core.shared.ids import EventId
from core.shared.money import FREE

_AREA_NAME = select(areas.c.name).where(areas.c.id == events.c.area_id).scalar_subquery()
SUMMARY_COLUMNS = (
    events.c.name,
    events.c.start_time,
    events.c.end_time,
    events.c.timezone,
    events.c.venue,
    func.concat_ws(
        ", ", func.coalesce(func.nullif(events.c.venue, ""), _AREA_NAME), func.nullif(events.c.city, "")
    ).label("location"),
    events.c.organizer_id,
    events.c.status,
)
INVENTORY_QUERY = select(
    events.c.id,
    *SUMMARY_COLUMNS,
    events.c.capacity,
    events.c.booked_count,
    events.c.waitlist_count,
    events.c.last_waitlist_number,
    events.c.next_expiry,
    events.c.origin,
    events.c.price,
    events.c.currency,
    events.c.registration_deadline,
    events.c.seats_per_row,
)


def read_inventory(row: Row[Any]) -> Inventory:
    """Return the inventory in a row of `INVENTORY_QUERY`."""
    return Inventory(
        event=read_summary(row.id, row),
        capacity=row.capacity,
        held=row.booked_count,
        waiting=row.waitlist_count,
        last_waitlist_number=row.last_waitlist_number,
        is_open=row.status is EventStatus.OPEN,
        is_cancelled=row.status is EventStatus.CANCELLED,
        is_sold_here=is_sold_here(row.origin, row.price),
        price=FREE if row.price is None else row.price,
        currency=row.currency,
        registration_deadline=row.registration_deadline,
        seats_per_row=row.seats_per_row,
    )


def read_summary(event_id: EventId, row: Row[*tuple[Any, ...]]) -> EventSummary:
    """Return the summary in a row that has the `SUMMARY_COLUMNS`."""
    return EventSummary(
        event_id,
        row.name,
        row.start_time,
        row.end_time,
        row.timezone,
        row.venue,
        row.location,
        row.organizer_id,
        row.status is EventStatus.INACTIVE,
        row.status is EventStatus.CANCELLED,
    )
