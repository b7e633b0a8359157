"""Saved searches: which events match them, and that matching events have their lookup term."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alerts.search import SavedSearch
from core.shared.errors import InvalidFields
from core.shared.geography import EARTH_RADIUS_KM, Circle, Position
from tests.support.alerts_app import event_details

BERLIN, POTSDAM = Position(52.52, 13.405), Position(52.3906, 13.0645)


def around(position: Position, radius: float) -> SavedSearch:
    return SavedSearch(near=Circle(position, radius))


@pytest.mark.parametrize(
    ("search", "event", "matches"),
    [
        ({"text": "jazz"}, {"name": "JAZZ im Café"}, True),
        ({"text": "ja"}, {"name": "Jazz"}, True),
        ({"text": "azz"}, {"name": "Jazz"}, False),
        ({"text": "jaxz"}, {"name": "Jazz"}, False),
        ({"text": "cafe"}, {"name": "Jazz im Café"}, True),
        ({"text": "CAFÉ jazz"}, {"name": "Jazz im Cafe"}, True),
        ({"text": "jazz rock"}, {"name": "Jazz", "description": "No rock'n'roll."}, True),
        ({"text": "jazz opera"}, {"name": "Jazz"}, False),
        ({"text": "live"}, {"tags": ("Live music",)}, True),
        ({"text": "nord"}, {"venue": "Kino Nord"}, True),
        ({"text": "strasse"}, {"name": "Straßenfest"}, True),
        ({"category": "MUSIC "}, {"category": "music"}, True),
        ({"category": "mus"}, {"category": "music"}, False),
        ({"category": "music"}, {"category": None}, False),
        ({"city": "zuri"}, {"city": "Zürich"}, True),
        ({"city": "_"}, {"city": "Zürich"}, False),
        ({"city": "berlin"}, {"city": None}, False),
        ({"price_max": Decimal("12.50")}, {"price": Decimal("12.50")}, True),
        ({"price_max": Decimal("12.49")}, {"price": Decimal("12.50")}, False),
        ({"price_max": Decimal(0)}, {"price": Decimal(0)}, True),
        ({"price_max": Decimal(100)}, {"price": None}, False),
        ({"text": "jazz", "city": "Berlin"}, {"name": "Jazz", "city": "Hamburg"}, False),
    ],
)
def test_every_given_filter_must_match(search: dict[str, Any], event: dict[str, Any], matches: bool) -> None:
    wanted, details = SavedSearch(**search), event_details(**event)
    assert wanted.matches(details) is matches
    assert not matches or wanted.lookup_term in details.lookup_terms()


@pytest.mark.parametrize(
    ("centre", "place", "kilometres"),
    [
        (BERLIN, POTSDAM, 27.2),
        (BERLIN, BERLIN, 0),
        (Position(0, 179.9), Position(0, -179.9), 22.2),
        (Position(89.9, 0), Position(89.9, 180), 22.2),
        (Position(-90, 0), Position(-90, 77), 0),
        (Position(0, 0), Position(0, 180), 3.14159265 * EARTH_RADIUS_KM),
    ],
)
def test_distances_are_correct_across_the_date_line_and_the_poles(
    centre: Position, place: Position, kilometres: float
) -> None:
    assert centre.kilometres_to(place) == pytest.approx(kilometres, abs=0.1)
    event = event_details(position=place)
    for radius in (1, 7, 30, 31, 100, 500):
        search = around(centre, radius)
        assert search.matches(event) is (kilometres <= radius)
        assert not search.matches(event) or search.lookup_term in event.lookup_terms()


@given(
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    bearing=st.floats(0, 2 * math.pi),
    radius=st.sampled_from([1, 1.9, 2, 7.9, 8, 31, 127, 128, 500]),
    part=st.sampled_from([0, 0.5, 0.999999]),
)
def test_every_position_in_a_circle_has_the_lookup_term_of_the_circle(
    latitude: float, longitude: float, bearing: float, radius: float, part: float
) -> None:
    centre = Position(latitude, longitude)
    place = position_at(centre, bearing, radius * part)
    search = around(centre, radius)
    assert search.matches(event_details(position=place))
    assert search.lookup_term in event_details(position=place).lookup_terms()


def position_at(start: Position, bearing: float, kilometres: float) -> Position:
    """Return the position at that distance in that direction."""
    angle, latitude = kilometres / EARTH_RADIUS_KM, math.radians(start.latitude)
    there = math.asin(math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(bearing))
    east = math.sin(bearing) * math.sin(angle) * math.cos(latitude)
    turn = math.atan2(east, math.cos(angle) - math.sin(latitude) * math.sin(there))
    longitude = (start.longitude + math.degrees(turn) + 540) % 360 - 180
    return Position(math.degrees(there), longitude)


def test_an_event_without_a_position_is_in_no_circle() -> None:
    assert not around(BERLIN, 500).matches(event_details(position=None))


@pytest.mark.parametrize(
    ("search", "term"),
    [
        ({"text": "the philharmonic", "city": "Berlin"}, "word philharmonic"),
        ({"text": "a" * 40, "city": "Berlin"}, f"word {'a' * 16}"),
        ({"text": "a", "city": "Berlin", "category": "music"}, "city berlin"),
        ({"text": "a", "city": "Be", "category": "Music"}, "category music"),
        ({"text": "a", "price_max": Decimal(5)}, "word a"),
        ({"price_max": Decimal(5)}, "*"),
    ],
)
def test_the_lookup_term_is_the_part_that_the_fewest_events_have(search: dict[str, Any], term: str) -> None:
    assert SavedSearch(**search).lookup_term == term


def test_the_number_of_lookup_terms_of_an_event_is_limited() -> None:
    event = event_details(name="x" * 200, description="y" * 20_000, city="z" * 100)
    assert len(event.lookup_terms()) < 5000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"text": "Jazz Berlin"}, {"text": " berlin,  JÄZZ "}),
        ({"city": "Zürich "}, {"city": "zurich"}),
        ({"category": "Music"}, {"category": "music "}),
        ({"price_max": Decimal("5")}, {"price_max": Decimal("5.00")}),
    ],
)
def test_equivalent_searches_have_the_same_key(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert SavedSearch(**one).key == SavedSearch(**other).key
    assert SavedSearch(**one).key != SavedSearch(**(one | {"text": "else"})).key


@pytest.mark.parametrize(
    ("search", "field"),
    [
        ({}, "query"),
        ({"text": "!!!"}, "query.q"),
        ({"text": "x" * 201}, "query.q"),
        ({"city": "  "}, "query.city"),
        ({"category": " "}, "query.category"),
        ({"price_max": Decimal(-1)}, "query.price_max"),
        ({"price_max": Decimal("NaN")}, "query.price_max"),
        ({"near": Circle(Position(91, 0), 5)}, "query.near"),
        ({"near": Circle(Position(0, float("nan")), 5)}, "query.near"),
        ({"near": Circle(BERLIN, 0.5)}, "query.radius_km"),
        ({"near": Circle(BERLIN, 501)}, "query.radius_km"),
    ],
)
def test_invalid_searches_are_refused(search: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        SavedSearch(**search).check()
    assert list(refused.value.errors) == [field]


def test_a_search_in_words_is_spelled_as_entered() -> None:
    search = SavedSearch("free jazz", "Music", "Berlin", Circle(BERLIN, 25), Decimal("20.00"))
    search.check()
    assert str(search) == "free jazz, Music, in Berlin, within 25 km of 52.52,13.405, up to 20.00"
