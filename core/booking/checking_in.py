"""Checking in at the door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.booking.ports import BookingUnitOfWork, TicketView
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.ids import EventId


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Mark a ticket as used, once, and return it with the name of its holder. A second check-in is refused with the
    time of the first.

    The event's organizer and admins only.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    clock: Clock

    async def __call__(self, event_id: EventId, *, by: Principal, code: str) -> TicketView:
        async with self.new_uow() as uow:
            (await uow.inventory.summary(event_id)).must_be_managed_by(by)
            view = await uow.tickets.by_code_for_update(event_id, code.strip())
            ticket = view.ticket.check_in(self.clock.now())
            holders = await uow.bookings.holders([ticket.booking_id])
            await uow.tickets.save(ticket)
            await record_action(uow.audit, by, "ticket.checked-in", ticket.id, self.clock.now())
            await uow.commit()
        return replace(view, ticket=ticket, holder=holders.get(ticket.booking_id))
