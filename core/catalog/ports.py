"""What the catalog needs from outside: a store that can be searched."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.catalog.areas import Area, AreaSummary
from core.catalog.model import Event, EventView
from core.catalog.search import EventQuery
from core.shared.ids import AreaId, EventId
from core.shared.paging import Page, PageRequest
from core.shared.unit_of_work import UnitOfWork


class Events(Protocol):
    @abstractmethod
    async def add(self, event: Event) -> None:
        """Store a new event. Raises UnknownArea when it names an area that is not there."""

    @abstractmethod
    async def view(self, event_id: EventId, now: datetime) -> EventView:
        """The event with its area and sources; expired holds do not count as booked. Raises EventNotFound."""

    @abstractmethod
    async def get_for_update(self, event_id: EventId) -> Event:
        """The event, locked until the unit of work ends. Raises EventNotFound."""

    @abstractmethod
    async def save(self, event: Event) -> None:
        """Store a changed event, except for its capacity and counts, which belong to booking. Raises UnknownArea."""

    @abstractmethod
    async def remove(self, event_id: EventId) -> None:
        """Raises EventHasBookings when it was ever booked."""

    @abstractmethod
    async def search(self, query: EventQuery, page: PageRequest) -> Page[EventView]:
        """The events that match, sorted, each once over all pages, as `view` shows them. Raises BadCursor."""


class Areas(Protocol):
    @abstractmethod
    async def add(self, area: Area) -> None:
        """Store a new area. Raises AreaExists when its name is taken, whatever the case."""

    @abstractmethod
    async def get_for_update(self, area_id: AreaId) -> Area:
        """The area, locked until the unit of work ends. Raises AreaNotFound."""

    @abstractmethod
    async def save(self, area: Area) -> None:
        """Raises AreaExists as `add` does."""

    @abstractmethod
    async def remove(self, area_id: AreaId) -> None:
        """Raises AreaInUse while events take place in it, whatever the timing."""

    @abstractmethod
    async def all(self) -> Sequence[AreaSummary]:
        """Every area, by name."""


class CatalogUnitOfWork(UnitOfWork, Protocol):
    events: Events
    areas: Areas
