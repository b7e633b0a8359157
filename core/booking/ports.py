"""Ports of the booking slice: stores that lock an event during allocation, the batcher and the payment gateway."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from core.booking.errors import BookingNotFound
from core.booking.inventory import ChangeSet, InventorySnapshot
from core.booking.model import Booking, BookingStatus, Channel, EventSummary, Holder, Inventory, Ticket
from core.booking.notices import BookingNotice
from core.booking.payment import Charge, Payment
from core.booking.requests import Request
from core.booking.seats import SeatMap
from core.shared.access import Principal
from core.shared.ids import BookingId, EventId, PaymentId, TicketId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.unit_of_work import UnitOfWork
from core.shared.versions import Version
from core.shared.webhooks import WebhookSubscribers


@dataclass(frozen=True, slots=True)
class BookingView:
    """A booking for display. `position` is its place on the waitlist from 1, None when it is not waitlisted.

    `owner_id` is the account that it belongs to: the one that booked, or the one that has verified the address of the
    visitor. `payment` is the last attempt to pay it. `holder` is None unless it was asked for: see `with_holders`.
    `is_offer` says of a pending booking that it was promoted from the waitlist; `ReadBooking` and `ListMyBookings` find
    that out.
    """

    booking: Booking
    event: EventSummary
    tickets: tuple[Ticket, ...] = ()
    position: int | None = None
    owner_id: UserId | None = None
    payment: Payment | None = None
    holder: Holder | None = None
    is_offer: bool = False

    def is_of(self, person: Principal) -> bool:
        """Return whether the booking belongs to this person, and not only because admins may do everything."""
        return self.owner_id == person.user_id

    def must_be_of(self, person: Principal) -> None:
        """Raise BookingNotFound for somebody else's booking, as if it did not exist."""
        if not person.owns(self.owner_id):
            raise BookingNotFound("There is no such booking.")

    def must_be_accessible_to(self, person: Principal) -> None:
        """Raise BookingNotFound unless the booking belongs to this person, or they manage its event."""
        if not person.manages(self.event.organizer_id):
            self.must_be_of(person)

    def as_of(self, now: datetime) -> BookingView:
        """Return the view with an expired hold shown as expired, even when it has not been released yet."""
        if not self.booking.is_expired(now):
            return self
        return replace(self, booking=replace(self.booking, status=BookingStatus.EXPIRED, expires_at=None, seats=()))


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket for display, with its owner, and its seat if it has one. `holder` is as in `BookingView`."""

    ticket: Ticket
    event: EventSummary
    owner_id: UserId | None
    seat: str | None
    holder: Holder | None = None

    @staticmethod
    def of(view: BookingView, ticket: Ticket) -> TicketView:
        """Return the view of a booking's ticket: the first ticket has the first seat, and so on."""
        index = [each.id for each in view.tickets].index(ticket.id)
        seats = view.booking.seats
        return TicketView(ticket, view.event, view.owner_id, seats[index] if index < len(seats) else None)


@dataclass(frozen=True, slots=True)
class PlacedBooking:
    """The result of a request for places. `was_waitlisted` is about its first status; `replayed` means that an
    earlier request with the same idempotency key made the booking.
    """

    view: BookingView
    was_waitlisted: bool = False
    replayed: bool = False


class BookingBatcher(Protocol):
    """Collects requests for places and has those that wait at the same time decided together."""

    @abstractmethod
    async def place(self, event_id: EventId, request: Request) -> PlacedBooking:
        """Have `place_batch` or `place_batches` decide the request, and return when the result is durable.

        Those of one event are served first come first served. Requests that wait at the same time may share a
        transaction, those of different events, too; but what happens to one concerns no other.
        Raises NoSuchEvent, the request's own refusal, or Unavailable when it was not decided and may be sent again.
        """


