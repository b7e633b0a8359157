"""Events and areas: what they are made of, and when they make sense (C1-C4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypedDict

from core.catalog.areas import Area, place_complaints
from core.catalog.errors import EventCancelled, EventNotFound
from core.shared.access import Principal
from core.shared.errors import Forbidden, InvalidFields
from core.shared.ids import AreaId, EventId, UserId
from core.shared.money import Money
from core.shared.timezones import NO_TIME_ZONE, TIME_ZONES
from core.shared.versions import Version, date_of_edit, version_of

DEFAULT_LENGTH = timedelta(hours=2)
DEFAULT_CURRENCY = "EUR"
MAX_CAPACITY = 1_000_000
MAX_TAGS, MAX_TAG = 20, 50
TEXT_LIMITS = {"name": 200, "description": 20_000, "category": 60, "venue": 200, "city": 100, "country": 100}


class EventStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    """Visible, not bookable."""
    INACTIVE = "inactive"
    """Hidden from all but its organizer and admins."""
    CANCELLED = "cancelled"


class Origin(StrEnum):
    """Where an event came from. Only the platform's own and a partner's can be booked here (B13)."""

    LOCAL = "local"
    EVENTBRITE = "eventbrite"
    DICE = "dice"
    MEETUP = "meetup"
    WEB = "web"
    ICS = "ics"
    PARTNER = "partner"


BOOKABLE_ORIGINS = frozenset({Origin.LOCAL, Origin.PARTNER})


def is_sold_here(origin: Origin, price: Decimal | None) -> bool:
    """Whether the places of such an event are this platform's to give (B13); an unknown price can't be asked for."""
    return origin in BOOKABLE_ORIGINS and price is not None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One source that told of an event (D5)."""

    source: Origin
    source_id: str
    url: str
    first_seen: datetime
    last_seen: datetime


class EventFields(TypedDict, total=False):
    """What an organizer can say of an event. A field left out keeps its value; None asks for its default."""

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
    start_time: datetime
    end_time: datetime | None
    timezone: str | None
    registration_deadline: datetime | None
    capacity: int | None
    price: Decimal | None
    currency: str | None
    status: EventStatus | None


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it is stored. Times are moments in UTC; `timezone` is where its visitors live.

    `capacity` None is unlimited; `price` None is unknown (a gathered event whose page does not say), which is
    not free. `booked_count`, `waitlist_count` and `seats_per_row` are kept by booking, never by an edit; `updated_at`
    is the date of the last edit, and no booking changes it.
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
    price: Decimal | None = Decimal("0.00")
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
        """The booked part of the capacity, 0 to 1; 0 when unlimited."""
        return self.booked_count / self.capacity if self.capacity else 0.0

    @property
    def is_free(self) -> bool:
        return self.price == 0

    def is_bookable(self, now: datetime) -> bool:
        """Whether a place can be asked for (B13); it may still be sold out."""
        return (
            self.status is EventStatus.OPEN
            and is_sold_here(self.origin, self.price)
            and now < self.registration_deadline
        )

    def is_visible_to(self, viewer: Principal | None) -> bool:
        return self.status is not EventStatus.INACTIVE or (viewer is not None and viewer.manages(self.organizer_id))

    def must_be_managed_by(self, person: Principal) -> None:
        """Raises Forbidden for all but its organizer and admins, and EventNotFound when it is hidden from them."""
        if not self.is_visible_to(person):
            raise EventNotFound("There is no such event.")
        if not person.manages(self.organizer_id):
            raise Forbidden("Only its organizer and admins may do that.")


@dataclass(frozen=True, slots=True)
class EventView:
    """An event as it is shown: with its area, and with every source that told of it."""

    event: Event
    area: Area | None
    sources: tuple[SourceRecord, ...]

    @property
    def place(self) -> str:
        """Where it is in a line: the venue, or else the area, and the city."""
        where = self.event.venue or (self.area.name if self.area else None)
        return ", ".join(part for part in (where, self.event.city) if part)


def changes_of_place_or_time(before: EventView, after: EventView) -> dict[str, str]:
    """What is no longer true of when and where an event takes place, for those who have planned for it."""
    was = {
        "start_time": (before.event.start_time.isoformat(), after.event.start_time.isoformat()),
        "end_time": (before.event.end_time.isoformat(), after.event.end_time.isoformat()),
        "place": (before.place, after.place),
    }
    return {name: old for name, (old, new) in was.items() if old != new}


KEPT_BY_BOOKING = frozenset({"capacity", "booked_count", "waitlist_count", "seats_per_row"})
"""What storing an edited event leaves as it is, since booking rules over it."""

