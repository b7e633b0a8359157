"""What the pages under fixtures/dice can't show: errors, hostile input, and complete captured responses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources.reading.embedded_state import read_next_data
from adapters.sources.sites.dice import Dice
from core.discovery.errors import UnknownCity, UnknownLayout
from core.discovery.model import City, FetchedPage, Listing, ParsedPage, Source
from tests.support import captures
from tests.support.captures import needs_captures
from tests.support.hostile_pages import (
    assert_only_unknown_layout_escapes,
    corrupt_each_value,
    corrupted_states,
    with_noise,
)

FIXTURES = Path(__file__).parent / "fixtures" / "dice"
CAPTURES = captures.CAPTURES / "dice"
PARTNER_RESPONSES = sorted(CAPTURES.glob("partner-api-events-v2.*.json"))

LONDON = City("London", "GB", 51.51, -0.11, {Source.DICE: "london-54d8a23438fe5d27d500001c"})
PARTNER_STATE = json.loads((FIXTURES / "partner-api.london.2026-08-22.json").read_text())
SEARCH_STATE = json.loads((FIXTURES / "search.london.2026-02-17.json").read_text())
BROWSE_STATE: dict[str, Any] = read_next_data((FIXTURES / "browse.london.2026-02-17.html").read_bytes()) or {}


def page(body: bytes | str, requested_city: City | None = LONDON) -> FetchedPage:
    return FetchedPage(
        "", body if isinstance(body, bytes) else body.encode(), datetime(2026, 2, 4, tzinfo=UTC), requested_city
    )


def with_next_data(state: object) -> FetchedPage:
    return page(f'<script id="__NEXT_DATA__">{json.dumps(state)}</script>')


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><p>Checking that you are human</p></html>",
        "[]",
        '{"data": []}',
        '{"data": {}, "links": {}}',
        '{"sections": []}',
        '{"sections": [{"artists": []}]}',
        '{"https://dice.fm/event/a": {"status": "HTTP/1.1 308", "location": "https://dice.fm/event/b-a"}}',
        '<script id="__NEXT_DATA__">{"props": {"pageProps": {"events": null}}}</script>',
        '<script id="__NEXT_DATA__">{"props": </script>',
        "[" * 50_000,
    ],
)
def test_an_unknown_layout_is_an_error_and_not_an_empty_result(body: str) -> None:
    with pytest.raises(UnknownLayout):
        Dice().parse(page(body))


def test_a_partner_response_without_events_is_an_empty_result() -> None:
    assert Dice().parse(page('{"data": [], "links": {"self": "", "next": null}}')).listings == ()


@pytest.mark.parametrize(
    "state",
    [
        {"data": PARTNER_STATE["data"][1:2], "links": {}},
        {"data": PARTNER_STATE["data"][11:12], "links": {}},
        {"sections": [{"events": SEARCH_STATE["sections"][0]["events"][2:3]}]},
    ],
    ids=["partner event", "link to another shop", "site event"],
)
def test_any_single_invalid_value_raises_only_unknown_layout(state: dict[str, Any]) -> None:
    for corrupted in corrupt_each_value(state):
        assert_only_unknown_layout_escapes(Dice(), page(json.dumps(corrupted)))


@settings(max_examples=300)
@given(st.one_of(corrupted_states(PARTNER_STATE), corrupted_states(SEARCH_STATE)))
def test_a_response_with_invalid_values_raises_only_unknown_layout(state: object) -> None:
    assert_only_unknown_layout_escapes(Dice(), page(json.dumps(state)))


@settings(max_examples=200)
@given(corrupted_states(BROWSE_STATE))
def test_a_browse_page_with_invalid_values_raises_only_unknown_layout(state: object) -> None:
    assert_only_unknown_layout_escapes(Dice(), with_next_data(state))


@settings(max_examples=200)
@given(with_noise((FIXTURES / "search.london.2026-02-17.json").read_bytes()))
def test_a_page_with_random_bytes_raises_only_unknown_layout(body: bytes) -> None:
    assert_only_unknown_layout_escapes(Dice(), page(body))


def test_an_event_page_gives_the_same_listing_as_the_browse_page() -> None:
    state = {"props": {"pageProps": {"event": BROWSE_STATE["props"]["pageProps"]["events"][0]}}}

    parsed = Dice().parse(with_next_data(state))

    listing = Dice().parse(with_next_data(BROWSE_STATE)).listings[0]
    assert parsed == ParsedPage((replace(listing, evidence="__NEXT_DATA__.props.pageProps.event"),))


def test_its_url_is_the_browse_page_of_the_city() -> None:
    assert Dice().page_urls(LONDON, 3) == ["https://dice.fm/browse/london-54d8a23438fe5d27d500001c"]


def test_a_city_without_a_slug_is_refused_by_name() -> None:
    with pytest.raises(UnknownCity, match="London"):
        Dice().page_urls(replace(LONDON, slugs={}), 1)


def captured(file: Path) -> list[tuple[dict[str, Any], Listing]]:
    """Return the events of a captured partner response with their listings. Fails unless every event has one."""
    listings = {listing.source_id: listing for listing in Dice().parse(page(file.read_bytes())).listings}
    events = {event["id"]: event for event in json.loads(file.read_bytes())["data"]}
    assert listings.keys() == events.keys()
    return [(event, listings[event_id]) for event_id, event in events.items()]


@needs_captures
@pytest.mark.parametrize("file", PARTNER_RESPONSES, ids=lambda file: file.stem)
def test_captured_events_have_their_price_and_status(file: Path) -> None:
    for event, listing in captured(file):
        types = event["ticket_types"]
        totals = [kind["price"]["total"] for kind in types if not kind["sold_out"] or event["sold_out"]]
        assert listing.price == Decimal(min(totals)) / 100
        assert listing.currency == "GBP"
        assert listing.sold_out is all(kind["sold_out"] for kind in types)
        assert listing.cancelled is (event["status"] == "cancelled")


@needs_captures
@pytest.mark.parametrize("file", PARTNER_RESPONSES, ids=lambda file: file.stem)
def test_captured_events_start_at_the_time_in_their_line_up(file: Path) -> None:
    times = [
        (listing.start_time.strftime("%-I:%M %p"), event["lineup"][0]["time"])
        for event, listing in captured(file)
        if event["lineup"] and event["lineup"][0]["details"] == "Doors open"
    ]

    # One venue opens its doors an hour before the start that it publishes.
    assert sum(start != doors for start, doors in times) <= 1
    assert len(times) > 10


@needs_captures
def test_captured_events_have_the_url_that_dice_redirects_to() -> None:
    redirects = json.loads((CAPTURES / "event-url-redirects.json").read_text())

    for file in PARTNER_RESPONSES:
        for event, listing in captured(file):
            assert listing.url == redirects[f"https://dice.fm/event/{event['perm_name']}"]["location"]


@needs_captures
def test_captured_redirects_are_an_unknown_layout() -> None:
    with pytest.raises(UnknownLayout):
        Dice().parse(page((CAPTURES / "event-url-redirects.json").read_bytes()))


@needs_captures
def test_a_captured_search_response_says_which_event_is_sold_out() -> None:
    listings = Dice().parse(page(next(CAPTURES.glob("unified-search-*.json")).read_bytes())).listings

    assert [(listing.price, listing.sold_out) for listing in listings] == [(Decimal(10), False), (Decimal(12), True)]
