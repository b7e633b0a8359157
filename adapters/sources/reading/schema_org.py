"""schema.org Events in the JSON-LD of a page (https://schema.org/Event), as listings.

A page is believed where it is clear. Rejected, each with its reason: a time without its offset from UTC or without an
hour, a date of 1970 or years ahead, an end before the start, an event postponed to nobody knows when, a series told
without its occurrences, and data that is not of this page. An unusable end beside a sound start costs only the end:
programs write 1970 for "none", which says nothing against the start, and a listing needs no end.

An offset is not a time zone. The zone is the one the page names, else the only one of the country the event is in,
else UTC: the moment is right in any case, and only the clock it is shown by may be another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from adapters.sources.reading.embedded_state import State, at, local, moment, needed, sort_out, text, zone
from adapters.sources.reading.json_ld import Document, line, read_document, words
from adapters.sources.reading.offers import many, offered, term
from adapters.sources.reading.venues import Where, where
from core.discovery.errors import UnknownLayout, Untrusted
from core.discovery.model import FetchedPage, Listing, Parsed, Rejected, Source

Identify = Callable[[str, datetime], str | None]
"""What a source calls an occurrence, from its address and start; None when the address is none of its events."""

FARTHEST_YEARS = 5

_NESTED = ("@graph", "event", "events", "itemListElement", "item", "mainEntity", "subEvent", "subEvents")
_CALLED_OTHERWISE = frozenset({"Festival", "Hackathon", "CourseInstance", "EventSeries"})
_NOBODY_ATTENDS = frozenset({"DeliveryEvent", "PublicationEvent", "BroadcastEvent", "OnDemandEvent"})
_OF_ONE_OCCURRENCE = frozenset({"@type", "@id", "startDate", "endDate", "subEvent", "subEvents"})


def read(page: FetchedPage, source: Source, identify: Identify) -> Parsed:
    """The listings of a page with schema.org Events. Raises UnknownLayout when it has none."""
    document = read_document(page)
    if document is None:
        raise UnknownLayout("The page is empty.")
    broken = f"{document.broken} of its JSON-LD scripts can't be read" if document.broken else None
    events = list(_events(document.data))
    if not events:
        raise UnknownLayout(f"The page has no schema.org Event{f'; {broken}' if broken else ''}.")
    reader = _Reader(page, document, source, identify, _entities(document.data), alone=len(events) == 1)
    warnings = [broken] if broken else []
    listings, rejected = sort_out(events, lambda event: reader.listing(event, warnings))
    kept, twins = _apart(listings)
    return Parsed(kept, (*rejected, *twins), tuple(dict.fromkeys(warnings)))


def occurrence(url: str, start: datetime) -> str:
    """The identity of an event where its source has no ids: its address and the day it starts."""
    return f"{url}@{start:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the events of one page. `entities` are the things its data refers to by `@id`; `alone` when it has one."""

    page: FetchedPage
    document: Document
    source: Source
    identify: Identify
    entities: Mapping[str, State]
    alone: bool

    def listing(self, event: object, warnings: list[str]) -> Listing:
        """The listing; what it had to do without is added to `warnings`. Raises Untrusted."""
        name = line(event, "name") or ""
        online, place = self._where(event)
        url = self._address(event, name, place)
        there = zone(event, "eventSchedule", "scheduleTimezone") or zone(event, "timezone") or place.zone
        start = _start(event, there, self.page.fetched_at)
        end, flaw = _end(event, there)
        offer = offered(event, self._resolved(event, "offers"), self.page.fetched_at)
        listing = Listing(
            source=self.source,
            source_id=self.identify(url, start) or "",
            url=url,
            name=name,
            start_time=start,
            end_time=end,
            timezone=there.key if there else "UTC",
            evidence="JSON-LD",
            description=words(event, "description") or "",
            category=_category(event),
            tags=_tags(event),
            venue=place.venue,
            address=place.address,
            city=place.city,
            country=place.country,
            latitude=place.latitude,
            longitude=place.longitude,
            price=offer.price,
            currency=offer.currency,
            sold_out=offer.sold_out,
            cancelled=_status(event) == "EventCancelled",
            online=online,
        )
        if flaw:
            warnings.append(f"{name}: its end {flaw}, so it is listed without one")
        return listing

    def _where(self, event: object) -> tuple[bool, Where]:
        """Whether it is online alone, and the place it is at. One held online has no place people could go to."""
        told = self._resolved(event, "location")
        places = [place for place in told if "VirtualLocation" not in _types(place)]
        says = {term(event, "eventAttendanceMode"), _status(event)}
        online = bool(says & {"OnlineEventAttendanceMode", "EventMovedOnline"} or (told and not places))
        return online, where(places[0]) if places and not online else Where()

    def _address(self, event: object, name: str, place: Where) -> str:
        """The address of an event, which is the page's when it has none of its own.

        Raises Untrusted when nothing shows that the page is about the event: neither its address nor its name.
        """
        own = self.document.absolute(text(event, "url"))
        if own and self.document.is_itself(own):
            return self.document.url
        listed = own and (not self.alone or self.document.links_to(own))
        if not listed and not self.document.is_about(name, " ".join(filter(None, (place.venue, place.city)))):
            raise Untrusted(f'nothing ties it to this page, which is about "{self.document.headings[0]}"')
        return own or self.document.url

    def _resolved(self, event: object, key: str) -> list[object]:
        """The values of a property, and what a bare reference among them stands for."""
        return [self.entities.get(text(value, "@id") or "", value) for value in many(at(event, key))]


