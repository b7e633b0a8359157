"""What the pages under fixtures/meetup can't show: errors, hostile input, and complete captured pages."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources.reading.embedded_state import list_at, read_next_data, value_at
from adapters.sources.reading.json_ld import parse_document
from adapters.sources.sites.meetup import Meetup
from core.discovery.errors import UnknownCity, UnknownLayout
from core.discovery.model import City, FetchedPage, Source
from tests.support import captures
from tests.support.captures import needs_captures
from tests.support.hostile_pages import (
    assert_only_unknown_layout_escapes,
    corrupt_each_value,
    corrupted_states,
    with_noise,
)

FIXTURES = Path(__file__).parent / "fixtures" / "meetup"
CAPTURES = captures.CAPTURES / "meetup"

SYDNEY = City("Sydney", "AU", -33.8688, 151.2093, {Source.MEETUP: "au--sydney"})


def page(body: bytes | str, requested_city: City | None = SYDNEY, url: str = "") -> FetchedPage:
    return FetchedPage(
        url, body if isinstance(body, bytes) else body.encode(), datetime(2026, 2, 4, tzinfo=UTC), requested_city
    )


def with_state(state: object, url: str = "") -> FetchedPage:
    return page(f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(state)}</script>', url=url)


def state_of(name: str) -> dict[str, object]:
    return read_next_data((FIXTURES / name).read_bytes()) or {}


FIND = state_of("find.sydney.2026-02-04.html")
ELSEWHERE = state_of("find.sydney.answered-for-delhi.2026-02-04.html")
GROUP = state_of("group.2026-02-04.html")
EVENT = state_of("event.2026-02-04.html")
NETWORK = state_of("pro-page.2026-05-19.html")
EVENT_DATA = {
    "@type": "Event",
    "name": "Linkers",
    "url": "https://www.meetup.com/g/events/1/",
    "startDate": "2026-05-20T22:30:00Z",
}
JSON_LD = f'<script type="application/ld+json">{json.dumps(EVENT_DATA)}</script>'


def test_its_url_is_the_find_page_of_the_city() -> None:
    assert Meetup().page_urls(SYDNEY, 3) == ["https://www.meetup.com/find/au--sydney/"]
    assert Meetup().page_urls(SYDNEY, 0) == []


def test_a_city_without_a_slug_is_refused_by_name() -> None:
    with pytest.raises(UnknownCity, match="Sydney"):
        Meetup().page_urls(replace(SYDNEY, slugs={Source.DICE: "sydney-0"}), 1)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "<html><p>Checking that you are human</p></html>",
        '<script id="__NEXT_DATA__">{}</script>',
        '<script id="__NEXT_DATA__">{"props": {"pageProps": {"__APOLLO_STATE__": {"ROOT_QUERY": {}}}}}</script>',
        '<script id="__NEXT_DATA__">{"props": {"pageProps": {"SEOData": null}}}</script>',
        '<script id="__NEXT_DATA__">' + '{"props":' * 50_000 + "</script>",
        f'<script id="__NEXT_DATA__">{json.dumps(FIND).replace("recommendedEvents", "recentlySeen")}</script>',
        f'<script id="__NEXT_DATA__">{json.dumps(FIND).replace("edges", "nodes")}</script>',
    ],
)
def test_an_unknown_layout_is_an_error_and_not_an_empty_result(body: str) -> None:
    with pytest.raises(UnknownLayout):
        Meetup().parse(page(body))


@pytest.mark.parametrize(
    ("state", "url"), [('{"page": "/find"}', ""), ("{", "https://www.meetup.com/find/?location=au--sydney")]
)
def test_the_json_ld_of_a_find_page_is_never_used(state: str, url: str) -> None:
    with pytest.raises(UnknownLayout, match="find page"):
        Meetup().parse(page(f'<script id="__NEXT_DATA__">{state}</script>{JSON_LD}', url=url))


def test_the_json_ld_of_a_group_whose_name_starts_with_find_is_used() -> None:
    parsed = Meetup().parse(page(JSON_LD, url="https://www.meetup.com/findlinkers/"))

    assert [listing.source_id for listing in parsed.listings] == ["1"]


@pytest.mark.parametrize("query", ["recommendedEvents", "recommendedEvents({})", 'recommendedEvents:{"filter":'])
def test_a_find_page_without_events_is_an_empty_result_with_a_warning(query: str) -> None:
    parsed = Meetup().parse(
        with_state({"props": {"pageProps": {"__APOLLO_STATE__": {"ROOT_QUERY": {query: {"edges": []}}}}}})
    )

    assert parsed.listings == ()
    assert parsed.warnings == ("Requested Sydney from Meetup, and the page does not say which city it is for.",)


def test_the_events_of_a_find_page_of_unknown_city_are_accepted_with_a_warning() -> None:
    state: Any = copy.deepcopy(FIND)
    queries = state["props"]["pageProps"]["__APOLLO_STATE__"]["ROOT_QUERY"]
    (recommended,) = queries
    queries['recommendedEvents:{"filter":{"lat":null}}'] = queries.pop(recommended)

    parsed = Meetup().parse(with_state(state))

    assert parsed == replace(
        Meetup().parse(with_state(FIND)),
        warnings=("Requested Sydney from Meetup, and the page does not say which city it is for.",),
    )


@pytest.mark.parametrize(
    ("east", "warnings"),
    [
        (151.2093, ()),
        (152.2, ()),
        (152.4, ("Requested Sydney from Meetup, and got -33.87, 152.40 (110 km away).",)),
        (-28.7907, ("Requested Sydney from Meetup, and got -33.87, -28.79 (12,483 km away).",)),
    ],
)
def test_a_page_for_a_location_over_100_km_away_has_a_warning(east: float, warnings: tuple[str, ...]) -> None:
    query = f'recommendedEvents:{{"filter":{{"lat":-33.8688,"lon":{east}}}}}'
    find_page = with_state({"props": {"pageProps": {"__APOLLO_STATE__": {"ROOT_QUERY": {query: {"edges": []}}}}}})

    assert Meetup().parse(find_page).warnings == warnings
    assert Meetup().parse(replace(find_page, requested_city=None)).warnings == ()


@pytest.mark.parametrize("state", [FIND, EVENT], ids=["find", "event"])
def test_any_single_invalid_value_raises_only_unknown_layout(state: dict[str, object]) -> None:
    for corrupted in corrupt_each_value(state):
        assert_only_unknown_layout_escapes(Meetup(), with_state(corrupted))


@settings(max_examples=400)
@given(
    st.one_of(corrupted_states(ELSEWHERE), corrupted_states(GROUP), corrupted_states(EVENT), corrupted_states(NETWORK))
)
def test_a_state_with_invalid_values_raises_only_unknown_layout(state: object) -> None:
    assert_only_unknown_layout_escapes(Meetup(), with_state(state))


@settings(max_examples=200)
@given(with_noise((FIXTURES / "find.sydney.2026-02-04.html").read_bytes()))
def test_a_page_with_random_bytes_raises_only_unknown_layout(body: bytes) -> None:
    assert_only_unknown_layout_escapes(Meetup(), page(body))


@needs_captures
def test_a_captured_find_page_has_its_10_events_and_a_warning_about_the_city() -> None:
    body = (CAPTURES / "find.sydney.2026-02-04.html").read_bytes()
    document = parse_document(page(body))
    assert document is not None
    json_ld = [(value_at(event, "url"), value_at(event, "startDate")) for event in list_at(document.data[1])]

    parsed = Meetup().parse(page(body))

    assert len(parsed.listings) == 10
    assert [(listing.url, _in_utc(listing.start_time)) for listing in parsed.listings] == json_ld
    assert {listing.country for listing in parsed.listings} == {"IN", None}
    assert {listing.timezone for listing in parsed.listings} == {"Asia/Kolkata", "Asia/Dubai"}
    assert [listing.name for listing in parsed.listings if listing.online] == [
        "Mastering Mindset & Self-Love Workshop: Overcoming negative emotions"
    ]
    assert parsed.rejected == ()
    assert parsed.warnings == ("Requested Sydney from Meetup, and got 28.67, 77.21 (10,432 km away).",)


@needs_captures
def test_a_captured_event_with_a_fee_in_its_description_is_not_free() -> None:
    listings = Meetup().parse(page((CAPTURES / "find.sydney.2026-02-04.html").read_bytes())).listings

    (paid,) = [listing for listing in listings if listing.source_id == "311218149"]
    assert paid.description.startswith("Fee - Rs. 900")
    assert paid.price is None


@needs_captures
def test_a_captured_network_page_has_local_times_and_no_location_for_online_events() -> None:
    body = (CAPTURES / "pro-page.go.2026-06.html").read_bytes()

    parsed = Meetup().parse(page(body, requested_city=None))

    found = [
        (listing.source_id, listing.start_time.isoformat(), listing.timezone, listing.city, listing.online)
        for listing in parsed.listings
    ]
    assert found == [
        ("314701730", "2026-05-20T17:30:00-05:00", "America/Chicago", "Minneapolis", False),
        ("308418381", "2026-05-20T19:00:00-04:00", "America/New_York", None, True),
        ("314790069", "2026-05-21T15:00:00-07:00", "America/Los_Angeles", None, True),
        ("314772614", "2026-05-23T09:00:00+01:00", "Africa/Lagos", None, True),
        ("314515624", "2026-05-27T09:30:00-07:00", "America/Los_Angeles", "South San Francisco", False),
    ]
    assert all(listing.latitude is None for listing in parsed.listings if listing.online)
    assert (parsed.rejected, parsed.warnings) == ((), ())


@needs_captures
def test_a_captured_network_page_and_its_json_ld_agree() -> None:
    body = (CAPTURES / "pro-page.go.2026-06.html").read_bytes()
    by_state = Meetup().parse(page(body)).listings

    by_json_ld = Meetup().parse(page(body.replace(b"SEOData", b"seoData"))).listings

    assert {listing.evidence for listing in by_json_ld} == {"JSON-LD"}
    for one, other in zip(by_state, by_json_ld, strict=True):
        assert (one.source_id, one.url, one.name) == (other.source_id, other.url, other.name)
        assert one.start_time - other.start_time == timedelta()
        assert (one.venue, one.city, one.country) == (other.venue, other.city, other.country)
        assert (one.latitude, one.longitude, one.online) == (other.latitude, other.longitude, other.online)


def _in_utc(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
