"""What booking needs from outside: a store that locks an event while its places are given away, and a gateway."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from core.booking.inventory import ChangeSet, InventorySnapshot
from core.booking.model import Booking, BookingStatus, EventSummary, Request, Ticket
from core.booking.notices import BookingNotice
from core.booking.payment import Charge, Payment
from core.booking.seats import Seat
from core.shared.ids import BookingId, EventId, PaymentId, TicketId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.unit_of_work import UnitOfWork
from core.shared.webhooks import WebhookSubscribers


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking as it is shown; `position` counts from 1 for a party in line, and is None for any other."""

    booking: Booking
    event: EventSummary
    tickets: tuple[Ticket, ...] = ()
    position: int | None = None

    def as_of(self, now: datetime) -> BookingView:
        """With a hold whose time is up shown as what it is, swept or not (B4)."""
        if not self.booking.is_due(now):
            return self
        return replace(self, booking=replace(self.booking, status=BookingStatus.EXPIRED, expires_at=None, seats=()))


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as it is shown, with its seat if it has one and whose it is."""

    ticket: Ticket
    event: EventSummary
    user_id: UserId | None
    seat: str | None

    @staticmethod
    def of(view: BookingView, ticket: Ticket) -> TicketView:
        """A ticket of a booking: the first ticket has the first seat, and so on."""
        place = [each.id for each in view.tickets].index(ticket.id)
        seats = view.booking.seats
        return TicketView(ticket, view.event, view.booking.user_id, seats[place] if place < len(seats) else None)


@dataclass(frozen=True, slots=True)
class PlacedBooking:
    """A booking; whether it had to wait in line when it was made, and whether an earlier request with the same key had
    made it.
    """

    view: BookingView
    was_waitlisted: bool = False
    replayed: bool = False


class BookingBatcher(Protocol):
    """Where parties ask for places."""

    @abstractmethod
    async def place(self, event_id: EventId, request: Request) -> PlacedBooking:
        """Decide the request by `allocation.settle`, first come first served, and return when that is durable.

        Requests for one event that arrive together may be settled in one transaction; each is refused alone.
        Raises NoSuchEvent, the request's own refusal, or Unavailable when it was not decided and may be sent again.
        """

    @abstractmethod
    async def finish(self) -> None:
        """Return when everybody who has asked has an answer."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Which parts of an event's book a step needs.

    `freed` is how many places it may free beside those of holds that are due, None any number; `bookings` those
    whose seats it may take back; `seats` those that are asked for by name; `seats_from` the seats from that number on;
    `any_seats` how many seats parties may take that do not name theirs; `room` the capacity the step may give the
    event.
    """

    freed: int | None = 0
    bookings: tuple[BookingId, ...] = ()
    seats: tuple[str, ...] = ()
    seats_from: int | None = None
    any_seats: int = 0
    room: int | None = None


NOTHING_MORE = Looking()


class InventoryRepository(Protocol):
    @abstractmethod
    async def get_for_update(
        self, event_id: EventId, now: datetime, looking: Looking = NOTHING_MORE
    ) -> InventorySnapshot:
        """An event's places, locked until the unit of work ends. Raises NoSuchEvent.

        This is the first lock of every booking transaction: all who write to one event take turns here.
        """

    @abstractmethod
    async def active(self, event_id: EventId) -> Sequence[Booking]:
        """The bookings of an event that hold places or wait for some, in order of arrival."""

    @abstractmethod
    async def apply(self, change: ChangeSet) -> None:
        """Write what a step came to. The tickets of bookings that ended with it are void."""

    @abstractmethod
    async def close(self, event_id: EventId, now: datetime) -> None:
        """Cancel a locked event with all its bookings; their captured payments are due to be refunded (B14)."""

    @abstractmethod
    async def note_edit(self, event_id: EventId, now: datetime) -> None:
        """Give an event that its organizer has changed a new version, dated by `versions.date_of_edit`."""

    @abstractmethod
    async def card(self, event_id: EventId) -> EventSummary:
        """Raises NoSuchEvent."""

    @abstractmethod
    async def seats(self, event_id: EventId, now: datetime) -> Sequence[tuple[Seat, str]]:
        """An event's seats by number, each with its status: available, held or reserved."""


