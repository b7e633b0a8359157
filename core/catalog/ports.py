"""Ports of the catalog slice: stores of events and areas, and search."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from core.catalog.areas import Area, AreaSummary
from core.catalog.model import Event, EventView
from core.catalog.overviews import CityPlace, Count, DayOverview, Tally
from core.catalog.posters import Poster, Shape, SharePicture
from core.catalog.search import DateCount, DatePart, EventQuery
from core.catalog.sitemap import SitemapEntry, SitemapPart
from core.shared.ids import AreaId, EventId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.unit_of_work import UnitOfWork


class Events(Protocol):
    @abstractmethod
    async def add(self, event: Event) -> None:
        """Store a new event. Raises UnknownArea when its area does not exist."""

    @abstractmethod
    async def view(self, event_id: EventId, now: datetime) -> EventView:
        """Return the event with its area and sources; expired holds do not count as booked. Raises EventNotFound."""

    @abstractmethod
    async def is_booked_by(self, event_id: EventId, user_id: UserId) -> bool:
        """Return whether places of the event are booked for the user, or the user is on its waitlist.

        A registration without an account counts if the user has verified its address.
        """

    @abstractmethod
    async def get_for_update(self, event_id: EventId) -> Event:
        """Return the event, locked until the unit of work ends. Raises EventNotFound."""

    @abstractmethod
    async def save(self, event: Event) -> None:
        """Store a changed event, except its capacity and counts, which booking maintains. Raises UnknownArea."""

    @abstractmethod
    async def remove(self, event_id: EventId) -> None:
        """Delete the event. Raises EventHasBookings when it ever had a booking."""

    @abstractmethod
    async def mark_ended(self, ended_before: datetime, limit: int) -> int:
        """Mark at most `limit` events that ended before this time. Return how many; a store may need no marks.

        A mark changes no search whose `now` is later. Saving an event removes it.
        """

    @abstractmethod
    async def count_by_date(self, query: EventQuery, part: DatePart) -> Sequence[DateCount]:
        """Return how many matching events begin in each year, month or day (UTC), the earliest first.

        The text and the sort order of the query don't matter.
        """

    @abstractmethod
    async def hidden_with_bookings(self, now: datetime, limit: int) -> Sequence[Event]:
        """Return inactive events that are not over and have bookings or waiting parties, the next to start first."""

    @abstractmethod
    async def search(self, query: EventQuery, page: PageRequest) -> Page[EventView]:
        """Return a page of matching events in order; no event is on two pages. Raises BadCursor."""


class EventViews(Protocol):
    """Reads single events, outside of any unit of work."""

    @abstractmethod
    async def get(self, event_id: EventId, now: datetime) -> EventView:
        """Return the event as `Events.view` does: as it is when this is called, or later, never as it was before.

        Raises EventNotFound, or Unavailable if the store fails.
        """


class Overviews(Protocol):
    """Summaries of what a search finds, each at a bounded cost however many events there are.

    What is large may be some seconds old.
    """

    @abstractmethod
    async def count(self, query: EventQuery) -> Count:
        """Return how many events match, up to COUNT_LIMIT."""

    @abstractmethod
    async def tally(self, query: EventQuery) -> Tally:
        """Count the matching events by their values. If they are more than TALLY_LIMIT, it is any of them."""

    @abstractmethod
    async def days(self, query: EventQuery, first: date, last: date) -> Sequence[DayOverview]:
        """Return the days from `first` to `last`, both of the query, on which matching events start, in order."""

    @abstractmethod
    async def spellings(self, words: Sequence[str]) -> Mapping[str, str]:
        """Return the corrections of the words that no known word begins with.

        It is the nearest known word with no more mistakes than `tolerated_mistakes`: one with the same first letter,
        else any; of several that are as near, the first one in the order of their letters.
        """

    @abstractmethod
    async def find_city(self, name: str, now: datetime) -> CityPlace | None:
        """Return the city with this name, else the one with the shortest name that contains it, ignoring case and
        accents. Only cities with listed events that have not ended count; None if there is no such city.
        """


class Areas(Protocol):
    @abstractmethod
    async def add(self, area: Area) -> None:
        """Store a new area. Raises AreaExists when the name is taken: names are compared by `name_key`."""

    @abstractmethod
    async def get_for_update(self, area_id: AreaId) -> Area:
        """Return the area, locked until the unit of work ends. Raises AreaNotFound."""

    @abstractmethod
    async def save(self, area: Area) -> None:
        """Store a changed area. Raises AreaExists as `add` does."""

    @abstractmethod
    async def remove(self, area_id: AreaId) -> None:
        """Delete the area. Raises AreaInUse while it has events, including ones added concurrently."""

    @abstractmethod
    async def list_all(self) -> Sequence[AreaSummary]:
        """Return every area, sorted by name."""


class PosterArtist(Protocol):
    @abstractmethod
    def draw(self, poster: Poster, shape: Shape) -> bytes:
        """Return the poster as SVG, within about a millisecond. Its size is a few kilobytes."""

    @abstractmethod
    async def paint(self, picture: SharePicture) -> bytes:
        """Return the picture as PNG, 1200 by 630 pixels. It takes about a second, but not of this process.

        Raises PaintingFailed.
        """


class SharePictures(Protocol):
    """The painted pictures of links to events. Of each event only the latest is kept."""

    @abstractmethod
    async def get(self, picture: SharePicture) -> bytes | None:
        """Return the picture as it was saved; None if it was not, or if the event has changed since."""

    @abstractmethod
    async def has(self, picture: SharePicture) -> bool:
        """Return whether `get` would return the picture."""

    @abstractmethod
    async def save(self, picture: SharePicture, content: bytes) -> None:
        """Store a painted picture instead of the event's former one. Does nothing if the event is deleted."""

    @abstractmethod
    async def delete_of_ended(self, ended_before: datetime) -> int:
        """Delete the pictures of events that ended before this time. Return how many."""


class Sitemap(Protocol):
    """The events that `is_in_sitemap`, in the order of their ids."""

    @abstractmethod
    async def parts(self, now: datetime, size: int) -> Sequence[SitemapPart]:
        """Return parts of `size` events each, at most MAX_PARTS."""

    @abstractmethod
    async def entries(self, first: EventId, now: datetime, size: int) -> Sequence[SitemapEntry]:
        """Return at most `size` events from this one on; it may be gone."""


class CatalogUnitOfWork(UnitOfWork, Protocol):
    events: Events
    areas: Areas
    share_pictures: SharePictures
    sitemap: Sitemap
    overviews: Overviews
