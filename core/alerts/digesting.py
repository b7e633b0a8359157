"""Sending digests: the events found since the last one, every morning or every Monday."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.alerts.messages import SentAlert, digest_message, is_relevant
from core.alerts.model import Frequency, Subscription
from core.alerts.ports import AlertsUnitOfWork
from core.alerts.search import EventDetails
from core.shared.clock import Clock
from core.shared.ids import EventId, IdGenerator

DigestKey = tuple[str, Frequency]
"""An address and a frequency: their subscriptions share a digest."""


@dataclass(frozen=True, slots=True)
class SendDigests:
    """Send one message per address and frequency, with the events that its due subscriptions have found.

    Left out are events that are over, cancelled or no longer match, and those that the address was already
    alerted to; a digest without events is not sent. However many processes run this at once, each digest is sent once.
    """

    new_uow: Callable[[], AlertsUnitOfWork]
    ids: IdGenerator
    clock: Clock
    batch_size: int = 50

    async def __call__(self) -> int:
        """Return the number of messages."""
        now, total = self.clock.now(), 0
        while (sent := await self._send_batch(now)) is not None:
            total += sent
        return total

    async def _send_batch(self, now: datetime) -> int | None:
        """Return the number of messages, or None if nothing was due."""
        async with self.new_uow() as uow:
            due = await uow.subscriptions.claim_due(now, self.batch_size)
            if not due:
                return None
            digests = await self._new_events(uow, due, now)
            subscriptions = _group(due)
            messages = [
                digest_message(self.ids.new(), subscriptions[key], events, now) for key, events in digests.items()
            ]
            await uow.outbox.add(messages)
            await uow.subscriptions.save_next_digests([each.with_next_digest(now) for each in due])
            await uow.commit()
        return len(messages)

    async def _new_events(
        self, uow: AlertsUnitOfWork, due: Sequence[Subscription], now: datetime
    ) -> dict[DigestKey, list[EventDetails]]:
        """Return the events of each digest, and record them as sent.

        An event that several subscriptions of one address have found goes into the digest of the first.
        """
        by_id = {each.id: each for each in due}
        events: dict[EventId, EventDetails] = {}
        digest_of: dict[tuple[str, EventId], DigestKey] = {}
        for subscription_id, event in await uow.matches.unsent(list(by_id), now):
            subscription = by_id[subscription_id]
            if subscription.search.matches(event) and is_relevant(subscription, event):
                events[event.id] = event
                digest_of.setdefault((subscription.email, event.id), (subscription.email, subscription.frequency))
        digests: dict[DigestKey, list[EventDetails]] = {}
        for alert in await uow.sent_alerts.add(
            [SentAlert.of(events[event_id], email) for email, event_id in digest_of]
        ):
            digests.setdefault(digest_of[alert.email, alert.event_id], []).append(events[alert.event_id])
        return digests


def _group(due: Sequence[Subscription]) -> dict[DigestKey, list[Subscription]]:
    groups: dict[DigestKey, list[Subscription]] = {}
    for each in due:
        groups.setdefault((each.email, each.frequency), []).append(each)
    return groups
