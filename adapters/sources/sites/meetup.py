"""Meetup: the find page of a city, group pages, event pages and the pages of networks ("pro").

All are Next.js pages. Most have an Apollo cache in `__APOLLO_STATE__`: entities by id, many of them unrelated to the
page, and in ROOT_QUERY the results of the queries that the page displays. Only events in a query result are parsed.
Network pages have no cache but a list of events. The format is not documented; it is taken from pages of 2026.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar
from urllib.parse import urlsplit

from adapters.sources.reading import schema_org
from adapters.sources.reading.embedded_state import (
    JsonObject,
    coordinates_at,
    currency_at,
    id_at,
    list_at,
    parse_items,
    parse_json_object,
    price_at,
    read_next_data,
    require,
    text_at,
    time_at,
    to_zone,
    value_at,
    zone_at,
)
from adapters.sources.reading.venues import Location, normalize_country
from core.discovery.errors import UnknownLayout
from core.discovery.model import City, FetchedPage, Listing, ParsedPage, Rejection, Source, city_slug
from core.discovery.ports import Site
from core.shared.timezones import zone_of

NEARBY_KM = 100
EARTH_RADIUS_KM = 6371

_EVENT_URL = re.compile(r"/events/(\w+)/?$")
_SOLD_OUT = {"WAITLIST": True, "FULL": True, "JOIN_OPEN": False}
# The coordinates that Meetup gives events without a location: in the sea off Tuvalu.
_NO_LOCATION = (-8.521147, 179.1962)


@dataclass(frozen=True, slots=True)
class _QueryResult:
    """The events of one query, in order. `evidence` is where they were found, `arguments` those of the query."""

    evidence: str
    events: Sequence[object]
    arguments: JsonObject | None = None


class Meetup(Site):
    """Parses the state that meetup.com embeds in its pages."""

    source: ClassVar[Source] = Source.MEETUP

    def page_urls(self, city: City | None, max_pages: int) -> Sequence[str]:
        """Return the find page of the city, which is a single page.

        Raises UnknownCity when the city has no slug ("au--sydney").
        """
        slug = city_slug(self.source, city)
        return [f"https://www.meetup.com/find/{slug}/"][:max_pages]

    def parse(self, page: FetchedPage) -> ParsedPage:
        """Parse the events in the page's state, else those in its JSON-LD.

        The JSON-LD of a find page is not used: it lacks the time zone and the location. Raises UnknownLayout when
        the page has neither.
        """
        state = read_next_data(page.body)
        props = value_at(state, "props", "pageProps")
        results = _query_results(props)
        if results:
            return _parse_results(results, value_at(props, "__APOLLO_STATE__"), page.requested_city)
        if text_at(state, "page") == "/find" or re.match(r"/find(/|$)", urlsplit(page.url).path):
            raise UnknownLayout("The find page has no recommended events in its state.")
        return schema_org.parse_events(page, self.source, _event_id)


def _query_results(props: object) -> list[_QueryResult]:
    """Return the recommendations, else the single event, else the upcoming events of a group or network."""
    cache = value_at(props, "__APOLLO_STATE__")
    queries = _fields(value_at(cache, "ROOT_QUERY"))
    recommended = [
        _QueryResult(
            "__APOLLO_STATE__.recommendedEvents",
            _nodes(result, cache),
            parse_json_object(key[key.find("{") :].rstrip(")")) or {},
        )
        for key, result in queries
        if key.startswith("recommendedEvents") and _has_nodes(result)
    ]
    if recommended:
        return recommended
    single = [_entity(result, cache) for key, result in queries if re.match(r"event\W", key)]
    if single:
        return [_QueryResult("__APOLLO_STATE__.event", single)]
    groups = [_entity(result, cache) for key, result in queries if key.startswith("groupByUrlname")]
    upcoming = [
        _QueryResult("__APOLLO_STATE__.groupByUrlname.events", _nodes(result, cache))
        for group in groups
        for key, result in _fields(group)
        # The past events of a group are in another result of the same query, with other arguments.
        if key.startswith("events") and "afterDateTime" in key and _has_nodes(result)
    ]
    network = value_at(props, "SEOData", "events")
    return upcoming or ([_QueryResult("SEOData.events", network)] if isinstance(network, list) else [])


def _fields(node: object) -> Iterable[tuple[str, object]]:
    return node.items() if isinstance(node, dict) else ()


def _has_nodes(result: object) -> bool:
    return isinstance(value_at(result, "edges"), list)


def _nodes(result: object, cache: object) -> list[object]:
    return [_entity(value_at(_entity(edge, cache), "node"), cache) for edge in list_at(result, "edges")]


def _entity(value: object, cache: object) -> object:
    """Return the value, or the entity that it refers to; only its id if the page does not contain that entity."""
    reference = text_at(value, "__ref")
    if reference is None:
        return value
    return value_at(cache, reference) or {"id": reference.partition(":")[2]}


def _parse_results(results: Sequence[_QueryResult], cache: object, requested: City | None) -> ParsedPage:
    listings: dict[str, Listing] = {}
    rejected: list[Rejection] = []
    warnings: list[str] = []
    for result in results:
        found, invalid = parse_items(result.events, partial(_parse_event, cache=cache, evidence=result.evidence))
        for listing in found:
            listings.setdefault(listing.source_id, listing)
        rejected += invalid
        warnings += _other_city_warnings(result, requested)
    return ParsedPage(tuple(listings.values()), tuple(rejected), tuple(warnings))


def _other_city_warnings(result: _QueryResult, requested: City | None) -> list[str]:
    """Return a warning when the page is for another city.

    Meetup may use the location of the visitor instead of the URL; the arguments of the query say which it used.
    """
    if requested is None or result.arguments is None:
        return []
    north, east = coordinates_at(value_at(result.arguments, "filter"), "lat", "lon")
    if north is None or east is None:
        return [f"Requested {requested.name} from Meetup, and the page does not say which city it is for."]
    distance = _kilometres(requested.latitude, requested.longitude, north, east)
    if distance <= NEARBY_KM:
        return []
    return [f"Requested {requested.name} from Meetup, and got {north:.2f}, {east:.2f} ({distance:,.0f} km away)."]


def _kilometres(north: float, east: float, other_north: float, other_east: float) -> float:
    """Return the great-circle distance between two points in degrees (haversine)."""
    latitude, other_latitude, longitude_difference = (
        math.radians(north),
        math.radians(other_north),
        math.radians(other_east - east),
    )
    chord = (
        math.sin((other_latitude - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin(longitude_difference / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def _parse_event(event: object, cache: object, evidence: str) -> Listing:
    """Parse an event. No fee does not mean free: groups collect theirs elsewhere, and say so in the description."""
    group, venue = _entity(value_at(event, "group"), cache), _entity(value_at(event, "venue"), cache)
    fee = _entity(value_at(event, "feeSettings"), cache)
    code = currency_at(fee, "currency")
    amount = price_at(code, fee, "amount")
    zone = zone_at(group, "timezone") or zone_of("UTC")
    online = text_at(event, "eventType") == "ONLINE" or _is_placeholder(venue)
    location = Location() if online else _location(venue)
    return Listing(
        source=Source.MEETUP,
        source_id=id_at(event, "id") or "",
        # The query only has tracking parameters.
        url=(text_at(event, "eventUrl") or "").partition("?")[0],
        name=" ".join((text_at(event, "title") or "").split()),
        start_time=require(to_zone(time_at(event, "dateTime"), zone), "start"),
        end_time=to_zone(time_at(event, "endTime"), zone),
        timezone=zone.key,
        evidence=evidence,
        description=text_at(event, "description") or "",
        venue=location.venue,
        address=location.address,
        city=location.city,
        country=location.country,
        latitude=location.latitude,
        longitude=location.longitude,
        price=amount if amount and code else None,
        currency=code if amount else None,
        sold_out=_SOLD_OUT.get(text_at(event, "rsvpState") or ""),
        cancelled=text_at(event, "status") == "CANCELLED",
        online=online,
    )


def _location(venue: object) -> Location:
    latitude, longitude = coordinates_at(venue, "lat", "lon")
    return Location(
        venue=text_at(venue, "name"),
        address=text_at(venue, "address"),
        city=text_at(venue, "city"),
        country=normalize_country(text_at(venue, "country")),
        latitude=latitude,
        longitude=longitude,
    )


def _is_placeholder(venue: object) -> bool:
    """Return whether the venue is the placeholder for no venue."""
    north, east = coordinates_at(venue, "lat", "lon")
    if north is not None and east is not None:
        return math.isclose(north, _NO_LOCATION[0], abs_tol=0.01) and math.isclose(east, _NO_LOCATION[1], abs_tol=0.01)
    return text_at(venue, "name") == "Online event" and text_at(venue, "city") is None


def _event_id(url: str, start: datetime) -> str | None:
    """Return the id in the URL of an event; None for another URL."""
    match = _EVENT_URL.search(urlsplit(url).path)
    return match[1] if match else None
