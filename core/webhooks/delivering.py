"""Finding the target of a webhook, and disabling a webhook when its receiver asks for that."""

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
    """Return the current target of a webhook, or None if nothing may be sent to it."""

    new_uow: Callable[[], WebhooksUnitOfWork]

    async def __call__(self, webhook_id: WebhookId) -> Target | None:
        async with self.new_uow() as uow:
            return await uow.webhooks.target(webhook_id)


@dataclass(frozen=True, slots=True)
class DisableWebhook:
    """Disable a webhook whose receiver wants no more messages, and mark its waiting messages as dead.

    Idempotent. Does nothing if the webhook has been deleted.
    """

    new_uow: Callable[[], WebhooksUnitOfWork]
    clock: Clock

    async def __call__(self, webhook_id: WebhookId, reason: str) -> None:
        async with self.new_uow() as uow:
            with suppress(WebhookNotFound):
                webhook = await uow.webhooks.get_for_update(webhook_id)
                await uow.webhooks.save(webhook.disable(reason, self.clock.now()))
                await uow.deliveries.abandon_waiting(webhook_id, reason)
                await uow.commit()
