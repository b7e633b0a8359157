"""Booking notices, from which notifications are made later, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.tables import booking_notices
from adapters.postgres.shared.rows import as_rows, inserted, rows_of
from core.booking.notices import BookingNotice
from core.booking.ports import BookingNotices
from core.shared.topics import Topic

_COLUMNS = ("topic", "event_id", "booking_ids", "facts")
_ROWS = rows_of("notices", **{name: booking_notices.c[name].type for name in _COLUMNS})
NEW_NOTICES = inserted(booking_notices, _ROWS)
"""The statement that stores the rows passed as `notices`."""


class PostgresBookingNotices(BookingNotices):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, notices: Sequence[BookingNotice]) -> None:
        if notices:
            await self._connection.execute(NEW_NOTICES, {"notices": as_rows(notices)})

    async def take(self, bookings: int) -> Sequence[BookingNotice]:
        number = booking_notices.c.number
        size = func.greatest(func.cardinality(booking_notices.c.booking_ids), 1).label("size")
        oldest = select(number, size).order_by(number).limit(bookings).with_for_update(skip_locked=True).subquery()
        before = func.sum(oldest.c.size).over(order_by=oldest.c.number) - oldest.c.size
        counted = select(oldest.c.number, before.label("before")).subquery()
        wanted = select(counted.c.number).where(counted.c.before < bookings)
        claimed = delete(booking_notices).where(number.in_(wanted)).returning(booking_notices)
        rows = sorted(await self._connection.execute(claimed), key=lambda row: row.number)
        return [BookingNotice(Topic(row.topic), row.event_id, tuple(row.booking_ids), row.facts) for row in rows]
