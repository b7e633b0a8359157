"""Choosing seats from the list, which needs no scripts (B2, B8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.http.pages.booking.seats import list_page
from core.booking.seats import SeatMap
from core.shared.versions import Version
from tests.support.api_client import PASSWORD, Api, Person, book, create_event, create_mapped_event
from tests.support.form_browser import FormBrowser, SeenPage


def chosen(page: SeenPage) -> list[str]:
    return [str(box["value"]) for box in page.document.select(".seat-list [name=seat][checked]")]


@pytest.mark.parametrize(
    ("per_row", "total", "wanted", "rows", "pages"),
    [
        (10, 1200, "1", 50, 3),
        (10, 1200, "3", 20, 3),
        (12, 1200, "nonsense", 41, 3),
        (1000, 2500, "2", 1, 5),
        (3, 7, "9", 3, 1),
    ],
)
def test_a_page_of_the_list_has_whole_rows_and_about_500_seats(
    per_row: int, total: int, wanted: str, rows: int, pages: int
) -> None:
    listed = list_page(SeatMap(Version("1"), per_row, "a" * total), wanted)
    assert (len(listed.rows), len(listed.pages)) == (rows, pages)
    assert len(listed.free) <= 500


def test_rows_that_continue_on_the_next_page_keep_their_numbers() -> None:
    listed = list_page(SeatMap(Version("1"), 1000, "ar" * 1000), "4")
    [row] = listed.rows
    assert (row.label, row.total, row.free[0], row.free[-1]) == ("B", 500, ("B-501", 501), ("B-999", 999))


async def test_seats_are_chosen_from_the_list_over_several_pages(browser: FormBrowser, otto: Person) -> None:
    event_id = await create_mapped_event(otto, rows=60, per_row=10)
    page = await browser.open(f"/events/{event_id}/seats?view=list")
    page = await browser.submit(page, "From row AY", seat=["B-3", "B-4"])
    assert page.address.query["page"] == "2"
    assert chosen(page) == ["B-3", "B-4"]
    page = await browser.submit(page, "Book", seat=["B-3", "BA-1"])
    assert page.heading == "You are going"
    assert "Seat B-3" in page.text
    assert "Seat BA-1" in page.text


async def test_a_visitor_chooses_first_and_signs_in_then(
    new_browser: Callable[[], FormBrowser], ada: Person, otto: Person
) -> None:
    event_id, browser = await create_mapped_event(otto), new_browser()
    page = await browser.open(f"/events/{event_id}/seats?view=list")
    page = await browser.submit(page, "Sign in to book", seat=["A-2", "A-3"])
    assert page.path == "/sign-in"
    page = await browser.submit(page, "Sign in", email=ada.email, password=PASSWORD)
    assert (page.address.path_qs, chosen(page)) == (f"/events/{event_id}/seats?seat=A-2&seat=A-3", ["A-2", "A-3"])


async def test_a_lost_seat_comes_with_the_nearest_equal_set(browser: FormBrowser, api: Api, otto: Person) -> None:
    event_id = await create_mapped_event(otto)
    page = await browser.open(f"/events/{event_id}/seats?view=list")
    await book(await api.sign_in("grace"), event_id, seat_ids=["B-3"])
    page = await browser.submit(page, "Book", seat=["B-3", "B-4"])
    assert page.status == 409
    assert "B-3 is taken. B-4 and B-5 are free, side by side. The others are still chosen." in page.text
    assert chosen(page) == ["B-4"]
    [offer] = [link for link in page.links() if "seat=B-4&seat=B-5" in link]
    page = await browser.submit(await browser.open(f"{offer}&view=list"), "Book")
    assert "Seat B-4" in page.text
    assert "Seat B-5" in page.text


async def test_what_cannot_be_booked_is_explained(browser: FormBrowser, otto: Person) -> None:
    event_id = await create_mapped_event(otto)
    path = f"/events/{event_id}/seats?view=list"
    page = await browser.submit(await browser.open(path), "Book")
    assert (page.status, "Choose 1 to 10 seats." in page.text) == (422, True)
    many = [f"{row}-{column}" for row in "ABC" for column in range(1, 5)]
    page = await browser.submit(page, "Book", seat=many)
    assert (page.status, "Choose 1 to 10 seats." in page.text, chosen(page)) == (422, True, many)
    page = await browser.submit(page, "Book", seat=["Z-9"])
    assert (page.status, "Z-9 is taken" in page.text) == (422, True)


async def test_other_seats_in_another_tab_are_asked_about(browser: FormBrowser, otto: Person) -> None:
    path = f"/events/{await create_mapped_event(otto)}/seats?view=list"
    one, other = await browser.open(path), await browser.open(path)
    first = await browser.submit(one, "Book", seat=["A-1"])
    assert (await browser.submit(one, "Book", seat=["A-1"])).address == first.address
    page = await browser.submit(other, "Book", seat=["A-2"])
    assert (page.status, "in another tab a moment ago" in page.text, chosen(page)) == (422, True, ["A-2"])
    assert "Seat A-2" in (await browser.submit(page, "Book")).text


async def test_a_full_hall_offers_the_line(browser: FormBrowser, api: Api, otto: Person) -> None:
    event_id = await create_mapped_event(otto, rows=1, per_row=2)
    await book(await api.sign_in("grace"), event_id, quantity=2)
    page = await browser.open(f"/events/{event_id}/seats?seat=A-1&seat=A-2")
    assert page.heading == "Join the line"
    assert (await browser.submit(page, "Join the line")).heading == "You are 1st in line"


async def test_an_event_without_a_seat_map_is_booked_by_number(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto, capacity=20)
    page = await browser.open(f"/events/{event['id']}/seats")
    assert (page.path, page.heading) == (f"/events/{event['id']}/book", "Book places")
    event_id = await create_mapped_event(otto)
    page = await browser.open(f"/events/{event_id}/book?quantity=2")
    assert page.document.select("[name=seats_wanted][value=best][checked]")
    page = await browser.submit(page, "Book")
    assert "Seat A-1" in page.text
    assert "Seat A-2" in page.text
