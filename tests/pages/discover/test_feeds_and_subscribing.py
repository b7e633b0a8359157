"""Feeds of a search, and subscriptions to one, without scripts."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from icalendar import Calendar

from tests.support.api_client import Api, Person, create_event
from tests.support.form_browser import FormBrowser
from tests.support.permission_world import verify_email

ATOM = {"atom": "http://www.w3.org/2005/Atom"}


async def test_a_calendar_feed_has_the_events_of_a_search(api: Api, otto: Person) -> None:
    await create_event(otto, name="Jazz", category="Music", city="Berlin", timezone="Europe/Berlin")
    await create_event(otto, name="Poetry", category="Words")
    answer = await api.client.get("/feeds/events.ics", params={"category": "music"})
    calendar = Calendar.from_ical(await answer.text())
    assert [str(event["summary"]) for event in calendar.walk("VEVENT")] == ["Jazz"]
    assert str(calendar["x-wr-calname"]) == "Nocturne: music"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.content_type == "text/calendar"
    again = await api.client.get(
        "/feeds/events.ics", params={"category": "music"}, headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status, again.headers["Cross-Origin-Resource-Policy"]) == (304, "cross-origin")


async def test_an_atom_feed_has_plain_texts_whatever_they_contain(api: Api, otto: Person) -> None:
    odd = '<b>Jazz</b> & "more" ]]> 🎷'
    await create_event(otto, name=odd, description="Line\nend", category="Jazz\ufffe", city="Łódź", price="7.50")
    answer = await api.client.get("/feeds/events.atom")
    feed = ET.fromstring(await answer.read())  # noqa: S314 our own feed
    [entry] = feed.findall("atom:entry", ATOM)
    assert entry.findtext("atom:title", namespaces=ATOM) == odd
    assert entry.findtext("atom:summary", namespaces=ATOM) == "Tue 1 December 2026, 19:00. Attic, Łódź. €7.50. Line end"
    assert entry.find("atom:category", ATOM).attrib["term"] == "Jazz\ufffd"  # type: ignore[union-attr]
    [link] = entry.findall("atom:link", ATOM)
    assert link.attrib["href"].startswith("http")
    assert answer.content_type == "application/atom+xml"


async def test_feeds_without_events_are_valid(api: Api) -> None:
    assert Calendar.from_ical(await (await api.client.get("/feeds/events.ics?q=nothing")).text()).walk("VEVENT") == []
    assert ET.fromstring(await (await api.client.get("/feeds/events.atom?q=nothing")).read()).tag.endswith("feed")  # noqa: S314


async def test_visitors_subscribe_with_an_address_that_they_confirm(browser: FormBrowser) -> None:
    page = await browser.open("/subscribe?q=jazz&city=Berlin&when=tonight")
    assert "The days that you chose are left out" in page.text
    page = await browser.submit(page, "Subscribe", email="vera@example.com", frequency="weekly")
    assert (page.status, page.heading) == (200, "Check your email")
    assert "/?q=jazz&city=Berlin" in page.links()


async def test_members_with_a_verified_address_subscribe_at_once(api: Api, browser: FormBrowser) -> None:
    ada = await api.sign_in()
    await verify_email(api, ada)
    await browser.sign_in(ada.email)
    page = await browser.open("/subscribe?category=Music&free=true")
    assert f"Emails go to {ada.email}" in page.text
    page = await browser.submit(page, "Subscribe")
    assert f"You will get emails at {ada.email}." in page.html
    [subscription] = (await (await ada.get("/api/me/subscriptions")).json())["items"]
    assert (subscription["query"]["category"], subscription["query"]["price_max"]) == ("Music", "0")


async def test_mistakes_are_shown_beside_the_fields_and_everything_typed_is_kept(browser: FormBrowser) -> None:
    page = await browser.submit(
        await browser.open("/subscribe"), "Subscribe", city="Berlin", price_max="much", email="x"
    )
    assert page.status == 422
    assert page.document.title is not None
    assert page.document.title.get_text().startswith("Error: ")
    links = [str(link["href"]) for link in page.document.select("[data-error-summary] a")]
    assert set(links) == {"#price_max", "#email"}
    assert [str(field["value"]) for field in page.document.select("#city, #price_max, #email")] == [
        "Berlin",
        "much",
        "x",
    ]


async def test_something_must_be_searched_for(browser: FormBrowser) -> None:
    page = await browser.submit(await browser.open("/subscribe"), "Subscribe", email="vera@example.com")
    assert page.status == 422
    assert "Use at least one of" in page.text
