"""Chromium by Playwright: started without a window, asked for one page at a time, and surely closed.

Importing this takes as long as many a whole page fetch, so it is imported where a page really needs a browser.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress

from playwright.async_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    ProxySettings,
    Response,
    Route,
    async_playwright,
)
from playwright.async_api import TimeoutError as TookTooLong

from adapters.sources.fetching.answer import Answer, NoAnswer
from core.discovery.errors import FetchFailed

INSTALLED_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Playwright keeps Chromium from phoning home by itself; this closes the one way around the proxy that is left.
FLAGS = ("--force-webrtc-ip-handling-policy=disable_non_proxied_udp",)
UNSEEN = {"image", "media", "font"}
WORTH_ANOTHER_TRY = ("net::ERR_CONNECTION_", "net::ERR_EMPTY_RESPONSE", "net::ERR_TIMED_OUT", "is navigating")
LONGEST_CLOSING = 10.0


@asynccontextmanager
async def chromium(user_agent: str, proxy: str | None) -> AsyncIterator[BrowserContext]:
    """A fresh browser that says `user_agent` after its own name, and asks for no pictures.

    Raises FetchFailed when there is no browser that starts.
    """
    playwright = await _started()
    try:
        browser = await _launched(playwright, proxy)
        try:
            yield await _context(browser, user_agent)
        finally:
            await _in_time(browser.close())
    finally:
        await _in_time(playwright.stop())


async def _started() -> Playwright:
    starting = asyncio.create_task(async_playwright().start())
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Given up half-way, its process would be left behind.
        await _in_time((await starting).stop())
        raise


async def _launched(playwright: Playwright, proxy: str | None) -> Browser:
    failures = ["There is none."]
    for path in _installed(playwright):
        try:
            return await playwright.chromium.launch(
                executable_path=path,
                # Root has no sandbox: Chromium refuses to start with one.
                chromium_sandbox=sys.platform == "win32" or os.geteuid() != 0,
                args=[*FLAGS, *([] if proxy else ["--no-proxy-server"])],
                proxy=ProxySettings(server=proxy) if proxy else None,
            )
        except Error as error:
            failures.append(_first_line(error))
    raise FetchFailed(f"No browser could be started; `make browser` installs one. ({failures[-1]})")


def _installed(playwright: Playwright) -> Iterator[str]:
    """The paths of the browsers on this machine, Playwright's own first.

    Playwright creates two temporary folders before it looks for a browser, and never removes them when there is none.
    """
    own = playwright.chromium.executable_path
    for path in (shutil.which(own), *map(shutil.which, INSTALLED_NAMES)):
        if path:
            yield path


async def _context(browser: Browser, user_agent: str) -> BrowserContext:
    context = await browser.new_context(
        user_agent=f"Mozilla/5.0 (compatible) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{browser.version} Safari/537.36 {user_agent}",
        locale="en",
        accept_downloads=False,
        service_workers="block",
    )
    await context.route("**/*", _without_pictures)
    return context


async def _in_time(closing: Coroutine[None, None, None]) -> None:
    """Nobody waits for ever for something to close; what is broken already is closed enough."""
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(LONGEST_CLOSING):
            await closing


async def _without_pictures(route: Route) -> None:
    with suppress(Error):  # the page was closed meanwhile
        if route.request.resource_type in UNSEEN:
            await route.abort()
        else:
            await route.continue_()


async def render(context: BrowserContext, url: str, *, longest: float, settling: float) -> Answer:
    """The page at `url`, redirects followed, once its scripts are done or had `settling` seconds.

    Raises NoAnswer or FetchFailed when there is none after `longest` seconds in all.
    """
    try:
        async with asyncio.timeout(longest):
            page = await context.new_page()
            try:
                return await _render(page, url, settling * 1000)
            finally:
                await _in_time(page.close())
    except TimeoutError as error:
        raise NoAnswer(f"{url} was not shown within {longest:g} seconds.") from error
    except Error as error:
        line = _first_line(error)
        kind = NoAnswer if any(passing in line for passing in WORTH_ANOTHER_TRY) else FetchFailed
        raise kind(f"{url} could not be shown: {line}") from error


async def _render(page: Page, url: str, settling: float) -> Answer:
    documents: list[Response] = []

    def note(response: Response) -> None:
        if response.request.is_navigation_request() and response.frame == page.main_frame:
            documents.append(response)

    page.on("response", note)
    await page.goto(url, wait_until="domcontentloaded", timeout=0)
    with suppress(TookTooLong):
        await page.wait_for_load_state("networkidle", timeout=settling)
        if documents[-1].status == 403:
            # A check of the browser by script, which loads the page anew when it is passed.
            await page.wait_for_event("domcontentloaded", lambda _: documents[-1].status != 403, timeout=settling)
            await page.wait_for_load_state("networkidle", timeout=settling)
    shown = documents[-1]
    return Answer(page.url, shown.status, shown.headers, await _body(page, shown))


async def _body(page: Page, shown: Response) -> bytes:
    """What is shown, in UTF-8; for anything but HTML what was sent, which Chromium would dress up."""
    if "html" not in shown.headers.get("content-type", "html"):
        return await shown.body()
    return (await page.content()).encode("utf-8", "xmlcharrefreplace")


def _first_line(error: Error) -> str:
    return error.message.partition("\n")[0]
