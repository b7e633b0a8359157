"""What webhooks need from outside: where they are kept, and what became of what was sent to them."""

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
    async def add(self, webhook: Webhook) -> None: ...

    @abstractmethod
    async def count_of(self, user_id: UserId) -> int:
        """How many somebody has, without those that they had another role for. Who counts to add one decides before
        anybody else can.
        """

    @abstractmethod
    async def get(self, webhook_id: WebhookId) -> Webhook:
        """As it is `shown`. Raises WebhookNotFound."""

    @abstractmethod
    async def get_for_update(self, webhook_id: WebhookId) -> Webhook:
        """Locked until the unit of work ends. Raises WebhookNotFound."""

    @abstractmethod
    async def save(self, webhook: Webhook) -> None:
        """Store a webhook that was read for update."""

    @abstractmethod
    async def wake(self, webhook_id: WebhookId) -> None:
        """It is left to rest no longer for not having answered; harmless when it is not."""

    @abstractmethod
    async def remove(self, webhook_id: WebhookId) -> None:
        """Forget it, and all that was sent to it or waits to be."""

    @abstractmethod
    async def search(self, user_id: UserId | None, page: PageRequest) -> Page[Webhook]:
        """Somebody's, or everybody's, as they are `shown`; newest first. Raises BadCursor."""

    @abstractmethod
    async def target(self, webhook_id: WebhookId) -> Target | None:
        """Where its messages go: None when it is gone or disabled, or when its owner may no longer hear of them, being
        deactivated or in a role whose webhooks of this scope hear of nothing (`MAY_HEAR`).
        """


class WebhookDeliveries(Protocol):
    """The part of the outbox that goes to webhooks."""

    @abstractmethod
    async def search(self, webhook_id: WebhookId, page: PageRequest) -> Page[WebhookDelivery]:
        """Newest first. Raises BadCursor."""

    @abstractmethod
    async def get_for_update(self, webhook_id: WebhookId, delivery_id: UUID) -> WebhookDelivery:
        """Locked until the unit of work ends. Raises DeliveryNotFound, also for one to another webhook."""

    @abstractmethod
    async def save(self, delivery: WebhookDelivery) -> None:
        """Store one that was read for update."""

    @abstractmethod
    async def abandon(self, webhook_id: WebhookId, why: str) -> None:
        """Let all that wait rest as dead, for this reason."""


class WebhooksUnitOfWork(UnitOfWork, Protocol):
    webhooks: Webhooks
    deliveries: WebhookDeliveries
