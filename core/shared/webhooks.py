"""Webhook subscribers: programs that are notified of what happens to events and their bookings."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from core.shared.ids import IdGenerator, UserId
from core.shared.messages import Message
from core.shared.topics import Topic


@dataclass(frozen=True, slots=True)
class WebhookSubscriber:
    """A webhook and the topics it has chosen."""

    webhook_id: UUID
    topics: frozenset[str]


class WebhookSubscribers(Protocol):
    @abstractmethod
    async def of(self, organizer_id: UserId | None) -> Sequence[WebhookSubscriber]:
        """Return the webhooks to notify of an organizer's events, or of events without an organizer (None).

        Left out are webhooks that are disabled, and those whose owner no longer has the role for it.
        """


def webhook_messages(
    webhook_subscribers: Iterable[WebhookSubscriber],
    topic: Topic,
    payload: Mapping[str, Any],
    *,
    at: datetime,
    ids: IdGenerator,
) -> list[Message]:
    """Return one message to each subscriber that has chosen the topic, each with its own id.

    `payload` holds JSON values.
    """
    return [
        Message(ids.new(), topic.value, at, webhook_id=subscriber.webhook_id, payload=payload)
        for subscriber in webhook_subscribers
        if topic in subscriber.topics
    ]
