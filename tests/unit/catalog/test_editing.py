"""Edits check what they change, and starts are in the future (C1, C2, D11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from core.catalog.areas import Area, change_area
from core.catalog.model import Event, EventFields, EventStatus, Origin, change_event, create_event
from core.shared.access import Role
from core.shared.errors import InvalidFields
from core.shared.ids import AreaId, EventId
from core.shared.money import NO_CURRENCY
from tests.support.builders import NOW, TOMORROW, a_person, an_area, an_event

Values = Mapping[str, Any]

SECOND = timedelta(seconds=1)
YESTERDAY = NOW - timedelta(days=1)

# What a site publishes or an older version accepted, by the field that an edit with it is refused for.
NOT_VALID: list[tuple[str, Values]] = [
    ("name", {"name": "x" * 201}),
    ("name", {"name": ""}),
    ("description", {"description": "x" * 20_001}),
    ("category", {"category": "x" * 61}),
    ("tags", {"tags": tuple(map(str, range(21)))}),
    ("tags", {"tags": ("x" * 51,)}),
    ("venue", {"venue": "x" * 201}),
    ("city", {"city": "x" * 101}),
    ("country", {"country": "x" * 101}),
    ("latitude", {"latitude": 91.0, "longitude": 0.0}),
    ("longitude", {"latitude": 9.0, "longitude": 181.0}),
    ("longitude", {"latitude": 9.0, "longitude": None}),
    ("end_time", {"end_time": TOMORROW}),
    ("timezone", {"timezone": "Mars/Olympus"}),
    ("registration_deadline", {"registration_deadline": TOMORROW + SECOND}),
    ("capacity", {"capacity": 1_000_001}),
    ("price", {"price": Decimal("1000000000.00")}),
    ("currency", {"currency": "DEM"}),
]
VALID: list[Values] = [
    {"name": "Open stage"},
    {"description": "Bring your own."},
    {"category": "Film"},
    {"tags": ("jazz", "soul")},
    {"venue": "Attic"},
    {"area_id": AreaId(uuid4())},
    {"city": "Berlin"},
    {"country": "DE"},
    {"latitude": 52.5, "longitude": 13.4},
    {"end_time": TOMORROW + timedelta(hours=9)},
    {"timezone": "Europe/Oslo"},
    {"registration_deadline": TOMORROW - SECOND},
    {"capacity": 9},
    {"price": Decimal("2.00")},
    {"currency": "CHF"},
    {"status": EventStatus.INACTIVE},
    {"status": EventStatus.OPEN},
]


def change(event: Event, **wanted: Any) -> Event:
    fields: EventFields = {}
    fields.update(wanted)  # type: ignore[typeddict-item]
    return change_event(event, fields, NOW)


def create(start: datetime) -> Event:
    wanted: EventFields = {"name": "Open stage", "start_time": start, "venue": "Attic"}
    return create_event(EventId(uuid4()), by=a_person(Role.ORGANIZER), now=NOW, wanted=wanted)


def differences(before: object, after: object) -> set[str]:
    old, new = asdict(before), asdict(after)  # type: ignore[call-overload]
    return {name for name in old if old[name] != new[name]} - {"updated_at"}


@pytest.mark.parametrize(("field", "stored"), NOT_VALID)
def test_an_edit_of_one_field_is_not_refused_for_what_is_stored_in_another(field: str, stored: Values) -> None:
    event = an_event(origin=Origin.DICE, organizer_id=None, **stored)
    for wanted in VALID:
        if wanted.keys().isdisjoint({field, *stored}):
            after = change(event, **wanted)
            assert differences(event, after) <= wanted.keys()
            assert all(getattr(after, name) == value for name, value in wanted.items())


@pytest.mark.parametrize(("field", "stored"), NOT_VALID)
def test_an_edit_that_gives_an_invalid_value_is_refused_even_if_it_is_the_stored_one(
    field: str, stored: Values
) -> None:
    for event in (an_event(), an_event(**stored)):
        with pytest.raises(InvalidFields) as refused:
            change(event, **stored)
        assert list(refused.value.errors) == [field]


@pytest.mark.parametrize(
    ("stored", "wanted", "errors"),
    [
        ({"price": Decimal("12.50")}, {"currency": "JPY"}, {"price": ["An amount in JPY has no decimals."]}),
        ({"price": None}, {"currency": "DEM"}, {"currency": [NO_CURRENCY]}),
        ({"latitude": 9.0, "longitude": 9.0}, {"longitude": None}, {"longitude"}),
        ({}, {"start_time": TOMORROW + timedelta(hours=1), "end_time": TOMORROW}, {"end_time"}),
    ],
)
def test_an_edit_is_refused_for_what_it_makes_invalid(
    stored: Values, wanted: Values, errors: set[str] | dict[str, list[str]]
) -> None:
    with pytest.raises(InvalidFields) as refused:
        change(an_event(**stored), **wanted)
    assert (refused.value.errors if isinstance(errors, dict) else refused.value.errors.keys()) == errors


def test_a_new_currency_gives_the_price_its_decimals() -> None:
    event = an_event(price=Decimal("12.00"))
    assert [str(change(event, currency=code).price) for code in ("JPY", "KWD", "CHF")] == ["12", "12.000", "12.00"]


def test_an_area_is_edited_like_an_event() -> None:
    area: Area = an_area(name="x" * 101, latitude=91.0, longitude=0.0)
    assert change_area(area, {"city": "Berlin"}).city == "Berlin"
    for wanted, field in (
        ({"name": "y" * 101}, "name"),
        ({"latitude": 92.0}, "latitude"),
        ({"city": "x" * 101}, "city"),
    ):
        with pytest.raises(InvalidFields) as refused:
            change_area(area, wanted)  # type: ignore[arg-type]
        assert list(refused.value.errors) == [field]


@pytest.mark.parametrize("start", [NOW, NOW - SECOND, YESTERDAY])
def test_an_event_cannot_be_created_in_the_past(start: datetime) -> None:
    with pytest.raises(InvalidFields) as refused:
        create(start)
    assert refused.value.errors == {"start_time": ["Must be in the future."]}
    assert create(NOW + SECOND).start_time == NOW + SECOND


@pytest.mark.parametrize("before", [TOMORROW, YESTERDAY])
def test_an_event_cannot_be_moved_to_the_past(before: datetime) -> None:
    with pytest.raises(InvalidFields) as refused:
        change(an_event(start_time=before), start_time=YESTERDAY + SECOND)
    assert refused.value.errors == {"start_time": ["Must be in the future."]}


def test_a_past_event_can_be_edited_with_or_without_its_start_and_moved_to_the_future() -> None:
    past = an_event(start_time=YESTERDAY)
    for wanted in ({}, {"start_time": YESTERDAY}):
        after = change(past, description="It was full.", **wanted)
        assert differences(past, after) == {"description"}
    assert change(past, start_time=TOMORROW).start_time == TOMORROW
