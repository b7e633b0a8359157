"""Remove events together with the bookings of some people, as if they had never been there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, column, delete, exists, or_, select, table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.accounts.tables import users
from adapters.postgres.booking.tables import bookings, idempotency_records, payments, seats, tickets
from adapters.postgres.catalog.tables import events
from adapters.postgres.shared.rows import is_any_of
from adapters.postgres.shared.tables import outbox
from core.booking.model import ACTIVE, BookingStatus
from core.shared.ids import BookingId, UserId

REMOVED_AT_ONCE = 5_000
_charges = table("simulated_charges", column("payment_id"))


@dataclass(frozen=True, slots=True)
class Bookers:
    """The people with these accounts, and visitors with addresses under this domain."""

    user_ids: Collection[UserId]
    domain: str

    def have_address(self, address: ColumnElement[str]) -> ColumnElement[bool]:
        return address.endswith(f"@{self.domain}", autoescape=True)

    def have_booked(self) -> ColumnElement[bool]:
        return or_(is_any_of(bookings.c.user_id, self.user_ids), self.have_address(bookings.c.visitor_email))


async def remove_events(
    engine: AsyncEngine, event_ids: Sequence[UUID], bookers: Bookers, report: Callable[[int], None]
) -> int:
    """Delete those of the events that nobody but `bookers` has booked, with their bookings. Return how many.

    `report` is called with the number of events dealt with so far.
    """
    removed = 0
    for first in range(0, len(event_ids), REMOVED_AT_ONCE):
        some = event_ids[first : first + REMOVED_AT_ONCE]
        async with engine.begin() as connection:
            # Nobody can book them from now on.
            await connection.execute(select(events.c.id).where(is_any_of(events.c.id, some)).with_for_update())
            is_booked = exists().where(bookings.c.event_id == events.c.id, ~bookers.have_booked().is_(True))
            free = await connection.scalars(select(events.c.id).where(is_any_of(events.c.id, some), ~is_booked))
            removed += await _remove(connection, free.all())
        report(first + len(some))
    return removed


async def _remove(connection: AsyncConnection, event_ids: Sequence[UUID]) -> int:
    of_events = select(bookings.c.id).where(is_any_of(bookings.c.event_id, event_ids))
    paid = select(payments.c.id).where(payments.c.booking_id.in_(of_events))
    for statement in (
        delete(_charges).where(_charges.c.payment_id.in_(paid)),
        delete(payments).where(payments.c.booking_id.in_(of_events)),
        delete(tickets).where(tickets.c.booking_id.in_(of_events)),
        delete(idempotency_records).where(is_any_of(idempotency_records.c.event_id, event_ids)),
        delete(seats).where(is_any_of(seats.c.event_id, event_ids)),
        delete(bookings).where(is_any_of(bookings.c.event_id, event_ids)),
    ):
        await connection.execute(statement)
    return (await connection.execute(delete(events).where(is_any_of(events.c.id, event_ids)))).rowcount


async def find_active_bookings(engine: AsyncEngine, bookers: Bookers) -> Sequence[BookingId]:
    """Return the active bookings of these people, those on a waitlist first."""
    is_waiting = bookings.c.status == BookingStatus.WAITLISTED
    wanted = select(bookings.c.id).where(bookers.have_booked(), bookings.c.status.in_(ACTIVE))
    async with engine.connect() as connection:
        return (await connection.scalars(wanted.order_by(is_waiting.desc(), bookings.c.id))).all()


async def remove_accounts(engine: AsyncEngine, bookers: Bookers) -> None:
    """Delete the accounts of these people that have neither bookings nor events, and the messages to all of them."""
    uses: tuple[Select[tuple[UUID]], ...] = (
        select(bookings.c.id).where(bookings.c.user_id == users.c.id),
        select(idempotency_records.c.event_id).where(idempotency_records.c.user_id == users.c.id),
        select(events.c.id).where(events.c.organizer_id == users.c.id),
    )
    is_unused = and_(*(~use.exists() for use in uses))
    async with engine.begin() as connection:
        await connection.execute(delete(outbox).where(bookers.have_address(outbox.c.email)))
        await connection.execute(delete(users).where(is_any_of(users.c.id, bookers.user_ids), is_unused))
