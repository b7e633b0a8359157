"""Scraping the sources: fetch, parse, check, store."""

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
    ParsedPage,
    Rejection,
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
from core.shared.signals import EventsChanged

DEFAULT_PAGES = 3
"""How many pages of each source are read, unless something else is wanted."""


@dataclass(frozen=True, slots=True)
class ScrapeSummary:
    """The outcome of a scrape: a report for each source, and every accepted listing."""

    runs: tuple[RunReport, ...]
    listings: tuple[Listing, ...]

    def must_have_found_events(self) -> None:
        """Raise FetchFailed if no source found an event, so that the scrape is retried."""
        if not any(run.found for run in self.runs):
            raise FetchFailed("; ".join(f"{run.source}: {run.failure}" for run in self.runs))


@dataclass(frozen=True, slots=True)
class Scrape:
    """Gather events from some sources. Each source is independent: a failure does not affect the others.

    A source whose pages can't be fetched or parsed, or whose run looks wrong, stores nothing and reports the reason.
    Invalid items are rejected one by one, with the reason. An event that is seen again is updated, never duplicated.
    """

    new_uow: Callable[[], DiscoveryUnitOfWork]
    sites: Mapping[Source, Site]
    ids: IdGenerator
    clock: Clock

    async def __call__(
        self, sources: Sequence[Source], *, pages: PageSource, city: City | None, max_pages: int, progress: Progress
    ) -> ScrapeSummary:
        """Read at most `max_pages` pages of each source, or all saved pages. Raises UnknownSource."""
        missing = [source for source in sources if source not in self.sites]
        if missing:
            raise UnknownSource(f"There is no source {missing[0]!r}.")
        runs: list[RunReport] = []
        listings: list[Listing] = []
        for source in sources:
            report, accepted = await self._run(self.sites[source], pages, city, max_pages, progress)
            progress.report_source(report)
            runs.append(report)
            listings += accepted
        return ScrapeSummary(tuple(runs), tuple(listings))

    async def _run(
        self, site: Site, pages: PageSource, city: City | None, max_pages: int, progress: Progress
    ) -> tuple[RunReport, tuple[Listing, ...]]:
        started = self.clock.now()
        result, failure = await self._fetch_and_parse(site, pages, city, max_pages, progress)
        report = RunReport(
            source=site.source,
            scope=f"{city.name} x {max_pages}" if city else None,
            started_at=started,
            finished_at=started,
            found=len(result.listings),
            rejected=result.rejected,
            warnings=result.warnings,
            failure=failure,
        )
        return await self._store(report, result)

    async def _fetch_and_parse(
        self, site: Site, pages: PageSource, city: City | None, max_pages: int, progress: Progress
    ) -> tuple[ScrapeResult, str | None]:
        """Return the listings of a source's pages, and why there are none if the source failed."""
        parsed_pages: list[tuple[FetchedPage, ParsedPage]] = []
        missing: list[Rejection] = []
        failure: str | None = None
        try:
            async with aclosing(pages.fetch_pages(site, city, max_pages)) as fetched:
                async for page in fetched:
                    if isinstance(page, Rejection):
                        missing.append(page)
                        continue
                    parsed = _parse(site, page)
                    parsed_pages.append((page, parsed))
                    progress.report_page(site.source, page, len(parsed.listings))
                    if page.number > 1 and not parsed.listings:
                        break  # past the last page of a paged list
        except (FetchFailed, UnknownCity) as error:
            failure = error.detail
        result = combine_pages(site.source, parsed_pages, missing)
        if result.listings and failure is not None:
            return replace(result, warnings=(*result.warnings, f"it stopped early: {failure}")), None
        return result, failure

    async def _store(self, report: RunReport, result: ScrapeResult) -> tuple[RunReport, tuple[Listing, ...]]:
        run_id = RunId(self.ids.new())
        async with self.new_uow() as uow:
            if report.failure is None:
                reason = reason_to_quarantine(result, await uow.runs.last_healthy_count(report.source, report.scope))
                report = replace(report, failure=reason, quarantined=reason is not None)
            if report.failure is None:
                listings = {EventId(self.ids.new()): listing for listing in result.listings}
                changes = await uow.listings.record(listings, self.clock.now())
                report = _with_counts(report, changes)
                outcomes = zip(result.listings, changes, strict=True)
                changed = [listing for listing, change in outcomes if change is not ListingChange.UNCHANGED]
                changed_ids = await uow.listings.find_event_ids(changed)
                await uow.jobs.enqueue(match_events(changed_ids))
                uow.signals.add(EventsChanged(tuple(changed_ids)))
            report = replace(report, finished_at=self.clock.now())
            await uow.runs.add(run_id, report)
            await uow.commit()
        return report, result.listings if report.failure is None else ()


def _parse(site: Site, page: FetchedPage) -> ParsedPage:
    try:
        return site.parse(page)
    except UnknownLayout as error:
        return ParsedPage(rejected=(Rejection(page.url, error.detail),))


def _with_counts(report: RunReport, changes: Sequence[ListingChange]) -> RunReport:
    return replace(
        report,
        new=changes.count(ListingChange.NEW),
        updated=changes.count(ListingChange.UPDATED),
        unchanged=changes.count(ListingChange.UNCHANGED),
    )
