"""Giving places back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.booking.allocation import allocate, cancel
from core.booking.inventory import AllocationContext
from core.booking.notices import notices_of_event
from core.booking.payment import PaymentStatus
from core.booking.ports import BookingUnitOfWork, BookingView, Looking
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.ids import BookingId, EventId
from core.shared.jobs import match_events
from core.shared.topics import Topic
from core.shared.versions import Version, must_be_expected


@dataclass(frozen=True, slots=True)
class CancelBooking:
    """Free the places of a booking and offer them to the head of the line, all or nothing; or leave the line.

    One's own until the event starts or a ticket of it is used, any for an admin; harmless twice, but for who expects
    a version that is no longer the newest. What was paid is refunded.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    rules: Callable[[], AllocationContext]

    async def __call__(
        self, booking_id: BookingId, *, by: Principal, expected: frozenset[Version] | None = None
    ) -> BookingView:
        rules = self.rules()
        async with self.new_uow() as uow:
            known = await uow.bookings.get(booking_id)
            known.must_be_of(by)
            looking = Looking(freed=known.quantity, bookings=(booking_id,))
            book = await uow.inventory.get_for_update(known.event_id, rules.now, looking)
            # Read again under the lock: another cancel may have won since.
            booking = await uow.bookings.get(booking_id)
            must_be_expected(booking.version, expected)
            # Locked: whoever is let in meanwhile either was so before, or is not at all.
            tickets = await uow.tickets.of_booking_for_update(booking_id)
            change = cancel(book, booking, tickets, by, rules)
            await uow.inventory.apply(change)
            if payment := await uow.payments.captured_for_update(booking_id):
                await uow.payments.save(payment.moved(PaymentStatus.REFUND_DUE, rules.now))
            await record_action(uow.audit, by, "booking.cancelled", booking_id, rules.now)
            view = await uow.bookings.view(booking_id)
            await uow.commit()
        return view


@dataclass(frozen=True, slots=True)
class CancelEvent:
    """Cancel an event with all its bookings, for good; what was paid is refunded. Harmless twice.

    Everybody who booked is told, with the reason if one is given. Its organizer and admins only.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    rules: Callable[[], AllocationContext]

    async def __call__(self, event_id: EventId, *, by: Principal, reason: str | None = None) -> None:
        rules = self.rules()
        async with self.new_uow() as uow:
            book = await uow.inventory.get_for_update(event_id, rules.now)
            book.inventory.event.must_be_managed_by(by)
            if book.inventory.is_cancelled:
                return
            booked = [booking.id for booking in await uow.inventory.active(event_id)]
            await uow.notices.add(notices_of_event(Topic.EVENT_CANCELLED, event_id, booked, reason=reason))
            await uow.inventory.close(event_id, rules.now)
            await uow.inventory.note_edit(event_id, rules.now)
            await record_action(uow.audit, by, "event.cancelled", event_id, rules.now)
            await uow.jobs.enqueue(match_events([event_id]))
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ExpireHolds:
    """Let go of the holds whose time is up and offer their places to the line, event by event; how many events.
    One that fails leaves the others alone, and what failed is raised at the end.

    Correctness does not wait for this: whoever books next lets go of them first. It is for those who wait.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    rules: Callable[[], AllocationContext]
    limit: int = 100

    async def __call__(self) -> int:
        async with self.new_uow() as uow:
            waiting = await uow.bookings.with_due(self.rules().now, self.limit)
        failed: list[Exception] = []
        for event_id in waiting:
            try:
                await self._expire(event_id)
            except Exception as error:  # whatever it is: those of other events are waiting
                failed.append(error)
        if failed:
            raise ExceptionGroup("Some holds could not be let go.", failed)
        return len(waiting)

    async def _expire(self, event_id: EventId) -> None:
        rules = self.rules()
        async with self.new_uow() as uow:
            _, change = allocate(await uow.inventory.get_for_update(event_id, rules.now), [], rules)
            await uow.inventory.apply(change)
            await uow.commit()
