"""Events: their fields, defaults and validity rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypedDict

from core.catalog.areas import Area, find_position_errors
from core.catalog.errors import EventCancelled, EventNotFound
from core.shared.access import Principal
from core.shared.errors import Forbidden, InvalidFields
from core.shared.event_limits import MAX_TAG_LENGTH, MAX_TAGS, TEXT_LIMITS
from core.shared.ids import AreaId, EventId, UserId
from core.shared.images import Image
from core.shared.money import DEFAULT_CURRENCY, FREE, find_price_errors, round_amount
from core.shared.text import find_name_mistake, name_key
from core.shared.times import to_rfc3339
from core.shared.timezones import NO_TIME_ZONE, TIME_ZONES, zone_of
from core.shared.validation import FieldError, must_be_valid, must_not_become_invalid
from core.shared.versions import Version, date_of_edit, version_of

DEFAULT_DURATION = timedelta(hours=2)
MAX_CAPACITY = 1_000_000
_NAME_FIELDS = ("name", "category", "venue", "city", "country")


class EventStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    """Visible, not bookable."""
    INACTIVE = "inactive"
    """Hidden from all but its organizer and admins."""
    CANCELLED = "cancelled"


class Origin(StrEnum):
    """Where an event came from. Only events of the platform and of its partners can be booked here."""

    LOCAL = "local"
    EVENTBRITE = "eventbrite"
    DICE = "dice"
    MEETUP = "meetup"
    WEB = "web"
    ICS = "ics"
    PARTNER = "partner"


BOOKABLE_ORIGINS = frozenset({Origin.LOCAL, Origin.PARTNER})


def is_sold_here(origin: Origin, price: Decimal | None) -> bool:
    """Return whether this platform sells the places of such an event; an unknown price can't be charged."""
    return origin in BOOKABLE_ORIGINS and price is not None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One source that published an event.

    `price` is what it asks for the cheapest ticket, fees included; None means unknown, as does `is_sold_out` None.
    """

    source: Origin
    source_id: str
    url: str
    first_seen: datetime
    last_seen: datetime
    price: Decimal | None = None
    currency: str | None = None
    is_sold_out: bool | None = None


class EventFields(TypedDict, total=False):
    """The fields that an organizer can set. An omitted field keeps its value; None resets it to its default.

    A start or a deadline that is a date without a time is the beginning of that day in the event's time zone.
    """

    name: str
    description: str | None
    category: str | None
    tags: tuple[str, ...] | None
    venue: str | None
    area_id: AreaId | None
    city: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    start_time: datetime | date
    end_time: datetime | None
    timezone: str | None
    registration_deadline: datetime | date | None
    capacity: int | None
    price: Decimal | None
    currency: str | None
    status: EventStatus | None


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it is stored. Times are in UTC; `timezone` is the time zone of the location, to display them in.

    `capacity` None means unlimited; `price` None means unknown (a gathered event whose page does not state it), not
    free. Booking maintains `booked_count`, `waitlist_count` and `seats_per_row`; an edit never changes them.
    `updated_at` is the time of the last edit; bookings do not change it.
    """

    id: EventId
    name: str
    start_time: datetime
    end_time: datetime
    timezone: str
    registration_deadline: datetime
    status: EventStatus
    origin: Origin
    created_at: datetime
    updated_at: datetime
    description: str = ""
    category: str | None = None
    tags: tuple[str, ...] = ()
    venue: str | None = None
    area_id: AreaId | None = None
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    capacity: int | None = None
    booked_count: int = 0
    waitlist_count: int = 0
    seats_per_row: int | None = None
    price: Decimal | None = FREE
    currency: str = DEFAULT_CURRENCY
    organizer_id: UserId | None = None
    source_url: str | None = None

    @property
    def version(self) -> Version:
        return version_of(self.updated_at)

    @property
    def available(self) -> int | None:
        """Places left; None when unlimited."""
        return None if self.capacity is None else self.capacity - self.booked_count

    @property
    def utilization(self) -> float:
        """The booked share of the capacity, 0 to 1; 0 when unlimited."""
        return self.booked_count / self.capacity if self.capacity else 0.0

    @property
    def is_free(self) -> bool:
        return self.price == 0

    def is_bookable(self, now: datetime) -> bool:
        """Return whether the event accepts bookings at `now`; it may still be sold out."""
        return (
            self.status is EventStatus.OPEN
            and is_sold_here(self.origin, self.price)
            and now < self.registration_deadline
        )

    def is_visible_to(self, viewer: Principal | None) -> bool:
        return self.status is not EventStatus.INACTIVE or (viewer is not None and viewer.manages(self.organizer_id))

    def must_be_managed_by(self, person: Principal) -> None:
        """Raise Forbidden unless this is its organizer or an admin, or EventNotFound if it is hidden from them."""
        if not self.is_visible_to(person):
            raise EventNotFound("There is no such event.")
        if not person.manages(self.organizer_id):
            raise Forbidden("Only its organizer and admins may do that.")


