"""Asking for alerts, and confirming that one wants them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.alerts.errors import SubscriptionNotFound
from core.alerts.messages import confirmation_message
from core.alerts.model import (
    Frequency,
    Subscription,
    SubscriptionId,
    bad_token,
    check,
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
    """Be told of new events that a search finds: at once, every morning, or on Monday morning.

    For the verified address of one's own account it begins at once. To any other address a link is mailed, and it
    begins when that is followed within two days; the answer is the same whoever has the address and whatever it has,
    and an address gets a few such mails an hour at most. Asked for twice, a search is one subscription.
    """

    new_uow: Callable[[], AlertsUnitOfWork]
    secrets: Secrets
    ids: IdGenerator
    clock: Clock

    async def __call__(
        self, *, by: Principal | None, email: str | None, search: SavedSearch, frequency: Frequency, timezone: str
    ) -> Subscription | None:
        """The subscription; None when it has to be confirmed by mail."""
        search.check()
        now = self.clock.now()
        async with self.new_uow() as uow:
            reader = None if by is None else await uow.subscribers.get(by.user_id)
            given = email if email is not None or reader is None else reader.email
            check(given, timezone)
            address = normalise_email(given or "")
            is_proven = reader is not None and reader.is_proven and reader.email == address
            known = await uow.subscriptions.of_address(address)
            wanted = Subscription(
                id=SubscriptionId(self.ids.new()),
                email=address,
                user_id=reader.user_id if reader is not None and is_proven else None,
                search=search,
                frequency=frequency,
                timezone=timezone,
                key=known[0].key if known else self.secrets.new(),
                created_at=now,
            )
            wanted = next((each for each in known if each.asks_the_same(wanted)), wanted)
            kept = None
            if is_proven:
                kept = await begin(uow, known, wanted, now)
            elif may_send_confirmation(known, wanted, now):
                secret = self.secrets.new()
                asked = wanted.asked(secret, now)
                await uow.subscriptions.put([asked])
                await uow.outbox.add([confirmation_message(self.ids.new(), asked, secret, now)])
            await uow.commit()
        return kept


@dataclass(frozen=True, slots=True)
class ConfirmSubscription:
    """Begin a subscription by the one-time link that was mailed for it."""

    new_uow: Callable[[], AlertsUnitOfWork]
    clock: Clock

    async def __call__(self, *, token: str) -> None:
        parts, now = decode_token(token), self.clock.now()
        if parts is None:
            raise bad_token()
        subscription_id, secret = SubscriptionId(parts[0]), parts[1]
        async with self.new_uow() as uow:
            try:
                email = (await uow.subscriptions.get(subscription_id)).email
            except SubscriptionNotFound:
                raise bad_token() from None
            # Read again with all of the address: of two who use a link at once, one comes second.
            known = await uow.subscriptions.of_address(email)
            wanted = next((each for each in known if each.id == subscription_id), None)
            if wanted is None:
                raise bad_token()
            wanted.must_be_confirmed_by(secret, now)
            await begin(uow, known, wanted, now)
            await uow.commit()


async def begin(
    uow: AlertsUnitOfWork, known: Sequence[Subscription], wanted: Subscription, now: datetime
) -> Subscription:
    """Store what `settle` makes of a confirmed wish; what is asked for in vain is gone with that."""
    kept = merge_confirmed(known, wanted, now)
    if kept.id != wanted.id and wanted in known:
        await uow.subscriptions.remove([wanted.id])
    await uow.subscriptions.put([kept])
    if kept.frequency is Frequency.INSTANT:
        # What a digest would have told, had it stayed one.
        waiting = await uow.matches.waiting([kept.id], now)
        await uow.jobs.enqueue(match_events(event.id for _, event in waiting))
    return kept
