"""Eventbrite: city pages, search pages and event pages.

City and search pages (`/d/<place>/…`) carry `window.__SERVER_DATA__`; event pages (`/e/…`) are Next.js pages. Learned
from pages as served in 2026; the site documents neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from adapters.sources.reading.embedded_state import (
    FREE,
    at,
    by_the_clock,
    coordinates,
    currency,
    flag,
    identity,
    items,
    json_object,
    local,
    minor_price,
    moment,
    needed,
    next_data,
    price,
    prose,
    server_data,
    sort_out,
    text,
    zone,
)
from core.discovery.errors import UnknownLayout, Untrusted
from core.discovery.model import City, FetchedPage, Listing, Parsed, Source, city_slug
from core.discovery.ports import Site

_CATEGORY = "EventbriteCategory"
_SOLD_OUT = {"sold_out": True, "on_sale": False}
_SERIES = "it stands for a series of dates; each of them is an event with a page of its own"

_Price = tuple[Decimal | None, str | None]


class Eventbrite(Site):
    """Reads what eventbrite.com embeds in its pages."""

    source: ClassVar[Source] = Source.EVENTBRITE

    def addresses(self, place: City | None, pages: int) -> Sequence[str]:
        """The city page and those that follow. Raises UnknownCity when the place has no slug ("australia--sydney")."""
        slug = city_slug(self.source, place)
        first = f"https://www.eventbrite.com/d/{slug}/events/"
        return [first, *(f"{first}?page={number}" for number in range(2, pages + 1))][:pages]

    def parse(self, page: FetchedPage) -> Parsed:
        """Search results if the page has them, else the buckets of a city page, else the one event of an event page.

        An event page may also be its bare JSON state. Advertised events (`promoted_events`, `promoted_results`) are
        left out: they follow the visitor, not the city. Raises UnknownLayout when the page is none of these.
        """
        state = server_data(page.body)
        results = at(state, "search_data", "events", "results")
        if isinstance(results, list):
            return _listed(state, results, "__SERVER_DATA__.search_data.events.results", page.asked)
        buckets = [bucket for bucket in items(state, "buckets") if isinstance(at(bucket, "events"), list)]
        if buckets:
            events = [event for bucket in buckets for event in items(bucket, "events")]
            return _listed(state, events, "__SERVER_DATA__.buckets", page.asked)
        context = at(next_data(page.body) or json_object(page.body), "props", "pageProps", "context")
        if isinstance(at(context, "basicInfo"), dict):
            return _one(context)
        raise UnknownLayout("The page has neither Eventbrite's search results, nor its city buckets, nor an event.")


def _listed(state: object, events: list[object], evidence: str, asked: City | None) -> Parsed:
    listings, rejected = sort_out(events, lambda event: _listing(event, evidence))
    return Parsed(_occurrences(listings), tuple(dict.fromkeys(rejected)), _differences(state, asked))


def _listing(event: object, evidence: str) -> Listing:
    """An event of a city or search page: its times are on the wall of its zone, and only some tell a price."""
    event_id = identity(event, "id") or ""
    if flag(event, "is_series_parent") or identity(event, "series_id") == event_id:
        raise Untrusted(_SERIES)
    there = needed(zone(event, "timezone"), "time zone")
    address = at(event, "primary_venue", "address")
    latitude, longitude = coordinates(address, "latitude", "longitude")
    amount, code = _listed_price(event)
    tags = [(text(tag, "prefix"), text(tag, "display_name")) for tag in items(event, "tags")]
    return Listing(
        source=Source.EVENTBRITE,
        source_id=event_id,
        url=_canonical(event),
        name=text(event, "name") or "",
        start_time=needed(_on_the_wall(event, "start", there), "start"),
        end_time=None if flag(event, "hide_end_date") else _on_the_wall(event, "end", there),
        timezone=there.key,
        evidence=evidence,
        description=text(event, "summary") or "",
        category=next(iter(_telling(name for prefix, name in tags if prefix == _CATEGORY)), None),
        tags=_telling(name for prefix, name in tags if prefix != _CATEGORY),
        venue=text(event, "primary_venue", "name"),
        address=text(address, "localized_address_display"),
        city=text(address, "city"),
        country=text(address, "country"),
        latitude=latitude,
        longitude=longitude,
        price=amount,
        currency=code,
        sold_out=_listed_sold_out(event),
        cancelled=flag(event, "is_cancelled") is True,
        online=flag(event, "is_online_event") is True,
    )


def _on_the_wall(event: object, which: str, there: ZoneInfo) -> datetime | None:
    return by_the_clock(moment(f"{text(event, f'{which}_date')}T{text(event, f'{which}_time')}"), there)


def _listed_price(event: object) -> _Price:
    tickets = at(event, "ticket_availability")
    cheapest = at(tickets, "minimum_ticket_price")
    code = currency(cheapest, "currency") or currency(event, "event_sales_status", "currency")
    if flag(tickets, "is_free"):
        return FREE, code
    amount = price(cheapest, "major_value")
    return _unless_donation(minor_price(code, cheapest, "value") if amount is None else amount, code)


def _unless_donation(amount: Decimal | None, code: str | None) -> _Price:
    # A ticket of 0 in an event that is not free is a donation: what people pay is not told.
    return (amount, code) if amount and code else (None, None)


def _listed_sold_out(event: object) -> bool | None:
    told = flag(event, "ticket_availability", "is_sold_out")
    return _SOLD_OUT.get(text(event, "event_sales_status", "sales_status") or "") if told is None else told


def _occurrences(listings: list[Listing]) -> tuple[Listing, ...]:
    """Each occurrence once, as it was first told. Where one id carries several dates, the id alone names none."""
    first: dict[tuple[str, datetime], Listing] = {}
    for listing in listings:
        first.setdefault((listing.source_id, listing.start_time), listing)
    dates = Counter(source_id for source_id, _ in first)
    return tuple(
        replace(listing, source_id=f"{source_id}@{start:%Y-%m-%dT%H:%M}") if dates[source_id] > 1 else listing
        for (source_id, start), listing in first.items()
    )


def _differences(state: object, asked: City | None) -> tuple[str, ...]:
    """What the page tells of the search it answers that is not what was asked for."""
    if asked is None:
        return ()
    warnings = []
    wanted, served = asked.slugs.get(Source.EVENTBRITE), text(state, "location_slug") or text(state, "citySlug")
    city = text(state, "city") or text(state, "currentPlace")
    elsewhere = served != wanted if served and wanted else city is not None and city.casefold() != asked.name.casefold()
    if elsewhere:
        warnings.append(f"Eventbrite was asked for {asked.name} and answered for {city or served}.")
    places, place_id = at(state, "search_data", "event_search", "places"), identity(state, "placeId")
    if place_id and isinstance(places, list) and place_id not in [identity(place) for place in places]:
        warnings.append(f"Eventbrite did not limit its search to {city or asked.name}.")
    return tuple(warnings)


def _one(context: object) -> Parsed:
    event = at(context, "basicInfo")
    listings, rejected = sort_out([event], lambda _: _event(context))
    return Parsed(tuple(listings), tuple(rejected))


def _event(context: object) -> Listing:
    """The event of an event page: its times are told on the wall and in UTC, its prices in major units."""
    event = at(context, "basicInfo")
    event_id = identity(event, "id") or ""
    if flag(event, "isParentEvent") or identity(event, "seriesId") == event_id:
        raise Untrusted(_SERIES)
    there = needed(zone(event, "startDate", "timezone"), "time zone")
    address = at(event, "venue", "address")
    latitude, longitude = coordinates(address, "latitude", "longitude")
    amount, code = _price(context)
    modules = [prose(text(module, "text") or "") for module in items(context, "structuredContent", "modules")]
    return Listing(
        source=Source.EVENTBRITE,
        source_id=event_id,
        url=_canonical(event),
        name=text(event, "name") or "",
        start_time=needed(_moment(at(event, "startDate"), there), "start"),
        end_time=None if flag(event, "hideEndDate") else _moment(at(event, "endDate"), there),
        timezone=there.key,
        evidence="__NEXT_DATA__.props.pageProps.context",
        description="\n\n".join(part for part in (text(event, "summary"), *modules) if part),
        category=next(iter(_telling([text(context, "taxonomies", "category")])), None),
        tags=_telling(text(context, "taxonomies", kind) for kind in ("subcategory", "format")),
        venue=text(event, "venue", "name"),
        address=", ".join(filter(None, map(text, items(address, "localizedMultiLineAddressDisplay")))) or None,
        city=text(address, "city"),
        country=text(address, "country"),
        latitude=latitude,
        longitude=longitude,
        price=amount,
        currency=code,
        sold_out=_sold_out(context),
        cancelled=text(event, "status") in ("canceled", "cancelled"),
        online=flag(event, "isOnline") is True,
    )


def _moment(told: object, there: ZoneInfo) -> datetime | None:
    utc = moment(told, "utc")
    if utc is not None and utc.tzinfo is not None:
        return local(utc, there)
    return by_the_clock(moment(told, "local"), there)


def _price(context: object) -> _Price:
    event = at(context, "basicInfo")
    code = currency(event, "currency")
    if flag(event, "isFree"):
        return FREE, code
    offers = items(context, "seo", "offersSchema")
    prices = [
        (amount, currency(offer, "priceCurrency") or code)
        for offer in [offer for offer in offers if not _is_sold_out(offer)] or offers
        if (amount := _lowest(offer)) is not None
    ]
    return _unless_donation(*min(prices, key=lambda told: told[0], default=(None, None)))


def _lowest(offer: object) -> Decimal | None:
    of_many = price(offer, "lowPrice")
    return price(offer, "price") if of_many is None else of_many


def _is_sold_out(offer: object) -> bool:
    return (text(offer, "availability") or "").endswith("SoldOut")


def _sold_out(context: object) -> bool | None:
    offers = items(context, "seo", "offersSchema")
    if offers and all(map(_is_sold_out, offers)):
        return True
    return _SOLD_OUT.get(text(context, "salesStatus", "salesStatus") or "")


def _canonical(event: object) -> str:
    # What follows the question mark says where the visitor came from.
    return (text(event, "url") or "").partition("?")[0]


def _telling(names: Iterable[str | None]) -> tuple[str, ...]:
    """The categories or tags that say something, each once."""
    return tuple(dict.fromkeys(name for name in names if name and name != "Other"))
