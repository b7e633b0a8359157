"""Subscribing to alerts, and confirming the subscription."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.alerts.errors import SubscriptionNotFound
from core.alerts.messages import confirmation_message
from core.alerts.model import (
    Frequency,
    Subscription,
    SubscriptionId,
    bad_token,
    check_fields,
    may_send_confirmation,
    merge_confirmed,
)
from core.alerts.ports import AlertsUnitOfWork
from core.alerts.search import SavedSearch
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.email import normalise_email
from core.shared.ids import IdGenerator
from core.shared.jobs import match_events
from core.shared.secrets import Secrets
from core.shared.tokens import decode_token


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Get alerts about new events that a search finds: at once, every morning, or on Monday mornings.

    To the verified address of your own account they start at once. Any other address gets an email with a link, and
    they start when that is opened within two days. The response does not reveal anything about the address, and an
    address gets a few such emails an hour at most. The same search twice is one subscription.
    """

    new_uow: Callable[[], AlertsUnitOfWork]
    secrets: Secrets
    ids: IdGenerator
    clock: Clock

    async def __call__(
        self, *, by: Principal | None, email: str | None, search: SavedSearch, frequency: Frequency, timezone: str
    ) -> Subscription | None:
        """Return the subscription, or None if it has to be confirmed by email."""
        search.check()
        now = self.clock.now()
        async with self.new_uow() as uow:
            subscriber = None if by is None else await uow.subscribers.get(by.user_id)
            given = email if email is not None or subscriber is None else subscriber.email
            check_fields(given, timezone)
            address = normalise_email(given or "")
            is_verified = subscriber is not None and subscriber.is_verified and subscriber.email == address
            known = await uow.subscriptions.of_address(address)
            wanted = Subscription(
                id=SubscriptionId(self.ids.new()),
                email=address,
                user_id=subscriber.user_id if subscriber is not None and is_verified else None,
                search=search,
                frequency=frequency,
                timezone=timezone,
                key=known[0].key if known else self.secrets.new(),
                created_at=now,
            )
            wanted = next((each for each in known if each.is_same_request(wanted)), wanted)
            started = None
            if is_verified:
                started = await start(uow, known, wanted, now)
            elif may_send_confirmation(known, wanted, now):
                secret = self.secrets.new()
                unconfirmed = wanted.with_confirmation_secret(secret, now)
                await uow.subscriptions.put([unconfirmed])
                await uow.outbox.add([confirmation_message(self.ids.new(), unconfirmed, secret, now)])
            await uow.commit()
        return started


@dataclass(frozen=True, slots=True)
class ReadConfirmationLink:
    """Return the subscription that the one-time token from an email starts, without using it.

    Raises BadSubscriptionToken.
    """

    new_uow: Callable[[], AlertsUnitOfWork]
    clock: Clock

    async def __call__(self, *, token: str) -> Subscription:
        subscription_id, secret = read_token(token)
        async with self.new_uow() as uow:
            wanted = await find_subscription(uow, subscription_id)
        wanted.must_be_confirmed_by(secret, self.clock.now())
        return wanted


@dataclass(frozen=True, slots=True)
class ConfirmSubscription:
    """Confirm a subscription with the one-time token from its email, which starts it."""

    new_uow: Callable[[], AlertsUnitOfWork]
    clock: Clock

    async def __call__(self, *, token: str) -> None:
        subscription_id, secret = read_token(token)
        now = self.clock.now()
        async with self.new_uow() as uow:
            email = (await find_subscription(uow, subscription_id)).email
            # Read again under the lock of the address: if a link is used twice at once, the second use must fail.
            known = await uow.subscriptions.of_address(email)
            wanted = next((each for each in known if each.id == subscription_id), None)
            if wanted is None:
                raise bad_token()
            wanted.must_be_confirmed_by(secret, now)
            await start(uow, known, wanted, now)
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ChangeFrequency:
    """Change when one of your own subscriptions sends messages. Someone else's counts as not found."""

    new_uow: Callable[[], AlertsUnitOfWork]
    clock: Clock

    async def __call__(self, subscription_id: SubscriptionId, *, by: Principal, frequency: Frequency) -> Subscription:
        now = self.clock.now()
        async with self.new_uow() as uow:
            email = (await uow.subscriptions.get(subscription_id)).email
            known = await uow.subscriptions.of_address(email)
            current = next((each for each in known if each.id == subscription_id), None)
            if current is None or not current.belongs_to(await uow.subscribers.get(by.user_id)):
                raise SubscriptionNotFound("You have no such subscription.")
            changed = replace(current, frequency=frequency).with_next_digest(now)
            # One that was requested and never confirmed may be in the way.
            same = [each.id for each in known if each.id != current.id and each.is_same_request(changed)]
            await uow.subscriptions.remove(same)
            await uow.subscriptions.put([changed])
            await send_unsent(uow, changed, now)
            await uow.commit()
        return changed


def read_token(token: str) -> tuple[SubscriptionId, str]:
    """Return the id and the secret of a confirmation token. Raises BadSubscriptionToken."""
    parts = decode_token(token)
    if parts is None:
        raise bad_token()
    return SubscriptionId(parts[0]), parts[1]


async def find_subscription(uow: AlertsUnitOfWork, subscription_id: SubscriptionId) -> Subscription:
    """Return the subscription of a confirmation token. Raises BadSubscriptionToken."""
    try:
        return await uow.subscriptions.get(subscription_id)
    except SubscriptionNotFound:
        raise bad_token() from None


async def start(
    uow: AlertsUnitOfWork, known: Sequence[Subscription], wanted: Subscription, now: datetime
) -> Subscription:
    """Store a confirmed subscription as `merge_confirmed` decides. If that is another one, `wanted` is deleted."""
    kept = merge_confirmed(known, wanted, now)
    if kept.id != wanted.id and wanted in known:
        await uow.subscriptions.remove([wanted.id])
    await uow.subscriptions.put([kept])
    await send_unsent(uow, kept, now)
    return kept


async def send_unsent(uow: AlertsUnitOfWork, subscription: Subscription, now: datetime) -> None:
    """Send what an instant subscription has found and not sent, since it may have been a digest until now."""
    if subscription.frequency is Frequency.INSTANT:
        unsent = await uow.matches.unsent([subscription.id], now)
        await uow.jobs.enqueue(match_events(event.id for _, event in unsent))
