"""The page of a booking follows what happens to it, while it is open."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from playwright.async_api import expect

from core.shared.timezones import zone_of
from tests.support.browsing import OpenTab
from tests.support.site import Role, Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

COME_BACK = "document.dispatchEvent(new Event('visibilitychange'))"


async def test_an_open_page_shows_the_offer_and_its_clock(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("Only One Chair", capacity=1, price=Decimal(5))
    taken = site.book(event_id)
    tab = await open_tab(Role.MEMBER, timezone_id="Asia/Tokyo")
    await tab.open(f"/events/{event_id}/book")
    await tab.page.get_by_role("button", name="Join the line").click()
    await expect(tab.page.get_by_role("heading", level=1, name="You are 1st in line")).to_be_visible()
    site.cancel(taken)
    await tab.page.evaluate(COME_BACK)
    await expect(tab.page.get_by_role("heading", level=1, name="Places for you")).to_be_visible()
    await expect(tab.page.get_by_role("timer")).to_contain_text(":")
    until = tab.page.locator("[data-hold-clock] time")
    by_their_clock = datetime.fromisoformat(await until.get_attribute("datetime") or "").astimezone(
        zone_of("Asia/Tokyo")
    )
    await expect(until).to_have_text(f"{by_their_clock:%H:%M}")
    await expect(tab.page.locator("[data-changed]")).to_have_text("Places for you")
    await expect(tab.page).to_have_title("Places for you: Only One Chair · Nocturne")
