"""Reading bookings and tickets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.booking.errors import TicketNotFound
from core.booking.holders import with_holder_for, with_holders
from core.booking.inventory import AllocationContext
from core.booking.model import ENDED, BookingStatus, Channel
from core.booking.ports import BookingFilter, BookingLinks, BookingUnitOfWork, BookingView, TicketView
from core.shared.access import Principal
from core.shared.calendars import CalendarEntry, CalendarWriter, EntryStatus, uid_of
from core.shared.clock import Clock
from core.shared.email import normalise_email
from core.shared.ids import BookingId, EventId, TicketId, UserId
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ReadBooking:
    """Return a booking. Somebody else's is not found, except by the organizer of its event and admins, who also see who
    has it.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(self, booking_id: BookingId, *, by: Principal) -> BookingView:
        context = self.new_context()
        async with self.new_uow() as uow:
            view = await uow.bookings.view(booking_id)
            view.must_be_accessible_to(by)
            view = await with_holder_for(by, uow.bookings, view)
        return _with_offer(view.as_of(context.now), context)


@dataclass(frozen=True, slots=True)
class ReadOwnBookings:
    """Return these bookings, without those that no longer belong to the account that is named with them."""

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(self, owners: Mapping[BookingId, UserId]) -> Sequence[BookingView]:
        context = self.new_context()
        async with self.new_uow() as uow:
            views = await uow.bookings.views(list(owners))
        own = (view for view in views.values() if view.owner_id == owners[view.booking.id])
        return [_with_offer(view.as_of(context.now), context) for view in own]


def _with_offer(view: BookingView, context: AllocationContext) -> BookingView:
    return replace(view, is_offer=view.booking.is_offer(context.hold_durations.hold))


@dataclass(frozen=True, slots=True)
class ReadLinkedBooking:
    """Return the booking of the link in an email about it, for people with and without an account."""

    new_uow: Callable[[], BookingUnitOfWork]
    links: BookingLinks
    clock: Clock

    async def __call__(self, *, token: str) -> BookingView:
        booking_id = self.links.read(token)
        async with self.new_uow() as uow:
            view = await uow.bookings.view(booking_id)
        return view.as_of(self.clock.now())


@dataclass(frozen=True, slots=True)
class ReadBookingCalendar:
    """Return a booking as a calendar entry, the same as in the emails about it: tentative until it is confirmed,
    cancelled once it has ended. Somebody else's is not found, except by admins.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    calendars: CalendarWriter
    clock: Clock
    public_url: str

    async def __call__(self, booking_id: BookingId, *, by: Principal) -> bytes:
        async with self.new_uow() as uow:
            view = await uow.bookings.view(booking_id)
        view.must_be_of(by)
        now = self.clock.now()
        return self.calendars.write(calendar_entry(view.as_of(now), self.public_url, now))


def calendar_entry(view: BookingView, public_url: str, now: datetime) -> CalendarEntry:
    """Return the calendar entry of a booking, as of now."""
    event = view.event
    return CalendarEntry(
        uid=uid_of(view.booking.id, public_url),
        written_at=now,
        name=event.name,
        place=event.location,
        start_time=event.start_time,
        end_time=event.end_time,
        timezone=event.timezone,
        status=_entry_status(view.booking.status),
    )


def _entry_status(status: BookingStatus) -> EntryStatus:
    if status in ENDED:
        return EntryStatus.CANCELLED
    return EntryStatus.CONFIRMED if status is BookingStatus.CONFIRMED else EntryStatus.TENTATIVE


@dataclass(frozen=True, slots=True)
class ListMyBookings:
    """List the caller's own bookings, newest first: also those made without an account for the address that the caller
    has verified.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(
        self,
        page: PageRequest,
        *,
        by: Principal,
        status: BookingStatus | None = None,
        event_id: EventId | None = None,
        upcoming: bool = False,
        past: bool = False,
    ) -> Page[BookingView]:
        context = self.new_context()
        now = context.now
        wanted = BookingFilter(
            by.user_id, status, event_id, upcoming_at=now if upcoming else None, ended_at=now if past else None
        )
        async with self.new_uow() as uow:
            found = await uow.bookings.search(wanted, page, now)
        return found.map(lambda view: _with_offer(view, context))


@dataclass(frozen=True, slots=True)
class ListBookings:
    """List all bookings and who has them, newest first. Admins only."""

    new_uow: Callable[[], BookingUnitOfWork]
    clock: Clock

    async def __call__(self, wanted: BookingFilter, page: PageRequest, *, by: Principal) -> Page[BookingView]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await with_holders(uow.bookings, await uow.bookings.search(wanted, page, self.clock.now()))


@dataclass(frozen=True, slots=True)
class ListEventBookings:
    """List the bookings of an event and who has them, newest first. Its organizer and admins only."""

    new_uow: Callable[[], BookingUnitOfWork]
    clock: Clock

    async def __call__(
        self, event_id: EventId, wanted: BookingFilter, page: PageRequest, *, by: Principal
    ) -> Page[BookingView]:
        async with self.new_uow() as uow:
            (await uow.inventory.summary(event_id)).must_be_managed_by(by)
            of_event = replace(wanted, event_id=event_id)
            return await with_holders(uow.bookings, await uow.bookings.search(of_event, page, self.clock.now()))


@dataclass(frozen=True, slots=True)
class ListVisitors:
    """List the people who registered for an event without an account, the latest first. Admins only."""

    new_uow: Callable[[], BookingUnitOfWork]
    clock: Clock

    async def __call__(
        self, page: PageRequest, *, by: Principal, event_id: EventId | None = None, email: str | None = None
    ) -> Page[BookingView]:
        by.must_be_admin()
        address = None if email is None else normalise_email(email)
        wanted = BookingFilter(channel=Channel.REGISTER, event_id=event_id, visitor_email=address)
        async with self.new_uow() as uow:
            return await uow.bookings.search(wanted, page, self.clock.now())


@dataclass(frozen=True, slots=True)
class ReadTicket:
    """Return a ticket. Somebody else's is not found, except by admins."""

    new_uow: Callable[[], BookingUnitOfWork]

    async def __call__(self, ticket_id: TicketId, *, by: Principal) -> TicketView:
        async with self.new_uow() as uow:
            view = await uow.tickets.view(ticket_id)
        if not by.owns(view.owner_id):
            raise TicketNotFound("There is no such ticket.")
        return view


@dataclass(frozen=True, slots=True)
class ListMyTickets:
    """List the caller's own tickets, newest first."""

    new_uow: Callable[[], BookingUnitOfWork]

    async def __call__(self, page: PageRequest, *, by: Principal) -> Page[TicketView]:
        async with self.new_uow() as uow:
            return await uow.tickets.of_user(by.user_id, page)
