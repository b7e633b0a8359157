"""Downloading one's data and deleting one's account, on pages."""

from __future__ import annotations

import json
from collections.abc import Callable

from core.shared.access import Role
from tests.support.api_client import PASSWORD, Api, Person, create_event
from tests.support.form_browser import FormBrowser


async def test_the_file_has_what_the_api_returns(browser: FormBrowser, ada: Person) -> None:
    page = await browser.open("/me/data")
    [link] = [link for link in page.links() if link.endswith(".json")]
    file = await browser.open(link)
    assert "attachment" in file.headers["Content-Disposition"]
    assert json.loads(file.html) == await (await ada.get("/api/me/data")).json()


async def test_what_is_to_come_is_in_the_way_of_deletion(browser: FormBrowser, ada: Person, otto: Person) -> None:
    event = await create_event(otto)
    free = await browser.open("/me/delete")
    booked = await ada.post(f"/api/events/{event['id']}/book", {"quantity": 1}, Idempotency_Key="a")
    booking_id = (await booked.json())["id"]
    page = await browser.open("/me/delete")
    assert "Something is still to come." in page.text
    assert f"/bookings/{booking_id}" in page.links()
    assert not page.document.select("#current_password")
    late = await browser.submit(free, "Delete my account", current_password=PASSWORD)
    assert (late.status, "Cancel each of them first" in late.text) == (409, True)


async def test_an_account_is_deleted_with_its_password(api: Api, browser: FormBrowser, ada: Person) -> None:
    page = await browser.open("/me/delete")
    wrong = await browser.submit(page, "Delete my account", current_password="a guess")
    assert (wrong.status, "The current password is wrong." in wrong.text) == (422, True)
    missing = await browser.submit(page, "Delete my account", current_password="")
    assert "Type your current password." in missing.text
    gone = await browser.submit(page, "Delete my account", current_password=PASSWORD)
    assert gone.path == "/"
    assert "Your account is deleted" in gone.html
    assert (await browser.open("/me")).path == "/sign-in"
    assert (await ada.get("/api/auth/me")).status == 401
    assert list(api.container.memory().users) == []


async def test_the_last_admin_is_refused(api: Api, new_browser: Callable[[], FormBrowser]) -> None:
    root, browser = await api.sign_in("root", Role.ADMIN), new_browser()
    await browser.sign_in(root.email)
    page = await browser.open("/me/delete")
    refused = await browser.submit(page, "Delete my account", current_password=PASSWORD)
    assert (refused.status, "last active admin" in refused.text) == (409, True)
