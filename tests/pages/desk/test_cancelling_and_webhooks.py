"""Cancelling and deleting events on the desk, and webhooks with their log."""

from __future__ import annotations

from tests.support.api_client import Person, book, create_event
from tests.support.form_browser import FormBrowser

CANCEL = "Cancel the event"
URL = "https://tickets.example.org/hooks"


async def test_cancelling_shows_its_effect_and_asks_for_the_name(
    browser: FormBrowser, ada: Person, otto: Person
) -> None:
    event = await create_event(otto, name="Jazz & <more>", capacity=10, price="14.50")
    await book(ada, event["id"], quantity=2, payment_token="tok_approve")
    page = await browser.open(f"/desk/events/{event['id']}/cancel")
    assert "ends 1 booking with 2 places" in page.text
    assert "refunds €29.00" in page.text
    wrong = await browser.submit(page, CANCEL, name="Jazz", reason="The cellar is under water")
    assert (wrong.status, "The cellar is under water" in wrong.html) == (422, True)
    assert (await (await otto.get(f"/api/events/{event['id']}")).json())["status"] == "open"
    assert (await browser.submit(page, CANCEL, name="Jazz & <more>", reason="x" * 1001)).status == 422
    done = await browser.submit(wrong, CANCEL, name=" jazz & <MORE> ")
    assert "Cancelled" in done.heading
    assert (await (await otto.get(f"/api/events/{event['id']}")).json())["status"] == "cancelled"
    assert "is cancelled" in (await browser.open(f"/desk/events/{event['id']}/cancel")).heading


async def test_an_event_that_nobody_has_booked_can_be_deleted(browser: FormBrowser, ada: Person, otto: Person) -> None:
    event = await create_event(otto, name="A mistake")
    page = await browser.submit(await browser.open(f"/desk/events/{event['id']}/cancel"), "Delete the event")
    assert (page.path, "A mistake" in page.text) == ("/desk", False)
    event = await create_event(otto)
    offered = await browser.open(f"/desk/events/{event['id']}/cancel")
    await book(ada, event["id"])
    assert "This event has bookings" in (await browser.submit(offered, "Delete the event")).html


async def test_the_secret_of_a_webhook_is_shown_once(browser: FormBrowser, otto: Person) -> None:
    page = await browser.open("/desk/webhooks")
    mistaken = await browser.submit(page, "Add the webhook", url="nowhere", topics=["booking.confirmed"])
    assert (mistaken.status, "nowhere" in mistaken.html) == (422, True)
    assert len(mistaken.document.select("input[checked]")) == 1
    assert (await browser.submit(page, "Add the webhook", url=URL)).status == 422
    created = await browser.submit(page, "Add the webhook", url=URL, topics=["booking.confirmed", "event.cancelled"])
    assert created.status == 201
    secret = str(created.document.select_one("#secret")["value"])  # type: ignore[index]
    assert secret.startswith("whsec_")
    listed = await browser.open("/desk/webhooks")
    assert (URL in listed.text, "2 topics" in listed.text) == (True, True)
    [address] = [link for link in listed.links() if link.startswith("/desk/webhooks/")]
    assert secret not in (await browser.open(address)).html + listed.html


async def test_a_webhook_is_tested_changed_paused_and_deleted(browser: FormBrowser, otto: Person) -> None:
    hook = await (await otto.post("/api/webhooks", {"url": URL, "topics": ["booking.confirmed"]})).json()
    address = f"/desk/webhooks/{hook['id']}"
    page = await browser.submit(await browser.open(address), "Send a test message")
    assert "Waiting webhook.test" in page.text
    assert (await browser.submit(page, "Pause it")).status == 200
    paused = await browser.open(address)
    assert ("Paused" in paused.text, "Given up webhook.test" in paused.text) == (True, True)
    assert "This webhook is disabled" in (await browser.submit(paused, "Send a test message")).html
    page = await browser.submit(paused, "Turn it on")
    [again] = [button for button in page.document.select("main button") if "Send again" in button.get_text()]
    page = await browser.submit(page, " ".join(again.get_text(" ").split()))
    assert "Waiting webhook.test" in page.text
    page = await browser.submit(page, "Save", url=f"{URL}/new", topics=["event.cancelled"])
    assert page.heading == f"{URL}/new"
    outdated = await browser.open(address)
    await otto.patch(f"/api/webhooks/{hook['id']}", {"url": f"{URL}/theirs"})
    stale = await browser.submit(outdated, "Save", url=f"{URL}/mine")
    assert (stale.status, f"{URL}/theirs" in stale.text, f"{URL}/mine" in stale.html) == (412, True, True)
    assert (await browser.submit(page, "Delete the webhook")).path == "/desk/webhooks"
    assert (await browser.open(address)).status == 404
