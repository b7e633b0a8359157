"""Batches of webhooks, on every store: leases, pauses, deliveries and their replays."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.delivery.dispatcher import ParallelDispatcher
from adapters.delivery.log import LogSender
from core.notifications.delivering import DeliverWebhooks
from core.notifications.errors import TryLater
from core.notifications.model import DeliveryOutcome
from core.notifications.ports import NotificationFilter
from core.shared.ids import WebhookId
from core.shared.messages import Message, MessageStatus
from core.shared.paging import PageRequest
from core.webhooks.errors import DeliveryNotFound
from tests.support.builders import NOW, a_webhook
from tests.support.refusals import refused
from tests.support.stores import Store, postgres_store
from tests.support.webhook_batches import (
    DELIVERED,
    LATER,
    MAX_PER_OWNER,
    NO_ANSWER,
    SECOND,
    add_messages,
    add_owner,
    add_webhook,
    add_webhooks,
    claim_batch,
    claim_some,
    deliveries,
    finish_batch,
    message_numbers,
)


async def test_messages_to_webhooks_and_to_people_are_claimed_separately(store: Store) -> None:
    webhook = await add_webhook(store)
    await add_messages(store, webhook, 1)
    async with store.accounts() as uow:
        await uow.outbox.add([Message(UUID(int=2), "topic", NOW, "ada@example.com")])
        await uow.commit()
    async with store.notifications() as uow:
        people = await uow.notifications.claim(10, NOW, LATER)
        programs = await uow.notifications.claim_webhook_batch(10, NOW, LATER, MAX_PER_OWNER)
        await uow.commit()
    assert [each.id.int for each in people] == [2]
    assert programs is not None
    assert (programs.webhook_id, programs.until) == (webhook.id, LATER)
    assert [(each.id.int, each.attempts, each.due_at) for each in programs.claimed] == [(1, 1, LATER)]


async def test_a_webhook_has_one_batch_at_a_time_until_its_lease_ends(store: Store) -> None:
    webhook = await add_webhook(store)
    await add_messages(store, webhook, *range(1, 6))
    first = await claim_some(store)
    assert message_numbers(first) == [1, 2]
    assert await claim_batch(store) is None
    await finish_batch(store, first)
    second = await claim_some(store)
    assert message_numbers(second) == [3, 4]
    assert await claim_batch(store, now=LATER - SECOND) is None
    assert sorted(message_numbers(await claim_batch(store, limit=5, now=LATER))) == [3, 4, 5]
    await finish_batch(store, second, LATER)  # the process that had claimed it was still alive
    await add_messages(store, webhook, 6)
    assert await claim_batch(store, now=LATER) is None


async def test_webhooks_take_turns_however_much_is_due_to_one(store: Store) -> None:
    otto = await add_owner(store)
    busy, quiet, idle = (a_webhook(otto.id, id=WebhookId(UUID(int=number))) for number in (1, 2, 3))
    await add_webhooks(store, busy, quiet, idle)
    await add_messages(store, busy, *range(1, 10))
    await add_messages(store, quiet, 10, 11, 12, at=NOW + SECOND)
    served = []
    for second in range(1, 6):
        now = NOW + second * SECOND
        batch = await claim_some(store, now=now)
        served.append(batch.webhook_id)
        await finish_batch(store, batch, now)
    assert served == [busy.id, quiet.id, busy.id, quiet.id, busy.id]


async def test_concurrent_claims_get_different_webhooks(store: Store) -> None:
    owners = [await add_owner(store, name) for name in ("otto", "olga", "oona", "odo")]
    webhooks = [a_webhook(owner.id) for owner in owners]
    await add_webhooks(store, *webhooks)
    for number, webhook in enumerate(webhooks):
        await add_messages(store, webhook, *range(10 * number + 1, 10 * number + 4))
    served = [each.webhook_id for each in await asyncio.gather(*(claim_batch(store) for _ in range(8))) if each]
    assert len(served) == len(set(served)) <= 4
    others = [await claim_batch(store) for _ in range(4)]
    assert {*served, *(batch.webhook_id for batch in others if batch)} == {each.id for each in webhooks}


async def test_concurrent_claims_respect_the_maximum_per_owner(store: Store) -> None:
    otto, olga = await add_owner(store), await add_owner(store, "olga")
    ottos = [a_webhook(otto.id, id=WebhookId(UUID(int=number))) for number in range(1, 9)]
    await add_webhooks(store, *ottos, olgas := a_webhook(olga.id, id=WebhookId(UUID(int=9))))
    for number, webhook in enumerate(ottos):
        await add_messages(store, webhook, number + 1)
    batch = [each for each in await asyncio.gather(*(claim_batch(store) for _ in range(16))) if each]
    batch += [each for each in [await claim_batch(store) for _ in range(MAX_PER_OWNER)] if each]
    assert len(batch) == MAX_PER_OWNER
    await add_messages(store, olgas, 100)
    assert (await claim_some(store)).webhook_id == olgas.id
    await finish_batch(store, batch[0])
    assert (await claim_some(store)).webhook_id not in {olgas.id, *(each.webhook_id for each in batch)}


async def test_a_webhook_that_does_not_answer_is_paused_longer_each_time(store: Store) -> None:
    webhook = await add_webhook(store)
    await add_messages(store, webhook, *range(1, 20))
    now = NOW
    for pause in (timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=90)):
        await finish_batch(store, await claim_some(store, now=now), now, NO_ANSWER)
        assert await claim_batch(store, now=now + pause - SECOND) is None
        now += pause
    for answer in (DELIVERED, DeliveryOutcome(TryLater("busy"), 503)):
        await finish_batch(store, await claim_some(store, now=now), now, answer)
    await finish_batch(store, await claim_some(store, now=now), now, NO_ANSWER)
    assert await claim_batch(store, now=now + timedelta(seconds=9)) is None
    assert await claim_batch(store, now=now + timedelta(seconds=10)) is not None


async def test_ending_the_pause_makes_a_webhook_available_at_once(store: Store) -> None:
    webhook = await add_webhook(store)
    await add_messages(store, webhook, *range(1, 10))
    for _ in range(2):
        await finish_batch(store, await claim_some(store), outcome=NO_ANSWER)
        assert await claim_batch(store) is None
        async with store.webhooks() as uow:
            await uow.webhooks.end_pause(webhook.id)
            await uow.webhooks.end_pause(WebhookId(uuid4()))
            await uow.commit()
    assert (await claim_some(store)).unanswered == 0


async def test_deliveries_are_listed_newest_first_with_the_response_status(store: Store) -> None:
    webhook, other = await add_webhook(store), a_webhook((await add_owner(store, "olga")).id)
    await add_webhooks(store, other)
    await add_messages(store, webhook, 1, 2)
    batch = await claim_some(store)
    first, second = batch.claimed
    await add_messages(store, other, 3)
    settled = [
        first.with_outcome(DeliveryOutcome(status=204), NOW),
        second.with_outcome(DeliveryOutcome(TryLater("busy"), 503), NOW),
    ]
    async with store.notifications() as uow:
        await uow.notifications.record_results(settled, batch.until)
        await uow.commit()
    failed, sent = await deliveries(store, webhook)
    assert (
        failed.id.int,
        failed.status,
        failed.attempts,
        failed.last_error,
        failed.response_status,
        failed.sent_at,
    ) == (
        2,
        MessageStatus.WAITING,
        1,
        "busy",
        503,
        None,
    )
    assert (sent.id.int, sent.status, sent.last_error, sent.response_status, sent.sent_at) == (
        1,
        MessageStatus.SENT,
        None,
        204,
        NOW,
    )
    assert sent.payload == {"quantity": 2, "seats": ["A1"]}
    assert [each.id.int for each in await deliveries(store, other)] == [3]


async def test_a_delivery_is_replayed_under_its_id(store: Store) -> None:
    webhook = await add_webhook(store)
    await add_messages(store, webhook, 1)
    await finish_batch(store, await claim_some(store))
    async with store.webhooks() as uow:
        sent = await uow.deliveries.get_for_update(webhook.id, UUID(int=1))
        await uow.deliveries.save(sent.replay(LATER))
        await uow.commit()
    assert await deliveries(store, webhook) == [sent.replay(LATER)]
    assert await claim_batch(store) is None
    assert [(each.id.int, each.attempts) for each in (await claim_some(store, now=LATER)).claimed] == [(1, 1)]


@pytest.mark.parametrize("outcome", [DELIVERED, NO_ANSWER])
async def test_a_replay_during_an_attempt_is_sent(store: Store, outcome: DeliveryOutcome) -> None:
    webhook = await add_webhook(store)
    await add_messages(store, webhook, 1)
    batch = await claim_some(store)
    async with store.webhooks() as uow:
        replayed = (await uow.deliveries.get_for_update(webhook.id, UUID(int=1))).replay(NOW)
        await uow.deliveries.save(replayed)
        await uow.commit()
    await finish_batch(store, batch, outcome=outcome)
    assert await deliveries(store, webhook) == [replayed]
    assert message_numbers(await claim_batch(store, now=LATER)) == [1]


async def test_an_abandoned_delivery_stays_dead_when_an_attempt_fails(store: Store) -> None:
    webhook = await add_webhook(store)
    await add_messages(store, webhook, 1, 2)
    batch = await claim_some(store)
    async with store.webhooks() as uow:
        await uow.deliveries.abandon_waiting(webhook.id, "disabled")
        await uow.commit()
    first, second = batch.claimed
    async with store.notifications() as uow:
        await uow.notifications.record_results(
            [first.with_outcome(DeliveryOutcome(status=204), NOW), second.mark_failed(TryLater("?"), NOW)], batch.until
        )
        await uow.commit()
    assert [(each.status, each.last_error) for each in await deliveries(store, webhook)] == [
        (MessageStatus.DEAD, "disabled"),
        (MessageStatus.SENT, None),
    ]


async def test_a_delivery_is_found_only_under_its_own_webhook(store: Store) -> None:
    webhook, other = await add_webhook(store), a_webhook((await add_owner(store, "olga")).id)
    await add_webhooks(store, other)
    await add_messages(store, webhook, 1)
    async with store.webhooks() as uow:
        await refused(uow.deliveries.get_for_update(other.id, UUID(int=1)), DeliveryNotFound)
        await refused(uow.deliveries.get_for_update(webhook.id, uuid4()), DeliveryNotFound)


async def test_only_waiting_deliveries_are_abandoned(store: Store) -> None:
    webhook = await add_webhook(store)
    await add_messages(store, webhook, 1, 2, 3)
    await finish_batch(store, await claim_some(store))
    async with store.webhooks() as uow:
        await uow.deliveries.abandon_waiting(webhook.id, "disabled")
        await uow.commit()
    last, *sent = await deliveries(store, webhook)
    assert (last.status, last.last_error) == (MessageStatus.DEAD, "disabled")
    assert [each.status for each in sent] == [MessageStatus.SENT, MessageStatus.SENT]


async def test_deleting_a_webhook_deletes_all_its_deliveries_even_claimed_ones(store: Store) -> None:
    webhook = await add_webhook(store)
    await add_messages(store, webhook, 1, 2, 3)
    batch = await claim_some(store)
    async with store.webhooks() as uow:
        await uow.webhooks.remove(webhook.id)
        await uow.commit()
    await finish_batch(store, batch)
    assert await deliveries(store, webhook) == []
    async with store.notifications() as uow:
        assert (await uow.notifications.search(NotificationFilter(), PageRequest())).total == 0


async def test_deliveries_to_webhooks_are_in_no_inbox_but_admins_see_them(store: Store) -> None:
    webhook = await add_webhook(store)
    await add_messages(store, webhook, 1)
    async with store.notifications() as uow:
        inbox = await uow.notifications.search(NotificationFilter(user_id=webhook.user_id), PageRequest())
        every = await uow.notifications.search(NotificationFilter(), PageRequest())
    assert inbox.items == []
    assert [each.message.webhook_id for each in every.items] == [webhook.id]


async def test_a_webhook_is_not_leased_when_all_its_due_messages_are_locked(engine: AsyncEngine) -> None:
    store = postgres_store(engine)
    webhook = await add_webhook(store)
    await add_messages(store, webhook, 1)
    deliver = DeliverWebhooks(store.notifications, ParallelDispatcher(LogSender()), store.clock)
    async with store.notifications() as looking:
        await looking.notifications.get_for_update(UUID(int=1))
        assert await deliver(asyncio.Event()) == 0
    assert await deliver(asyncio.Event()) == 1
