"""An organizer shows what a night looks like: dropping pictures, saying what they show, putting them into order."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.async_api import Page, expect

from core.media.model import MAX_IMAGE_BYTES
from tests.support.browsing import OpenTab
from tests.support.pictures import picture
from tests.support.site import Role, Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

DROP = """([files, zone]) => {
  const dropped = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
    dropped.items.add(new File([bytes], name, { type: "image/jpeg" }));
  }
  for (const kind of ["dragover", "drop"]) {
    const event = new DragEvent(kind, { dataTransfer: dropped, bubbles: true, cancelable: true });
    document.querySelector(zone).dispatchEvent(event);
  }
}"""
SHIFTS = """new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().reduce((sum, each) => sum + each.value, 0)))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(0), 300);
})"""


async def drop(page: Page, **files: bytes) -> None:
    encoded = [[name, base64.b64encode(content).decode()] for name, content in files.items()]
    await page.evaluate(DROP, [encoded, "[data-drop]"])


async def test_an_organizer_drops_pictures_and_puts_them_into_order(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("Pictures of a Night")
    tab = await open_tab(Role.ORGANIZER)
    page = tab.page
    await tab.open(f"/desk/events/{event_id}/images")
    huge = bytes(MAX_IMAGE_BYTES + 1)
    await drop(page, stage=picture((1600, 900)), crowd=picture((900, 1200)), liar=b"<svg/>", huge=huge)
    await page.get_by_label("What stage shows").fill("A red and blue stage")
    await page.get_by_label("What liar shows").fill("Nothing")
    await page.get_by_label("What huge shows").fill("Too much")
    await page.get_by_role("button", name="Add images").click()
    await expect(page.get_by_text("1 image added. 3 to correct.")).to_be_attached()
    await expect(page.get_by_text("liar was not added. This is not a JPEG, PNG or WebP")).to_be_visible()
    await expect(page.get_by_label("What huge shows")).to_have_accessible_description(re.compile("at most 5 MB"))
    await expect(page.get_by_text("Until there is one")).to_have_count(0)
    await expect(page.get_by_label("What crowd shows")).to_be_focused()
    await expect(page.get_by_label("What crowd shows")).to_have_accessible_description(re.compile("in a few words"))
    assert await tab.find_barriers() == []
    await tab.shoot("desk, images with mistakes")
    await page.get_by_role("button", name="Remove liar").click()
    await page.get_by_role("button", name="Remove huge").click()
    await page.get_by_label("What crowd shows").fill("A tall red and blue wall")
    await page.get_by_role("button", name="Add images").click()
    album = page.get_by_role("listitem").filter(has=page.get_by_role("button", name=re.compile("later")))
    await expect(album).to_have_count(2)
    await album.nth(1).locator("[data-grip]").drag_to(album.nth(0).locator("img"))
    first = page.get_by_label("What image 1 shows")
    await expect(first).to_have_value("A tall red and blue wall")
    await page.get_by_role("button", name="Move image 1 later").click()
    await expect(first).to_have_value("A red and blue stage")
    assert await tab.find_barriers() == []
    await tab.shoot("desk, images")
    await tab.open(f"/events/{event_id}")
    await expect(page.get_by_role("img", name="A red and blue stage").first).to_be_visible()
    assert await page.evaluate(SHIFTS) < 0.02
    assert await tab.find_barriers() == []
    await tab.shoot("event with images")
    assert await tab.problems() == []
