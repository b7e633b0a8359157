"""Running the sources: fetch, read, judge, store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from core.discovery.errors import FetchFailed, UnknownCity, UnknownLayout, UnknownSource
from core.discovery.model import (
    City,
    FetchedPage,
    Listing,
    ListingChange,
    Parsed,
    Rejected,
    RunReport,
    ScrapeResult,
    Source,
    combine_pages,
    reason_to_quarantine,
)
from core.discovery.ports import DiscoveryUnitOfWork, PageSource, Progress, Site
from core.shared.clock import Clock
from core.shared.ids import EventId, IdGenerator, RunId
from core.shared.jobs import match_events


@dataclass(frozen=True, slots=True)
class ScrapeSummary:
    """What a scrape did, source by source, and every event it believed."""

    runs: tuple[RunReport, ...]
    listings: tuple[Listing, ...]

    def must_have_found(self) -> None:
        """Raises FetchFailed when no event was found anywhere: that is worth another try."""
        if not any(run.found for run in self.runs):
            raise FetchFailed("; ".join(f"{run.source}: {run.failure}" for run in self.runs))


@dataclass(frozen=True, slots=True)
class Scrape:
    """Gather events from some sources, each on its own: one that fails leaves the others alone.

    A source whose pages can't be had or read, or whose run looks wrong, stores nothing and says why. What a page
    tells badly is rejected item by item, with the reason. Told again, an event is updated, never doubled.
    """

    new_uow: Callable[[], DiscoveryUnitOfWork]
    sites: Mapping[Source, Site]
    ids: IdGenerator
    clock: Clock

    async def __call__(
        self, sources: Sequence[Source], *, pages: PageSource, place: City | None, limit: int, progress: Progress
    ) -> ScrapeSummary:
        """`limit` is how many pages to read of each source; saved pages are all read, whatever it says."""
        missing = [source for source in sources if source not in self.sites]
        if missing:
            raise UnknownSource(f"There is no source {missing[0]!r}.")
        runs: list[RunReport] = []
        listings: list[Listing] = []
        for source in sources:
            report, believed = await self._run(self.sites[source], pages, place, limit, progress)
            progress.source_done(report)
            runs.append(report)
            listings += believed
        return ScrapeSummary(tuple(runs), tuple(listings))

    async def _run(
        self, site: Site, pages: PageSource, place: City | None, limit: int, progress: Progress
    ) -> tuple[RunReport, tuple[Listing, ...]]:
        started = self.clock.now()
        harvest, failure = await self._harvest(site, pages, place, limit, progress)
        report = RunReport(
            source=site.source,
            scope=f"{place.name} x {limit}" if place else None,
            started_at=started,
            finished_at=started,
            found=len(harvest.listings),
            rejected=harvest.rejected,
            warnings=harvest.warnings,
            failure=failure,
        )
        return await self._store(report, harvest)

    async def _harvest(
        self, site: Site, pages: PageSource, place: City | None, limit: int, progress: Progress
    ) -> tuple[ScrapeResult, str | None]:
        """What the pages told, and why it is nothing at all if it is."""
        read: list[tuple[FetchedPage, Parsed]] = []
        missing: list[Rejected] = []
        failure: str | None = None
        try:
            async with aclosing(pages.of(site, place, limit)) as served:
                async for page in served:
                    if isinstance(page, Rejected):
                        missing.append(page)
                        continue
                    parsed = _parsed(site, page)
                    read.append((page, parsed))
                    progress.page_read(site.source, page, len(parsed.listings))
                    if page.number > 1 and not parsed.listings:
                        break  # past the last page of a paged list
        except (FetchFailed, UnknownCity) as error:
            failure = error.detail
        harvest = combine_pages(site.source, read, missing)
        if harvest.listings and failure is not None:
            return replace(harvest, warnings=(*harvest.warnings, f"it stopped early: {failure}")), None
        return harvest, failure

    async def _store(self, report: RunReport, harvest: ScrapeResult) -> tuple[RunReport, tuple[Listing, ...]]:
        run_id = RunId(self.ids.new())
        async with self.new_uow() as uow:
            if report.failure is None:
                doubt = reason_to_quarantine(harvest, await uow.runs.last_healthy_count(report.source, report.scope))
                report = replace(report, failure=doubt, quarantined=doubt is not None)
            if report.failure is None:
                listings = {EventId(self.ids.new()): listing for listing in harvest.listings}
                changes = await uow.listings.record(listings, self.clock.now())
                report = _counted(report, changes)
                told = zip(harvest.listings, changes, strict=True)
                news = [listing for listing, change in told if change is not ListingChange.UNCHANGED]
                await uow.jobs.enqueue(match_events(await uow.listings.events_of(news)))
            report = replace(report, finished_at=self.clock.now())
            await uow.runs.add(run_id, report)
            await uow.commit()
        return report, harvest.listings if report.failure is None else ()


def _parsed(site: Site, page: FetchedPage) -> Parsed:
    try:
        return site.parse(page)
    except UnknownLayout as error:
        return Parsed(rejected=(Rejected(page.url, error.detail),))


def _counted(report: RunReport, changes: Sequence[ListingChange]) -> RunReport:
    return replace(
        report,
        new=changes.count(ListingChange.NEW),
        updated=changes.count(ListingChange.UPDATED),
        unchanged=changes.count(ListingChange.UNCHANGED),
    )
