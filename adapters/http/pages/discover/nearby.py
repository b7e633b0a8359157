"""Events around a visitor: where the browser says it is, or in a city that is typed.

The position of a browser is sent in a header, which is neither stored nor logged, here or by proxies, and is in no
address and so in no history. The page has no map, so no other site learns of it either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from adapters.http.middleware.rate_limiting import SEARCH, rate_limit
from adapters.http.middleware.security_headers import permissions_policy
from adapters.http.pages.discover.radar import distance_in_words, draw_radar
from adapters.http.pages.discover.searches import PageSearch, read_search
from adapters.http.pages.discover.speculation import PREFETCH_EVENTS
from adapters.http.pages.discover.today import local_today
from adapters.http.pages.discover.wording import WHENS_OFFERED
from adapters.http.pages.shared.cards import EventCard, card_of
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.fields import read_position
from adapters.http.use_cases import CatalogUseCases, use_cases
from core.catalog.model import EventView
from core.catalog.search import EventQuery, Sort, SortKey
from core.shared.geography import Circle, Position, position_of
from core.shared.paging import Page, PageRequest

POSITION_HEADER = "X-Position"
RADIUSES = (2, 5, 10, 25, 50)
DEFAULT_RADIUS = 10
SHOWN = 30
MIN_REACH = 0.5
"""How many kilometres the picture reaches at least."""

_HEADERS = {
    **permissions_policy(allowed="geolocation"),
    "Vary": f"Cookie, {POSITION_HEADER}",
}

_NOT_STORED = {"Cache-Control": "private, no-store"}


@dataclass(frozen=True, slots=True)
class Centre:
    """Where to look, and what it is called; `city` is what was typed, if anything was."""

    position: Position | None
    name: str
    city: str = ""


@page()
@rate_limit(SEARCH)
async def show_nearby(request: web.Request) -> web.Response:
    """Show the events around a position or a city, the nearest first."""
    catalog, now = use_cases(request).catalog, use_cases(request).clock.now()
    centre = await _find_centre(request, catalog)
    radius = _read_radius(request)
    search = _days_only(read_search(request))
    found: Sequence[EventView] = ()
    circle, has_more = None, False
    if centre is not None and centre.position is not None:
        circle = Circle(centre.position, radius)
        nearest = await _find_around(catalog, circle, search, now)
        found, has_more = nearest.items, nearest.next_cursor is not None
    cards = [] if circle is None else [_card(view, number, circle, now) for number, view in enumerate(found, start=1)]
    positions = [each for view in found if (each := position_of(view.event.latitude, view.event.longitude))]
    shown = circle and (_reach(circle, positions) if has_more else circle)
    return page_response(
        request,
        "discover/near.html",
        headers=_HEADERS | PREFETCH_EVENTS | ({} if centre is None or centre.city else _NOT_STORED),
        centre=centre,
        radius=radius,
        radiuses=RADIUSES,
        search=search,
        whens=WHENS_OFFERED,
        radar=None if shown is None else draw_radar(shown, positions),
        has_more=has_more,
        cards=cards,
        is_indexed=not request.query,
    )


async def _find_centre(request: web.Request, catalog: CatalogUseCases) -> Centre | None:
    position = read_position(request.headers.get(POSITION_HEADER, ""))
    if position is not None and not list(Circle(position, DEFAULT_RADIUS).errors()):
        return Centre(position, "you")
    typed = request.query.get("city", "").strip()[:100]
    if not typed:
        return None
    city = await catalog.find_city(typed)
    return Centre(None, typed, typed) if city is None else Centre(city.position, city.name, typed)


def _read_radius(request: web.Request) -> int:
    text = request.query.get("radius_km", "")
    return next((radius for radius in RADIUSES if str(radius) == text), DEFAULT_RADIUS)


def _days_only(search: PageSearch) -> PageSearch:
    return replace(PageSearch().with_param("when", search.when), when=search.when) if search.when else PageSearch()


async def _find_around(catalog: CatalogUseCases, circle: Circle, search: PageSearch, now: datetime) -> Page[EventView]:
    around = EventQuery(now, near=circle)
    today = await local_today(catalog, around) if search.when else None
    query = replace(search.query(now, today), near=circle, sort=Sort(SortKey.DISTANCE))
    return await catalog.search_events(query, PageRequest(limit=SHOWN))


def _reach(circle: Circle, positions: Sequence[Position]) -> Circle:
    """Return the circle that just contains these positions: a picture of a wider one would be empty at its edge."""
    farthest = max(circle.centre.kilometres_to(position) for position in positions)
    return replace(circle, radius=min(max(farthest, MIN_REACH), circle.radius))


def _card(view: EventView, number: int, circle: Circle, now: datetime) -> EventCard:
    position = position_of(view.event.latitude, view.event.longitude)
    distance = "" if position is None else distance_in_words(circle.centre.kilometres_to(position))
    return replace(card_of(view, now), number=number, distance=distance)


ROUTES = [web.get("/near", show_nearby)]
