"""Which webhooks are notified of an organizer's events, on every store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.memory.shared.system import CountingIds
from core.accounts.model import User
from core.notifications.ports import NotificationFilter
from core.shared.access import Role
from core.shared.ids import UserId
from core.shared.messages import Message
from core.shared.paging import PageRequest
from core.shared.topics import Topic
from core.shared.webhooks import WebhookSubscriber, webhook_messages
from core.webhooks.model import DISABLED_BY_USER, Scope, Webhook
from tests.support.builders import NOW, a_user, a_webhook
from tests.support.stores import Store, postgres_store
from tests.support.waiting import until_busy


async def somebody(store: Store, name: str, role: Role = Role.ORGANIZER) -> User:
    user = a_user(f"{name}@example.com", role=role)
    async with store.accounts() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user


async def add_webhooks(store: Store, *webhooks: Webhook) -> None:
    async with store.webhooks() as uow:
        for webhook in webhooks:
            await uow.webhooks.add(webhook)
        await uow.commit()


async def saved(store: Store, user: User) -> None:
    async with store.accounts() as uow:
        await uow.users.get_for_update(user.id)
        await uow.users.save(user)
        await uow.commit()


async def listeners_of(store: Store, organizer_id: UserId | None) -> list[WebhookSubscriber]:
    async with store.booking() as uow:
        return list(await uow.webhook_subscribers.of(organizer_id))


async def hearing(store: Store, organizer_id: UserId | None) -> set[UUID]:
    return {listener.webhook_id for listener in await listeners_of(store, organizer_id)}


async def test_without_webhooks_there_are_no_subscribers(store: Store) -> None:
    otto = await somebody(store, "otto")
    assert await listeners_of(store, otto.id) == []


async def test_organizers_subscribe_to_their_own_events_only(store: Store) -> None:
    otto, olga = await somebody(store, "otto"), await somebody(store, "olga")
    ottos, olgas = a_webhook(otto.id), a_webhook(olga.id)
    await add_webhooks(store, ottos, olgas)
    assert await listeners_of(store, otto.id) == [WebhookSubscriber(ottos.id, frozenset(ottos.topics))]
    assert await hearing(store, olga.id) == {olgas.id}
    assert await hearing(store, UserId(uuid4())) == set()
    assert await hearing(store, None) == set()


async def test_admins_subscribe_to_all_events_even_those_without_an_organizer(store: Store) -> None:
    otto, root = await somebody(store, "otto"), await somebody(store, "root", Role.ADMIN)
    ottos, roots = a_webhook(otto.id), a_webhook(root.id, scope=Scope.ALL)
    await add_webhooks(store, ottos, roots)
    assert await hearing(store, otto.id) == {ottos.id, roots.id}
    assert await hearing(store, root.id) == {roots.id}
    assert await hearing(store, None) == {roots.id}


async def test_a_former_admins_webhook_for_all_events_gets_nothing(store: Store) -> None:
    root = await somebody(store, "root", Role.ADMIN)
    webhook = a_webhook(root.id, scope=Scope.ALL)
    await add_webhooks(store, webhook)
    await saved(store, replace(root, role=Role.ORGANIZER))
    assert await hearing(store, root.id) == await hearing(store, None) == set()
    async with store.webhooks() as uow:
        assert await uow.webhooks.target(webhook.id) is None


async def test_a_former_organizers_webhook_gets_nothing_until_the_role_is_back(store: Store) -> None:
    otto = await somebody(store, "otto")
    webhook = a_webhook(otto.id)
    await add_webhooks(store, webhook)
    await saved(store, replace(otto, role=Role.USER))
    assert await hearing(store, otto.id) == set()
    async with store.webhooks() as uow:
        assert await uow.webhooks.target(webhook.id) is None
    await saved(store, otto)
    assert await hearing(store, otto.id) == {webhook.id}


async def test_a_deactivated_owners_webhook_gets_nothing(store: Store) -> None:
    otto = await somebody(store, "otto")
    webhook = a_webhook(otto.id)
    await add_webhooks(store, webhook)
    await saved(store, replace(otto, is_active=False))
    assert await hearing(store, otto.id) == set()
    async with store.webhooks() as uow:
        assert await uow.webhooks.target(webhook.id) is None


async def test_a_disabled_webhook_gets_nothing(store: Store) -> None:
    otto = await somebody(store, "otto")
    await add_webhooks(
        store,
        a_webhook(otto.id).disable(DISABLED_BY_USER, NOW),
        one := a_webhook(otto.id),
    )
    assert await hearing(store, otto.id) == {one.id}


def test_each_subscriber_of_the_topic_gets_its_own_message() -> None:
    one, other = (WebhookSubscriber(uuid4(), frozenset({Topic.BOOKING_CONFIRMED})) for _ in range(2))
    uninterested = WebhookSubscriber(uuid4(), frozenset({Topic.EVENT_CHANGED}))
    messages = webhook_messages(
        [one, uninterested, other], Topic.BOOKING_CONFIRMED, {"quantity": 2}, at=NOW, ids=CountingIds()
    )
    assert messages == [
        Message(UUID(int=1), "booking.confirmed", NOW, webhook_id=one.webhook_id, payload={"quantity": 2}),
        Message(UUID(int=2), "booking.confirmed", NOW, webhook_id=other.webhook_id, payload={"quantity": 2}),
    ]


async def post(store: Store, *messages: Message) -> None:
    async with store.accounts() as uow:
        await uow.outbox.add(messages)
        await uow.commit()


async def to(store: Store, webhook: Webhook) -> list[UUID]:
    async with store.webhooks() as uow:
        return [each.id for each in (await uow.deliveries.search(webhook.id, PageRequest())).items]


async def test_only_messages_to_deleted_webhooks_are_left_out(store: Store) -> None:
    otto = await somebody(store, "otto")
    await add_webhooks(store, webhook := a_webhook(otto.id))
    to_deleted = Message(UUID(int=1), "booking.confirmed", NOW, webhook_id=uuid4())
    to_existing = Message(UUID(int=2), "booking.confirmed", NOW, webhook_id=webhook.id)
    await post(store, to_deleted, to_existing)
    assert await to(store, webhook) == [to_existing.id]
    async with store.notifications() as uow:
        every = await uow.notifications.search(NotificationFilter(), PageRequest())
    assert [each.id for each in every.items] == [to_existing.id]


@pytest.mark.parametrize("removed_first", [True, False])
async def test_deleting_a_webhook_while_it_is_notified_breaks_nothing(engine: AsyncEngine, removed_first: bool) -> None:
    store = postgres_store(engine)
    otto = await somebody(store, "otto")
    await add_webhooks(store, webhook := a_webhook(otto.id))
    message = Message(UUID(int=1), "booking.confirmed", NOW, webhook_id=webhook.id)
    telling, removing = store.accounts(), store.webhooks()

    async def notify() -> None:
        await telling.outbox.add([message])
        await telling.commit()

    async def removed() -> None:
        await removing.webhooks.remove(webhook.id)
        await removing.commit()

    async with telling, removing:
        if removed_first:
            await removing.webhooks.remove(webhook.id)
            waiting = asyncio.create_task(notify())
            await until_busy(engine, 1)
            await removing.commit()
        else:
            await telling.outbox.add([message])
            waiting = asyncio.create_task(removed())
            await until_busy(engine, 1)
            await telling.commit()
        await waiting
    assert await to(store, webhook) == []
