"""Running the sources, on the memory store."""

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

Served = str | Exception | Rejection
LONDON = City("London", "GB", 51.5, -0.1)


class LineSite(Site):
    """Reads a page of one event name a line; a page that says `?` has an unknown layout."""

    source: ClassVar[Source] = Source.DICE

    def page_urls(self, city: City | None, max_pages: int) -> Sequence[str]:
        return [f"https://example.com/{number}" for number in range(1, max_pages + 1)]

    def parse(self, page: FetchedPage) -> ParsedPage:
        lines = page.body.decode().split()
        if lines == ["?"]:
            raise UnknownLayout("It has no event data.")
        return ParsedPage(tuple(a_listing(source=self.source, source_id=line, name=f"Night {line}") for line in lines))


class LineSiteToo(LineSite):
    source: ClassVar[Source] = Source.MEETUP


class GivenPages(PageSource):
    """Serves what it is given; an error among the pages is raised in its place."""

    def __init__(self, bodies: Mapping[Source, Sequence[Served]]) -> None:
        self._bodies = bodies
        self.served: list[str] = []

    async def fetch_pages(
        self, site: Site, city: City | None, max_pages: int
    ) -> AsyncGenerator[FetchedPage | Rejection, None]:
        for number, body in enumerate(self._bodies[site.source], start=1):
            if isinstance(body, Exception):
                raise body
            if isinstance(body, Rejection):
                yield body
                continue
            self.served.append(body)
            yield FetchedPage(f"https://example.com/{number}", body.encode(), NOW, requested_city=city, number=number)


@dataclass
class Seen(Progress):
    pages: list[int] = field(default_factory=list)
    done: list[RunReport] = field(default_factory=list)

    def report_page(self, source: Source, page: FetchedPage, listings: int) -> None:
        self.pages.append(listings)

    def report_source(self, report: RunReport) -> None:
        self.done.append(report)


@dataclass
class Bench:
    store: MemoryStore = field(default_factory=MemoryStore)
    seen: Seen = field(default_factory=Seen)
    clock: SetClock = field(default_factory=lambda: SetClock(NOW))

    async def scrape(self, *bodies: Served, city: City | None = LONDON) -> RunReport:
        [run] = (await self.scrape_all({Source.DICE: bodies}, city)).runs
        return run

    async def scrape_all(self, bodies: Mapping[Source, Sequence[Served]], city: City | None) -> ScrapeSummary:
        sites = {Source.DICE: LineSite(), Source.MEETUP: LineSiteToo()}
        scrape = Scrape(lambda: MemoryDiscoveryUnitOfWork(self.store), sites, self.ids, self.clock)
        self.pages = GivenPages(bodies)
        return await scrape(list(bodies), pages=self.pages, city=city, max_pages=3, progress=self.seen)

    def __post_init__(self) -> None:
        self.ids = CountingIds()

    @property
    def to_match(self) -> list[int]:
        """How many events each of the jobs is about that wait."""
        return [len(events_of(each.job.arguments)) for each in self.store.jobs if each.job.task == MATCH_EVENTS]

    @property
    def names(self) -> list[str]:
        return sorted(event.name for event in self.store.events)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_what_pages_tell_is_stored_and_counted(bench: Bench) -> None:
    run = await bench.scrape("a b", "c a")
    assert (run.found, run.new, run.updated, run.unchanged, run.failure) == (3, 3, 0, 0, None)
    assert bench.names == ["Night a", "Night b", "Night c"]
    assert bench.seen.pages == [2, 2]
    assert bench.seen.done == [run]


async def test_a_second_run_changes_nothing(bench: Bench) -> None:
    await bench.scrape("a b")
    run = await bench.scrape("a b")
    assert (run.new, run.updated, run.unchanged) == (0, 0, 2)
    assert len(bench.names) == 2


async def test_an_empty_page_after_the_first_is_the_end_of_the_list(bench: Bench) -> None:
    await bench.scrape("a", "", "b")
    assert bench.pages.served == ["a", ""]


async def test_an_unknown_layout_is_a_rejected_page_and_the_others_count(bench: Bench) -> None:
    run = await bench.scrape("a", "?")
    assert run.failure is None
    assert [(item.what, item.reason) for item in run.rejected] == [("https://example.com/2", "It has no event data.")]


async def test_only_unknown_layouts_are_a_failure_and_never_zero_events(bench: Bench) -> None:
    run = await bench.scrape("?")
    assert run.quarantined
    assert run.failure == "it found no events"
    assert len(run.rejected) == 1


async def test_a_source_that_fails_leaves_the_others_alone(bench: Bench) -> None:
    scraped = await bench.scrape_all({Source.DICE: [FetchFailed("It is down.")], Source.MEETUP: ["m"]}, LONDON)
    assert [run.failure for run in scraped.runs] == ["It is down.", None]
    assert [listing.source for listing in scraped.listings] == [Source.MEETUP]
    assert bench.names == ["Night m"]


async def test_a_source_that_stops_half_way_keeps_what_it_told(bench: Bench) -> None:
    run = await bench.scrape("a b", FetchFailed("Too slow."))
    assert (run.new, run.failure) == (2, None)
    assert run.warnings == ("it stopped early: Too slow.",)


async def test_a_run_that_shrank_is_quarantined_and_every_run_is_recorded(bench: Bench) -> None:
    await bench.scrape("a b c d e f g h i j")
    run = await bench.scrape("x y")
    assert run.quarantined
    assert run.failure is not None
    assert "x" not in " ".join(bench.names)
    assert [(stored.found, stored.quarantined) for stored in bench.store.runs] == [(10, False), (2, True)]


async def test_runs_of_another_place_or_of_handed_over_pages_are_not_compared(bench: Bench) -> None:
    await bench.scrape("a b c d e f g h i j")
    assert (await bench.scrape("x", city=replace(LONDON, name="Paris"))).failure is None
    assert (await bench.scrape("y", city=None)).failure is None


async def test_a_run_says_when_it_ran(bench: Bench) -> None:
    run = await bench.scrape("a")
    assert run.started_at == run.finished_at == NOW
    bench.clock.move(timedelta(hours=1))
    assert (await bench.scrape("a")).started_at == NOW + timedelta(hours=1)


async def test_a_page_that_cant_be_had_is_rejected_and_those_after_it_count(bench: Bench) -> None:
    run = await bench.scrape("a", Rejection("https://example.com/gone", "It answered 404."), "b")
    assert (run.found, run.failure) == (2, None)
    assert run.rejected == (Rejection("https://example.com/gone", "It answered 404."),)


async def test_one_job_of_a_run_is_about_all_that_is_new_or_changed(bench: Bench) -> None:
    await bench.scrape("a b", "c")
    assert bench.to_match == [3]
    await bench.scrape("a b c")
    assert bench.to_match == [3]
    await bench.scrape("a b c d")
    assert bench.to_match == [3, 1]
