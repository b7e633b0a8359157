"""What discovery needs from outside: pages, sites that can be read, and a place to keep what was found."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import ClassVar, Protocol

from core.discovery.model import Change, Listing, Page, Parsed, Place, RunReport, Source
from core.shared.ids import EventId, RunId
from core.shared.transaction import UnitOfWork


class Site(Protocol):
    """One source: where its pages are, and how they are read. Pure: same page, same answer."""

    source: ClassVar[Source]

    @abstractmethod
    def addresses(self, place: Place, pages: int) -> Sequence[str]:
        """The URLs of its first `pages` pages of events in `place`. Raises UnknownCity when it has none there."""

    @abstractmethod
    def parse(self, page: Page) -> Parsed:
        """The listings of a page, with the items it had to reject and why. Raises UnknownLayout, nothing else."""


class Pages(Protocol):
    """Where pages come from: the network, or a folder of saved ones."""

    @abstractmethod
    def of(self, site: Site, place: Place | None, pages: int) -> AsyncIterator[Page]:
        """The site's pages, one after another, each fetched only when it is asked for.

        Raises FetchFailed when a page can't be had, UnknownCity when the site has none for `place`.
        """


class Listings(Protocol):
    """The events gathered from elsewhere, and what each source told of them (D5)."""

    @abstractmethod
    async def record(self, listing: Listing, event_id: EventId, seen_at: datetime) -> Change:
        """Store a listing as the event it was stored as before, or as a new one with id `event_id`.

        The occurrence is known by (source, id at the source). Its provenance keeps when it was first and last
        seen, and the values told.
        """


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
    def page_read(self, source: Source, page: Page, listings: int) -> None: ...

    @abstractmethod
    def source_done(self, report: RunReport) -> None: ...
