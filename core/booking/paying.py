"""Paying for what is held (B4, B5). The gateway is asked between two transactions: the first notes that it will be, the
second what it said. Whatever stops in between is taken up again by `SettlePayments`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.booking.allocation import begin_payment, end_payment
from core.booking.book import Rules
from core.booking.errors import NotPayable, PaymentDeclined, PaymentUnavailable
from core.booking.model import Booking, BookingStatus, Channel, Request
from core.booking.payment import Charge, Payment, PaymentStatus
from core.booking.ports import BookingDesk, BookingUnitOfWork, BookingView, Looking, PaymentGateway
from core.shared.access import Principal
from core.shared.ids import BookingId, EventId, IdGenerator, PaymentId

APPROVING_TOKEN = "tok_approve"  # noqa: S105 - a test token of the simulated gateway


@dataclass(frozen=True, slots=True)
class Till:
    """Takes one payment for one booking, in steps that may each be the last one done."""

    new_uow: Callable[[], BookingUnitOfWork]
    gateway: PaymentGateway
    ids: IdGenerator
    rules: Callable[[], Rules]

    async def take(self, booking_id: BookingId, by: Principal, token: str) -> None:
        """Returns when it is paid. Raises NotPayable, PaymentDeclined, PaymentUnavailable."""
        payment = await self._begin(booking_id, by)
        charge = await self.gateway.charge(payment.id, payment.amount, payment.currency, token)
        booking = await conclude(self.new_uow, payment, charge, self.rules())
        if booking.status is BookingStatus.CONFIRMED:
            return
        if charge is Charge.DECLINED:
            raise PaymentDeclined("The payment was declined; the places are free again.")
        if charge is Charge.UNKNOWN:
            raise PaymentUnavailable("The payment came too late and was not taken; try again.")
        raise NotPayable("The booking was given back meanwhile; the payment will be refunded.")

    async def _begin(self, booking_id: BookingId, by: Principal) -> Payment:
        rules = self.rules()
        async with self.new_uow() as uow:
            known = await uow.bookings.get(booking_id)
            known.must_be_of(by)
            book = await uow.books.get_for_update(known.event_id, rules.now, Looking(bookings=(booking_id,)))
            before = await uow.bookings.get(booking_id)
            booking, change = begin_payment(book, before, rules)
            await uow.books.apply(change)
            payment = Payment(
                id=PaymentId(self.ids.new()),
                booking_id=booking.id,
                amount=booking.amount,
                currency=booking.currency,
                status=PaymentStatus.OPEN,
                created_at=rules.now,
                updated_at=rules.now,
            )
            payable = booking.status is BookingStatus.PENDING and not before.paying
            if payable:
                await uow.payments.add(payment)
            await uow.commit()
        if not payable:
            raise NotPayable(_why_not(booking))
        return payment


def _why_not(booking: Booking) -> str:
    if booking.status is BookingStatus.PENDING:
        return "The booking is being paid."
    return f"The booking is {booking.status}; only one that is pending can be paid."


async def conclude(new_uow: Callable[[], BookingUnitOfWork], payment: Payment, charge: Charge, rules: Rules) -> Booking:
    """Write what became of a payment: its booking as it is then. Harmless when somebody else has written it.

    A charge for a booking that is no longer pending is due to be refunded.
    """
    async with new_uow() as uow:
        known = await uow.bookings.get(payment.booking_id)
        looking = Looking(freed=known.quantity, bookings=(known.id,))
        book = await uow.books.get_for_update(known.event_id, rules.now, looking)
        booking, payment = await uow.bookings.get(known.id), await uow.payments.get(payment.id)
        if payment.status is not PaymentStatus.OPEN:
            return booking
        wanted = booking.status is BookingStatus.PENDING
        paid, declined = charge is Charge.APPROVED, charge is Charge.DECLINED
        booking, change = end_payment(book, booking, paid=paid, declined=declined, rules=rules)
        outcome = {Charge.DECLINED: PaymentStatus.DECLINED, Charge.UNKNOWN: PaymentStatus.VOID}.get(
            charge, PaymentStatus.CAPTURED if wanted else PaymentStatus.REFUND_DUE
        )
        await uow.books.apply(change)
        await uow.payments.save(payment.moved(outcome, rules.now))
        await uow.commit()
    return booking


@dataclass(frozen=True, slots=True)
class PayBooking:
    """Pay a pending booking. Declined, its places are free again; without an answer from the gateway it stays pending,
    and what became of the payment is found out later: nobody is charged twice, nobody without a booking.
    """

    till: Till

    async def __call__(self, booking_id: BookingId, *, by: Principal, token: str) -> BookingView:
        await self.till.take(booking_id, by, token)
        async with self.till.new_uow() as uow:
            return await uow.bookings.view(booking_id)


@dataclass(frozen=True, slots=True)
class PurchaseTicket:
    """Buy a single ticket, one for each person and event. It is paid at once or not had at all."""

    desk: BookingDesk
    till: Till

    async def __call__(self, event_id: EventId, *, by: Principal, token: str | None = None) -> BookingView:
        booking_id = BookingId(self.till.ids.new())
        request = Request(booking_id, quantity=1, channel=Channel.PURCHASE, user_id=by.user_id, may_wait=False)
        placed = await self.desk.place(event_id, request)
        if placed.view.booking.status is BookingStatus.PENDING:
            await self.till.take(booking_id, by, token or APPROVING_TOKEN)
        async with self.till.new_uow() as uow:
            return await uow.bookings.view(booking_id)


@dataclass(frozen=True, slots=True)
class SettlePayments:
    """Find out what became of payments that were left open, and give back what is due to be refunded; how many."""

    new_uow: Callable[[], BookingUnitOfWork]
    gateway: PaymentGateway
    rules: Callable[[], Rules]
    patience: timedelta
    """How long a payment may be open before it is asked about: longer than any answer of the gateway takes."""
    limit: int = 100

    async def __call__(self) -> int:
        now = self.rules().now
        async with self.new_uow() as uow:
            unsettled = await uow.payments.unsettled(now - self.patience, self.limit)
        settled = 0
        for payment in unsettled:
            try:
                await self._settle(payment)
                settled += 1
            except PaymentUnavailable:
                await self._postpone(payment)
        return settled

    async def _postpone(self, payment: Payment) -> None:
        async with self.new_uow() as uow:
            now_it_is = await uow.payments.get(payment.id)
            if now_it_is.status is payment.status:
                await uow.payments.save(now_it_is.postponed(self.rules().now))
            await uow.commit()

    async def _settle(self, payment: Payment) -> None:
        if payment.status is PaymentStatus.OPEN:
            await conclude(self.new_uow, payment, await self.gateway.settle(payment.id), self.rules())
            return
        await self.gateway.refund(payment.id)
        async with self.new_uow() as uow:
            payment = await uow.payments.get(payment.id)
            if payment.status is PaymentStatus.REFUND_DUE:
                await uow.payments.save(payment.moved(PaymentStatus.REFUNDED, self.rules().now))
            await uow.commit()
