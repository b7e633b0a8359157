"""The page of a booking, its tickets, and cancelling it (B9, B10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.support.api_client import UNKNOWN_ID, Api, Person, book, create_event
from tests.support.form_browser import FormBrowser


async def paid_booking(ada: Person, otto: Person, **fields: object) -> dict[str, Any]:
    event = await create_event(otto, **{"capacity": 40, "price": "14.50", **fields})
    answer = await book(ada, event["id"], quantity=2, payment_token="tok_approve")
    assert answer.status == 201
    booking: dict[str, Any] = await answer.json()
    return booking


async def test_what_is_paid_back_is_shown_before_cancelling(
    browser: FormBrowser, api: Api, ada: Person, otto: Person
) -> None:
    booking = await paid_booking(ada, otto)
    page = await browser.open(f"/bookings/{booking['id']}/cancel")
    assert page.text.startswith("Cancel the booking €29.00 goes back to your card.")
    done = await browser.submit(page, "Cancel the booking")
    assert (done.heading, "€29.00 goes back to your card." in done.text) == ("Cancelled", True)
    assert (await browser.submit(page, "Cancel the booking")).heading == "Cancelled"
    await api.container.settle_payments()()
    assert "€29.00 has gone back to your card." in (await browser.open(done.path)).text


async def test_a_booking_can_be_cancelled_until_the_start(
    browser: FormBrowser, api: Api, ada: Person, otto: Person
) -> None:
    booking = await paid_booking(ada, otto)
    page = await browser.open(f"/bookings/{booking['id']}/cancel")
    api.clock.move(timedelta(days=30))
    await browser.sign_in(ada.email)
    page = await browser.submit(page, "Cancel the booking")
    assert (page.status, "can no longer be cancelled" in page.text) == (409, True)
    assert not [link for link in (await browser.open(f"/bookings/{booking['id']}")).links() if "cancel" in link]


async def test_a_cancelled_event_says_so_on_every_booking(browser: FormBrowser, ada: Person, otto: Person) -> None:
    booking = await paid_booking(ada, otto)
    await otto.post(f"/api/events/{booking['event_id']}/cancel", {})
    page = await browser.open(f"/bookings/{booking['id']}")
    assert (page.heading, "€29.00 goes back to your card" in page.text) == ("The event was cancelled", True)


async def test_somebody_elses_booking_and_ticket_are_not_found(
    new_browser: Callable[[], FormBrowser], api: Api, ada: Person, otto: Person
) -> None:
    booking = await paid_booking(ada, otto)
    browser = new_browser()
    paths = [f"/bookings/{booking['id']}{part}" for part in ("", "/pay", "/cancel", "/print", "/calendar.ics")]
    paths.append(f"/tickets/{booking['tickets'][0]['id']}")
    for path in paths:
        assert (await browser.open(path)).path == "/sign-in"
    await browser.sign_in((await api.sign_in("grace")).email)
    for path in [*paths, f"/bookings/{UNKNOWN_ID}", "/tickets/nonsense"]:
        assert (await browser.open(path)).status == 404


async def test_the_organizer_sees_who_booked_but_no_codes(
    new_browser: Callable[[], FormBrowser], ada: Person, otto: Person
) -> None:
    booking, browser = await paid_booking(ada, otto), new_browser()
    await browser.sign_in(otto.email)
    page = await browser.open(f"/bookings/{booking['id']}")
    assert "This is the booking of ada, ada@example.com." in page.text
    assert 'svg class="qr"' not in page.html


async def test_a_ticket_shows_its_code_and_when_it_was_used(browser: FormBrowser, ada: Person, otto: Person) -> None:
    soon = {"start_time": "2026-11-20T14:00:00+01:00", "timezone": "Europe/Berlin"}
    booking = await paid_booking(ada, otto, name="Jazz & <b>more</b>", **soon)
    first, second = booking["tickets"]
    page = await browser.open(f"/tickets/{first['id']}")
    assert (page.heading, "Jazz & <b>more</b>" in page.text) == ("Ticket 1 of 2", True)
    assert (len(page.document.select("svg.qr")), first["code"] in page.text) == (1, True)
    assert f"/tickets/{second['id']}" in page.links()
    checked_in = await otto.post(f"/api/events/{booking['event_id']}/check-in", {"code": first["code"]})
    assert checked_in.status == 200
    assert "Used at 13:00" in (await browser.open(f"/tickets/{first['id']}")).text
    await otto.delete(f"/api/bookings/{booking['id']}")
    page = await browser.open(f"/tickets/{second['id']}")
    assert ("Void" in page.text, page.document.select("s")[0].get_text()) == (True, second["code"])


async def test_tickets_are_printed_and_put_into_a_calendar(browser: FormBrowser, ada: Person, otto: Person) -> None:
    booking = await paid_booking(ada, otto)
    page = await browser.open(f"/bookings/{booking['id']}/print")
    assert [each["code"] in page.text for each in booking["tickets"]] == [True, True]
    assert len(page.document.select("svg.qr")) == 2
    assert page.document.select(".print-ticket")[0].get_text().count("ada") == 1
    entry = await browser.open(f"/bookings/{booking['id']}/calendar.ics")
    assert (entry.headers["Content-Type"], "BEGIN:VEVENT" in entry.html) == ("text/calendar; charset=utf-8", True)
    await ada.delete(f"/api/bookings/{booking['id']}")
    assert (await browser.open(f"/bookings/{booking['id']}/print")).path == f"/bookings/{booking['id']}"


async def test_the_service_worker_keeps_a_shell_that_shows_nobody(browser: FormBrowser) -> None:
    worker = await browser.open("/sw.js")
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert '"/offline"' in worker.html
    assert (await browser.open("/offline")).heading == "No network"
