"""What is told of bookings, and to whom (F1). Payloads are written as JSON has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core.booking.book import Rules
from core.booking.model import Booking, BookingStatus, EventCard, Ticket
from core.shared.messages import Message
from core.shared.topics import Topic

_TOPICS = {
    (None, BookingStatus.CONFIRMED): Topic.BOOKING_CONFIRMED,
    (None, BookingStatus.PENDING): Topic.BOOKING_PENDING,
    (None, BookingStatus.WAITLISTED): Topic.BOOKING_WAITLISTED,
    (BookingStatus.WAITLISTED, BookingStatus.PENDING): Topic.BOOKING_OFFERED,
    (BookingStatus.WAITLISTED, BookingStatus.CONFIRMED): Topic.BOOKING_PROMOTED,
    (BookingStatus.WAITLISTED, BookingStatus.CANCELLED): Topic.BOOKING_CANCELLED,
    (BookingStatus.PENDING, BookingStatus.CONFIRMED): Topic.BOOKING_CONFIRMED,
    (BookingStatus.PENDING, BookingStatus.EXPIRED): Topic.BOOKING_EXPIRED,
    (BookingStatus.PENDING, BookingStatus.FAILED): Topic.BOOKING_PAYMENT_FAILED,
    (BookingStatus.PENDING, BookingStatus.CANCELLED): Topic.BOOKING_CANCELLED,
    (BookingStatus.CONFIRMED, BookingStatus.CANCELLED): Topic.BOOKING_CANCELLED,
}


def topic_of(before: BookingStatus | None, after: BookingStatus) -> Topic | None:
    """What a step of a booking is called; None when there is nothing to tell. A new booking was None before."""
    return _TOPICS.get((before, after))


def of_event(card: EventCard) -> dict[str, Any]:
    return {
        "id": str(card.id),
        "name": card.name,
        "start_time": card.start_time.isoformat(),
        "end_time": card.end_time.isoformat(),
        "timezone": card.timezone,
        "place": card.place,
    }


def of_booking(booking: Booking, position: int | None = None) -> dict[str, Any]:
    """`position` is told to who waits in line."""
    visitor = booking.visitor
    return {
        "id": str(booking.id),
        "status": booking.status.value,
        "quantity": booking.quantity,
        "seats": list(booking.seats),
        "amount": str(booking.amount),
        "currency": booking.currency,
        "expires_at": booking.expires_at and booking.expires_at.isoformat(),
        "waitlist_position": position,
        "user_id": booking.user_id and str(booking.user_id),
        "visitor": visitor and {"full_name": visitor.full_name, "email": visitor.email},
    }


def of_tickets(tickets: Sequence[Ticket]) -> list[dict[str, Any]]:
    return [{"id": str(ticket.id), "code": ticket.code} for ticket in tickets]


def to_all(
    active: Sequence[Booking], card: EventCard, topic: Topic, rules: Rules, facts: Mapping[str, Any]
) -> list[Message]:
    """To everybody with a booking of an event; `facts` are told beside the event and their booking."""
    event = of_event(card)
    return [
        to_booker(
            rules.mint.ids.new(), topic, booking, {"event": event, "booking": of_booking(booking), **facts}, rules.now
        )
        for booking in active
    ]


def to_booker(message_id: UUID, topic: Topic, booking: Booking, payload: dict[str, Any], now: datetime) -> Message:
    """To the account that booked, or to the visitor's address."""
    return Message(
        id=message_id,
        topic=topic,
        created_at=now,
        email=booking.visitor.email if booking.visitor else None,
        user_id=booking.user_id,
        payload=payload,
    )
