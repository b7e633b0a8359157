"""The door without scripts: typed codes, photos, undoing, and what is shown of each ticket (B10)."""

from __future__ import annotations

import io
from typing import Any

import segno
from PIL import Image

from tests.support.api_client import Api, Person, book, create_event
from tests.support.form_browser import FormBrowser

SOON = {"start_time": "2026-11-20T14:00:00+01:00", "timezone": "Europe/Berlin"}


async def tickets_of(ada: Person, otto: Person, quantity: int = 2) -> tuple[str, list[dict[str, Any]]]:
    event = await create_event(otto, capacity=20, **SOON)
    booking = await (await book(ada, event["id"], quantity=quantity)).json()
    return f"/desk/events/{event['id']}/check-in", booking["tickets"]


def photo_of(code: str) -> bytes:
    drawn = io.BytesIO()
    segno.make_qr(code).save(drawn, kind="png", scale=6, border=4)
    return drawn.getvalue()


async def test_a_typed_code_is_valid_once_and_says_whose_it_is(browser: FormBrowser, ada: Person, otto: Person) -> None:
    address, [ticket, _] = await tickets_of(ada, otto)
    door = await browser.open(address)
    assert "0 of 2 in" in door.text
    assert "camera=(self)" in door.headers["Permissions-Policy"]
    page = await browser.submit(door, "Check in", code=f" {ticket['code'].upper()} ")
    assert (page.status, page.path, "Valid ada" in page.text, "1 of 2 in" in page.text) == (200, address, True, True)
    assert ticket["id"] in str(page.address)
    assert "Valid ada" in (await browser.open(page.address)).text  # a reload checks nobody in
    page = await browser.submit(page, "Check in", code=ticket["code"])
    assert "Used ada It was used at 13:00" in page.text
    assert "1 of 2 in" in page.text


async def test_a_check_in_can_be_undone(browser: FormBrowser, ada: Person, otto: Person) -> None:
    address, [ticket, _] = await tickets_of(ada, otto)
    page = await browser.submit(await browser.open(address), "Check in", code=ticket["code"])
    page = await browser.submit(page, "Undo")
    assert ("Undone ada This ticket admits again." in page.text, "0 of 2 in" in page.text) == (True, True)
    page = await browser.submit(page, "Check in", code=ticket["code"])
    assert "Valid ada" in page.text
    assert "0 of 2 in" in (await browser.submit(page, "Undo : ada")).text


async def test_what_admits_nobody_says_why(browser: FormBrowser, ada: Person, otto: Person) -> None:
    address, [ticket, _] = await tickets_of(ada, otto)
    page = await browser.submit(await browser.open(address), "Check in", code="<nonsense>")
    assert "Unknown No ticket has this code." in page.text
    assert page.document.select_one("#code")["value"] == "<nonsense>"  # type: ignore[index]
    page = await browser.submit(page, "Check in", code="")
    assert "Type or scan a code, or take a photo of the ticket." in page.text
    other, _ = await tickets_of(ada, otto)
    page = await browser.submit(await browser.open(other), "Check in", code=ticket["code"])
    assert "Wrong event This ticket is for another event" in page.text
    event_id = address.split("/")[3]
    await otto.post(f"/api/events/{event_id}/cancel", {})
    page = await browser.submit(await browser.open(address), "Check in", code=ticket["code"])
    assert "Cancelled" in page.text


async def test_a_photo_is_read_on_the_server(browser: FormBrowser, ada: Person, otto: Person) -> None:
    address, [ticket, _] = await tickets_of(ada, otto)
    door = await browser.open(address)
    page = await browser.upload(door, "Read the photo", photo=photo_of(ticket["code"]))
    assert "Valid ada" in page.text
    page = await browser.upload(door, "Read the photo", photo=b"not a picture")
    assert "No photo This is not a picture that can be read here." in page.text
    page = await browser.upload(door, "Read the photo", photo=b"\0" * 6_000_000)
    assert page.status == 413


async def test_a_picture_of_the_camera_is_read_and_checks_nobody_in(
    browser: FormBrowser, ada: Person, otto: Person
) -> None:
    address, [ticket, _] = await tickets_of(ada, otto)
    door = await browser.open(address)
    read = await browser.upload(door, "Read the photo", to="/frame", photo=photo_of(ticket["code"]))
    assert (read.status, read.html) == (200, ticket["code"])
    blank = io.BytesIO()
    Image.new("L", (64, 64), 255).save(blank, "PNG")
    assert (await browser.upload(door, "Read the photo", to="/frame", photo=blank.getvalue())).status == 204
    assert "0 of 2 in" in (await browser.open(address)).text


async def test_only_the_door_may_use_the_camera(browser: FormBrowser, ada: Person, otto: Person) -> None:
    address, _ = await tickets_of(ada, otto)
    page = await browser.open(address.removesuffix("/check-in"))
    assert "camera=()" in page.headers["Permissions-Policy"]


async def test_the_last_ten_are_listed_the_latest_first(browser: FormBrowser, api: Api, otto: Person) -> None:
    event = await create_event(otto, capacity=20, **SOON)
    for number in range(11):
        booking = await (await book(await api.sign_in(f"guest{number}"), event["id"])).json()
        await otto.post(f"/api/events/{event['id']}/check-in", {"code": booking["tickets"][0]["code"]})
    page = await browser.open(f"/desk/events/{event['id']}/check-in")
    assert "11 of 11 in" in page.text
    assert len(page.document.select(".last-in li")) == 10
