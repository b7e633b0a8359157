"""The known cities."""

from __future__ import annotations

import re

import pytest

from adapters.sources.cities import CITIES, find_city
from core.discovery.errors import UnknownCity
from core.discovery.model import City, Source

EVERY_CITY = pytest.mark.parametrize("city", CITIES.values(), ids=CITIES)


@pytest.mark.parametrize("name", ["New York", "new-york", "NEW  YORK", " new_york ", "Nëw Yörk"])
def test_a_city_is_found_by_any_spelling_of_its_name(name: str) -> None:
    assert find_city(name).name == "New York"


def test_accents_are_optional() -> None:
    assert find_city("Zürich") is find_city("zurich")


@pytest.mark.parametrize("name", ["Atlantis", "", "   ", "Łódź", "new"])
def test_an_unknown_city_is_refused_with_a_list_of_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownCity, match=r"Choose one of these: Amsterdam, Barcelona, .*, Zurich"):
        find_city(name)


def test_the_cities_are_read_only() -> None:
    with pytest.raises(TypeError):
        CITIES["atlantis"] = CITIES["london"]  # type: ignore[index]
    with pytest.raises(TypeError):
        CITIES["london"].slugs[Source.DICE] = ""  # type: ignore[index]


@EVERY_CITY
def test_every_city_has_valid_coordinates_and_its_own_name_as_key(city: City) -> None:
    assert find_city(city.name) is city
    assert re.fullmatch("[A-Z]{2}", city.country)
    assert -90 <= city.latitude <= 90
    assert -180 <= city.longitude <= 180


@EVERY_CITY
def test_the_slugs_of_every_city_have_the_format_of_the_source(city: City) -> None:
    assert re.fullmatch(r"[a-z-]+--[a-z-]+", city.slugs[Source.EVENTBRITE])
    assert re.fullmatch(rf"{city.country.lower()}--([a-z0-9]+--)?[a-z-]+", city.slugs[Source.MEETUP])
    assert re.fullmatch(r"[a-z_]+-[0-9a-f]{24}", city.slugs.get(Source.DICE, "none-" + "0" * 24))
