"""Creating, listing, changing and deleting webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.ids import IdGenerator, WebhookId
from core.shared.paging import Page, PageRequest
from core.shared.secrets import Secrets
from core.shared.topics import Topic
from core.shared.versions import Version, must_be_expected
from core.webhooks.model import Webhook, WebhookFields, change_fields, must_be_below_limit, new_webhook
from core.webhooks.ports import WebhooksUnitOfWork


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """Create a webhook: your URL gets a request when something happens. Organizers and admins only, twenty each.

    An organizer's webhook is notified of their own events and bookings of these, an admin's of everyone's. The
    response contains the secret that all requests will be signed with; it is never shown again.
    """

    new_uow: Callable[[], WebhooksUnitOfWork]
    secrets: Secrets
    ids: IdGenerator
    clock: Clock
    allow_private: bool

    async def __call__(self, *, by: Principal, url: str, topics: Iterable[Topic]) -> Webhook:
        by.must_be_organizer()
        now = self.clock.now()
        webhook = new_webhook(
            WebhookId(self.ids.new()),
            by=by,
            url=url,
            topics=topics,
            entropy=self.secrets.new(),
            now=now,
            allow_private=self.allow_private,
        )
        async with self.new_uow() as uow:
            must_be_below_limit(await uow.webhooks.count_of(by.user_id))
            await uow.webhooks.add(webhook)
            await record_action(uow.audit, by, "webhook.created", webhook.id, now)
            await uow.commit()
        return webhook


@dataclass(frozen=True, slots=True)
class ListWebhooks:
    """List your own webhooks, newest first; as an admin, everyone's. Organizers and admins only."""

    new_uow: Callable[[], WebhooksUnitOfWork]

    async def __call__(self, page: PageRequest, *, by: Principal) -> Page[Webhook]:
        by.must_be_organizer()
        async with self.new_uow() as uow:
            return await uow.webhooks.search(None if by.is_admin else by.user_id, page)


@dataclass(frozen=True, slots=True)
class ReadWebhook:
    """Return a webhook. Its owner and admins only."""

    new_uow: Callable[[], WebhooksUnitOfWork]

    async def __call__(self, webhook_id: WebhookId, *, by: Principal) -> Webhook:
        async with self.new_uow() as uow:
            webhook = await uow.webhooks.get(webhook_id)
        webhook.must_be_managed_by(by)
        return webhook


@dataclass(frozen=True, slots=True)
class ChangeWebhook:
    """Change the URL or the topics of a webhook, or disable or enable it. Its owner and admins only.

    Nothing is sent to a disabled webhook, and what was waiting is dead until you replay it. A webhook is also disabled
    when its receiver answers 410.
    """

    new_uow: Callable[[], WebhooksUnitOfWork]
    clock: Clock
    allow_private: bool

    async def __call__(
        self, webhook_id: WebhookId, *, by: Principal, wanted: WebhookFields, expected: frozenset[Version] | None = None
    ) -> Webhook:
        now = self.clock.now()
        async with self.new_uow() as uow:
            webhook = await uow.webhooks.get_for_update(webhook_id)
            webhook.must_be_managed_by(by)
            must_be_expected(webhook.version, expected)
            changed = change_fields(webhook, wanted, now, allow_private=self.allow_private)
            await uow.webhooks.save(changed)
            await uow.webhooks.end_pause(webhook_id)
            if changed.disabled_reason is not None:
                await uow.deliveries.abandon_waiting(webhook_id, changed.disabled_reason)
            await record_action(uow.audit, by, "webhook.changed", webhook_id, now)
            await uow.commit()
        return changed


@dataclass(frozen=True, slots=True)
class DeleteWebhook:
    """Delete a webhook with all its deliveries, waiting and sent. Its owner and admins only."""

    new_uow: Callable[[], WebhooksUnitOfWork]
    clock: Clock

    async def __call__(
        self, webhook_id: WebhookId, *, by: Principal, expected: frozenset[Version] | None = None
    ) -> None:
        async with self.new_uow() as uow:
            webhook = await uow.webhooks.get_for_update(webhook_id)
            webhook.must_be_removable_by(by)
            must_be_expected(webhook.version, expected)
            await uow.webhooks.remove(webhook_id)
            await record_action(uow.audit, by, "webhook.deleted", webhook_id, self.clock.now())
            await uow.commit()
