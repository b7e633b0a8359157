"""What is sent to webhooks, on every store: turns, rests, deliveries and their replays."""

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
from tests.contracts.conftest import refused
from tests.support.builders import NOW, a_webhook
from tests.support.stores import Store, postgres_store
from tests.support.webhook_batches import (
    DELIVERED,
    LATER,
    MAX_PER_OWNER,
    NO_ANSWER,
    SECOND,
    a_turn,
    deliveries,
    made,
    numbers,
    one,
    over,
    posted,
    somebody,
    turn,
)


async def test_messages_to_webhooks_and_to_people_are_claimed_separately(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, 1)
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
    webhook = await one(store)
    await posted(store, webhook, *range(1, 6))
    first = await a_turn(store)
    assert numbers(first) == [1, 2]
    assert await turn(store) is None
    await over(store, first)
    second = await a_turn(store)
    assert numbers(second) == [3, 4]
    assert await turn(store, now=LATER - SECOND) is None
    assert sorted(numbers(await turn(store, limit=5, now=LATER))) == [3, 4, 5]
    await over(store, second, LATER)  # whoever gave it was not gone after all
    await posted(store, webhook, 6)
    assert await turn(store, now=LATER) is None


async def test_webhooks_take_turns_however_much_is_due_to_one(store: Store) -> None:
    otto = await somebody(store)
    busy, quiet, idle = (a_webhook(otto.id, id=WebhookId(UUID(int=number))) for number in (1, 2, 3))
    await made(store, busy, quiet, idle)
    await posted(store, busy, *range(1, 10))
    await posted(store, quiet, 10, 11, 12, at=NOW + SECOND)
    served = []
    for second in range(1, 6):
        now = NOW + second * SECOND
        begun = await a_turn(store, now=now)
        served.append(begun.webhook_id)
        await over(store, begun, now)
    assert served == [busy.id, quiet.id, busy.id, quiet.id, busy.id]


async def test_concurrent_claims_get_different_webhooks(store: Store) -> None:
    owners = [await somebody(store, name) for name in ("otto", "olga", "oona", "odo")]
    webhooks = [a_webhook(owner.id) for owner in owners]
    await made(store, *webhooks)
    for number, webhook in enumerate(webhooks):
        await posted(store, webhook, *range(10 * number + 1, 10 * number + 4))
    served = [each.webhook_id for each in await asyncio.gather(*(turn(store) for _ in range(8))) if each]
    assert len(served) == len(set(served)) <= 4
    rest = [await turn(store) for _ in range(4)]
    assert {*served, *(begun.webhook_id for begun in rest if begun)} == {each.id for each in webhooks}


async def test_concurrent_claims_respect_the_maximum_per_owner(store: Store) -> None:
    otto, olga = await somebody(store), await somebody(store, "olga")
    ottos = [a_webhook(otto.id, id=WebhookId(UUID(int=number))) for number in range(1, 9)]
    await made(store, *ottos, olgas := a_webhook(olga.id, id=WebhookId(UUID(int=9))))
    for number, webhook in enumerate(ottos):
        await posted(store, webhook, number + 1)
    begun = [each for each in await asyncio.gather(*(turn(store) for _ in range(16))) if each]
    begun += [each for each in [await turn(store) for _ in range(MAX_PER_OWNER)] if each]
    assert len(begun) == MAX_PER_OWNER
    await posted(store, olgas, 100)
    assert (await a_turn(store)).webhook_id == olgas.id
    await over(store, begun[0])
    assert (await a_turn(store)).webhook_id not in {olgas.id, *(each.webhook_id for each in begun)}


async def test_a_webhook_that_does_not_answer_is_paused_longer_each_time(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, *range(1, 20))
    now = NOW
    for rest in (timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=90)):
        await over(store, await a_turn(store, now=now), now, NO_ANSWER)
        assert await turn(store, now=now + rest - SECOND) is None
        now += rest
    for answer in (DELIVERED, DeliveryOutcome(TryLater("busy"), 503)):
        await over(store, await a_turn(store, now=now), now, answer)
    await over(store, await a_turn(store, now=now), now, NO_ANSWER)
    assert await turn(store, now=now + timedelta(seconds=9)) is None
    assert await turn(store, now=now + timedelta(seconds=10)) is not None


async def test_ending_the_pause_makes_a_webhook_available_at_once(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, *range(1, 10))
    for _ in range(2):
        await over(store, await a_turn(store), outcome=NO_ANSWER)
        assert await turn(store) is None
        async with store.webhooks() as uow:
            await uow.webhooks.end_pause(webhook.id)
            await uow.webhooks.end_pause(WebhookId(uuid4()))
            await uow.commit()
    assert (await a_turn(store)).unanswered == 0


