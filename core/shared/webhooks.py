"""Programs that want to hear of what happens to an event and its bookings."""

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
    """A webhook that may hear of an event, and the topics it has chosen."""

    webhook_id: UUID
    topics: frozenset[str]


class WebhookSubscribers(Protocol):
    @abstractmethod
    async def of(self, organizer_id: UserId | None) -> Sequence[WebhookSubscriber]:
        """Who may hear of the events of an organizer, or of events that have none. Nobody hears by a role they had."""


def webhook_messages(
    webhook_subscribers: Iterable[WebhookSubscriber],
    topic: Topic,
    payload: Mapping[str, Any],
    *,
    at: datetime,
    ids: IdGenerator,
) -> list[Message]:
    """The messages that tell of something: one to each listener that has chosen the topic, each with an id of its own.

    `payload` is as JSON has it.
    """
    return [
        Message(ids.new(), topic.value, at, webhook_id=listener.webhook_id, payload=payload)
        for listener in webhook_subscribers
        if topic in listener.topics
    ]
