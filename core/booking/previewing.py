"""Seeing what a change of the places of an event would do, before it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.booking.allocation import create_seat_map, resize
from core.booking.inventory import AllocationContext, ChangeSet, InventorySnapshot
from core.booking.model import HOLDING, BookingStatus
from core.booking.ports import BookingUnitOfWork
from core.booking.seats import SEATS_PER_ROW, SeatPosition, check_grid, seat_grid
from core.shared.access import Principal
from core.shared.errors import Refusal
from core.shared.ids import EventId


@dataclass(frozen=True, slots=True)
class PlacesPreview:
    """What a change would do, or the `refusal` that it would get.

    `before` and `after` are capacities, `per_row` the seats in a row afterwards (None without a seat map). `added` and
    `removed` are the first and last of the seats that would be new or deleted, with their number between them. The
    waitlist would lose `promoted` parties that get places, and `dropped` ones that are larger than the event then.
    """

    before: int | None
    after: int | None
    per_row: int | None
    added: tuple[str, int, str] | None = None
    removed: tuple[str, int, str] | None = None
    promoted: int = 0
    dropped: int = 0
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class PreviewSeatMap:
    """Return what creating a seat map would do, as `GenerateSeats` does it, without doing it.

    Its organizer and admins only.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(
        self, event_id: EventId, *, by: Principal, rows: int | None, per_row: int | None, capacity: int | None = None
    ) -> PlacesPreview:
        context = self.new_context()
        async with self.new_uow() as uow:
            (await uow.inventory.summary(event_id)).must_be_managed_by(by)
            snapshot = await uow.inventory.for_seat_map(event_id, context.now)
        seats, across = check_grid(snapshot.inventory.capacity, rows, per_row, capacity)
        return _preview(snapshot, seats, across, lambda: create_seat_map(snapshot, seats, across, context))


@dataclass(frozen=True, slots=True)
class PreviewResize:
    """Return what another capacity would do, as `ChangeEvent` does it, without doing it: which seats a smaller one
    would delete, or which taken ones forbid it. Its organizer and admins only.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(self, event_id: EventId, *, by: Principal, capacity: int | None) -> PlacesPreview:
        context = self.new_context()
        async with self.new_uow() as uow:
            (await uow.inventory.summary(event_id)).must_be_managed_by(by)
            snapshot = await uow.inventory.for_resize(event_id, capacity, context.now)
        across = snapshot.inventory.seats_per_row
        return _preview(snapshot, capacity, across, lambda: resize(snapshot, capacity, context))


def _preview(
    snapshot: InventorySnapshot, capacity: int | None, per_row: int | None, change: Callable[[], ChangeSet]
) -> PlacesPreview:
    before = snapshot.inventory.capacity
    try:
        result = change()
    except Refusal as refusal:
        return PlacesPreview(before, capacity, per_row, refusal=refusal)
    was_waiting = {party.id for party in snapshot.waitlist}
    changed = [booking for booking in result.changed if booking.id in was_waiting]
    return PlacesPreview(
        before,
        capacity,
        per_row,
        added=_range(result.new_seats),
        removed=_removed(snapshot, result.seats_end),
        promoted=sum(booking.status in HOLDING for booking in changed),
        dropped=sum(booking.status is BookingStatus.CANCELLED for booking in changed),
    )


def _removed(snapshot: InventorySnapshot, end: int | None) -> tuple[str, int, str] | None:
    """Return the range of the seats from number `end` on, all of which are deleted."""
    inventory = snapshot.inventory
    if end is None or not inventory.has_seats or inventory.capacity is None or end >= inventory.capacity:
        return None
    return _range(tuple(seat_grid(end, inventory.capacity, inventory.seats_per_row or SEATS_PER_ROW)))


def _range(seats: tuple[SeatPosition, ...]) -> tuple[str, int, str] | None:
    return (seats[0].label, len(seats), seats[-1].label) if seats else None
