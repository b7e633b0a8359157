"""The outbox in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from adapters.memory.shared.table import Table
from core.accounts.model import User
from core.notifications.model import Notification
from core.shared.ids import UserId, WebhookId
from core.shared.messages import Message, MessageStatus, Outbox
from core.webhooks.model import Webhook


class MemoryOutbox(Outbox):
    def __init__(
        self, notifications: Table[UUID, Notification], users: Table[UserId, User], webhooks: Table[WebhookId, Webhook]
    ) -> None:
        self._notifications = notifications
        self._users = users
        self._webhooks = webhooks

    async def add(self, messages: Sequence[Message]) -> None:
        for message in messages:
            addressed = replace(message, email=message.email or self._address_of(message.user_id))
            if addressed.email is not None or self._exists(message.webhook_id):
                self._notifications.put(
                    message.id, Notification(addressed, MessageStatus.WAITING, 0, due_at=message.created_at)
                )

    async def withdraw(self, about: Collection[UUID], *, kept_topics: Collection[str] = ()) -> None:
        outdated = [
            each.id
            for each in self._notifications
            if each.status is MessageStatus.WAITING
            and each.message.about is not None
            and each.message.about in about
            and each.message.topic not in kept_topics
        ]
        for notification_id in outdated:
            self._notifications.remove(notification_id)

    def _address_of(self, user_id: UserId | None) -> str | None:
        user = self._users.get(user_id) if user_id else None
        return user.email if user else None

    def _exists(self, webhook_id: UUID | None) -> bool:
        return webhook_id is not None and self._webhooks.get(WebhookId(webhook_id)) is not None
