"""Links in emails about bookings: people without an account see and cancel theirs, until the event starts."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest

from core.shared.ids import BookingId
from tests.support.api_client import PASSWORD, UNKNOWN_ID, Api, assert_refused, book, create_event

VISITOR = {"full_name": "Grace Hopper", "email": "grace@example.com"}
UNTIL_START = timedelta(days=30)
FORM = '<form method="post" action="/booking">'


async def register(api: Api, event_id: str, visitor: dict[str, str] = VISITOR) -> str:
    """Register a visitor, and return the token of the link in the email about it."""
    assert (await api.anonymous.post(f"/api/events/{event_id}/register", visitor)).status in {201, 202}
    await api.container.notify_bookers()()
    waiting = (each.message for each in api.container.memory().notifications)
    [token] = [each.secret for each in waiting if each.email == visitor["email"]]
    return token or ""


async def show(api: Api, token: str) -> tuple[int, str]:
    """Return the status and the text of the page that a link opens."""
    answer = await api.anonymous.get("/booking", token=token)
    return answer.status, unescape(await answer.text())


async def press(api: Api, token: str) -> tuple[int, str]:
    """Post the page's form, as a browser does, and return the status and the text of the page after it."""
    answer = await api.anonymous.request("POST", "/booking", data={"token": token})
    return answer.status, unescape(await answer.text())


async def test_a_visitor_cancels_with_the_link_and_its_page_needs_no_script(api: Api) -> None:
    otto = await api.sign_in_organizer()
    event = await create_event(otto, name="Jazz & <b>more</b>", capacity=1)
    token = await register(api, event["id"])
    for _ in range(2):  # opening the link changes nothing
        status, page = await show(api, token)
        assert (status, "Your places are confirmed" in page) == (200, True)
    assert f'<input type="hidden" name="token" value="{token}">' in page
    assert ">Cancel the booking</button>" in page
    answer = await api.anonymous.get("/booking", token=token)
    assert "<h1>Jazz &amp; &lt;b&gt;more&lt;/b&gt;</h1>" in await answer.text()
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    status, page = await press(api, token)
    assert (status, "This booking is cancelled" in page, FORM in page) == (200, True, False)
    assert (await (await otto.get(f"/api/events/{event['id']}")).json())["booked_count"] == 0


async def test_a_link_does_nothing_more_after_its_booking_has_ended(api: Api) -> None:
    otto = await api.sign_in_organizer()
    event = await create_event(otto)
    used = await register(api, event["id"])
    await press(api, used)
    assert (await api.anonymous.post(f"/api/events/{event['id']}/register", VISITOR)).status == 201
    status, page = await press(api, used)
    assert (status, "This booking is cancelled" in page) == (200, True)
    bookings = (await (await otto.get(f"/api/events/{event['id']}/bookings")).json())["items"]
    assert [each["status"] for each in bookings] == ["confirmed", "cancelled"]


async def test_a_waiting_visitor_leaves_the_waitlist_with_the_link(api: Api) -> None:
    otto = await api.sign_in_organizer()
    event = await create_event(otto, capacity=1)
    first = await register(api, event["id"])
    token = await register(api, event["id"], {"full_name": "Hedy", "email": "hedy@example.com"})
    _, page = await show(api, token)
    assert "You are in the line, at position 1." in page
    assert ">Leave the line</button>" in page
    await press(api, token)
    assert (await (await otto.get(f"/api/events/{event['id']}")).json())["waitlist_count"] == 0
    await press(api, first)
    _, page = await show(api, token)
    assert "This booking is cancelled" in page  # and was not promoted


async def test_a_client_cancels_with_the_token_of_a_link(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer())
    token = await register(api, event["id"])
    for _ in range(2):
        answer = await api.anonymous.post("/api/bookings/cancel", {"token": token})
        booking = await answer.json()
        assert (answer.status, booking["status"], booking["holder"]) == (200, "cancelled", None)


async def test_a_link_works_until_the_event_starts(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer())
    token = await register(api, event["id"])
    api.clock.move(UNTIL_START)
    status, page = await show(api, token)
    assert (status, "Your places were confirmed" in page, FORM in page) == (200, True, False)
    status, page = await press(api, token)
    assert (status, "its bookings can no longer be cancelled" in page) == (409, True)
    await assert_refused(await api.anonymous.post("/api/bookings/cancel", {"token": token}), 409, "event-started")