_NAMES = frozenset(field.name for field in fields(Event))


def new_event(event_id: EventId, *, by: Principal, now: datetime, wanted: EventFields) -> Event:
    """The event an organizer describes, its gaps filled with defaults. Raises InvalidFields."""
    missing = {name: ["Is required."] for name in ("name", "start_time") if wanted.get(name) is None}
    if missing:
        raise InvalidFields(missing)
    _must_not_cancel(wanted)
    start = wanted["start_time"]
    blank = Event(
        id=event_id,
        name=wanted["name"],
        start_time=start,
        end_time=start + DEFAULT_LENGTH,
        timezone="UTC",
        registration_deadline=start,
        status=EventStatus.OPEN,
        origin=Origin.LOCAL,
        created_at=now,
        updated_at=now,
        organizer_id=by.user_id,
    )
    return _checked(replace(blank, **_settled(blank, wanted)))


def changed_event(event: Event, wanted: EventFields, now: datetime) -> Event:
    """The event with the wanted changes; its other fields stay.

    Moving the start moves the end and the deadline with it, unless they are given too. Raises InvalidFields, or
    EventCancelled when a cancelled event would be reopened.
    """
    _must_not_cancel(wanted)
    if event.status is EventStatus.CANCELLED and "status" in wanted:
        raise EventCancelled("A cancelled event can't be opened again; make a new one.")
    start: datetime = wanted.get("start_time") or event.start_time
    changes_of_place_or_time = start - event.start_time
    shifted = replace(
        event,
        end_time=event.end_time + changes_of_place_or_time,
        registration_deadline=event.registration_deadline + changes_of_place_or_time,
        updated_at=date_of_edit(now, event.updated_at),
    )
    return _checked(replace(shifted, **_settled(replace(shifted, start_time=start), wanted)))


def _must_not_cancel(wanted: EventFields) -> None:
    if wanted.get("status") is EventStatus.CANCELLED:
        raise InvalidFields({"status": ["Cancelling is a step of its own, since those who booked must be told."]})


def _settled(event: Event, wanted: EventFields) -> dict[str, Any]:
    """The wanted values, with None replaced by the default of its field."""
    defaults: dict[str, Any] = {
        "name": event.name,
        "start_time": event.start_time,
        "end_time": event.start_time + DEFAULT_LENGTH,
        "registration_deadline": event.start_time,
        "timezone": "UTC",
        "description": "",
        "tags": (),
        "price": Decimal("0.00"),
        "currency": DEFAULT_CURRENCY,
        "status": EventStatus.OPEN,
    }
    return {name: defaults.get(name) if value is None else value for name, value in wanted.items() if name in _NAMES}


def _checked(event: Event) -> Event:
    errors: dict[str, list[str]] = {}
    for field, message in _complaints(event):
        errors.setdefault(field, []).append(message)
    if errors:
        raise InvalidFields(errors)
    tags = tuple(dict.fromkeys(tag.strip() for tag in event.tags if tag.strip()))
    price = Money(event.price, event.currency).amount if event.price is not None else None
    return replace(event, name=event.name.strip(), tags=tags, price=price)


def _complaints(event: Event) -> Iterator[tuple[str, str]]:
    yield from _text_complaints(event)
    yield from _time_complaints(event)
    yield from place_complaints(event.latitude, event.longitude)
    if not (event.venue or "").strip() and event.area_id is None:
        yield "venue", "Say where it takes place: a venue or an area_id."
    if event.capacity is not None and not 1 <= event.capacity <= MAX_CAPACITY:
        yield "capacity", f"Must be 1 to {MAX_CAPACITY}, or null for no limit."


def _text_complaints(event: Event) -> Iterator[tuple[str, str]]:
    for field, limit in TEXT_LIMITS.items():
        if len(getattr(event, field) or "") > limit:
            yield field, f"Must not be longer than {limit} characters."
    if not event.name.strip():
        yield "name", "Must not be empty."
    if len(event.tags) > MAX_TAGS or any(len(tag) > MAX_TAG for tag in event.tags):
        yield "tags", f"At most {MAX_TAGS} tags of at most {MAX_TAG} characters."


def _time_complaints(event: Event) -> Iterator[tuple[str, str]]:
    if event.timezone not in TIME_ZONES:
        yield "timezone", NO_TIME_ZONE
    if event.end_time <= event.start_time:
        yield "end_time", "Must be after the start."
    if event.registration_deadline > event.start_time:
        yield "registration_deadline", "Must not be after the start."
