"""Listing the deliveries of a webhook, sending one again, and sending a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.ids import IdGenerator, WebhookId
from core.shared.paging import Page, PageRequest
from core.webhooks.model import WebhookDelivery, new_test_message
from core.webhooks.ports import WebhooksUnitOfWork


@dataclass(frozen=True, slots=True)
class ListDeliveries:
    """List what was or will be sent to a webhook, newest first, with its status. Its owner and admins only."""

    new_uow: Callable[[], WebhooksUnitOfWork]

    async def __call__(self, webhook_id: WebhookId, page: PageRequest, *, by: Principal) -> Page[WebhookDelivery]:
        async with self.new_uow() as uow:
            (await uow.webhooks.get(webhook_id)).must_be_managed_by(by)
            return await uow.deliveries.search(webhook_id, page)


@dataclass(frozen=True, slots=True)
class ReplayDelivery:
    """Send a delivery to its webhook again now, whether it is sent, dead or waiting.

    It keeps its id, and has all its attempts available again. The webhook's owner and admins only.
    """

    new_uow: Callable[[], WebhooksUnitOfWork]
    clock: Clock

    async def __call__(self, webhook_id: WebhookId, delivery_id: UUID, *, by: Principal) -> WebhookDelivery:
        now = self.clock.now()
        async with self.new_uow() as uow:
            webhook = await uow.webhooks.get_for_update(webhook_id)
            webhook.must_be_managed_by(by)
            webhook.must_be_enabled()
            replayed = (await uow.deliveries.get_for_update(webhook_id, delivery_id)).replay(now)
            await uow.deliveries.save(replayed)
            await uow.webhooks.end_pause(webhook_id)
            await record_action(uow.audit, by, "webhook.replayed", delivery_id, now)
            await uow.commit()
        return replayed


@dataclass(frozen=True, slots=True)
class SendTestMessage:
    """Send a message of the topic `webhook.test` to a webhook, like any other message. Its owner and admins only.

    The log of deliveries shows what became of it.
    """

    new_uow: Callable[[], WebhooksUnitOfWork]
    ids: IdGenerator
    clock: Clock

    async def __call__(self, webhook_id: WebhookId, *, by: Principal) -> WebhookDelivery:
        now = self.clock.now()
        async with self.new_uow() as uow:
            webhook = await uow.webhooks.get_for_update(webhook_id)
            webhook.must_be_managed_by(by)
            webhook.must_be_enabled()
            message = new_test_message(self.ids.new(), webhook, now)
            await uow.outbox.add([message])
            await uow.webhooks.end_pause(webhook_id)
            await record_action(uow.audit, by, "webhook.tested", webhook_id, now)
            delivery = await uow.deliveries.get_for_update(webhook_id, message.id)
            await uow.commit()
        return delivery
