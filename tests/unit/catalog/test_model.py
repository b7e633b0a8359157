"""The validity rules and defaults of events (C1-C3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from core.catalog.areas import validate_area
from core.catalog.errors import EventCancelled
from core.catalog.model import Event, EventFields, EventStatus, EventView, Origin, change_event, create_event
from core.shared.access import Principal, Role
from core.shared.errors import InvalidFields
from core.shared.ids import EventId
from tests.support.builders import NOW, TOMORROW, a_person, an_area, an_event
from tests.support.texts import UNSEEN

ORGANIZER = a_person(Role.ORGANIZER)


def create(**wanted: Any) -> Event:
    fields: EventFields = {"name": "Open stage", "start_time": TOMORROW, "venue": "Attic"}
    fields.update(wanted)  # type: ignore[typeddict-item]
    return create_event(EventId(uuid4()), by=ORGANIZER, now=NOW, wanted=fields)


def change(event: Event, **wanted: Any) -> Event:
    fields: EventFields = {}
    fields.update(wanted)  # type: ignore[typeddict-item]
    return change_event(event, fields, NOW + timedelta(hours=1))


def test_omitted_fields_get_their_defaults() -> None:
    event = create()
    assert event.end_time == TOMORROW + timedelta(hours=2)
    assert event.registration_deadline == TOMORROW
    assert (event.timezone, event.capacity, event.price, event.currency) == ("UTC", None, Decimal(0), "EUR")
    assert (event.status, event.origin, event.organizer_id) == (EventStatus.OPEN, Origin.LOCAL, ORGANIZER.user_id)
    assert (event.booked_count, event.created_at) == (0, NOW)


def test_null_gives_the_default_too() -> None:
    event = create(end_time=None, timezone=None, capacity=None, price=None, tags=None, status=None)
    assert (event.end_time, event.price, event.tags) == (TOMORROW + timedelta(hours=2), Decimal(0), ())


@pytest.mark.parametrize("missing", ["name", "start_time"])
def test_a_name_and_a_start_are_required(missing: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        create(**{missing: None})
    assert refused.value.facts["errors"] == {missing: ["Is required."]}


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("name", {"name": "  "}),
        ("name", {"name": "x" * 201}),
        ("description", {"description": "x" * 20_001}),
        ("tags", {"tags": ("x",) * 21}),
        ("tags", {"tags": ("x" * 51,)}),
        ("timezone", {"timezone": "Mars/Olympus"}),
        ("timezone", {"timezone": "localtime"}),
        ("timezone", {"timezone": "Factory"}),
        ("timezone", {"timezone": "../../etc/passwd"}),
        ("end_time", {"end_time": TOMORROW}),
        ("registration_deadline", {"registration_deadline": TOMORROW + timedelta(seconds=1)}),
        ("capacity", {"capacity": 0}),
        ("capacity", {"capacity": 1_000_001}),
        ("price", {"price": Decimal(-1)}),
        ("price", {"price": Decimal("1.005")}),
        ("price", {"price": Decimal("NaN")}),
        ("currency", {"currency": "euro"}),
        ("latitude", {"latitude": 91.0, "longitude": 0.0}),
        ("longitude", {"latitude": 9.0}),
        ("longitude", {"latitude": 9.0, "longitude": 181.0}),
        ("status", {"status": EventStatus.CANCELLED}),
    ],
)
def test_an_invalid_value_is_an_error_of_its_field(field: str, wanted: dict[str, Any]) -> None:
    with pytest.raises(InvalidFields) as refused:
        create(**wanted)
    assert list(refused.value.errors) == [field]


def test_the_errors_of_all_fields_are_reported_together() -> None:
    with pytest.raises(InvalidFields) as refused:
        create(name=" ", capacity=0, timezone="?")
    assert set(refused.value.errors) == {"name", "capacity", "timezone"}


@pytest.mark.parametrize("venue", [None, ""])
def test_an_event_needs_neither_a_venue_nor_an_area(venue: str | None) -> None:
    event = create(venue=venue)
    assert (event.venue, event.area_id) == (None, None)
    assert EventView(event, None, ()).location == ""


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ({"timezone": "Europe/Berlin"}, datetime(2030, 1, 12, 23, tzinfo=UTC)),
        ({"timezone": None}, datetime(2030, 1, 13, tzinfo=UTC)),
        ({}, datetime(2030, 1, 13, tzinfo=UTC)),
    ],
)
def test_a_day_begins_in_the_time_zone_of_the_event(zone: dict[str, Any], start: datetime) -> None:
    event = create(start_time=date(2030, 1, 13), registration_deadline=date(2030, 1, 13), **zone)
    assert (event.start_time, event.registration_deadline) == (start, start)


def test_a_changed_day_begins_in_the_time_zone_that_the_event_has_then() -> None:
    berlin = create(timezone="Europe/Berlin")
    moved = change_event(berlin, {"start_time": date(2030, 7, 1)}, NOW)
    assert moved.start_time == datetime(2030, 6, 30, 22, tzinfo=UTC)
    moved = change_event(berlin, {"start_time": date(2030, 7, 1), "timezone": "America/New_York"}, NOW)
    assert moved.start_time == moved.registration_deadline == datetime(2030, 7, 1, 4, tzinfo=UTC)


def test_names_and_tags_are_trimmed_and_deduplicated() -> None:
    event = create(name="  Open stage ", tags=("jazz", " Jazz ", "soul", "\uff2aAZZ"))
    assert (event.name, event.tags) == ("Open stage", ("jazz", "soul"))


@pytest.mark.parametrize("field", ["name", "category", "tags", "venue", "city", "country"])
@pytest.mark.parametrize("unseen", UNSEEN)
def test_no_text_that_names_something_may_be_invisible(field: str, unseen: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        create(**{field: (unseen,) if field == "tags" else unseen})
    assert refused.value.errors == {field: ["Must contain a character that can be seen."]}


@pytest.mark.parametrize("field", ["name", "address", "city"])
@pytest.mark.parametrize("unseen", UNSEEN)
def test_nothing_that_names_an_area_may_be_invisible(field: str, unseen: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        validate_area(an_area(**{field: unseen}))
    assert refused.value.errors == {field: ["Must contain a character that can be seen."]}


def test_a_change_keeps_the_other_fields() -> None:
    event = create(capacity=9, description="Bring your own.")
    after = change(event, name="Closed stage")
    assert (after.name, after.capacity, after.description) == ("Closed stage", 9, "Bring your own.")
    assert (after.created_at, after.updated_at) == (NOW, NOW + timedelta(hours=1))


def test_a_new_start_shifts_the_end_and_the_deadline() -> None:
    event = create(end_time=TOMORROW + timedelta(hours=5), registration_deadline=TOMORROW - timedelta(hours=1))
    after = change(event, start_time=TOMORROW + timedelta(days=1))
    assert after.end_time - after.start_time == timedelta(hours=5)
    assert after.start_time - after.registration_deadline == timedelta(hours=1)


def test_an_end_given_with_a_new_start_is_not_shifted() -> None:
    after = change(create(), start_time=TOMORROW + timedelta(days=1), end_time=TOMORROW + timedelta(days=1, hours=1))
    assert after.end_time - after.start_time == timedelta(hours=1)


def test_a_change_keeps_the_fields_of_booking() -> None:
    event = an_event(capacity=10, booked_count=7, waitlist_count=2, seats_per_row=5)
    after = change(event, capacity=7)
    assert (after.booked_count, after.waitlist_count, after.seats_per_row, after.available) == (7, 2, 5, 0)


def test_a_cancelled_event_cannot_be_reopened_but_its_text_can_change() -> None:
    event = an_event(status=EventStatus.CANCELLED)
    assert change(event, description="Sorry.").status is EventStatus.CANCELLED
    for status in (EventStatus.OPEN, None):
        with pytest.raises(EventCancelled):
            change(event, status=status)


@pytest.mark.parametrize(
    ("state", "bookable"),
    [
        ({}, True),
        ({"origin": Origin.PARTNER}, True),
        ({"origin": Origin.DICE}, False),
        ({"status": EventStatus.CLOSED}, False),
        ({"registration_deadline": NOW}, False),
        ({"price": Decimal(1)}, True),
        ({"price": None}, False),
    ],
)
def test_which_events_can_be_booked(state: dict[str, Any], bookable: bool) -> None:
    assert an_event(**state).is_bookable(NOW) is bookable


def test_only_its_organizer_and_admins_see_a_hidden_event() -> None:
    hidden = an_event(status=EventStatus.INACTIVE, organizer_id=ORGANIZER.user_id)
    assert hidden.is_visible_to(ORGANIZER)
    assert hidden.is_visible_to(a_person(Role.ADMIN))
    assert not hidden.is_visible_to(a_person(Role.ORGANIZER))
    assert not hidden.is_visible_to(Principal(ORGANIZER.user_id, Role.USER))
    assert not hidden.is_visible_to(None)
    assert an_event().is_visible_to(None)


def test_only_admins_manage_an_event_without_an_organizer() -> None:
    listing = an_event(organizer_id=None)
    assert a_person(Role.ADMIN).manages(listing.organizer_id)
    assert not Principal(ORGANIZER.user_id, Role.ORGANIZER).manages(listing.organizer_id)
