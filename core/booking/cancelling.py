"""Cancelling bookings and events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.booking.allocation import cancel
from core.booking.applying import apply_changes
from core.booking.holders import with_holder_for
from core.booking.inventory import AllocationContext
from core.booking.model import ACTIVE, Booking
from core.booking.notices import notices_of_event
from core.booking.payment import PaymentStatus
from core.booking.ports import BookingLinks, BookingUnitOfWork, BookingView
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.ids import BookingId, EventId
from core.shared.jobs import match_events
from core.shared.signals import EventsChanged
from core.shared.topics import Topic
from core.shared.versions import Version, must_be_expected


@dataclass(frozen=True, slots=True)
class CancelBooking:
    """Cancel a booking: release its places and promote from the waitlist in one transaction. Idempotent.

    Its owner may do so until the event starts or one of its tickets is used, the event's organizer and admins at any
    time. What was paid is refunded. A request that expects an outdated version is refused.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(
        self, booking_id: BookingId, *, by: Principal, expected: frozenset[Version] | None = None
    ) -> BookingView:
        context = self.new_context()
        async with self.new_uow() as uow:
            known = await uow.bookings.view(booking_id)
            known.must_be_accessible_to(by)
            was_active = await cancel_booking(uow, known.booking, by, context, expected)
            if was_active and not known.is_of(by):
                await uow.audit.write("booking.cancelled", context.now, actor_id=by.user_id, target=booking_id)
            view = await with_holder_for(by, uow.bookings, await uow.bookings.view(booking_id))
            await uow.commit()
        return view


@dataclass(frozen=True, slots=True)
class CancelLinkedBooking:
    """Cancel a booking, or leave the waitlist, with the token of the link in an email about it: no account is needed.

    Possible until the event starts or one of its tickets is used. What was paid is refunded. Idempotent.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    links: BookingLinks
    new_context: Callable[[], AllocationContext]

    async def __call__(self, *, token: str) -> BookingView:
        booking_id, context = self.links.read(token), self.new_context()
        async with self.new_uow() as uow:
            await cancel_booking(uow, await uow.bookings.get(booking_id), None, context)
            view = await uow.bookings.view(booking_id)
            await uow.commit()
        return view


async def cancel_booking(
    uow: BookingUnitOfWork,
    known: Booking,
    by: Principal | None,
    context: AllocationContext,
    expected: frozenset[Version] | None = None,
) -> bool:
    """Cancel a booking that was read without a lock, and return whether it was active until now.

    `by` is as in `cancel`, whose errors it raises.
    """
    snapshot = await uow.inventory.for_booking(known, context.now)
    # Read again under the lock: another request may have cancelled it since.
    booking = await uow.bookings.get(known.id)
    must_be_expected(booking.version, expected)
    # Locked: a concurrent check-in either came first and is seen here, or finds the ticket void.
    tickets = await uow.tickets.of_booking_for_update(known.id)
    await apply_changes(uow, cancel(snapshot, booking, tickets, by, context))
    if payment := await uow.payments.captured_for_update(known.id):
        await uow.payments.save(payment.become(PaymentStatus.REFUND_DUE, context.now))
    return booking.status in ACTIVE


@dataclass(frozen=True, slots=True)
class CancelEvent:
    """Cancel an event with all its bookings, permanently. What was paid is refunded. Idempotent.

    Everybody who booked is notified, with the reason if one is given. Its organizer and admins only.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(self, event_id: EventId, *, by: Principal, reason: str | None = None) -> None:
        context = self.new_context()
        async with self.new_uow() as uow:
            inventory = await uow.inventory.get_for_update(event_id)
            inventory.event.must_be_managed_by(by)
            if inventory.is_cancelled:
                return
            booked = await uow.inventory.active_ids(event_id)
            await uow.notices.add(notices_of_event(Topic.EVENT_CANCELLED, event_id, booked, reason=reason))
            await uow.inventory.close(event_id, context.now)
            await uow.inventory.record_edit(event_id, context.now)
            await record_action(uow.audit, by, "event.cancelled", event_id, context.now)
            await uow.jobs.enqueue(match_events([event_id]))
            uow.signals.add(EventsChanged((event_id,)))
            await uow.commit()
