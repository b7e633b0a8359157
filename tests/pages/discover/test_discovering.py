"""The pages on which visitors discover events, without scripts. It is Friday 20 November 2026, noon in UTC."""

from __future__ import annotations

import pytest
from bs4 import Tag

from tests.support.api_client import Api, Person, create_event
from tests.support.form_browser import FormBrowser, SeenPage

TONIGHT, TOMORROW, NEXT_WEEK = "2026-11-20T20:00:00+01:00", "2026-11-21T20:00:00+01:00", "2026-11-30T20:00:00+01:00"
BERLIN = {"city": "Berlin", "timezone": "Europe/Berlin"}


@pytest.fixture
async def programme(otto: Person) -> None:
    await create_event(otto, name="Jazz trio", start_time=TONIGHT, category="Music", price="12.00", **BERLIN)
    await create_event(otto, name="Late film", start_time=TOMORROW, category="Film", **BERLIN)
    await create_event(otto, name="Opera", start_time=NEXT_WEEK, category="Music", city="Oslo", price="90.00")


def names(page: SeenPage) -> list[str]:
    return [link.get_text(strip=True) for link in page.document.select(".card-name a")]


def robots(page: SeenPage) -> str | None:
    found = page.document.select_one("meta[name=robots]")
    return None if found is None else str(found["content"])


async def test_an_empty_platform_says_how_to_get_events(browser: FormBrowser) -> None:
    page = await browser.open("/")
    assert page.status == 200
    assert "There are no events yet" in page.text
    assert "/desk/events/new" in page.links()


@pytest.mark.usefixtures("programme")
async def test_the_first_page_has_all_events_by_day(browser: FormBrowser) -> None:
    page = await browser.open("/")
    assert page.heading == "2 nights in 2 cities this week"
    assert names(page) == ["Jazz trio", "Late film", "Opera"]
    headings = [heading.get_text(" ", strip=True) for heading in page.document.select(".day-heading")]
    assert headings == ["Today Friday 20 November", "Tomorrow Saturday 21 November", "Monday 30 November"]
    assert robots(page) is None


@pytest.mark.usefixtures("programme")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=jazz", ["Jazz trio"]),
        ("when=tonight", ["Jazz trio"]),
        ("when=tomorrow", ["Late film"]),
        ("when=weekend", ["Jazz trio", "Late film"]),
        ("free=true", ["Late film"]),
        ("category=music", ["Jazz trio", "Opera"]),
        ("category=Music&city=oslo", ["Opera"]),
        ("date=2026-11-30", ["Opera"]),
        ("price_max=25", ["Jazz trio", "Late film"]),
        ("utm_source=mail&when=sometime&price_max=cheap", ["Jazz trio", "Late film", "Opera"]),
    ],
)
async def test_the_address_says_what_is_shown(browser: FormBrowser, query: str, found: list[str]) -> None:
    page = await browser.open(f"/?{query}")
    assert page.status == 200
    assert names(page) == found


@pytest.mark.usefixtures("programme")
async def test_the_search_form_keeps_the_filters_and_filters_keep_the_search(browser: FormBrowser) -> None:
    page = await browser.open("/?category=Music&when=week")
    page = await browser.submit(page, "Search", q="jazz")
    assert names(page) == ["Jazz trio"]
    assert page.heading == "“jazz”, Music this week"
    page = await browser.submit(page, "Show events", category=["Music", "Film"])
    assert page.address.query.getall("category") == ["Music", "Film"]
    assert page.address.query["q"] == "jazz"


@pytest.mark.usefixtures("programme")
async def test_each_facet_says_how_many_events_it_leaves(browser: FormBrowser) -> None:
    page = await browser.open("/?category=Music")
    labels = [label.get_text(" ", strip=True) for label in page.document.select("[data-facets] label.choice")]
    assert labels[:4] == ["Music 2", "Film 1", "Berlin 1", "Oslo 1"]


@pytest.mark.usefixtures("programme")
async def test_an_empty_search_says_what_each_filter_costs(browser: FormBrowser) -> None:
    page = await browser.open("/?q=opera&city=Berlin&when=tonight")
    assert "Nothing found" in page.text
    assert "Without “opera” : 1 event" in page.text
    assert "Without In Berlin" not in page.text  # there is no opera tonight in any other city, either
    page = await browser.open("/?q=opera&city=Berlin")
    assert "Without In Berlin : 1 event" in page.text
    assert "/subscribe?q=opera&city=Berlin" in page.links()


