"""A real Chromium that notes everything which goes wrong on a page."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, async_playwright

from adapters.sources.fetching.chromium import installed_browsers
from tests.support.site import Role

PHONE, DESKTOP = 390, 1440
NARROWEST = 320
HEIGHT, MAX_HEIGHT = 900, 4000
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SHOTS = os.environ.get("SCREENSHOTS")
"""A folder for pictures of the pages that tests visit; without it none are taken."""

NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => violations.push(`${e.effectiveDirective} ${e.blockedURI}`));
"""
FIND_OVERFLOW = """() => {
  const wide = document.scrollingElement.scrollWidth - document.documentElement.clientWidth;
  if (wide <= 0) return [];
  const outside = [...document.querySelectorAll("body *")].filter((e) => {
    for (let up = e.parentElement; up && up !== document.body; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return false;
    return e.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
  });
  return outside.slice(0, 3).map((e) => `${e.tagName.toLowerCase()}.${e.className} is ${wide} px too wide`);
}"""
FIND_MOTION = """() => document.getAnimations().filter((a) => {
  return a.playState === "running" && a.effect?.getComputedTiming().activeDuration > 1;
}).map((a) => `${a.animationName ?? a.transitionProperty} on ${a.effect.target?.tagName}`)"""
AXE_OPTIONS: Mapping[str, Any] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}


@dataclass
class Tab:
    """An open page, and what went wrong on it."""

    page: Page
    base: str = ""
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note_message)
        self.page.on("pageerror", self._note_error)
        self.page.on("requestfailed", self._note_failure)

    async def open(self, path: str) -> None:
        """Open a path of the site, or a whole address, and wait until it has loaded."""
        await self.page.goto(path if "://" in path else f"{self.base}{path}", wait_until="load")

    async def problems(self) -> list[str]:
        """Return errors in the console and violations of the content policy."""
        violations: list[str] = await self.page.evaluate("window.violations ?? []")
        return [*self.errors, *violations]

    async def look(self, scheme: Scheme = "light", width: int = DESKTOP) -> None:
        """Set the colour scheme and the width of the window."""
        await self.page.set_viewport_size({"width": width, "height": HEIGHT})
        await self.page.emulate_media(color_scheme=scheme)

    async def find_barriers(self) -> list[str]:
        """Return what axe finds on the page as it is now (WCAG 2.2 AA)."""
        results = await Axe().run(self.page, options=dict(AXE_OPTIONS))
        found = results.response["violations"]
        return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"][:3]]

    async def shoot(self, name: str) -> None:
        """Take pictures of the page as it is, in both schemes at both widths, if a folder for them is set."""
        if SHOTS is None:
            return
        before = self.page.viewport_size
        for width in (PHONE, DESKTOP):
            for scheme in SCHEMES:
                await self.look(scheme, width)
                # A window as high as the page, so that bars which stay at an edge of the window cover nothing.
                height: int = await self.page.evaluate("document.documentElement.scrollHeight")
                await self.page.set_viewport_size({"width": width, "height": max(HEIGHT, min(height, MAX_HEIGHT))})
                path = Path(SHOTS) / f"{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}-{width}-{scheme}.png"
                await self.page.screenshot(path=path, animations="disabled")
        if before is not None:
            await self.page.set_viewport_size(before)

    def _note_message(self, message: ConsoleMessage) -> None:
        # Chromium reports the status of the page itself as an error, and a form with mistakes has 422.
        is_own_status = message.text.startswith("Failed to load resource") and message.location["url"] == self.page.url
        if message.type == "error" and not is_own_status:
            self.errors.append(f"{self.page.url}: {message.text}")

    def _note_error(self, error: Error) -> None:
        if "Transition was " not in error.message:  # of a page that was left or resized while it faded in
            self.errors.append(str(error))

    def _note_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # left by the page itself, such as a search that a newer one replaces
            self.errors.append(f"{request.url}: {request.failure}")


class OpenTab(Protocol):
    """Opens a window of its own, signed in as somebody of this role; the options are those of Playwright's contexts."""

    def __call__(self, role: Role = Role.ANYBODY, **options: Any) -> Awaitable[Tab]: ...


@asynccontextmanager
async def launch_chromium(*, without_flags: Sequence[str] = ()) -> AsyncIterator[Browser]:
    """Start a browser, without some of the flags that Playwright sets."""
    async with async_playwright() as playwright:
        path = next(iter(installed_browsers(playwright)))
        browser = await playwright.chromium.launch(
            executable_path=path,
            chromium_sandbox=os.geteuid() != 0,
            args=["--no-proxy-server"],
            ignore_default_args=list(without_flags) or None,
        )
        try:
            yield browser
        finally:
            await browser.close()


async def new_context(
    browser: Browser, base: str, cookies: Mapping[str, str] | None = None, **options: Any
) -> BrowserContext:
    """Return a context with these cookies of the site at `base`."""
    usual = {"viewport": {"width": DESKTOP, "height": HEIGHT}, "locale": "en-GB", "timezone_id": "Europe/Berlin"}
    context = await browser.new_context(**{**usual, **options})
    context.set_default_timeout(10_000)
    await context.add_init_script(NOTE_VIOLATIONS)
    if cookies:
        await context.add_cookies([{"name": name, "value": value, "url": base} for name, value in cookies.items()])
    return context
