"""What the page of an event does with JavaScript: the reader's own time, and sharing."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.support.browsing import OpenTab
from tests.support.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_readers_elsewhere_see_their_own_time_and_can_copy_the_link(site: Site, open_tab: OpenTab) -> None:
    path = site.event_path("Fado at Sunset")  # in Lisbon; the browser is in Berlin
    tab = await open_tab(permissions=["clipboard-read", "clipboard-write"])
    page = tab.page
    await tab.open(path)
    await expect(page.locator("[data-zone]")).to_contain_text("where you are")
    await page.evaluate("delete Navigator.prototype.share")
    await page.get_by_role("button", name="Share").click()
    await expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    assert path in await page.evaluate("navigator.clipboard.readText()")
    await tab.open(site.event_path("Night of the Short Film"))
    await expect(page.locator("[data-zone]")).to_be_hidden()