@dataclass(frozen=True, slots=True)
class EventView:
    """An event with its area, its source records, and its images in the order of their display."""

    event: Event
    area: Area | None
    sources: tuple[SourceRecord, ...]
    images: tuple[Image, ...] = ()

    @property
    def location(self) -> str:
        """The venue, or else the area, and the city, on one line; empty while the place is to be announced."""
        where = self.event.venue or (self.area.name if self.area else None)
        return ", ".join(part for part in (where, self.event.city) if part)


def changes_of_place_or_time(before: EventView, after: EventView) -> dict[str, str]:
    """Return the old values of the start, end and place that an edit changed, to notify people with bookings."""
    values = {
        "start_time": (to_rfc3339(before.event.start_time), to_rfc3339(after.event.start_time)),
        "end_time": (to_rfc3339(before.event.end_time), to_rfc3339(after.event.end_time)),
        "place": (before.location, after.location),
    }
    return {name: old for name, (old, new) in values.items() if old != new}


FIELDS_OWNED_BY_BOOKING = frozenset({"capacity", "booked_count", "waitlist_count", "seats_per_row"})
"""The fields that only booking writes; saving an edited event leaves them unchanged."""

_NAMES = frozenset(field.name for field in fields(Event))
_STARTS_IN_THE_PAST = ("start_time", "Must be in the future.")


def create_event(event_id: EventId, *, by: Principal, now: datetime, wanted: EventFields) -> Event:
    """Return a new event with the wanted fields, and defaults for the others. It must not start in the past.

    Raises InvalidFields.
    """
    missing = {name: ["Is required."] for name in ("name", "start_time") if wanted.get(name) is None}
    if missing:
        raise InvalidFields(missing)
    must_not_cancel(wanted)
    start: datetime = _resolve_day(wanted["start_time"], wanted.get("timezone"))
    defaults = Event(
        id=event_id,
        name=wanted["name"],
        start_time=start,
        end_time=start + DEFAULT_DURATION,
        timezone="UTC",
        registration_deadline=start,
        status=EventStatus.OPEN,
        origin=Origin.LOCAL,
        created_at=now,
        updated_at=now,
        organizer_id=by.user_id,
    )
    event = replace(defaults, **_fill_defaults(defaults, wanted))
    must_be_valid([*_find_errors(event), *([_STARTS_IN_THE_PAST] if start <= now else [])])
    return _normalise(event)


