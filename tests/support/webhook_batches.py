"""Webhooks, their messages and their batches in a store."""

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


async def add_owner(store: Store, name: str = "otto") -> User:
    user = a_user(f"{name}@example.com", role=Role.ORGANIZER)
    async with store.accounts() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user


async def add_webhooks(store: Store, *webhooks: Webhook) -> None:
    async with store.webhooks() as uow:
        for webhook in webhooks:
            await uow.webhooks.add(webhook)
        await uow.commit()


async def add_webhook(store: Store, **values: Any) -> Webhook:
    webhook = a_webhook((await add_owner(store)).id, **values)
    await add_webhooks(store, webhook)
    return webhook


async def add_messages(store: Store, webhook: Webhook, *numbers: int, at: datetime = NOW) -> None:
    payload = {"quantity": 2, "seats": ["A1"]}
    async with store.webhooks() as uow:
        await uow.outbox.add(
            [
                Message(UUID(int=number), "booking.confirmed", at, webhook_id=webhook.id, payload=payload)
                for number in numbers
            ]
        )
        await uow.commit()


async def claim_batch(store: Store, limit: int = 2, now: datetime = NOW) -> WebhookBatch | None:
    async with store.notifications() as uow:
        batch = await uow.notifications.claim_webhook_batch(limit, now, now + MINUTE, MAX_PER_OWNER)
        await uow.commit()
    return batch


async def claim_some(store: Store, limit: int = 2, now: datetime = NOW) -> WebhookBatch:
    """Claim a batch, which must exist."""
    batch = await claim_batch(store, limit, now)
    assert batch is not None
    return batch


async def finish_batch(
    store: Store, batch: WebhookBatch, at: datetime = NOW, outcome: DeliveryOutcome = DELIVERED
) -> None:
    """Record the same outcome for all messages of a batch, and end its lease."""
    async with store.notifications() as uow:
        await uow.notifications.end_webhook_lease(batch.with_outcomes([outcome] * len(batch.claimed), at), at)
        results = [each.with_outcome(outcome, at) for each in batch.claimed]
        await uow.notifications.record_results(results, batch.until)
        await uow.commit()


def message_numbers(batch: WebhookBatch | None) -> list[int]:
    """Return the ids of a batch as numbers."""
    return [each.id.int for each in batch.claimed] if batch else []


async def deliveries(store: Store, webhook: Webhook) -> list[WebhookDelivery]:
    async with store.webhooks() as uow:
        return list((await uow.deliveries.search(webhook.id, PageRequest())).items)
