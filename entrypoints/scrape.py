"""Gathering events: by the command or by a scheduled job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from adapters.sources.cities import find_city
from container import Container
from core.discovery.errors import UnknownCity, UnknownSource
from core.discovery.model import FetchedPage, Listing, RunReport, Source
from core.discovery.ports import PageSource, Progress
from core.discovery.scraping import DEFAULT_PAGES, ScrapeSummary
from entrypoints.settings import Settings

_log = structlog.get_logger(__name__)


class LoggedProgress(Progress):
    """Logs each page and each source, for scrapes in a worker."""

    def report_page(self, source: Source, page: FetchedPage, listings: int) -> None:
        _log.info("page read", source=source, url=page.url, listings=listings)

    def report_source(self, report: RunReport) -> None:
        _log.info("source done", source=report.source, found=report.found, new=report.new, failure=report.failure)


class ConsoleProgress(Progress):
    """Prints one line per page, and a table at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def report_page(self, source: Source, page: FetchedPage, listings: int) -> None:
        events = "event" if listings == 1 else "events"
        self._console.print(f"[dim]{source}[/]  {escape(page.url)}  {listings} {events}", soft_wrap=True)

    def report_source(self, report: RunReport) -> None:
        for warning in report.warnings:
            self._console.print(f"[yellow]{report.source}: {escape(warning)}[/]", soft_wrap=True)
        if report.failure:
            what = "quarantined, nothing was stored" if report.quarantined else "failed"
            self._console.print(f"[red]{report.source}: {what}: {escape(report.failure)}[/]", soft_wrap=True)

    def print_summary(self, scraped: ScrapeSummary, now: datetime) -> None:
        self._print_table(scraped.runs)
        if past := count_past(scraped.listings, now):
            found = len(scraped.listings)
            self._console.print(
                f"{past} of the {found} events are over: lists show them only with include_past=true.", soft_wrap=True
            )

    def _print_table(self, runs: Sequence[RunReport]) -> None:
        table = Table(
            "source", *(_number_column(name) for name in ("found", "new", "updated", "unchanged", "rejected")), ""
        )
        for run in runs:
            counts = (run.found, run.new, run.updated, run.unchanged, len(run.rejected))
            outcome = "[green]stored[/]" if run.failure is None else "[red]nothing stored[/]"
            table.add_row(run.source, *map(str, counts), outcome)
        self._console.print(table)
        for run in runs:
            for item in run.rejected:
                self._console.print(
                    f"[dim]{run.source} rejected[/] {escape(item.what)}: {escape(item.reason)}", soft_wrap=True
                )


async def scrape_sources(
    container: Container,
    settings: Settings,
    *,
    sources: Sequence[str] = (),
    city: str | None = None,
    pages: int = DEFAULT_PAGES,
    from_dir: Path | None = None,
    move_dates: bool = False,
    progress: Progress | None = None,
) -> ScrapeSummary:
    """Scrape the named sources, by default all that have pages. Raises UnknownSource, UnknownCity, FetchFailed.

    `move_dates` is for saved pages: see SavedPageSource.
    """
    asked = city or (settings.scrape_city if from_dir is None else None)
    requested = find_city(asked) if asked else None
    origin: PageSource
    if from_dir is not None:
        origin = saved = container.saved_pages(from_dir, move_to=container.clock().now() if move_dates else None)
        available = saved.sources()
        for folder in saved.unknown_folders():
            _log.warning("folder skipped: it is not named after a source", folder=folder)
    else:
        origin = container.pages()
        available = [source for source in Source if settings.scrape_web_pages or source is not Source.WEB]
        if requested is None and not sources:
            available = [source for source in available if source is Source.WEB]
            if not available:
                raise UnknownCity("Name a city to look in, such as: nocturne scrape --city london")
    return await container.scrape()(
        parse_sources(sources) or available,
        pages=origin,
        city=requested,
        max_pages=pages,
        progress=progress or LoggedProgress(),
    )


def parse_sources(names: Sequence[str]) -> list[Source]:
    """Return the sources of these names. Raises UnknownSource."""
    try:
        return [Source(name.lower()) for name in dict.fromkeys(names)]
    except ValueError as error:
        known = ", ".join(Source)
        raise UnknownSource(f"{error.args[0].split(' is ')[0]} is not a source. The sources are {known}.") from error


def count_past(listings: Sequence[Listing], now: datetime) -> int:
    """Return how many of the listed events are over."""
    return sum(listing.expected_end <= now for listing in listings)


def scrape_report(scraped: ScrapeSummary, now: datetime) -> dict[str, object]:
    """Return the result of a scrape as JSON values: what each run did, and all accepted events.

    `past` of a run is how many of its events are over at `now`.
    """
    return {
        "runs": [
            {
                "source": run.source,
                "found": run.found,
                "new": run.new,
                "updated": run.updated,
                "unchanged": run.unchanged,
                "past": count_past([each for each in scraped.listings if each.source is run.source], now),
                "rejected": [{"what": item.what, "reason": item.reason} for item in run.rejected],
                "warnings": list(run.warnings),
                "failure": run.failure,
                "quarantined": run.quarantined,
            }
            for run in scraped.runs
        ],
        "events": [
            {
                "source": listing.source,
                "source_id": listing.source_id,
                "name": listing.name,
                "start_time": listing.start_time.astimezone(UTC),
                "end_time": listing.end_time and listing.end_time.astimezone(UTC),
                "timezone": listing.timezone,
                "venue": listing.venue,
                "city": listing.city,
                "url": listing.url,
                "price": listing.price,
                "currency": listing.currency,
                "sold_out": listing.sold_out,
                "cancelled": listing.cancelled,
                "online": listing.online,
            }
            for listing in scraped.listings
        ],
    }


def _number_column(name: str) -> Column:
    return Column(name, justify="right")