async def test_a_used_ticket_ends_the_link(api: Api) -> None:
    otto = await api.sign_in_organizer()
    event = await create_event(otto)
    token = await register(api, event["id"])
    [booking] = (await (await otto.get(f"/api/events/{event['id']}/bookings")).json())["items"]
    await otto.post(f"/api/events/{event['id']}/check-in", {"code": booking["tickets"][0]["code"]})
    _, page = await show(api, token)
    assert ("(used)" in page, FORM in page) == (True, False)
    status, page = await press(api, token)
    assert (status, "A ticket of this booking has been used" in page) == (409, True)


async def test_links_that_nobody_signed_do_not_work(api: Api) -> None:
    ada, otto = await api.sign_in(), await api.sign_in_organizer()
    event = await create_event(otto)
    token = await register(api, event["id"])
    unknown = api.container.booking_links().sign(BookingId(UUID(UNKNOWN_ID)))
    for bad, status, code in (
        ("", 422, "invalid-fields"),
        (token[:-2], 400, "bad-booking-link"),
        (ada.token or "", 400, "bad-booking-link"),
        (unknown, 404, "booking-not-found"),
    ):
        await assert_refused(await api.anonymous.post("/api/bookings/cancel", {"token": bad}), status, code)
        for answered, page in (await show(api, bad), await press(api, bad)):
            assert (answered, "This link does not work" in page) == (404 if status == 404 else 400, True)
    access = await api.anonymous.request("GET", "/api/me/bookings", headers={"Authorization": f"Bearer {token}"})
    assert access.status == 401


async def test_the_links_of_users_show_the_payment_and_its_refund(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer(), price="12.50")
    ada = await api.sign_in()
    booking = await (await book(ada, event["id"], quantity=2)).json()
    token = api.container.booking_links().sign(BookingId(UUID(booking["id"])))
    assert "12:10</time>; after that they are released" in (await show(api, token))[1]
    await ada.post(f"/api/bookings/{booking['id']}/pay", {"payment_token": "tok_approve"})
    _, page = await show(api, token)
    assert "€25.00, paid" in page
    tickets = (await (await ada.get(f"/api/bookings/{booking['id']}")).json())["tickets"]
    assert [ticket["code"] in page for ticket in tickets] == [True, True]
    _, page = await press(api, token)
    assert "€25.00, will be refunded" in page
    await api.container.settle_payments()()
    assert "€25.00, refunded" in (await show(api, token))[1]


async def test_nobody_is_asked_to_pay_again_while_a_payment_is_being_checked(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer(), price="12.50")
    booked = await (await book(await api.sign_in(), event["id"], payment_token="tok_timeout", quantity=1)).json()
    token = api.container.booking_links().sign(BookingId(UUID(booked["booking_id"])))
    _, page = await show(api, token)
    assert "€12.50, being checked" in page
    assert "pay again: we will send you an email" in page
    assert "Please pay by" not in page


@pytest.mark.parametrize("status", ["inactive", "closed"])
async def test_the_link_works_while_the_event_is_not_listed_or_not_open(api: Api, status: str) -> None:
    otto = await api.sign_in_organizer()
    event = await create_event(otto)
    token = await register(api, event["id"])
    await otto.patch(f"/api/events/{event['id']}", {"status": status})
    assert "Your places are confirmed" in (await show(api, token))[1]
    assert "This booking is cancelled" in (await press(api, token))[1]


async def test_whoever_verifies_the_address_finds_the_registration_among_their_bookings(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer())
    await register(api, event["id"])
    await api.anonymous.post("/api/auth/register", {"name": "Grace", "email": VISITOR["email"], "password": PASSWORD})
    login = await api.anonymous.post("/api/auth/login", {"email": VISITOR["email"], "password": PASSWORD})
    headers = {"Authorization": f"Bearer {(await login.json())['access_token']}"}

    async def mine() -> list[str]:
        answer = await api.anonymous.request("GET", "/api/me/bookings", headers=headers)
        return [each["event_id"] for each in (await answer.json())["items"]]

    assert await mine() == []
    [token] = api.pending_secrets("account.email-to-verify")[-1:]
    assert (await api.anonymous.post("/api/auth/email/verify", {"token": token})).status == 204
    assert await mine() == [event["id"]]