class InventoryRepository(Protocol):
    """The places of events.

    `get_for_update` and the `for_…` methods lock the event until the unit of work ends, and raise NoSuchEvent. This is
    the first lock of every booking transaction, so all writes to one event are serialized.

    Each `for_…` method loads what one kind of step needs, and nothing else: the inventory, the holds that expired first
    with their seats, `HOLDS_AT_ONCE` of them, and the head of the waitlist: as many parties as can be promoted, but
    `PARTIES_AT_ONCE` at most. For an event with a seat map, it also has as many of the first free seats as the parties
    at the head need, and `SEATS_CONSIDERED` more to choose the best from. Each method documents what it adds.
    """

    @abstractmethod
    async def get_for_update(self, event_id: EventId) -> Inventory:
        """Return the inventory alone."""

    @abstractmethod
    async def for_requests(self, event_id: EventId, requests: Sequence[Request], now: datetime) -> InventorySnapshot:
        """Load what deciding these requests needs: also the seats they name, enough free seats for those that name
        none, which purchasers and visitors have an active booking, and which idempotency keys were used. Of the expired
        holds, also those that have the named seats or belong to the purchasers; as many as the requests may need if
        the whole waitlist is read (`Inventory.max_releases`). If a request may create the seat map by naming seats
        (`may_create_seat_map`), also every active booking.
        """

    @abstractmethod
    async def for_several(
        self, requests: Mapping[EventId, Sequence[Request]], now: datetime
    ) -> Mapping[EventId, InventorySnapshot]:
        """Load what `for_requests` does for the requests of several events, without waiting for anybody: events that
        another transaction has locked are left out, and so are those that don't exist.
        """

    @abstractmethod
    async def for_expiry(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        """Load what expiring holds needs."""

    @abstractmethod
    async def for_booking(self, booking: Booking, now: datetime) -> InventorySnapshot:
        """Load what cancelling or paying this booking needs: also its seats, and as much more of the waitlist as its
        places can serve. The booking itself is not included: read it again, now that the event is locked.
        """

    @abstractmethod
    async def for_resize(self, event_id: EventId, capacity: int | None, now: datetime) -> InventorySnapshot:
        """Load what an edited event needs: also the seats that would be deleted, as much more of the waitlist as the
        new places can serve, all parties that are larger than the new capacity, and all holds that would outlast the
        start. Of the expired holds, also those that have seats that would be deleted, and as many as a smaller capacity
        needs to be released.
        """

    @abstractmethod
    async def for_closing_waitlist(self, event_id: EventId, limit: int) -> InventorySnapshot:
        """Load what closing the waitlist needs: the inventory and the first parties of the waitlist, nothing else."""

    @abstractmethod
    async def for_seat_map(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        """Load what creating or removing a seat map needs: also every active booking, every expired hold and the whole
        waitlist, since a new map seats all of them and an old one must have nobody.
        """

    @abstractmethod
    async def active_ids(self, event_id: EventId) -> Sequence[BookingId]:
        """Return the bookings of an event that hold places or are waitlisted, in order of arrival."""

    @abstractmethod
    async def apply(self, *changes: ChangeSet) -> None:
        """Write the results of steps, each on another event. The tickets of bookings that ended become void."""

    @abstractmethod
    async def close(self, event_id: EventId, now: datetime) -> None:
        """Cancel a locked event with all its bookings; their captured payments become due to be refunded."""

    @abstractmethod
    async def record_edit(self, event_id: EventId, now: datetime) -> None:
        """Give an event a new version after its organizer changed it, dated by `versions.date_of_edit`."""

    @abstractmethod
    async def summary(self, event_id: EventId) -> EventSummary:
        """Return the summary of an event, without a lock. Raises NoSuchEvent."""

    @abstractmethod
    async def seat_map(self, event_id: EventId, now: datetime, *, with_ids: bool) -> SeatMap:
        """Return the seats of an event as they are now, without a lock. Raises NoSuchEvent."""

    @abstractmethod
    async def seat_map_version(self, event_id: EventId, now: datetime) -> Version:
        """Return the version that the seat map has now, without reading the seats. Raises NoSuchEvent.

        It is another one as soon as any seat or status is; it may also be when none is.
        """


@dataclass(frozen=True, slots=True)
class BookingFilter:
    """Which bookings to list; `upcoming_at` keeps those whose event has not ended by then, `ended_at` the others.

    `user_id` is the `owner_id` of `BookingView`. `text` is part of the holder's name or email address; case, accents
    and spaces around it don't matter. `checked_in` is whether any ticket was used.
    """

    user_id: UserId | None = None
    status: BookingStatus | None = None
    event_id: EventId | None = None
    upcoming_at: datetime | None = None
    ended_at: datetime | None = None
    channel: Channel | None = None
    visitor_email: str | None = None
    text: str | None = None
    checked_in: bool | None = None


class Bookings(Protocol):
    @abstractmethod
    async def get(self, booking_id: BookingId) -> Booking:
        """Return a booking. Raises BookingNotFound."""

    @abstractmethod
    async def view(self, booking_id: BookingId) -> BookingView:
        """Return a booking with its event and tickets. Raises BookingNotFound."""

    @abstractmethod
    async def views(self, booking_ids: Sequence[BookingId]) -> Mapping[BookingId, BookingView]:
        """Return these bookings by id, without those that do not exist."""

    @abstractmethod
    async def holders(self, booking_ids: Sequence[BookingId]) -> Mapping[BookingId, Holder]:
        """Return who has these bookings, by id: the visitor, or the name and address of the account as they are now.

        Without those of people who have deleted their account.
        """

    @abstractmethod
    async def search(self, wanted: BookingFilter, page: PageRequest, now: datetime) -> Page[BookingView]:
        """Return the bookings that match, `as_of` now, newest first. Raises BadCursor."""

    @abstractmethod
    async def with_expired_holds(self, now: datetime, limit: int) -> Sequence[EventId]:
        """Return events that have expired holds, the longest expired first."""

    @abstractmethod
    async def with_waitlist_to_close(self, now: datetime, limit: int) -> Sequence[EventId]:
        """Return events with waiting parties whose registration deadline has passed, the earliest first."""

    @abstractmethod
    async def with_waitlist_to_promote(self, now: datetime, limit: int) -> Sequence[EventId]:
        """Return open events whose first waiting party fits: a step has promoted as many as it may."""


class Tickets(Protocol):
    @abstractmethod
    async def view(self, ticket_id: TicketId) -> TicketView:
        """Return a ticket. Raises TicketNotFound."""

    @abstractmethod
    async def with_code_for_update(self, folded_code: str) -> Sequence[TicketView]:
        """Return the tickets whose code is this one after `fold_code`, locked until the unit of work ends."""

    @abstractmethod
    async def of_booking_for_update(self, booking_id: BookingId) -> Sequence[Ticket]:
        """Return the tickets of a booking, locked until the unit of work ends."""

    @abstractmethod
    async def save(self, ticket: Ticket) -> None: ...

    @abstractmethod
    async def of_user(self, user_id: UserId, page: PageRequest) -> Page[TicketView]:
        """Return the tickets of the bookings that belong to a user, newest first. Raises BadCursor."""


class Payments(Protocol):
    @abstractmethod
    async def add(self, payment: Payment) -> None: ...

    @abstractmethod
    async def get_for_update(self, payment_id: PaymentId) -> Payment:
        """Return the payment, locked until the unit of work ends."""

    @abstractmethod
    async def save(self, payment: Payment) -> None: ...

    @abstractmethod
    async def captured_for_update(self, booking_id: BookingId) -> Payment | None:
        """Return the payment that paid a booking, if one did, locked until the unit of work ends."""

    @abstractmethod
    async def unsettled(self, open_since: datetime, limit: int) -> Sequence[Payment]:
        """Return payments that are due to be refunded, or open since `open_since` or longer, oldest first."""


class BookingNotices(Protocol):
    """Notices whose messages are still to be written."""

    @abstractmethod
    async def add(self, notices: Sequence[BookingNotice]) -> None: ...

    @abstractmethod
    async def take(self, bookings: int) -> Sequence[BookingNotice]:
        """Claim the oldest notices that are not claimed yet, until they are about so many bookings; one that is about
        none counts as one. The commit deletes them.
        """


class InventoryUnitOfWork(UnitOfWork, Protocol):
    inventory: InventoryRepository


class BookingUnitOfWork(InventoryUnitOfWork, Protocol):
    notices: BookingNotices
    webhook_subscribers: WebhookSubscribers
    bookings: Bookings
    tickets: Tickets
    payments: Payments


class BookingLinks(Protocol):
    """Tokens for the links in emails about bookings: whoever has one may see and cancel the booking."""

    @abstractmethod
    def sign(self, booking_id: BookingId) -> str:
        """Return the token of a booking, which nobody else can make."""

    @abstractmethod
    def read(self, token: str) -> BookingId:
        """Return the booking of a token. Raises BadBookingLink."""


class PaymentGateway(Protocol):
    """Charges and refunds. Every call may be repeated: a payment is charged at most once and refunded at most once."""

    @abstractmethod
    async def charge(self, payment_id: PaymentId, amount: Decimal, currency: str, token: str) -> Charge:
        """Charge the card behind the token. Raises PaymentUnavailable without an answer: it may be charged or not."""

    @abstractmethod
    async def settle(self, payment_id: PaymentId) -> Charge:
        """Return the outcome of a payment. UNKNOWN means that it was never charged, and from now on never will be.

        Raises PaymentUnavailable.
        """

    @abstractmethod
    async def refund(self, payment_id: PaymentId) -> None:
        """Refund a payment. Raises PaymentUnavailable."""


class CodeReader(Protocol):
    @abstractmethod
    async def read(self, photo: bytes) -> Sequence[str]:
        """Return the texts of the QR codes in a JPEG, PNG or WebP picture, each once; empty if there are none.

        Raises PhotoUnreadable, PhotoTooLarge for too many pixels, or Unavailable while too many photos are being read.
        """
