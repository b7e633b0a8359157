"""Reading what organizers need to run their events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from core.booking.holders import with_holders
from core.booking.managed_events import (
    CancellationEffect,
    Door,
    ManagedEvent,
    ManagedEventFilter,
    ManagedEventsUnitOfWork,
)
from core.booking.ports import BookingFilter, BookingUnitOfWork, BookingView
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.ids import EventId
from core.shared.paging import Page, PageRequest

LAST_CHECKED_IN = 10
"""How many of the tickets that were used last are shown at the door."""
BOOKINGS_AT_ONCE = 500
"""How many bookings of an export are read in one transaction: none stays open while a slow client downloads."""


@dataclass(frozen=True, slots=True)
class ListManagedEvents:
    """List one's own events with their counts: those to come, the soonest first, or the past ones, the latest first.

    Organizers and admins only.
    """

    new_uow: Callable[[], ManagedEventsUnitOfWork]
    clock: Clock

    async def __call__(
        self, page: PageRequest, *, by: Principal, past: bool = False, text: str | None = None
    ) -> Page[ManagedEvent]:
        by.must_be_organizer()
        wanted = ManagedEventFilter(by.user_id, self.clock.now(), past, (text or "").strip() or None)
        async with self.new_uow() as uow:
            return await uow.managed_events.search(wanted, page)


@dataclass(frozen=True, slots=True)
class ReadManagedEvent:
    """Return an event with its counts. Its organizer and admins only."""

    new_uow: Callable[[], ManagedEventsUnitOfWork]
    clock: Clock

    async def __call__(self, event_id: EventId, *, by: Principal) -> ManagedEvent:
        async with self.new_uow() as uow:
            event = await uow.managed_events.get(event_id, self.clock.now())
        event.inventory.event.must_be_managed_by(by)
        return event


@dataclass(frozen=True, slots=True)
class ReadDoor:
    """Return how many have come to an event, and the last of them with their names. Its organizer and admins only."""

    new_uow: Callable[[], ManagedEventsUnitOfWork]
    clock: Clock

    async def __call__(self, event_id: EventId, *, by: Principal) -> Door:
        async with self.new_uow() as uow:
            event = await uow.managed_events.get(event_id, self.clock.now())
            event.inventory.event.must_be_managed_by(by)
            last = await uow.managed_events.last_checked_in(event_id, LAST_CHECKED_IN)
            holders = await uow.bookings.holders([view.ticket.booking_id for view in last])
        return Door(event, tuple(replace(view, holder=holders.get(view.ticket.booking_id)) for view in last))


@dataclass(frozen=True, slots=True)
class ListWaitingParties:
    """List the parties on the waitlist of an event in their order, and who they are. Its organizer and admins only."""

    new_uow: Callable[[], ManagedEventsUnitOfWork]

    async def __call__(self, event_id: EventId, page: PageRequest, *, by: Principal) -> Page[BookingView]:
        async with self.new_uow() as uow:
            (await uow.inventory.summary(event_id)).must_be_managed_by(by)
            return await with_holders(uow.bookings, await uow.managed_events.waitlist(event_id, page))


@dataclass(frozen=True, slots=True)
class ExportEventBookings:
    """Return all bookings of an event that match, and who has them, newest first, in parts of `BOOKINGS_AT_ONCE`.

    A booking that is made meanwhile may be missing; none comes twice. The event's organizer and admins only: that is
    checked before anything is returned.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    clock: Clock

    async def __call__(
        self, event_id: EventId, wanted: BookingFilter, *, by: Principal
    ) -> AsyncIterator[list[BookingView]]:
        async with self.new_uow() as uow:
            (await uow.inventory.summary(event_id)).must_be_managed_by(by)
        return self._parts(replace(wanted, event_id=event_id))

    async def _parts(self, wanted: BookingFilter) -> AsyncIterator[list[BookingView]]:
        page: PageRequest | None = PageRequest(BOOKINGS_AT_ONCE)
        while page is not None:
            async with self.new_uow() as uow:
                found = await with_holders(uow.bookings, await uow.bookings.search(wanted, page, self.clock.now()))
            yield list(found.items)
            page = None if found.next_cursor is None else replace(page, cursor=found.next_cursor)


@dataclass(frozen=True, slots=True)
class PreviewCancellation:
    """Return what cancelling an event would do now. Its organizer and admins only."""

    new_uow: Callable[[], ManagedEventsUnitOfWork]
    clock: Clock

    async def __call__(self, event_id: EventId, *, by: Principal) -> CancellationEffect:
        async with self.new_uow() as uow:
            (await uow.inventory.summary(event_id)).must_be_managed_by(by)
            return await uow.managed_events.cancellation_effect(event_id, self.clock.now())
