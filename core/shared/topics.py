"""What messages are about. A program may ask to hear of these; each person hears of what is theirs."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    BOOKING_CONFIRMED = "booking.confirmed"
    BOOKING_PENDING = "booking.pending"
    """Places are held until they are paid."""
    BOOKING_WAITLISTED = "booking.waitlisted"
    BOOKING_OFFERED = "booking.offered"
    """Moved up from the waiting line, and has to be paid."""
    BOOKING_PROMOTED = "booking.promoted"
    """Moved up from the waiting line, and has its places."""
    BOOKING_EXPIRED = "booking.expired"
    BOOKING_PAYMENT_FAILED = "booking.payment-failed"
    BOOKING_CANCELLED = "booking.cancelled"
    PAYMENT_REFUNDED = "payment.refunded"
    EVENT_CREATED = "event.created"
    EVENT_CHANGED = "event.changed"
    EVENT_CANCELLED = "event.cancelled"

    @property
    def is_of_event(self) -> bool:
        """Whether it befalls an event, which programs hear of once, however many have booked."""
        return self.startswith("event.")
