"""Each kind of page in a real Chromium: it works, is accessible and fits, at every width and in both colour schemes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.support.browsing import (
    DESKTOP,
    FIND_MOTION,
    FIND_OVERFLOW,
    NARROWEST,
    PHONE,
    OpenTab,
    Tab,
    launch_chromium,
    new_context,
)
from tests.support.crawling import Visit, one_of_each
from tests.support.site import AREAS, Role, Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAX_HTML, MAX_CSS, MAX_JS, MAX_ALL = 30_000, 14_000, 20_000, 80_000
"""Bytes of bodies as they are sent, compressed. HTTP/2, which is spoken by proxies, compresses headers to little."""
KINDS = {"Document": MAX_HTML, "Stylesheet": MAX_CSS, "Script": MAX_JS}
MAX_NODES = 1_500


async def own_pages(site: Site, role: Role) -> list[Visit]:
    """Return a page of each kind that people of this role see and others don't."""
    return [visit for visit in one_of_each(await site.crawl(role)) if AREAS[role].match(visit.shape)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", Role)
async def test_every_kind_of_page_is_accessible_and_fits(site: Site, open_tab: OpenTab, role: Role) -> None:
    tab = await open_tab(role, reduced_motion="reduce")  # axe measures colours, not what they fade from
    found: dict[str, list[str]] = {}
    for visit in await own_pages(site, role):
        await tab.look("light", DESKTOP)
        await tab.open(visit.url)
        found[visit.shape] = await examine(tab)
        await tab.shoot(visit.shape.replace("/*/*", "/*").replace("*", "one") if visit.shape != "/" else "discover")
    assert {shape: wrong for shape, wrong in found.items() if wrong} == {}
    assert found


async def examine(tab: Tab) -> list[str]:
    """Return what is wrong with a page that is open in the light scheme on a desktop."""
    barriers = await tab.find_barriers()
    await tab.look("dark", PHONE)
    barriers += await tab.find_barriers()
    await tab.look("light", NARROWEST)
    overflow: list[str] = await tab.page.evaluate(FIND_OVERFLOW)
    return [*dict.fromkeys(barriers), *overflow]


async def test_a_page_that_is_too_wide_would_be_noticed(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.look("light", NARROWEST)
    await tab.page.set_content("<p style='width: 400px'>Too wide</p>")
    assert await tab.page.evaluate(FIND_OVERFLOW) == ["p. is 88 px too wide"]


async def test_nothing_moves_for_people_who_prefer_that_and_forced_colours_keep_everything(
    site: Site, open_tab: OpenTab
) -> None:
    tab = await open_tab(reduced_motion="reduce", forced_colors="active")
    for path in ("/", site.event_path("Fado at Sunset"), "/calendar"):
        await tab.open(path)
        assert await tab.page.evaluate(FIND_MOTION) == []
        for control in await tab.page.locator("main a:visible, main button:visible, main input:visible").all():
            colours = await control.evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]")
            assert colours[0] != colours[1]


async def test_pages_are_small(site: Site, open_tab: OpenTab) -> None:
    film = site.event_path("Night of the Short Film")
    for path in ("/", site.event_path("Fado at Sunset"), film, f"{film}/seats"):
        tab = await open_tab()
        sizes = await measure(tab, path)
        too_large = {kind: size for kind, size in sizes.items() if size > KINDS.get(kind, MAX_ALL)}
        assert (path, too_large) == (path, {})
        assert sum(sizes.values()) <= MAX_ALL, (path, sizes)
        assert await tab.page.evaluate("document.querySelectorAll('*').length") <= MAX_NODES


async def measure(tab: Tab, path: str) -> dict[str, int]:
    """Return how many bytes of bodies a first visit transfers, by kind of resource."""
    cdp = await tab.page.context.new_cdp_session(tab.page)
    await cdp.send("Network.enable")
    kinds: dict[str, str] = {}
    headers: dict[str, int] = {}
    sizes: dict[str, int] = {}

    def note_response(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]
        headers[event["requestId"]] = int(event["response"]["encodedDataLength"])

    def note_size(event: dict[str, Any]) -> None:
        kind = kinds.get(event["requestId"], "Other")
        body = int(event["encodedDataLength"]) - headers.get(event["requestId"], 0)
        sizes[kind] = sizes.get(kind, 0) + body

    cdp.on("Network.responseReceived", note_response)
    cdp.on("Network.loadingFinished", note_size)
    await tab.page.goto(f"{tab.base}{path}", wait_until="networkidle")
    return sizes


async def test_going_back_shows_the_page_as_it_was_and_then_what_has_changed(site: Site) -> None:
    """Playwright switches the back/forward cache off, so this needs a browser of its own."""
    event_id = site.add_event("There and Back", capacity=9)
    async with launch_chromium(without_flags=["--disable-back-forward-cache"]) as browser:
        page = await (await new_context(browser, site.url)).new_page()
        await page.goto(f"{site.url}/events/{event_id}")
        await expect(page.locator("main")).to_have_attribute("data-live-state", "current")
        await page.evaluate("window.isSame = true")
        await page.goto(f"{site.url}/")
        site.book(event_id)
        await page.go_back(wait_until="commit")
        assert await page.evaluate("window.isSame === true")
        await expect(page.get_by_role("heading", name="8 of 9 left")).to_be_visible()
        await expect(page.locator("main")).to_have_attribute("data-live-state", "current")
