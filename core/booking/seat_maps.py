"""Creating, removing and reading seat maps."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from core.booking.allocation import create_seat_map, remove_seat_map
from core.booking.applying import apply_changes
from core.booking.inventory import AllocationContext
from core.booking.ports import BookingUnitOfWork
from core.booking.seats import SeatMap, check_grid
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.ids import EventId
from core.shared.versions import Version


@dataclass(frozen=True, slots=True)
class GenerateSeats:
    """Create the seat map of an event: `per_row` seats in a row, one seat per place. It replaces one that nobody has a
    seat of.

    `rows` must have as many seats as the event has places, unless the new `capacity` is sent, too. Bookings that hold
    places get the best seats. Its organizer and admins only.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(
        self,
        event_id: EventId,
        *,
        by: Principal,
        rows: int | None = None,
        per_row: int | None = None,
        capacity: int | None = None,
    ) -> int:
        context = self.new_context()
        async with self.new_uow() as uow:
            snapshot = await uow.inventory.for_seat_map(event_id, context.now)
            snapshot.inventory.event.must_be_managed_by(by)
            seats, across = check_grid(snapshot.inventory.capacity, rows, per_row, capacity)
            await apply_changes(uow, create_seat_map(snapshot, seats, across, context))
            await uow.inventory.record_edit(event_id, context.now)
            await record_action(uow.audit, by, "seats.generated", event_id, context.now, seats=str(seats))
            await uow.commit()
        return seats


@dataclass(frozen=True, slots=True)
class RemoveSeats:
    """Remove the seat map of an event, if nobody has a seat of it; places are booked by quantity then. Idempotent.

    The next booking by seat creates a new one, with ten in a row. Its organizer and admins only.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(self, event_id: EventId, *, by: Principal) -> None:
        context = self.new_context()
        async with self.new_uow() as uow:
            snapshot = await uow.inventory.for_seat_map(event_id, context.now)
            snapshot.inventory.event.must_be_managed_by(by)
            if not snapshot.inventory.has_seats:
                return
            await apply_changes(uow, remove_seat_map(snapshot, context))
            await uow.inventory.record_edit(event_id, context.now)
            await record_action(uow.audit, by, "seats.removed", event_id, context.now)
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ReadSeatMap:
    """Return the seat map of an event row by row, with one letter for each seat: `a` available, `h` held, `r` reserved.

    A seat's label is that of its row, a hyphen and its place in the row from 1: the third letter of row `B` is seat
    `B-3`. Seats are booked by their labels. An event without a seat map has no rows.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(
        self, event_id: EventId, *, viewer: Principal | None, known: Collection[Version] = ()
    ) -> SeatMap | Version:
        """Return only the version if the viewer already knows it."""
        async with self.new_uow() as uow:
            return await _read(uow, event_id, viewer, known, self.new_context().now, with_ids=False)


@dataclass(frozen=True, slots=True)
class ReadSeats:
    """Return the seats of an event, each with its id and status. An event without a seat map has none.

    The seat map of the event says the same, without ids, in a fiftieth of the size.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(
        self, event_id: EventId, *, viewer: Principal | None, known: Collection[Version] = ()
    ) -> SeatMap | Version:
        """Return only the version if the viewer already knows it."""
        async with self.new_uow() as uow:
            return await _read(uow, event_id, viewer, known, self.new_context().now, with_ids=True)


async def _read(
    uow: BookingUnitOfWork,
    event_id: EventId,
    viewer: Principal | None,
    known: Collection[Version],
    now: datetime,
    *,
    with_ids: bool,
) -> SeatMap | Version:
    (await uow.inventory.summary(event_id)).must_be_seen_by(viewer)
    if known and (version := await uow.inventory.seat_map_version(event_id, now)) in known:
        return version
    return await uow.inventory.seat_map(event_id, now, with_ids=with_ids)
