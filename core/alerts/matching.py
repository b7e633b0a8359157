"""Notifying subscribers of events that were just stored: new ones, and changes to known ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.alerts.messages import SentAlert, change_message, is_announceable, is_followable, is_relevant, match_message
from core.alerts.model import Frequency, Subscription, SubscriptionId
from core.alerts.ports import AlertsUnitOfWork
from core.alerts.search import EventDetails
from core.shared.clock import Clock
from core.shared.ids import EventId, IdGenerator
from core.shared.messages import Message

BATCH_SIZE = 200
"""How many events are matched in one transaction. Those found by the same search share a message."""

Matched = Mapping[EventId, tuple[EventDetails, Sequence[Subscription]]]
"""Each event with the subscriptions that it matches."""


@dataclass(frozen=True, slots=True)
class MatchEvents:
    """Find the subscriptions that events match: store the matches for their digests, and send instant alerts. When
    an event is cancelled or moved, alert the subscribers that were notified of it.

    Each address is alerted to an event once, and to each change once, however often this runs, even concurrently. If
    several searches of an address find an event, the alert comes from the oldest. Each search gets its own message with
    its own unsubscribe link.
    """

    new_uow: Callable[[], AlertsUnitOfWork]
    ids: IdGenerator
    clock: Clock

    async def __call__(self, event_ids: Sequence[EventId]) -> int:
        """Return the number of messages."""
        total = 0
        for start in range(0, len(event_ids), BATCH_SIZE):
            total += await self._match_batch(event_ids[start : start + BATCH_SIZE])
        return total

    async def _match_batch(self, event_ids: Sequence[EventId]) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            events = await uow.events.get_all(event_ids)
            # All reads come before the writes, so that no locks are held while subscriptions are looked up.
            matched: Matched = {
                event.id: (
                    event,
                    [each for each in await uow.subscriptions.find_matching(event) if is_relevant(each, event)],
                )
                for event in events
                if is_announceable(event, now)
            }
            messages = await self._match_messages(uow, matched, now)
            for event in events:
                if is_followable(event, now):
                    messages += await self._change_messages(uow, event, now)
            await uow.outbox.add(messages)
            await uow.commit()
        return len(messages)

    async def _match_messages(self, uow: AlertsUnitOfWork, matched: Matched, now: datetime) -> list[Message]:
        """Store the matches, and return the messages of the instant subscriptions."""
        stored = set(
            await uow.matches.add([(each.id, event.id) for event, found_by in matched.values() for each in found_by])
        )
        sender_of: dict[tuple[str, EventId], Subscription] = {}
        for event, found_by in matched.values():
            for each in sorted(found_by, key=lambda each: each.id):
                if each.frequency is Frequency.INSTANT and (each.id, event.id) in stored:
                    sender_of.setdefault((each.email, event.id), each)
        new: dict[SubscriptionId, tuple[Subscription, list[EventDetails]]] = {}
        alerts = [SentAlert.of(matched[event_id][0], email) for email, event_id in sender_of]
        for alert in await uow.sent_alerts.add(alerts):
            subscription = sender_of[alert.email, alert.event_id]
            new.setdefault(subscription.id, (subscription, []))[1].append(matched[alert.event_id][0])
        return [match_message(self.ids.new(), subscription, events, now) for subscription, events in new.values()]

    async def _change_messages(self, uow: AlertsUnitOfWork, event: EventDetails, now: datetime) -> list[Message]:
        """Update the outdated alerts of an event, and return the messages about what has changed."""
        outdated = await uow.sent_alerts.outdated(event)
        if not outdated:
            return []
        to_notify = [each.alert for each in outdated if not each.is_guest]
        followers = await uow.matches.followers(event.id, [each.email for each in to_notify])
        # Guests' alerts are updated too. They are notified as guests, and must not get the same change again as an
        # alert after they have cancelled their booking.
        await uow.sent_alerts.save([each.alert.with_current_details(event) for each in outdated])
        return [
            change_message(self.ids.new(), each, followers[each.email], event, now)
            for each in to_notify
            if each.email in followers
        ]
