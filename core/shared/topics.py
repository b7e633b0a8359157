"""What programs can hear of: the topics that webhooks choose from."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """What happened to a booking or to an event. A place in line is offered when it has to be paid, else promoted."""

    BOOKING_CONFIRMED = "booking.confirmed"
    BOOKING_PENDING = "booking.pending"
    BOOKING_WAITLISTED = "booking.waitlisted"
    BOOKING_OFFERED = "booking.offered"
    BOOKING_PROMOTED = "booking.promoted"
    BOOKING_EXPIRED = "booking.expired"
    BOOKING_PAYMENT_FAILED = "booking.payment-failed"
    BOOKING_CANCELLED = "booking.cancelled"
    PAYMENT_REFUNDED = "payment.refunded"
    EVENT_CREATED = "event.created"
    EVENT_CHANGED = "event.changed"
    EVENT_CANCELLED = "event.cancelled"