def _events(data: Iterable[object]) -> Iterator[State]:
    """Every event of the data in its order. Of a series its occurrences, which have what is told of all of them."""
    waiting = list(data)[::-1]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node[::-1]
        elif isinstance(node, dict):
            occurrences = _occurrences(node)
            if _is_event(node) and not occurrences:
                yield node
            waiting += (occurrences or [node.get(key) for key in _NESTED])[::-1]


def _occurrences(event: State) -> list[object]:
    parts = [part for key in ("subEvent", "subEvents") for part in many(event.get(key)) if isinstance(part, dict)]
    is_series = "EventSeries" in _types(event) or {line(part, "name") for part in parts} <= {None, line(event, "name")}
    shared = {key: value for key, value in event.items() if key not in _OF_ONE_OCCURRENCE}
    return [{**shared, **part} for part in parts if _is_event(part)] if is_series else []


def _entities(data: Iterable[object]) -> dict[str, State]:
    """The things of the data that have an `@id` and more to tell."""
    found: dict[str, State] = {}
    waiting = list(data)
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if (name := text(node, "@id")) and len(node) > 1:
                found[name] = node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return found


def _types(node: object) -> set[str]:
    return {word for told in many(at(node, "@type")) if (word := term(told))}


def _is_event(node: object) -> bool:
    types = _types(node)
    return not types & _NOBODY_ATTENDS and any(word.endswith("Event") or word in _CALLED_OTHERWISE for word in types)


def _status(event: object) -> str | None:
    return term(event, "eventStatus")


def _start(event: object, there: ZoneInfo | None, now: datetime | None) -> datetime:
    if "EventSeries" in _types(event):
        raise Untrusted("it is a series, and its page tells of no occurrence")
    if _status(event) == "EventPostponed":
        raise Untrusted("it is postponed, and its date is the old one")
    told = _first(event, "startDate")
    if told is None:
        raise Untrusted("it does not say when it starts")
    if _is_a_day(told):
        raise Untrusted(f"it says on which day it starts ({told}), not when")
    start = needed(_shown(_time(told), there), "start")
    if now is not None and start.year > now.year + FARTHEST_YEARS:
        raise Untrusted(f"its start is in {start.year}, which is no date")
    return start


def _end(event: object, there: ZoneInfo | None) -> tuple[datetime | None, str | None]:
    """The end, or what is wrong with it."""
    told = _first(event, "endDate")
    if told is None:
        return None, None
    end = _shown(_time(told), there)
    if end is None or _is_a_day(told):
        return None, f"({told}) is no time"
    if end.tzinfo is None:
        return None, "has no offset from UTC"
    if end.year <= 1970:
        return None, f"is in {end.year}, which is no date"
    return end, None


def _first(event: object, key: str) -> str | None:
    return next((told for value in many(at(event, key)) if (told := line(value))), None)


def _time(told: str) -> datetime | None:
    # Ruby sets the offset apart: "2026-03-11 19:00:00 +0000".
    return moment(re.sub(r" (?=[+-]\d\d:?\d\d$)", "", told))


def _is_a_day(told: str) -> bool:
    try:
        date.fromisoformat(told)
    except ValueError:
        return False
    return True


def _shown(when: datetime | None, there: ZoneInfo | None) -> datetime | None:
    return local(when, there) if there else when


def _category(event: object) -> str | None:
    """What kind of event its type says it is: "Visual Arts" for a VisualArtsEvent."""
    kinds = (word.removesuffix("Event") for word in sorted(_types(event)))
    return next((re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind) for kind in kinds if kind), None)


def _tags(event: object) -> tuple[str, ...]:
    told = (line(value) or "" for value in many(at(event, "keywords")))
    tags = (tag.strip() for keywords in told for tag in keywords.split(","))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _apart(listings: Iterable[Listing]) -> tuple[tuple[Listing, ...], list[Rejected]]:
    """Each occurrence once, those of one day told apart by the hour they start.

    Scripts of a page repeat each other; what repeats an occurrence under another name can't be told from it.
    """
    kept: dict[tuple[str, datetime], Listing] = {}
    rejected = []
    for listing in listings:
        twin = kept.setdefault((listing.source_id, listing.start_time), listing)
        if twin.name != listing.name:
            rejected.append(Rejected(listing.name, f'"{twin.name}" has the same address and start'))
    days = Counter(source_id for source_id, _ in kept)
    return tuple(
        replace(listing, source_id=f"{source_id}T{start:%H:%M}") if days[source_id] > 1 else listing
        for (source_id, start), listing in kept.items()
    ), rejected
