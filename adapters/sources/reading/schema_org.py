"""schema.org Events in the JSON-LD of a page (https://schema.org/Event), as listings.

Rejected, each with its reason: a time without a UTC offset or without an hour, a date in 1970 or many years ahead, an
end before the start, an event postponed without a new date, a series without its occurrences, and data that belongs to
another page. An unusable end with a valid start only removes the end, which a listing does not need: programs write
1970 for "none".

A UTC offset is not a time zone. The zone is the one the page names, else the only one of the event's country, else
UTC: the point in time is right in any case, and only the local time that is displayed may be off.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from adapters.sources.reading.embedded_state import (
    JsonObject,
    parse_items,
    require,
    text_at,
    time_at,
    to_zone,
    value_at,
    zone_at,
)
from adapters.sources.reading.json_ld import HtmlDocument, line_at, parse_document, plain_text_at
from adapters.sources.reading.offers import as_list, schema_term_at, summarize_offers
from adapters.sources.reading.venues import Location, parse_location
from core.discovery.errors import UnknownLayout, UntrustedItem
from core.discovery.model import FetchedPage, Listing, ParsedPage, Rejection, Source

IdOfOccurrence = Callable[[str, datetime], str | None]
"""Returns the id of an occurrence at its source, from its URL and start; None when the URL is not one of an event."""

MAX_YEARS_AHEAD = 5

_NESTED = ("@graph", "event", "events", "itemListElement", "item", "mainEntity", "subEvent", "subEvents")
_OTHER_EVENT_TYPES = frozenset({"Festival", "Hackathon", "CourseInstance", "EventSeries"})
_TYPES_WITHOUT_VISITORS = frozenset({"DeliveryEvent", "PublicationEvent", "BroadcastEvent", "OnDemandEvent"})
_OCCURRENCE_PROPERTIES = frozenset({"@type", "@id", "startDate", "endDate", "subEvent", "subEvents"})


def parse_events(page: FetchedPage, source: Source, id_of: IdOfOccurrence) -> ParsedPage:
    """Parse the schema.org Events of a page. Raises UnknownLayout when it has none."""
    document = parse_document(page)
    if document is None:
        raise UnknownLayout("The page is empty.")
    invalid = f"{document.invalid_scripts} of its JSON-LD scripts can't be read" if document.invalid_scripts else None
    events = list(_events(document.data))
    if not events:
        raise UnknownLayout(f"The page has no schema.org Event{f'; {invalid}' if invalid else ''}.")
    parser = _EventParser(page, document, source, id_of, _entities(document.data), is_only_event=len(events) == 1)
    warnings = [invalid] if invalid else []
    listings, rejected = parse_items(events, lambda event: parser.parse_listing(event, warnings))
    kept, duplicates = _deduplicate(listings)
    return ParsedPage(kept, (*rejected, *duplicates), tuple(dict.fromkeys(warnings)))


def occurrence_id(url: str, start: datetime) -> str:
    """Return the id of an event whose source has no ids: its URL and the day it starts."""
    return f"{url}@{start:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class _EventParser:
    """Parses the events of one page. `entities` are its objects with an `@id`, by that id."""

    page: FetchedPage
    document: HtmlDocument
    source: Source
    id_of: IdOfOccurrence
    entities: Mapping[str, JsonObject]
    is_only_event: bool

    def parse_listing(self, event: object, warnings: list[str]) -> Listing:
        """Parse an event. Adds to `warnings` when it leaves a field out. Raises UntrustedItem."""
        name = line_at(event, "name") or ""
        online, location = self._parse_location(event)
        url = self._event_url(event, name, location)
        zone = zone_at(event, "eventSchedule", "scheduleTimezone") or zone_at(event, "timezone") or location.zone
        start = _start(event, zone, self.page.fetched_at)
        end, problem = _end(event, zone)
        offer = summarize_offers(event, self._resolve(event, "offers"), self.page.fetched_at)
        listing = Listing(
            source=self.source,
            source_id=self.id_of(url, start) or "",
            url=url,
            name=name,
            start_time=start,
            end_time=end,
            timezone=zone.key if zone else "UTC",
            evidence="JSON-LD",
            description=plain_text_at(event, "description") or "",
            category=_category(event),
            tags=_tags(event),
            venue=location.venue,
            address=location.address,
            city=location.city,
            country=location.country,
            latitude=location.latitude,
            longitude=location.longitude,
            price=offer.price,
            currency=offer.currency,
            sold_out=offer.sold_out,
            cancelled=_status(event) == "EventCancelled",
            online=online,
        )
        if problem:
            warnings.append(f"{name}: its end {problem}, so it is listed without one")
        return listing

    def _parse_location(self, event: object) -> tuple[bool, Location]:
        """Return whether the event is only online, and its location, which is empty for an online event."""
        values = self._resolve(event, "location")
        places = [place for place in values if "VirtualLocation" not in _types(place)]
        modes = {schema_term_at(event, "eventAttendanceMode"), _status(event)}
        online = bool(modes & {"OnlineEventAttendanceMode", "EventMovedOnline"} or (values and not places))
        return online, parse_location(places[0]) if places and not online else Location()

    def _event_url(self, event: object, name: str, location: Location) -> str:
        """Return the URL of an event, which is that of the page when it has none of its own.

        Raises UntrustedItem when neither the URL nor the name of the event appears on the page.
        """
        own = self.document.resolve_url(text_at(event, "url"))
        if own and self.document.is_own_url(own):
            return self.document.url
        listed = own and (not self.is_only_event or self.document.has_link_to(own))
        if not listed and not self.document.mentions(name, " ".join(filter(None, (location.venue, location.city)))):
            raise UntrustedItem(f'it does not belong to this page, which is about "{self.document.headings[0]}"')
        return own or self.document.url

    def _resolve(self, event: object, key: str) -> list[object]:
        """Return the values of a property, with references (`@id`) replaced by what they refer to."""
        return [self.entities.get(text_at(value, "@id") or "", value) for value in as_list(value_at(event, key))]


def _events(data: Iterable[object]) -> Iterator[JsonObject]:
    """Yield every event of the data in order. A series is replaced by its occurrences, which inherit its fields."""
    pending = list(data)[::-1]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node[::-1]
        elif isinstance(node, dict):
            occurrences = _occurrences(node)
            if _is_event(node) and not occurrences:
                yield node
            pending += (occurrences or [node.get(key) for key in _NESTED])[::-1]


def _occurrences(event: JsonObject) -> list[object]:
    parts = [part for key in ("subEvent", "subEvents") for part in as_list(event.get(key)) if isinstance(part, dict)]
    is_series = "EventSeries" in _types(event) or {line_at(part, "name") for part in parts} <= {
        None,
        line_at(event, "name"),
    }
    shared = {key: value for key, value in event.items() if key not in _OCCURRENCE_PROPERTIES}
    return [{**shared, **part} for part in parts if _is_event(part)] if is_series else []


def _entities(data: Iterable[object]) -> dict[str, JsonObject]:
    """Return the objects of the data that have an `@id` and other fields, by their `@id`."""
    found: dict[str, JsonObject] = {}
    pending = list(data)
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if (name := text_at(node, "@id")) and len(node) > 1:
                found[name] = node
            pending += node.values()
        elif isinstance(node, list):
            pending += node
    return found


def _types(node: object) -> set[str]:
    return {term for value in as_list(value_at(node, "@type")) if (term := schema_term_at(value))}


def _is_event(node: object) -> bool:
    types = _types(node)
    return not types & _TYPES_WITHOUT_VISITORS and any(
        word.endswith("Event") or word in _OTHER_EVENT_TYPES for word in types
    )


def _status(event: object) -> str | None:
    return schema_term_at(event, "eventStatus")


def _start(event: object, zone: ZoneInfo | None, now: datetime | None) -> datetime:
    if "EventSeries" in _types(event):
        raise UntrustedItem("it is a series, and its page has no single occurrence")
    if _status(event) == "EventPostponed":
        raise UntrustedItem("it is postponed, and the page only has the old date")
    value = _first(event, "startDate")
    if value is None:
        raise UntrustedItem("it has no start")
    if _is_date_only(value):
        raise UntrustedItem(f"its start ({value}) has a date but no time")
    start = require(_in_zone(_parse_time(value), zone), "start")
    if now is not None and start.year > now.year + MAX_YEARS_AHEAD:
        raise UntrustedItem(f"its start is in the year {start.year}, which is implausible")
    return start


def _end(event: object, zone: ZoneInfo | None) -> tuple[datetime | None, str | None]:
    """Return the end, or what is wrong with it."""
    value = _first(event, "endDate")
    if value is None:
        return None, None
    end = _in_zone(_parse_time(value), zone)
    if end is None or _is_date_only(value):
        return None, f"({value}) is not a time"
    if end.tzinfo is None:
        return None, "has no UTC offset"
    if end.year <= 1970:
        return None, f"is in the year {end.year}, which is implausible"
    return end, None


def _first(event: object, key: str) -> str | None:
    return next((text for value in as_list(value_at(event, key)) if (text := line_at(value))), None)


def _parse_time(value: str) -> datetime | None:
    # Ruby writes a space before the offset: "2026-03-11 19:00:00 +0000".
    return time_at(re.sub(r" (?=[+-]\d\d:?\d\d$)", "", value))


def _is_date_only(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _in_zone(time: datetime | None, zone: ZoneInfo | None) -> datetime | None:
    return to_zone(time, zone) if zone else time


def _category(event: object) -> str | None:
    """Return the kind of event from its type: "Visual Arts" for a VisualArtsEvent."""
    kinds = (name.removesuffix("Event") for name in sorted(_types(event)))
    return next((re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind) for kind in kinds if kind), None)


def _tags(event: object) -> tuple[str, ...]:
    lists = (line_at(value) or "" for value in as_list(value_at(event, "keywords")))
    tags = (tag.strip() for keywords in lists for tag in keywords.split(","))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _deduplicate(listings: Iterable[Listing]) -> tuple[tuple[Listing, ...], list[Rejection]]:
    """Return each occurrence once, and rejections for conflicting duplicates.

    The ids of occurrences on the same day get their start time. Scripts of a page often repeat each other; a second
    name for the same URL and start is rejected, since both have the same id.
    """
    kept: dict[tuple[str, datetime], Listing] = {}
    rejected = []
    for listing in listings:
        first = kept.setdefault((listing.source_id, listing.start_time), listing)
        if first.name != listing.name:
            rejected.append(Rejection(listing.name, f'"{first.name}" has the same URL and start'))
    days = Counter(source_id for source_id, _ in kept)
    return tuple(
        replace(listing, source_id=f"{source_id}T{start:%H:%M}") if days[source_id] > 1 else listing
        for (source_id, start), listing in kept.items()
    ), rejected
