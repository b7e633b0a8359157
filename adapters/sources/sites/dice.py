"""Dice: responses of its partner API and of its search, and its browse and event pages.

The partner API (version 2, used by the widgets of venues) and the site itself describe the same events in two formats.
Neither is documented in public; both are taken from responses of 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import ClassVar

from adapters.sources.reading.embedded_state import (
    bool_at,
    coordinates_at,
    currency_at,
    id_at,
    list_at,
    minor_price_at,
    parse_items,
    parse_json_object,
    read_next_data,
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

_Price = tuple[Decimal | None, str | None]

_SOLD_OUT = {"sold-out": True, "on-sale": False, "announced": False}
_EVENT_URL = "https://dice.fm/event/"
# The partner API has country codes of three letters, the site of two.
_ALPHA2_BY_ALPHA3 = {
    **{"AUS": "AU", "AUT": "AT", "BEL": "BE", "CAN": "CA", "CHE": "CH", "DEU": "DE", "DNK": "DK", "ESP": "ES"},
    **{"FRA": "FR", "GBR": "GB", "IND": "IN", "IRL": "IE", "ITA": "IT", "JPN": "JP", "MEX": "MX", "NLD": "NL"},
    **{"NZL": "NZ", "POL": "PL", "PRT": "PT", "SWE": "SE", "USA": "US"},
}


class Dice(Site):
    """Parses events of dice.fm."""

    source: ClassVar[Source] = Source.DICE

    def page_urls(self, city: City | None, max_pages: int) -> Sequence[str]:
        """Return the browse page of the city, which is a single page.

        Raises UnknownCity when the city has no slug ("london-54d8a23438fe5d27d500001c").
        """
        slug = city_slug(self.source, city)
        return [f"https://dice.fm/browse/{slug}"][:max_pages]

    def parse(self, page: FetchedPage) -> ParsedPage:
        """Parse a partner API response, a search response, or the state of a browse or event page.

        Raises UnknownLayout when the page is none of these.
        """
        state = parse_json_object(page.body)
        if isinstance(value_at(state, "data"), list) and isinstance(value_at(state, "links"), dict):
            return _parse_events(list_at(state, "data"), _parse_partner_event, "data", page.requested_city)
        sections = [section for section in list_at(state, "sections") if isinstance(value_at(section, "events"), list)]
        if sections:
            events = [event for section in sections for event in list_at(section, "events")]
            return _parse_events(events, _parse_site_event, "sections", page.requested_city)
        props = value_at(read_next_data(page.body), "props", "pageProps")
        if isinstance(value_at(props, "events"), list):
            return _parse_events(
                list_at(props, "events"), _parse_site_event, "__NEXT_DATA__.props.pageProps.events", page.requested_city
            )
        if isinstance(value_at(props, "event"), dict):
            return _parse_events(
                [value_at(props, "event")], _parse_site_event, "__NEXT_DATA__.props.pageProps.event", None
            )
        raise UnknownLayout(
            "The page is not a response of Dice's partner API or search, and not a browse or event page."
        )


def _parse_events(
    events: Sequence[object], parse: Callable[[object, str], Listing], evidence: str, requested: City | None
) -> ParsedPage:
    listings, rejected = parse_items(events, lambda event: parse(event, evidence))
    first: dict[str, Listing] = {}
    for listing in listings:
        first.setdefault(listing.source_id, listing)
    return ParsedPage(tuple(first.values()), tuple(dict.fromkeys(rejected)), _other_city_warnings(events, requested))


def _other_city_warnings(events: Sequence[object], requested: City | None) -> tuple[str, ...]:
    """Return a warning when none of the events is in the requested city, whose id is the last part of its slug."""
    slug = requested.slugs.get(Source.DICE) if requested else None
    if requested is None or slug is None:
        return ()
    cities = [value_at(venue, "city") for event in events for venue in list_at(event, "venues")]
    actual_cities = {id_at(city, "id"): text_at(city, "name") or "a city without a name" for city in cities}
    actual_cities.pop(None, None)
    if not actual_cities or slug.rpartition("-")[2] in actual_cities:
        return ()
    return (f"Requested {requested.name} from Dice, and got {', '.join(sorted(set(actual_cities.values())))}.",)


def _parse_partner_event(event: object, evidence: str) -> Listing:
    """Parse an event of the partner API: times in UTC, a price for each type of ticket."""
    zone = require(zone_at(event, "timezone"), "time zone")
    city = value_at(event, "venues", 0, "city")
    latitude, longitude = coordinates_at(value_at(event, "location"), "lat", "lng")
    amount, code = _partner_price(event)
    type_tags = [text_at(tag) for tag in list_at(event, "type_tags")]
    other_tags = [text_at(tag) for tag in (*list_at(event, "genre_tags"), *list_at(event, "tags"))]
    acts = [_join(text_at(act, "details"), text_at(act, "time")) for act in list_at(event, "lineup")]
    return Listing(
        source=Source.DICE,
        source_id=id_at(event, "id") or "",
        url=_event_url(event),
        name=text_at(event, "name") or "",
        start_time=require(to_zone(time_at(event, "date"), zone), "start"),
        end_time=to_zone(time_at(event, "date_end"), zone),
        timezone=zone.key,
        evidence=evidence,
        description=_description(text_at(event, "description") or text_at(event, "raw_description"), acts),
        category=_category(type_tags),
        tags=_tags([*type_tags, *other_tags]),
        venue=text_at(event, "venue") or text_at(event, "venues", 0, "name"),
        address=text_at(event, "address"),
        city=text_at(city, "name") or text_at(event, "location", "city"),
        country=_ALPHA2_BY_ALPHA3.get(text_at(city, "country_alpha3") or "") or text_at(city, "country_name"),
        latitude=latitude,
        longitude=longitude,
        price=amount,
        currency=code,
        sold_out=_partner_sold_out(event),
        cancelled=text_at(event, "status") == "cancelled",
    )


def _partner_price(event: object) -> _Price:
    code = currency_at(event, "currency")
    types = list_at(event, "ticket_types")
    for tickets in ([ticket for ticket in types if not bool_at(ticket, "sold_out")], types):
        totals = [minor_price_at(code, ticket, "price", "total") for ticket in tickets]
        if known := [total for total in totals if total is not None]:
            return min(known), code
    return None, None


def _partner_sold_out(event: object) -> bool | None:
    types = list_at(event, "ticket_types")
    if bool_at(event, "sold_out") or text_at(event, "status") == "sold-out":
        return True
    if types:
        return all(bool_at(ticket, "sold_out") for ticket in types)
    return bool_at(event, "sold_out")


def _parse_site_event(event: object, evidence: str) -> Listing:
    """Parse an event of the site itself: times with their UTC offset, one price, which includes fees."""
    zone = require(zone_at(event, "dates", "timezone"), "time zone")
    venue = value_at(event, "venues", 0)
    latitude, longitude = coordinates_at(value_at(venue, "location"), "lat", "lng")
    amount, code = _site_price(event)
    kinds = [text_at(tag, "value") for tag in list_at(event, "tags_types")]
    acts = [text_at(artist, "name") for artist in list_at(event, "summary_lineup", "top_artists")]
    return Listing(
        source=Source.DICE,
        source_id=id_at(event, "id") or "",
        url=_event_url(event),
        name=text_at(event, "name") or "",
        start_time=require(to_zone(time_at(event, "dates", "event_start_date"), zone), "start"),
        end_time=to_zone(time_at(event, "dates", "event_end_date"), zone),
        timezone=zone.key,
        evidence=evidence,
        description=_description(text_at(event, "about", "description"), acts),
        category=_category(kinds),
        tags=_tags(kinds),
        venue=text_at(venue, "name"),
        address=text_at(venue, "address"),
        city=text_at(venue, "city", "name"),
        country=text_at(venue, "city", "country_code"),
        latitude=latitude,
        longitude=longitude,
        price=amount,
        currency=code,
        sold_out=_SOLD_OUT.get(text_at(event, "status") or ""),
        cancelled=text_at(event, "status") == "cancelled",
    )


def _site_price(event: object) -> _Price:
    code = currency_at(event, "price", "currency")
    # With several types of ticket there is `amount_from`, beside or instead of `amount`.
    amounts = [minor_price_at(code, event, "price", which) for which in ("amount", "amount_from")]
    known = [amount for amount in amounts if amount is not None]
    return (min(known), code) if known else (None, None)


def _event_url(event: object) -> str:
    """Return the canonical URL of an event, or that of the shop when Dice only links to one.

    The URL contains a hash and a name (https://dice.fm/event/<hash>-<perm_name>). The site has both in one field, the
    partner API in two. Dice redirects a URL without the hash to the canonical one.
    """
    if text_at(event, "type") == "linkout":
        shop = text_at(event, "external_url")
        if shop is None:
            raise UntrustedItem("it only links to another page of Dice")
        return shop
    name, code = text_at(event, "perm_name"), text_at(event, "hash")
    if name is None:
        return text_at(event, "url") or ""
    return f"{_EVENT_URL}{name}" if code is None or name.startswith(f"{code}-") else f"{_EVENT_URL}{code}-{name}"


def _description(about: str | None, acts: Iterable[str | None]) -> str:
    lineup = ", ".join(act for act in acts if act)
    return "\n\n".join(part for part in (about, lineup and f"Line-up: {lineup}") if part)


def _join(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _category(kinds: Sequence[str | None]) -> str | None:
    """Return the main kind of the first tag: "music" of "music:gig"."""
    return next((kind.partition(":")[0] for kind in kinds if kind and ":" in kind), None)


def _tags(kinds: Sequence[str | None]) -> tuple[str, ...]:
    """Return the specific kinds: "gig" of "music:gig"."""
    return tuple(dict.fromkeys(name for kind in kinds if kind and (name := kind.rpartition(":")[2].strip())))
