"""The topics of messages about bookings and events. People get those about their own bookings."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    BOOKING_CONFIRMED = "booking.confirmed"
    BOOKING_PENDING = "booking.pending"
    """Places are held until they are paid."""
    BOOKING_WAITLISTED = "booking.waitlisted"
    BOOKING_OFFERED = "booking.offered"
    """Promoted from the waitlist, and not paid yet."""
    BOOKING_PROMOTED = "booking.promoted"
    """Promoted from the waitlist and confirmed."""
    BOOKING_WAITLIST_CLOSED = "booking.waitlist-closed"
    """The registration deadline passed while the party was waiting."""
    BOOKING_TOO_LARGE = "booking.too-large"
    """The capacity was reduced to less than the waiting party."""
    BOOKING_EXPIRED = "booking.expired"
    BOOKING_PAYMENT_FAILED = "booking.payment-failed"
    BOOKING_CANCELLED = "booking.cancelled"
    PAYMENT_REFUNDED = "payment.refunded"
    EVENT_CREATED = "event.created"
    EVENT_CHANGED = "event.changed"
    EVENT_DEACTIVATED = "event.deactivated"
    """Hidden, while bookings of it are still valid."""
    EVENT_CANCELLED = "event.cancelled"

    @property
    def is_about_event(self) -> bool:
        """Whether it is about an event. Webhooks get such a message once, however many bookings the event has."""
        return self.startswith("event.")


EVENT_TOPICS = frozenset(topic for topic in Topic if topic.is_about_event)
