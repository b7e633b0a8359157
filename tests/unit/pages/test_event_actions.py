"""What the page of an event says and offers, in each of its states."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.http.pages.events.actions import Action, Button, action_of, own_booking, seller_of, time_ago
from adapters.http.pages.shared.filters import ordinal
from core.booking.model import BookingStatus, EventSummary
from core.booking.ports import BookingView
from core.catalog.model import EventStatus, EventView, Origin, SourceRecord
from core.shared.ids import UserId
from tests.support.builders import NOW, a_booking, a_person, an_event

HOUR = timedelta(hours=1)
VIEWER: UserId = a_person().user_id


def action(*, own: BookingView | None = None, is_member: bool = False, **values: Any) -> Action:
    return action_of(EventView(an_event(**values), None, ()), own, NOW, is_member=is_member)


def a_view(status: BookingStatus, **values: Any) -> BookingView:
    event = an_event()
    summary = EventSummary(
        id=event.id,
        name=event.name,
        start_time=event.start_time,
        end_time=event.end_time,
        timezone=event.timezone,
        venue=event.venue,
        location="",
        organizer_id=None,
        is_hidden=False,
        is_cancelled=False,
    )
    position = values.pop("position", None)
    return BookingView(a_booking(event.id, VIEWER, status=status, **values), summary, position=position)


def label(button: Button | None) -> str | None:
    return button.label if button else None


def test_places_are_counted_and_booked() -> None:
    found = action(capacity=80, booked_count=42)
    assert (found.headline, found.tone, label(found.button)) == ("38 of 80 left", "go", "Book")


def test_an_event_without_a_limit_has_room_for_everybody() -> None:
    assert action(capacity=None).headline == "There is room for everybody"


def test_without_an_account_one_can_register_for_a_free_event_alone() -> None:
    assert label(action().other) == "Register without an account"
    assert action(price=Decimal(5)).other is None
    assert action(is_member=True).other is None


def test_seats_are_chosen_where_there_are_some() -> None:
    found = action(seats_per_row=10, price=Decimal(5))
    assert (label(found.button), label(found.other)) == ("Choose seats", "Best seats together")


@pytest.mark.parametrize(
    ("waiting", "sentence"),
    [
        (0, "Nobody waits yet; you would be first. Nobody overtakes."),
        (1, "1 party waits; you would be 2nd. Nobody overtakes."),
        (3, "3 parties wait; you would be 4th. Nobody overtakes."),
    ],
)
def test_a_full_event_says_how_long_its_line_is(waiting: int, sentence: str) -> None:
    found = action(capacity=10, booked_count=10, waitlist_count=waiting)
    assert (found.headline, found.sentence, label(found.button)) == ("Full", sentence, "Join the line")


def test_free_places_that_others_wait_for_are_not_offered() -> None:
    assert action(capacity=10, booked_count=9, waitlist_count=1).headline == "Full"


@pytest.mark.parametrize(
    ("values", "headline"),
    [
        ({"status": EventStatus.CANCELLED}, "This night was cancelled"),
        ({"status": EventStatus.CLOSED}, "Booking is closed"),
        ({"status": EventStatus.INACTIVE}, "This event is hidden"),
        ({"registration_deadline": NOW}, "Booking has ended"),
        ({"start_time": NOW - HOUR, "end_time": NOW + HOUR}, "It began at 12:00"),
        ({"start_time": NOW - HOUR, "end_time": NOW}, "This night is over"),
        ({"price": None}, "It can't be booked here"),
    ],
)
def test_an_event_that_cannot_be_booked_says_why(values: dict[str, Any], headline: str) -> None:
    found = action(**values)
    assert found.headline == headline
    assert label(found.button) in (None, "Open the desk")


def test_a_gathered_event_leads_to_its_seller() -> None:
    source = SourceRecord(Origin.DICE, "1", "https://dice.fm/event/1", NOW, NOW)
    event = an_event(origin=Origin.DICE, source_url=source.url)
    found = action_of(EventView(event, None, (source,)), None, NOW, is_member=False)
    assert found.headline == "Sold by Dice"
    assert found.button == Button("Go to Dice", "https://dice.fm/event/1", is_external=True)


def test_a_gathered_event_names_every_seller() -> None:
    sources = (
        SourceRecord(Origin.DICE, "1", "https://dice.fm/event/1", NOW, NOW),
        SourceRecord(Origin.WEB, "2", "https://www.kino.example/2", NOW, NOW),
    )
    event = an_event(origin=Origin.DICE, source_url=None)
    found = action_of(EventView(event, None, sources), None, NOW, is_member=False)
    assert found.headline == "Sold by Dice and kino.example"
    assert [seller_of(source) for source in sources] == ["Dice", "kino.example"]


def test_the_button_of_a_gathered_event_names_the_seller_that_it_leads_to() -> None:
    sources = (
        SourceRecord(Origin.EVENTBRITE, "1", "https://eventbrite.example/1", NOW, NOW),
        SourceRecord(Origin.DICE, "2", "https://dice.fm/event/2", NOW, NOW),
    )
    event = an_event(origin=Origin.DICE, source_url="https://dice.fm/event/2")
    found = action_of(EventView(event, None, sources), None, NOW, is_member=False)
    assert found.button == Button("Go to Dice", "https://dice.fm/event/2", is_external=True)


@pytest.mark.parametrize(
    ("own", "headline", "button"),
    [
        (a_view(BookingStatus.CONFIRMED, quantity=2), "You are going", "Show my tickets"),
        (a_view(BookingStatus.WAITLISTED, position=3), "You are 3rd in line", "See my place in line"),
        (
            a_view(BookingStatus.PENDING, quantity=2, seats=("C-12", "C-13"), amount=Decimal(9), expires_at=NOW + HOUR),
            "C-12, C-13 are yours until 14:00, Berlin time",
            "Pay €9.00",
        ),
        (
            a_view(BookingStatus.PENDING, quantity=1, amount=Decimal(9), expires_at=NOW + HOUR),
            "1 place is yours until 14:00, Berlin time",
            "Pay €9.00",
        ),
        (a_view(BookingStatus.PENDING, paying=True), "Your payment is being checked", "See my booking"),
    ],
)
def test_ones_own_booking_comes_first(own: BookingView, headline: str, button: str) -> None:
    found = action(own=own, is_member=True)
    assert (found.headline, found.tone, label(found.button)) == (headline, "moon", button)
    assert found.button is not None
    assert found.button.path.startswith(f"/bookings/{own.booking.id}")


def test_who_waited_is_told_that_the_places_are_an_offer() -> None:
    held = a_view(BookingStatus.PENDING, amount=Decimal(9), expires_at=NOW + HOUR)
    assert action(own=held).sentence.startswith("Held for you")
    assert action(own=replace(held, is_offer=True)).sentence.startswith("They came free, and you are next.")


def test_who_was_there_finds_the_booking_afterwards() -> None:
    own = a_view(BookingStatus.CONFIRMED)
    over = replace(own, event=replace(own.event, start_time=NOW - 2 * HOUR, end_time=NOW - HOUR))
    assert action(own=over, start_time=NOW - 2 * HOUR, end_time=NOW - HOUR).headline == "You were there"


def test_who_waited_in_vain_sees_what_everybody_sees() -> None:
    found = action(own=a_view(BookingStatus.WAITLISTED), start_time=NOW - 2 * HOUR, end_time=NOW - HOUR)
    assert found.headline == "This night is over"


def test_a_cancelled_event_is_cancelled_for_everybody() -> None:
    own = a_view(BookingStatus.CONFIRMED)
    assert action(own=own, status=EventStatus.CANCELLED).headline == "This night was cancelled"


def test_of_several_bookings_the_one_to_pay_matters_most() -> None:
    views = [a_view(status) for status in BookingStatus]
    found = own_booking(views)
    assert found is not None
    assert found.booking.status is BookingStatus.PENDING
    assert own_booking([a_view(BookingStatus.CANCELLED)]) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (21, "21st"), (112, "112th")],
)
def test_ordinals(number: int, text: str) -> None:
    assert ordinal(number) == text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=30), "just now"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_ages_are_said_in_one_unit(ago: timedelta, text: str) -> None:
    assert time_ago(NOW - ago, NOW) == text
