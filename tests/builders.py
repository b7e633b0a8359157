"""Things to test with: each is right in every way but the one a test names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from core.accounts.model import User
from core.booking.model import Booking, BookingStatus
from core.catalog.model import Area, Event, EventStatus, Origin
from core.discovery.model import Listing, Source
from core.shared.access import Principal, Role
from core.shared.ids import AreaId, BookingId, EventId, UserId

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


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
    return Event(**(defaults | values))


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
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Booking(**(defaults | values))


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
