"""Bookings, tickets and the inventory of an event, with their rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from core.booking.errors import (
    AlreadyCheckedIn,
    EventNotOpen,
    EventStarted,
    NoSuchEvent,
    NotBookable,
    RegistrationClosed,
    TicketVoid,
)
from core.shared.access import Principal
from core.shared.errors import Forbidden, Refusal
from core.shared.ids import BookingId, EventId, IdGenerator, TicketId, UserId
from core.shared.secrets import Secrets
from core.shared.text import fold_text
from core.shared.versions import Version, version_of

MAX_SEATS = 100_000
HOLDS_AT_ONCE, PARTIES_AT_ONCE = 50, 50
"""How many expired holds a step releases and how many waiting parties it promotes, at most: the event is locked
meanwhile. The transactions that follow go on.
"""


class BookingStatus(StrEnum):
    PENDING = "pending"
    """Holds its places until it is paid or the hold expires."""
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Not paid in time, or still waiting at the registration deadline."""
    FAILED = "failed"
    """Its payment was declined."""


HOLDING = frozenset({BookingStatus.PENDING, BookingStatus.CONFIRMED})
ACTIVE = HOLDING | {BookingStatus.WAITLISTED}
ENDED = frozenset(BookingStatus) - ACTIVE


class Channel(StrEnum):
    """How a booking was made."""

    BOOK = "book"
    PURCHASE = "purchase"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person without an account. `email` is normalised."""

    full_name: str
    email: str

    @property
    def search_text(self) -> str:
        """What organizers find the person by: the name and email address, folded."""
        return fold_text(f"{self.full_name}\n{self.email}")


@dataclass(frozen=True, slots=True)
class Holder:
    """The name and email address of the person who has a booking, with or without an account."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class HoldDurations:
    """How long places are held until they are paid: `hold` after booking, `offer` after promotion from the waitlist."""

    hold: timedelta
    offer: timedelta


@dataclass(frozen=True, slots=True)
class TicketFactory:
    """Makes ids for tickets, and codes that nobody can guess."""

    ids: IdGenerator
    secrets: Secrets

    def new_id(self) -> TicketId:
        return TicketId(self.ids.new())

    def new_code(self) -> str:
        """Return 132 random bits as 22 characters: short enough for a small QR code, infeasible to guess."""
        return self.secrets.new()[:22]


@dataclass(frozen=True, slots=True)
class EventSummary:
    """The event of a booking or ticket: what is shown of it, and the rules for seeing and managing it.

    `location` is one line of text: the venue, or else the area, and the city.
    """

    id: EventId
    name: str
    start_time: datetime
    end_time: datetime
    timezone: str
    venue: str | None
    location: str
    organizer_id: UserId | None
    is_hidden: bool
    is_cancelled: bool

    def must_be_seen_by(self, viewer: Principal | None) -> None:
        """Raise NoSuchEvent if the event is hidden and the viewer is neither its organizer nor an admin."""
        if self.is_hidden and not (viewer and viewer.manages(self.organizer_id)):
            raise NoSuchEvent("There is no such event.")

    def must_be_managed_by(self, person: Principal) -> None:
        """Raise Forbidden unless this is its organizer or an admin, or NoSuchEvent if it is hidden from them."""
        self.must_be_seen_by(person)
        if not person.manages(self.organizer_id):
            raise Forbidden("Only its organizer and admins may do that.")


