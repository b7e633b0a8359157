"""Valid objects for tests; a test passes what matters to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from adapters.memory.shared.system import CountingIds, CountingSecrets
from core.accounts.model import User
from core.accounts.sessions import Session, new_session
from core.booking.inventory import AllocationContext
from core.booking.model import (
    Booking,
    BookingStatus,
    Channel,
    EventSummary,
    HoldDurations,
    Inventory,
    TicketFactory,
    Visitor,
)
from core.booking.payment import Payment, PaymentStatus
from core.booking.requests import Request
from core.booking.seats import Seat, SeatPosition, row_label
from core.catalog.areas import Area
from core.catalog.model import Event, EventStatus, Origin
from core.discovery.model import Listing, Source
from core.shared.access import Principal, Role
from core.shared.ids import AreaId, BookingId, EventId, PaymentId, SessionId, UserId, WebhookId
from core.shared.messages import Message
from core.shared.money import round_amount
from core.shared.times import to_rfc3339
from core.shared.topics import Topic
from core.webhooks.model import Scope, Webhook

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
HOLD, OFFER = timedelta(minutes=10), timedelta(minutes=30)


def an_event(**values: Any) -> Event:
    start = values.get("start_time", TOMORROW)
    defaults: dict[str, Any] = {
        "id": EventId(uuid4()),
        "name": "Night of the short film",
        "start_time": start,
        "end_time": start + timedelta(hours=2),
        "timezone": "Europe/Berlin",
        "registration_deadline": start,
        "status": EventStatus.OPEN,
        "origin": Origin.LOCAL,
        "created_at": NOW,
        "updated_at": NOW,
        "venue": "Kino Nord",
        "city": "Berlin",
        "capacity": 50,
    }
    event = Event(**(defaults | values))
    return event if event.price is None else replace(event, price=round_amount(event.price, event.currency))


def an_area(name: str = "Main Hall", **values: Any) -> Area:
    return Area(id=AreaId(uuid4()), name=name, created_at=NOW, **values)


def a_user(email: str = "ada@example.com", **values: Any) -> User:
    defaults: dict[str, Any] = {
        "id": UserId(uuid4()),
        "name": "Ada",
        "email": email,
        "password_hash": "not a hash",
        "role": Role.USER,
        "email_verified": False,
        "is_active": True,
        "created_at": NOW,
    }
    return User(**(defaults | values))


def a_person(role: Role = Role.USER) -> Principal:
    return Principal(UserId(uuid4()), role)


def a_booking(event_id: EventId, user_id: UserId, **values: Any) -> Booking:
    defaults: dict[str, Any] = {
        "id": BookingId(uuid4()),
        "event_id": event_id,
        "user_id": user_id,
        "quantity": 2,
        "status": BookingStatus.CONFIRMED,
        "amount": Decimal("0.00"),
        "currency": "EUR",
        "channel": Channel.BOOK,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Booking(**(defaults | values))


def a_session(user_id: UserId | None = None, **values: Any) -> Session:
    """Return a session that began just now, for a month, with this `secret`."""
    secret = values.pop("secret", "one")
    session = new_session(
        SessionId(uuid4()),
        user_id or UserId(uuid4()),
        secret=secret,
        device="Browser",
        lasts=timedelta(days=30),
        now=NOW,
    )
    return replace(session, **values)


def an_inventory(**values: Any) -> Inventory:
    """Return the inventory of an event tomorrow with five free places; `start_time` and `is_hidden` are the event's."""
    start, is_hidden = values.pop("start_time", TOMORROW), values.pop("is_hidden", False)
    summary = EventSummary(
        id=EventId(uuid4()),
        name="Night of the short film",
        start_time=start,
        end_time=start + timedelta(hours=2),
        timezone="UTC",
        venue="Kino Nord",
        location="Kino Nord, Oslo",
        organizer_id=UserId(uuid4()),
        is_hidden=is_hidden,
        is_cancelled=False,
    )
    defaults: dict[str, Any] = {
        "event": summary,
        "capacity": 5,
        "held": 0,
        "waiting": 0,
        "last_waitlist_number": 0,
        "is_open": True,
        "is_cancelled": False,
        "is_sold_here": True,
        "price": Decimal("0.00"),
        "currency": "EUR",
        "registration_deadline": start,
    }
    return Inventory(**(defaults | values))


