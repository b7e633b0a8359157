"""Meetup: the find page of a city, group pages, event pages and the pages of networks ("pro").

All are Next.js pages. Most keep an Apollo cache in `__APOLLO_STATE__`: entities by id, among them many that the page
only refers to, and in ROOT_QUERY the answers to the queries it shows. Only what an answer names is taken. Network pages
have no cache, but the events themselves. Learned from pages as served in 2026; the site documents none of it.
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
from zoneinfo import ZoneInfo

from adapters.sources.reading import schema_org
from adapters.sources.reading.embedded_state import (
    State,
    at,
    coordinates,
    currency,
    identity,
    items,
    json_object,
    local,
    moment,
    needed,
    next_data,
    price,
    sort_out,
    text,
    zone,
)
from adapters.sources.reading.venues import Where, country
from core.discovery.errors import UnknownLayout
from core.discovery.model import City, FetchedPage, Listing, Parsed, Rejected, Source, city_slug
from core.discovery.ports import Site

NEARBY_KM = 100
EARTH_RADIUS_KM = 6371

_EVENT_ADDRESS = re.compile(r"/events/(\w+)/?$")
_SOLD_OUT = {"WAITLIST": True, "FULL": True, "JOIN_OPEN": False}
# Where Meetup puts what has no place: in the sea off Tuvalu.
_NOWHERE = (-8.521147, 179.1962)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Events a page shows, in its order: `evidence` says where they stood, `asked` is the query's arguments."""

    evidence: str
    events: Sequence[object]
    asked: State | None = None


class Meetup(Site):
    """Reads what meetup.com embeds in its pages."""

    source: ClassVar[Source] = Source.MEETUP

    def addresses(self, place: City | None, pages: int) -> Sequence[str]:
        """The find page of the city, which is one page however many are asked for.

        Raises UnknownCity when the place has no slug ("au--sydney").
        """
        slug = city_slug(self.source, place)
        return [f"https://www.meetup.com/find/{slug}/"][:pages]

    def parse(self, page: FetchedPage) -> Parsed:
        """The events the page's state names, else those of its JSON-LD.

        The JSON-LD of a find page is not read: it has lost the local time and the place. Raises UnknownLayout when
        the page has neither.
        """
        state = next_data(page.body)
        props = at(state, "props", "pageProps")
        answers = _answers(props)
        if answers:
            return _told(answers, at(props, "__APOLLO_STATE__"), page.asked)
        if text(state, "page") == "/find" or re.match(r"/find(/|$)", urlsplit(page.url).path):
            raise UnknownLayout("The find page has no recommended events in its state.")
        return schema_org.read(page, self.source, _event_id)


def _answers(props: object) -> list[_Answer]:
    """What the page shows: recommendations, else one event, else the coming events of a group, else of a network."""
    cache = at(props, "__APOLLO_STATE__")
    queries = _fields(at(cache, "ROOT_QUERY"))
    recommended = [
        _Answer(
            "__APOLLO_STATE__.recommendedEvents",
            _members(answer, cache),
            json_object(key[key.find("{") :].rstrip(")")) or {},
        )
        for key, answer in queries
        if key.startswith("recommendedEvents") and _has_members(answer)
    ]
    if recommended:
        return recommended
    single = [_entity(answer, cache) for key, answer in queries if re.match(r"event\W", key)]
    if single:
        return [_Answer("__APOLLO_STATE__.event", single)]
    groups = [_entity(answer, cache) for key, answer in queries if key.startswith("groupByUrlname")]
    coming = [
        _Answer("__APOLLO_STATE__.groupByUrlname.events", _members(answer, cache))
        for group in groups
        for key, answer in _fields(group)
        # A group has its past events beside the coming ones, in an answer to the same query with other arguments.
        if key.startswith("events") and "afterDateTime" in key and _has_members(answer)
    ]
    network = at(props, "SEOData", "events")
    return coming or ([_Answer("SEOData.events", network)] if isinstance(network, list) else [])


def _fields(node: object) -> Iterable[tuple[str, object]]:
    return node.items() if isinstance(node, dict) else ()


def _has_members(answer: object) -> bool:
    return isinstance(at(answer, "edges"), list)


