"""Seat maps at work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.booking.allocation import create_seat_map
from core.booking.inventory import AllocationContext, InventorySnapshot
from core.booking.ports import BookingUnitOfWork, InventoryRepository, Looking
from core.booking.seats import PER_ROW, Seat, check_grid
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.ids import EventId


async def load_for_requests(
    inventory: InventoryRepository, event_id: EventId, looking: Looking, rules: AllocationContext
) -> InventorySnapshot:
    """The locked book of an event where somebody asks for places; who asks by seat gets it a map first, where it can
    have one (B8). Raises NoSuchEvent, CapacityBelowBooked.
    """
    book = await inventory.get_for_update(event_id, rules.now, looking)
    to_map = book.inventory.seats_to_map(rules.now) if looking.seats else None
    if to_map is None:
        return book
    await inventory.apply(create_seat_map(book, await inventory.active(event_id), to_map, PER_ROW, rules))
    return await inventory.get_for_update(event_id, rules.now, looking)


@dataclass(frozen=True, slots=True)
class GenerateSeats:
    """Give an event a seat map: so many in a row, as many as its capacity, which the rows may set.

    Who has places already gets the foremost seats. Its organizer and admins only, and once.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    rules: Callable[[], AllocationContext]

    async def __call__(
        self, event_id: EventId, *, by: Principal, rows: int | None = None, per_row: int | None = None
    ) -> int:
        rules = self.rules()
        async with self.new_uow() as uow:
            book = await uow.inventory.get_for_update(event_id, rules.now, Looking(freed=None))
            book.inventory.event.must_be_managed_by(by)
            capacity, across = check_grid(book.inventory.capacity, rows, per_row)
            change = create_seat_map(book, await uow.inventory.active(event_id), capacity, across, rules)
            await uow.inventory.apply(change)
            await uow.inventory.note_edit(event_id, rules.now)
            await record_action(uow.audit, by, "seats.generated", event_id, rules.now, seats=str(capacity))
            await uow.commit()
        return capacity


@dataclass(frozen=True, slots=True)
class ReadSeats:
    """The seats of an event, and which of them can be had. An event without a map has none."""

    new_uow: Callable[[], BookingUnitOfWork]
    rules: Callable[[], AllocationContext]

    async def __call__(self, event_id: EventId, *, viewer: Principal | None) -> Sequence[tuple[Seat, str]]:
        async with self.new_uow() as uow:
            (await uow.inventory.card(event_id)).must_be_seen_by(viewer)
            return await uow.inventory.seats(event_id, self.rules().now)
