"""An organizer's evening: creating an event, mapping its seats, checking people in."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import segno
from playwright.async_api import FilePayload, expect

from tests.support.browsing import PHONE, OpenTab
from tests.support.site import Role, Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_organizer_creates_an_event_and_maps_its_seats(site: Site, open_tab: OpenTab) -> None:
    tab = await open_tab(Role.ORGANIZER)
    page = tab.page
    await tab.open("/desk")
    await page.get_by_role("link", name=re.compile("(New|Create).*event", re.IGNORECASE)).first.click()
    await page.get_by_label("Name").fill("An Organ in the Rain")
    await page.get_by_label("Places").fill("some")
    await page.get_by_role("button", name="Create the event").click()
    await expect(page).to_have_title(re.compile("^Error: "))
    await expect(page.get_by_label("Name")).to_have_value("An Organ in the Rain")
    await expect(page.get_by_label("Places")).to_have_value("some")
    assert await tab.find_barriers() == []
    await tab.shoot("create event, mistakes")
    start = datetime.now(UTC) + timedelta(days=9)
    await page.get_by_label("Time zone").select_option("Europe/Lisbon")
    await page.get_by_label("Start").fill(start.strftime("%Y-%m-%dT20:30"))
    await page.get_by_label("Places").fill("24")
    await page.get_by_role("button", name="Create the event").click()
    await expect(page.get_by_role("heading", level=1, name=re.compile("An Organ in the Rain"))).to_be_visible()
    await tab.shoot("desk, new event")
    await page.get_by_role("navigation", name="This event").get_by_role("link", name="Seats").click()
    await page.get_by_label("Rows").fill("4")
    await page.get_by_label("Seats in a row").fill("6")
    await expect(page.get_by_role("status").filter(has_text="24 seats, A-1 to D-6")).to_be_visible()
    await expect(page.get_by_text("24 seats are new: A-1 to D-6")).to_be_visible()
    await page.get_by_role("button", name="Create the map").click()
    await expect(page.get_by_text("24 seats, 24 free")).to_be_visible()
    assert await tab.find_barriers() == []
    await tab.shoot("desk, seats")


async def test_the_second_check_in_with_a_ticket_says_when_the_first_was(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("At the Door")
    [ticket, photographed, _] = site.book(event_id, 3).tickets
    tab = await open_tab(Role.ORGANIZER)
    page = tab.page
    await tab.look("dark", PHONE)
    await tab.open(f"/desk/events/{event_id}/check-in")
    for word, code in (("Valid", ticket.code), ("Used", ticket.code.upper()), ("Unknown", "nothing")):
        await page.get_by_label("Ticket code").fill(code)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("region", name="Result")).to_contain_text(word)
        assert await tab.find_barriers() == []
        await tab.shoot(f"check-in, {word}")
    await expect(page.get_by_text("1 of 3 in")).to_be_visible()
    await page.get_by_label("Take a photo").set_input_files(a_photo_of(photographed.code))
    await expect(page.get_by_role("region", name="Result")).to_contain_text("Valid")
    await expect(page.get_by_text("2 of 3 in")).to_be_visible()


def a_photo_of(code: str) -> FilePayload:
    drawn = io.BytesIO()
    segno.make_qr(code).save(drawn, kind="png", scale=8, border=4)
    return {"name": "ticket.png", "mimeType": "image/png", "buffer": drawn.getvalue()}
