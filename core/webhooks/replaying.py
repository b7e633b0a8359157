"""What was sent to a webhook: looked at, and sent once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.ids import WebhookId
from core.shared.paging import Page, PageRequest
from core.webhooks.model import WebhookDelivery
from core.webhooks.ports import WebhooksUnitOfWork


@dataclass(frozen=True, slots=True)
class ListDeliveries:
    """What a webhook was told of, and is to be, newest first, with what has become of it. Its owner and admins only."""

    new_uow: Callable[[], WebhooksUnitOfWork]

    async def __call__(self, webhook_id: WebhookId, page: PageRequest, *, by: Principal) -> Page[WebhookDelivery]:
        async with self.new_uow() as uow:
            (await uow.webhooks.get(webhook_id)).must_be_managed_by(by)
            return await uow.deliveries.search(webhook_id, page)


@dataclass(frozen=True, slots=True)
class ReplayDelivery:
    """Send something to a webhook once more, now, whether it was sent before, rests or waits.

    It goes out under the id it had, with all its tries before it. Its owner and admins only.
    """

    new_uow: Callable[[], WebhooksUnitOfWork]
    clock: Clock

    async def __call__(self, webhook_id: WebhookId, delivery_id: UUID, *, by: Principal) -> WebhookDelivery:
        now = self.clock.now()
        async with self.new_uow() as uow:
            webhook = await uow.webhooks.get_for_update(webhook_id)
            webhook.must_be_managed_by(by)
            webhook.must_be_enabled()
            replayed = (await uow.deliveries.get_for_update(webhook_id, delivery_id)).replayed(now)
            await uow.deliveries.save(replayed)
            await uow.webhooks.wake(webhook_id)
            await record_action(uow.audit, by, "webhook.replayed", delivery_id, now)
            await uow.commit()
        return replayed
