"""Scraping the sources, with the memory store."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import ClassVar

import pytest

from adapters.memory.discovery import MemoryDiscoveryUnitOfWork
from adapters.memory.shared.store import MemoryStore
from adapters.memory.shared.system import CountingIds, SetClock
from core.discovery.errors import FetchFailed, UnknownLayout
from core.discovery.model import City, FetchedPage, ParsedPage, Rejection, RunReport, Source
from core.discovery.ports import PageSource, Progress, Site
from core.discovery.scraping import Scrape, ScrapeSummary
from core.shared.jobs import MATCH_EVENTS, events_of
from tests.support.builders import NOW, a_listing

PageBody = str | Exception | Rejection
LONDON = City("London", "GB", 51.5, -0.1)


class LineSite(Site):
    """Parses a page with the name of an event on each line; the layout of the page `?` is unknown."""

    source: ClassVar[Source] = Source.DICE

    def page_urls(self, city: City | None, max_pages: int) -> Sequence[str]:
        return [f"https://example.com/{number}" for number in range(1, max_pages + 1)]

    def parse(self, page: FetchedPage) -> ParsedPage:
        lines = page.body.decode().split()
        if lines == ["?"]:
            raise UnknownLayout("It has no event data.")
        return ParsedPage(tuple(a_listing(source=self.source, source_id=line, name=f"Night {line}") for line in lines))


class OtherLineSite(LineSite):
    source: ClassVar[Source] = Source.MEETUP


class FakePageSource(PageSource):
    """Yields the given pages and rejections, and raises the given errors."""

    def __init__(self, bodies: Mapping[Source, Sequence[PageBody]]) -> None:
        self._bodies = bodies
        self.fetched: list[str] = []

    async def fetch_pages(
        self, site: Site, city: City | None, max_pages: int
    ) -> AsyncGenerator[FetchedPage | Rejection, None]:
        for number, body in enumerate(self._bodies[site.source], start=1):
            if isinstance(body, Exception):
                raise body
            if isinstance(body, Rejection):
                yield body
                continue
            self.fetched.append(body)
            yield FetchedPage(f"https://example.com/{number}", body.encode(), NOW, requested_city=city, number=number)


@dataclass
class RecordedProgress(Progress):
    pages: list[int] = field(default_factory=list)
    done: list[RunReport] = field(default_factory=list)

    def report_page(self, source: Source, page: FetchedPage, listings: int) -> None:
        self.pages.append(listings)

    def report_source(self, report: RunReport) -> None:
        self.done.append(report)


@dataclass
class Scraper:
    store: MemoryStore = field(default_factory=MemoryStore)
    progress: RecordedProgress = field(default_factory=RecordedProgress)
    clock: SetClock = field(default_factory=lambda: SetClock(NOW))

    async def scrape(self, *bodies: PageBody, city: City | None = LONDON) -> RunReport:
        [run] = (await self.scrape_all({Source.DICE: bodies}, city)).runs
        return run

    async def scrape_all(self, bodies: Mapping[Source, Sequence[PageBody]], city: City | None) -> ScrapeSummary:
        sites = {Source.DICE: LineSite(), Source.MEETUP: OtherLineSite()}
        scrape = Scrape(lambda: MemoryDiscoveryUnitOfWork(self.store), sites, self.ids, self.clock)
        self.pages = FakePageSource(bodies)
        return await scrape(list(bodies), pages=self.pages, city=city, max_pages=3, progress=self.progress)

    def __post_init__(self) -> None:
        self.ids = CountingIds()

    @property
    def events_to_match(self) -> list[int]:
        """The number of events in each queued matching job."""
        return [len(events_of(each.job.arguments)) for each in self.store.jobs if each.job.task == MATCH_EVENTS]

    @property
    def names(self) -> list[str]:
        return sorted(event.name for event in self.store.events)


@pytest.fixture
def scraper() -> Scraper:
    return Scraper()


async def test_the_events_of_all_pages_are_stored_and_counted(scraper: Scraper) -> None:
    run = await scraper.scrape("a b", "c a")
    assert (run.found, run.new, run.updated, run.unchanged, run.failure) == (3, 3, 0, 0, None)
    assert scraper.names == ["Night a", "Night b", "Night c"]
    assert scraper.progress.pages == [2, 2]
    assert scraper.progress.done == [run]


async def test_a_second_run_changes_nothing(scraper: Scraper) -> None:
    await scraper.scrape("a b")
    run = await scraper.scrape("a b")
    assert (run.new, run.updated, run.unchanged) == (0, 0, 2)
    assert len(scraper.names) == 2


async def test_an_empty_page_after_the_first_is_the_end_of_the_list(scraper: Scraper) -> None:
    await scraper.scrape("a", "", "b")
    assert scraper.pages.fetched == ["a", ""]


async def test_a_page_of_unknown_layout_is_rejected_and_the_others_are_stored(scraper: Scraper) -> None:
    run = await scraper.scrape("a", "?")
    assert run.failure is None
    assert [(item.what, item.reason) for item in run.rejected] == [("https://example.com/2", "It has no event data.")]


async def test_a_run_with_only_unknown_layouts_fails_instead_of_reporting_zero_events(scraper: Scraper) -> None:
    run = await scraper.scrape("?")
    assert run.quarantined
    assert run.failure == "it found no events"
    assert len(run.rejected) == 1


async def test_a_failing_source_does_not_affect_the_others(scraper: Scraper) -> None:
    scraped = await scraper.scrape_all({Source.DICE: [FetchFailed("It is down.")], Source.MEETUP: ["m"]}, LONDON)
    assert [run.failure for run in scraped.runs] == ["It is down.", None]
    assert [listing.source for listing in scraped.listings] == [Source.MEETUP]
    assert scraper.names == ["Night m"]


async def test_a_source_that_fails_half_way_keeps_the_events_found_so_far(scraper: Scraper) -> None:
    run = await scraper.scrape("a b", FetchFailed("Too slow."))
    assert (run.new, run.failure) == (2, None)
    assert run.warnings == ("it stopped early: Too slow.",)


async def test_a_run_that_finds_far_fewer_events_is_quarantined_and_recorded(scraper: Scraper) -> None:
    await scraper.scrape("a b c d e f g h i j")
    run = await scraper.scrape("x y")
    assert run.quarantined
    assert run.failure is not None
    assert "x" not in " ".join(scraper.names)
    assert [(stored.found, stored.quarantined) for stored in scraper.store.runs] == [(10, False), (2, True)]


async def test_runs_of_another_city_or_of_saved_pages_are_not_compared(scraper: Scraper) -> None:
    await scraper.scrape("a b c d e f g h i j")
    assert (await scraper.scrape("x", city=replace(LONDON, name="Paris"))).failure is None
    assert (await scraper.scrape("y", city=None)).failure is None


async def test_a_run_records_when_it_ran(scraper: Scraper) -> None:
    run = await scraper.scrape("a")
    assert run.started_at == run.finished_at == NOW
    scraper.clock.move(timedelta(hours=1))
    assert (await scraper.scrape("a")).started_at == NOW + timedelta(hours=1)


async def test_a_page_that_cannot_be_fetched_is_rejected_and_the_next_ones_are_stored(scraper: Scraper) -> None:
    run = await scraper.scrape("a", Rejection("https://example.com/missing", "It answered 404."), "b")
    assert (run.found, run.failure) == (2, None)
    assert run.rejected == (Rejection("https://example.com/missing", "It answered 404."),)


async def test_a_run_queues_one_matching_job_with_all_new_and_changed_events(scraper: Scraper) -> None:
    await scraper.scrape("a b", "c")
    assert scraper.events_to_match == [3]
    await scraper.scrape("a b c")
    assert scraper.events_to_match == [3]
    await scraper.scrape("a b c d")
    assert scraper.events_to_match == [3, 1]
