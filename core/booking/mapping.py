"""Seat maps at work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.booking.allocation import map_out
from core.booking.book import Book, Rules
from core.booking.ports import BookingUnitOfWork, Books, Looking
from core.booking.seating import PER_ROW, Seat, check_grid
from core.shared.access import Principal
from core.shared.audit import note
from core.shared.ids import EventId


async def opened_book(books: Books, event_id: EventId, looking: Looking, rules: Rules) -> Book:
    """The locked book of an event where somebody asks for places; who asks by seat gets it a map first, where it can
    have one (B8). Raises NoSuchEvent, CapacityBelowBooked.
    """
    book = await books.get_for_update(event_id, rules.now, looking)
    to_map = book.inventory.seats_to_map(rules.now) if looking.seats else None
    if to_map is None:
        return book
    await books.apply(map_out(book, await books.active(event_id), to_map, PER_ROW, rules))
    return await books.get_for_update(event_id, rules.now, looking)


@dataclass(frozen=True, slots=True)
class GenerateSeats:
    """Give an event a seat map: so many in a row, as many as its capacity, which the rows may set.

    Who has places already gets the foremost seats. Its organizer and admins only, and once.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    rules: Callable[[], Rules]

    async def __call__(
        self, event_id: EventId, *, by: Principal, rows: int | None = None, per_row: int | None = None
    ) -> int:
        rules = self.rules()
        async with self.new_uow() as uow:
            book = await uow.books.get_for_update(event_id, rules.now, Looking(freed=None))
            book.inventory.event.must_be_managed_by(by)
            capacity, across = check_grid(book.inventory.capacity, rows, per_row)
            change = map_out(book, await uow.books.active(event_id), capacity, across, rules)
            await uow.books.apply(change)
            await uow.books.note_edit(event_id, rules.now)
            await note(uow.audit, by, "seats.generated", event_id, rules.now, seats=str(capacity))
            await uow.commit()
        return capacity


@dataclass(frozen=True, slots=True)
class ReadSeats:
    """The seats of an event, and which of them can be had. An event without a map has none."""

    new_uow: Callable[[], BookingUnitOfWork]
    rules: Callable[[], Rules]

    async def __call__(self, event_id: EventId, *, viewer: Principal | None) -> Sequence[tuple[Seat, str]]:
        async with self.new_uow() as uow:
            (await uow.books.card(event_id)).must_be_seen_by(viewer)
            return await uow.books.seats(event_id, self.rules().now)
