"""Figures in memory: counted anew each time."""

from __future__ import annotations

from datetime import datetime

from adapters.memory.catalog import MemoryEvents
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from core.analytics.model import EventStatistics, HomepageFigures, Statistics, TopEvent, Totals, Week
from core.analytics.ports import AnalyticsUnitOfWork, Figures
from core.analytics.recount import Records
from core.catalog.model import Event
from core.shared.ids import UserId


class MemoryFigures(Figures):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def homepage(self, now: datetime) -> HomepageFigures:
        return self._records().homepage(now)

    async def totals(self, now: datetime) -> Totals:
        return self._records().totals(now)

    async def top_events(self, now: datetime) -> tuple[TopEvent, ...]:
        return self._records().top_events(now)

    async def week(self, now: datetime) -> Week:
        return self._records().week(now)

    async def statistics(self, organizer_id: UserId | None, now: datetime) -> Statistics:
        return self._records().statistics(organizer_id, now)

    async def event_statistics(self, event: Event, now: datetime) -> EventStatistics:
        return self._records().event_statistics(event, now)

    def _records(self) -> Records:
        return read_records(self._store)


def read_records(store: MemoryStore) -> Records:
    """Return all that is stored and counted."""
    return Records(
        events=list(store.events),
        bookings=list(store.bookings),
        payments=list(store.payments),
        tickets=list(store.tickets),
        users=list(store.users),
    )


class MemoryAnalyticsUnitOfWork(MemoryUnitOfWork, AnalyticsUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.events = MemoryEvents(store)
        self.figures = MemoryFigures(store)
