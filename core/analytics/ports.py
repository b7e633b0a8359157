"""Ports of analytics: the figures, read without locks."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from core.analytics.model import EventStatistics, HomepageFigures, Statistics, TopEvent, Totals, Week
from core.catalog.model import Event
from core.catalog.ports import Events
from core.shared.ids import UserId
from core.shared.unit_of_work import UnitOfWork


class Figures(Protocol):
    """Counts what is stored at `now`. The results are those of `core.analytics.recount.Records`, at any moment."""

    @abstractmethod
    async def homepage(self, now: datetime) -> HomepageFigures:
        """Return the figures for everybody."""

    @abstractmethod
    async def totals(self, now: datetime) -> Totals:
        """Return the figures of the whole platform."""

    @abstractmethod
    async def top_events(self, now: datetime) -> tuple[TopEvent, ...]:
        """Return the listed events that have not ended with the most booked places: `TOP_EVENTS` at most, none without
        a booking.
        """

    @abstractmethod
    async def week(self, now: datetime) -> Week:
        """Return what happened on each of the last seven days in UTC."""

    @abstractmethod
    async def statistics(self, organizer_id: UserId | None, now: datetime) -> Statistics:
        """Return the figures of an organizer's events, or of all events."""

    @abstractmethod
    async def event_statistics(self, event: Event, now: datetime) -> EventStatistics:
        """Return the figures of one event, which was read by `Events.view`."""


class AnalyticsUnitOfWork(UnitOfWork, Protocol):
    events: Events
    figures: Figures
