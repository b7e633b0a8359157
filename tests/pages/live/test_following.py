"""Open pages follow what happens elsewhere, in a real browser."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from adapters.http.pages.events.actions import line_sentence
from core.shared.timezones import zone_of
from entrypoints.demo_programme.people import GUESTS
from tests.support.browsing import PHONE, OpenTab
from tests.support.site import Role, Site
from tests.support.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = """
async ([url, counts]) => {
  const { wordsOf } = await import(new URL("live/places.js", url));
  const say = (count, places) => wordsOf(count, "80", places);
  return {
    line: counts.map((waiting) => say("line", { available: 0, waitlist_count: waiting })),
    places: say("places", { available: 7, waitlist_count: 0 }),
    // More than a number has changed: the page is read again.
    others: [
      say("places", { available: 0, waitlist_count: 0 }),
      say("places", { available: 2, waitlist_count: 1 }),
      say("places", { available: null, waitlist_count: 0 }),
      say("line", { available: 3, waitlist_count: 0 }),
    ],
  };
}
"""
DELAYS = """
async (url) => {
  const { delayAfter } = await import(new URL("live/connection.js", url));
  return [1, 2, 5, 20].map((failures) => [delayAfter(failures, 0), delayAfter(failures, 1)]);
}
"""
COUNTS = [0, 1, 2, 3, 10, 11, 12, 20, 21, 110, 1203]
LOOKING = re.compile("people are looking")


SET_HIDDEN = """
(isHidden) => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""


