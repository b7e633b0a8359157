"""Messages on their way."""

from __future__ import annotations

from uuid import UUID

import pytest

from adapters.memory.outbox import MemoryNotifications, MemoryOutbox
from adapters.memory.store import MemoryStore
from adapters.memory.system import SetClock
from core.notifications.delivering import DeliverMessages
from core.notifications.ports import Delivery
from core.shared.messages import Message
from tests.builders import NOW


class Post(Delivery):
    """Keeps what was delivered; of some messages it breaks off."""

    def __init__(self) -> None:
        self.delivered: list[UUID] = []
        self.breaks_at: UUID | None = None

    async def deliver(self, message: Message) -> None:
        if message.id == self.breaks_at:
            raise ConnectionError("the line went dead")
        self.delivered.append(message.id)


async def test_what_waits_is_sent_oldest_first_and_once() -> None:
    store, post = MemoryStore(), Post()
    deliver = DeliverMessages(lambda: MemoryNotifications(store), post, SetClock(NOW))
    ids = [UUID(int=number) for number in (2, 1, 3)]
    for each in ids:
        await MemoryOutbox(store).add(Message(each, "topic", "ada@example.com", NOW, secret="s3cret"))
    store.undo.clear()
    assert (await deliver(), await deliver()) == (3, 0)
    assert post.delivered == sorted(ids)
    assert {message.secret for message in store.sent} == {None}


async def test_what_could_not_be_sent_is_tried_again() -> None:
    store, post = MemoryStore(), Post()
    deliver = DeliverMessages(lambda: MemoryNotifications(store), post, SetClock(NOW))
    post.breaks_at = UUID(int=1)
    await MemoryOutbox(store).add(Message(UUID(int=1), "topic", "ada@example.com", NOW))
    store.undo.clear()
    with pytest.raises(ConnectionError):
        await deliver()
    post.breaks_at = None
    assert await deliver() == 1
