"""The page of an event: its address, its states, and what search engines and previews read."""

from __future__ import annotations

import json
import re

import html5lib
import pytest

from tests.support.api_client import UNKNOWN_ID
from tests.support.event_pages import EventPages, text_of

ANYBODY = {
    "open": "80 of 80 left",
    "unlimited": "There is room for everybody",
    "priced": "€14.50",
    "seated": "Choose seats",
    "full": "1 party waits; you would be 2nd. Nobody overtakes.",
    "waiting": "2 parties wait; you would be 3rd.",
    "gathered": "Sold by Dice",
    "cancelled": "This night was cancelled",
    "closed": "Booking is closed",
    "deadline": "Booking has ended",
    "started": "It began at 12:00",
    "ended": "This night is over",
}
MEMBER = {
    "open": "80 of 80 left",
    "waiting": "You are 2nd in line",
    "going": "You are going",
    "held": "2 places are yours until 13:10",
    "ended": "This night is over",
}


@pytest.mark.parametrize("state", ANYBODY)
async def test_a_visitor_sees_the_state_of_an_event(pages: EventPages, state: str) -> None:
    page = await pages.open(state)
    assert ANYBODY[state] in text_of(page)
    html5lib.HTMLParser(strict=True).parse(page)
    assert page.count("<h1") == 1


@pytest.mark.parametrize("state", MEMBER)
async def test_a_member_sees_their_own_booking_first(pages: EventPages, state: str) -> None:
    pages.sign_in()
    page = await pages.open(state)
    assert MEMBER[state] in text_of(page)
    html5lib.HTMLParser(strict=True).parse(page)


async def test_places_are_counted_anew_for_each_page(pages: EventPages) -> None:
    assert "78 of 80 left" in text_of(await pages.open("going"))
    await pages.container.use_cases().booking.register_visitor(
        pages.states.events["going"].id, full_name="Eve", email="eve@example.com"
    )
    assert "77 of 80 left" in text_of(await pages.open("going"))


async def test_a_hidden_event_is_not_found(pages: EventPages) -> None:
    assert (await pages.get(pages.states.path("hidden"))).status == 404
    assert (await pages.get(f"/events/{UNKNOWN_ID}")).status == 404
    assert (await pages.get("/events/nonsense")).status == 404


@pytest.mark.parametrize("suffix", ["", "/another-name"])
async def test_every_other_address_leads_to_the_one_with_the_name(pages: EventPages, suffix: str) -> None:
    path = pages.states.path("open")
    response = await pages.get(f"{path}{suffix}?from=mail")
    assert response.status == 301
    assert response.headers["Location"] == f"{path}/night-of-the-short-film?from=mail"


async def test_an_id_in_capital_letters_leads_to_the_same_address(pages: EventPages) -> None:
    path = pages.states.path("open")
    response = await pages.get(path.upper().replace("/EVENTS", "/events") + "/night-of-the-short-film")
    assert (response.status, response.headers["Location"]) == (301, f"{path}/night-of-the-short-film")


async def test_text_of_users_is_escaped_and_addresses_in_it_are_links(pages: EventPages) -> None:
    page = await pages.open("open")
    assert "<b>first</b>" not in page
    assert "&lt;b&gt;first&lt;/b&gt;" in page
    link = '<a href="https://example.org/night?a=1&amp;b=2" rel="nofollow ugc noopener">'
    assert link in page


async def test_previews_and_search_engines_find_what_they_need(pages: EventPages) -> None:
    page, path = await pages.open("open"), pages.states.path("open")
    site = "http://127.0.0.1:8000"
    assert f'<link rel="canonical" href="{site}{path}/night-of-the-short-film">' in page
    assert f'<meta property="og:image" content="{site}{path}/og.png?v=' in page
    assert '<meta property="og:title" content="Night of the Short Film">' in page
    found = re.search(r'<script type="application/ld\+json">(.+?)</script>', page)
    assert found is not None
    assert json.loads(found[1])["name"] == "Night of the Short Film"
    assert "noindex" not in page


async def test_search_engines_are_kept_from_gathered_events(pages: EventPages) -> None:
    assert '<meta name="robots" content="noindex">' in await pages.open("gathered")


async def test_sellers_are_shown_with_their_price_and_its_age(pages: EventPages) -> None:
    assert "Dice £14.47 seen 3 h ago" in text_of(await pages.open("gathered"))


async def test_similar_nights_are_in_the_same_city_and_lead_to_their_pages(pages: EventPages) -> None:
    page = await pages.open("priced")
    similar = page[page.index('id="similar"') :]
    assert "Chamber Concert" in similar
    assert "Post-Punk" not in similar
    assert "Brass on the Roof" not in similar


async def test_the_calendar_file_has_the_event_and_its_address(pages: EventPages) -> None:
    path = pages.states.path("open")
    response = await pages.get(f"{path}.ics")
    text = (await response.text()).replace("\r\n ", "")
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="night-of-the-short-film.ics"'
    assert "SUMMARY:Night of the Short Film" in text
    assert f"{path}/night-of-the-short-film\r\n" in text
    assert (await pages.get(f"{pages.states.path('hidden')}.ics")).status == 404
