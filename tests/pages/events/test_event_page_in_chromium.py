"""What the page of an event does with JavaScript: the reader's own time, and sharing."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.support.browsing import OpenTab
from tests.support.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_readers_elsewhere_see_their_own_time_and_can_copy_the_link(site: Site, open_tab: OpenTab) -> None:
    path = site.event_path("Fado at Sunset")
    tab = await open_tab(timezone_id="America/New_York", permissions=["clipboard-read", "clipboard-write"])
    page = tab.page
    await tab.open(path)
    await expect(page.locator("[data-zone]")).to_contain_text("where you are")
    await page.evaluate("delete Navigator.prototype.share")
    await page.get_by_role("button", name="Share").click()
    await expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    assert str(await page.evaluate("navigator.clipboard.readText()")).endswith(path)
    at_home = await open_tab(timezone_id="Europe/Lisbon")
    await at_home.open(path)
    await expect(at_home.page.locator("[data-zone]")).to_be_hidden()
