"""The inbox, and the alerts of a member."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.support.api_client import Api, Person, create_event
from tests.support.form_browser import FormBrowser
from tests.support.permission_world import verify_email


async def test_messages_are_read_one_by_one_or_all_at_once(
    api: Api, browser: FormBrowser, ada: Person, otto: Person
) -> None:
    event = await create_event(otto)
    answer = await ada.post(f"/api/events/{event['id']}/book", {"quantity": 1}, Idempotency_Key="a")
    booking = await answer.json()
    await api.container.notify_bookers()()
    page = await browser.open("/me/inbox")
    assert "2 unread" in page.text
    assert "Your booking for Open stage is confirmed." in page.text
    assert "2 unread messages" in (await browser.open("/me")).text
    unread_button = "Mark as read : Your booking for Open stage is confirmed. Your tickets are there."
    after = await browser.submit(page, unread_button)
    assert (after.path, "1 unread" in after.text) == ("/me/inbox", True)
    assert f"/bookings/{booking['id']}" in after.links()
    everything = await browser.submit(after, "Mark all as read")
    assert "Everything is marked as read." in everything.html
    assert "unread" not in everything.text


async def test_opening_a_message_marks_it_as_read_and_leads_to_what_it_is_about(browser: FormBrowser) -> None:
    page = await browser.open("/me/inbox")
    opened = await browser.submit(page, "Open : Please verify your email address with the link that was sent to it.")
    assert opened.path == "/me/profile"
    assert "unread" not in (await browser.open("/me/inbox")).text


async def test_a_message_leads_to_no_other_site(api: Api, browser: FormBrowser) -> None:
    page = await browser.open("/me/inbox")
    button = "Mark as read : Please verify your email address with the link that was sent to it."
    action = str(page.form_with(button)[0]["action"])
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        fields = page.fields_with(button) | {"next": evil}
        after = await browser.post(action, fields, {"Sec-Fetch-Site": "same-origin"})
        assert (after.path, after.address.host) == ("/me/inbox", api.client.make_url("/").host)


async def test_a_message_of_somebody_else_is_not_found(
    api: Api, browser: FormBrowser, new_browser: Callable[[], FormBrowser], otto: Person
) -> None:
    [message] = (await (await otto.get("/api/me/notifications")).json())["items"]
    page = await browser.open("/me/inbox")
    fields = page.fields_with("Mark all as read")
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert (await browser.post(f"/me/inbox/{message['id']}/read", fields, headers)).status == 404
    assert (await new_browser().open("/me/inbox")).path == "/sign-in"


async def test_an_alert_changes_how_often_it_comes_and_ends(api: Api, browser: FormBrowser, ada: Person) -> None:
    assert "No alerts yet" in (await browser.open("/me/subscriptions")).text
    await verify_email(api, ada)
    wish = {"query": {"q": "jazz", "city": "Berlin"}, "frequency": "daily", "timezone": "Europe/Berlin"}
    assert (await ada.post("/api/subscriptions", wish)).status == 201
    page = await browser.open("/me/subscriptions")
    assert re.search(r"jazz, in Berlin .* next on Sat 21 Nov, 08:00 \(Europe/Berlin\)", page.text)
    changed = await browser.submit(page, "Save : jazz, in Berlin", frequency="weekly")
    assert "next on Mon 23 Nov, 08:00" in changed.text
    wrong = await browser.submit(changed, "Save : jazz, in Berlin", frequency="hourly")
    assert wrong.status == 422
    ended = await browser.submit(changed, "End : jazz, in Berlin")
    assert "You get no more emails of this alert." in ended.html
    assert "No alerts yet" in ended.text
