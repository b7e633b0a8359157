"""Listing subscriptions, and ending them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hmac import compare_digest

from core.alerts.errors import SubscriptionNotFound
from core.alerts.model import (
    Frequency,
    Subscription,
    SubscriptionId,
    bad_token,
    parse_unsubscribe_token,
)
from core.alerts.ports import AlertsUnitOfWork
from core.shared.access import Principal
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ListSubscriptions:
    """List your own subscriptions, newest first: those you created, and those to your verified address."""

    new_uow: Callable[[], AlertsUnitOfWork]

    async def __call__(self, page: PageRequest, *, by: Principal) -> Page[Subscription]:
        async with self.new_uow() as uow:
            return await uow.subscriptions.of_subscriber(await uow.subscribers.get(by.user_id), page)


@dataclass(frozen=True, slots=True)
class EndSubscription:
    """End one of your own subscriptions. Someone else's subscription counts as not found."""

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
    """Unsubscribe with the token from the link in an email. The token never expires. Idempotent.

    The link in a digest ends all the subscriptions it was sent for.
    """

    new_uow: Callable[[], AlertsUnitOfWork]

    async def __call__(self, *, token: str) -> None:
        async with self.new_uow() as uow:
            ended = await find_targets(uow, token)
            await uow.subscriptions.remove([each.id for each in ended])
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ReadUnsubscribeLink:
    """Return the subscriptions that the token of an unsubscribe link ends; none if they have ended already."""

    new_uow: Callable[[], AlertsUnitOfWork]

    async def __call__(self, *, token: str) -> Sequence[Subscription]:
        async with self.new_uow() as uow:
            return await find_targets(uow, token)


async def find_targets(uow: AlertsUnitOfWork, token: str) -> Sequence[Subscription]:
    """Return what the token of an unsubscribe link ends. Raises BadSubscriptionToken."""
    target = parse_unsubscribe_token(token)
    if isinstance(target.selection, Frequency):
        known = await uow.subscriptions.of_key(target.key)
        return [each for each in known if each.frequency is target.selection]
    try:
        subscription = await uow.subscriptions.get(target.selection)
    except SubscriptionNotFound:
        return []
    if not compare_digest(subscription.key.encode(), target.key.encode()):
        raise bad_token()
    return [subscription]
