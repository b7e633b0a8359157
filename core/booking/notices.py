"""Notices of what happened to bookings: recorded in the same transaction, and turned into messages by `NotifyBookers`
right after.

A notice is a few bytes for a whole batch of bookings, so that allocation does not wait for messages to be written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.booking.model import ACTIVE, Booking, BookingStatus
from core.shared.ids import BookingId, EventId
from core.shared.topics import Topic

MAX_BOOKINGS_PER_NOTICE = 100
"""Bookings in one notice: their messages are written in one transaction, and making them blocks the process."""

_TOPICS = {
    (None, BookingStatus.CONFIRMED): Topic.BOOKING_CONFIRMED,
    (None, BookingStatus.PENDING): Topic.BOOKING_PENDING,
    (None, BookingStatus.WAITLISTED): Topic.BOOKING_WAITLISTED,
    (BookingStatus.WAITLISTED, BookingStatus.PENDING): Topic.BOOKING_OFFERED,
    (BookingStatus.WAITLISTED, BookingStatus.CONFIRMED): Topic.BOOKING_PROMOTED,
    (BookingStatus.WAITLISTED, BookingStatus.CANCELLED): Topic.BOOKING_CANCELLED,
    (BookingStatus.WAITLISTED, BookingStatus.EXPIRED): Topic.BOOKING_WAITLIST_CLOSED,
    (BookingStatus.PENDING, BookingStatus.CONFIRMED): Topic.BOOKING_CONFIRMED,
    (BookingStatus.PENDING, BookingStatus.EXPIRED): Topic.BOOKING_EXPIRED,
    (BookingStatus.PENDING, BookingStatus.FAILED): Topic.BOOKING_PAYMENT_FAILED,
    (BookingStatus.PENDING, BookingStatus.CANCELLED): Topic.BOOKING_CANCELLED,
    (BookingStatus.CONFIRMED, BookingStatus.CANCELLED): Topic.BOOKING_CANCELLED,
}
_OUTCOMES = frozenset({*_TOPICS.values(), Topic.BOOKING_TOO_LARGE, Topic.EVENT_CANCELLED})
_TO_PAY = frozenset({Topic.BOOKING_PENDING, Topic.BOOKING_OFFERED})
_TRUE_WHILE = {
    Topic.BOOKING_CONFIRMED: {BookingStatus.CONFIRMED},
    Topic.BOOKING_PROMOTED: {BookingStatus.CONFIRMED},
    Topic.BOOKING_PENDING: {BookingStatus.PENDING},
    Topic.BOOKING_OFFERED: {BookingStatus.PENDING},
    Topic.BOOKING_WAITLISTED: {BookingStatus.WAITLISTED},
    Topic.EVENT_CHANGED: ACTIVE,
    Topic.EVENT_DEACTIVATED: ACTIVE,
}
"""The statuses of a booking with which it is true what a topic tells its holder; always, for topics left out."""


@dataclass(frozen=True, slots=True)
class BookingNotice:
    """Something that happened to some bookings of an event, or to the event itself when there are none.

    `facts` are JSON values that the messages carry besides the event and the booking.
    """

    topic: Topic
    event_id: EventId
    booking_ids: tuple[BookingId, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def topic_of(before: BookingStatus | None, after: BookingStatus) -> Topic | None:
    """Return the topic of a change of status, None if nobody is notified of it. `before` is None for a new booking."""
    return _TOPICS.get((before, after))


def is_superseded(topic: Topic, booking: Booking, *, is_event_hidden: bool) -> bool:
    """Return whether the topic is no longer true, since something else has happened: it must not be sent."""
    if topic in _TO_PAY and booking.paying:
        return True
    if topic is Topic.EVENT_DEACTIVATED and not is_event_hidden:
        return True
    return booking.status not in _TRUE_WHILE.get(topic, BookingStatus)


def replaces_earlier(topic: str) -> bool:
    """Return whether the topic tells what has become of a booking, so that earlier messages about it are outdated."""
    return topic in _OUTCOMES


def notices_of_event(topic: Topic, event_id: EventId, booked: Sequence[BookingId], **facts: Any) -> list[BookingNotice]:
    """Return the notices of a change to an event, for webhook subscribers and for everybody who has booked."""
    return [BookingNotice(topic, event_id, (), facts), *notices_of(topic, event_id, booked, **facts)]


def notices_of(topic: Topic, event_id: EventId, booked: Sequence[BookingId], **facts: Any) -> list[BookingNotice]:
    """Return the notices of a change to bookings of an event, each for at most `MAX_BOOKINGS_PER_NOTICE`."""
    parts = (
        tuple(booked[start : start + MAX_BOOKINGS_PER_NOTICE])
        for start in range(0, len(booked), MAX_BOOKINGS_PER_NOTICE)
    )
    return [BookingNotice(topic, event_id, part, facts) for part in parts]
