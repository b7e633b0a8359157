"""Other ways to use the site: with the keyboard alone, and without JavaScript."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.async_api import Page, expect

from tests.support.browsing import OpenTab
from tests.support.site import EMAILS, PASSWORD, Role, Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAX_TABS = 80
DESCRIBE_FOCUS = """() => {
  const focused = document.activeElement;
  const { outlineStyle, boxShadow } = getComputedStyle(focused);
  const text = focused === document.body ? "" : focused.innerText;
  return [(focused.labels?.[0]?.innerText ?? focused.ariaLabel ?? text).trim(), `${outlineStyle} ${boxShadow}`];
}"""


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control with this text or label has the focus, which must be visible."""
    for _ in range(MAX_TABS):
        await page.keyboard.press("Tab")
        text, outline = await page.evaluate(DESCRIBE_FOCUS)
        if re.search(name, text):
            assert outline != "none none", f"the focus on {name} is not visible"
            return
    raise AssertionError(f"{name} is not reached by Tab")


async def test_a_night_is_booked_with_the_keyboard_alone(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("Keys Only", seats=(3, 5))
    tab = await open_tab()
    page = tab.page
    await tab.open(f"/events/{event_id}")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await tab_to(page, "^Choose seats")
    await page.keyboard.press("Enter")
    grid = page.get_by_role("grid", name="Seats")
    await expect(grid).to_be_visible()
    await tab_to(page, "Row A")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Release B-1")).to_be_visible()
    await page.keyboard.press("Escape")
    await tab_to(page, "^Sign in to book")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    await tab_to(page, "^Email$")
    await page.keyboard.type(EMAILS[Role.MEMBER])
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("B-1").first).to_be_visible()
    await tab_to(page, "^Book$")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name="You are going")).to_be_visible()
    assert [booking.seats for booking in site.bookings_of(event_id, Role.MEMBER)] == [("B-1",)]


async def test_seats_are_booked_and_paid_without_javascript(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("Plain Forms", seats=(3, 5), price=Decimal("7.50"))
    tab = await open_tab(Role.MEMBER, java_script_enabled=False)
    page = tab.page
    await tab.open("/?q=plain+forms")
    await page.get_by_role("main").get_by_role("link", name=re.compile("Plain Forms")).first.click()
    await page.get_by_role("link", name="Choose seats").click()
    await page.get_by_label("C-4").focus()
    await page.keyboard.press("Space")
    await tab.shoot("seats, without scripts")
    await page.get_by_role("button", name="Hold and pay").last.click()
    await page.get_by_role("button", name=re.compile("^Pay ")).click()
    await expect(page.get_by_role("heading", level=1, name="You are going")).to_be_visible()
    await tab.open("/me/bookings")
    await expect(page.get_by_role("link", name=re.compile("Plain Forms")).first).to_be_visible()
    assert [booking.seats for booking in site.bookings_of(event_id, Role.MEMBER)] == [("C-4",)]
