"""From finding a night to the tickets, as a member in a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.async_api import Page, expect

from core.booking.model import BookingStatus
from tests.support.browsing import PHONE, OpenTab
from tests.support.site import EMAILS, PASSWORD, Role, Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCEPTED, DECLINED, NO_ANSWER = "A card that is accepted", "A card that is declined", "No answer, but charged"


async def choose_first_seats(page: Page, count: int) -> None:
    """Choose neighbours on the map with the keyboard, from the first seat on."""
    grid = page.get_by_role("grid", name="Seats")
    await grid.get_by_role("gridcell").first.focus()
    await page.keyboard.press("Control+Home")
    for number in range(count):
        if number:
            await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Space")


async def pay(page: Page, card: str) -> None:
    await page.get_by_label(card).check()
    await page.get_by_role("button", name=re.compile("^Pay ")).click()


async def test_a_visitor_finds_a_free_night_signs_in_and_books_it_once(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("Lantern Walk", description="Along the canal, with lanterns.")
    tab = await open_tab()
    page = tab.page
    await tab.open("/")
    await page.get_by_role("main").get_by_role("searchbox").fill("lantrn walk")
    await page.get_by_role("main").get_by_role("link", name=re.compile("Lantern Walk")).first.click()
    await page.get_by_role("link", name="Book", exact=True).click()
    await page.get_by_label("How many").fill("2")
    await page.get_by_role("button", name="Sign in to book").click()
    await page.get_by_label("Email").fill(EMAILS[Role.MEMBER])
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_label("How many")).to_have_value("2")
    await tab.shoot("book places")
    await page.get_by_role("button", name="Book", exact=True).dblclick()
    await expect(page.get_by_role("heading", level=1, name="You are going")).to_be_visible()
    await page.go_back()
    if await page.get_by_role("button", name="Book", exact=True).is_visible():
        await page.get_by_role("button", name="Book", exact=True).click()
        await expect(page.get_by_role("heading", level=1, name="You are going")).to_be_visible()
    [booking] = site.bookings_of(event_id, Role.MEMBER)
    assert (booking.quantity, booking.status) == (2, BookingStatus.CONFIRMED)
    await tab.open(f"/events/{event_id}")
    await expect(page.get_by_text("You are going")).to_be_visible()
    await tab.shoot("event, going")


async def test_a_visitor_chooses_free_seats_before_signing_in(site: Site, open_tab: OpenTab) -> None:
    tab = await open_tab()
    page = tab.page
    path = site.event_path("Chamber Music under the Ferry")
    await tab.open(path)
    await tab.shoot("front, event")
    await tab.open(f"{path}/seats")
    grid = page.get_by_role("grid", name="Seats")
    await grid.get_by_role("gridcell").first.focus()
    await page.keyboard.press("Control+Home")
    for _ in range(2):
        await page.keyboard.press("n")
        await expect(grid.locator(":focus")).to_have_accessible_name(re.compile("free"))
        await page.keyboard.press("Space")
    await expect(page.get_by_text("2 of 10 at most · €36.00", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Sign in to book")).to_be_enabled()
    await tab.shoot("front, seats")


async def test_named_seats_are_held_and_paid_after_a_declined_card(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("Seats on a Card", seats=(5, 8), price=Decimal("14.50"))
    tab = await open_tab(Role.MEMBER)
    page = tab.page
    await tab.open(f"/events/{event_id}/seats")
    await choose_first_seats(page, 2)
    assert await tab.find_barriers() == []
    await tab.shoot("seats, chosen")
    await page.get_by_role("button", name="Hold and pay").click()
    await expect(page.get_by_role("heading", level=1, name="Pay €29.00")).to_be_visible()
    assert await tab.find_barriers() == []
    await tab.shoot("pay")

    await pay(page, DECLINED)
    await expect(page.get_by_role("heading", level=1, name="The payment was declined")).to_be_visible()
    await tab.shoot("booking, declined")
    await page.get_by_role("button", name=re.compile("A-1, A-2")).click()
    await pay(page, ACCEPTED)
    await expect(page.get_by_role("heading", level=1, name="You are going")).to_be_visible()
    await tab.shoot("booking, confirmed")
    statuses = [booking.status for booking in site.bookings_of(event_id, Role.MEMBER)]
    assert sorted(statuses) == [BookingStatus.CONFIRMED, BookingStatus.FAILED]

    await tab.look("light", PHONE)
    await page.get_by_role("link", name=re.compile("Seat A-1")).click()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert await tab.find_barriers() == []
    await tab.shoot("ticket")


async def test_a_bank_that_does_not_answer_leaves_the_seats_held_until_the_page_says_what_became_of_it(
    site: Site, open_tab: OpenTab
) -> None:
    event_id = site.add_event("A Silent Bank", price=Decimal(9))
    tab = await open_tab(Role.MEMBER)
    await tab.open(f"/events/{event_id}/book")
    await tab.page.get_by_role("button", name="Hold and pay").click()
    await pay(tab.page, NO_ANSWER)
    await expect(tab.page.get_by_role("heading", level=1, name="Your payment is being checked")).to_be_visible()
    await tab.shoot("booking, no answer")
    [booking] = site.bookings_of(event_id, Role.MEMBER)
    assert (booking.status, booking.paying) == (BookingStatus.PENDING, True)
    await expect(tab.page.locator("main")).to_have_attribute("data-live-state", "current")
    site.run(replace(site.container.settle_payments(), patience=timedelta(0))())
    await expect(tab.page.get_by_role("heading", level=1, name="You are going")).to_be_visible()


async def test_of_two_windows_one_gets_the_seat_and_the_other_is_offered_the_nearest(
    site: Site, open_tab: OpenTab
) -> None:
    event_id = site.add_event("Two Windows", seats=(4, 6))
    first, second = await open_tab(Role.MEMBER), await open_tab(Role.ORGANIZER)
    await second.open(f"/events/{event_id}/seats")
    await second.page.get_by_role("button", name="Pause live updates").click()  # otherwise it would know before
    for tab in (first, second):
        await tab.open(f"/events/{event_id}/seats")
        await choose_first_seats(tab.page, 2)
    await first.page.get_by_role("button", name="Book", exact=True).click()
    await expect(first.page.get_by_role("heading", level=1, name="You are going")).to_be_visible()
    await second.page.get_by_role("button", name="Book", exact=True).click()
    await expect(second.page.get_by_text("A-1 and A-2 are taken")).to_be_visible()
    assert await second.find_barriers() == []
    await second.shoot("seats, lost")
    await second.page.get_by_role("link", name=re.compile("^Take A-3")).click()
    await second.page.get_by_role("button", name="Book", exact=True).click()
    await expect(second.page.get_by_role("heading", level=1, name="You are going")).to_be_visible()
    await second.open(f"/events/{event_id}/seats")
    await expect(second.page.get_by_role("gridcell", name=re.compile("seat 1, ")).first).not_to_have_accessible_name(
        re.compile("free")
    )


async def test_a_member_waits_in_line_pays_the_offer_and_cancels(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("A Line for One", capacity=1, price=Decimal(20))
    taken = site.book(event_id)
    tab = await open_tab(Role.MEMBER)
    page = tab.page
    await tab.open(f"/events/{event_id}")
    await page.get_by_role("link", name="Join the line").click()
    await page.get_by_role("button", name="Join the line").click()
    await expect(page.get_by_role("heading", level=1, name="You are 1st in line")).to_be_visible()
    await tab.shoot("booking, waiting")

    site.cancel(taken)
    await page.reload()
    await expect(page.get_by_role("heading", level=1, name="Places for you")).to_be_visible()
    await tab.shoot("booking, offered")
    await page.get_by_role("link", name=re.compile("^Pay ")).click()
    await pay(page, ACCEPTED)
    await expect(page.get_by_role("heading", level=1, name="You are going")).to_be_visible()

    await page.get_by_role("link", name=re.compile("^Cancel and get €20.00 back")).click()
    await tab.shoot("cancel")
    await page.get_by_role("button", name="Cancel the booking").click()
    await expect(page.get_by_role("heading", level=1, name="Cancelled")).to_be_visible()
    await expect(page.get_by_text("€20.00").first).to_be_visible()
