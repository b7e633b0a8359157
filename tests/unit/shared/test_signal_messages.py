"""Signals arrive in other processes as they were sent."""

from __future__ import annotations

from uuid import uuid4

from asyncpg.pgproto.pgproto import UUID as DatabaseUUID  # noqa: N811 - a subclass of the standard library's

from adapters.redis.signal_messages import Message, decode_message, encode_message
from core.shared.ids import BookingId, EventId, UserId
from core.shared.signals import AccountsChanged, BookingsChanged, EventsChanged, Signal


def test_ids_arrive_whether_they_were_made_here_or_read_from_the_database() -> None:
    for event_id in (uuid4(), DatabaseUUID(str(uuid4()))):
        bookings = {BookingId(event_id): UserId(event_id), BookingId(uuid4()): None}
        signals: list[Signal] = [
            BookingsChanged(
                EventId(event_id), sold=2, available=None, waitlist_count=1, seats={"A-1": "held"}, bookings=bookings
            ),
            EventsChanged((EventId(event_id),)),
            AccountsChanged(),
        ]
        message = Message("sender", 7, signals)
        assert decode_message(encode_message(message)) == message