@dataclass(frozen=True, slots=True)
class Inventory:
    """The places of one event, and what decides whether they can be booked.

    `capacity` None is unlimited. `held` counts the places of confirmed and pending bookings, `waiting` the parties on
    the waitlist; `last_waitlist_number` is the highest number given out so far. `seats_per_row` is None for an event
    without a seat map.
    """

    event: EventSummary
    capacity: int | None
    held: int
    waiting: int
    last_waitlist_number: int
    is_open: bool
    is_cancelled: bool
    is_sold_here: bool
    price: Decimal
    currency: str
    registration_deadline: datetime
    seats_per_row: int | None = None

    @property
    def has_seats(self) -> bool:
        return self.seats_per_row is not None

    def seats_to_create(self, now: datetime) -> int | None:
        """Return how many seats to create for a booking by seat; None if a seat map exists or can't be created now."""
        if self.has_seats or self.reason_closed(now) is not None or self.capacity is None or self.capacity > MAX_SEATS:
            return None
        return self.capacity

    def fits(self, quantity: int) -> bool:
        return self.capacity is None or self.held + quantity <= self.capacity

    def max_promotions(self, freed: int) -> int:
        """Return how many parties a step can promote at most when `freed` places become free: each needs one."""
        free = PARTIES_AT_ONCE if self.capacity is None else max(self.capacity - self.held + freed, 0)
        return min(free, PARTIES_AT_ONCE)

    def max_releases(self, wanted: int = 0) -> int:
        """Return how many expired holds a step releases at most: as many as might be needed for the `wanted` places,
        since each hold has at least one.
        """
        needed = 0 if self.capacity is None else self.held + wanted - self.capacity
        return max(needed, HOLDS_AT_ONCE)

    def count_wanted(self, head: Sequence[Booking], requested: int) -> int:
        """Return how many places are needed for the `requested` ones, with those of the waiting parties that are served
        before them.

        It is 0 if more parties wait than `head`, the first of the waitlist: then new requests have to wait, too.
        """
        if len(head) < self.waiting:
            return 0
        return sum(party.quantity for party in head) + requested

    def reason_closed(self, now: datetime) -> Refusal | None:
        """Return why the event can't be booked now, or None if it can."""
        reasons: tuple[tuple[bool, type[Refusal], str], ...] = (
            (self.event.is_hidden, NoSuchEvent, "There is no such event."),
            (not self.is_sold_here, NotBookable, "This event is sold elsewhere; follow its link to book."),
            (not self.is_open, EventNotOpen, "This event is not open for booking."),
            (now >= self.event.start_time, EventStarted, "This event has started."),
            (now >= self.registration_deadline, RegistrationClosed, "The time to book this event is over."),
        )
        return next((refusal(message) for applies, refusal, message in reasons if applies), None)


@dataclass(frozen=True, slots=True)
class Booking:
    """The places of one party at one event. `amount` is the price of all of them, in major units.

    `waitlist_number` orders the waitlist. A pending booking expires at `expires_at`, except while it is `paying`:
    whether that payment succeeded is not known yet, so its places must not go to anybody else. It has either a
    `user_id` or a `visitor`, until the person deletes their account after the event: then it has neither.
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

    def end(self, status: BookingStatus, now: datetime) -> Booking:
        """Return the booking ended with this status, without its places."""
        return replace(self, status=status, seats=(), expires_at=None, waitlist_number=None, updated_at=now)

    def is_offer(self, hold: timedelta) -> bool:
        """Return whether it is pending because it was promoted from the waitlist: then it expires later than a booking
        whose places are held for `hold` from the start.
        """
        return (
            self.status is BookingStatus.PENDING
            and self.expires_at is not None
            and self.expires_at > self.created_at + hold
        )

    def is_expired(self, now: datetime) -> bool:
        """Return whether its hold has expired."""
        return (
            self.status is BookingStatus.PENDING
            and not self.paying
            and self.expires_at is not None
            and self.expires_at <= now
        )


@dataclass(frozen=True, slots=True)
class Ticket:
    """One confirmed place. Its code alone admits to the event, so nobody must be able to guess it."""

    id: TicketId
    booking_id: BookingId
    event_id: EventId
    code: str
    is_void: bool = False
    checked_in_at: datetime | None = None

    @property
    def status(self) -> str:
        return "void" if self.is_void else "used" if self.checked_in_at else "valid"

    def check_in(self, now: datetime) -> Ticket:
        """Return the ticket marked as used. Raises TicketVoid or AlreadyCheckedIn."""
        self._must_not_be_void()
        if self.checked_in_at is not None:
            raise AlreadyCheckedIn("This ticket has been used already.", checked_in_at=self.checked_in_at)
        return replace(self, checked_in_at=now)

    def undo_check_in(self) -> Ticket:
        """Return the ticket as if it had not been used. Raises TicketVoid."""
        self._must_not_be_void()
        return replace(self, checked_in_at=None)

    def _must_not_be_void(self) -> None:
        if self.is_void:
            raise TicketVoid("This ticket is no longer valid: its booking was cancelled.")


def must_be_cancellable(event: EventSummary, tickets: Sequence[Ticket], now: datetime) -> None:
    """Raise EventStarted or AlreadyCheckedIn if the owner of a booking with these tickets may no longer cancel it."""
    if now >= event.start_time:
        raise EventStarted("This event has started; its bookings can no longer be cancelled.")
    if used := [ticket.checked_in_at for ticket in tickets if ticket.checked_in_at is not None]:
        message = "A ticket of this booking has been used; the booking can no longer be cancelled."
        raise AlreadyCheckedIn(message, checked_in_at=min(used))
