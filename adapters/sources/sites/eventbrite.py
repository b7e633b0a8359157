"""Eventbrite: city pages, search pages and event pages.

City and search pages (`/d/<city>/…`) contain `window.__SERVER_DATA__`; event pages (`/e/…`) are Next.js pages. Neither
format is documented; both are taken from pages of 2026.
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
    bool_at,
    coordinates_at,
    currency_at,
    from_wall_clock,
    html_to_text,
    id_at,
    list_at,
    minor_price_at,
    parse_items,
    parse_json_object,
    price_at,
    read_next_data,
    read_server_data,
    require,
    text_at,
    time_at,
    to_zone,
    value_at,
    zone_at,
)
from core.discovery.errors import UnknownLayout, UntrustedItem
from core.discovery.model import City, FetchedPage, Listing, ParsedPage, Source, city_slug
from core.discovery.ports import Site
from core.shared.money import FREE
from core.shared.text import name_key

_CATEGORY = "EventbriteCategory"
_SOLD_OUT = {"sold_out": True, "on_sale": False}
_SERIES = "it is a series; each of its dates is an event with a page of its own"

_Price = tuple[Decimal | None, str | None]


class Eventbrite(Site):
    """Parses the state that eventbrite.com embeds in its pages."""

    source: ClassVar[Source] = Source.EVENTBRITE

    def page_urls(self, city: City | None, max_pages: int) -> Sequence[str]:
        """Return the city page and the pages after it.

        Raises UnknownCity when the city has no slug ("australia--sydney").
        """
        slug = city_slug(self.source, city)
        first = f"https://www.eventbrite.com/d/{slug}/events/"
        return [first, *(f"{first}?page={number}" for number in range(2, max_pages + 1))][:max_pages]

    def parse(self, page: FetchedPage) -> ParsedPage:
        """Parse the search results, else the buckets of a city page, else the event of an event page.

        An event page may also be only its JSON state. Advertised events (`promoted_events`, `promoted_results`) are
        skipped: they depend on the visitor, not on the city. Raises UnknownLayout when the page is none of these.
        """
        state = read_server_data(page.body)
        results = value_at(state, "search_data", "events", "results")
        if isinstance(results, list):
            return _parse_list(state, results, "__SERVER_DATA__.search_data.events.results", page.requested_city)
        buckets = [bucket for bucket in list_at(state, "buckets") if isinstance(value_at(bucket, "events"), list)]
        if buckets:
            events = [event for bucket in buckets for event in list_at(bucket, "events")]
            return _parse_list(state, events, "__SERVER_DATA__.buckets", page.requested_city)
        context = value_at(read_next_data(page.body) or parse_json_object(page.body), "props", "pageProps", "context")
        if isinstance(value_at(context, "basicInfo"), dict):
            return _parse_event_page(context)
        raise UnknownLayout("The page has neither Eventbrite's search results, nor its city buckets, nor an event.")


def _parse_list(state: object, events: list[object], evidence: str, requested: City | None) -> ParsedPage:
    listings, rejected = parse_items(events, lambda event: _parse_list_item(event, evidence))
    return ParsedPage(_deduplicate(listings), tuple(dict.fromkeys(rejected)), _location_warnings(state, requested))


def _parse_list_item(event: object, evidence: str) -> Listing:
    """Parse an event of a city or search page: its times are local, and only some events have a price."""
    event_id = id_at(event, "id") or ""
    if bool_at(event, "is_series_parent") or id_at(event, "series_id") == event_id:
        raise UntrustedItem(_SERIES)
    zone = require(zone_at(event, "timezone"), "time zone")
    address = value_at(event, "primary_venue", "address")
    latitude, longitude = coordinates_at(address, "latitude", "longitude")
    amount, code = _list_item_price(event)
    tags = [(text_at(tag, "prefix"), text_at(tag, "display_name")) for tag in list_at(event, "tags")]
    return Listing(
        source=Source.EVENTBRITE,
        source_id=event_id,
        url=_canonical_url(event),
        name=text_at(event, "name") or "",
        start_time=require(_local_time(event, "start", zone), "start"),
        end_time=None if bool_at(event, "hide_end_date") else _local_time(event, "end", zone),
        timezone=zone.key,
        evidence=evidence,
        description=text_at(event, "summary") or "",
        category=next(iter(_meaningful(name for prefix, name in tags if prefix == _CATEGORY)), None),
        tags=_meaningful(name for prefix, name in tags if prefix != _CATEGORY),
        venue=text_at(event, "primary_venue", "name"),
        address=text_at(address, "localized_address_display"),
        city=text_at(address, "city"),
        country=text_at(address, "country"),
        latitude=latitude,
        longitude=longitude,
        price=amount,
        currency=code,
        sold_out=_is_list_item_sold_out(event),
        cancelled=bool_at(event, "is_cancelled") is True,
        online=bool_at(event, "is_online_event") is True,
    )


def _local_time(event: object, which: str, zone: ZoneInfo) -> datetime | None:
    return from_wall_clock(time_at(f"{text_at(event, f'{which}_date')}T{text_at(event, f'{which}_time')}"), zone)


def _list_item_price(event: object) -> _Price:
    tickets = value_at(event, "ticket_availability")
    cheapest = value_at(tickets, "minimum_ticket_price")
    code = currency_at(cheapest, "currency") or currency_at(event, "event_sales_status", "currency")
    if bool_at(tickets, "is_free"):
        return FREE, code
    amount = price_at(code, cheapest, "major_value")
    return _price_unless_donation(minor_price_at(code, cheapest, "value") if amount is None else amount, code)


def _price_unless_donation(amount: Decimal | None, code: str | None) -> _Price:
    # A ticket for 0 in an event that is not free is a donation, whose amount is unknown.
    return (amount, code) if amount and code else (None, None)


def _is_list_item_sold_out(event: object) -> bool | None:
    is_sold_out = bool_at(event, "ticket_availability", "is_sold_out")
    if is_sold_out is not None:
        return is_sold_out
    return _SOLD_OUT.get(text_at(event, "event_sales_status", "sales_status") or "")


def _deduplicate(listings: list[Listing]) -> tuple[Listing, ...]:
    """Return each occurrence once. When several dates share an id, the date becomes part of it."""
    first: dict[tuple[str, datetime], Listing] = {}
    for listing in listings:
        first.setdefault((listing.source_id, listing.start_time), listing)
    dates = Counter(source_id for source_id, _ in first)
    return tuple(
        replace(listing, source_id=f"{source_id}@{start:%Y-%m-%dT%H:%M}") if dates[source_id] > 1 else listing
        for (source_id, start), listing in first.items()
    )


def _location_warnings(state: object, requested: City | None) -> tuple[str, ...]:
    """Return warnings when the page is not about the requested city."""
    if requested is None:
        return ()
    warnings = []
    requested_slug = requested.slugs.get(Source.EVENTBRITE)
    actual_slug = text_at(state, "location_slug") or text_at(state, "citySlug")
    city = text_at(state, "city") or text_at(state, "currentPlace")
    is_other_city = (
        actual_slug != requested_slug
        if actual_slug and requested_slug
        else city is not None and name_key(city) != name_key(requested.name)
    )
    if is_other_city:
        warnings.append(f"Requested {requested.name} from Eventbrite, and got {city or actual_slug}.")
    places, place_id = value_at(state, "search_data", "event_search", "places"), id_at(state, "placeId")
    if place_id and isinstance(places, list) and place_id not in [id_at(place) for place in places]:
        warnings.append(f"Eventbrite did not limit its search to {city or requested.name}.")
    return tuple(warnings)


def _parse_event_page(context: object) -> ParsedPage:
    event = value_at(context, "basicInfo")
    listings, rejected = parse_items([event], lambda _: _parse_event(context))
    return ParsedPage(tuple(listings), tuple(rejected))


def _parse_event(context: object) -> Listing:
    """Parse the event of an event page: its times are local and in UTC, its prices in major units."""
    event = value_at(context, "basicInfo")
    event_id = id_at(event, "id") or ""
    if bool_at(event, "isParentEvent") or id_at(event, "seriesId") == event_id:
        raise UntrustedItem(_SERIES)
    zone = require(zone_at(event, "startDate", "timezone"), "time zone")
    address = value_at(event, "venue", "address")
    latitude, longitude = coordinates_at(address, "latitude", "longitude")
    amount, code = _price(context)
    modules = [
        html_to_text(text_at(module, "text") or "") for module in list_at(context, "structuredContent", "modules")
    ]
    return Listing(
        source=Source.EVENTBRITE,
        source_id=event_id,
        url=_canonical_url(event),
        name=text_at(event, "name") or "",
        start_time=require(_parse_time(value_at(event, "startDate"), zone), "start"),
        end_time=None if bool_at(event, "hideEndDate") else _parse_time(value_at(event, "endDate"), zone),
        timezone=zone.key,
        evidence="__NEXT_DATA__.props.pageProps.context",
        description="\n\n".join(part for part in (text_at(event, "summary"), *modules) if part),
        category=next(iter(_meaningful([text_at(context, "taxonomies", "category")])), None),
        tags=_meaningful(text_at(context, "taxonomies", kind) for kind in ("subcategory", "format")),
        venue=text_at(event, "venue", "name"),
        address=", ".join(filter(None, map(text_at, list_at(address, "localizedMultiLineAddressDisplay")))) or None,
        city=text_at(address, "city"),
        country=text_at(address, "country"),
        latitude=latitude,
        longitude=longitude,
        price=amount,
        currency=code,
        sold_out=_sold_out(context),
        cancelled=text_at(event, "status") in ("canceled", "cancelled"),
        online=bool_at(event, "isOnline") is True,
    )


def _parse_time(value: object, zone: ZoneInfo) -> datetime | None:
    utc = time_at(value, "utc")
    if utc is not None and utc.tzinfo is not None:
        return to_zone(utc, zone)
    return from_wall_clock(time_at(value, "local"), zone)


def _price(context: object) -> _Price:
    event = value_at(context, "basicInfo")
    code = currency_at(event, "currency")
    if bool_at(event, "isFree"):
        return FREE, code
    offers = list_at(context, "seo", "offersSchema")
    available = [offer for offer in offers if not _is_sold_out(offer)] or offers
    prices = [
        (amount, offered_in)
        for amount, offered_in in (_offer_price(offer, code) for offer in available)
        if amount is not None
    ]
    return _price_unless_donation(*min(prices, key=lambda price: price[0], default=(None, None)))


def _offer_price(offer: object, code_of_event: str | None) -> _Price:
    code = currency_at(offer, "priceCurrency") or code_of_event
    lowest = price_at(code, offer, "lowPrice")
    return price_at(code, offer, "price") if lowest is None else lowest, code


def _is_sold_out(offer: object) -> bool:
    return (text_at(offer, "availability") or "").endswith("SoldOut")


def _sold_out(context: object) -> bool | None:
    offers = list_at(context, "seo", "offersSchema")
    if offers and all(map(_is_sold_out, offers)):
        return True
    return _SOLD_OUT.get(text_at(context, "salesStatus", "salesStatus") or "")


def _canonical_url(event: object) -> str:
    # The query only has tracking parameters.
    return (text_at(event, "url") or "").partition("?")[0]


def _meaningful(names: Iterable[str | None]) -> tuple[str, ...]:
    """Return the categories or tags except "Other", each once."""
    return tuple(dict.fromkeys(name for name in names if name and name != "Other"))