@dataclass
class Wire:
    """What is between the page and the server. It can be cut, and say things that the server does not."""

    frames: list[str] = field(default_factory=list)
    is_cut: bool = False
    sockets: list[WebSocketRoute] = field(default_factory=list)

    async def connect(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            await socket.close()
            return
        self.sockets.append(socket)
        server = socket.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            self.frames.append(str(frame))
            socket.send(frame)

        server.on_message(pass_on)

    async def cut(self) -> None:
        self.is_cut = True
        await self.sockets[-1].close()

    def tell(self, event: str, **data: str) -> None:
        self.sockets[-1].send(json.dumps({"event": event, "data": data}))


async def is_live(page: Page) -> None:
    """Wait until the page is connected, and up to date."""
    await expect(page.locator("main")).to_have_attribute("data-live-state", "current")


async def test_a_seat_goes_in_the_other_window_which_is_offered_the_nearest_equal_set(
    site: Site, open_tab: OpenTab
) -> None:
    event_id = site.add_event("Seats Go Live", seats=(4, 16), price=Decimal("14.50"))
    first, second = await open_tab(Role.MEMBER), await open_tab(Role.ORGANIZER, reduced_motion="reduce")
    watching = await open_tab()
    await first.open(f"/events/{event_id}/seats?seat=C-12")
    await second.open(f"/events/{event_id}/seats?seat=C-12&seat=C-13")
    await watching.open(f"/events/{event_id}")
    for tab in (second, watching):
        await is_live(tab.page)
    await expect(watching.page.get_by_text(LOOKING)).to_have_text("3 people are looking")

    await first.page.get_by_role("button", name="Hold and pay").click()
    said = second.page.locator("[data-say]")
    await expect(said).to_have_text("C-12 was just taken. C-13 and C-14 are free, side by side.")
    assert await second.find_barriers() == []
    await second.shoot("seats, lost live")
    site.book(event_id, seats=["C-14"])
    await expect(said).to_have_text("C-12 was just taken. B-12 and B-13 are free, side by side.")
    await second.page.get_by_role("button", name="Take B-12 and B-13").click()
    await expect(second.page.get_by_text("2 of 10 at most · €29.00", exact=True)).to_be_visible()

    await expect(watching.page.get_by_role("heading", name="62 of 64 left")).to_be_visible()
    await watching.look("dark", PHONE)
    assert await watching.find_barriers() == []
    await watching.shoot("event, followed")

    [held] = site.bookings_of(event_id, Role.MEMBER)
    site.run(site.container.use_cases().booking.cancel(held.id, by=site.principal(Role.MEMBER)))
    await expect(watching.page.get_by_role("heading", name="63 of 64 left")).to_be_visible()
    await second.page.locator("[role=gridcell][tabindex='0']").focus()
    await second.page.keyboard.press("Control+Home")
    await second.page.keyboard.press("ArrowDown")
    await second.page.keyboard.press("ArrowDown")
    await expect(second.page.get_by_role("gridcell", name="Row C, seat 12, free, €14.50")).to_be_attached()

    await second.look("dark", PHONE)  # whose tray covers what the page says below the map
    paused = second.page.get_by_text("Live updates paused: seats may be taken by now.")
    await expect(paused).to_be_hidden()
    await second.page.get_by_role("button", name="Pause live updates").click()
    await expect(paused).to_be_visible()


async def test_the_line_moves_and_the_offer_comes_without_a_reload(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("Only One Chair", capacity=1, price=Decimal(5))
    taken = site.book(event_id)
    ahead = site.book(event_id, email=GUESTS[1].email)
    tab = await open_tab(Role.MEMBER, timezone_id="Asia/Tokyo")
    event, visitor = await open_tab(Role.MEMBER), await open_tab()
    page = tab.page
    await tab.open(f"/events/{event_id}/book")
    await page.get_by_role("button", name="Join the line").click()
    await expect(page.get_by_role("heading", level=1, name="You are 2nd in line")).to_be_visible()
    for other in (event, visitor):
        await other.open(f"/events/{event_id}")
        await is_live(other.page)
    await is_live(page)

    site.cancel(ahead)
    await expect(page.get_by_role("heading", level=1, name="You are 1st in line")).to_be_visible()
    await expect(event.page.get_by_role("heading", name="You are 1st in line")).to_be_visible()
    await expect(visitor.page.get_by_text(line_sentence(1), exact=True).first).to_be_visible()
    await event.open("/me")
    await is_live(event.page)

    site.cancel(taken)
    await expect(page.get_by_role("heading", level=1, name="Places for you")).to_be_visible()
    await expect(page.get_by_role("timer")).to_contain_text(":")
    until = page.locator("[data-hold-clock] time")
    ends = datetime.fromisoformat(await until.get_attribute("datetime") or "")
    await expect(until).to_have_text(f"{ends.astimezone(zone_of('Asia/Tokyo')):%H:%M}")
    await expect(page.locator("[data-live-spoken]")).to_have_text("Places for you")
    await expect(page).to_have_title("Places for you: Only One Chair · Nocturne")
    await expect(event.page.get_by_text("Places became free, and you were next in the line.").first).to_be_visible()
    assert await tab.find_barriers() == []


async def test_a_lost_connection_is_admitted_and_the_page_catches_up(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("A Cut Wire", capacity=9)
    tab = await open_tab()
    page = tab.page
    wire = Wire()
    await page.route_web_socket(re.compile("/ws$"), wire.connect)
    await page.clock.install(time=datetime(2026, 12, 4, 19, 31, tzinfo=UTC))
    await tab.open(f"/events/{event_id}")
    await is_live(page)
    said = page.locator("[data-live-paused]")

    await wire.cut()
    site.book(event_id)
    await page.clock.run_for(3500)
    await expect(said).to_be_empty()
    await page.clock.run_for(1000)
    await expect(said).to_have_text("Live updates paused, as of 20:31")
    assert await tab.find_barriers() == []
    await tab.shoot("event, updates paused")
    await expect(page.get_by_role("heading", name="9 of 9 left")).to_be_visible()
    wire.is_cut = False
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("heading", name="8 of 9 left")).to_be_visible()
    await expect(said).to_be_empty()

    wire.tell("live:paused", since="2026-12-04T19:15:00Z")
    await expect(said).to_have_text("Live updates paused, as of 20:15")
    wire.tell("live:resumed")
    await expect(said).to_be_empty()

    await page.get_by_role("button", name="Pause live updates").click()
    await expect(said).to_have_text("Live updates paused, as of 20:31")
    await page.reload()
    site.book(event_id)
    await expect(said).to_have_text("Live updates paused, as of 20:31")
    await page.get_by_role("button", name="Resume").click()
    await expect(page.get_by_role("heading", name="7 of 9 left")).to_be_visible()
    tab.errors.clear()


async def test_a_page_that_nobody_sees_is_read_again_when_it_is_shown(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("Out of Sight")
    tab = await open_tab()
    page = tab.page
    wire = Wire()
    await page.route_web_socket(re.compile("/ws$"), wire.connect)
    await page.clock.install()
    await tab.open(f"/events/{event_id}")
    await is_live(page)

    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    await page.evaluate(SET_HIDDEN, True)
    site.run(site.container.use_cases().booking.cancel_event(event_id, by=site.principal(Role.ORGANIZER)))
    await until(lambda: any("event:changed" in frame for frame in wire.frames))
    await page.clock.run_for(20_000)
    assert requests == []
    await page.evaluate(SET_HIDDEN, False)
    await expect(page.get_by_role("heading", name="This night was cancelled")).to_be_visible()


async def test_desk_and_administration_show_what_happens_now(site: Site, open_tab: OpenTab) -> None:
    event_id = site.add_event("On the Desk", capacity=5)
    desk, admin = await open_tab(Role.ORGANIZER), await open_tab(Role.ADMIN)
    await desk.open(f"/desk/events/{event_id}")
    await admin.open("/admin")
    await is_live(desk.page)
    booked = site.book(event_id, 2)
    await expect(desk.page.get_by_text("3 places left.")).to_be_visible()
    await expect(admin.page.locator("[data-online]")).to_have_text(re.compile(r"[1-9]\s*online now"))
    assert await admin.find_barriers() == []

    await desk.page.clock.install()
    await desk.open(f"/desk/events/{event_id}/check-in")
    await is_live(desk.page)
    check_in = site.container.use_cases().booking.check_in  # at another door
    site.run(check_in(event_id, by=site.principal(Role.ORGANIZER), code=booked.tickets[0].code))
    await desk.page.clock.run_for(6000)
    await expect(desk.page.locator(".door-count")).to_have_text("1 of 2 in")


async def test_the_scripts_say_and_do_the_same_as_the_server(site: Site, open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.open(f"/events/{site.add_event('The Same Words')}")
    [script] = await tab.page.evaluate("[...document.scripts].map(s => s.src).filter(src => src.endsWith('event.js'))")
    assert await tab.page.evaluate(WORDS, [script, COUNTS]) == {
        "line": [line_sentence(waiting) for waiting in COUNTS],
        "places": "7 of 80 left",
        "others": [None, None, None, None],
    }
    assert await tab.page.evaluate(DELAYS, script) == [[1000, 2000], [1000, 4000], [1000, 30_000], [1000, 30_000]]
