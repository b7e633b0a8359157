"""Taking a payment (B4, B5). The gateway is asked between two transactions: the first notes that it will be, the second
what it said. Whatever stops in between is taken up again by `SettlePayments`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.booking.allocation import begin_payment, end_payment
from core.booking.errors import NotPayable, PaymentDeclined, PaymentUnavailable
from core.booking.inventory import AllocationContext
from core.booking.model import Booking, BookingStatus, Channel
from core.booking.payment import Charge, Payment, PaymentStatus
from core.booking.ports import BookingUnitOfWork, BookingView, Looking, PaymentGateway
from core.shared.access import Principal
from core.shared.ids import BookingId, IdGenerator, PaymentId


@dataclass(frozen=True, slots=True)
class PaymentService:
    """Takes one payment for one booking, in steps that may each be the last one done."""

    new_uow: Callable[[], BookingUnitOfWork]
    gateway: PaymentGateway
    ids: IdGenerator
    rules: Callable[[], AllocationContext]

    async def take(self, booking_id: BookingId, by: Principal, token: str) -> BookingView:
        """The booking, when it is paid. Raises NotPayable, PaymentDeclined, PaymentUnavailable."""
        payment = await self._begin(booking_id, by)
        try:
            charge = await self.gateway.charge(payment.id, payment.amount, payment.currency, token)
        except PaymentUnavailable as error:
            raise PaymentUnavailable(error.detail, booking_id=str(booking_id)) from error
        booking = await record_outcome(self.new_uow, payment, charge, self.rules())
        if booking.status is BookingStatus.CONFIRMED:
            return await self.view(booking_id)
        if charge is Charge.DECLINED:
            raise payment_declined()
        if charge is Charge.UNKNOWN:
            raise PaymentUnavailable("The payment came too late and was not taken; try again.")
        raise NotPayable("The booking was given back meanwhile; the payment will be refunded.")

    async def view(self, booking_id: BookingId) -> BookingView:
        """The booking as it is now."""
        async with self.new_uow() as uow:
            return await uow.bookings.view(booking_id)

    async def _begin(self, booking_id: BookingId, by: Principal) -> Payment:
        rules = self.rules()
        async with self.new_uow() as uow:
            known = await uow.bookings.get(booking_id)
            known.must_be_of(by)
            book = await uow.inventory.get_for_update(known.event_id, rules.now, Looking(bookings=(booking_id,)))
            before = await uow.bookings.get(booking_id)
            booking, change = begin_payment(book, before, rules)
            await uow.inventory.apply(change)
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


def payment_declined() -> PaymentDeclined:
    """For every request that wanted a declined payment, the first and those that repeat it."""
    return PaymentDeclined("The payment was declined; the places are free again.")


def _why_not(booking: Booking) -> str:
    if booking.status is BookingStatus.PENDING:
        return "The booking is being paid."
    return f"The booking is {booking.status}; only one that is pending can be paid."


async def record_outcome(
    new_uow: Callable[[], BookingUnitOfWork], payment: Payment, charge: Charge, rules: AllocationContext
) -> Booking:
    """Write what became of a payment: its booking as it is then. Harmless when somebody else has written it.

    A charge for a booking that is no longer pending is due to be refunded.
    """
    async with new_uow() as uow:
        known = await uow.bookings.get(payment.booking_id)
        looking = Looking(freed=known.quantity, bookings=(known.id,))
        book = await uow.inventory.get_for_update(known.event_id, rules.now, looking)
        booking, payment = await uow.bookings.get(known.id), await uow.payments.get_for_update(payment.id)
        if payment.status is not PaymentStatus.OPEN:
            return booking
        wanted = booking.status is BookingStatus.PENDING
        # A purchase is paid at once or not had at all: with no charge to wait for, there is none.
        failed = {Charge.DECLINED} | ({Charge.UNKNOWN} if booking.channel is Channel.PURCHASE else set())
        paid, payment_declined = charge is Charge.APPROVED, charge in failed
        booking, change = end_payment(book, booking, paid=paid, declined=payment_declined, rules=rules)
        outcome = {Charge.DECLINED: PaymentStatus.DECLINED, Charge.UNKNOWN: PaymentStatus.VOID}.get(
            charge, PaymentStatus.CAPTURED if wanted else PaymentStatus.REFUND_DUE
        )
        await uow.inventory.apply(change)
        await uow.payments.save(payment.moved(outcome, rules.now))
        await uow.commit()
    return booking