@dataclass(frozen=True, slots=True)
class BookingFilter:
    """Which bookings; `upcoming_at` keeps those whose event has not ended by then."""

    user_id: UserId | None = None
    status: BookingStatus | None = None
    event_id: EventId | None = None
    upcoming_at: datetime | None = None


class Bookings(Protocol):
    @abstractmethod
    async def get(self, booking_id: BookingId) -> Booking:
        """Raises BookingNotFound."""

    @abstractmethod
    async def view(self, booking_id: BookingId) -> BookingView:
        """Raises BookingNotFound."""

    @abstractmethod
    async def views(self, booking_ids: Sequence[BookingId]) -> Mapping[BookingId, BookingView]:
        """Those of some bookings that are there."""

    @abstractmethod
    async def search(self, wanted: BookingFilter, page: PageRequest, now: datetime) -> Page[BookingView]:
        """The bookings that match as they are `as_of` now, newest first. Raises BadCursor."""

    @abstractmethod
    async def with_due(self, now: datetime, limit: int) -> Sequence[EventId]:
        """Events that have holds whose time is up."""


class Tickets(Protocol):
    @abstractmethod
    async def view(self, ticket_id: TicketId) -> TicketView:
        """Raises TicketNotFound."""

    @abstractmethod
    async def by_code_for_update(self, event_id: EventId, code: str) -> TicketView:
        """The ticket of an event with this code, locked until the unit of work ends. Raises TicketNotFound."""

    @abstractmethod
    async def of_booking_for_update(self, booking_id: BookingId) -> Sequence[Ticket]:
        """The tickets of a booking, locked until the unit of work ends."""

    @abstractmethod
    async def save(self, ticket: Ticket) -> None: ...

    @abstractmethod
    async def of_user(self, user_id: UserId, page: PageRequest) -> Page[TicketView]:
        """A person's tickets, newest first. Raises BadCursor."""


class Payments(Protocol):
    @abstractmethod
    async def add(self, payment: Payment) -> None: ...

    @abstractmethod
    async def get_for_update(self, payment_id: PaymentId) -> Payment:
        """The payment, locked until the unit of work ends."""

    @abstractmethod
    async def save(self, payment: Payment) -> None: ...

    @abstractmethod
    async def captured_for_update(self, booking_id: BookingId) -> Payment | None:
        """The payment that paid a booking, if one did, locked until the unit of work ends."""

    @abstractmethod
    async def unsettled(self, open_since: datetime, limit: int) -> Sequence[Payment]:
        """Payments that are due to be refunded, or open since that moment or longer, the oldest first."""


class BookingNotices(Protocol):
    """What is still to be told of bookings."""

    @abstractmethod
    async def add(self, notices: Sequence[BookingNotice]) -> None: ...

    @abstractmethod
    async def take(self, limit: int) -> Sequence[BookingNotice]:
        """The oldest notices that nobody else is taking. They are gone when the unit of work is committed."""


class BookingUnitOfWork(UnitOfWork, Protocol):
    inventory: InventoryRepository
    notices: BookingNotices
    webhook_subscribers: WebhookSubscribers
    bookings: Bookings
    tickets: Tickets
    payments: Payments


class PaymentGateway(Protocol):
    """Who takes the money. Every call may be repeated: a payment is charged at most once and refunded at most once."""

    @abstractmethod
    async def charge(self, payment_id: PaymentId, amount: Decimal, currency: str, token: str) -> Charge:
        """Charge the card behind the token. Raises PaymentUnavailable when no answer came: it may be charged or not."""

    @abstractmethod
    async def settle(self, payment_id: PaymentId) -> Charge:
        """What became of a payment. UNKNOWN means that it never was charged, and from now on never will be.

        Raises PaymentUnavailable.
        """

    @abstractmethod
    async def refund(self, payment_id: PaymentId) -> None:
        """Give the money back. Raises PaymentUnavailable."""
