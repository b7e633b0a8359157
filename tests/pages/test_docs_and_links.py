"""The pages in a real Chromium: they work and don't violate their content security policy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Page
from pytest_aiohttp import AiohttpServer

from adapters.http.app import HttpOptions
from adapters.sources.fetching.chromium import open_chromium
from tests.support.api_client import Api, create_event
from tests.support.toy_app import toy_app

NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => violations.push(`${e.effectiveDirective} ${e.blockedURI}`));
"""


@dataclass(slots=True)
class Visit:
    """An open page and the errors on it."""

    page: Page
    errors: list[str] = field(default_factory=list)

    async def violations(self) -> list[str]:
        violations: list[str] = await self.page.evaluate("window.violations")
        return violations


@pytest.fixture
async def browser() -> AsyncIterator[BrowserContext]:
    async with open_chromium("a test", None) as context:
        await context.unroute("**/*")  # which blocks images
        await context.add_init_script(NOTE_VIOLATIONS)
        yield context


@pytest.fixture
async def base(aiohttp_server: AiohttpServer) -> str:
    return str((await aiohttp_server(toy_app())).make_url("")).rstrip("/")


async def visit_page(browser: BrowserContext, url: str) -> Visit:
    """Open a page and wait until it has loaded; its scripts may still render for a moment."""
    visit = Visit(await browser.new_page())

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            visit.errors.append(message.text)

    visit.page.on("console", note)
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    visit.page.on("requestfailed", lambda request: visit.errors.append(f"{request.url}: {request.failure}"))
    await visit.page.goto(url, wait_until="networkidle")
    return visit


@pytest.mark.parametrize(
    ("path", "shows"),
    [
        ("/api/docs", "Throw a toy away"),
        ("/api/redoc", "Throw a toy away"),
        ("/problems/", "Seat unavailable"),
        ("/problems/sold-out", "join the waitlist"),
    ],
)
async def test_a_page_shows_its_text_without_errors_or_policy_violations(
    browser: BrowserContext, base: str, path: str, shows: str
) -> None:
    visit = await visit_page(browser, base + path)
    await visit.page.wait_for_function("shows => document.body.innerText.includes(shows)", arg=shows)
    assert await visit.violations() == []
    assert visit.errors == []


async def test_a_policy_violation_would_be_detected(browser: BrowserContext, base: str) -> None:
    visit = await visit_page(browser, f"{base}/problems/sold-out")
    await visit.page.evaluate("document.body.append(Object.assign(document.createElement('img'), {src: 'data:,'}))")
    await visit.page.wait_for_function("window.violations.length > 0")
    assert await visit.violations() == ["img-src data"]
    assert visit.errors


async def test_a_request_can_be_tried_out_on_the_page(browser: BrowserContext, base: str) -> None:
    page = (await visit_page(browser, f"{base}/api/docs")).page
    operation = page.locator("#operations-operations-healthz")
    await operation.locator(".opblock-summary-control").click()
    await operation.locator(".try-out__btn").click()
    await operation.locator(".execute").click()
    status = operation.locator(".live-responses-table tbody .response-col_status")
    assert "200" in await status.first.inner_text()
    assert await page.evaluate("window.violations") == []


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
async def test_a_problem_page_follows_the_colour_scheme(
    browser: BrowserContext, base: str, scheme: str, is_dark: bool
) -> None:
    page = (await visit_page(browser, f"{base}/problems/sold-out")).page
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    paper, ink = [
        sum(await page.evaluate(f"getComputedStyle(document.body).{name}.match(/\\d+/g).map(Number)"))
        for name in ("backgroundColor", "color")
    ]
    assert (paper < ink) is is_dark
    assert abs(paper - ink) > 500


async def test_only_pages_of_an_allowed_origin_may_read_responses(
    browser: BrowserContext, base: str, aiohttp_server: AiohttpServer
) -> None:
    named = await aiohttp_server(toy_app(options=HttpOptions(cors_origins=(base,))))
    unnamed = await aiohttp_server(toy_app())
    page = (await visit_page(browser, f"{base}/problems/")).page
    # The page's own policy forbids all requests; this test is about the response's CORS headers.
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Page.enable")
    await cdp.send("Page.setBypassCSP", {"enabled": True})
    await page.reload()
    read = "url => fetch(url).then(answer => answer.status, () => 'refused')"
    assert await page.evaluate(read, str(named.make_url("/api/toys"))) == 200
    assert await page.evaluate(read, str(unnamed.make_url("/api/toys"))) == "refused"


async def test_a_link_is_used_by_the_button_and_its_token_leaves_the_address(browser: BrowserContext, api: Api) -> None:
    ada = await api.sign_in()
    token = await api.request_reset(ada.email)
    visit = await visit_page(browser, str(api.client.make_url("/reset-password").with_query(token=token or "")))
    page = visit.page
    assert page.url.endswith("/reset-password")
    await page.get_by_label("New password").fill("a new password")
    await page.get_by_role("button", name="Change my password").click()
    await page.get_by_text("Your password is changed").wait_for()
    login = {"email": ada.email, "password": "a new password"}
    assert (await api.anonymous.post("/api/auth/login", login)).status == 200
    assert (await visit.violations(), visit.errors) == ([], [])


async def test_a_visitor_cancels_a_registration_on_its_page(browser: BrowserContext, api: Api) -> None:
    event = await create_event(await api.sign_in_organizer())
    visitor = {"full_name": "Grace", "email": "grace@example.com"}
    await api.anonymous.post(f"/api/events/{event['id']}/register", visitor)
    await api.container.notify_bookers()()
    [token] = api.pending_secrets("booking.confirmed")
    visit = await visit_page(browser, str(api.client.make_url("/booking").with_query(token=token or "")))
    assert await visit.page.locator("figure svg").is_visible()
    await visit.page.click("main button")
    await visit.page.get_by_text("This booking is cancelled").wait_for()
    assert await visit.page.locator("main button, main figure").count() == 0
    assert (await visit.violations(), visit.errors) == ([], [])
