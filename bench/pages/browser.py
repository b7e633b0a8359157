"""What a first visit transfers, and when the largest thing on the page is painted, in a throttled Chromium."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, async_playwright

from adapters.sources.fetching.chromium import installed_browsers

LATENCY_MS, DOWN, UP, SLOWER = 150, 1.6e6 / 8, 0.75e6 / 8, 4
"""The network and the processor of a phone, as Lighthouse has them: milliseconds, bytes per second, and how many times
slower than this machine. https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md
"""
PHONE = {"width": 390, "height": 844}
_LARGEST_PAINT = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
})"""


@dataclass(frozen=True, slots=True)
class Visit:
    """The bytes of the page and of everything, as transferred, and the seconds until its largest paint."""

    html: int
    everything: int
    largest_paint: float


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=next(iter(installed_browsers(playwright)), None),
            chromium_sandbox=os.geteuid() != 0,
            args=["--no-proxy-server"],
        )
        try:
            yield browser
        finally:
            await browser.close()


async def visit(browser: Browser, url: str) -> Visit:
    """Open a page that this browser has never seen, as on a phone."""
    context = await browser.new_context(viewport=PHONE, device_scale_factor=3, is_mobile=True)  # type: ignore[arg-type]
    try:
        tab = await context.new_page()
        cdp = await context.new_cdp_session(tab)
        sizes: dict[str, int] = {}
        documents: set[str] = set()
        cdp.on(
            "Network.loadingFinished", lambda each: sizes.update({each["requestId"]: int(each["encodedDataLength"])})
        )
        cdp.on(
            "Network.responseReceived",
            lambda each: documents.add(each["requestId"]) if each["type"] == "Document" else None,
        )
        await cdp.send("Network.enable")
        throttled = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": DOWN, "uploadThroughput": UP}
        await cdp.send("Network.emulateNetworkConditions", throttled)
        await cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        await tab.goto(url, wait_until="networkidle")
        paint: float = await tab.evaluate(_LARGEST_PAINT)
        return Visit(sum(sizes[each] for each in documents if each in sizes), sum(sizes.values()), paint / 1000)
    finally:
        await context.close()
