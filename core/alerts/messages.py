"""The messages of alerts: what they contain, and when an alert that was sent is outdated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.alerts.model import Subscription, unsubscribe_all_token, unsubscribe_token
from core.alerts.search import EventDetails
from core.shared.ids import EventId
from core.shared.messages import Message
from core.shared.times import to_rfc3339
from core.shared.tokens import encode_token
from core.shared.words import index_words

MAX_LISTED = 20
"""How many events a message lists at most, besides the number of the others."""


class AlertTopic(StrEnum):
    TO_CONFIRM = "subscription.to-confirm"
    MATCH = "alert.match"
    DIGEST = "alert.digest"
    MOVED = "alert.moved"
    CANCELLED = "alert.cancelled"


@dataclass(frozen=True, slots=True)
class SentAlert:
    """What the last alert to an address said about an event: when and where it is, and whether it is cancelled."""

    email: str
    event_id: EventId
    start_time: datetime
    venue: str | None
    city: str | None
    is_cancelled: bool = False

    @staticmethod
    def of(event: EventDetails, email: str) -> SentAlert:
        return SentAlert(email, event.id, event.start_time, event.venue_name, event.city)

    @property
    def comparable_location(self) -> str:
        return comparable_location(self.venue, self.city)

    def with_current_details(self, event: EventDetails) -> SentAlert:
        """Return it with the event's current details. Once cancelled it stays cancelled: gathered events may change
        back and forth, which must not cause an alert each time.
        """
        return replace(SentAlert.of(event, self.email), is_cancelled=self.is_cancelled or event.is_cancelled)


@dataclass(frozen=True, slots=True)
class OutdatedAlert:
    """An alert whose details have changed since. Guests of the event are notified of the change as guests instead."""

    alert: SentAlert
    is_guest: bool


def comparable_location(venue: str | None, city: str | None) -> str:
    """Return a location normalised for comparison: different spellings of the same words are equal."""
    return " ".join(index_words(f"{venue or ''} {city or ''}"))


def is_announceable(event: EventDetails, now: datetime) -> bool:
    """Return whether subscribers may be alerted to an event as new."""
    return event.is_open and event.start_time > now


def is_followable(event: EventDetails, now: datetime) -> bool:
    """Return whether subscribers alerted to an event are also alerted to its changes."""
    return not event.is_hidden and event.start_time > now


def is_relevant(subscription: Subscription, event: EventDetails) -> bool:
    """Return whether a subscription alerts to a matching event: not if the subscriber organizes it."""
    is_own = subscription.user_id is not None and subscription.user_id == event.organizer_id
    return not is_own and subscription.email != event.organizer_email


def confirmation_message(message_id: UUID, subscription: Subscription, secret: str, now: datetime) -> Message:
    """Return the message that asks a subscriber to confirm, with the one-time token of its link."""
    return Message(
        id=message_id,
        topic=AlertTopic.TO_CONFIRM,
        email=subscription.email,
        created_at=now,
        payload={"search": str(subscription.search), "frequency": subscription.frequency},
        secret=encode_token(subscription.id, secret),
    )


def match_message(
    message_id: UUID, subscription: Subscription, events: Sequence[EventDetails], now: datetime
) -> Message:
    """Return the message of an instant subscription about new events."""
    payload = {"search": str(subscription.search), **_listed(events)}
    return _message(message_id, AlertTopic.MATCH, subscription, payload, now)


def digest_message(
    message_id: UUID, due: Sequence[Subscription], events: Sequence[EventDetails], now: datetime
) -> Message:
    """Return the digest of an address: what its subscriptions of one frequency have found since the last one."""
    first, searches = due[0], [str(each.search) for each in due]
    payload = {"frequency": first.frequency, "searches": searches[:MAX_LISTED], **_listed(events)}
    message = _message(message_id, AlertTopic.DIGEST, first, payload, now)
    return replace(message, secret=unsubscribe_all_token(first.frequency, first.key))


def change_message(
    message_id: UUID, before: SentAlert, follower: Subscription, event: EventDetails, now: datetime
) -> Message:
    """Return the message to somebody who was alerted to an event that was cancelled, or whose time or place changed."""
    payload: dict[str, Any] = {"search": str(follower.search), "event": event_payload(event)}
    if event.is_cancelled:
        return _message(message_id, AlertTopic.CANCELLED, follower, payload, now)
    old = {"starts": to_rfc3339(before.start_time), "venue": before.venue, "city": before.city}
    return _message(message_id, AlertTopic.MOVED, follower, payload | {"before": old}, now)


def event_payload(event: EventDetails) -> dict[str, Any]:
    """Return an event as it appears in the payload of a message."""
    return {
        "id": str(event.id),
        "name": event.name,
        "starts": to_rfc3339(event.start_time),
        "timezone": event.timezone,
        "venue": event.venue_name,
        "city": event.city,
        "price": None if event.price is None else str(event.price),
        "currency": event.currency,
        "source_url": event.source_url,
    }


def _listed(events: Sequence[EventDetails]) -> dict[str, Any]:
    soonest = sorted(events, key=lambda event: (event.start_time, event.id))
    return {
        "events": [event_payload(event) for event in soonest[:MAX_LISTED]],
        "more": max(len(events) - MAX_LISTED, 0),
    }


def _message(message_id: UUID, topic: AlertTopic, to: Subscription, payload: dict[str, Any], now: datetime) -> Message:
    """Return a message of a subscription, with the token to unsubscribe from it."""
    return Message(
        id=message_id,
        topic=topic,
        email=to.email,
        created_at=now,
        user_id=to.user_id,
        payload=payload,
        secret=unsubscribe_token(to),
    )
