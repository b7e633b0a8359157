"""The states of a booking as people see them. Each has its own template in `booking/states/`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.booking.errors import AlreadyCheckedIn, EventStarted
from core.booking.model import ACTIVE, BookingStatus, must_be_cancellable
from core.booking.payment import PaymentStatus
from core.booking.ports import BookingView


class BookingState(StrEnum):
    CONFIRMED = "confirmed"
    PAST = "past"
    """Confirmed, and the event has ended."""
    HELD = "held"
    OFFERED = "offered"
    """Held since it was promoted from the waitlist."""
    PAYING = "paying"
    """Whether the payment succeeded is not known yet."""
    WAITING = "waiting"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    EVENT_CANCELLED = "event-cancelled"

    @property
    def may_change(self) -> bool:
        """Return whether it will change, perhaps soon and without the viewer's doing."""
        return self in _CHANGING


_CHANGING = frozenset({BookingState.HELD, BookingState.OFFERED, BookingState.PAYING, BookingState.WAITING})
_STATES = {
    BookingStatus.WAITLISTED: BookingState.WAITING,
    BookingStatus.FAILED: BookingState.DECLINED,
    BookingStatus.EXPIRED: BookingState.EXPIRED,
    BookingStatus.CANCELLED: BookingState.CANCELLED,
}
_REFUNDED = frozenset({PaymentStatus.REFUND_DUE, PaymentStatus.REFUNDED})


def state_of(view: BookingView, now: datetime) -> BookingState:
    """Return the state of a booking that was read as of now."""
    booking = view.booking
    if view.event.is_cancelled:
        return BookingState.EVENT_CANCELLED
    if booking.status is BookingStatus.CONFIRMED:
        return BookingState.PAST if now >= view.event.end_time else BookingState.CONFIRMED
    if booking.status is BookingStatus.PENDING:
        held = BookingState.OFFERED if view.is_offer else BookingState.HELD
        return BookingState.PAYING if booking.paying else held
    return _STATES[booking.status]


def is_live(view: BookingView, state: BookingState) -> bool:
    """Return whether the page of a booking may change while it is open."""
    is_refund_due = view.payment is not None and view.payment.status is PaymentStatus.REFUND_DUE
    return state.may_change or state is BookingState.CONFIRMED or is_refund_due


def refund_of(view: BookingView) -> Decimal | None:
    """Return what is paid back, or was; None if nothing is."""
    payment = view.payment
    return payment.amount if payment and payment.status in _REFUNDED else None


def refund_if_cancelled(view: BookingView) -> Decimal | None:
    """Return what would be paid back if the booking were cancelled; None if nothing was paid."""
    payment = view.payment
    return payment.amount if payment and payment.status is PaymentStatus.CAPTURED else None


def reason_not_cancellable(view: BookingView, now: datetime) -> str | None:
    """Return why the owner can't cancel the booking any more; None if they can."""
    if view.booking.status not in ACTIVE:
        return "This booking has ended already."
    try:
        must_be_cancellable(view.event, view.tickets, now)
    except (EventStarted, AlreadyCheckedIn) as refusal:
        return refusal.detail
    return None