def a_request(quantity: int = 1, **values: Any) -> Request:
    """Return the request of a new user, for the named `seats` if there are any."""
    seats = values.get("seats", ())
    defaults: dict[str, Any] = {
        "booking_id": BookingId(uuid4()),
        "quantity": len(seats) or quantity,
        "user_id": UserId(uuid4()),
    }
    return Request(**(defaults | values))


def a_registration(email: str = "ada@example.com", **values: Any) -> Request:
    return a_request(channel=Channel.REGISTER, user_id=None, visitor=Visitor("Ada", email), **values)


def a_purchase(user_id: UserId, **values: Any) -> Request:
    return a_request(channel=Channel.PURCHASE, user_id=user_id, may_wait=False, **values)


def a_seat(number: int, booking_id: BookingId | None = None, per_row: int = 10) -> Seat:
    position = SeatPosition(number, row_label(number // per_row), number % per_row + 1)
    return Seat(position, str(uuid4()), booking_id)


def a_payment(**values: Any) -> Payment:
    defaults: dict[str, Any] = {
        "id": PaymentId(uuid4()),
        "booking_id": BookingId(uuid4()),
        "amount": Decimal("25.00"),
        "currency": "EUR",
        "status": PaymentStatus.OPEN,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Payment(**(defaults | values))


def ticket_factory() -> TicketFactory:
    return TicketFactory(CountingIds(), CountingSecrets())


def a_context(now: datetime = NOW, of: TicketFactory | None = None) -> AllocationContext:
    """Return a context with holds of ten minutes and offers of thirty."""
    return AllocationContext(now, HoldDurations(hold=HOLD, offer=OFFER), of or ticket_factory())


def a_listing(**values: Any) -> Listing:
    defaults: dict[str, Any] = {
        "source": Source.DICE,
        "source_id": "abc123",
        "url": "https://dice.example/event/abc123",
        "name": "Brass on the roof",
        "start_time": TOMORROW,
        "timezone": "Europe/London",
        "evidence": "a test",
        "venue": "The Roof",
        "city": "London",
        "price": Decimal("14.47"),
        "currency": "GBP",
    }
    return Listing(**(defaults | values))


def a_booking_message(topic: str, **payload: Any) -> Message:
    """Return a message about two seats tomorrow. The given parts of `payload` override the defaults."""
    event = {
        "id": str(UUID(int=5)),
        "name": "Night of the short film",
        "start_time": to_rfc3339(TOMORROW),
        "end_time": to_rfc3339(TOMORROW + timedelta(hours=2)),
        "timezone": "Europe/Oslo",
        "place": "Kino Nord, Oslo",
    }
    booking = {
        "id": str(UUID(int=6)),
        "status": "confirmed",
        "quantity": 2,
        "seats": ["A-1", "A-2"],
        "amount": "25.00",
        "currency": "EUR",
        "expires_at": None,
        "waitlist_position": None,
        "user_id": str(UUID(int=7)),
        "holder": {"name": "Ada", "email": "ada@example.com"},
        "visitor": None,
        "payment": None,
    }
    tickets = [{"id": str(UUID(int=8)), "code": "code-one"}, {"id": str(UUID(int=9)), "code": "code-two"}]
    payload = {
        **payload,
        "event": event | payload.get("event", {}),
        "booking": booking | payload.get("booking", {}),
        "tickets": payload.get("tickets", tickets),
    }
    user_id = UserId(UUID(int=7))
    return Message(UUID(int=4), topic, NOW, "ada@example.com", user_id, payload=payload, secret="s3cr.et")


def a_webhook(user_id: UserId, **values: Any) -> Webhook:
    """Return a webhook for bookings of the user's own events."""
    defaults: dict[str, Any] = {
        "id": WebhookId(uuid4()),
        "user_id": user_id,
        "url": "https://tickets.example/hooks",
        "topics": (Topic.BOOKING_CONFIRMED, Topic.BOOKING_CANCELLED),
        "scope": Scope.OWN,
        "created_at": NOW,
        "secret": "whsec_b25lIHNlY3JldCB0aGF0IGlzIGxvbmcgZW5vdWdo",
    }
    return Webhook(**(defaults | values))
