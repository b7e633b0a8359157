"""Dice: answers of its partner API and of its search, and its browse and event pages.

The partner API (version 2, what the widgets of venues ask) and the site itself tell the same events in two shapes.
Learned from answers as served in 2026; neither is documented in public.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import ClassVar

from adapters.sources.reading.embedded_state import (
    at,
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
    sort_out,
    text,
    zone,
)
from core.discovery.errors import UnknownLayout, Untrusted
from core.discovery.model import City, FetchedPage, Listing, Parsed, Source, city_slug
from core.discovery.ports import Site

_Price = tuple[Decimal | None, str | None]

_SOLD_OUT = {"sold-out": True, "on-sale": False, "announced": False}
_EVENT_PAGES = "https://dice.fm/event/"
# The partner API tells countries by three letters, the site by two.
_TWO_LETTERS = {
    **{"AUS": "AU", "AUT": "AT", "BEL": "BE", "CAN": "CA", "CHE": "CH", "DEU": "DE", "DNK": "DK", "ESP": "ES"},
    **{"FRA": "FR", "GBR": "GB", "IND": "IN", "IRL": "IE", "ITA": "IT", "JPN": "JP", "MEX": "MX", "NLD": "NL"},
    **{"NZL": "NZ", "POL": "PL", "PRT": "PT", "SWE": "SE", "USA": "US"},
}


class Dice(Site):
    """Reads events of dice.fm."""

    source: ClassVar[Source] = Source.DICE

    def addresses(self, place: City | None, pages: int) -> Sequence[str]:
        """The browse page of the city, which is one page however many are asked for.

        Raises UnknownCity when the place has no slug ("london-54d8a23438fe5d27d500001c").
        """
        slug = city_slug(self.source, place)
        return [f"https://dice.fm/browse/{slug}"][:pages]

    def parse(self, page: FetchedPage) -> Parsed:
        """Events of a partner answer, of a search answer, or of the state of a browse or event page.

        Raises UnknownLayout when the page is none of these.
        """
        state = json_object(page.body)
        if isinstance(at(state, "data"), list) and isinstance(at(state, "links"), dict):
            return _parsed(items(state, "data"), _partner_event, "data", page.asked)
        sections = [section for section in items(state, "sections") if isinstance(at(section, "events"), list)]
        if sections:
            found = [event for section in sections for event in items(section, "events")]
            return _parsed(found, _site_event, "sections", page.asked)
        shown = at(next_data(page.body), "props", "pageProps")
        if isinstance(at(shown, "events"), list):
            return _parsed(items(shown, "events"), _site_event, "__NEXT_DATA__.props.pageProps.events", page.asked)
        if isinstance(at(shown, "event"), dict):
            return _parsed([at(shown, "event")], _site_event, "__NEXT_DATA__.props.pageProps.event", None)
        raise UnknownLayout("The page is no answer of Dice's partner API or search, and no browse or event page of it.")


def _parsed(
    events: Sequence[object], read: Callable[[object, str], Listing], evidence: str, asked: City | None
) -> Parsed:
    listings, rejected = sort_out(events, lambda event: read(event, evidence))
    first: dict[str, Listing] = {}
    for listing in listings:
        first.setdefault(listing.source_id, listing)
    return Parsed(tuple(first.values()), tuple(dict.fromkeys(rejected)), _elsewhere(events, asked))


def _elsewhere(events: Sequence[object], asked: City | None) -> tuple[str, ...]:
    """Whether none of the events is in the city that was asked for, whose id ends its slug."""
    slug = asked.slugs.get(Source.DICE) if asked else None
    if asked is None or slug is None:
        return ()
    cities = [at(venue, "city") for event in events for venue in items(event, "venues")]
    served = {identity(city, "id"): text(city, "name") or "a city without a name" for city in cities}
    served.pop(None, None)
    if not served or slug.rpartition("-")[2] in served:
        return ()
    return (f"Dice was asked for {asked.name} and answered for {', '.join(sorted(set(served.values())))}.",)


def _partner_event(event: object, evidence: str) -> Listing:
    """An event as the partner API tells it: times in UTC, a price for each type of ticket."""
    there = needed(zone(event, "timezone"), "time zone")
    city = at(event, "venues", 0, "city")
    latitude, longitude = coordinates(at(event, "location"), "lat", "lng")
    amount, code = _partner_price(event)
    wide = [text(tag) for tag in items(event, "type_tags")]
    narrow = [text(tag) for tag in (*items(event, "genre_tags"), *items(event, "tags"))]
    acts = [_words(text(act, "details"), text(act, "time")) for act in items(event, "lineup")]
    return Listing(
        source=Source.DICE,
        source_id=identity(event, "id") or "",
        url=_address(event),
        name=text(event, "name") or "",
        start_time=needed(local(moment(event, "date"), there), "start"),
        end_time=local(moment(event, "date_end"), there),
        timezone=there.key,
        evidence=evidence,
        description=_description(text(event, "description") or text(event, "raw_description"), acts),
        category=_category(wide),
        tags=_tags([*wide, *narrow]),
        venue=text(event, "venue") or text(event, "venues", 0, "name"),
        address=text(event, "address"),
        city=text(city, "name") or text(event, "location", "city"),
        country=_TWO_LETTERS.get(text(city, "country_alpha3") or "") or text(city, "country_name"),
        latitude=latitude,
        longitude=longitude,
        price=amount,
        currency=code,
        sold_out=_partner_sold_out(event),
        cancelled=text(event, "status") == "cancelled",
    )


def _partner_price(event: object) -> _Price:
    code = currency(event, "currency")
    types = items(event, "ticket_types")
    for tickets in ([ticket for ticket in types if not flag(ticket, "sold_out")], types):
        totals = [minor_price(code, ticket, "price", "total") for ticket in tickets]
        if told := [total for total in totals if total is not None]:
            return min(told), code
    return None, None


def _partner_sold_out(event: object) -> bool | None:
    types = items(event, "ticket_types")
    if flag(event, "sold_out") or text(event, "status") == "sold-out":
        return True
    if types:
        return all(flag(ticket, "sold_out") for ticket in types)
    return flag(event, "sold_out")


def _site_event(event: object, evidence: str) -> Listing:
    """An event as the site itself tells it: times with their offset, one price with the fees in it."""
    there = needed(zone(event, "dates", "timezone"), "time zone")
    venue = at(event, "venues", 0)
    latitude, longitude = coordinates(at(venue, "location"), "lat", "lng")
    amount, code = _site_price(event)
    kinds = [text(tag, "value") for tag in items(event, "tags_types")]
    acts = [text(artist, "name") for artist in items(event, "summary_lineup", "top_artists")]
    return Listing(
        source=Source.DICE,
        source_id=identity(event, "id") or "",
        url=_address(event),
        name=text(event, "name") or "",
        start_time=needed(local(moment(event, "dates", "event_start_date"), there), "start"),
        end_time=local(moment(event, "dates", "event_end_date"), there),
        timezone=there.key,
        evidence=evidence,
        description=_description(text(event, "about", "description"), acts),
        category=_category(kinds),
        tags=_tags(kinds),
        venue=text(venue, "name"),
        address=text(venue, "address"),
        city=text(venue, "city", "name"),
        country=text(venue, "city", "country_code"),
        latitude=latitude,
        longitude=longitude,
        price=amount,
        currency=code,
        sold_out=_SOLD_OUT.get(text(event, "status") or ""),
        cancelled=text(event, "status") == "cancelled",
    )


def _site_price(event: object) -> _Price:
    code = currency(event, "price", "currency")
    # `amount_from` is told beside or instead of `amount` where there are several types of ticket.
    amounts = [minor_price(code, event, "price", which) for which in ("amount", "amount_from")]
    told = [amount for amount in amounts if amount is not None]
    return (min(told), code) if told else (None, None)


def _address(event: object) -> str:
    """The canonical address of an event, or the shop's where Dice only links to it.

    An event lives under its hash and its name (https://dice.fm/event/<hash>-<perm_name>); the site writes both as one
    name, the partner API apart. Without the hash Dice redirects there.
    """
    if text(event, "type") == "linkout":
        shop = text(event, "external_url")
        if shop is None:
            raise Untrusted("it only points to another page of Dice")
        return shop
    name, code = text(event, "perm_name"), text(event, "hash")
    if name is None:
        return text(event, "url") or ""
    return f"{_EVENT_PAGES}{name}" if code is None or name.startswith(f"{code}-") else f"{_EVENT_PAGES}{code}-{name}"


def _description(about: str | None, acts: Iterable[str | None]) -> str:
    lineup = ", ".join(act for act in acts if act)
    return "\n\n".join(part for part in (about, lineup and f"Line-up: {lineup}") if part)


def _words(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _category(kinds: Sequence[str | None]) -> str | None:
    """The wide kind of the first tag: "music" of "music:gig"."""
    return next((kind.partition(":")[0] for kind in kinds if kind and ":" in kind), None)


def _tags(kinds: Sequence[str | None]) -> tuple[str, ...]:
    """The narrow kinds: "gig" of "music:gig"."""
    return tuple(dict.fromkeys(name for kind in kinds if kind and (name := kind.rpartition(":")[2].strip())))
