"""The steps of a payment: `begin_payment`, the gateway's charge, `record_outcome`.

The gateway is asked between two transactions, never inside one: the first records that it will be asked, the second
what it answered. `SettlePayments` resumes a payment that stopped in between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.booking.allocation import apply_payment, hold_for_payment
from core.booking.applying import apply_changes
from core.booking.errors import EventStarted, NotPayable, PaymentDeclined, PaymentUnavailable
from core.booking.inventory import AllocationContext
from core.booking.model import Booking, BookingStatus, Channel
from core.booking.payment import Charge, Payment, PaymentStatus
from core.booking.ports import BookingUnitOfWork, BookingView, PaymentGateway
from core.shared.access import Principal
from core.shared.ids import BookingId, IdGenerator, PaymentId
from core.shared.times import format_time, to_rfc3339


@dataclass(frozen=True, slots=True)
class PaymentService:
    """Takes payments for several use cases. The steps of a payment can't share a transaction.

    `pay` uses exactly two units of work, before and after the charge, and commits each.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    gateway: PaymentGateway
    ids: IdGenerator
    new_context: Callable[[], AllocationContext]

    async def pay(self, booking_id: BookingId, by: Principal, token: str) -> BookingView:
        """Pay a pending booking and return it confirmed.

        Raises NotPayable, EventStarted, PaymentDeclined, PaymentUnavailable. A payment that began before the start of
        the event counts, even if it ends after it.
        """
        async with self.new_uow() as uow:
            held, payment = await begin_payment(uow, booking_id, by, PaymentId(self.ids.new()), self.new_context())
        try:
            charge = await self.gateway.charge(payment.id, payment.amount, payment.currency, token)
        except PaymentUnavailable as error:
            message = f"{error.detail} The places stay held until it is known whether the payment succeeded."
            raise _payment_unavailable(message, held) from error
        async with self.new_uow() as uow:
            booking = await record_outcome(uow, payment, charge, self.new_context())
            if booking.status is BookingStatus.CONFIRMED:
                return await uow.bookings.view(booking_id)  # after the commit: the event is not locked
        if charge is Charge.DECLINED:
            raise payment_declined()
        if charge is Charge.UNKNOWN:
            raise _payment_unavailable("The payment came too late and was not taken; try again.", booking)
        raise NotPayable("The booking was cancelled in the meantime; the payment will be refunded.")


async def begin_payment(
    uow: BookingUnitOfWork, booking_id: BookingId, by: Principal, payment_id: PaymentId, context: AllocationContext
) -> tuple[Booking, Payment]:
    """Record that a booking is about to be paid, so that its hold can't expire until the outcome is known. Commits, and
    returns the booking with its payment.

    Raises BookingNotFound for somebody else's booking, NotPayable, and EventStarted after the start.
    """
    known = await uow.bookings.view(booking_id)
    known.must_be_of(by)
    snapshot = await uow.inventory.for_booking(known.booking, context.now)
    before = await uow.bookings.get(booking_id)
    booking, changes = hold_for_payment(snapshot, before, context)
    await apply_changes(uow, changes)
    payment = Payment(
        id=payment_id,
        booking_id=booking.id,
        amount=booking.amount,
        currency=booking.currency,
        status=PaymentStatus.OPEN,
        created_at=context.now,
        updated_at=context.now,
    )
    is_payable = booking.status is BookingStatus.PENDING and not before.paying
    if is_payable:
        await uow.payments.add(payment)
    await uow.commit()  # even if it can't be paid: holds may have expired
    if not is_payable:
        raise _refuse_payment(booking, has_started=context.now >= snapshot.inventory.event.start_time)
    return booking, payment


def _payment_unavailable(message: str, booking: Booking) -> PaymentUnavailable:
    """Return the error for a booking whose payment has not succeeded yet, with the time until which it can be paid."""
    until = booking.expires_at
    if until is not None:
        message = f"{message} An unpaid booking is held until {format_time(to_rfc3339(until))}."
    return PaymentUnavailable(message, booking_id=str(booking.id), expires_at=until)


def _refuse_payment(booking: Booking, *, has_started: bool) -> NotPayable | EventStarted:
    if booking.status is BookingStatus.PENDING:
        return NotPayable("The booking is being paid.")
    if booking.status is BookingStatus.EXPIRED and has_started:
        return EventStarted("This event has started; its bookings can no longer be paid. You were not charged.")
    return NotPayable(f"The booking is {booking.status}; only one that is pending can be paid.")


async def record_outcome(
    uow: BookingUnitOfWork, payment: Payment, charge: Charge, context: AllocationContext
) -> Booking:
    """Record the outcome of a payment and return its booking afterwards. Commits. Idempotent.

    A charge for a booking that is no longer pending becomes due to be refunded.
    """
    known = await uow.bookings.get(payment.booking_id)
    snapshot = await uow.inventory.for_booking(known, context.now)
    booking, payment = await uow.bookings.get(known.id), await uow.payments.get_for_update(payment.id)
    if payment.status is not PaymentStatus.OPEN:
        return booking
    was_pending = booking.status is BookingStatus.PENDING
    # A purchase is paid at once or fails: if the gateway knows of no charge, there will be none.
    is_declined = charge is Charge.DECLINED or (charge is Charge.UNKNOWN and booking.channel is Channel.PURCHASE)
    is_paid = charge is Charge.APPROVED
    booking, changes = apply_payment(snapshot, booking, paid=is_paid, declined=is_declined, context=context)
    await apply_changes(uow, changes)
    await uow.payments.save(payment.become(_status_after(charge, was_pending=was_pending), context.now))
    await uow.commit()
    return booking


def _status_after(charge: Charge, *, was_pending: bool) -> PaymentStatus:
    match charge:
        case Charge.DECLINED:
            return PaymentStatus.DECLINED
        case Charge.UNKNOWN:
            return PaymentStatus.VOID
        case Charge.APPROVED:
            return PaymentStatus.CAPTURED if was_pending else PaymentStatus.REFUND_DUE


def payment_declined() -> PaymentDeclined:
    """Return the refusal of a request whose payment was declined, and of every request that repeats it."""
    return PaymentDeclined("The payment was declined; the places are free again.")
