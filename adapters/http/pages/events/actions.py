"""What a visitor can do with an event: one sentence and one button for each state.

The first state that applies counts: a cancelled event is that for everybody; one's own booking comes before what others
could do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from adapters.http.pages.shared.filters import (
    count_of,
    format_clock,
    format_day,
    format_moment,
    format_money,
    format_zone,
    ordinal,
)
from core.booking.model import ACTIVE, BookingStatus
from core.booking.ports import BookingView
from core.catalog.model import BOOKABLE_ORIGINS, Event, EventStatus, EventView, Origin, SourceRecord

_SELLERS = {Origin.EVENTBRITE: "Eventbrite", Origin.DICE: "Dice", Origin.MEETUP: "Meetup"}
_ORDER = (BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.WAITLISTED)


@dataclass(frozen=True, slots=True)
class Button:
    """A link that does the next step. One to another site says so."""

    label: str
    path: str
    is_external: bool = False


class Count(StrEnum):
    """A number in what is said, which changes while the page is open."""

    PLACES = "places"
    """In the headline: the places left."""
    LINE = "line"
    """In the sentence: the parties that wait."""
    POSITION = "position"
    """In the headline: one's own place in line."""


@dataclass(frozen=True, slots=True)
class Action:
    """What is said and offered. `tone` colours it: `go`, `moon` for what is one's own, `soft` for what is over. `count`
    is the number that it says.
    """

    headline: str
    sentence: str
    tone: str = "go"
    button: Button | None = None
    other: Button | None = None
    is_over: bool = False
    count: Count | None = None


def own_booking(bookings: Sequence[BookingView]) -> BookingView | None:
    """Return the booking that matters most to its owner: one to pay, then one to go with, then one that waits."""
    active = [view for view in bookings if view.booking.status in ACTIVE]
    return min(active, key=lambda view: _ORDER.index(view.booking.status), default=None)


def action_of(view: EventView, own: BookingView | None, now: datetime, *, is_member: bool) -> Action:
    """Return what the page of an event says and offers now."""
    event = view.event
    if event.status is EventStatus.CANCELLED:
        sentence = "Everybody with a booking was notified, and payments are refunded."
        return Action("This night was cancelled", sentence, "stop", is_over=True)
    if own is not None and (now < event.start_time or own.booking.status is BookingStatus.CONFIRMED):
        return _own_action(own, now)
    return _past_action(event, now) or _closed_action(view, now) or _booking_action(event, is_member=is_member)


def _own_action(view: BookingView, now: datetime) -> Action:
    booking, event = view.booking, view.event
    page = f"/bookings/{booking.id}"
    places = ", ".join(booking.seats) or count_of(booking.quantity, "place")
    verb = "is" if booking.quantity == 1 else "are"
    if booking.status is BookingStatus.WAITLISTED:
        place = f"You are {ordinal(view.position)} in line" if view.position else "You are in line"
        sentence = f"{count_of(booking.quantity, 'place')} asked for. Nobody overtakes, and an email tells you."
        leave = Button("Leave", f"{page}/cancel")
        return Action(place, sentence, "moon", Button("See my place in line", page), leave, count=Count.POSITION)
    if booking.status is BookingStatus.CONFIRMED:
        if now >= event.end_time:
            return Action("You were there", f"Your booking: {places}.", "soft", Button("See my booking", page))
        return Action(
            "You are going",
            f"{places}. Show {'its code' if booking.quantity == 1 else 'their codes'} at the door.",
            "moon",
            Button("Show my tickets", page),
        )
    if booking.paying or booking.expires_at is None:
        sentence = "Your places stay held. Please don't pay again."
        return Action("Your payment is being checked", sentence, "moon", Button("See my booking", page))
    until = format_clock(booking.expires_at, event.timezone)
    price = format_money(booking.amount, booking.currency)
    held = "Held for you until you pay; after that, others can have them."
    offered = "They came free, and you are next. After that, others can have them."
    return Action(
        f"{places} {verb} yours until {until}, {format_zone(event.timezone)}",
        offered if view.is_offer else held,
        "moon",
        Button(f"Pay {price}", f"{page}/pay"),
        Button("Give them back", f"{page}/cancel"),
    )


