"""Where a webhook's messages go, and what follows when nobody is there any more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from core.shared.clock import Clock
from core.shared.ids import WebhookId
from core.webhooks.errors import WebhookNotFound
from core.webhooks.model import Target
from core.webhooks.ports import WebhooksUnitOfWork


@dataclass(frozen=True, slots=True)
class FindTarget:
    """Where a webhook's messages go just now; None when it is to hear of nothing any more."""

    new_uow: Callable[[], WebhooksUnitOfWork]

    async def __call__(self, webhook_id: WebhookId) -> Target | None:
        async with self.new_uow() as uow:
            return await uow.webhooks.target(webhook_id)


@dataclass(frozen=True, slots=True)
class AbandonDelivery:
    """Disable a webhook whose receiver wants to hear of nothing any more; all that waits for it rests. Harmless twice,
    and when it is gone already.
    """

    new_uow: Callable[[], WebhooksUnitOfWork]
    clock: Clock

    async def __call__(self, webhook_id: WebhookId, why: str) -> None:
        async with self.new_uow() as uow:
            with suppress(WebhookNotFound):
                webhook = await uow.webhooks.get_for_update(webhook_id)
                await uow.webhooks.save(webhook.disabled(why, self.clock.now()))
                await uow.deliveries.abandon(webhook_id, why)
                await uow.commit()
