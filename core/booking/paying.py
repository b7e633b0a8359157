"""Paying for held places, and settling payments whose outcome is unknown or that have to be refunded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.booking.errors import PaymentUnavailable
from core.booking.inventory import AllocationContext
from core.booking.model import BookingStatus, Channel
from core.booking.notices import BookingNotice
from core.booking.payment import Payment, PaymentStatus
from core.booking.payment_service import PaymentService, record_outcome
from core.booking.ports import BookingBatcher, BookingUnitOfWork, BookingView, PaymentGateway
from core.booking.requests import Request
from core.shared.access import Principal
from core.shared.ids import BookingId, EventId, IdGenerator
from core.shared.signals import PaymentsChanged
from core.shared.topics import Topic

DEFAULT_TOKEN = "tok_approve"  # noqa: S105 - a test token of the simulated gateway


@dataclass(frozen=True, slots=True)
class PayBooking:
    """Pay a pending booking. If the payment is declined its places are released. If the gateway does not answer the
    booking stays pending until the outcome is known: nobody is charged twice, and nobody pays without a booking.
    """

    payments: PaymentService

    async def __call__(self, booking_id: BookingId, *, by: Principal, token: str) -> BookingView:
        return await self.payments.pay(booking_id, by, token)


@dataclass(frozen=True, slots=True)
class PurchaseTicket:
    """Buy a single ticket, one per person and event. It is paid at once; without a payment there is no booking."""

    batcher: BookingBatcher
    payments: PaymentService
    ids: IdGenerator

    async def __call__(self, event_id: EventId, *, by: Principal, token: str | None = None) -> BookingView:
        booking_id = BookingId(self.ids.new())
        request = Request(
            booking_id,
            quantity=1,
            channel=Channel.PURCHASE,
            user_id=by.user_id,
            may_wait=False,
            pays_at_once=True,
        )
        placed = await self.batcher.place(event_id, request)
        if placed.view.booking.status is not BookingStatus.PENDING:
            return placed.view
        return await self.payments.pay(booking_id, by, token or DEFAULT_TOKEN)


@dataclass(frozen=True, slots=True)
class SettlePayments:
    """Find out the outcome of payments that are still open, and make refunds that are due. Returns how many payments
    were settled.

    A payment that can't be settled now is postponed and does not affect the others; unexpected errors are raised at
    the end.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    gateway: PaymentGateway
    new_context: Callable[[], AllocationContext]
    patience: timedelta
    """How long a payment may be open before the gateway is asked: longer than any answer of the gateway takes."""
    limit: int = 100

    async def __call__(self) -> int:
        now = self.new_context().now
        async with self.new_uow() as uow:
            unsettled = await uow.payments.unsettled(now - self.patience, self.limit)
        settled, failed = 0, list[Exception]()
        for payment in unsettled:
            try:
                await self._settle(payment)
                settled += 1
            except PaymentUnavailable:
                await self._postpone(payment)
            except Exception as error:  # of any kind: the other payments must still be settled
                failed.append(error)
                await self._postpone(payment)
        if failed:
            raise ExceptionGroup("Some payments could not be settled.", failed)
        return settled

    async def _postpone(self, payment: Payment) -> None:
        async with self.new_uow() as uow:
            current = await uow.payments.get_for_update(payment.id)
            if current.status is payment.status:
                await uow.payments.save(current.postpone(self.new_context().now))
            await uow.commit()

    async def _settle(self, payment: Payment) -> None:
        if payment.status is PaymentStatus.OPEN:
            charge = await self.gateway.settle(payment.id)
            async with self.new_uow() as uow:
                await record_outcome(uow, payment, charge, self.new_context())
            return
        await self.gateway.refund(payment.id)
        async with self.new_uow() as uow:
            payment = await uow.payments.get_for_update(payment.id)
            if payment.status is PaymentStatus.REFUND_DUE:
                await uow.payments.save(payment.become(PaymentStatus.REFUNDED, self.new_context().now))
                booking = await uow.bookings.get(payment.booking_id)
                await uow.notices.add([_refund_notice(payment, booking.event_id)])
                uow.signals.add(PaymentsChanged(booking.event_id, {booking.id: booking.user_id}))
            await uow.commit()


def _refund_notice(payment: Payment, event_id: EventId) -> BookingNotice:
    money = {"id": str(payment.id), "amount": str(payment.amount), "currency": payment.currency}
    return BookingNotice(Topic.PAYMENT_REFUNDED, event_id, (payment.booking_id,), {"payment": money})
