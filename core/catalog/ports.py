"""What the catalog needs from outside: a store that can be searched."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from core.catalog.model import Area, AreaSummary, Event, EventView
from core.catalog.search import EventQuery
from core.shared.ids import EventId
from core.shared.paging import Page, PageRequest
from core.shared.transaction import UnitOfWork


class Events(Protocol):
    @abstractmethod
    async def add(self, event: Event) -> None:
        """Store a new event. Raises UnknownArea when it names an area that is not there."""

    @abstractmethod
    async def view(self, event_id: EventId) -> EventView:
        """The event with its area and sources. Raises EventNotFound."""

    @abstractmethod
    async def get_for_update(self, event_id: EventId) -> Event:
        """The event, locked until the unit of work ends. Raises EventNotFound."""

    @abstractmethod
    async def save(self, event: Event) -> None:
        """Store a changed event; its booked places are left as they are. Raises UnknownArea."""

    @abstractmethod
    async def search(self, query: EventQuery, page: PageRequest) -> Page[EventView]:
        """The events that match, sorted, each once over all pages. Raises BadCursor."""


class Areas(Protocol):
    @abstractmethod
    async def add(self, area: Area) -> None:
        """Store a new area. Raises AreaExists when its name is taken, whatever the case."""

    @abstractmethod
    async def all(self) -> Sequence[AreaSummary]:
        """Every area, by name."""


class CatalogUnitOfWork(UnitOfWork, Protocol):
    events: Events
    areas: Areas
