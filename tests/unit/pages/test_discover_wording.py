"""What the pages for visitors call searches, days and places."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from adapters.http.pages.discover.radar import REACH, SIZE, distance_in_words, draw_radar
from adapters.http.pages.discover.searches import PageSearch
from adapters.http.pages.discover.wording import day_heading, headline, number_of, subject_of
from adapters.http.pages.shared.cards import badge_of, card_of, group_by_day
from core.catalog.days import When
from core.catalog.filters import Filter
from core.catalog.model import Event, EventStatus, EventView, Origin
from core.catalog.overviews import Count
from core.shared.geography import Circle, Position
from tests.support.builders import NOW, TOMORROW, an_event

TODAY = date(2026, 11, 20)
BERLIN = Position(52.52, 13.405)


@pytest.mark.parametrize(
    ("place", "category", "count", "cities", "words"),
    [
        ("Berlin", None, Count(24), 1, "24 nights in Berlin this week"),
        (None, None, Count(62), 4, "62 nights in 4 cities this week"),
        (None, None, Count(3), 1, "3 nights this week"),
        (None, "Film", Count(1), 1, "One Film night this week"),
        ("Berlin", "Film", Count(0), 1, "The next Film nights in Berlin"),
        (None, None, Count(10_000, is_capped=True), 50, "10,000+ nights in 50 cities this week"),
    ],
)
def test_the_headline_says_what_is_on(
    place: str | None, category: str | None, count: Count, cities: int, words: str
) -> None:
    assert headline(place, category, count, cities) == words


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "Events"),
        ({"q": "jazz", "city": "Berlin"}, "“jazz” in Berlin"),
        ({"category": "Music", "free": "true"}, "Music, free"),
        ({"price_max": "20", "origin": "dice"}, "Events, up to 20, Dice"),
    ],
)
def test_a_search_has_a_subject(params: dict[str, str], words: str) -> None:
    assert subject_of(PageSearch(tuple(params.items()))) == words


def test_days_are_called_as_people_call_them() -> None:
    assert day_heading(TODAY, TODAY) == ("Today", "Friday 20 November")
    assert day_heading(TODAY + timedelta(days=1), TODAY) == ("Tomorrow", "Saturday 21 November")
    assert day_heading(TODAY + timedelta(days=50), TODAY) == ("Saturday", "9 January 2027")
    assert day_heading(None, TODAY) == ("Now on", "")


def test_numbers_have_nouns() -> None:
    assert number_of(Count(1), "event") == "1 event"
    assert number_of(Count(0), "event") == "0 events"
    assert number_of(Count(10_000, is_capped=True), "event") == "10,000+ events"


def test_addresses_of_searches_are_the_same_whatever_the_order() -> None:
    search = PageSearch((("q", "jazz"), ("when", "tonight"), ("city", "Berlin")))
    assert search.url() == "/?q=jazz&when=tonight&city=Berlin"
    assert search.with_param("category", "Music", "Film").url("/near", 3) == (
        "/near?q=jazz&when=tonight&category=Music&category=Film&city=Berlin&page=3"
    )
    assert search.without(Filter.DATES, Filter.TEXT).url() == "/?city=Berlin"
    assert search.toggled("when", When.TONIGHT).url() == "/?q=jazz&city=Berlin"
    assert search.toggled("when", When.WEEKEND).url() == "/?q=jazz&when=weekend&city=Berlin"


@pytest.mark.parametrize(
    ("event", "note"),
    [
        (an_event(capacity=50, booked_count=10), None),
        (an_event(capacity=50, booked_count=46), "4 left"),
        (an_event(capacity=4, booked_count=1), None),
        (an_event(capacity=50, booked_count=50), "Full"),
        (an_event(capacity=50, booked_count=50, waitlist_count=2), "Full, with a line"),
        (an_event(capacity=None), None),
        (an_event(status=EventStatus.CLOSED), "Booking closed"),
        (an_event(status=EventStatus.CANCELLED), "Cancelled"),
        (an_event(capacity=50, booked_count=50, origin=Origin.DICE), None),
    ],
)
def test_a_card_says_what_one_should_know(event: Event, note: str | None) -> None:
    found = badge_of(event)
    assert (found and found.text) == note


def test_cards_are_grouped_by_the_days_of_their_places_and_sorted_by_the_clocks_there() -> None:
    events = [
        an_event(name="running", start_time=NOW - timedelta(hours=1)),
        an_event(name="Berlin, 21:00", start_time=TOMORROW.replace(hour=20)),
        an_event(name="London, 20:30", start_time=TOMORROW.replace(hour=20, minute=30), timezone="Europe/London"),
        an_event(name="Tokyo, the day after", start_time=TOMORROW.replace(hour=21), timezone="Asia/Tokyo"),
    ]
    groups = group_by_day(card_of(EventView(event, None, ()), NOW) for event in events)
    assert [(group.day, [card.event.name for card in group.cards]) for group in groups] == [
        (None, ["running"]),
        (date(2026, 11, 21), ["London, 20:30", "Berlin, 21:00"]),
        (date(2026, 11, 22), ["Tokyo, the day after"]),
    ]


@pytest.mark.parametrize(
    ("kilometres", "words"),
    [(0.0, "100 m"), (0.34, "300 m"), (0.96, "1 km"), (2.44, "2.4 km"), (3.0, "3 km"), (17.6, "18 km")],
)
def test_distances_are_as_exact_as_people_need_them(kilometres: float, words: str) -> None:
    assert distance_in_words(kilometres) == words


def test_the_radar_shows_distance_and_direction() -> None:
    north, east = Position(52.52 + 5 / 111.195, 13.405), Position(52.52, 13.405 + 10 / (111.195 * 0.6085))
    radar = draw_radar(Circle(BERLIN, 10), [north, east, east])
    top, right = radar.dots
    assert (top.x, top.y) == pytest.approx((SIZE / 2, SIZE / 2 - REACH / 2), abs=1)
    assert (right.x, right.y) == pytest.approx((SIZE / 2 + REACH, SIZE / 2), abs=1)
    assert (top.label, right.label) == ("1", "2-3")
    assert [ring.label for ring in radar.rings] == ["3.3 km", "6.7 km", "10 km"]


def test_bearings_go_clockwise_from_north() -> None:
    around = [Position(53, 13.405), Position(52.52, 14), Position(52, 13.405), Position(52.52, 13)]
    assert [round(BERLIN.bearing_to(each)) for each in around] == [0, 90, 180, 270]
