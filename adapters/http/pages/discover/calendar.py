"""The calendar: a month of events, day by day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from aiohttp import web

from adapters.http.middleware.rate_limiting import SEARCH, rate_limit
from adapters.http.pages.discover.searches import PageSearch, read_search
from adapters.http.pages.discover.speculation import PREFETCH_EVENTS
from adapters.http.pages.discover.today import local_today
from adapters.http.pages.discover.wording import day_in_words, filters_in_words
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.page_cache import public_page
from adapters.http.pages.shared.rendering import page_response
from adapters.http.use_cases import use_cases
from core.catalog.filters import Filter, without
from core.catalog.overviews import DayOverview, EventTitle
from core.shared.errors import NotFound
from core.shared.timezones import zone_of

_MONTH = re.compile(r"(2\d{3})-(0[1-9]|1[0-2])", re.ASCII)
_MONTHS_AHEAD = 24
"""Months further in the future are shown, but not linked to: a crawler would never end."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A day in the table of a month. `overview` is None for a day without events."""

    day: date
    is_in_month: bool
    is_today: bool
    is_past: bool
    overview: DayOverview | None
    search: PageSearch

    @property
    def events(self) -> int:
        return 0 if self.overview is None else self.overview.events

    @property
    def titles(self) -> Sequence[EventTitle]:
        """The first events, in the order of the clocks there."""
        titles = () if self.overview is None else self.overview.titles
        return sorted(
            titles, key=lambda title: title.start_time.astimezone(zone_of(title.timezone)).replace(tzinfo=None)
        )

    @property
    def more(self) -> int:
        """How many events there are besides the titles."""
        return 0 if self.overview is None else self.overview.events - len(self.overview.titles)

    @property
    def is_capped(self) -> bool:
        return self.overview is not None and self.overview.is_capped


@page()
async def show_this_month(request: web.Request) -> web.Response:
    """Lead to the month that it is now."""
    search = _search(request)
    today = await local_today(use_cases(request).catalog, search.query(use_cases(request).clock.now()))
    raise web.HTTPFound(search.url(month_path(today)), headers={"Cache-Control": "no-cache"})


@page()
@rate_limit(SEARCH)
async def show_month(request: web.Request) -> web.StreamResponse:
    """Show the events of a month, with the filters of the address but for its days."""
    found = _MONTH.fullmatch(request.match_info["month"])
    if found is None:
        raise NotFound("There is no such month. The address of one is like /calendar/2026-12.")
    return await public_page(request, partial(_render, request, date(int(found[1]), int(found[2]), 1)))


async def _render(request: web.Request, first: date) -> web.Response:
    catalog, now = use_cases(request).catalog, use_cases(request).clock.now()
    search = _search(request)
    query = without(search.query(now), Filter.DATES)
    today = await local_today(catalog, query)
    days = {each.day: each for each in await catalog.read_month(query, first)}
    facets = await catalog.count_facets(query)
    this_month = today.replace(day=1)
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=31)).replace(day=1)
    return page_response(
        request,
        "discover/calendar.html",
        headers=PREFETCH_EVENTS,
        search=search,
        heading=f"{first:%B %Y}",
        total=sum(each.events for each in days.values()),
        is_capped=any(each.is_capped for each in days.values()),
        weeks=list(_weeks(first, today, days, search)),
        agenda=[Cell(day, True, day == today, day < today, days[day], search) for day in sorted(days)],
        earlier=before if before >= this_month else None,
        later=after if (after - this_month).days < _MONTHS_AHEAD * 31 else None,
        this_month=this_month if this_month != first else None,
        is_over=first < this_month,
        filters=list(filters_in_words(search)),
        cities=facets.cities,
        categories=facets.categories,
        is_indexed=not search.used and bool(days),
        month_path=month_path,
        day_in_words=partial(day_in_words, today=today),
    )


def month_path(month: date) -> str:
    """Return the path of the calendar of a month."""
    return f"/calendar/{month:%Y-%m}"


def _search(request: web.Request) -> PageSearch:
    search = read_search(request)
    return search.without(Filter.DATES).with_filters(search.filters or {})


def _weeks(first: date, today: date, days: Mapping[date, DayOverview], search: PageSearch) -> Iterator[Sequence[Cell]]:
    """Yield the weeks of a month, each from Monday on, with the days of other months at its ends."""
    monday = first - timedelta(days=first.weekday())
    while monday.replace(day=1) <= first:
        week = [monday + timedelta(days=number) for number in range(7)]
        yield [Cell(day, day.month == first.month, day == today, day < today, days.get(day), search) for day in week]
        monday += timedelta(days=7)


ROUTES = [
    web.get("/calendar", show_this_month),
    web.get("/calendar/{month}", show_month),
]
