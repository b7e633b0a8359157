"""Attendees, the line and the seat map of an event on the desk."""

from __future__ import annotations

import csv
import io

from tests.support.api_client import Api, Person, book, create_event
from tests.support.form_browser import FormBrowser


async def test_attendees_are_searched_and_downloaded(browser: FormBrowser, api: Api, ada: Person, otto: Person) -> None:
    event = await create_event(otto, capacity=3)
    await book(ada, event["id"], quantity=2)
    await book(await api.sign_in("bob"), event["id"])
    await book(await api.sign_in("eve"), event["id"], quantity=2)
    address = f"/desk/events/{event['id']}/attendees"
    page = await browser.open(address)
    assert "3 bookings, the latest first" in page.text
    assert [row.get_text() for row in page.document.select("tbody .mail")] == [
        "eve@example.com",
        "bob@example.com",
        "ada@example.com",
    ]
    found = await browser.submit(page, "Find", q="ADA@", status="confirmed", checked_in="false")
    assert "1 booking, the latest first" in found.text
    [file] = [link for link in found.links() if ".csv" in link]
    answer = await browser.open(file)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.html.removeprefix("\ufeff"))))
    assert [(row["Name"], row["Places"], row["Ticket"]) for row in rows] == [("ada", "1", "valid")] * 2
    everybody = list(csv.DictReader(io.StringIO((await browser.open(f"{address}.csv")).html)))
    assert sum(int(row["Places"]) for row in everybody) == 5
    assert "Nobody matches" in (await browser.open(f"{address}?q=zoe&status=nonsense")).text


async def test_the_line_is_in_its_order(browser: FormBrowser, api: Api, otto: Person) -> None:
    event = await create_event(otto, capacity=1)
    address = f"/desk/events/{event['id']}/line"
    assert "1 place is left." in (await browser.open(address)).text
    for name in ("ada", "bob", "eve"):
        await book(await api.sign_in(name), event["id"])
    page = await browser.open(address)
    assert [row.get_text() for row in page.document.select("tbody .mail")] == ["bob@example.com", "eve@example.com"]
    assert [cell.get_text() for cell in page.document.select("td[data-label=Place]")] == ["1", "2"]


async def test_a_map_is_previewed_made_made_anew_and_removed(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto, capacity=12)
    address = f"/desk/events/{event['id']}/seats"
    page = await browser.open(address)
    assert page.document.select_one("#per_row")["value"] == "4"  # type: ignore[index]
    preview = await browser.submit(page, "Show what it would do", rows="2", per_row="8")
    assert dict(preview.address.query) == {"rows": "2", "per_row": "8"}
    assert "12 → 16 places 16 seats are new: A-1 to B-8" in preview.text
    page = await browser.submit(preview, "Create the map")
    assert "16 seats, 16 free" in page.text
    page = await browser.submit(page, "Make it anew", rows="3", per_row="5")
    assert "15 seats, 15 free" in page.text
    page = await browser.submit(page, "Remove the map")
    assert "no map yet" in page.text


async def test_a_taken_map_grows_and_shrinks_at_its_end(browser: FormBrowser, ada: Person, otto: Person) -> None:
    event = await create_event(otto, capacity=12)
    address = f"/desk/events/{event['id']}/seats"
    page = await browser.submit(await browser.open(address), "Create the map", rows="2", per_row="6")
    await book(ada, event["id"], seat_ids=["B-2"])
    page = await browser.open(f"{address}?capacity=9")
    assert "3 seats are removed: B-4 to B-6" in page.text
    page = await browser.submit(page, "Save")
    assert "9 seats, 8 free" in page.text
    blocked = await browser.open(f"{address}?capacity=7")
    assert "That is not possible. Seats beyond the new capacity are taken: B-2." in blocked.text
    page = await browser.submit(blocked, "Save")
    assert (page.status, "B-2" in page.text) == (409, True)
    assert page.document.select_one("#capacity")["value"] == "7"  # type: ignore[index]


async def test_numbers_that_make_no_map_have_errors_beside_them(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto)
    page = await browser.open(f"/desk/events/{event['id']}/seats")
    for rows, per_row, field in (("", "10", "rows"), ("2", "-1", "per_row"), ("2", "2000", "per_row")):
        answer = await browser.submit(page, "Create the map", rows=rows, per_row=per_row)
        assert (answer.status, bool(answer.document.select(f"#{field}-error"))) == (422, True)
    assert "Must be 1 to 1000." in (await browser.open(f"{page.path}?rows=2&per_row=2000")).text
