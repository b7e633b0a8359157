"""Paying for what is held, and finding out what became of payments (B4, B5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.booking.errors import PaymentUnavailable
from core.booking.inventory import AllocationContext
from core.booking.model import BookingStatus, Channel, Request
from core.booking.notices import BookingNotice
from core.booking.payment import Payment, PaymentStatus
from core.booking.payment_service import PaymentService, record_outcome
from core.booking.ports import BookingBatcher, BookingUnitOfWork, BookingView, PaymentGateway
from core.shared.access import Principal
from core.shared.ids import BookingId, EventId
from core.shared.topics import Topic

APPROVING_TOKEN = "tok_approve"  # noqa: S105 - a test token of the simulated gateway


@dataclass(frozen=True, slots=True)
class PayBooking:
    """Pay a pending booking. Declined, its places are free again; without an answer from the gateway it stays pending,
    and what became of the payment is found out later: nobody is charged twice, nobody without a booking.
    """

    till: PaymentService

    async def __call__(self, booking_id: BookingId, *, by: Principal, token: str) -> BookingView:
        return await self.till.take(booking_id, by, token)


@dataclass(frozen=True, slots=True)
class PurchaseTicket:
    """Buy a single ticket, one for each person and event. It is paid at once or not had at all."""

    desk: BookingBatcher
    till: PaymentService

    async def __call__(self, event_id: EventId, *, by: Principal, token: str | None = None) -> BookingView:
        booking_id = BookingId(self.till.ids.new())
        request = Request(
            booking_id,
            quantity=1,
            channel=Channel.PURCHASE,
            user_id=by.user_id,
            may_wait=False,
            pays_at_once=True,
        )
        placed = await self.desk.place(event_id, request)
        if placed.view.booking.status is not BookingStatus.PENDING:
            return placed.view
        return await self.till.take(booking_id, by, token or APPROVING_TOKEN)


@dataclass(frozen=True, slots=True)
class SettlePayments:
    """Find out what became of payments that were left open, and give back what is due to be refunded; how many.

    One that can't be settled now is put off and leaves the others alone; what failed otherwise is raised at the end.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    gateway: PaymentGateway
    rules: Callable[[], AllocationContext]
    patience: timedelta
    """How long a payment may be open before it is asked about: longer than any answer of the gateway takes."""
    limit: int = 100

    async def __call__(self) -> int:
        now = self.rules().now
        async with self.new_uow() as uow:
            unsettled = await uow.payments.unsettled(now - self.patience, self.limit)
        settled, failed = 0, list[Exception]()
        for payment in unsettled:
            try:
                await self._settle(payment)
                settled += 1
            except PaymentUnavailable:
                await self._postpone(payment)
            except Exception as error:  # whatever it is: others want their money back
                failed.append(error)
                await self._postpone(payment)
        if failed:
            raise ExceptionGroup("Some payments could not be settled.", failed)
        return settled

    async def _postpone(self, payment: Payment) -> None:
        async with self.new_uow() as uow:
            now_it_is = await uow.payments.get_for_update(payment.id)
            if now_it_is.status is payment.status:
                await uow.payments.save(now_it_is.postponed(self.rules().now))
            await uow.commit()

    async def _settle(self, payment: Payment) -> None:
        if payment.status is PaymentStatus.OPEN:
            await record_outcome(self.new_uow, payment, await self.gateway.settle(payment.id), self.rules())
            return
        await self.gateway.refund(payment.id)
        async with self.new_uow() as uow:
            payment = await uow.payments.get_for_update(payment.id)
            if payment.status is PaymentStatus.REFUND_DUE:
                await uow.payments.save(payment.moved(PaymentStatus.REFUNDED, self.rules().now))
                event_id = (await uow.bookings.get(payment.booking_id)).event_id
                await uow.notices.add([_refunded(payment, event_id)])
            await uow.commit()


def _refunded(payment: Payment, event_id: EventId) -> BookingNotice:
    money = {"id": str(payment.id), "amount": str(payment.amount), "currency": payment.currency}
    return BookingNotice(Topic.PAYMENT_REFUNDED, event_id, (payment.booking_id,), {"payment": money})
