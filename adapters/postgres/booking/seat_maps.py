"""Queries that read the seat map of an event.

PostgreSQL aggregates all seats to one row with one letter for each: a row for each seat took a hundred times as long to
fetch and blocked the process meanwhile.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from adapters.postgres.booking.tables import bookings, seats
from adapters.postgres.booking.writing import is_expired_at, pending_holds
from adapters.postgres.catalog.tables import events
from core.booking.model import BookingStatus
from core.booking.seats import SEATS_PER_ROW, SeatMap, SeatStatus
from core.shared.ids import EventId
from core.shared.versions import Version, version_of_content

# Whatever changes a seat or a hold also writes the row of the event, so that its `xmin`, the transaction that wrote it,
# is another one. The start of the server distinguishes transactions of the same number: after a restore or a failover.
_WRITTEN_BY = (
    literal_column("events.xmin", Integer).label("transaction"),
    func.extract("epoch", func.pg_postmaster_start_time()).label("server_start"),
)


def version_query(event_id: EventId, now: datetime) -> Select[Any]:
    """Return a query for the columns that `read_version` needs."""
    # Holds also expire by the clock alone, without anything being written.
    expired = and_(pending_holds(event_id), bookings.c.expires_at <= now)
    last_expiry = select(func.max(bookings.c.expires_at)).where(expired).scalar_subquery()
    return select(*_WRITTEN_BY, last_expiry.label("last_expiry")).where(events.c.id == event_id)


def read_version(row: Row[Any]) -> Version:
    """Return the version of a seat map."""
    return version_of_content(str(row.server_start), str(row.transaction), str(row.last_expiry))


def seat_map_query(event_id: EventId, now: datetime, *, with_ids: bool) -> Select[Any]:
    """Return a query for the columns that `read_seat_map` needs.

    It is one statement, so that the version is that of the map.
    """
    # Not a join: with outdated statistics PostgreSQL might read the holds once for each seat.
    hold = select(bookings.c.id).where(bookings.c.event_id == event_id, bookings.c.status == BookingStatus.PENDING)
    status = case(
        (seats.c.booking_id.is_(None), SeatStatus.AVAILABLE.letter),
        (seats.c.booking_id.in_(hold.where(is_expired_at(now))), SeatStatus.AVAILABLE.letter),
        (seats.c.booking_id.in_(hold), SeatStatus.HELD.letter),
        else_=SeatStatus.RESERVED.letter,
    )
    columns = [_join(status, "").label("statuses")]
    if with_ids:
        # As one text: an array of ids takes ten times as long to read.
        columns.append(_join(cast(seats.c.id, Text), " ").label("ids"))
    of_event = select(*columns).where(seats.c.event_id == event_id).subquery("of_event")
    return (
        version_query(event_id, now)
        .add_columns(events.c.seats_per_row, *of_event.c)
        .select_from(events.join(of_event, true()))
    )


def read_seat_map(row: Row[Any]) -> SeatMap:
    """Return the seat map of an event."""
    ids = (row._mapping.get("ids") or "").split()
    return SeatMap(read_version(row), row.seats_per_row or SEATS_PER_ROW, row.statuses or "", ids)


def _join(column: ColumnElement[str], separator: str) -> ColumnElement[str]:
    return func.string_agg(column, aggregate_order_by(literal(separator), seats.c.number))
