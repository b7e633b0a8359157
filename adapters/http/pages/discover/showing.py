"""The pages on which visitors discover events: all of them, those of a city, those of a category."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web

from adapters.http.middleware.rate_limiting import SEARCH, rate_limit
from adapters.http.pages.discover.facets import facet_groups
from adapters.http.pages.discover.searches import MAX_PAGE, PAGE_SIZE, PageSearch, read_search
from adapters.http.pages.discover.speculation import PREFETCH_EVENTS
from adapters.http.pages.discover.today import local_today
from adapters.http.pages.discover.wording import (
    WHENS_OFFERED,
    day_heading,
    filters_in_words,
    headline,
    number_of,
    subject_of,
)
from adapters.http.pages.shared.cards import card_of, group_by_day
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.page_cache import public_page
from adapters.http.pages.shared.rendering import page_response
from adapters.http.use_cases import CatalogUseCases, use_cases
from core.catalog.days import When, days_of
from core.catalog.discovering import Facets, Suggestions
from core.catalog.filters import Filter
from core.catalog.model import EventView
from core.catalog.overviews import Count
from core.catalog.search import EventQuery
from core.shared.errors import NotFound
from core.shared.paging import Page
from core.shared.text import fold_text, name_key

_IN_HEADLINES = {Filter.CITY, Filter.CATEGORY}


@dataclass(frozen=True, slots=True)
class Place:
    """What the address of a page says besides its query."""

    city: str | None = None
    category: str | None = None

    @property
    def path(self) -> str:
        if self.city is not None:
            return f"/in/{quote(self.city, safe='')}"
        return "/" if self.category is None else f"/c/{quote(self.category, safe='')}"


@dataclass(frozen=True, slots=True)
class Found:
    """The events of a search, and what else a page shows about it."""

    page: Page[EventView]
    facets: Facets
    week: Count | None
    suggestions: Suggestions | None
    spelling: str | None
    is_new: bool


@page()
@rate_limit(SEARCH)
async def show_discover(request: web.Request) -> web.StreamResponse:
    """Show the events of a search, all of them at first."""
    return await public_page(request, partial(_render, request, Place()))


@page()
@rate_limit(SEARCH)
async def show_city(request: web.Request) -> web.StreamResponse:
    """Show the events of a city. Another spelling of its name leads here."""
    wanted = request.match_info["city"]
    found = await use_cases(request).catalog.find_city(wanted)
    if found is None:
        raise NotFound(f"There are no events to come in {wanted[:80]}.")
    return await _show_place(request, Place(city=found.name), wanted)


@page()
@rate_limit(SEARCH)
async def show_category(request: web.Request) -> web.StreamResponse:
    """Show the events of a category. Another spelling of its name leads here."""
    wanted = request.match_info["category"]
    query = EventQuery(now=use_cases(request).clock.now(), category=(wanted[:100],))
    facets = await use_cases(request).catalog.count_facets(query)
    names = [each.value for each in facets.categories if name_key(each.value) == name_key(wanted)]
    if not names:
        raise NotFound(f"There are no events to come in the category {wanted[:80]}.")
    return await _show_place(request, Place(category=names[0]), wanted)


async def _show_place(request: web.Request, place: Place, wanted: str) -> web.StreamResponse:
    if wanted != (place.city or place.category):
        query = f"?{request.rel_url.raw_query_string}" if request.rel_url.query_string else ""
        location = {"Location": f"{place.path}{query}", "Cache-Control": "no-cache"}
        return web.Response(status=HTTPStatus.MOVED_PERMANENTLY, headers=location)
    return await public_page(request, partial(_render, request, place))


async def _render(request: web.Request, place: Place) -> web.Response:
    fixed = {name: value for name, value in (("city", place.city), ("category", place.category)) if value is not None}
    search = read_search(request, **fixed)
    catalog, now = use_cases(request).catalog, use_cases(request).clock.now()
    today = await local_today(catalog, search.query(now))
    query = search.query(now, today)
    found = await _find(catalog, search, query, today)
    cards = [card_of(view, now) for view in found.page.items]
    canonical = _canonical(search, found.facets)
    return page_response(
        request,
        "discover/discover.html",
        headers=PREFETCH_EVENTS,
        search=search,
        found=found,
        groups=group_by_day(cards) if search.is_by_day else None,
        cards=cards,
        heading=_heading(search, found),
        figures=await use_cases(request).analytics.read_homepage() if _is_homepage(search, place) else None,
        total=number_of(Count(found.page.total, found.page.total_capped), "event"),
        filters=list(filters_in_words(search)),
        whens=WHENS_OFFERED,
        facet_groups=list(facet_groups(search, found.facets)),
        last_page=min(-(-found.page.total // PAGE_SIZE), MAX_PAGE),
        today=today,
        canonical=None if canonical is None else canonical.path,
        day_heading=day_heading,
        number_of=number_of,
        is_indexed=canonical is not None and search.page == 1 and found.page.total > 0,
    )


async def _find(catalog: CatalogUseCases, search: PageSearch, query: EventQuery, today: date) -> Found:
    page = await catalog.search_events(query, search.page_request)
    is_empty, has_headline = page.total == 0, set(search.used) <= _IN_HEADLINES
    first, last = days_of(When.WEEK, today)
    week = replace(query, first_day=first, last_day=last, sort=None)
    return Found(
        page=page,
        facets=await catalog.count_facets(query),
        week=await catalog.count_events(week) if has_headline else None,
        suggestions=await catalog.explain_empty_search(query) if is_empty and search.used else None,
        spelling=await catalog.correct_spelling(query) if query.text else None,
        is_new=is_empty and not (await catalog.count_events(EventQuery(query.now, include_past=True))).events,
    )


def _canonical(search: PageSearch, facets: Facets) -> Place | None:
    """Return the page that search engines should know this one by; None for what is only another view of others."""
    match [(each, search.all(each)) for each in search.used]:
        case []:
            return Place()
        case [(Filter.CITY, [city])]:
            names = [each.value for each in facets.cities if fold_text(each.value) == fold_text(city)]
            return Place(city=names[0]) if names else None
        case [(Filter.CATEGORY, [category])]:
            names = [each.value for each in facets.categories if name_key(each.value) == name_key(category)]
            return Place(category=names[0]) if names else None
        case _:
            return None


def _is_homepage(search: PageSearch, place: Place) -> bool:
    return place == Place() and not search.used and search.page == 1


def _heading(search: PageSearch, found: Found) -> str:
    """Return the heading of the page: how much there is in a place this week, or what is searched for."""
    cities, categories = search.all("city"), search.all("category")
    if found.week is None or len(cities) > 1 or len(categories) > 1:
        return subject_of(search)
    return headline(next(iter(cities), None), next(iter(categories), None), found.week, len(found.facets.cities))


ROUTES = [
    web.get("/", show_discover),
    web.get("/in/{city}", show_city),
    web.get("/c/{category}", show_category),
]
