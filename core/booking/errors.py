"""Refusals of booking."""

from __future__ import annotations

from core.shared.errors import Conflict, Invalid, NotFound


class NoSuchEvent(NotFound):
    """There is no such event to book, or it is hidden."""

    code = "event-not-found"


class BookingNotFound(NotFound):
    """There is no such booking, or it is somebody else's."""

    code = "booking-not-found"


class IdempotencyKeyMissing(Invalid):
    """A booking needs an `Idempotency-Key`, so that a retry never books twice (B3)."""

    code = "idempotency-key-missing"


class IdempotencyKeyReused(Invalid):
    """The key was used for another request on this event."""

    code = "idempotency-key-reused"


class EventNotOpen(Conflict):
    """The event is closed or cancelled."""

    code = "event-not-open"


class EventStarted(Conflict):
    """The event has started."""

    code = "event-started"


class RegistrationClosed(Conflict):
    """The registration deadline has passed."""

    code = "registration-closed"


class NotBookable(Conflict):
    """A listing: its places are sold elsewhere (B13)."""

    code = "not-bookable"


class SoldOut(Conflict):
    """Not enough places are left for the whole party (B2)."""

    code = "sold-out"


class ExceedsCapacity(Invalid):
    """More places than the event has at all."""

    code = "exceeds-capacity"