def _members(answer: object, cache: object) -> list[object]:
    return [_entity(at(_entity(edge, cache), "node"), cache) for edge in items(answer, "edges")]


def _entity(told: object, cache: object) -> object:
    """What stands there, or what it refers to; of an entity the page does not hold, its id alone."""
    reference = text(told, "__ref")
    if reference is None:
        return told
    return at(cache, reference) or {"id": reference.partition(":")[2]}


def _told(answers: Sequence[_Answer], cache: object, asked: City | None) -> Parsed:
    listings: dict[str, Listing] = {}
    rejected: list[Rejected] = []
    warnings: list[str] = []
    for answer in answers:
        found, refused = sort_out(answer.events, partial(_listing, cache=cache, evidence=answer.evidence))
        for listing in found:
            listings.setdefault(listing.source_id, listing)
        rejected += refused
        warnings += _elsewhere(answer, asked)
    return Parsed(tuple(listings.values()), tuple(rejected), tuple(warnings))


def _elsewhere(answer: _Answer, asked: City | None) -> list[str]:
    """Meetup answers for where it takes the visitor to be, whatever the address says: its echo tells."""
    if asked is None or answer.asked is None:
        return []
    north, east = coordinates(at(answer.asked, "filter"), "lat", "lon")
    if north is None or east is None:
        return [f"asked for {asked.name}, and the page does not tell for where it was served"]
    distance = _kilometres(asked.latitude, asked.longitude, north, east)
    if distance <= NEARBY_KM:
        return []
    return [f"asked for {asked.name}, served for {north:.2f}, {east:.2f} ({distance:,.0f} km away)"]


def _kilometres(north: float, east: float, other_north: float, other_east: float) -> float:
    """The way along the surface between two points in degrees."""
    a, b, turn = math.radians(north), math.radians(other_north), math.radians(other_east - east)
    chord = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def _listing(event: object, cache: object, evidence: str) -> Listing:
    """An event as Meetup tells it. A fee of none is no price: groups collect theirs elsewhere, and say so in prose."""
    group, venue = _entity(at(event, "group"), cache), _entity(at(event, "venue"), cache)
    fee = _entity(at(event, "feeSettings"), cache)
    amount, code = price(fee, "amount"), currency(fee, "currency")
    there = zone(group, "timezone") or ZoneInfo("UTC")
    online = text(event, "eventType") == "ONLINE" or _is_nowhere(venue)
    place = Where() if online else _where(venue)
    return Listing(
        source=Source.MEETUP,
        source_id=identity(event, "id") or "",
        # What follows the question mark says where the visitor came from.
        url=(text(event, "eventUrl") or "").partition("?")[0],
        name=" ".join((text(event, "title") or "").split()),
        start_time=needed(local(moment(event, "dateTime"), there), "start"),
        end_time=local(moment(event, "endTime"), there),
        timezone=there.key,
        evidence=evidence,
        description=text(event, "description") or "",
        venue=place.venue,
        address=place.address,
        city=place.city,
        country=place.country,
        latitude=place.latitude,
        longitude=place.longitude,
        price=amount if amount and code else None,
        currency=code if amount else None,
        sold_out=_SOLD_OUT.get(text(event, "rsvpState") or ""),
        cancelled=text(event, "status") == "CANCELLED",
        online=online,
    )


def _where(venue: object) -> Where:
    latitude, longitude = coordinates(venue, "lat", "lon")
    return Where(
        venue=text(venue, "name"),
        address=text(venue, "address"),
        city=text(venue, "city"),
        country=country(text(venue, "country")),
        latitude=latitude,
        longitude=longitude,
    )


def _is_nowhere(venue: object) -> bool:
    """True for the venue that stands for none."""
    north, east = coordinates(venue, "lat", "lon")
    if north is not None and east is not None:
        return math.isclose(north, _NOWHERE[0], abs_tol=0.01) and math.isclose(east, _NOWHERE[1], abs_tol=0.01)
    return text(venue, "name") == "Online event" and text(venue, "city") is None


def _event_id(url: str, start: datetime) -> str | None:
    """The id in the address of an event; None for another address."""
    found = _EVENT_ADDRESS.search(urlsplit(url).path)
    return found[1] if found else None
