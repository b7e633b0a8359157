"""What admins do with many things at once, and with what has failed."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from core.administration.model import RUN_BULK_ACTION
from core.catalog.model import EventStatus
from tests.support.browsing import OpenTab
from tests.support.site import Role, Site

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_admin_closes_two_events_at_once_after_seeing_the_effect(site: Site, open_tab: OpenTab) -> None:
    ids = [site.add_event(f"Bulk Night {number}") for number in (1, 2)]
    tab = await open_tab(Role.ADMIN)
    page = tab.page
    await tab.open("/admin/events?q=Bulk+Night")
    for box in await page.get_by_role("checkbox", name=re.compile("Select Bulk Night")).all():
        await box.check()
    await tab.shoot("admin, events selected")
    await page.get_by_role("button", name=re.compile("^Close")).click()
    assert await tab.find_barriers() == []
    await tab.shoot("admin, bulk effect")
    await page.get_by_role("main").get_by_role("button", name=re.compile("2$")).click()
    site.run_jobs(RUN_BULK_ACTION)
    await expect(page.get_by_text("2 are done")).to_be_visible()  # the page looks again by itself
    await tab.shoot("admin, bulk done")
    assert {site.event(each).status for each in ids} == {EventStatus.CLOSED}


async def test_a_dead_message_is_found_and_sent_again(site: Site, open_tab: OpenTab) -> None:
    site.add_dead_message()
    tab = await open_tab(Role.ADMIN)
    page = tab.page
    await tab.open("/admin")
    await tab.shoot("admin, needs attention")
    await (
        page.get_by_role("link", name=re.compile("message|notification", re.IGNORECASE))
        .and_(page.locator(".alerts a"))
        .first.click()
    )
    await page.get_by_role("rowheader", name="account.password-forgotten").first.get_by_role("link").click()
    await tab.shoot("admin, dead message")
    await page.get_by_role("button", name="Retry now").click()
    await expect(page.get_by_role("status").first).to_be_visible()
