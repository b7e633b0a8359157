"""The seat picker in a real browser: keyboard, taps, live changes; then from choosing to a ticket without network."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.async_api import expect

from tests.support.browsing import PHONE, OpenTab
from tests.support.seat_choices import SEAT_CHOICES
from tests.support.site import Role, Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

CURRENT = "document.activeElement.textContent"
APPLY = "changes => document.querySelector('[data-seat-picker]').picker.apply(changes)"
NEXT_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
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
CLOCK = """
async (url) => {
  const { HoldClock } = await import(new URL("../booking/clock.js", url));
  const element = document.createElement("p");
  element.append(Object.assign(document.createElement("span"), { textContent: "" }));
  element.firstChild.dataset.left = "";
  const now = Date.now();
  Object.assign(element.dataset, { now: new Date(now).toISOString(), expires: new Date(now + 600e3).toISOString() });
  const said = [];
  const clock = new HoldClock(element, { spoken: (text) => said.push(text), ended: () => said.push("ended") });
  for (const passed of [200, 301, 320, 481, 541, 600]) {
    clock.expires = now + (600 - passed) * 1000;
    clock.tick();
  }
  return said;
}
"""
PLACE = """
column => {
  const { view, map } = document.querySelector("[data-seat-picker]").picker;
  const box = map.getBoundingClientRect();
  return [box.x + view.x + (column - 0.5) * 10 * view.scale, box.y + view.y + (16 + 5) * view.scale];
}
"""
"""Where a seat of the first row is in the window."""


async def test_5000_seats_are_few_nodes_and_work_by_keyboard_while_they_change(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("A Hall of 5000", seats=(50, 100), price=Decimal(39))
    site.book(event_id, 2)
    tab = await open_tab(Role.MEMBER, reduced_motion="reduce")  # no colour is in between when contrasts are measured
    page = tab.page
    await tab.open(f"/events/{event_id}/seats")
    await page.locator("[role=gridcell]").first.wait_for(state="attached")
    assert await page.evaluate("document.querySelectorAll('*').length") < 400
    await page.locator("[role=gridcell][tabindex='0']").focus()
    assert await page.evaluate(CURRENT) == "Row A, seat 3, free, €39.00"
    for key, current in (
        ("ArrowLeft", "Row A, seat 2, taken"),
        ("n", "Row A, seat 3, free, €39.00"),
        ("Space", "Row A, seat 3, yours, €39.00"),
        ("PageDown", "Row K, seat 3, free, €39.00"),
        ("End", "Row K, seat 100, free, €39.00"),
        ("Control+End", "Row AX, seat 100, free, €39.00"),
        ("Control+Home", "Row A, seat 1, taken"),
    ):
        await page.keyboard.press(key)
        await page.evaluate(NEXT_FRAMES)
        assert (key, await page.evaluate(CURRENT)) == (key, current)
    assert await page.evaluate(LIVE)
    await page.keyboard.press("?")
    await expect(page.get_by_role("heading", name="Keys on the seat map")).to_be_visible()
    assert await tab.find_barriers() == []
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-tray]")).to_be_focused()
    await tab.look("dark", PHONE)
    assert await tab.find_barriers() == []
    await tab.shoot("seats, 5000")


async def test_a_tapped_seat_that_is_lost_is_replaced_and_the_ticket_opens_without_network(
    site: Site, open_tab: OpenTab
) -> None:
    event_id = site.add_event("Tap and Go", seats=(5, 12), price=Decimal(24))
    tab = await open_tab(Role.MEMBER)
    page = tab.page
    await tab.open(f"/events/{event_id}/seats?seat=B-3&seat=B-4")
    await expect(page.get_by_text("2 of 10 at most · €48.00")).to_be_visible()
    await page.evaluate(APPLY, [{"label": "B-4", "status": "held"}])
    said = page.locator("[data-say]")
    await expect(said).to_have_text("B-4 was just taken. B-2 and B-3 are free, side by side.")
    await page.get_by_role("button", name="Take B-2 and B-3").click()
    await page.wait_for_url("**/seats?seat=B-2&seat=B-3")
    for column in range(1, 10):
        await page.mouse.click(*await page.evaluate(PLACE, column))
    await expect(said).to_have_text("A booking has 10 seats at most. Release one to choose A-9.")
    for column in range(1, 9):
        await page.get_by_role("button", name=f"Release A-{column}", exact=True).click()

    [script] = await page.evaluate("[...document.scripts].map(s => s.src).filter(src => src.includes('picker.js'))")
    for rows, wanted, offered in SEAT_CHOICES:
        assert await page.evaluate(SUBSTITUTES, [script, rows, wanted]) == offered
    spoken = ["5 minutes left.", "2 minutes left.", "1 minute left.", "ended"]
    assert await page.evaluate(CLOCK, script) == spoken

    await page.get_by_role("button", name="Hold and pay").click()
    await expect(page.get_by_role("timer")).to_contain_text(":")
    await page.get_by_role("button", name="Pay €48.00").click()
    await expect(page.get_by_role("heading", level=1, name="You are going")).to_be_visible()
    await page.get_by_role("link", name="Seat B-2").click()
    await expect(page.get_by_text("Kept on this device")).to_be_visible()
    await page.evaluate("navigator.serviceWorker.ready.then(() => {})")
    await page.context.set_offline(True)
    await page.reload()
    await expect(page.get_by_role("heading", level=1, name="Seat B-2")).to_be_visible()
    await page.goto(f"{site.url}/me")
    await expect(page.get_by_role("link", name="seat B-3")).to_be_visible()
    tab.errors.clear()  # there was no network
