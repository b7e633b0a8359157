"""Reading the figures of the homepage, of an organizer's events, and of one event."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

from core.analytics.model import EventStatistics, HomepageFigures, Statistics
from core.analytics.ports import AnalyticsUnitOfWork
from core.shared.access import Principal
from core.shared.cache import Cache, Entry
from core.shared.clock import Clock
from core.shared.ids import EventId

_HOMEPAGE = "homepage figures"


@dataclass(frozen=True, slots=True)
class ReadHomepageFigures:
    """Return how much there is to see, and how much was sold. They may be a minute old."""

    new_uow: Callable[[], AnalyticsUnitOfWork]
    clock: Clock
    cache: Cache

    async def __call__(self) -> HomepageFigures:
        entry = await self.cache.get(_HOMEPAGE, self._compute)
        return HomepageFigures(**json.loads(entry.content))

    async def _compute(self) -> Entry:
        async with self.new_uow() as uow:
            figures = await uow.figures.homepage(self.clock.now())
        return Entry(json.dumps(asdict(figures)).encode(), {})


@dataclass(frozen=True, slots=True)
class ReadStatistics:
    """Return the figures of one's own events; admins get those of all events. Organizers and admins only.

    `tickets_sold` are confirmed places, `waitlisted` waiting parties. `revenue` is what was paid, without what was
    refunded, in each currency; amounts of different currencies are never added.
    """

    new_uow: Callable[[], AnalyticsUnitOfWork]
    clock: Clock

    async def __call__(self, *, by: Principal, only_own: bool = False) -> Statistics:
        by.must_be_organizer()
        everything = by.is_admin and not only_own
        async with self.new_uow() as uow:
            return await uow.figures.statistics(None if everything else by.user_id, self.clock.now())


@dataclass(frozen=True, slots=True)
class ReadEventStatistics:
    """Return the figures of an event. Its organizer and admins only.

    `booked` are confirmed and held places, `waitlisted` waiting parties, `cancelled` bookings, `checked_in` tickets.
    The days are those of the event's time zone.
    """

    new_uow: Callable[[], AnalyticsUnitOfWork]
    clock: Clock

    async def __call__(self, event_id: EventId, *, by: Principal) -> EventStatistics:
        now = self.clock.now()
        async with self.new_uow() as uow:
            event = (await uow.events.view(event_id, now)).event
            event.must_be_managed_by(by)
            return await uow.figures.event_statistics(event, now)
