"""Listings: what other sites tell of their events, and when to believe them (D1-D5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from core.discovery.errors import UnknownCity, Untrusted
from core.shared.timezones import TIME_ZONES

LONGEST_LISTING = timedelta(days=60)
"""A listing that lasts longer is a series, an exhibition or a mistake, and its span is not the time of an event."""

DEFAULT_LENGTH = timedelta(hours=2)
MAX_NAME, MAX_DESCRIPTION = 200, 20_000
SHRUNK_TO = 0.3
"""A run that finds less than this part of what the last healthy run found looks wrong."""


class Source(StrEnum):
    """Where listings come from; `web` is any page with schema.org data."""

    EVENTBRITE = "eventbrite"
    DICE = "dice"
    MEETUP = "meetup"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class City:
    """A city to look for events in: where it is, to check what was really served, and what each source calls it."""

    name: str
    country: str
    latitude: float
    longitude: float
    slugs: Mapping[Source, str] = field(default_factory=dict)


def city_slug(source: Source, place: City | None) -> str:
    """What a source that goes by city calls the place. Raises UnknownCity."""
    if place is None:
        raise UnknownCity(f"{source.value} lists its events by city, and no city was named.")
    if source not in place.slugs:
        raise UnknownCity(f"It is not known what {source.value} calls {place.name}.")
    return place.slugs[source]


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What was served: `url` after redirects, where known; `body` as received; and when, if anybody knows.

    `asked` is the place it was asked for, None when nobody knows. `number` counts the pages of one paged list
    from 1; a page that stands alone is number 1.
    """

    url: str
    body: bytes
    fetched_at: datetime | None
    asked: City | None = None
    number: int = 1


@dataclass(frozen=True, slots=True)
class Listing:
    """One event as one source tells it.

    Times carry an offset; `timezone` is an IANA name. `price` is the cheapest place a visitor can get, fees
    included, in major units; None means the page does not say, which is not free. `sold_out` is None when
    unknown. `evidence` names the part of the page it was read from. An occurrence of a series is a listing of its own.

    Raises Untrusted when a time is naive, of 1970 or before or of another millennium, when it ends before it starts, or
    spans a season.
    """

    source: Source
    source_id: str
    url: str
    name: str
    start_time: datetime
    timezone: str
    evidence: str
    end_time: datetime | None = None
    description: str = ""
    category: str | None = None
    tags: tuple[str, ...] = ()
    venue: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    price: Decimal | None = None
    currency: str | None = None
    sold_out: bool | None = None
    cancelled: bool = False
    online: bool = False

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise Untrusted("it has no name")
        if not self.source_id or not self.url.startswith(("https://", "http://")):
            raise Untrusted("nothing identifies it")
        _must_be_a_moment(self.start_time, "start")
        if self.end_time is not None:
            _must_be_a_moment(self.end_time, "end")
            if self.end_time < self.start_time:
                raise Untrusted("it ends before it starts")
            if self.end_time - self.start_time > LONGEST_LISTING:
                raise Untrusted("it spans a whole season, so its dates are not those of one event")
        if self.timezone not in TIME_ZONES:
            raise Untrusted(f"there is no time zone {self.timezone!r}")

    @property
    def ends_by(self) -> datetime:
        """When it is over: the end the page gives, else two hours after the start."""
        return self.end_time or self.start_time + DEFAULT_LENGTH


def _must_be_a_moment(moment: datetime, which: str) -> None:
    if moment.tzinfo is None:
        raise Untrusted(f"its {which} has no offset from UTC")
    if not 1970 < moment.year < 3000:
        raise Untrusted(f"its {which} is in {moment.year}, which is no date")


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item or page that was not taken. `what` names it (a title, id or file), `reason` says why, for a person."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser read out of one page."""

    listings: tuple[Listing, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScrapeResult:
    """All that one run of a source brought, each occurrence once."""

    source: Source
    listings: tuple[Listing, ...]
    rejected: tuple[Rejected, ...] = ()
    warnings: tuple[str, ...] = ()


def combine_pages(
    source: Source, pages: Sequence[tuple[FetchedPage, Parsed]], missing: Sequence[Rejected] = ()
) -> ScrapeResult:
    """Join what the pages of one run told; `missing` are the pages that could not be had.

    Of an occurrence told twice the first telling counts. One that was over when its page was fetched is rejected:
    sites leave the data of old events in the pages of new ones.
    """
    first: dict[str, Listing] = {}
    rejected = list(missing)
    for page, parsed in pages:
        rejected += parsed.rejected
        for listing in parsed.listings:
            if page.fetched_at is not None and listing.ends_by <= page.fetched_at:
                rejected.append(Rejected(listing.name, "it was already over when the page was fetched"))
            else:
                first.setdefault(listing.source_id, listing)
    warnings = dict.fromkeys(warning for _, parsed in pages for warning in parsed.warnings)
    return ScrapeResult(source, tuple(first.values()), tuple(rejected), tuple(warnings))


def reason_to_quarantine(harvest: ScrapeResult, last_healthy: int | None) -> str | None:
    """Why a run must not be stored (D4), or None when it looks right.

    `last_healthy` is how many listings the last stored run of the same kind found; None when there was none.
    """
    found = len(harvest.listings)
    if found == 0:
        return "it found no event at all"
    if last_healthy and found < last_healthy * SHRUNK_TO:
        return f"it found {found} events where the last good run found {last_healthy}"
    if found >= 5 and len({listing.name for listing in harvest.listings}) == 1:
        return f"all {found} events have the same name"
    return None


class ListingChange(StrEnum):
    """What storing a listing did."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run of one source went. `failure` is why nothing was stored, None when it was; `scope` says what was
    looked at (city and number of pages), None for pages that were handed over.
    """

    source: Source
    scope: str | None
    started_at: datetime
    finished_at: datetime
    found: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: tuple[Rejected, ...] = ()
    warnings: tuple[str, ...] = ()
    failure: str | None = None
    quarantined: bool = False


def event_values(listing: Listing) -> dict[str, object]:
    """A listing as the fields of an event, by their names in the catalog.

    Its deadline is its start; its capacity is not ours to know; an unknown price stays unknown.
    """
    return {
        "origin": listing.source.value,
        "name": listing.name.strip()[:MAX_NAME],
        "description": listing.description[:MAX_DESCRIPTION],
        "category": listing.category,
        "tags": listing.tags,
        "venue": listing.venue or ("Online" if listing.online else None),
        "city": listing.city,
        "country": listing.country,
        "latitude": listing.latitude,
        "longitude": listing.longitude,
        "start_time": listing.start_time.astimezone(UTC),
        "end_time": listing.ends_by.astimezone(UTC),
        "registration_deadline": listing.start_time.astimezone(UTC),
        "timezone": listing.timezone,
        "price": listing.price,
        "currency": listing.currency or "EUR",
        "status": "cancelled" if listing.cancelled else "open",
        "source_url": listing.url,
    }
