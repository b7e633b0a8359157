"""The cities known by name."""

from __future__ import annotations

import re

import pytest

from adapters.sources.places import PLACES, find_place
from core.discovery.errors import UnknownCity
from core.discovery.model import City, Source

EVERY_PLACE = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)


@pytest.mark.parametrize("name", ["New York", "new-york", "NEW  YORK", " new_york ", "Nëw Yörk"])
def test_a_city_is_found_however_its_name_is_written(name: str) -> None:
    assert find_place(name).name == "New York"


def test_accents_may_be_written_or_left_out() -> None:
    assert find_place("Zürich") is find_place("zurich")


@pytest.mark.parametrize("name", ["Atlantis", "", "   ", "Łódź", "new"])
def test_an_unknown_city_is_refused_with_those_known(name: str) -> None:
    with pytest.raises(UnknownCity, match=r"known are Amsterdam, Barcelona, .*, Zurich"):
        find_place(name)


def test_nobody_can_change_the_cities() -> None:
    with pytest.raises(TypeError):
        PLACES["atlantis"] = PLACES["london"]  # type: ignore[index]
    with pytest.raises(TypeError):
        PLACES["london"].slugs[Source.DICE] = ""  # type: ignore[index]


@EVERY_PLACE
def test_every_city_is_somewhere_and_listed_under_its_own_name(place: City) -> None:
    assert find_place(place.name) is place
    assert re.fullmatch("[A-Z]{2}", place.country)
    assert -90 <= place.latitude <= 90
    assert -180 <= place.longitude <= 180


@EVERY_PLACE
def test_every_city_has_names_of_the_shape_each_source_uses(place: City) -> None:
    assert re.fullmatch(r"[a-z-]+--[a-z-]+", place.slugs[Source.EVENTBRITE])
    assert re.fullmatch(rf"{place.country.lower()}--([a-z0-9]+--)?[a-z-]+", place.slugs[Source.MEETUP])
    assert re.fullmatch(r"[a-z_]+-[0-9a-f]{24}", place.slugs.get(Source.DICE, "none-" + "0" * 24))
