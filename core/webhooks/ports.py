"""Ports of the webhooks slice: stores of webhooks and of their deliveries."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol
from uuid import UUID

from core.shared.ids import UserId, WebhookId
from core.shared.paging import Page, PageRequest
from core.shared.unit_of_work import UnitOfWork
from core.webhooks.model import Target, Webhook, WebhookDelivery


class Webhooks(Protocol):
    @abstractmethod
    async def add(self, webhook: Webhook) -> None:
        """Store a new webhook."""

    @abstractmethod
    async def count_of(self, user_id: UserId) -> int:
        """Count a user's webhooks, except those that their current role no longer allows.

        Concurrent transactions that count the webhooks of one user are serialized.
        """

    @abstractmethod
    async def get(self, webhook_id: WebhookId) -> Webhook:
        """Return a webhook `with_owner`. Raises WebhookNotFound."""

    @abstractmethod
    async def get_for_update(self, webhook_id: WebhookId) -> Webhook:
        """Return a webhook as stored, locked until the unit of work ends. Raises WebhookNotFound."""

    @abstractmethod
    async def save(self, webhook: Webhook) -> None:
        """Store a webhook that was read for update."""

    @abstractmethod
    async def end_pause(self, webhook_id: WebhookId) -> None:
        """End the pause of a webhook that did not answer, if there is one. Idempotent."""

    @abstractmethod
    async def remove(self, webhook_id: WebhookId) -> None:
        """Delete a webhook with all its deliveries."""

    @abstractmethod
    async def search(self, user_id: UserId | None, page: PageRequest) -> Page[Webhook]:
        """Return a page of a user's webhooks, or of everyone's (None), `with_owner`, newest first. Raises BadCursor."""

    @abstractmethod
    async def target(self, webhook_id: WebhookId) -> Target | None:
        """Return the target of a webhook.

        None if it was deleted or disabled, or if its owner is deactivated or has a role that may not have webhooks of
        its scope (`ALLOWED_ROLES`).
        """


class WebhookDeliveries(Protocol):
    """The part of the outbox that goes to webhooks."""

    @abstractmethod
    async def search(self, webhook_id: WebhookId, page: PageRequest) -> Page[WebhookDelivery]:
        """Return a page of a webhook's deliveries, newest first. Raises BadCursor."""

    @abstractmethod
    async def get_for_update(self, webhook_id: WebhookId, delivery_id: UUID) -> WebhookDelivery:
        """Return a delivery, locked until the unit of work ends. Raises DeliveryNotFound, also if it belongs to another
        webhook.
        """

    @abstractmethod
    async def save(self, delivery: WebhookDelivery) -> None:
        """Store a delivery that was read for update."""

    @abstractmethod
    async def abandon_waiting(self, webhook_id: WebhookId, reason: str) -> None:
        """Mark all of a webhook's waiting deliveries as dead, for this reason."""


class WebhooksUnitOfWork(UnitOfWork, Protocol):
    webhooks: Webhooks
    deliveries: WebhookDeliveries
