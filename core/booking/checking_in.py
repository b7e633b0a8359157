"""Checking in at the door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from core.booking.admission import choose_ticket, fold_code, must_admit
from core.booking.errors import TicketNotFound
from core.booking.ports import BookingUnitOfWork, TicketView
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.ids import EventId, TicketId
from core.shared.signals import CheckInsChanged


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Mark a ticket as used, once, and return it with the name of its holder. A second check-in is refused with the
    time of the first. Case, spaces and hyphens of the code don't matter.

    The event's organizer and admins only.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    clock: Clock
    opens_before: timedelta | None = None
    """How long before the start of an event check-in begins; None means at any time."""

    async def __call__(self, event_id: EventId, *, by: Principal, code: str) -> TicketView:
        now = self.clock.now()
        async with self.new_uow() as uow:
            view = await _find_ticket(uow, event_id, by, code)
            must_admit(view.event, now, self.opens_before)
            ticket = view.ticket.check_in(now)
            holders = await uow.bookings.holders([ticket.booking_id])
            await uow.tickets.save(ticket)
            await record_action(uow.audit, by, "ticket.checked-in", ticket.id, now)
            uow.signals.add(CheckInsChanged(event_id))
            await uow.commit()
        return replace(view, ticket=ticket, holder=holders.get(ticket.booking_id))


@dataclass(frozen=True, slots=True)
class UndoCheckIn:
    """Undo the check-in of a ticket, so that it admits again, and return it with the name of its holder. A ticket that
    was not used stays as it is.

    The event's organizer and admins only.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    clock: Clock

    async def __call__(self, event_id: EventId, *, by: Principal, code: str) -> TicketView:
        async with self.new_uow() as uow:
            view = await _find_ticket(uow, event_id, by, code)
            ticket = view.ticket.undo_check_in()
            holders = await uow.bookings.holders([ticket.booking_id])
            if ticket != view.ticket:
                await uow.tickets.save(ticket)
                await uow.audit.write("ticket.check-in-undone", self.clock.now(), actor_id=by.user_id, target=ticket.id)
                uow.signals.add(CheckInsChanged(event_id))
                await uow.commit()
        return replace(view, ticket=ticket, holder=holders.get(ticket.booking_id))


@dataclass(frozen=True, slots=True)
class FindTicket:
    """Return the ticket of an event that a code means, with the name of its holder, and check nobody in.

    The event's organizer and admins only.
    """

    new_uow: Callable[[], BookingUnitOfWork]

    async def __call__(self, event_id: EventId, *, by: Principal, code: str) -> TicketView:
        async with self.new_uow() as uow:
            view = await _find_ticket(uow, event_id, by, code)
            holders = await uow.bookings.holders([view.ticket.booking_id])
        return replace(view, holder=holders.get(view.ticket.booking_id))


@dataclass(frozen=True, slots=True)
class ReadTicketAtDoor:
    """Return a ticket of an event with the name of its holder. The event's organizer and admins only."""

    new_uow: Callable[[], BookingUnitOfWork]

    async def __call__(self, event_id: EventId, ticket_id: TicketId, *, by: Principal) -> TicketView:
        async with self.new_uow() as uow:
            (await uow.inventory.summary(event_id)).must_be_managed_by(by)
            view = await uow.tickets.view(ticket_id)
            if view.event.id != event_id:
                raise TicketNotFound("This event has no such ticket.")
            holders = await uow.bookings.holders([view.ticket.booking_id])
        return replace(view, holder=holders.get(view.ticket.booking_id))


async def _find_ticket(uow: BookingUnitOfWork, event_id: EventId, by: Principal, code: str) -> TicketView:
    """Return the ticket of an event that a code means, locked until the unit of work ends.

    Raises NoSuchEvent, Forbidden, TicketNotFound or WrongEvent.
    """
    event = await uow.inventory.summary(event_id)
    event.must_be_managed_by(by)
    return choose_ticket(event, await uow.tickets.with_code_for_update(fold_code(code)), code)
