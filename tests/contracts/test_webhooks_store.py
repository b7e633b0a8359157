"""Webhooks and what is sent to them, on every store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.mail.couriers import ParallelCouriers
from adapters.mail.log import LogDelivery
from core.accounts.model import User
from core.notifications.delivering import DeliverWebhooks
from core.notifications.errors import TryLater
from core.notifications.model import Outcome, Turn
from core.notifications.ports import NotificationFilter
from core.shared.access import Role
from core.shared.ids import UserId, WebhookId
from core.shared.messages import Message, Status
from core.shared.paging import PageRequest
from core.webhooks.errors import DeliveryNotFound, TooManyWebhooks, WebhookNotFound
from core.webhooks.model import (
    MAX_WEBHOOKS,
    OWNER_DEACTIVATED,
    OWNER_NO_ADMIN,
    Delivery,
    Scope,
    Target,
    Webhook,
    must_have_room,
)
from tests.builders import NOW, a_user, a_webhook
from tests.contracts.conftest import refused
from tests.stores import Store, postgres_store

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LATER = NOW + MINUTE
EACH_OWNER = 2
DELIVERED = Outcome(status=204)
NO_ANSWER = Outcome(TryLater("The receiver did not answer."))


async def somebody(store: Store, name: str = "otto") -> User:
    user = a_user(f"{name}@example.com", role=Role.ORGANIZER)
    async with store.accounts() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user


async def made(store: Store, *webhooks: Webhook) -> None:
    async with store.webhooks() as uow:
        for webhook in webhooks:
            await uow.webhooks.add(webhook)
        await uow.commit()


async def one(store: Store, **values: Any) -> Webhook:
    webhook = a_webhook((await somebody(store)).id, **values)
    await made(store, webhook)
    return webhook


async def posted(store: Store, webhook: Webhook, *numbers: int, at: datetime = NOW) -> None:
    payload = {"quantity": 2, "seats": ["A1"]}
    async with store.webhooks() as uow:
        await uow.outbox.add(
            [
                Message(UUID(int=number), "booking.confirmed", at, webhook_id=webhook.id, payload=payload)
                for number in numbers
            ]
        )
        await uow.commit()


async def turn(store: Store, limit: int = 2, now: datetime = NOW) -> Turn | None:
    async with store.notifications() as uow:
        begun = await uow.notifications.claim_turn(limit, now, now + MINUTE, EACH_OWNER)
        await uow.commit()
    return begun


async def a_turn(store: Store, limit: int = 2, now: datetime = NOW) -> Turn:
    """Of a webhook, which there is."""
    begun = await turn(store, limit, now)
    assert begun is not None
    return begun


async def over(store: Store, begun: Turn, at: datetime = NOW, outcome: Outcome = DELIVERED) -> None:
    """The turn, with this outcome of all that was tried."""
    async with store.notifications() as uow:
        await uow.notifications.end_turn(begun.over([outcome] * len(begun.claimed), at), at)
        settled = [each.settled(outcome.failure, at, outcome.status) for each in begun.claimed]
        await uow.notifications.settle(settled, begun.until)
        await uow.commit()


def numbers(begun: Turn | None) -> list[int]:
    """Of what is delivered."""
    return [each.id.int for each in begun.claimed] if begun else []


async def deliveries(store: Store, webhook: Webhook) -> list[Delivery]:
    async with store.webhooks() as uow:
        return list((await uow.deliveries.search(webhook.id, PageRequest())).items)


# Webhooks


async def test_a_webhook_is_kept_whole_and_as_it_was_changed(store: Store) -> None:
    webhook = await one(store)
    changed = replace(webhook, url="https://other.example/").disabled("It was switched off.", NOW)
    async with store.webhooks() as uow:
        assert await uow.webhooks.get(webhook.id) == webhook
        assert await uow.webhooks.get_for_update(webhook.id) == webhook
        assert await uow.webhooks.target(webhook.id) == Target(webhook.url, webhook.secret)
        await uow.webhooks.save(changed)
        await uow.commit()
    async with store.webhooks() as uow:
        assert await uow.webhooks.get(webhook.id) == changed
        assert await uow.webhooks.target(webhook.id) is None


async def test_an_unknown_webhook_is_not_found(store: Store) -> None:
    async with store.webhooks() as uow:
        await refused(uow.webhooks.get(WebhookId(uuid4())), WebhookNotFound)
        await refused(uow.webhooks.get_for_update(WebhookId(uuid4())), WebhookNotFound)
        assert await uow.webhooks.target(WebhookId(uuid4())) is None


async def test_webhooks_are_listed_newest_first_somebodys_or_all(store: Store) -> None:
    otto, olga = await somebody(store), await somebody(store, "olga")
    first, second, third = (
        a_webhook(user.id, id=WebhookId(UUID(int=number))) for number, user in enumerate((otto, olga, otto), 1)
    )
    await made(store, first, second, third)

    async def found(user_id: UserId | None, page: PageRequest) -> tuple[list[Webhook], int]:
        async with store.webhooks() as uow:
            listed = await uow.webhooks.search(user_id, page)
        return list(listed.items), listed.total

    assert await found(otto.id, PageRequest()) == ([third, first], 2)
    assert await found(None, PageRequest()) == ([third, second, first], 3)
    assert await found(None, PageRequest(limit=1, offset=1)) == ([second], 3)


async def test_who_is_no_admin_any_more_has_what_they_manage_and_sees_why_the_rest_is_silent(store: Store) -> None:
    otto = await somebody(store)
    ours, all_of_them = a_webhook(otto.id), a_webhook(otto.id, scope=Scope.ALL)
    await made(store, ours, all_of_them)

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
    assert await found() == {(Scope.OWN, None), (Scope.ALL, OWNER_NO_ADMIN)}
    assert await becomes(replace(otto, role=Role.ADMIN)) == 2
    assert await found() == {(Scope.OWN, None), (Scope.ALL, None)}
    await becomes(replace(otto, is_active=False))
    assert await found() == {(Scope.OWN, OWNER_DEACTIVATED), (Scope.ALL, OWNER_DEACTIVATED)}


async def test_of_two_who_add_the_last_one_that_is_allowed_at_once_one_is_refused(store: Store) -> None:
    otto = await somebody(store)
    await made(store, *(a_webhook(otto.id) for _ in range(MAX_WEBHOOKS - 1)))

    async def added() -> None:
        async with store.webhooks() as uow:
            must_have_room(await uow.webhooks.count_of(otto.id))
            await uow.webhooks.add(a_webhook(otto.id))
            await uow.commit()

    async with store.webhooks() as uow:
        must_have_room(await uow.webhooks.count_of(otto.id))
        other = asyncio.create_task(added())
        await asyncio.wait([other], timeout=0.2)  # without the lock it would be done by then
        await uow.webhooks.add(a_webhook(otto.id))
        await uow.commit()
    await refused(other, TooManyWebhooks)
    async with store.webhooks() as uow:
        assert await uow.webhooks.count_of(otto.id) == MAX_WEBHOOKS


# What is sent to them


async def test_what_is_for_programs_is_claimed_apart_from_what_is_for_people(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, 1)
    async with store.accounts() as uow:
        await uow.outbox.add([Message(UUID(int=2), "topic", NOW, "ada@example.com")])
        await uow.commit()
    async with store.notifications() as uow:
        people = await uow.notifications.claim(10, NOW, LATER)
        programs = await uow.notifications.claim_turn(10, NOW, LATER, EACH_OWNER)
        await uow.commit()
    assert [each.id.int for each in people] == [2]
    assert programs is not None
    assert (programs.webhook_id, programs.until) == (webhook.id, LATER)
    assert [(each.id.int, each.attempts, each.due_at) for each in programs.claimed] == [(1, 1, LATER)]


async def test_a_webhook_has_one_turn_at_a_time_until_it_is_over_or_whoever_gave_it_is_gone(store: Store) -> None:
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


async def test_webhooks_take_turns_however_much_waits_for_one(store: Store) -> None:
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


async def test_of_many_who_give_turns_at_once_each_gets_another_webhook(store: Store) -> None:
    owners = [await somebody(store, name) for name in ("otto", "olga", "oona", "odo")]
    webhooks = [a_webhook(owner.id) for owner in owners]
    await made(store, *webhooks)
    for number, webhook in enumerate(webhooks):
        await posted(store, webhook, *range(10 * number + 1, 10 * number + 4))
    served = [each.webhook_id for each in await asyncio.gather(*(turn(store) for _ in range(8))) if each]
    assert len(served) == len(set(served)) <= 4
    rest = [await turn(store) for _ in range(4)]
    assert {*served, *(begun.webhook_id for begun in rest if begun)} == {each.id for each in webhooks}


async def test_of_all_turns_an_owner_has_a_few_however_many_are_asked_for_at_once(store: Store) -> None:
    otto, olga = await somebody(store), await somebody(store, "olga")
    ottos = [a_webhook(otto.id, id=WebhookId(UUID(int=number))) for number in range(1, 9)]
    await made(store, *ottos, olgas := a_webhook(olga.id, id=WebhookId(UUID(int=9))))
    for number, webhook in enumerate(ottos):
        await posted(store, webhook, number + 1)
    begun = [each for each in await asyncio.gather(*(turn(store) for _ in range(16))) if each]
    begun += [each for each in [await turn(store) for _ in range(EACH_OWNER)] if each]
    assert len(begun) == EACH_OWNER
    await posted(store, olgas, 100)
    assert (await a_turn(store)).webhook_id == olgas.id
    await over(store, begun[0])
    assert (await a_turn(store)).webhook_id not in {olgas.id, *(each.webhook_id for each in begun)}


async def test_who_does_not_answer_is_left_alone_longer_each_time_and_who_does_is_not(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, *range(1, 20))
    now = NOW
    for rest in (timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=90)):
        await over(store, await a_turn(store, now=now), now, NO_ANSWER)
        assert await turn(store, now=now + rest - SECOND) is None
        now += rest
    for answer in (DELIVERED, Outcome(TryLater("busy"), 503)):
        await over(store, await a_turn(store, now=now), now, answer)
    await over(store, await a_turn(store, now=now), now, NO_ANSWER)
    assert await turn(store, now=now + timedelta(seconds=9)) is None
    assert await turn(store, now=now + timedelta(seconds=10)) is not None


async def test_who_is_left_alone_is_served_at_once_when_somebody_asks_for_it(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, *range(1, 10))
    for _ in range(2):
        await over(store, await a_turn(store), outcome=NO_ANSWER)
        assert await turn(store) is None
        async with store.webhooks() as uow:
            await uow.webhooks.wake(webhook.id)
            await uow.webhooks.wake(WebhookId(uuid4()))
            await uow.commit()
    assert (await a_turn(store)).unanswered == 0


async def test_what_became_of_it_is_listed_newest_first_with_what_was_answered(store: Store) -> None:
    webhook, other = await one(store), a_webhook((await somebody(store, "olga")).id)
    await made(store, other)
    await posted(store, webhook, 1, 2)
    begun = await a_turn(store)
    first, second = begun.claimed
    await posted(store, other, 3)
    settled = [first.settled(None, NOW, 204), second.settled(TryLater("busy"), NOW, 503)]
    async with store.notifications() as uow:
        await uow.notifications.settle(settled, begun.until)
        await uow.commit()
    told, sent = await deliveries(store, webhook)
    assert (told.id.int, told.status, told.attempts, told.last_error, told.response_status, told.sent_at) == (
        2,
        Status.WAITING,
        1,
        "busy",
        503,
        None,
    )
    assert (sent.id.int, sent.status, sent.last_error, sent.response_status, sent.sent_at) == (
        1,
        Status.SENT,
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
        await uow.deliveries.save(sent.replayed(LATER))
        await uow.commit()
    assert await deliveries(store, webhook) == [sent.replayed(LATER)]
    assert await turn(store) is None
    assert [(each.id.int, each.attempts) for each in (await a_turn(store, now=LATER)).claimed] == [(1, 1)]


@pytest.mark.parametrize("outcome", [DELIVERED, NO_ANSWER])
async def test_a_replay_that_is_asked_for_while_it_is_being_sent_is_sent(store: Store, outcome: Outcome) -> None:
    webhook = await one(store)
    await posted(store, webhook, 1)
    begun = await a_turn(store)
    async with store.webhooks() as uow:
        replayed = (await uow.deliveries.get_for_update(webhook.id, UUID(int=1))).replayed(NOW)
        await uow.deliveries.save(replayed)
        await uow.commit()
    await over(store, begun, outcome=outcome)
    assert await deliveries(store, webhook) == [replayed]
    assert numbers(await turn(store, now=LATER)) == [1]


async def test_what_rests_with_its_webhook_does_not_wait_again_when_a_try_fails(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, 1, 2)
    begun = await a_turn(store)
    async with store.webhooks() as uow:
        await uow.deliveries.abandon(webhook.id, "gone")
        await uow.commit()
    first, second = begun.claimed
    async with store.notifications() as uow:
        await uow.notifications.settle([first.settled(None, NOW, 204), second.settled(TryLater("?"), NOW)], begun.until)
        await uow.commit()
    assert [(each.status, each.last_error) for each in await deliveries(store, webhook)] == [
        (Status.DEAD, "gone"),
        (Status.SENT, None),
    ]


async def test_a_delivery_is_found_with_its_own_webhook_alone(store: Store) -> None:
    webhook, other = await one(store), a_webhook((await somebody(store, "olga")).id)
    await made(store, other)
    await posted(store, webhook, 1)
    async with store.webhooks() as uow:
        await refused(uow.deliveries.get_for_update(other.id, UUID(int=1)), DeliveryNotFound)
        await refused(uow.deliveries.get_for_update(webhook.id, uuid4()), DeliveryNotFound)


async def test_what_waits_is_abandoned_with_the_reason_and_what_was_sent_is_not(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, 1, 2, 3)
    await over(store, await a_turn(store))
    async with store.webhooks() as uow:
        await uow.deliveries.abandon(webhook.id, "gone")
        await uow.commit()
    last, *sent = await deliveries(store, webhook)
    assert (last.status, last.last_error) == (Status.DEAD, "gone")
    assert [each.status for each in sent] == [Status.SENT, Status.SENT]


async def test_with_a_webhook_goes_all_that_was_sent_to_it_also_what_is_under_way(store: Store) -> None:
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


async def test_what_is_for_programs_is_in_nobodys_inbox_and_admins_see_it(store: Store) -> None:
    webhook = await one(store)
    await posted(store, webhook, 1)
    async with store.notifications() as uow:
        inbox = await uow.notifications.search(NotificationFilter(user_id=webhook.user_id), PageRequest())
        every = await uow.notifications.search(NotificationFilter(), PageRequest())
    assert inbox.items == []
    assert [each.message.webhook_id for each in every.items] == [webhook.id]


async def test_a_webhook_keeps_its_turn_when_all_that_is_due_to_it_is_locked(engine: AsyncEngine) -> None:
    store = postgres_store(engine)
    webhook = await one(store)
    await posted(store, webhook, 1)
    deliver = DeliverWebhooks(store.notifications, ParallelCouriers(LogDelivery()), store.clock)
    async with store.notifications() as looking:
        await looking.notifications.get_for_update(UUID(int=1))
        assert await deliver(asyncio.Event()) == 0
    assert await deliver(asyncio.Event()) == 1
