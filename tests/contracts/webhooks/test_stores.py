"""Webhooks, on every store. What is sent to them is in `test_batches`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

from adapters.system.ids import TimeOrderedIds
from core.accounts.model import User
from core.shared.access import Principal, Role
from core.shared.ids import UserId, WebhookId
from core.shared.messages import MessageStatus
from core.shared.paging import PageRequest
from core.webhooks.errors import TooManyWebhooks, WebhookNotFound
from core.webhooks.model import (
    MAX_WEBHOOKS,
    OWNER_DEACTIVATED,
    OWNER_NOT_ADMIN,
    TEST_TOPIC,
    Scope,
    Target,
    Webhook,
    must_be_below_limit,
)
from core.webhooks.replaying import SendTestMessage
from tests.support.builders import NOW, a_webhook
from tests.support.refusals import refused
from tests.support.stores import Store
from tests.support.webhook_batches import add_owner, add_webhook, add_webhooks


async def test_a_webhook_is_stored_and_updated_completely(store: Store) -> None:
    webhook = await add_webhook(store)
    changed = replace(webhook, url="https://other.example/").disable(
        "The webhook was disabled by its owner or an admin.", NOW
    )
    async with store.webhooks() as uow:
        assert await uow.webhooks.get(webhook.id) == webhook
        assert await uow.webhooks.get_for_update(webhook.id) == webhook
        assert await uow.webhooks.target(webhook.id) == Target(webhook.url, webhook.secret)
        await uow.webhooks.save(changed)
        await uow.commit()
    async with store.webhooks() as uow:
        assert await uow.webhooks.get(webhook.id) == changed
        assert await uow.webhooks.target(webhook.id) is None


async def test_a_test_message_is_a_delivery_of_its_webhook(store: Store) -> None:
    webhook = await add_webhook(store)
    send = SendTestMessage(store.webhooks, TimeOrderedIds(), store.clock)
    delivery = await send(webhook.id, by=Principal(webhook.user_id, Role.ORGANIZER))
    assert (delivery.topic, delivery.status, delivery.due_at) == (TEST_TOPIC, MessageStatus.WAITING, store.clock.now())
    async with store.webhooks() as uow:
        assert (await uow.deliveries.search(webhook.id, PageRequest())).items == [delivery]


async def test_an_unknown_webhook_is_not_found(store: Store) -> None:
    async with store.webhooks() as uow:
        await refused(uow.webhooks.get(WebhookId(uuid4())), WebhookNotFound)
        await refused(uow.webhooks.get_for_update(WebhookId(uuid4())), WebhookNotFound)
        assert await uow.webhooks.target(WebhookId(uuid4())) is None


async def test_webhooks_of_one_user_or_all_are_listed_newest_first(store: Store) -> None:
    otto, olga = await add_owner(store), await add_owner(store, "olga")
    first, second, third = (
        a_webhook(user.id, id=WebhookId(UUID(int=number))) for number, user in enumerate((otto, olga, otto), 1)
    )
    await add_webhooks(store, first, second, third)

    async def found(user_id: UserId | None, page: PageRequest) -> tuple[list[Webhook], int]:
        async with store.webhooks() as uow:
            listed = await uow.webhooks.search(user_id, page)
        return list(listed.items), listed.total

    assert await found(otto.id, PageRequest()) == ([third, first], 2)
    assert await found(None, PageRequest()) == ([third, second, first], 3)
    assert await found(None, PageRequest(limit=1, offset=1)) == ([second], 3)


async def test_a_former_admin_sees_why_their_webhooks_are_disabled(store: Store) -> None:
    otto = await add_owner(store)
    ours, all_of_them = a_webhook(otto.id), a_webhook(otto.id, scope=Scope.ALL)
    await add_webhooks(store, ours, all_of_them)

    async def found() -> set[tuple[Scope, str | None]]:
        async with store.webhooks() as uow:
            page = await uow.webhooks.search(None, PageRequest())
        return {(each.scope, each.disabled_reason) for each in page.items}

    async def becomes(user: User) -> int:
        async with store.accounts() as uow:
            await uow.users.save(user)
            await uow.commit()
        async with store.webhooks() as uow:
            return await uow.webhooks.count_of(otto.id)

    assert await becomes(otto) == 1
    assert await found() == {(Scope.OWN, None), (Scope.ALL, OWNER_NOT_ADMIN)}
    assert await becomes(replace(otto, role=Role.ADMIN)) == 2
    assert await found() == {(Scope.OWN, None), (Scope.ALL, None)}
    await becomes(replace(otto, is_active=False))
    assert await found() == {(Scope.OWN, OWNER_DEACTIVATED), (Scope.ALL, OWNER_DEACTIVATED)}


async def test_concurrent_creation_can_not_exceed_the_maximum(store: Store) -> None:
    otto = await add_owner(store)
    await add_webhooks(store, *(a_webhook(otto.id) for _ in range(MAX_WEBHOOKS - 1)))

    async def added() -> None:
        async with store.webhooks() as uow:
            must_be_below_limit(await uow.webhooks.count_of(otto.id))
            await uow.webhooks.add(a_webhook(otto.id))
            await uow.commit()

    async with store.webhooks() as uow:
        must_be_below_limit(await uow.webhooks.count_of(otto.id))
        other = asyncio.create_task(added())
        await asyncio.wait([other], timeout=0.2)  # without the lock it would finish in that time
        await uow.webhooks.add(a_webhook(otto.id))
        await uow.commit()
    await refused(other, TooManyWebhooks)
    async with store.webhooks() as uow:
        assert await uow.webhooks.count_of(otto.id) == MAX_WEBHOOKS
