"""Ports of the discovery slice: pages, parsers of sites, and stores."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from core.discovery.model import (
    City,
    FetchedPage,
    Listing,
    ListingChange,
    ParsedPage,
    Rejection,
    RunOutcome,
    RunReport,
    Source,
    StoredRun,
)
from core.shared.ids import EventId, RunId
from core.shared.paging import Page, PageRequest
from core.shared.unit_of_work import UnitOfWork


class Site(Protocol):
    """One source: the URLs of its pages, and their parser. Pure: the same page gives the same result."""

    source: ClassVar[Source]
    has_independent_pages: ClassVar[bool] = False
    """Whether its pages are unrelated to each other, rather than the pages of one list."""

    @abstractmethod
    def page_urls(self, city: City | None, max_pages: int) -> Sequence[str]:
        """Return the URLs of its first `max_pages` pages for `city`, or of its configured pages.

        Raises UnknownCity when its pages are by city and it has none for this one.
        """

    @abstractmethod
    def parse(self, page: FetchedPage) -> ParsedPage:
        """Return the listings of a page, and the items it rejected with the reasons. Raises only UnknownLayout."""


class PageSource(Protocol):
    """A source of pages: the network, or a folder of saved ones."""

    @abstractmethod
    def fetch_pages(
        self, site: Site, city: City | None, max_pages: int
    ) -> AsyncGenerator[FetchedPage | Rejection, None]:
        """Yield the site's pages in order, each fetched only when it is requested. Close the generator when done.

        For an independent page that can't be fetched a Rejection is yielded. Raises FetchFailed when a page of a list
        can't be fetched, since the next ones continue it; UnknownCity when the site has no page for `city`.
        """


class Listings(Protocol):
    """The gathered events, and what each source reported about them."""

    @abstractmethod
    async def record(self, listings: Mapping[EventId, Listing], seen_at: datetime) -> Sequence[ListingChange]:
        """Update the event of each listing, or create it with the given id. Return what changed, in the same order.

        An event is identified by (source, id at the source). Its source record keeps when it was first and last
        seen, and the values reported. A hidden event stays hidden. Concurrent calls wait until the unit of work ends.
        """

    @abstractmethod
    async def record_again(self, event_id: EventId, listing: Listing, seen_at: datetime) -> None:
        """Record that another source publishes the event, too. Its own values stay. Does nothing if that source has
        reported this listing before.
        """

    @abstractmethod
    async def find_event_ids(self, listings: Sequence[Listing]) -> Sequence[EventId]:
        """Return the ids of the events that these listings were stored as, each once."""

    @abstractmethod
    async def remove_ended_before(self, moment: datetime) -> int:
        """Remove gathered events that ended before `moment` and have no bookings. Return how many."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list. None means any."""

    source: Source | None = None
    outcome: RunOutcome | None = None


class Runs(Protocol):
    """The history of scrape runs."""

    @abstractmethod
    async def get(self, run_id: RunId) -> StoredRun:
        """Return a run. Raises RunNotFound."""

    @abstractmethod
    async def search(self, wanted: RunFilter, page: PageRequest) -> Page[StoredRun]:
        """Return the runs that match, newest first. Raises BadCursor."""

    @abstractmethod
    async def latest(self, source: Source, limit: int) -> Sequence[StoredRun]:
        """Return the last runs of a source, newest first."""

    @abstractmethod
    async def add(self, run_id: RunId, report: RunReport) -> None:
        """Store the report of a run."""

    @abstractmethod
    async def last_healthy_count(self, source: Source, scope: str | None) -> int | None:
        """Return how many listings the last successful run of `source` with the same scope found.

        None when there was none, or when the scope is None: runs over saved pages can't be compared.
        """


class DiscoveryUnitOfWork(UnitOfWork, Protocol):
    listings: Listings
    runs: Runs


class Progress(Protocol):
    """Receives the progress of a scrape, to show or log it."""

    @abstractmethod
    def report_page(self, source: Source, page: FetchedPage, listings: int) -> None:
        """Report that a page was parsed, with its number of listings."""

    @abstractmethod
    def report_source(self, report: RunReport) -> None:
        """Report that a source is finished."""
