"""Bookings, tickets, and the inventory of an event (B1-B5, B10-B13): what they are, and who may do what with them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.booking.errors import (
    AlreadyCheckedIn,
    BookingNotFound,
    EventNotOpen,
    EventStarted,
    IdempotencyKeyMissing,
    NoSuchEvent,
    NotBookable,
    RegistrationClosed,
    TicketNotFound,
)
from core.shared.access import Principal
from core.shared.email import NO_EMAIL, is_email, normalise_email
from core.shared.errors import Forbidden, InvalidFields, Refusal
from core.shared.ids import BookingId, EventId, IdGenerator, TicketId, UserId
from core.shared.secrets import Secrets
from core.shared.versions import Version, version_of

MAX_PARTY_SIZE = 10
MAX_SEATS = 100_000
MAX_VISITOR_NAME = 100
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_in_order = json.JSONEncoder(sort_keys=True).encode


class BookingStatus(StrEnum):
    PENDING = "pending"
    """Holds its places until it is paid or its time is up."""
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"
    """Its payment was declined."""


HOLDING = frozenset({BookingStatus.PENDING, BookingStatus.CONFIRMED})
ACTIVE = HOLDING | {BookingStatus.WAITLISTED}
ENDED = frozenset(BookingStatus) - ACTIVE


class Channel(StrEnum):
    """How a booking came about."""

    BOOK = "book"
    PURCHASE = "purchase"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody without an account (B12). `email` is kept in lower case."""

    full_name: str
    email: str


@dataclass(frozen=True, slots=True)
class HoldDurations:
    """How long places are held: for who booked them, and for who was offered them from the waiting line."""

    hold: timedelta
    offer: timedelta


@dataclass(frozen=True, slots=True)
class TicketFactory:
    """Where tickets get their ids, and codes that nobody can guess."""

    ids: IdGenerator
    secrets: Secrets

    def ticket_id(self) -> TicketId:
        return TicketId(self.ids.new())

    def code(self) -> str:
        """132 of the random bits: short enough for a small picture, far too many to try."""
        return self.secrets.new()[:22]


@dataclass(frozen=True, slots=True)
class EventSummary:
    """What bookings and tickets say of their event, and who may see and manage it.

    `place` is where it is in a line: the venue, or else the area, and the city.
    """

    id: EventId
    name: str
    start_time: datetime
    end_time: datetime
    timezone: str
    venue: str | None
    place: str
    organizer_id: UserId | None
    is_hidden: bool

    def must_be_seen_by(self, viewer: Principal | None) -> None:
        """Raises NoSuchEvent when it is hidden from all but its organizer and admins."""
        if self.is_hidden and not (viewer and viewer.manages(self.organizer_id)):
            raise NoSuchEvent("There is no such event.")

    def must_be_managed_by(self, person: Principal) -> None:
        """Raises Forbidden for all but its organizer and admins; NoSuchEvent when it is hidden from them, too."""
        self.must_be_seen_by(person)
        if not person.manages(self.organizer_id):
            raise Forbidden("Only its organizer and admins may do that.")


@dataclass(frozen=True, slots=True)
class Inventory:
    """The places of one event, and what decides whether they are given away.

    `capacity` None is unlimited. `held` counts confirmed and pending bookings, `waiting` the parties in line, and
    `last_number` the parties that ever stood in it. `seats_per_row` is None for an event without a seat map.
    """

    event: EventSummary
    capacity: int | None
    held: int
    waiting: int
    last_number: int
    is_open: bool
    is_cancelled: bool
    is_ours: bool
    price: Decimal
    currency: str
    registration_deadline: datetime
    seats_per_row: int | None = None

    @property
    def is_mapped(self) -> bool:
        return self.seats_per_row is not None

    def seats_to_map(self, now: datetime) -> int | None:
        """How many seats the event gets when somebody books by seat; None when it has a map, or can't have one now."""
        if self.is_mapped or self.closed(now) is not None or self.capacity is None or self.capacity > MAX_SEATS:
            return None
        return self.capacity

    def fits(self, quantity: int) -> bool:
        return self.capacity is None or self.held + quantity <= self.capacity

    def closed(self, now: datetime) -> Refusal | None:
        """Why nobody at all can book now."""
        reasons: tuple[tuple[bool, type[Refusal], str], ...] = (
            (self.event.is_hidden, NoSuchEvent, "There is no such event."),
            (not self.is_ours, NotBookable, "This event is sold elsewhere; follow its link."),
            (not self.is_open, EventNotOpen, "This event is not open for booking."),
            (now >= self.event.start_time, EventStarted, "This event has started."),
            (now >= self.registration_deadline, RegistrationClosed, "The time to book this event is over."),
        )
        return next((refusal(why) for applies, refusal, why in reasons if applies), None)


