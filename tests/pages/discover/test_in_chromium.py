"""Search as you type, filters in a dialog and the position of the browser, in a real Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.support.browsing import PHONE, OpenTab

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_search_is_shown_while_it_is_typed_and_the_address_says_so(open_tab: OpenTab) -> None:
    tab = await open_tab()
    page = tab.page
    await tab.open("/")
    field = page.get_by_role("searchbox", name="Search events")
    await field.press_sequentially("fado", delay=20)
    await expect(page).to_have_url(re.compile(r"/\?q=fado$"))
    await expect(page.locator(".card-name")).to_have_text(["Fado at Sunset"])
    await expect(field).to_be_focused()
    await expect(page.locator("[data-announce]")).to_have_text("1 event found")
    await field.fill("nothinglikeit")
    await expect(page.locator("[data-announce-nothing]")).to_have_text("Nothing found")
    await tab.shoot("discover nothing found")
    await page.get_by_role("link", name=re.compile("Without")).click()
    await expect(page).to_have_url(re.compile(r"/$"))
    await expect(field).to_have_value("")
    await page.get_by_role("checkbox", name=re.compile("^Film")).check()
    await expect(page).to_have_url(re.compile(r"category=Film"))
    await expect(page.get_by_role("checkbox", name=re.compile("^Film"))).to_be_focused()


async def test_what_was_found_stays_when_the_search_fails(open_tab: OpenTab) -> None:
    tab = await open_tab()
    page = tab.page
    await tab.open("/")
    found = await page.locator(".card-name").all_inner_texts()
    await page.route("**/?q=*", lambda route: route.fulfill(status=503, body="-"))
    await page.get_by_role("searchbox", name="Search events").fill("fado")
    await expect(page.get_by_role("alert").filter(has_text="could not be reached")).to_be_visible()
    assert await page.locator(".card-name").all_inner_texts() == found
    await page.unroute("**/?q=*")
    await page.get_by_role("button", name="Retry").click()
    await expect(page.locator(".card-name")).to_have_text(["Fado at Sunset"])
    tab.errors.clear()  # the failure that the test made


async def test_on_phones_the_filters_are_in_a_dialog(open_tab: OpenTab) -> None:
    tab = await open_tab()
    page = tab.page
    await tab.look("light", PHONE)
    await tab.open("/")
    await expect(page.get_by_role("checkbox", name=re.compile("^Film"))).to_be_hidden()
    await page.get_by_role("link", name="Filters").click()
    await page.get_by_role("dialog").get_by_role("checkbox", name=re.compile("^Film")).check()
    await tab.shoot("discover filters")
    await page.get_by_role("button", name="Show events").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page).to_have_url(re.compile(r"/\?category=Film$"))


async def test_the_position_of_the_browser_stays_out_of_the_address(open_tab: OpenTab) -> None:
    tab = await open_tab(geolocation={"latitude": 52.5, "longitude": 13.42}, permissions=["geolocation"])
    page = tab.page
    await tab.open("/near")
    await page.get_by_role("button", name="Use my position").click()
    await expect(page.locator(".radar")).to_be_visible()
    await tab.shoot("near")
    await page.get_by_role("link", name="2 km").click()
    await expect(page.locator("figcaption")).to_contain_text("within 2 km")
    await expect(page).to_have_url(re.compile(r"/near$"))
    denied = await open_tab()
    await denied.open("/near")
    await denied.page.get_by_role("button", name="Use my position").click()
    await expect(denied.page.locator("[data-near-status]")).to_contain_text("type a city instead")
    await expect(denied.page.get_by_label("Or a city")).to_be_focused()
