"""Chromium, controlled by Playwright: headless, one page at a time, always closed at the end.

This module is slow to import, so it is imported only when a page needs a browser.
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
from playwright.async_api import TimeoutError as PlaywrightTimeout

from adapters.sources.fetching.responses import HttpResponse, NoResponse
from core.discovery.errors import FetchFailed

INSTALLED_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Playwright disables the background requests of Chromium; this closes the last way around the proxy, WebRTC.
FLAGS = ("--force-webrtc-ip-handling-policy=disable_non_proxied_udp",)
BLOCKED_RESOURCES = {"image", "media", "font"}
RETRYABLE_ERRORS = ("net::ERR_CONNECTION_", "net::ERR_EMPTY_RESPONSE", "net::ERR_TIMED_OUT", "is navigating")
CLOSE_TIMEOUT_SECONDS = 10.0


@asynccontextmanager
async def open_chromium(user_agent: str, proxy: str | None) -> AsyncIterator[BrowserContext]:
    """Start a browser whose user agent ends with `user_agent`, and which requests no images, media or fonts.

    Raises FetchFailed when no browser starts.
    """
    playwright = await _start_playwright()
    try:
        browser = await _launch(playwright, proxy)
        try:
            yield await _new_context(browser, user_agent)
        finally:
            await _close(browser.close())
    finally:
        await _close(playwright.stop())


async def _start_playwright() -> Playwright:
    starting = asyncio.create_task(async_playwright().start())
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Without waiting for the start, the Playwright process would be left running.
        await _close((await starting).stop())
        raise


async def _launch(playwright: Playwright, proxy: str | None) -> Browser:
    failures = ["No browser is installed."]
    for path in installed_browsers(playwright):
        try:
            return await playwright.chromium.launch(
                executable_path=path,
                # As root, Chromium refuses to start with a sandbox.
                chromium_sandbox=sys.platform == "win32" or os.geteuid() != 0,
                args=[*FLAGS, *([] if proxy else ["--no-proxy-server"])],
                proxy=ProxySettings(server=proxy) if proxy else None,
            )
        except Error as error:
            failures.append(_first_line(error))
    raise FetchFailed(f"No browser could be started; `make browser` installs one. ({failures[-1]})")


def installed_browsers(playwright: Playwright) -> Iterator[str]:
    """Yield the paths of the browsers on this machine, Playwright's own first.

    Playwright creates two temporary folders before it looks for a browser, and never removes them when there is none.
    """
    own = playwright.chromium.executable_path
    for path in (shutil.which(own), *map(shutil.which, INSTALLED_NAMES)):
        if path:
            yield path


async def _new_context(browser: Browser, user_agent: str) -> BrowserContext:
    context = await browser.new_context(
        user_agent=f"Mozilla/5.0 (compatible) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{browser.version} Safari/537.36 {user_agent}",
        locale="en",
        accept_downloads=False,
        service_workers="block",
    )
    await context.route("**/*", _block_media)
    return context


async def _close(closing: Coroutine[None, None, None]) -> None:
    """Close something within CLOSE_TIMEOUT_SECONDS, and ignore errors: it may be broken already."""
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
            await closing


async def _block_media(route: Route) -> None:
    with suppress(Error):  # the page was closed in the meantime
        if route.request.resource_type in BLOCKED_RESOURCES:
            await route.abort()
        else:
            await route.continue_()


async def render(context: BrowserContext, url: str, *, timeout_seconds: float, settle_seconds: float) -> HttpResponse:
    """Load `url`, following redirects, and return the page when its network is idle, or after `settle_seconds`.

    Raises NoResponse or FetchFailed on an error, or after `timeout_seconds` in all.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            page = await context.new_page()
            try:
                return await _render(page, url, settle_ms=settle_seconds * 1000)
            finally:
                await _close(page.close())
    except TimeoutError as error:
        raise NoResponse(f"{url} did not load within {timeout_seconds:g} seconds.") from error
    except Error as error:
        line = _first_line(error)
        kind = NoResponse if any(text in line for text in RETRYABLE_ERRORS) else FetchFailed
        raise kind(f"{url} could not be loaded: {line}") from error


async def _render(page: Page, url: str, *, settle_ms: float) -> HttpResponse:
    documents: list[Response] = []

    def record_document(response: Response) -> None:
        if response.request.is_navigation_request() and response.frame == page.main_frame:
            documents.append(response)

    page.on("response", record_document)
    await page.goto(url, wait_until="domcontentloaded", timeout=0)
    with suppress(PlaywrightTimeout):
        await page.wait_for_load_state("networkidle", timeout=settle_ms)
        if documents[-1].status == 403:
            # A script that checks the browser, and reloads the page when the check passes.
            await page.wait_for_event("domcontentloaded", lambda _: documents[-1].status != 403, timeout=settle_ms)
            await page.wait_for_load_state("networkidle", timeout=settle_ms)
    response = documents[-1]
    return HttpResponse(page.url, response.status, response.headers, await _read_body(page, response))


async def _read_body(page: Page, response: Response) -> bytes:
    """Return the rendered HTML in UTF-8; other types as received, since Chromium would wrap them in HTML."""
    if "html" not in response.headers.get("content-type", "html"):
        return await response.body()
    return (await page.content()).encode("utf-8", "xmlcharrefreplace")


def _first_line(error: Error) -> str:
    return error.message.partition("\n")[0]
