"""Webhooks and their turns, made and taken in a store."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.accounts.model import User
from core.notifications.errors import TryLater
from core.notifications.model import DeliveryOutcome, WebhookBatch
from core.shared.access import Role
from core.shared.messages import Message
from core.shared.paging import PageRequest
from core.webhooks.model import (
    Webhook,
    WebhookDelivery,
)
from tests.support.builders import NOW, a_user, a_webhook
from tests.support.stores import Store

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LATER = NOW + MINUTE
MAX_PER_OWNER = 2
DELIVERED = DeliveryOutcome(status=204)
NO_ANSWER = DeliveryOutcome(TryLater("The receiver did not answer."))


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


async def turn(store: Store, limit: int = 2, now: datetime = NOW) -> WebhookBatch | None:
    async with store.notifications() as uow:
        begun = await uow.notifications.claim_webhook_batch(limit, now, now + MINUTE, MAX_PER_OWNER)
        await uow.commit()
    return begun


async def a_turn(store: Store, limit: int = 2, now: datetime = NOW) -> WebhookBatch:
    """Of a webhook, which there is."""
    begun = await turn(store, limit, now)
    assert begun is not None
    return begun


async def over(store: Store, begun: WebhookBatch, at: datetime = NOW, outcome: DeliveryOutcome = DELIVERED) -> None:
    """The turn, with this outcome of all that was tried."""
    async with store.notifications() as uow:
        await uow.notifications.end_webhook_lease(begun.with_outcomes([outcome] * len(begun.claimed), at), at)
        settled = [each.with_outcome(outcome, at) for each in begun.claimed]
        await uow.notifications.record_results(settled, begun.until)
        await uow.commit()


def numbers(begun: WebhookBatch | None) -> list[int]:
    """Of what is delivered."""
    return [each.id.int for each in begun.claimed] if begun else []


async def deliveries(store: Store, webhook: Webhook) -> list[WebhookDelivery]:
    async with store.webhooks() as uow:
        return list((await uow.deliveries.search(webhook.id, PageRequest())).items)