@pytest.mark.usefixtures("programme")
async def test_mistyped_words_are_corrected_and_the_page_says_so(browser: FormBrowser) -> None:
    page = await browser.open("/?q=jaxz")
    assert names(page) == ["Jazz trio"]
    assert "No event says “jaxz”. These say “jazz”." in page.text
    page = await browser.open("/?q=tazz")
    assert "Did you mean jazz ?" in page.text


@pytest.mark.usefixtures("programme")
async def test_pages_about_words_or_several_filters_are_not_for_search_engines(browser: FormBrowser) -> None:
    for path, indexed in {"/in/Berlin": True, "/c/Music": True, "/?q=jazz": False, "/?free=true": False}.items():
        assert (path, robots(await browser.open(path))) == (path, None if indexed else "noindex, follow")
    page = await browser.open("/?city=Berlin")
    [canonical] = page.document.select("link[rel=canonical]")
    assert str(canonical["href"]).endswith("/in/Berlin")


@pytest.mark.usefixtures("programme")
async def test_a_city_and_a_category_have_pages_of_their_own(browser: FormBrowser) -> None:
    page = await browser.open("/in/berlin")
    assert (page.path, page.heading) == ("/in/Berlin", "2 nights in Berlin this week")
    page = await browser.open("/c/MUSIC")
    assert (page.path, page.heading) == ("/c/Music", "One Music night in 2 cities this week")
    assert (await browser.open("/in/Atlantis")).status == 404
    assert (await browser.open("/c/Curling")).status == 404


async def test_pages_lead_to_each_other_by_addresses_that_can_be_shared(otto: Person, browser: FormBrowser) -> None:
    for number in range(25):
        await create_event(
            otto, name=f"Night {number:02}", start_time=f"2026-12-{number + 1:02}T20:00:00Z", city="Oslo"
        )
    first = await browser.open("/?city=Oslo")
    [later] = first.document.select("a[rel=next]")
    second = await browser.open(str(later["href"]))
    assert str(later["href"]) == "/?city=Oslo&page=2"
    assert names(second) == ["Night 24"]
    [earlier] = second.document.select("a[rel=prev]")
    assert names(await browser.open(str(earlier["href"]))) == names(first)


async def test_what_people_write_is_shown_as_they_wrote_it(otto: Person, browser: FormBrowser) -> None:
    script = "<script>alert(1)</script>"
    await create_event(otto, name=script, category=script, city=script, venue=script)
    page = await browser.open("/?q=" + "%3Cscript%3E&category=%22%3E%3Cb%3E")
    assert page.document.select("main script, main b") == []
    page = await browser.open("/")
    assert names(page) == [script]
    assert page.document.select("main script") == []


@pytest.mark.usefixtures("programme")
async def test_a_page_is_shown_from_the_cache_with_its_policies(api: Api) -> None:
    """A 304 replaces the headers that the browser has stored."""
    first = await api.client.get("/")
    again = await api.client.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status, again.status) == (200, 304)
    for name in ("Content-Security-Policy", "Cache-Control", "Vary", "Speculation-Rules"):
        assert again.headers[name] == first.headers[name]


@pytest.mark.usefixtures("programme")
async def test_members_get_pages_of_their_own(api: Api, otto: Person, browser: FormBrowser) -> None:
    await api.client.get("/")
    await browser.sign_in(otto.email)
    page = await browser.open("/")
    assert "ETag" not in page.headers
    header = page.document.find("header")
    assert isinstance(header, Tag)
    assert "Sign out" in header.get_text()
    assert "Sign out" not in await (await api.client.get("/")).text()


async def test_browsers_may_fetch_the_pages_of_events_ahead(api: Api) -> None:
    rules = (await api.client.get("/")).headers["Speculation-Rules"].strip('"')
    answer = await api.client.get(rules)
    assert answer.content_type == "application/speculationrules+json"
    assert "[data-event-link]" in await answer.text()
