"""The calendar, and events around a place, without scripts. It is Friday 20 November 2026, noon in UTC."""

from __future__ import annotations

import pytest

from adapters.http.pages.discover.nearby import POSITION_HEADER, SHOWN
from tests.support.api_client import Api, Person, create_event
from tests.support.form_browser import FormBrowser, SeenPage

BERLIN = {"city": "Berlin", "timezone": "Europe/Berlin"}


async def test_the_calendar_leads_to_this_month(browser: FormBrowser) -> None:
    page = await browser.open("/calendar")
    assert (page.path, page.heading) == ("/calendar/2026-11", "November 2026")


async def test_a_month_has_three_titles_a_day_and_says_how_many_more(otto: Person, browser: FormBrowser) -> None:
    for hour in range(18, 23):
        await create_event(otto, name=f"At {hour}", start_time=f"2026-12-05T{hour}:00:00+01:00", **BERLIN)
    await create_event(otto, name="After midnight", start_time="2026-12-06T00:30:00+01:00", **BERLIN)
    page = await browser.open("/calendar/2026-12")
    cells = {cell.select_one(".month-day").get_text(" "): cell for cell in page.document.select("td:has(a)")}  # type: ignore[union-attr]
    assert [link.get_text() for link in cells["5 Saturday 5 December, 5 events"].select("li a")] == [
        *("18:00 At 18", "19:00 At 19", "20:00 At 20")
    ]
    assert "+2" in cells["5 Saturday 5 December, 5 events"].get_text()
    assert "After midnight" in cells["6 Sunday 6 December, 1 event"].get_text()
    assert "/?date=2026-12-05" in page.links()


async def test_the_calendar_keeps_its_filters_from_month_to_month(otto: Person, browser: FormBrowser) -> None:
    await create_event(otto, name="Berlin", start_time="2026-12-05T20:00:00Z", **BERLIN)
    await create_event(otto, name="Oslo", start_time="2026-12-05T20:00:00Z", city="Oslo")
    page = await browser.submit(await browser.open("/calendar/2026-12"), "Show", city="Oslo")
    titles = [link.get_text() for link in page.document.select("table li a")]
    assert titles == ["20:00 Oslo"]
    assert "/calendar/2027-01?city=Oslo" in page.links()
    page = await browser.open("/calendar/2027-01?city=Oslo")
    assert "Nothing in January 2027" in page.text


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "december", "2026-1"])
async def test_there_are_only_real_months(browser: FormBrowser, month: str) -> None:
    assert (await browser.open(f"/calendar/{month}")).status == 404


def names(page: SeenPage) -> list[str]:
    return [" ".join(link.get_text(" ").split()) for link in page.document.select(".card-name a")]


async def around_berlin(otto: Person) -> None:
    await create_event(otto, name="Potsdam", latitude=52.40, longitude=13.06, city="Potsdam")
    await create_event(otto, name="Mitte", latitude=52.52, longitude=13.41, **BERLIN)
    await create_event(otto, name="Kreuzberg", latitude=52.49, longitude=13.43, **BERLIN)


async def test_events_near_a_typed_city_come_nearest_first(otto: Person, browser: FormBrowser) -> None:
    await around_berlin(otto)
    page = await browser.submit(await browser.open("/near"), "Look there", city="potsdam")
    assert page.heading == "Near Potsdam"
    assert names(page) == ["1 Potsdam"]
    page = await browser.open("/near?city=Potsdam&radius_km=50")
    assert names(page) == ["1 Potsdam", "2 Kreuzberg", "3 Mitte"]
    assert [dot.get_text(strip=True) for dot in page.document.select(".radar-dot")] == ["1", "2-3"]


async def test_of_many_events_the_nearest_fill_the_picture(otto: Person, browser: FormBrowser) -> None:
    for number in range(SHOWN + 1):
        await create_event(otto, name=f"Night {number}", latitude=52.52 + number / 2000, longitude=13.41, **BERLIN)
    page = await browser.open("/near?city=Berlin&radius_km=50")
    assert f"The {SHOWN} nearest events within 50 km" in page.text
    assert page.document.select(".radar-label")[-1].get_text() != "50 km"


async def test_a_city_without_events_is_no_dead_end(browser: FormBrowser) -> None:
    page = await browser.open("/near?city=Atlantis")
    assert "There is nothing on in Atlantis" in page.text
    assert "/?q=Atlantis" in page.links()


async def test_the_position_of_a_browser_is_in_no_address_and_kept_by_nobody(api: Api, otto: Person) -> None:
    await around_berlin(otto)
    answer = await api.client.get("/near?radius_km=10", headers={POSITION_HEADER: "52.52,13.405"})
    page = await answer.text()
    assert page.index("Mitte") < page.index("Kreuzberg")
    assert "52.52" not in page
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Mitte" not in await (await api.client.get("/near?radius_km=10")).text()


@pytest.mark.parametrize("position", ["here", "91,0", "0,181", "52.5", "nan,nan"])
async def test_a_position_that_is_nowhere_is_ignored(api: Api, position: str) -> None:
    answer = await api.client.get("/near", headers={POSITION_HEADER: position})
    assert answer.status == 200
    assert "data-near-link" not in await answer.text()


async def test_only_this_page_may_ask_for_the_position(api: Api) -> None:
    assert "geolocation=(self)" in (await api.client.get("/near")).headers["Permissions-Policy"]
    assert "geolocation=()" in (await api.client.get("/")).headers["Permissions-Policy"]
