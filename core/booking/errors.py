"""Refusals of the booking slice."""

from __future__ import annotations

from collections.abc import Sequence

from core.shared.errors import Conflict, Invalid, NotFound, PaymentRequired, Unavailable


class NoSuchEvent(NotFound):
    """There is no such event, or it is hidden."""

    code = "event-not-found"


class BookingNotFound(NotFound):
    """There is no such booking, or it is somebody else's."""

    code = "booking-not-found"


class IdempotencyKeyMissing(Invalid):
    """A booking needs an `Idempotency-Key`, so that a retry never books twice."""

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
    """The event is a listing: its places are sold elsewhere."""

    code = "not-bookable"


class SoldOut(Conflict):
    """Not enough places are left for the whole party."""

    code = "sold-out"


class ExceedsCapacity(Invalid):
    """The party is larger than the total capacity of the event."""

    code = "exceeds-capacity"


class UnknownSeat(Invalid):
    """The event has no such seats; `seats` names them."""

    code = "unknown-seat"

    def __init__(self, seats: Sequence[str]) -> None:
        super().__init__(f"This event has no seat {', '.join(seats)}.", seats=list(seats))


class SeatUnavailable(Conflict):
    """Some of the seats are taken; `seats` names them. Seats are booked all or nothing."""

    code = "seat-unavailable"

    def __init__(self, seats: Sequence[str]) -> None:
        super().__init__(f"Already taken: {', '.join(seats)}.", seats=list(seats))


class SeatsTaken(Conflict):
    """Bookings have seats of the seat map, which can't be replaced or removed now."""

    code = "seats-taken"


class CapacityBelowBooked(Conflict):
    """More places are taken than the new capacity has, or seats that would be deleted are taken."""

    code = "capacity-below-booked"


class AlreadyRegistered(Conflict):
    """This email address is already registered for the event."""

    code = "already-registered"


class AlreadyPurchased(Conflict):
    """This person has a booking for the event already: confirmed, held or waitlisted."""

    code = "already-purchased"


class NotPayable(Conflict):
    """The booking is not pending: it is paid, cancelled or expired, or is being paid right now."""

    code = "not-payable"


class PaymentDeclined(PaymentRequired):
    """The payment was declined, and the places are free again."""

    code = "payment-declined"


class PaymentNeeded(PaymentRequired):
    """The event has a price; registration is for free events only."""

    code = "payment-required"


class PaymentUnavailable(Unavailable):
    """It is not known yet whether the payment succeeded. The places stay held until it is known, and nobody is charged
    twice. `booking_id` is the booking; if it turns out to be unpaid, it is held until `expires_at`.
    """

    code = "payment-unavailable"


class BadBookingLink(Invalid):
    """The link is not one of ours, or is incomplete."""

    code = "bad-booking-link"


class TicketNotFound(NotFound):
    """There is no such ticket, or it is somebody else's."""

    code = "ticket-not-found"


class WrongEvent(NotFound):
    """The ticket is for another event."""

    code = "wrong-event"


class TicketVoid(Conflict):
    """The ticket is no longer valid: its booking was cancelled."""

    code = "ticket-void"


class EventCancelled(Conflict):
    """The event is cancelled, and its tickets admit nobody."""

    code = "event-cancelled"


class TooEarly(Conflict):
    """Check-in has not begun; `opens_at` says when it does."""

    code = "too-early"


class AlreadyCheckedIn(Conflict):
    """The ticket, or one of the booking's tickets, has been used; `checked_in_at` says when."""

    code = "already-checked-in"


class PhotoTooLarge(Invalid):
    """The photo of a ticket has too many bytes or too many pixels."""

    code = "photo-too-large"


class PhotoUnreadable(Invalid):
    """What was sent as the photo of a ticket is no picture, or is damaged or in a format that is not accepted."""

    code = "photo-unreadable"


class NoCodeInPhoto(Invalid):
    """The photo shows no QR code that can be read."""

    code = "no-code-in-photo"


class SeveralCodesInPhoto(Invalid):
    """The photo shows several QR codes, so that it is not known which ticket is meant."""

    code = "several-codes-in-photo"
