"""Telling every morning, or every Monday, what was found since the last time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.alerts.messages import SentAlert, digest_message, is_relevant
from core.alerts.model import Frequency, Subscription
from core.alerts.ports import AlertsUnitOfWork
from core.alerts.search import EventFacts
from core.shared.clock import Clock
from core.shared.ids import EventId, IdGenerator

Group = tuple[str, Frequency]


@dataclass(frozen=True, slots=True)
class SendDigests:
    """Gather what the subscriptions that are due have found into one message for each address and frequency.

    What is over, cancelled or changed meanwhile so that they would not find it any more is left out, and so is what the
    address was told of otherwise; where nothing is left there is no message. Run by many at once, each is sent once.
    """

    new_uow: Callable[[], AlertsUnitOfWork]
    ids: IdGenerator
    clock: Clock
    at_once: int = 50

    async def __call__(self) -> int:
        """How many messages there are to send."""
        now, sent = self.clock.now(), 0
        while (told := await self._some(now)) is not None:
            sent += told
        return sent

    async def _some(self, now: datetime) -> int | None:
        async with self.new_uow() as uow:
            due = await uow.subscriptions.claim_due(now, self.at_once)
            if not due:
                return None
            found = await self._found(uow, due, now)
            groups = _groups(due)
            messages = [digest_message(self.ids.new(), groups[group], events, now) for group, events in found.items()]
            await uow.outbox.add(messages)
            await uow.subscriptions.put_off([each.with_next_digest(now) for each in due])
            await uow.commit()
        return len(messages)

    async def _found(
        self, uow: AlertsUnitOfWork, due: Sequence[Subscription], now: datetime
    ) -> dict[Group, list[EventFacts]]:
        """What each group has to tell. An event that several of an address have found is told by the first."""
        by_id = {each.id: each for each in due}
        events: dict[EventId, EventFacts] = {}
        told_by: dict[tuple[str, EventId], Group] = {}
        for subscription_id, event in await uow.matches.waiting(list(by_id), now):
            finder = by_id[subscription_id]
            if finder.search.matches(event) and is_relevant(finder, event):
                events[event.id] = event
                told_by.setdefault((finder.email, event.id), (finder.email, finder.frequency))
        found: dict[Group, list[EventFacts]] = {}
        for new in await uow.sent_alerts.add([SentAlert.of(events[event_id], email) for email, event_id in told_by]):
            found.setdefault(told_by[new.email, new.event_id], []).append(events[new.event_id])
        return found


def _groups(due: Sequence[Subscription]) -> dict[Group, list[Subscription]]:
    groups: dict[Group, list[Subscription]] = {}
    for each in due:
        groups.setdefault((each.email, each.frequency), []).append(each)
    return groups
