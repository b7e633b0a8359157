"""What is checked before the event or the area is loaded never refuses what the model would accept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from core.catalog.areas import AreaFields
from core.catalog.model import EventFields, EventStatus, change_event, create_event
from core.catalog.prechecks import check_area_change, check_event_change, check_new_area, check_new_event
from core.shared.access import Role
from core.shared.errors import InvalidFields
from core.shared.ids import AreaId, EventId
from tests.support.builders import NOW, TOMORROW, a_person, an_event

ORGANIZER = a_person(Role.ORGANIZER)
MOMENTS = st.sampled_from([None, *(TOMORROW + timedelta(hours=hours) for hours in (-1, 0, 2, 5))])
DEGREES = st.sampled_from([None, 0.0, 91.0])
WANTED = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from([None, "Slam", " ", "x" * 201]),
        "venue": st.sampled_from([None, "Attic", " "]),
        "area_id": st.sampled_from([None, AreaId(uuid4())]),
        "start_time": MOMENTS,
        "end_time": MOMENTS,
        "registration_deadline": MOMENTS,
        "timezone": st.sampled_from([None, "Europe/Berlin", "Mars/Olympus"]),
        "latitude": DEGREES,
        "longitude": DEGREES,
        "capacity": st.sampled_from([None, 0, 5]),
        "price": st.sampled_from([None, Decimal("1.5"), Decimal("1.505"), Decimal(1000)]),
        "currency": st.sampled_from([None, "EUR", "JPY", "euro"]),
        "status": st.sampled_from([None, EventStatus.CLOSED, EventStatus.CANCELLED]),
        "tags": st.sampled_from([None, ("jazz",), ("x" * 51,)]),
    },
)
PLACES = st.fixed_dictionaries(
    {}, optional={"name": st.sampled_from(["Hall", " "]), "latitude": DEGREES, "longitude": DEGREES}
)
STORED = [
    an_event(),
    an_event(price=Decimal(7), currency="JPY", latitude=1.0, longitude=1.0, area_id=AreaId(uuid4()), venue=None),
]


def errors(check: Callable[[], object]) -> dict[str, list[str]]:
    try:
        check()
    except InvalidFields as refusal:
        return refusal.errors
    return {}


@given(wanted=WANTED, stored=st.sampled_from(STORED))
def test_a_precheck_of_a_change_refuses_only_what_the_model_refuses(wanted: EventFields, stored: Any) -> None:
    found = errors(lambda: check_event_change(wanted))
    assert not found or errors(lambda: change_event(stored, wanted, NOW))


@given(wanted=WANTED)
def test_a_precheck_of_a_new_event_finds_all_that_the_model_finds(wanted: EventFields) -> None:
    whole = cast(EventFields, {"name": "Slam", "start_time": TOMORROW, **wanted})
    by_model = errors(lambda: create_event(EventId(uuid4()), by=ORGANIZER, now=NOW, wanted=whole))
    found = errors(lambda: check_new_event(whole, NOW))
    assert by_model.items() <= found.items()
    assert bool(found) is bool(by_model)


@given(wanted=PLACES)
def test_a_precheck_of_half_a_position_leaves_the_other_half_to_the_area(wanted: AreaFields) -> None:
    found = errors(lambda: check_area_change(wanted))
    assert found.keys() <= errors(lambda: check_new_area(wanted)).keys()
    if wanted.keys() == {"latitude"}:
        assert not found
