"""Searching and reading events and areas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.catalog.areas import AreaSummary
from core.catalog.errors import EventNotFound
from core.catalog.model import EventView
from core.catalog.ports import CatalogUnitOfWork, EventViews
from core.catalog.public_catalog import PublicCatalog
from core.catalog.search import DateCount, DatePart, EventQuery
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.ids import EventId
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class SearchEvents:
    """Search events by text, location, price and time. Text search ignores case and accents and tolerates typing
    mistakes.
    """

    catalog: PublicCatalog

    async def __call__(self, query: EventQuery, page: PageRequest) -> Page[EventView]:
        query.check()
        async with self.catalog.reading(query) as uow:
            return await uow.events.search(query, page)


@dataclass(frozen=True, slots=True)
class CountEventsByDate:
    """Return how many events of a search begin in each year, month or day (UTC), the earliest first. Admins only."""

    new_list_uow: Callable[[], CatalogUnitOfWork]

    async def __call__(self, query: EventQuery, part: DatePart, *, by: Principal) -> Sequence[DateCount]:
        by.must_be_admin()
        async with self.new_list_uow() as uow:
            return await uow.events.count_by_date(query, part)


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """Return one event. A hidden one can be seen only by its organizer, admins and those who have booked it."""

    views: EventViews
    new_uow: Callable[[], CatalogUnitOfWork]
    clock: Clock

    async def __call__(self, event_id: EventId, *, viewer: Principal | None) -> EventView:
        view = await self.views.get(event_id, self.clock.now())
        if not view.event.is_visible_to(viewer) and not await self._is_booked_by(viewer, event_id):
            raise EventNotFound("There is no such event.")
        return view

    async def _is_booked_by(self, viewer: Principal | None, event_id: EventId) -> bool:
        if viewer is None:
            return False
        async with self.new_uow() as uow:
            return await uow.events.is_booked_by(event_id, viewer.user_id)


@dataclass(frozen=True, slots=True)
class ListAreas:
    """Return every area, with the number of its events."""

    new_uow: Callable[[], CatalogUnitOfWork]

    async def __call__(self) -> Sequence[AreaSummary]:
        async with self.new_uow() as uow:
            return await uow.areas.list_all()
