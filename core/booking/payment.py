"""Payments: a state machine that can stop between any two steps and be resumed later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.shared.ids import BookingId, PaymentId


class PaymentStatus(StrEnum):
    OPEN = "open"
    """The gateway may have been asked; the outcome is not known here."""
    CAPTURED = "captured"
    DECLINED = "declined"
    VOID = "void"
    """The gateway has not charged it, and never will."""
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"


NEXT_STATUSES: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.OPEN: frozenset(
        {PaymentStatus.CAPTURED, PaymentStatus.DECLINED, PaymentStatus.VOID, PaymentStatus.REFUND_DUE}
    ),
    PaymentStatus.CAPTURED: frozenset({PaymentStatus.REFUND_DUE}),
    PaymentStatus.REFUND_DUE: frozenset({PaymentStatus.REFUNDED}),
    PaymentStatus.DECLINED: frozenset(),
    PaymentStatus.VOID: frozenset(),
    PaymentStatus.REFUNDED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to pay a booking. Its id is the gateway's idempotency key: asked twice, it charges once."""

    id: PaymentId
    booking_id: BookingId
    amount: Decimal
    currency: str
    status: PaymentStatus
    created_at: datetime
    updated_at: datetime

    def become(self, status: PaymentStatus, now: datetime) -> Payment:
        """Return the payment with its next status. Raises ValueError, a programming error, for a transition that is
        not allowed.
        """
        if status not in NEXT_STATUSES[self.status]:
            raise ValueError(f"a payment that is {self.status} can't become {status}")
        return replace(self, status=status, updated_at=now)

    @property
    def refunded(self) -> Decimal:
        """The amount that was paid back."""
        return self.amount if self.status is PaymentStatus.REFUNDED else Decimal(0).quantize(self.amount)

    def postpone(self, now: datetime) -> Payment:
        """Return the payment moved to the end of the queue: one that never settles must not keep others waiting."""
        return replace(self, updated_at=now)


class Charge(StrEnum):
    """The answer of the gateway about a payment."""

    APPROVED = "approved"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    """The gateway knows of no such payment."""
