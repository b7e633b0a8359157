"""The seat picker in a real browser: keyboard, taps, live changes; then from choosing to a ticket without network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import BrowserContext, Page

from adapters.sources.fetching.chromium import open_chromium
from tests.pages.booking.test_seats import create_mapped_event
from tests.support.api_client import PASSWORD, Api, Person, book
from tests.support.builders import NOW
from tests.support.seat_choices import SEAT_CHOICES

WATCH = """
window.mistakes = [];
addEventListener("error", (event) => mistakes.push(event.message));
addEventListener("unhandledrejection", (event) => mistakes.push(String(event.reason)));
document.addEventListener("securitypolicyviolation", (event) => mistakes.push(event.violatedDirective));
"""
CURRENT = "document.activeElement.textContent"
APPLY = "changes => document.querySelector('[data-seat-picker]').picker.apply(changes)"
SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SUBSTITUTES = """
async ([url, rows, wanted]) => {
  const { SeatModel } = await import(new URL("model.js", url));
  const { nearestEqualSet } = await import(new URL("substitutes.js", url));
  const model = new SeatModel();
  model.replace(rows.map((seats, row) => ({ row_label: "ABC"[row], seats })));
  return (nearestEqualSet(model, wanted.map((label) => model.find(label))) ?? []).map((seat) => seat.label);
}
"""
LIVE = """
async () => {
  const { picker } = document.querySelector("[data-seat-picker]");
  const focused = document.activeElement;
  for (let change = 0; change < 100; change += 1) {
    const label = `${picker.model.rows[change % 3].label}-${(change * 7) % 100 + 1}`;
    picker.apply([{ label, status: ["held", "reserved", "available"][change % 3] }]);
    if (change % 10 === 0) await new Promise(requestAnimationFrame);
  }
  return document.activeElement === focused && focused.isConnected;
}
"""


@pytest.fixture
async def chromium() -> AsyncIterator[BrowserContext]:
    """A browser with images and service workers, which that for scraping has not."""
    async with open_chromium("a test", None) as context:
        assert context.browser is not None
        opened = await context.browser.new_context(locale="en")
        opened.set_default_timeout(10_000)
        await opened.add_init_script(WATCH)
        yield opened


@pytest.fixture
async def page(chromium: BrowserContext, api: Api, ada: Person) -> Page:
    """A page of a browser in which Ada has signed in. The platform's clock is that of the browser."""
    api.clock.move(datetime.now(UTC) - NOW)
    opened = await chromium.new_page()
    await opened.goto(str(api.client.make_url("/sign-in")))
    await opened.fill("#email", ada.email)
    await opened.fill("#password", PASSWORD)
    await opened.get_by_role("main").get_by_role("button", name="Sign in").click()
    await opened.wait_for_url(lambda url: "sign-in" not in url)
    return opened


async def open_picker(page: Page, api: Api, event_id: str, query: str = "") -> None:
    await page.goto(str(api.client.make_url(f"/events/{event_id}/seats{query}")))
    await page.locator("[role=gridcell]").first.wait_for(state="attached")


def in_a_week(api: Api) -> dict[str, str]:
    return {"start_time": (api.clock.now() + timedelta(days=7)).isoformat(), "timezone": "Europe/Berlin"}


async def test_5000_seats_are_few_nodes_and_work_by_keyboard_while_they_change(page: Page, api: Api) -> None:
    otto = await api.sign_in_organizer()
    event_id = await create_mapped_event(otto, rows=50, per_row=100, price="39.00", **in_a_week(api))
    await book(await api.sign_in("grace"), event_id, seat_ids=["A-1", "A-2"])
    await open_picker(page, api, event_id)
    assert await page.evaluate("document.querySelectorAll('*').length") < 400
    await page.locator("[role=gridcell][tabindex='0']").focus()
    assert await page.evaluate(CURRENT) == "Row A, seat 3, free, €39.00"
    for key, current in (
        ("ArrowLeft", "Row A, seat 2, held by somebody"),
        ("n", "Row A, seat 3, free, €39.00"),
        ("Space", "Row A, seat 3, yours, €39.00"),
        ("PageDown", "Row K, seat 3, free, €39.00"),
        ("End", "Row K, seat 100, free, €39.00"),
        ("Control+End", "Row AX, seat 100, free, €39.00"),
        ("Control+Home", "Row A, seat 1, held by somebody"),
    ):
        await page.keyboard.press(key)
        await page.evaluate(SETTLED)
        assert (key, await page.evaluate(CURRENT)) == (key, current)
    assert await page.evaluate(LIVE)
    await page.keyboard.press("?")
    await page.get_by_role("heading", name="Keys on the seat map").wait_for()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    assert await page.evaluate("document.activeElement.matches('[data-tray]')")
    assert await page.evaluate("mistakes") == []


async def test_seats_are_chosen_by_tapping_and_a_lost_one_is_replaced(page: Page, api: Api) -> None:
    otto = await api.sign_in_organizer()
    event_id = await create_mapped_event(otto, rows=5, per_row=12, price="24.00", **in_a_week(api))
    await open_picker(page, api, event_id, "?seat=B-3&seat=B-4")
    tray, said = page.locator("[data-tray]"), page.locator("[data-say]")
    await tray.get_by_text("2 of 10 at most · €48.00").wait_for()
    await page.evaluate(APPLY, [{"label": "B-4", "status": "held"}])
    await said.get_by_text("B-4 was just taken. B-2 and B-3 are free, side by side.").wait_for()
    await page.get_by_role("button", name="Take B-2 and B-3").click()
    await page.wait_for_url("**/seats?seat=B-2&seat=B-3")
    for column in range(1, 10):
        at = await page.evaluate(
            """column => {
              const { view, map } = document.querySelector("[data-seat-picker]").picker;
              const box = map.getBoundingClientRect();
              return [box.x + view.x + (column - 0.5) * 10 * view.scale, box.y + view.y + (16 + 5) * view.scale];
            }""",
            column,
        )
        await page.mouse.click(*at)
    await said.get_by_text("A booking has 10 seats at most. Release one to choose A-9.").wait_for()
    for seat in [f"A-{column}" for column in range(1, 9)]:
        await page.get_by_role("button", name=f"Release {seat}", exact=True).click()
    [script] = await page.evaluate("[...document.scripts].map(s => s.src).filter(src => src.includes('picker.js'))")
    for rows, wanted, offered in SEAT_CHOICES:
        assert await page.evaluate(SUBSTITUTES, [script, rows, wanted]) == offered
    await page.get_by_role("button", name="Hold and pay").click()
    await page.get_by_role("timer").get_by_text(":").wait_for()
    await page.get_by_role("button", name="Pay €48.00").click()
    await page.get_by_role("heading", name="You are going").wait_for()
    await page.get_by_role("link", name="Seat B-2").click()
    await page.get_by_text("Kept on this device").wait_for()
    assert await page.evaluate("mistakes") == []
    await page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    await page.context.set_offline(True)
    await page.reload()
    assert await page.get_by_role("heading", name="Seat B-2").is_visible()
    await page.goto(str(api.client.make_url("/me")))
    await page.get_by_role("link", name="seat B-3").wait_for()
