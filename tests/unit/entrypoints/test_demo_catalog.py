"""The generated catalog: valid events, the same every time, whose words are as unevenly common as real ones."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from core.catalog.model import EventStatus, EventView, Origin, change_event
from core.catalog.search import weigh_words
from core.shared.currencies import DECIMALS
from core.shared.ids import UserId
from core.shared.timezones import TIME_ZONES
from core.shared.words import is_fragment
from entrypoints.demo_catalog.cities import CITIES
from entrypoints.demo_catalog.generator import DAYS, CatalogGenerator, generated_id, generated_number

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORGANIZER = UserId(UUID(int=7))
COUNT = 3_000


@pytest.fixture(scope="module")
def catalog() -> list[EventView]:
    generator = CatalogGenerator(now=NOW, organizer_id=ORGANIZER)
    return [generator.event(number) for number in range(COUNT)]


def test_a_catalog_is_the_same_every_time_and_another_one_with_another_seed(catalog: list[EventView]) -> None:
    again = CatalogGenerator(now=NOW, organizer_id=ORGANIZER)
    assert again.event(COUNT - 1) == catalog[-1]  # without those before it
    other = CatalogGenerator(now=NOW, organizer_id=ORGANIZER, seed=2)
    assert other.event(COUNT - 1).event.name != catalog[-1].event.name


def test_every_event_is_valid(catalog: list[EventView]) -> None:
    for view in catalog:
        event = view.event
        if event.status is not EventStatus.CANCELLED:
            change_event(event, {"name": event.name, "price": event.price, "tags": event.tags}, NOW)
        assert (event.booked_count, event.waitlist_count) == (0, 0)
        assert event.created_at < min(NOW, event.start_time)
        assert abs(event.start_time - NOW) < timedelta(days=DAYS + 2)


def test_local_events_belong_to_the_organizer_and_gathered_ones_have_a_source(catalog: list[EventView]) -> None:
    for view in catalog:
        is_local = view.event.origin is Origin.LOCAL
        assert view.event.organizer_id == (ORGANIZER if is_local else None)
        assert [each.source for each in view.sources] == ([] if is_local else [view.event.origin])
    assert len({view.event.origin for view in catalog}) == 5


def test_an_id_says_its_number_and_the_time_of_creation(catalog: list[EventView]) -> None:
    assert [generated_number(view.event.id) for view in catalog] == list(range(COUNT))
    assert all(view.event.id.version == 7 for view in catalog)
    assert catalog[0].event.id.int >> 80 == int(catalog[0].event.created_at.timestamp() * 1000)
    assert generated_id(1, NOW) < generated_id(0, NOW + timedelta(seconds=1))
    assert generated_number(UUID("01a0a303-e2c0-7abc-8def-00000000004d")) is None


def test_some_words_are_in_many_events_and_most_in_few(catalog: list[EventView]) -> None:
    found: Counter[str] = Counter()
    for view in catalog:
        event = view.event
        details = (event.venue, event.city, event.category, *event.tags)
        found.update(weigh_words(event.name, details, event.description).keys())
    for common in ("music", "night", "hall"):
        assert 0.1 < found[common] / COUNT < 0.5, common
    rare = [word for word, count in found.items() if count < 5]
    assert len(rare) > 2_000
    assert any(map(is_fragment, found))
    assert any(not view.event.name.isascii() for view in catalog)


def test_prices_and_capacities_are_of_every_kind(catalog: list[EventView]) -> None:
    prices = [view.event.price for view in catalog]
    assert None in prices
    assert 0 in prices
    assert max(price for price in prices if price is not None) > 1000  # in a small currency
    assert None in {view.event.capacity for view in catalog if view.event.origin is Origin.LOCAL}
    assert len({view.event.currency for view in catalog}) > 20


def test_the_cities_are_in_known_time_zones_and_have_known_currencies() -> None:
    assert len(CITIES) >= 200
    assert len({city.name for city in CITIES}) == len(CITIES)
    assert {city.zone for city in CITIES} <= TIME_ZONES
    assert {city.currency for city in CITIES} <= DECIMALS.keys()
