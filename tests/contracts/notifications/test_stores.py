"""Notifications, on every store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.memory.metrics import MemoryMetrics
from adapters.memory.shared.system import SetClock
from core.accounts.model import User
from core.notifications.cleaning import DeleteSentNotifications
from core.notifications.errors import NotificationNotFound, Rejected, TryLater
from core.notifications.managing import CountNotifications
from core.notifications.model import Notification
from core.notifications.ports import NotificationFilter
from core.notifications.reading_inbox import CountUnread, MarkAllRead
from core.shared.ids import UserId
from core.shared.messages import Message, MessageStatus
from core.shared.paging import PageRequest
from tests.support.builders import NOW, a_user, a_webhook
from tests.support.stores import Store

LATER = NOW + timedelta(minutes=5)


async def ada_of(store: Store) -> User:
    user = a_user()
    async with store.accounts() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user


async def add_messages(store: Store, *numbers: int, **values: Any) -> list[Message]:
    messages = []
    for number in numbers:
        of_it: dict[str, Any] = {"topic": "topic", "created_at": NOW, "payload": {"name": "Ada"}, "secret": "s3cret"}
        messages.append(Message(id=UUID(int=number), email="ada@example.com", **(of_it | values)))
    async with store.accounts() as uow:
        await uow.outbox.add(messages)
        await uow.commit()
    return messages


async def claim_due(store: Store, limit: int = 10, now: Any = NOW) -> list[Notification]:
    async with store.notifications() as uow:
        notifications = await uow.notifications.claim(limit, now, now + timedelta(minutes=5))
        await uow.commit()
    return list(notifications)


async def record(store: Store, *notifications: Notification, until: Any = LATER) -> None:
    async with store.notifications() as uow:
        await uow.notifications.record_results(notifications, until)
        await uow.commit()


async def save(store: Store, *notifications: Notification) -> None:
    async with store.notifications() as uow:
        for each in notifications:
            await uow.notifications.save(each)
        await uow.commit()


async def retry(store: Store, notification_id: UUID, now: Any = NOW) -> Notification:
    async with store.notifications() as uow:
        again = (await uow.notifications.get_for_update(notification_id)).retry(now)
        await uow.notifications.save(again)
        await uow.commit()
    return again


async def load(store: Store, notification_id: UUID) -> Notification:
    async with store.notifications() as uow:
        return await uow.notifications.get_for_update(notification_id)


async def test_a_due_notification_is_claimed_once_until_its_lease_ends(store: Store) -> None:
    [message] = await add_messages(store, 1)
    await add_messages(store, 2, created_at=LATER)
    [claim] = await claim_due(store)
    assert (claim.message, claim.status, claim.attempts, claim.due_at) == (message, MessageStatus.WAITING, 1, LATER)
    assert await claim_due(store) == []
    assert [each.attempts for each in await claim_due(store, now=LATER)] == [2, 1]


async def test_concurrent_claims_get_each_notification_once(store: Store) -> None:
    await add_messages(store, *range(1, 31))
    taken = await asyncio.gather(*(claim_due(store, limit=5) for _ in range(6)))
    assert sorted(each.id.int for some in taken for each in some) == list(range(1, 31))


async def test_results_are_stored_and_the_secrets_of_sent_messages_deleted(store: Store) -> None:
    await add_messages(store, 1, 2)
    one, two = await claim_due(store)
    await record(store, one.mark_sent(NOW), two.mark_failed(TryLater("busy"), NOW))
    assert await load(store, one.id) == one.mark_sent(NOW)
    assert (await load(store, one.id)).message.secret is None
    assert await load(store, two.id) == two.mark_failed(TryLater("busy"), NOW)
    assert (await load(store, two.id)).message.secret == "s3cret"


async def test_bulk_messages_are_claimed_after_all_others(store: Store) -> None:
    await add_messages(store, 1, 2, topic="alert.match")
    await add_messages(store, 3, topic="event.cancelled")
    await add_messages(store, 4, topic="booking.confirmed", created_at=LATER)
    await add_messages(store, 5, topic="account.password-forgotten", created_at=NOW + timedelta(minutes=1))
    first = await claim_due(store, limit=3, now=LATER)
    assert sorted(each.id.int for each in first) == [1, 4, 5]
    assert [each.id.int for each in await claim_due(store, limit=1, now=LATER)] == [2]
    assert [each.id.int for each in await claim_due(store, now=LATER)] == [3]


async def test_a_result_after_the_lease_does_not_replace_a_newer_one(store: Store) -> None:
    await add_messages(store, 1)
    [slow] = await claim_due(store)
    [fast] = await claim_due(store, now=LATER)
    await record(store, slow.mark_failed(TryLater("busy"), LATER))
    assert await load(store, fast.id) == fast
    sent = fast.mark_sent(LATER)
    await record(store, sent, until=fast.due_at)
    for late in (
        slow.mark_failed(TryLater("busy"), LATER),
        slow.mark_failed(Rejected("never"), LATER),
        slow.release(LATER),
    ):
        await record(store, late)
    assert await load(store, sent.id) == sent
    assert await claim_due(store, now=LATER + timedelta(days=1)) == []


async def test_a_message_sent_to_a_person_is_recorded_even_after_the_lease(store: Store) -> None:
    await add_messages(store, 1, 2)
    one, two = await claim_due(store)
    await retry(store, one.id)
    await claim_due(store, now=LATER)
    await record(store, one.mark_sent(NOW), two.mark_sent(NOW))
    assert [await load(store, each.id) for each in (one, two)] == [one.mark_sent(NOW), two.mark_sent(NOW)]


async def test_a_retry_during_an_attempt_stays_due_when_the_attempt_fails(store: Store) -> None:
    await add_messages(store, 1)
    [claim] = await claim_due(store)
    again = await retry(store, claim.id)
    for failed in (claim.mark_failed(Rejected("never"), NOW), claim.mark_failed(TryLater("busy"), NOW)):
        await record(store, failed)
        assert await load(store, claim.id) == again


async def test_a_released_notification_is_due_at_once_and_the_attempt_not_counted(store: Store) -> None:
    await add_messages(store, 1)
    [claim] = await claim_due(store)
    await record(store, claim.release(NOW))
    assert await claim_due(store) == [claim]


async def test_an_unknown_notification_is_not_found(store: Store) -> None:
    with pytest.raises(NotificationNotFound):
        await load(store, uuid4())


async def test_only_the_recipient_marks_a_notification_as_read_and_a_later_result_keeps_that(
    store: Store,
) -> None:
    ada = await ada_of(store)
    await add_messages(store, 1, user_id=ada.id)
    [claim] = await claim_due(store)
    for reader, at in ((ada.id, NOW), (ada.id, LATER)):
        async with store.notifications() as uow:
            await uow.notifications.mark_read(claim.id, reader, at)
            await uow.commit()
    await record(store, claim.mark_sent(LATER))
    assert await load(store, claim.id) == replace(claim.mark_sent(LATER), read_at=NOW)
    async with store.notifications() as uow:
        with pytest.raises(NotificationNotFound):
            await uow.notifications.mark_read(claim.id, UserId(uuid4()), NOW)


async def test_all_notifications_of_a_user_are_marked_as_read(store: Store) -> None:
    ada = await ada_of(store)
    await add_messages(store, 1, 2, user_id=ada.id)
    await add_messages(store, 3)
    mark_all = MarkAllRead(store.notifications, store.clock)
    count = CountUnread(store.notifications)
    async with store.notifications() as uow:
        await uow.notifications.mark_read(UUID(int=1), ada.id, NOW)
        await uow.commit()
    store.clock.move(timedelta(minutes=1))
    assert await count(by=ada.principal) == 1
    await mark_all(by=ada.principal)
    assert await count(by=ada.principal) == 0
    read_at = [(await load(store, UUID(int=number))).read_at for number in (1, 2, 3)]
    assert read_at == [NOW, NOW + timedelta(minutes=1), None]


async def test_notifications_are_filtered_and_listed_newest_first(store: Store) -> None:
    ada = await ada_of(store)
    await add_messages(store, 1, topic="one")
    await add_messages(store, 2, topic="two", user_id=ada.id)
    [sent, _] = await claim_due(store)
    await record(store, sent.mark_sent(NOW))

    async def search(**wanted: Any) -> list[int]:
        async with store.notifications() as uow:
            page = await uow.notifications.search(NotificationFilter(**wanted), PageRequest())
        return [each.id.int for each in page.items]

    assert await search() == [2, 1]
    assert await search(status=MessageStatus.SENT) == [1]
    assert await search(topic="two") == [2]
    assert await search(user_id=ada.id) == [2]


async def test_only_notifications_sent_long_ago_are_deleted(store: Store) -> None:
    old, recent, dead, _ = await add_messages(store, 1, 2, 3, 4)
    await save(store, *[(await load(store, each.id)).mark_sent(at) for each, at in ((old, NOW), (recent, LATER))])
    await save(store, (await load(store, dead.id)).mark_failed(Rejected("never"), NOW))
    forget = DeleteSentNotifications(store.notifications, store.clock, timedelta(days=90))
    store.clock.move(LATER - NOW + timedelta(days=90))
    assert (await forget(), await forget()) == (1, 0)
    async with store.notifications() as uow:
        left = await uow.notifications.search(NotificationFilter(), PageRequest())
    assert [each.id.int for each in left.items] == [4, 3, 2]


async def test_waiting_and_dead_notifications_are_counted_by_recipient_kind(store: Store) -> None:
    sent, dead, _, _ = await add_messages(store, 1, 2, 3, 4)
    user = await ada_of(store)
    async with store.webhooks() as uow:
        await uow.webhooks.add(webhook := a_webhook(user.id))
        await uow.outbox.add([Message(UUID(int=5), "topic", NOW, webhook_id=webhook.id)])
        await uow.commit()
    await save(store, (await load(store, sent.id)).mark_sent(NOW))
    await save(store, (await load(store, dead.id)).mark_failed(Rejected("never"), NOW))
    metrics = MemoryMetrics()
    later = SetClock(NOW + timedelta(seconds=30))
    await CountNotifications(store.notifications, metrics, later)()
    assert metrics.notifications == {("people", "waiting"): 2, ("people", "dead"): 1, ("webhooks", "waiting"): 1}
    assert metrics.notification_lag == {"people": 30, "webhooks": 30}
    await CountNotifications(store.notifications, metrics, SetClock(NOW - timedelta(seconds=1)))()
    assert metrics.notification_lag == {}
