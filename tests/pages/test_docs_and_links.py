"""The pages in a real Chromium: they work, and break no rule of their own policy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Page
from pytest_aiohttp import AiohttpServer

from adapters.http.app import HttpOptions
from adapters.sources.fetching.chromium import open_chromium
from tests.support.api_client import Api
from tests.support.toy_app import toy_app

NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (e) => violations.push(`${e.effectiveDirective} ${e.blockedURI}`));
"""


@dataclass(slots=True)
class Visit:
    """A page that was opened, and what went wrong on it."""

    page: Page
    errors: list[str] = field(default_factory=list)

    async def violations(self) -> list[str]:
        violations: list[str] = await self.page.evaluate("window.violations")
        return violations


@pytest.fixture
async def browser() -> AsyncIterator[BrowserContext]:
    async with open_chromium("a test", None) as context:
        await context.unroute("**/*")  # which keeps pictures out
        await context.add_init_script(NOTE_VIOLATIONS)
        yield context


@pytest.fixture
async def base(aiohttp_server: AiohttpServer) -> str:
    return str((await aiohttp_server(toy_app())).make_url("")).rstrip("/")


async def visited(browser: BrowserContext, url: str) -> Visit:
    """The page, when nothing more is loaded; what its scripts make of that may come a moment later."""
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
        ("/problems/sold-out", "wait in line"),
        ("/verify-email?token=x", "Verify my address"),
        ("/reset-password?token=x", "Change my password"),
        ("/confirm-subscription?token=x", "Subscribe me"),
        ("/unsubscribe?token=x", "Unsubscribe me"),
    ],
)
async def test_a_page_shows_what_it_should_and_breaks_no_rule(
    browser: BrowserContext, base: str, path: str, shows: str
) -> None:
    visit = await visited(browser, base + path)
    await visit.page.wait_for_function("shows => document.body.innerText.includes(shows)", arg=shows)
    assert await visit.violations() == []
    assert visit.errors == []


async def test_what_breaks_a_rule_would_be_noticed(browser: BrowserContext, base: str) -> None:
    visit = await visited(browser, f"{base}/problems/sold-out")
    await visit.page.evaluate("document.body.append(Object.assign(document.createElement('img'), {src: 'data:,'}))")
    await visit.page.wait_for_function("window.violations.length > 0")
    assert await visit.violations() == ["img-src data"]
    assert visit.errors


async def test_a_request_is_tried_out_from_the_page(browser: BrowserContext, base: str) -> None:
    page = (await visited(browser, f"{base}/api/docs")).page
    operation = page.locator("#operations-operations-healthz")
    await operation.locator(".opblock-summary-control").click()
    await operation.locator(".try-out__btn").click()
    await operation.locator(".execute").click()
    status = operation.locator(".live-responses-table tbody .response-col_status")
    assert "200" in await status.first.inner_text()
    assert await page.evaluate("window.violations") == []


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
async def test_a_problems_page_is_light_or_dark_as_its_reader_likes(
    browser: BrowserContext, base: str, scheme: str, is_dark: bool
) -> None:
    page = (await visited(browser, f"{base}/problems/sold-out")).page
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    paper, ink = [
        sum(await page.evaluate(f"getComputedStyle(document.body).{name}.match(/\\d+/g).map(Number)"))
        for name in ("backgroundColor", "color")
    ]
    assert (paper < ink) is is_dark
    assert abs(paper - ink) > 500


async def test_a_page_of_a_named_origin_may_read_answers_and_no_other(
    browser: BrowserContext, base: str, aiohttp_server: AiohttpServer
) -> None:
    named = await aiohttp_server(toy_app(options=HttpOptions(cors_origins=(base,))))
    unnamed = await aiohttp_server(toy_app())
    page = (await visited(browser, f"{base}/problems/")).page
    # The page's own policy lets it ask nobody; what is looked at here is the policy of the answer.
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Page.enable")
    await cdp.send("Page.setBypassCSP", {"enabled": True})
    await page.reload()
    read = "url => fetch(url).then(answer => answer.status, () => 'refused')"
    assert await page.evaluate(read, str(named.make_url("/api/toys"))) == 200
    assert await page.evaluate(read, str(unnamed.make_url("/api/toys"))) == "refused"


async def test_the_link_of_a_forgotten_password_is_followed_when_its_reader_says_so(
    browser: BrowserContext, api: Api
) -> None:
    ada = await api.sign_in()
    token = await api.request_reset(ada.email)
    visit = await visited(browser, str(api.client.make_url("/reset-password").with_query(token=token or "")))
    page = visit.page
    assert page.url.endswith("/reset-password")  # without the token
    await page.fill("input", "a new password")
    await page.click("button")
    await page.get_by_text("Your password is changed").wait_for()
    login = {"email": ada.email, "password": "a new password"}
    assert (await api.anonymous.post("/api/auth/login", login)).status == 200
    assert (await visit.violations(), visit.errors) == ([], [])


async def test_a_link_that_opens_nothing_says_so(browser: BrowserContext, api: Api) -> None:
    visit = await visited(browser, str(api.client.make_url("/verify-email").with_query(token="spent")))
    await visit.page.click("button")
    await visit.page.wait_for_function(
        "document.querySelector('[role=status]').textContent.includes('Ask for a new one')"
    )
    assert await visit.violations() == []


async def test_a_subscription_begins_and_ends_when_its_reader_says_so(browser: BrowserContext, api: Api) -> None:
    wish = {"email": "ada@example.com", "query": {"q": "jazz"}, "frequency": "daily"}
    await api.anonymous.post("/api/subscriptions", wish)
    [token] = api.pending_secrets("subscription.to-confirm")
    [kept] = api.container.memory().subscriptions
    for path, opens, says in (
        ("/confirm-subscription", token or "", "You are subscribed"),
        ("/unsubscribe", f"daily.{kept.key}", "It has ended"),
    ):
        visit = await visited(browser, str(api.client.make_url(path).with_query(token=opens)))
        await visit.page.click("button")
        await visit.page.get_by_text(says).wait_for()
        assert (await visit.violations(), visit.errors) == ([], [])
    assert list(api.container.memory().subscriptions) == []
