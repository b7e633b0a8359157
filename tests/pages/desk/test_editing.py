"""Creating and editing events on the desk: nothing typed is lost, and two editors don't overwrite each other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api_client import Person, book, create_event
from tests.support.form_browser import FormBrowser

CREATE, SAVE = "Create the event", "Save"


async def read(otto: Person, event_id: str) -> dict[str, Any]:
    event: dict[str, Any] = await (await otto.get(f"/api/events/{event_id}")).json()
    return event


async def test_an_event_is_created_with_all_its_fields(browser: FormBrowser, otto: Person) -> None:
    page = await browser.submit(
        await browser.open("/desk/events/new"),
        CREATE,
        name="Jazz in the cellar",
        description="First line\r\n\r\nhttps://example.org",
        category="Music",
        tags="jazz, late night",
        timezone="America/New_York",
        start_time="2026-12-01T20:00",
        end_time="2026-12-01T23:30",
        registration_deadline="2026-12-01T18:00",
        venue="The Cellar",
        city="New York",
        country="United States",
        latitude="40.7",
        longitude="-74",
        capacity="80",
        price="14.50",
        currency="USD",
    )
    assert page.heading == "Jazz in the cellar Open"
    event = await read(otto, page.path.rsplit("/", 1)[1])
    shown = {
        "description": "First line\n\nhttps://example.org",
        "tags": ["jazz", "late night"],
        "start_time": "2026-12-02T01:00:00Z",
        "end_time": "2026-12-02T04:30:00Z",
        "registration_deadline": "2026-12-01T23:00:00Z",
        "timezone": "America/New_York",
        "longitude": -74.0,
        "capacity": 80,
        "price": "14.50",
        "currency": "USD",
    }
    assert {name: event[name] for name in shown} == shown


async def test_mistakes_are_beside_their_fields_and_everything_typed_is_kept(browser: FormBrowser) -> None:
    typed = {
        "name": " ",
        "description": "<script>alert(1)</script>",
        "capacity": "some",
        "price": "cheap",
        "city": "Ulm",
    }
    page = await browser.submit(await browser.open("/desk/events/new"), CREATE, **typed)
    assert page.status == 422
    assert page.document.title is not None
    assert page.document.title.get_text().startswith("Error: ")
    errors = [link["href"] for link in page.document.select(".error-summary a")]
    assert errors == ["#name", "#start_time", "#timezone", "#capacity", "#price"]
    assert page.document.select_one("#capacity")["value"] == "some"  # type: ignore[index]
    assert page.document.select_one("#city")["value"] == "Ulm"  # type: ignore[index]
    assert "<script>alert(1)</script>" not in page.html.replace("\n", "")
    assert page.document.select_one("#description").get_text().strip() == typed["description"]  # type: ignore[union-attr]
    for link in errors:
        assert page.document.select_one(f"{link}-error") is not None


async def test_a_new_event_begins_with_the_zone_and_currency_of_the_one_before(
    browser: FormBrowser, otto: Person
) -> None:
    await create_event(otto, timezone="Asia/Tokyo", currency="JPY")
    page = await browser.open("/desk/events/new")
    chosen = [option.get_text() for option in page.document.select("option[selected]")]
    assert chosen == ["Asia/Tokyo", "JPY"]


async def test_only_what_was_touched_is_changed(browser: FormBrowser, otto: Person) -> None:
    start = "2026-12-01T20:00:30+01:00"
    event = await create_event(otto, timezone="Europe/Berlin", start_time=start, description="One\r\nTwo")
    edit = await browser.open(f"/desk/events/{event['id']}/edit")
    page = await browser.submit(edit, SAVE, name="Renamed")
    assert page.heading.startswith("Renamed")
    changed = await read(otto, event["id"])
    assert changed == event | {name: changed[name] for name in ("name", "updated_at")}
    await browser.submit(await browser.open(f"/desk/events/{event['id']}/edit"), SAVE)
    assert await read(otto, event["id"]) == changed


async def test_another_time_is_announced_to_those_who_booked(browser: FormBrowser, ada: Person, otto: Person) -> None:
    event = await create_event(otto, timezone="Europe/Berlin")
    await book(ada, event["id"])
    page = await browser.open(f"/desk/events/{event['id']}/edit")
    assert "1 place is booked. If the time or the place changes, everybody is notified." in page.text
    page = await browser.submit(page, SAVE, venue="Somewhere else")
    assert "Everybody who has booked is notified about the new time or place." in page.html


async def test_an_edit_of_an_outdated_form_shows_both_and_lets_one_choose(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto, name="Jazz", city="Ulm")
    mine = await browser.open(f"/desk/events/{event['id']}/edit")
    await otto.patch(f"/api/events/{event['id']}", {"name": "Jazz <at> the pier", "venue": "Pier 3"})
    page = await browser.submit(mine, SAVE, name="Jazz downstairs", city="Bonn")
    assert page.status == 412
    assert "Yours: Jazz downstairs" in page.text
    assert "Theirs: Jazz <at> the pier It was: Jazz" in page.text
    assert "Venue: Pier 3" in page.text
    assert (await read(otto, event["id"]))["city"] == "Ulm"
    await browser.submit(page, SAVE, **{"keep.name": "theirs"})
    saved = await read(otto, event["id"])
    assert (saved["name"], saved["venue"], saved["city"]) == ("Jazz <at> the pier", "Pier 3", "Bonn")


async def test_one_s_own_value_can_be_kept_in_a_conflict(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto, name="Jazz")
    mine = await browser.open(f"/desk/events/{event['id']}/edit")
    await otto.patch(f"/api/events/{event['id']}", {"name": "Jazz at the pier"})
    await browser.submit(await browser.submit(mine, SAVE, name="Jazz downstairs"), SAVE)
    assert (await read(otto, event["id"]))["name"] == "Jazz downstairs"


async def test_a_change_of_something_else_is_no_conflict(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto, capacity=12)
    mine = await browser.open(f"/desk/events/{event['id']}/edit")
    await otto.post(f"/api/admin/events/{event['id']}/seats/generate", {"per_row": 6})
    page = await browser.submit(mine, SAVE, name="With seats")
    assert (page.status, page.heading) == (200, "With seats Open")


async def test_a_capacity_below_what_is_booked_is_refused_beside_the_field(
    browser: FormBrowser, ada: Person, otto: Person
) -> None:
    event = await create_event(otto, capacity=10)
    await book(ada, event["id"], quantity=4)
    page = await browser.submit(await browser.open(f"/desk/events/{event['id']}/edit"), SAVE, capacity="3")
    assert (page.status, "4 places are taken already" in page.text) == (409, True)
    await browser.submit(page, SAVE, capacity="")
    assert (await read(otto, event["id"]))["capacity"] is None


async def test_errors_of_the_model_are_beside_their_fields_too(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto, timezone="Europe/Berlin")
    edit = await browser.open(f"/desk/events/{event['id']}/edit")
    page = await browser.submit(edit, SAVE, end_time="2020-01-01T10:00", currency="JPY", price="1.50")
    assert page.status == 422
    assert {link["href"] for link in page.document.select(".error-summary a")} == {"#end_time", "#price"}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", "Jazz \N{RIGHT-TO-LEFT OVERRIDE}zzaj"),
        ("description", "Jazz\x1b[31m"),
        ("tags", "jazz, blue\x07"),
        ("capacity", "000000001" + "9" * 4500),
        ("start_time", "9999-12-31T23:59"),
        ("end_time", "0001-01-01T00:00"),
        ("price", "NaN"),
    ],
)
async def test_what_the_api_would_refuse_is_refused_beside_its_field(
    browser: FormBrowser, field: str, text: str
) -> None:
    typed = {"name": "Jazz", "start_time": "2026-12-01T20:00", "timezone": "Europe/Berlin", field: text}
    page = await browser.submit(await browser.open("/desk/events/new"), CREATE, **typed)
    assert page.status == 422
    assert [link["href"] for link in page.document.select("[data-error-summary] a")] == [f"#{field}"]
