"""Booking a number of places on the pages: once, whatever the browser does (B1-B4, B6)."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.api_client import Api, Person, book, create_event
from tests.support.form_browser import FormBrowser


async def booked(otto: Person, event_id: str) -> list[tuple[str, int]]:
    items = (await (await otto.get(f"/api/events/{event_id}/bookings")).json())["items"]
    return [(each["status"], each["quantity"]) for each in items]


async def test_a_visitor_signs_in_before_anything_is_held_and_keeps_the_choice(
    new_browser: Callable[[], FormBrowser], ada: Person, otto: Person
) -> None:
    event = await create_event(otto, name="Jazz & <b>more</b>", capacity=80)
    browser = new_browser()
    page = await browser.open(f"/events/{event['id']}/book")
    assert page.heading == "Book places"
    assert "Jazz & <b>more</b>" in page.text
    page = await browser.submit(page, "Sign in to book", quantity="3", waitlist="")
    assert (page.path, await booked(otto, event["id"])) == ("/sign-in", [])
    page = await browser.submit(page, "Sign in", email=ada.email, password="correct horse")
    assert page.address.path_qs == f"/events/{event['id']}/book?quantity=3&waitlist=off"
    assert not page.document.select("input[name=waitlist][checked]")
    page = await browser.submit(page, "Book")
    assert (page.heading, await booked(otto, event["id"])) == ("You are going", [("confirmed", 3)])
    assert page.path.startswith("/bookings/")
    assert len(page.document.select(".ticket-list li")) == 3


async def test_a_form_that_is_sent_twice_or_open_in_two_tabs_books_once(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto, capacity=80)
    path = f"/events/{event['id']}/book?quantity=2"
    one, other = await browser.open(path), await browser.open(path)
    first = await browser.submit(one, "Book")
    assert (await browser.submit(one, "Book")).address == first.address
    assert (await browser.submit(other, "Book")).address == first.address
    assert await booked(otto, event["id"]) == [("confirmed", 2)]
    page = await browser.open(path)
    assert "You have 2 places here already" in page.text
    await browser.submit(page, "Book more")  # on purpose, after having read that
    assert await booked(otto, event["id"]) == [("confirmed", 2), ("confirmed", 2)]


async def test_another_choice_in_another_tab_is_asked_about(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto, capacity=80)
    one, other = [await browser.open(f"/events/{event['id']}/book?quantity={n}") for n in (1, 2)]
    await browser.submit(one, "Book")
    page = await browser.submit(other, "Book")
    assert page.status == 422
    assert "in another tab a moment ago" in page.text
    await browser.submit(page, "Book more")
    assert await booked(otto, event["id"]) == [("confirmed", 2), ("confirmed", 1)]


async def test_mistakes_are_beside_the_field_and_nothing_is_lost(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto, capacity=80)
    page = await browser.open(f"/events/{event['id']}/book")
    page = await browser.submit(page, "Book", quantity="11 <i>", waitlist=())
    assert page.status == 422
    assert page.document.title is not None
    assert page.document.title.get_text().startswith("Error: ")
    [field] = page.document.select("#quantity")
    assert (field["value"], field["aria-invalid"]) == ("11 <i>", "true")
    assert not page.document.select("#waitlist[checked]")


async def test_the_party_joins_the_line_of_a_full_event_and_leaves_it(
    browser: FormBrowser, api: Api, otto: Person
) -> None:
    event = await create_event(otto, capacity=2)
    await book(await api.sign_in("grace"), event["id"], quantity=2)
    await book(await api.sign_in("hedy"), event["id"], quantity=1)
    page = await browser.open(f"/events/{event['id']}/book?quantity=2")
    assert "1 party waits; you would be 2nd. Nobody overtakes." in page.text
    page = await browser.submit(page, "Join the line")
    assert page.heading == "You are 2nd in line"
    page = await browser.submit(await browser.open(f"{page.path}/cancel"), "Leave the line")
    assert page.heading == "Cancelled"
    assert ("cancelled", 2) in await booked(otto, event["id"])


async def test_declining_the_line_books_nothing_when_places_have_gone(
    browser: FormBrowser, api: Api, otto: Person
) -> None:
    event = await create_event(otto, capacity=2)
    page = await browser.open(f"/events/{event['id']}/book?quantity=2")
    await book(await api.sign_in("grace"), event["id"], quantity=1)
    page = await browser.submit(page, "Book", waitlist=())
    assert (page.status, "Those places have just gone" in page.text) == (409, True)
    assert "1 place of 2 left" in page.text
    assert (await browser.submit(page, "Book", quantity="1")).heading == "You are going"


async def test_an_event_that_is_over_says_so(browser: FormBrowser, otto: Person) -> None:
    event = await create_event(otto, capacity=2)
    await otto.patch(f"/api/events/{event['id']}", {"status": "closed"})
    page = await browser.open(f"/events/{event['id']}/book")
    assert (page.status, page.heading) == (200, "This event is closed for booking")
    assert (await browser.open("/events/nonsense/book")).status == 404
