"""What people are told of events: what goes into the messages, and when what they were told is so no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.alerts.model import Subscription, unsubscribe_all_token, unsubscribe_token
from core.alerts.search import EventFacts
from core.shared.ids import EventId
from core.shared.messages import Message
from core.shared.text import split_words
from core.shared.tokens import encode_token

MAX_LISTED = 20
"""A message lists so many events, and says how many more there are."""


class AlertTopic(StrEnum):
    TO_CONFIRM = "subscription.to-confirm"
    MATCH = "alert.match"
    DIGEST = "alert.digest"
    MOVED = "alert.moved"
    CANCELLED = "alert.cancelled"


@dataclass(frozen=True, slots=True)
class SentAlert:
    """What an address was told of an event: when and where it is, and whether it is cancelled."""

    email: str
    event_id: EventId
    start_time: datetime
    venue: str | None
    city: str | None
    is_cancelled: bool = False

    @staticmethod
    def of(event: EventFacts, email: str) -> SentAlert:
        return SentAlert(email, event.id, event.start_time, event.place, event.city)

    @property
    def comparable_location(self) -> str:
        return comparable_location(self.venue, self.city)

    def as_it_is_now(self, event: EventFacts) -> SentAlert:
        """What would be told today. Cancelled is for good: gathered events go to and fro, and nobody wants to be told
        each time.
        """
        return replace(SentAlert.of(event, self.email), is_cancelled=self.is_cancelled or event.is_cancelled)


@dataclass(frozen=True, slots=True)
class OutdatedAlert:
    """What an address was told of an event that is not so any more. Guests of the event hear what is so now as such."""

    telling: SentAlert
    is_guest: bool


def comparable_location(venue: str | None, city: str | None) -> str:
    """A place as it is compared: spelled with other capitals it is still the same."""
    return " ".join(split_words(f"{venue or ''} {city or ''}"))


def is_announceable(event: EventFacts, now: datetime) -> bool:
    """Whether somebody is told of an event as of a new one."""
    return event.is_open and event.start_time > now


def is_followable(event: EventFacts, now: datetime) -> bool:
    """Whether those who were told of an event are told of what becomes of it."""
    return not event.is_hidden and event.start_time > now


def is_relevant(subscription: Subscription, event: EventFacts) -> bool:
    """Whether a subscription tells of an event that its search finds: not of what its reader organizes."""
    is_own = subscription.user_id is not None and subscription.user_id == event.organizer_id
    return not is_own and subscription.email != event.organizer_email


def confirmation_message(message_id: UUID, subscription: Subscription, secret: str, now: datetime) -> Message:
    return Message(
        id=message_id,
        topic=AlertTopic.TO_CONFIRM,
        email=subscription.email,
        created_at=now,
        payload={"search": str(subscription.search), "frequency": subscription.frequency},
        secret=encode_token(subscription.id, secret),
    )


def match_message(message_id: UUID, subscription: Subscription, events: Sequence[EventFacts], now: datetime) -> Message:
    """Events that a subscription tells of at once."""
    payload = {"search": str(subscription.search), **_listed(events)}
    return _message(message_id, AlertTopic.MATCH, subscription, payload, now)


def digest_message(
    message_id: UUID, due: Sequence[Subscription], events: Sequence[EventFacts], now: datetime
) -> Message:
    """What the subscriptions of one address that tell equally often have found since the last."""
    first, searches = due[0], [str(each.search) for each in due]
    payload = {"frequency": first.frequency, "searches": searches[:MAX_LISTED], **_listed(events)}
    message = _message(message_id, AlertTopic.DIGEST, first, payload, now)
    return replace(message, secret=unsubscribe_all_token(first.frequency, first.key))


def change_message(
    message_id: UUID, before: SentAlert, follower: Subscription, event: EventFacts, now: datetime
) -> Message:
    """What has become of an event that somebody was told of."""
    payload: dict[str, Any] = {"search": str(follower.search), "event": event_payload(event)}
    if event.is_cancelled:
        return _message(message_id, AlertTopic.CANCELLED, follower, payload, now)
    old = {"starts": before.start_time.isoformat(), "venue": before.venue, "city": before.city}
    return _message(message_id, AlertTopic.MOVED, follower, payload | {"before": old}, now)


def event_payload(event: EventFacts) -> dict[str, Any]:
    """An event as messages carry it."""
    return {
        "id": str(event.id),
        "name": event.name,
        "starts": event.start_time.isoformat(),
        "timezone": event.timezone,
        "venue": event.place,
        "city": event.city,
        "price": None if event.price is None else f"{event.price:.2f}",
        "currency": event.currency,
        "source_url": event.source_url,
    }


def _listed(events: Sequence[EventFacts]) -> dict[str, Any]:
    soonest = sorted(events, key=lambda event: (event.start_time, event.id))
    return {
        "events": [event_payload(event) for event in soonest[:MAX_LISTED]],
        "more": max(len(events) - MAX_LISTED, 0),
    }


def _message(message_id: UUID, topic: AlertTopic, to: Subscription, payload: dict[str, Any], now: datetime) -> Message:
    """In the name of a subscription, with the token that ends it."""
    return Message(
        id=message_id,
        topic=topic,
        email=to.email,
        created_at=now,
        user_id=to.user_id,
        payload=payload,
        secret=unsubscribe_token(to),
    )
