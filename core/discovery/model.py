"""Listings of events that other sites publish, and the checks that decide whether to store them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from core.discovery.errors import UnknownCity, UntrustedItem
from core.shared.event_limits import MAX_TAG_LENGTH, MAX_TAGS, TEXT_LIMITS
from core.shared.ids import RunId
from core.shared.money import DEFAULT_CURRENCY, round_amount
from core.shared.text import is_visible
from core.shared.timezones import TIME_ZONES, zone_of

MAX_EVENT_DURATION = timedelta(days=60)
"""A listing that lasts longer is a series, an exhibition or a mistake: its dates are not those of one event."""

DEFAULT_DURATION = timedelta(hours=2)
MAX_KEY_LENGTH = 200
MIN_SHARE_OF_LAST_RUN = 0.3
"""A run that finds less than this share of what the last healthy run found is quarantined."""


class Source(StrEnum):
    """A site that listings come from; `web` is any page with schema.org data."""

    EVENTBRITE = "eventbrite"
    DICE = "dice"
    MEETUP = "meetup"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class City:
    """A city to search for events: its coordinates, to check what a site really served, and its slug on each source."""

    name: str
    country: str
    latitude: float
    longitude: float
    slugs: Mapping[Source, str] = field(default_factory=dict)


def city_slug(source: Source, city: City | None) -> str:
    """Return the name of the city in the URLs of a source. Raises UnknownCity."""
    if city is None:
        raise UnknownCity(f"{source.value} lists its events by city. Name a city.")
    if source not in city.slugs:
        raise UnknownCity(f"{source.value} has no known page for {city.name}.")
    return city.slugs[source]


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A web page: `url` after redirects, if known; `body` as received; `fetched_at` None when unknown.

    `requested_city` is the city the page was requested for, None when unknown. `number` is the position in a paged
    list, from 1; an independent page has number 1. The events of an old page can be moved by whole weeks.
    """

    url: str
    body: bytes
    fetched_at: datetime | None
    requested_city: City | None = None
    number: int = 1
    weeks_to_move: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """One event as one source describes it.

    Times have a UTC offset; `timezone` is an IANA name. `price` is that of the cheapest available ticket, fees
    included, in major units with the decimals of its currency; None means unknown, not free. `sold_out` is None when
    unknown. `evidence` names the part of the page that was parsed. Each occurrence of a series is a listing of its own.

    Raises UntrustedItem when the name or the identity is missing, a time is naive or implausible, the time zone is
    unknown, or the event ends before it starts or lasts longer than MAX_EVENT_DURATION.
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
        if not is_visible(self.name):
            raise UntrustedItem("it has no name")
        if not self.source_id or not self.url.startswith(("https://", "http://")):
            raise UntrustedItem("it has no id or no web address")
        _must_be_plausible(self.start_time, "start")
        if self.end_time is not None:
            _must_be_plausible(self.end_time, "end")
            if self.end_time < self.start_time:
                raise UntrustedItem("it ends before it starts")
            if self.end_time - self.start_time > MAX_EVENT_DURATION:
                raise UntrustedItem(
                    f"it lasts longer than {MAX_EVENT_DURATION.days} days, so these are not the dates of one event"
                )
        if self.timezone not in TIME_ZONES:
            raise UntrustedItem(f"its time zone {self.timezone!r} is unknown")
        if self.price is not None:
            object.__setattr__(self, "price", round_amount(self.price, self.currency or DEFAULT_CURRENCY))

    @property
    def key(self) -> str:
        """What its event is found by among those of its source: its id, or the hash of one too long for an index."""
        if len(self.source_id) <= MAX_KEY_LENGTH:
            return self.source_id
        return f"sha256:{sha256(self.source_id.encode()).hexdigest()}"

    @property
    def expected_end(self) -> datetime:
        """The end the page states, else two hours after the start."""
        return self.end_time or self.start_time + DEFAULT_DURATION

    def moved_by(self, weeks: int) -> Listing:
        """Return it that many weeks later, at the same local time."""
        zone, distance = zone_of(self.timezone), timedelta(weeks=weeks)
        return replace(
            self,
            start_time=self.start_time.astimezone(zone) + distance,
            end_time=self.end_time and self.end_time.astimezone(zone) + distance,
        )


def _must_be_plausible(time: datetime, which: str) -> None:
    if time.tzinfo is None:
        raise UntrustedItem(f"its {which} has no UTC offset")
    if not 1970 < time.year < 3000:
        raise UntrustedItem(f"its {which} is in the year {time.year}, which is implausible")


@dataclass(frozen=True, slots=True)
class Rejection:
    """An item or page that was not accepted. `what` names it (a title, id or file); `reason` says why, for a person."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """The result of parsing one page."""

    listings: tuple[Listing, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScrapeResult:
    """The listings that one run of a source found, each occurrence once."""

    source: Source
    listings: tuple[Listing, ...]
    rejected: tuple[Rejection, ...] = ()
    warnings: tuple[str, ...] = ()


def combine_pages(
    source: Source, pages: Sequence[tuple[FetchedPage, ParsedPage]], missing: Sequence[Rejection] = ()
) -> ScrapeResult:
    """Combine the pages of one run; `missing` are the pages that could not be fetched.

    The first listing of an occurrence wins. An event that had ended when its page was fetched is rejected: sites
    leave the data of old events in the pages of new ones.
    """
    first: dict[str, Listing] = {}
    rejected = list(missing)
    for page, parsed in pages:
        rejected += parsed.rejected
        for listing in parsed.listings:
            if page.fetched_at is not None and listing.expected_end <= page.fetched_at:
                rejected.append(Rejection(listing.name, "it had already ended when the page was fetched"))
            else:
                first.setdefault(listing.key, listing.moved_by(page.weeks_to_move) if page.weeks_to_move else listing)
    warnings = dict.fromkeys(warning for _, parsed in pages for warning in parsed.warnings)
    return ScrapeResult(source, tuple(first.values()), tuple(rejected), tuple(warnings))


def reason_to_quarantine(result: ScrapeResult, last_healthy: int | None) -> str | None:
    """Return why a run must not be stored, or None if it looks right.

    `last_healthy` is the number of listings in the last stored run of the same scope; None when there was none.
    """
    found = len(result.listings)
    if found == 0:
        return "it found no events"
    if last_healthy and found < last_healthy * MIN_SHARE_OF_LAST_RUN:
        return f"it found {found} events and the last good run found {last_healthy}"
    if found >= 5 and len({listing.name for listing in result.listings}) == 1:
        return f"all {found} events have the same name"
    return None


class ListingChange(StrEnum):
    """What happened to the event when its listing was stored."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class RunReport:
    """The outcome of one run of one source. `failure` is why nothing was stored, None on success; `scope` is the
    city and number of pages searched, None for saved pages.
    """

    source: Source
    scope: str | None
    started_at: datetime
    finished_at: datetime
    found: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: tuple[Rejection, ...] = ()
    warnings: tuple[str, ...] = ()
    failure: str | None = None
    quarantined: bool = False

    @property
    def outcome(self) -> RunOutcome:
        if self.failure is None:
            return RunOutcome.STORED
        return RunOutcome.QUARANTINED if self.quarantined else RunOutcome.FAILED


