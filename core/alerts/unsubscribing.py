"""Looking at one's subscriptions, and ending them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest

from core.alerts.errors import SubscriptionNotFound
from core.alerts.model import (
    Frequency,
    Subscription,
    SubscriptionId,
    UnsubscribeTarget,
    bad_token,
    read_unsubscribe_token,
)
from core.alerts.ports import AlertsUnitOfWork
from core.shared.access import Principal
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ListSubscriptions:
    """One's own subscriptions, newest first: those one has asked for, and those of one's verified address."""

    new_uow: Callable[[], AlertsUnitOfWork]

    async def __call__(self, page: PageRequest, *, by: Principal) -> Page[Subscription]:
        async with self.new_uow() as uow:
            return await uow.subscriptions.of_reader(await uow.subscribers.get(by.user_id), page)


@dataclass(frozen=True, slots=True)
class EndSubscription:
    """End one of one's own subscriptions. Somebody else's is as if it were not there."""

    new_uow: Callable[[], AlertsUnitOfWork]

    async def __call__(self, subscription_id: SubscriptionId, *, by: Principal) -> None:
        async with self.new_uow() as uow:
            subscription = await uow.subscriptions.get(subscription_id)
            if not subscription.belongs_to(await uow.subscribers.get(by.user_id)):
                raise SubscriptionNotFound("You have no such subscription.")
            await uow.subscriptions.remove([subscription_id])
            await uow.commit()


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """End what a mail was sent for, by the token in its link. That never expires, and is harmless twice.

    The link in a digest ends all of its subscriptions.
    """

    new_uow: Callable[[], AlertsUnitOfWork]

    async def __call__(self, *, token: str) -> None:
        ending = read_unsubscribe_token(token)
        async with self.new_uow() as uow:
            if isinstance(ending.what, Frequency):
                known = await uow.subscriptions.of_key(ending.key)
                ended = [each.id for each in known if each.frequency is ending.what]
            else:
                ended = await self._one(uow, ending.what, ending)
            await uow.subscriptions.remove(ended)
            await uow.commit()

    async def _one(
        self, uow: AlertsUnitOfWork, what: SubscriptionId, ending: UnsubscribeTarget
    ) -> list[SubscriptionId]:
        try:
            subscription = await uow.subscriptions.get(what)
        except SubscriptionNotFound:
            return []
        if not compare_digest(subscription.key.encode(), ending.key.encode()):
            raise bad_token()
        return [what]
