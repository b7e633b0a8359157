"""Messages to be sent, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from adapters.memory.store import MemoryStore, MemoryUnit
from core.notifications.ports import Messages, NotificationsUnitOfWork
from core.shared.messages import Message, Outbox


class MemoryOutbox(Outbox):
    def __init__(self, store: MemoryStore) -> None:
        self._waiting = store.outbox

    async def add(self, message: Message) -> None:
        self._waiting.put(message.id, message)


class MemoryMessages(Messages):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def waiting_for_update(self, limit: int) -> Sequence[Message]:
        return sorted(self._store.outbox, key=lambda message: message.id)[:limit]

    async def sent(self, message_id: UUID, at: datetime) -> None:
        message = self._store.outbox.get(message_id)
        if message is not None:
            self._store.outbox.remove(message_id)
            self._store.sent.put(message_id, replace(message, secret=None))


class MemoryNotifications(MemoryUnit, NotificationsUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.messages = MemoryMessages(store)