class RunOutcome(StrEnum):
    """How a run ended."""

    STORED = "stored"
    QUARANTINED = "quarantined"
    """It looked wrong, so nothing of it was stored."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it is kept in the history."""

    id: RunId
    report: RunReport


def event_values(listing: Listing) -> dict[str, object]:
    """Return a listing as the fields of an event, by their names in the catalog.

    The registration deadline is the start; the capacity is left out, since it is unknown; an unknown price stays None.
    Texts that are too long are cut off.
    """
    texts = {
        "name": listing.name.strip(),
        "description": listing.description,
        "category": listing.category,
        "venue": listing.venue or ("Online" if listing.online else None),
        "city": listing.city,
        "country": listing.country,
    }
    return {
        "origin": listing.source.value,
        **{field: text and text[: TEXT_LIMITS[field]] for field, text in texts.items()},
        "tags": tuple(tag[:MAX_TAG_LENGTH] for tag in listing.tags[:MAX_TAGS]),
        "latitude": listing.latitude,
        "longitude": listing.longitude,
        "start_time": listing.start_time.astimezone(UTC),
        "end_time": listing.expected_end.astimezone(UTC),
        "registration_deadline": listing.start_time.astimezone(UTC),
        "timezone": listing.timezone,
        "price": listing.price,
        "currency": listing.currency or DEFAULT_CURRENCY,
        "status": "cancelled" if listing.cancelled else "open",
        "source_url": listing.url,
    }
