"""What discovery needs from outside: pages, sites that can be read, and a place to keep what was found."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Protocol

from core.discovery.model import City, FetchedPage, Listing, ListingChange, Parsed, Rejected, RunReport, Source
from core.shared.ids import EventId, RunId
from core.shared.unit_of_work import UnitOfWork


class Site(Protocol):
    """One source: where its pages are, and how they are read. Pure: same page, same answer."""

    source: ClassVar[Source]
    stand_alone: ClassVar[bool] = False
    """Whether its pages have nothing to do with each other, rather than continue one list."""

    @abstractmethod
    def addresses(self, place: City | None, pages: int) -> Sequence[str]:
        """The URLs of its first `pages` pages of events in `place`, or of its own pages when it goes by no city.

        Raises UnknownCity when it goes by city and has no page for this one.
        """

    @abstractmethod
    def parse(self, page: FetchedPage) -> Parsed:
        """The listings of a page, with the items it had to reject and why. Raises UnknownLayout, nothing else."""


class PageSource(Protocol):
    """Where pages come from: the network, or a folder of saved ones."""

    @abstractmethod
    def of(self, site: Site, place: City | None, pages: int) -> AsyncGenerator[FetchedPage | Rejected, None]:
        """The site's pages, one after another, each fetched only when it is asked for. Close it when done.

        A page that stands alone and can't be had is Rejected in its place. Raises FetchFailed when a page of a list
        can't be had, since those after it build on it; UnknownCity when the site has none for `place`.
        """


class Listings(Protocol):
    """The events gathered from elsewhere, and what each source told of them (D5)."""

    @abstractmethod
    async def record(self, listings: Mapping[EventId, Listing], seen_at: datetime) -> Sequence[ListingChange]:
        """Store each listing, an occurrence each, as the event it was stored as before, or else as a new one with this
        id; what that did, in their order. Until the unit of work ends, others who record wait.

        The occurrence is known by (source, id at the source). Its provenance keeps when it was first and last
        seen, and the values told. An event that was hidden stays hidden, whatever is told of it.
        """

    @abstractmethod
    async def events_of(self, listings: Sequence[Listing]) -> Sequence[EventId]:
        """The events that these listings were stored as, each once."""

    @abstractmethod
    async def remove_ended_before(self, moment: datetime) -> int:
        """Remove gathered events without bookings that ended before `moment`, with their provenance; how many."""


class Runs(Protocol):
    """The history of scrapes."""

    @abstractmethod
    async def add(self, run_id: RunId, report: RunReport) -> None: ...

    @abstractmethod
    async def last_healthy_count(self, source: Source, scope: str | None) -> int | None:
        """How many listings the newest stored run of `source` over the same scope found; None when there was none,
        or when the scope is None: what was read then can't be compared.
        """


class DiscoveryUnitOfWork(UnitOfWork, Protocol):
    listings: Listings
    runs: Runs


class Progress(Protocol):
    """Shows a person how a scrape gets on."""

    @abstractmethod
    def page_read(self, source: Source, page: FetchedPage, listings: int) -> None: ...

    @abstractmethod
    def source_done(self, report: RunReport) -> None: ...
