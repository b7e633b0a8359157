"""Paying on the pages: charged once, and honest about what happened (B4, B5)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from tests.support.api_client import Api, Person, book, create_event, create_mapped_event
from tests.support.form_browser import FormBrowser, SeenPage

PAY = "Pay €29.00"


async def hold(browser: FormBrowser, otto: Person) -> SeenPage:
    """Hold two places, and return the page to pay them."""
    event = await create_event(otto, capacity=40, price="14.50")
    page = await browser.submit(await browser.open(f"/events/{event['id']}/book?quantity=2"), "Hold and pay")
    assert (page.heading, page.path.endswith("/pay")) == (PAY, True)
    return page


async def charged(api: Api) -> list[Decimal]:
    gateway = api.container.gateway()
    return [entry.amount for entry in await gateway.ledger.entries() if entry.outcome == "approved"]


async def test_a_hold_is_paid_once_and_becomes_tickets(browser: FormBrowser, api: Api, otto: Person) -> None:
    page = await hold(browser, otto)
    assert "Yours until 12:10" in page.text  # the clock stands at 12:00
    assert "€14.50 Total €29.00" in page.text
    one, other = page, await browser.open(page.path)
    paid = await browser.submit(one, PAY)
    assert (paid.heading, paid.path) == ("You are going", page.path.removesuffix("/pay"))
    for again in (one, other):
        assert (await browser.submit(again, PAY)).heading == "You are going"
    assert await charged(api) == [Decimal("29.00")]
    assert (await browser.open(page.path)).path == paid.path


async def test_a_declined_card_leads_to_one_button_for_the_same_seats(browser: FormBrowser, otto: Person) -> None:
    event_id = await create_mapped_event(otto, price="14.50")
    page = await browser.open(f"/events/{event_id}/seats?view=list")
    page = await browser.submit(page, "Hold and pay", seat=["B-2", "B-3"])
    page = await browser.submit(page, PAY, payment_token="tok_decline")
    assert page.heading == "The payment was declined"
    assert "Nothing was charged, and the seats went back." in page.text
    page = await browser.submit(page, "Try for the same seats: B-2, B-3")
    page = await browser.submit(page, PAY)
    assert page.heading == "You are going"
    assert "Seat B-2" in page.text


async def test_without_an_answer_the_places_stay_held_and_the_page_says_so(
    browser: FormBrowser, api: Api, otto: Person
) -> None:
    page = await browser.submit(await hold(browser, otto), PAY, payment_token="tok_timeout")
    assert page.heading == "Your payment is being checked"
    assert "pay again: this page will tell you" in page.text
    assert (await browser.open(f"{page.path}/pay")).heading == page.heading
    api.clock.move(timedelta(minutes=30))
    await api.container.settle_payments()()
    assert (await browser.open(page.path)).heading == "You are going"


async def test_an_expired_hold_can_be_tried_for_again(browser: FormBrowser, api: Api, otto: Person) -> None:
    page = await hold(browser, otto)
    api.clock.move(timedelta(minutes=10))
    page = await browser.submit(page, PAY)
    assert page.heading == "The time to pay has passed"
    assert await charged(api) == []
    assert (await browser.submit(page, "Try again for 2 places")).heading == PAY


async def test_others_who_wait_come_first(browser: FormBrowser, api: Api, otto: Person) -> None:
    event = await create_event(otto, capacity=2, price="14.50")
    page = await browser.submit(await browser.open(f"/events/{event['id']}/book?quantity=2"), "Hold and pay")
    for name in ("grace", "hedy"):
        await book(await api.sign_in(name), event["id"], quantity=2)
    page = await browser.submit(page, PAY, payment_token="tok_insufficient")
    assert "Others waited in the line, and come first: you would be 2nd." in page.text
    assert (await browser.submit(page, "Join the line again")).heading == "You are 2nd in line"


async def test_an_offer_is_paid_or_declined(browser: FormBrowser, api: Api, otto: Person) -> None:
    event = await create_event(otto, capacity=2, price="14.50")
    grace = await api.sign_in("grace")
    first = await (await book(grace, event["id"], quantity=2)).json()
    page = await browser.submit(await browser.open(f"/events/{event['id']}/book?quantity=2"), "Join the line")
    await grace.delete(f"/api/bookings/{first['id']}")
    page = await browser.open(page.path)
    assert (page.heading, "Yours until 12:30" in page.text) == ("Places for you", True)
    page = await browser.submit(await browser.open(f"{page.path}/cancel"), "Decline the offer")
    assert page.heading == "Cancelled"


async def test_a_card_has_to_be_chosen(browser: FormBrowser, otto: Person) -> None:
    page = await browser.submit(await hold(browser, otto), PAY, payment_token=())
    assert (page.status, "Choose a card." in page.text) == (422, True)
