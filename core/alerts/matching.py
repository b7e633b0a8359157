"""Finding out who wants to know of an event that was stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.alerts.messages import SentAlert, change_message, is_announceable, is_followable, is_relevant, match_message
from core.alerts.model import Frequency, Subscription, SubscriptionId
from core.alerts.ports import AlertsUnitOfWork
from core.alerts.search import EventFacts
from core.shared.clock import Clock
from core.shared.ids import EventId, IdGenerator
from core.shared.messages import Message

AT_ONCE = 200
"""So many events are matched in one transaction, and those that one search has found told of in one message."""

Matched = Mapping[EventId, tuple[EventFacts, Sequence[Subscription]]]


@dataclass(frozen=True, slots=True)
class MatchEvents:
    """Find the subscriptions that events answer: remember it for their digests, and tell those who want to know at
    once. Tell those who were told of an event before when it is cancelled, or moves in time or place.

    Each address is told of an event once, and once of each change, however often and by how many this is run at once:
    of a new one in the name of the oldest search that found it. Each search has a message, and a link, of its own.
    """

    new_uow: Callable[[], AlertsUnitOfWork]
    ids: IdGenerator
    clock: Clock

    async def __call__(self, event_ids: Sequence[EventId]) -> int:
        """How many messages there are to send."""
        told = 0
        for begin in range(0, len(event_ids), AT_ONCE):
            told += await self._matched(event_ids[begin : begin + AT_ONCE])
        return told

    async def _matched(self, event_ids: Sequence[EventId]) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            events = await uow.events.facts(event_ids)
            # Read first, and write at the end: nobody waits for what is locked while others are looked for.
            matched: Matched = {
                event.id: (event, [each for each in await uow.subscriptions.finding(event) if is_relevant(each, event)])
                for event in events
                if is_announceable(event, now)
            }
            messages = await self._news(uow, matched, now)
            for event in events:
                if is_followable(event, now):
                    messages += await self._changes(uow, event, now)
            await uow.outbox.add(messages)
            await uow.commit()
        return len(messages)

    async def _news(self, uow: AlertsUnitOfWork, matched: Matched, now: datetime) -> list[Message]:
        there = set(await uow.matches.add([(each.id, event.id) for event, by in matched.values() for each in by]))
        told_by: dict[tuple[str, EventId], Subscription] = {}
        for event, by in matched.values():
            for each in sorted(by, key=lambda each: each.id):
                if each.frequency is Frequency.INSTANT and (each.id, event.id) in there:
                    told_by.setdefault((each.email, event.id), each)
        news: dict[SubscriptionId, tuple[Subscription, list[EventFacts]]] = {}
        for new in await uow.sent_alerts.add([SentAlert.of(matched[told][0], email) for email, told in told_by]):
            teller = told_by[new.email, new.event_id]
            news.setdefault(teller.id, (teller, []))[1].append(matched[new.event_id][0])
        return [match_message(self.ids.new(), teller, events, now) for teller, events in news.values()]

    async def _changes(self, uow: AlertsUnitOfWork, event: EventFacts, now: datetime) -> list[Message]:
        outdated = await uow.sent_alerts.outdated(event)
        if not outdated:
            return []
        news = [each.telling for each in outdated if not each.is_guest]
        followers = await uow.matches.followers(event.id, [each.email for each in news])
        # Guests' too: whoever is none any more must not be told then, as if it were new, what they heard as a guest.
        await uow.sent_alerts.save([each.telling.as_it_is_now(event) for each in outdated])
        return [
            change_message(self.ids.new(), each, followers[each.email], event, now)
            for each in news
            if each.email in followers
        ]