def change_event(event: Event, wanted: EventFields, now: datetime) -> Event:
    """Return the event with the wanted changes; the other fields keep their values.

    A new start shifts the end and the deadline by the same time, unless they are given too. It must not be in the
    past, unless that is the start it had.

    Raises InvalidFields for what the change gives or causes, not for values that were invalid before and are kept.
    Raises EventCancelled when it would reopen a cancelled event.
    """
    must_not_cancel(wanted)
    if event.status is EventStatus.CANCELLED and "status" in wanted:
        raise EventCancelled("A cancelled event can't be reopened. Create a new event.")
    start: datetime = _resolve_day(wanted.get("start_time") or event.start_time, wanted.get("timezone", event.timezone))
    shift = start - event.start_time
    shifted = replace(
        event,
        end_time=event.end_time + shift,
        registration_deadline=event.registration_deadline + shift,
        updated_at=date_of_edit(now, event.updated_at),
    )
    changed = replace(shifted, **_fill_defaults(replace(shifted, start_time=start), wanted))
    errors = [*_find_errors(changed), *([_STARTS_IN_THE_PAST] if shift and start <= now else [])]
    must_not_become_invalid(_find_errors(event), errors, given=wanted.keys())
    return _normalise(changed)


def _resolve_day(value: Any, timezone: str | None) -> Any:
    """Return the moment at which a day begins in the time zone (None is UTC), and any other value as it is."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time.min, zone_of(timezone or "UTC")).astimezone(UTC)
    return value


def must_not_cancel(wanted: EventFields) -> None:
    """Raise InvalidFields if an edit would cancel the event."""
    if wanted.get("status") is EventStatus.CANCELLED:
        raise InvalidFields(
            {"status": ["To cancel the event, use the cancel operation: it notifies everybody with a booking."]}
        )


def _fill_defaults(event: Event, wanted: EventFields) -> dict[str, Any]:
    """Return the wanted values, with None replaced by the default of the field, and days by moments."""
    timezone = wanted.get("timezone", event.timezone)
    defaults: dict[str, Any] = {
        "name": event.name,
        "start_time": event.start_time,
        "end_time": event.start_time + DEFAULT_DURATION,
        "registration_deadline": event.start_time,
        "timezone": "UTC",
        "description": "",
        "tags": (),
        "price": FREE,
        "currency": DEFAULT_CURRENCY,
        "status": EventStatus.OPEN,
    }
    return {
        name: defaults.get(name) if value is None else _resolve_day(value, timezone)
        for name, value in wanted.items()
        if name in _NAMES
    }


def _normalise(event: Event) -> Event:
    price = None if event.price is None else round_amount(event.price, event.currency)
    venue = (event.venue or "").strip() or None
    return replace(event, name=event.name.strip(), venue=venue, tags=_distinct_tags(event.tags), price=price)


def _distinct_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags without surrounding spaces, each in its first spelling."""
    distinct: dict[str, str] = {}
    for tag in tags:
        distinct.setdefault(name_key(tag), tag.strip())
    return tuple(distinct.values())


def _find_errors(event: Event) -> Iterator[FieldError]:
    yield from _find_text_errors(event)
    yield from _find_time_errors(event)
    yield from find_position_errors(event.latitude, event.longitude)
    if event.capacity is not None and not 1 <= event.capacity <= MAX_CAPACITY:
        yield "capacity", f"Must be 1 to {MAX_CAPACITY}, or null for unlimited."
    yield from find_price_errors(event.price, event.currency)


def _find_text_errors(event: Event) -> Iterator[FieldError]:
    if len(event.description) > TEXT_LIMITS["description"]:
        yield "description", f"Must not be longer than {TEXT_LIMITS['description']} characters."
    for field in _NAME_FIELDS:
        name = getattr(event, field)
        if (name or field == "name") and (mistake := find_name_mistake(name, TEXT_LIMITS[field])):
            yield field, mistake
    if len(event.tags) > MAX_TAGS:
        yield "tags", f"At most {MAX_TAGS} tags."
    yield from (("tags", mistake) for tag in event.tags if (mistake := find_name_mistake(tag, MAX_TAG_LENGTH)))


def _find_time_errors(event: Event) -> Iterator[FieldError]:
    if event.timezone not in TIME_ZONES:
        yield "timezone", NO_TIME_ZONE
    if event.end_time <= event.start_time:
        yield "end_time", "Must be after the start."
    if event.registration_deadline > event.start_time:
        yield "registration_deadline", "Must not be after the start."