@dataclass(frozen=True, slots=True)
class Booking:
    """The places of one party at one event. `amount` is what they cost together, in major units.

    `waitlist_number` orders the waiting line. `expires_at` ends a pending booking, unless a payment of it is `paying`:
    whether that went through is not known yet, so its places are not given to anybody else.
    """

    id: BookingId
    event_id: EventId
    quantity: int
    status: BookingStatus
    amount: Decimal
    currency: str
    channel: Channel
    created_at: datetime
    updated_at: datetime
    user_id: UserId | None = None
    visitor: Visitor | None = None
    seats: tuple[str, ...] = ()
    waitlist_number: int | None = None
    expires_at: datetime | None = None
    paying: bool = False

    @property
    def version(self) -> Version:
        return version_of(self.updated_at)

    def must_be_of(self, person: Principal) -> None:
        """Raises BookingNotFound: somebody else's booking is as if it were not there."""
        if not person.owns(self.user_id):
            raise BookingNotFound("There is no such booking.")

    def is_due(self, now: datetime) -> bool:
        """Whether its time to be paid is over."""
        return (
            self.status is BookingStatus.PENDING
            and not self.paying
            and self.expires_at is not None
            and self.expires_at <= now
        )


@dataclass(frozen=True, slots=True)
class Ticket:
    """One confirmed place. Its code is all that is asked at the door, so nobody can guess it (B10)."""

    id: TicketId
    booking_id: BookingId
    event_id: EventId
    code: str
    is_void: bool = False
    checked_in_at: datetime | None = None

    @property
    def status(self) -> str:
        return "void" if self.is_void else "used" if self.checked_in_at else "valid"

    def checked_in(self, now: datetime) -> Ticket:
        """The ticket used, once. Raises AlreadyCheckedIn; TicketNotFound for one that is void."""
        if self.is_void:
            raise TicketNotFound("This ticket is no longer valid: its booking was given back.")
        if self.checked_in_at is not None:
            raise AlreadyCheckedIn("This ticket was used before.", checked_in_at=self.checked_in_at)
        return replace(self, checked_in_at=now)


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """What an idempotency key was used for: the request's fingerprint, the booking it made, and whether that had to
    wait in line (B3).
    """

    user_id: UserId
    event_id: EventId
    key: str
    fingerprint: str
    booking_id: BookingId
    was_waitlisted: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A party asking for places, with the id its booking will have.

    `seats` are labels or ids, as `party` gives them; none is any seats. A `key` comes with the `fingerprint` of what is
    asked and the `user_id` of who asks. `pays_at_once`: the payment follows by itself.
    """

    booking_id: BookingId
    quantity: int
    channel: Channel = Channel.BOOK
    user_id: UserId | None = None
    visitor: Visitor | None = None
    seats: tuple[str, ...] = ()
    may_wait: bool = True
    key: str | None = None
    fingerprint: str = ""
    pays_at_once: bool = False


def check_quantity(quantity: int) -> None:
    """Raises InvalidFields."""
    if not 1 <= quantity <= MAX_PARTY_SIZE:
        raise InvalidFields({"quantity": [f"Must be 1 to {MAX_PARTY_SIZE}."]})


def party(quantity: int | None, seat_ids: tuple[str, ...] | None) -> tuple[int, tuple[str, ...]]:
    """How many places, and which: by quantity or by seats, one of the two. Labels come out in capitals, ids as they are
    written. Raises InvalidFields.
    """
    if (quantity is None) == (seat_ids is None):
        raise InvalidFields({"quantity": ["Say either a quantity or the seats."]})
    if seat_ids is None:
        check_quantity(quantity or 0)
        return quantity or 0, ()
    if not 1 <= len(seat_ids) <= MAX_PARTY_SIZE:
        raise InvalidFields({"seat_ids": [f"Must name 1 to {MAX_PARTY_SIZE} seats."]})
    names = tuple(_seat_name(seat) for seat in seat_ids)
    if len(set(names)) < len(names):
        raise InvalidFields({"seat_ids": ["Names a seat twice."]})
    return len(names), names


def _seat_name(name: str) -> str:
    try:
        return str(UUID(name))
    except ValueError:
        return name.upper()


def visitor(full_name: str, email: str) -> Visitor:
    """Raises InvalidFields."""
    errors: dict[str, list[str]] = {}
    if not 1 <= len(full_name.strip()) <= MAX_VISITOR_NAME:
        errors["full_name"] = [f"Must be 1 to {MAX_VISITOR_NAME} characters long."]
    if not is_email(email):
        errors["email"] = [NO_EMAIL]
    if errors:
        raise InvalidFields(errors)
    return Visitor(full_name.strip(), normalise_email(email))


def read_key(header: str | None) -> str:
    """The idempotency key of a request, 1 to 255 visible ASCII characters, quoted or bare.

    The quoted form is the one of draft-ietf-httpapi-idempotency-key-header. Raises IdempotencyKeyMissing when there
    is none, InvalidFields when it is no key.
    """
    if header is None or not header.strip():
        raise IdempotencyKeyMissing("Send an Idempotency-Key header, so that a retry never books twice.")
    key = header.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise InvalidFields({"Idempotency-Key": ["Must be 1 to 255 visible ASCII characters."]})
    return key


def fingerprint(request: Mapping[str, object]) -> str:
    """What two requests under one key must have in common: a SHA-256 of their content, whatever its order."""
    return hashlib.sha256(_in_order(request).encode()).hexdigest()
