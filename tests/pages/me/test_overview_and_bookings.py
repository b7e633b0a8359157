"""What is next, and the lists of bookings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.support.api_client import Api, Person
from tests.support.form_browser import FormBrowser
from tests.support.permission_world import verify_email

EVENT = {"venue": "Attic", "timezone": "Europe/Berlin", "capacity": 2}


async def create_event(otto: Person, name: str, day: int, **fields: Any) -> str:
    event = EVENT | {"name": name, "start_time": f"2026-12-{day:02}T20:00:00+01:00"} | fields
    return str((await (await otto.post("/api/events", event)).json())["id"])


async def book(person: Person, event_id: str, quantity: int = 1) -> str:
    answer = await person.post(f"/api/events/{event_id}/book", {"quantity": quantity}, Idempotency_Key=event_id)
    assert answer.status in (201, 202), await answer.text()
    return str((await answer.json())["id"])


async def test_without_bookings_the_way_to_events_is_shown(browser: FormBrowser) -> None:
    page = await browser.open("/me")
    assert page.status == 200
    assert "Nothing is planned yet" in page.text
    assert "/" in page.links()
    assert "Nothing is booked" in (await browser.open("/me/bookings")).text
    assert "No nights behind you yet" in (await browser.open("/me/bookings?when=past")).text


async def test_what_has_to_be_paid_comes_first_and_then_the_next_night(
    api: Api, browser: FormBrowser, ada: Person, otto: Person
) -> None:
    later, soon = await create_event(otto, "Later night", 20), await create_event(otto, "Next night", 5)
    full = await create_event(otto, "Full night", 3, capacity=1)
    priced = await create_event(otto, "Priced night", 10, price="12.50")
    await book(otto, full)
    for event_id in (later, soon, full):
        await book(ada, event_id)
    held = await book(ada, priced, 2)
    page = await browser.open("/me")
    in_order = [page.text.index(name) for name in ("Priced night", "Next night", "Later night", "Full night")]
    assert in_order == sorted(in_order)
    assert "2 places are yours until Fri 20 Nov, 13:10" in page.text
    assert "Pay €25.00" in page.text
    assert f"/bookings/{held}/pay" in page.links()
    assert "number 1 in the line" in page.text
    api.clock.move(timedelta(minutes=10))
    assert "Priced night" not in (await browser.open("/me")).text


async def test_bookings_are_upcoming_by_time_or_past(api: Api, browser: FormBrowser, ada: Person, otto: Person) -> None:
    names = {"Third": 7, "First": 2, "Second": 4}
    ids = {name: await book(ada, await create_event(otto, name, day)) for name, day in names.items()}
    await ada.delete(f"/api/bookings/{ids['Second']}")
    page = await browser.open("/me/bookings")
    in_order = [page.text.index(name) for name in ("First", "Third", "Cancelled and expired", "Second")]
    assert in_order == sorted(in_order)
    assert f"/bookings/{ids['First']}" in page.links()
    api.clock.move(timedelta(days=14))
    assert "First" not in (await browser.open("/me/bookings")).text
    past = await browser.open("/me/bookings?when=past")
    assert "First" in past.text
    assert "Third" not in past.text


async def test_past_bookings_have_pages(api: Api, browser: FormBrowser, ada: Person, otto: Person) -> None:
    for number in range(21):
        await book(ada, await create_event(otto, f"Night {number:02}", 1))
    api.clock.move(timedelta(days=20))
    first = await browser.open("/me/bookings?when=past")
    assert "Night 00" not in first.text
    [older] = [link for link in first.links() if "cursor=" in link]
    rest = await browser.open(older)
    assert "Night 00" in rest.text
    assert "Night 20" not in rest.text
    assert (await browser.open("/me/bookings?when=past&cursor=nonsense")).status == 422


async def test_an_address_that_is_not_verified_is_mentioned_until_it_is(
    api: Api, browser: FormBrowser, ada: Person
) -> None:
    page = await browser.open("/me")
    assert f"Is {ada.email} yours?" in page.text
    api.clock.move(timedelta(minutes=5))
    sent = await browser.submit(page, "Send me another link")
    assert (sent.path, sent.status) == ("/me", 200)
    assert "We have sent you a new link" in sent.html
    assert len(api.pending_secrets("account.email-to-verify")) == 2
    await verify_email(api, ada)
    assert "yours?" not in (await browser.open("/me")).text


async def test_names_of_events_are_escaped(browser: FormBrowser, ada: Person, otto: Person) -> None:
    await book(ada, await create_event(otto, "<script>alert(1)</script>", 5))
    for path in ("/me", "/me/bookings"):
        page = await browser.open(path)
        assert "<script>alert" not in page.html
        assert "<script>alert(1)</script>" in page.text


async def test_an_offer_says_that_places_became_free(browser: FormBrowser, ada: Person, otto: Person) -> None:
    full = await create_event(otto, "Full night", 5, capacity=1, price="12.50")
    first = await book(otto, full)
    await book(ada, full)
    await otto.delete(f"/api/bookings/{first}")
    page = await browser.open("/me")
    assert "Places became free, and you were next in the line. 1 place is yours until Fri 20 Nov, 13:30" in page.text
    assert "Offered to you" in (await browser.open("/me/bookings")).text
