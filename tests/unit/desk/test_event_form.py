"""The form of an event: what it shows, and what it says in types of the model."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.http.pages.desk.conflicts import merge
from adapters.http.pages.desk.event_form import LABELS, EventForm
from adapters.http.shared.forms import Form
from core.catalog.model import Event, change_event
from tests.support.builders import NOW, an_area, an_event

START = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)


def the_event(**values: Any) -> Event:
    return an_event(start_time=START, price=Decimal("14.50"), tags=("jazz", "late night"), **values)


def edited(event: Event, **texts: str) -> EventForm:
    """Return the form of an event after somebody has typed these texts."""
    shown = EventForm.of(event).as_form()
    return EventForm.sent(Form({**shown.fields, **{name.replace("__", "."): [text] for name, text in texts.items()}}))


def new(**texts: str) -> EventForm:
    base = {"name": "Jazz", "timezone": "Europe/Berlin", "start_time": "2026-11-21T19:00"}
    return EventForm.sent(Form.of(base | texts), is_new=True)


def test_a_form_shows_times_as_the_clocks_of_the_place_do() -> None:
    texts = EventForm.of(the_event()).texts
    assert texts["start_time"] == "2026-11-21T19:00"
    assert (texts["price"], texts["capacity"], texts["tags"]) == ("14.50", "50", "jazz, late night")
    assert (texts["latitude"], texts["area_id"]) == ("", "")


def test_a_form_that_was_not_touched_changes_nothing() -> None:
    event = the_event(end_time=START + timedelta(hours=2, seconds=7), description="One\r\nTwo")
    assert edited(event, description="One\r\nTwo").read(event) == ({}, {})


def test_a_new_event_gets_the_fields_that_were_filled_in() -> None:
    area = an_area()
    wanted, errors = new(
        end_time="2026-11-21T23:30", price="14,50", capacity="1,200", tags=" jazz,, late ", area_id=str(area.id),
        currency="eur", latitude="52,52", longitude="13.41",
    ).read()  # fmt: skip
    assert errors == {}
    assert wanted == {
        "name": "Jazz",
        "timezone": "Europe/Berlin",
        "start_time": START,
        "end_time": datetime(2026, 11, 21, 22, 30, tzinfo=UTC),
        "registration_deadline": None,
        "price": Decimal("14.50"),
        "capacity": 1200,
        "tags": ("jazz", "late"),
        "area_id": area.id,
        "currency": "EUR",
        "latitude": 52.52,
        "longitude": 13.41,
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("capacity", "many"),
        ("capacity", "0"),
        ("capacity", "1000001"),
        ("capacity", "9999999999999999999999"),
        ("capacity", "²"),
        ("price", "cheap"),
        ("price", "1.2.3"),
        ("latitude", "north"),
        ("longitude", "1;2"),
        ("area_id", "somewhere"),
        ("timezone", "Europe/Atlantis"),
        ("start_time", "tomorrow"),
        ("end_time", "2026-13-01T00:00"),
        ("registration_deadline", "9999-12-31T23:59:99"),
        ("end_time", "0001-01-01T00:00"),
    ],
)
def test_what_cannot_be_read_has_an_error_beside_its_field(name: str, text: str) -> None:
    wanted, errors = new(**{name: text}).read()
    assert list(errors) == [name]
    assert name not in wanted


def test_what_every_event_needs_is_required_also_in_an_edit() -> None:
    assert set(new(name="", start_time="", timezone="").read()[1]) == {"name", "start_time", "timezone"}
    event = the_event()
    assert set(edited(event, name="", start_time=" ").read(event)[1]) == {"name", "start_time"}


def test_a_time_that_the_clocks_skip_is_refused_and_the_first_of_two_is_taken() -> None:
    assert "skip" in new(start_time="2027-03-28T02:30").read()[1]["start_time"][0]
    wanted, _ = new(start_time="2027-10-31T02:30").read()
    assert wanted["start_time"] == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_what_the_form_shows_of_times_is_what_is_saved() -> None:
    event = the_event(end_time=START + timedelta(hours=3, seconds=7))
    wanted, _ = edited(event, start_time="2026-11-21T20:00", registration_deadline="2026-11-21T19:30").read(event)
    changed = change_event(event, wanted, NOW)
    assert changed.start_time == START + timedelta(hours=1)
    assert changed.end_time == event.end_time
    assert changed.registration_deadline == START + timedelta(minutes=30)


def test_another_time_zone_keeps_what_the_clocks_show() -> None:
    event = the_event()
    wanted, _ = edited(event, timezone="America/New_York").read(event)
    changed = change_event(event, wanted, NOW)
    assert changed.start_time == START + timedelta(hours=6)
    assert EventForm.of(changed).texts["start_time"] == "2026-11-21T19:00"


def test_changes_of_both_are_merged_and_only_disagreements_are_asked_for() -> None:
    event = the_event()
    sent = edited(event, name="Jazz downstairs", price="12.50", city="Hamburg")
    theirs = replace(event, name="Jazz at the pier", venue="Pier 3", city="Hamburg")
    merged = merge(sent, theirs)
    assert [(each.name, each.yours) for each in merged.differences] == [
        ("name", "Jazz downstairs"),
        ("venue", None),
        ("city", None),
    ]
    [conflict] = [each for each in merged.differences if each.yours is not None]
    assert (conflict.before, conflict.theirs) == (event.name, "Jazz at the pier")
    assert merged.form.touched == {"name", "price"}
    assert merged.form.texts["venue"] == "Pier 3"


@pytest.mark.parametrize(("kept", "expected"), [("theirs", {"price"}), ("yours", {"name", "price"})])
def test_a_choice_of_theirs_takes_their_value(kept: str, expected: set[str]) -> None:
    event = the_event()
    theirs = replace(event, name="Jazz at the pier")
    merged = merge(edited(event, name="Jazz downstairs", price="12.50"), theirs).form
    again = EventForm.sent(Form({**merged.as_form().fields, "keep.name": [kept]}))
    assert again.touched == expected


def test_every_field_that_the_form_names_is_one_of_an_event() -> None:
    assert set(LABELS) <= set(Event.__slots__)
