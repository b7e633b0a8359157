"""Payments (B5): a state machine that can be stopped between any two steps and taken up again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.shared.ids import BookingId, PaymentId


class PaymentStatus(StrEnum):
    OPEN = "open"
    """The gateway may have been asked; what it did is not known here."""
    CAPTURED = "captured"
    DECLINED = "declined"
    VOID = "void"
    """The gateway never charged it, and never will."""
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"


NEXT: dict[PaymentStatus, frozenset[PaymentStatus]] = {
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

    def moved(self, to: PaymentStatus, now: datetime) -> Payment:
        """Raises ValueError for a step the state machine does not have: a mistake of ours."""
        if to not in NEXT[self.status]:
            raise ValueError(f"a payment that is {self.status} can't become {to}")
        return replace(self, status=to, updated_at=now)

    def postponed(self, now: datetime) -> Payment:
        """The same, but no longer the first to be asked about: one that never ends must not keep others waiting."""
        return replace(self, updated_at=now)


class Charge(StrEnum):
    """What the gateway says of a payment."""

    APPROVED = "approved"
    DECLINED = "declined"
    UNKNOWN = "unknown"
    """It has never heard of it."""
