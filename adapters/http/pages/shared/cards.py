"""What a card of an event shows, wherever events are listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from adapters.http.pages.shared.badges import Badge
from adapters.http.pages.shared.photos import Photo, photo_of
from core.catalog.model import BOOKABLE_ORIGINS, Event, EventStatus, EventView
from core.shared.text import to_single_line
from core.shared.timezones import zone_of

FEW_LEFT, FEW_SHARE = 10, 0.2
"""At most so many places, and at most this share of all, are few."""


@dataclass(frozen=True, slots=True)
class EventCard:
    """An event in a list, with its photo if it has one, or else its poster. In one by distance it has a `number`, and
    says how far it is.
    """

    event: Event
    place: str
    badge: Badge | None
    day: date
    has_begun: bool
    photo: Photo | None = None
    number: int | None = None
    distance: str = ""


@dataclass(frozen=True, slots=True)
class CardGroup:
    """The events of one day; `day` None has those that have begun already."""

    day: date | None
    cards: Sequence[EventCard]


def card_of(view: EventView, now: datetime) -> EventCard:
    """Return the card of an event."""
    event = view.event
    day = event.start_time.astimezone(zone_of(event.timezone)).date()
    return EventCard(
        event,
        to_single_line(view.location),
        badge_of(event),
        day,
        event.start_time <= now,
        photo_of(view.images[0]) if view.images else None,
    )


def badge_of(event: Event) -> Badge | None:
    """Return what one should know of an event before one opens it, if anything."""
    if event.status is EventStatus.CANCELLED:
        return Badge("stop", "Cancelled")
    if event.status is not EventStatus.OPEN:
        return Badge("", "Booking closed")
    if event.origin not in BOOKABLE_ORIGINS or event.available is None or event.capacity is None:
        return None
    if event.available <= 0:
        return Badge("", "Full, with a line" if event.waitlist_count else "Full")
    if event.available <= min(FEW_LEFT, event.capacity * FEW_SHARE):
        return Badge("moon", f"{event.available} left")
    return None


def group_by_day(cards: Iterable[EventCard]) -> list[CardGroup]:
    """Return the cards by the days on which they start, in the time zones of the events."""
    groups: dict[date | None, list[EventCard]] = {}
    for card in cards:
        groups.setdefault(None if card.has_begun else card.day, []).append(card)
    order = sorted(groups, key=lambda day: day or date.min)
    return [CardGroup(day, sorted(groups[day], key=_local_start)) for day in order]


def _local_start(card: EventCard) -> datetime:
    """Return the time on the clocks there: in a day, people expect the order of these."""
    return card.event.start_time.astimezone(zone_of(card.event.timezone)).replace(tzinfo=None)