async def test_deliveries_are_listed_newest_first_with_the_response_status(store: Store) -> None:
    webhook, other = await one(store), a_webhook((await somebody(store, "olga")).id)
    await made(store, other)
    await posted(store, webhook, 1, 2)
    begun = await a_turn(store)
    first, second = begun.claimed
    await posted(store, other, 3)
    settled = [
        first.with_outcome(DeliveryOutcome(status=204), NOW),
        second.with_outcome(DeliveryOutcome(TryLater("busy"), 503), NOW),
    ]
    async with store.notifications() as uow:
        await uow.notifications.record_results(settled, begun.until)
        await uow.commit()
    told, sent = await deliveries(store, webhook)
    assert (told.id.int, told.status, told.attempts, told.last_error, told.response_status, told.sent_at) == (
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
    webhook = await one(store)
    await posted(store, webhook, 1)
    await over(store, await a_turn(store))
    async with store.webhooks() as uow:
        sent = await uow.deliveries.get_for_update(webhook.id, UUID(int=1))
        await uow.deliveries.save(sent.replay(LATER))
        await uow.commit()
    assert await deliveries(store, webhook) == [sent.replay(LATER)]
    assert await turn(store) is None
    assert [(each.id.int, each.attempts) for each in (await a_turn(store, now=LATER)).claimed] == [(1, 1)]


@pytest.mark.parametrize("outcome", [DELIVERED, NO_ANSWER])
async def test_a_replay_during_an_attempt_is_sent(store: Store, outcome: DeliveryOutcome) -> None:
    webhook = await one(store)
    await posted(store, webhook, 1)
    begun = await a_turn(store)
    async with store.webhooks() as uow:
        replayed = (await uow.deliveries.get_for_update(webhook.id, UUID(int=1))).replay(NOW)
        await uow.deliveries.save(replayed)
        await uow.commit()
    await over(store, begun, outcome=outcome)
    assert await deliveries(store, webhook) == [replayed]
    assert numbers(await turn(store, now=LATER)) == [1]


async def test_an_abandoned_delivery_stays_dead_when_an_attempt_fails(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, 1, 2)
    begun = await a_turn(store)
    async with store.webhooks() as uow:
        await uow.deliveries.abandon_waiting(webhook.id, "gone")
        await uow.commit()
    first, second = begun.claimed
    async with store.notifications() as uow:
        await uow.notifications.record_results(
            [first.with_outcome(DeliveryOutcome(status=204), NOW), second.mark_failed(TryLater("?"), NOW)], begun.until
        )
        await uow.commit()
    assert [(each.status, each.last_error) for each in await deliveries(store, webhook)] == [
        (MessageStatus.DEAD, "gone"),
        (MessageStatus.SENT, None),
    ]


async def test_a_delivery_is_found_only_under_its_own_webhook(store: Store) -> None:
    webhook, other = await one(store), a_webhook((await somebody(store, "olga")).id)
    await made(store, other)
    await posted(store, webhook, 1)
    async with store.webhooks() as uow:
        await refused(uow.deliveries.get_for_update(other.id, UUID(int=1)), DeliveryNotFound)
        await refused(uow.deliveries.get_for_update(webhook.id, uuid4()), DeliveryNotFound)


async def test_only_waiting_deliveries_are_abandoned(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, 1, 2, 3)
    await over(store, await a_turn(store))
    async with store.webhooks() as uow:
        await uow.deliveries.abandon_waiting(webhook.id, "gone")
        await uow.commit()
    last, *sent = await deliveries(store, webhook)
    assert (last.status, last.last_error) == (MessageStatus.DEAD, "gone")
    assert [each.status for each in sent] == [MessageStatus.SENT, MessageStatus.SENT]


async def test_deleting_a_webhook_deletes_all_its_deliveries_even_claimed_ones(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, 1, 2, 3)
    begun = await a_turn(store)
    async with store.webhooks() as uow:
        await uow.webhooks.remove(webhook.id)
        await uow.commit()
    await over(store, begun)
    assert await deliveries(store, webhook) == []
    async with store.notifications() as uow:
        assert (await uow.notifications.search(NotificationFilter(), PageRequest())).total == 0


async def test_deliveries_to_webhooks_are_in_no_inbox_but_admins_see_them(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, 1)
    async with store.notifications() as uow:
        inbox = await uow.notifications.search(NotificationFilter(user_id=webhook.user_id), PageRequest())
        every = await uow.notifications.search(NotificationFilter(), PageRequest())
    assert inbox.items == []
    assert [each.message.webhook_id for each in every.items] == [webhook.id]


async def test_a_webhook_is_not_leased_when_all_its_due_messages_are_locked(engine: AsyncEngine) -> None:
    store = postgres_store(engine)
    webhook = await one(store)
    await posted(store, webhook, 1)
    deliver = DeliverWebhooks(store.notifications, ParallelDispatcher(LogSender()), store.clock)
    async with store.notifications() as looking:
        await looking.notifications.get_for_update(UUID(int=1))
        assert await deliver(asyncio.Event()) == 0
    assert await deliver(asyncio.Event()) == 1