def _past_action(event: Event, now: datetime) -> Action | None:
    """Return what is said of an event that has begun; None of one to come."""
    zone = event.timezone
    if now >= event.end_time:
        sentence = f"It ended on {format_day(event.end_time, zone)}."
        return Action("This night is over", sentence, "soft", is_over=True)
    if now >= event.start_time:
        headline = f"It began at {format_clock(event.start_time, zone)}"
        return Action(headline, "It can no longer be booked.", "soft", is_over=True)
    return None


def _closed_action(view: EventView, now: datetime) -> Action | None:
    """Return why an event to come can't be booked here; None if it can."""
    event, zone = view.event, view.event.timezone
    if event.status is EventStatus.INACTIVE:
        sentence = "Only you and the administrators see this page."
        return Action("This event is hidden", sentence, "soft", Button("Open the desk", f"/desk/events/{event.id}"))
    if event.origin not in BOOKABLE_ORIGINS:
        return _gathered_action(view)
    if event.status is EventStatus.CLOSED:
        return Action("Booking is closed", "The organizer takes no bookings at the moment.", "soft", is_over=True)
    if now >= event.registration_deadline:
        sentence = f"It could be booked until {format_moment(event.registration_deadline, zone)}."
        return Action("Booking has ended", sentence, "soft", is_over=True)
    if event.price is None:
        return Action("It can't be booked here", "Its price is not known.", "soft")
    return None


def _gathered_action(view: EventView) -> Action:
    names = list(dict.fromkeys(seller_of(source) for source in view.sources))
    path = view.event.source_url or (view.sources[0].url if view.sources else None)
    if path is None:
        return Action("Sold elsewhere", "We found this night, but don't know where it is sold.", "soft")
    name = next((seller_of(source) for source in view.sources if source.url == path), None)
    name = name or urlsplit(path).hostname or "another site"
    sentence = "We found this night for you. It is booked there, not here."
    return Action(
        f"Sold by {' and '.join(names) or name}", sentence, "go", Button(f"Go to {name}", path, is_external=True)
    )


def _booking_action(event: Event, *, is_member: bool) -> Action:
    page = f"/events/{event.id}"
    is_full = event.waitlist_count > 0 or event.available == 0
    label = "Join without an account" if is_full else "Register without an account"
    register = None if is_member or not event.is_free else Button(label, f"{page}/register")
    if is_full:
        join = Button("Join the line", f"{page}/book")
        return Action("Full", line_sentence(event.waitlist_count), "moon", join, register, count=Count.LINE)
    if event.available is None:
        headline, count = "There is room for everybody", None
    else:
        headline, count = f"{event.available} of {event.capacity} left", Count.PLACES
    sentence = "Free, and confirmed at once." if event.is_free else "Places are held while you pay."
    if event.seats_per_row is not None:
        other = register or Button("Best seats together", f"{page}/book")
        return Action(headline, sentence, "go", Button("Choose seats", f"{page}/seats"), other, count=count)
    return Action(headline, sentence, "go", Button("Book", f"{page}/book"), register, count=count)


def line_sentence(waiting: int) -> str:
    """Return what is said of a full event for which so many parties wait. `live/places.js` has the same words."""
    line = f"{count_of(waiting, 'party waits', 'parties wait')}; you would be {ordinal(waiting + 1)}."
    return f"{line if waiting else 'Nobody waits yet; you would be first.'} Nobody overtakes."


def seller_of(source: SourceRecord) -> str:
    """Return the name of a source as people know it: that of its site."""
    return _SELLERS.get(source.source) or (urlsplit(source.url).hostname or "").removeprefix("www.") or "another site"


def time_ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something was: `just now`, `12 min ago`, `3 h ago`, `2 days ago`."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} days ago"
