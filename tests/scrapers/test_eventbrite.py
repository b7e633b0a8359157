"""What the pages under fixtures/eventbrite can't show: errors, hostile input, and complete captured pages."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources.reading.embedded_state import list_at, read_next_data, read_server_data, value_at
from adapters.sources.sites.eventbrite import Eventbrite
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

FIXTURES = Path(__file__).parent / "fixtures" / "eventbrite"
CAPTURES = captures.CAPTURES / "eventbrite"

SYDNEY = City("Sydney", "AU", -33.87, 151.21, {Source.EVENTBRITE: "australia--sydney"})
CITY_STATE = read_server_data((FIXTURES / "city.sydney.2026-02-04.html").read_bytes()) or {}
SEARCH_STATE = read_server_data((FIXTURES / "search.sydney.2026-02-04.html").read_bytes()) or {}
ONE_RESULT: Any = value_at(SEARCH_STATE, "search_data", "events", "results", 0)
EVENT_STATE: dict[str, Any] = read_next_data((FIXTURES / "event.two-prices.2026-09-12.html").read_bytes()) or {}


def page(body: bytes | str, requested_city: City | None = SYDNEY) -> FetchedPage:
    return FetchedPage(
        "", body if isinstance(body, bytes) else body.encode(), datetime(2026, 2, 4, tzinfo=UTC), requested_city
    )


def with_server_data(state: object) -> FetchedPage:
    return page(f"<script>window.__SERVER_DATA__ = {json.dumps(state)}; more()</script>")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><p>Checking that you are human</p></html>",
        "[]",
        '{"props": {"pageProps": {"context": {}}}}',
        "<script>window.__SERVER_DATA__ = {};</script>",
        '<script>window.__SERVER_DATA__ = {"buckets": []};</script>',
        '<script>window.__SERVER_DATA__ = {"buckets": [{"type": "trending", "trending": []}]};</script>',
        '<script>window.__SERVER_DATA__ = {"search_data": {"events": {"results": null}}};</script>',
        '<script>window.__SERVER_DATA__ = {"search_data": </script>',
        "<script>window.__SERVER_DATA__ = " + '{"a":' * 50_000 + "</script>",
        '<script id="__NEXT_DATA__">{"props": {"pageProps": {"event": {}}}}</script>',
        "<!-- <script>window.__SERVER_DATA__ = " + json.dumps(CITY_STATE) + "</script> -->",
    ],
)
def test_an_unknown_layout_is_an_error_and_not_an_empty_result(body: str) -> None:
    with pytest.raises(UnknownLayout):
        Eventbrite().parse(page(body))


def test_a_search_page_without_results_is_an_empty_result() -> None:
    parsed = Eventbrite().parse(with_server_data({"search_data": {"events": {"results": []}}}))

    assert parsed.listings == ()


@pytest.mark.parametrize(
    "state",
    [
        {"city": "Sydney", "buckets": [{"events": [value_at(CITY_STATE, "buckets", 0, "events", 0)]}]},
        {"placeId": "1", "search_data": {"event_search": {"places": ["1"]}, "events": {"results": [ONE_RESULT]}}},
        EVENT_STATE,
    ],
    ids=["city", "search", "event"],
)
def test_any_single_invalid_value_raises_only_unknown_layout(state: dict[str, object]) -> None:
    for corrupted in corrupt_each_value(state):
        body = json.dumps(corrupted)
        assert_only_unknown_layout_escapes(
            Eventbrite(), page(body if state is EVENT_STATE else f"<script>__SERVER_DATA__ = {body}</script>")
        )


@settings(max_examples=300)
@given(st.one_of(corrupted_states(CITY_STATE), corrupted_states(SEARCH_STATE)))
def test_a_list_page_with_invalid_values_raises_only_unknown_layout(state: object) -> None:
    assert_only_unknown_layout_escapes(Eventbrite(), with_server_data(state))


@settings(max_examples=300)
@given(corrupted_states(EVENT_STATE))
def test_an_event_page_with_invalid_values_raises_only_unknown_layout(state: object) -> None:
    assert_only_unknown_layout_escapes(Eventbrite(), page(json.dumps(state)))


@settings(max_examples=200)
@given(with_noise((FIXTURES / "city.sydney.2026-02-04.html").read_bytes()))
def test_a_page_with_random_bytes_raises_only_unknown_layout(body: bytes) -> None:
    assert_only_unknown_layout_escapes(Eventbrite(), page(body))


@pytest.mark.parametrize("fields", [{"is_series_parent": True}, {"series_id": value_at(ONE_RESULT, "id")}])
def test_a_series_in_search_results_is_recognized_by_each_of_its_fields(fields: dict[str, object]) -> None:
    series = {**ONE_RESULT, **fields}

    parsed = Eventbrite().parse(with_server_data({"search_data": {"events": {"results": [series]}}}))

    assert (len(parsed.listings), len(parsed.rejected)) == (0, 1)


@pytest.mark.parametrize("fields", [{"isParentEvent": True}, {"seriesId": "5300000000011"}])
def test_the_page_of_a_series_is_recognized_by_each_of_its_fields(fields: dict[str, object]) -> None:
    state = copy.deepcopy(EVENT_STATE)
    state["props"]["pageProps"]["context"]["basicInfo"].update(fields)

    parsed = Eventbrite().parse(page(json.dumps(state)))

    assert (len(parsed.listings), len(parsed.rejected)) == (0, 1)


@pytest.mark.parametrize(
    ("local_time", "start"),
    [
        ("2026-10-01T18:00:00", datetime(2026, 10, 1, 17, tzinfo=UTC)),
        ("2026-10-01T18:00:00+03:00", datetime(2026, 10, 1, 15, tzinfo=UTC)),
        ("2026-10-25T01:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2027-03-28T01:30:00", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
    ],
    ids=["summer time", "with an offset", "ambiguous", "skipped"],
)
def test_local_times_are_read_in_the_time_zone_of_the_event(local_time: str, start: datetime) -> None:
    state = copy.deepcopy(EVENT_STATE)
    state["props"]["pageProps"]["context"]["basicInfo"] |= {
        "startDate": {"timezone": "Europe/London", "utc": None, "local": local_time},
        "endDate": None,
    }

    (listing,) = Eventbrite().parse(page(json.dumps(state))).listings

    assert listing.start_time == start


def test_its_urls_are_the_city_page_and_the_pages_after_it() -> None:
    assert Eventbrite().page_urls(SYDNEY, 3) == [
        "https://www.eventbrite.com/d/australia--sydney/events/",
        "https://www.eventbrite.com/d/australia--sydney/events/?page=2",
        "https://www.eventbrite.com/d/australia--sydney/events/?page=3",
    ]


def test_a_city_without_a_slug_is_refused_by_name() -> None:
    with pytest.raises(UnknownCity, match="Sydney"):
        Eventbrite().page_urls(replace(SYDNEY, slugs={Source.DICE: "sydney-0"}), 1)


@pytest.mark.parametrize(
    ("requested_city", "warnings"),
    [
        (None, ()),
        (SYDNEY, ()),
        (replace(SYDNEY, name="SYDNEY", slugs={}), ()),
        (replace(SYDNEY, name="Sídney"), ()),
        (
            replace(SYDNEY, name="Newcastle", slugs={Source.EVENTBRITE: "united-kingdom--newcastle"}),
            ("Requested Newcastle from Eventbrite, and got Sydney.",),
        ),
        (replace(SYDNEY, name="Perth", slugs={}), ("Requested Perth from Eventbrite, and got Sydney.",)),
    ],
)
def test_a_page_for_another_city_has_a_warning(requested_city: City | None, warnings: tuple[str, ...]) -> None:
    body = (FIXTURES / "city.sydney.2026-02-04.html").read_bytes()

    assert Eventbrite().parse(page(body, requested_city)).warnings == warnings


def test_a_search_for_another_city_without_a_filter_by_city_has_both_warnings() -> None:
    state: Any = copy.deepcopy(SEARCH_STATE)
    state |= {"currentPlace": "Brisbane", "placeId": "101931469", "location_slug": "australia--brisbane"}
    state["search_data"]["event_search"]["places"] = []

    parsed = Eventbrite().parse(with_server_data(state))

    assert parsed == replace(
        Eventbrite().parse(with_server_data(SEARCH_STATE)),
        warnings=(
            "Requested Sydney from Eventbrite, and got Brisbane.",
            "Eventbrite did not limit its search to Brisbane.",
        ),
    )


@needs_captures
def test_a_captured_city_page_has_each_of_its_26_events_once() -> None:
    body = (CAPTURES / "listing.sydney.2026-02-04.html").read_bytes()
    state = read_server_data(body)

    parsed = Eventbrite().parse(page(body))

    event_ids = [value_at(event, "id") for bucket in list_at(state, "buckets") for event in list_at(bucket, "events")]
    assert len(event_ids) == 28
    assert [listing.source_id for listing in parsed.listings] == list(dict.fromkeys(event_ids))
    assert len(parsed.listings) == 26
    assert (parsed.rejected, parsed.warnings) == ((), ())


@needs_captures
def test_a_captured_city_page_and_its_own_json_ld_agree() -> None:
    body = (CAPTURES / "listing.sydney.2026-02-04.html").read_bytes()
    of_page = [value_at(entry, "item") for entry in list_at(read_server_data(body), "jsonld", 0, "itemListElement")]

    listings = Eventbrite().parse(page(body)).listings

    assert {(listing.url, listing.name, str(listing.start_time.date())) for listing in listings} == {
        (value_at(item, "url"), value_at(item, "name"), value_at(item, "startDate")) for item in of_page
    }
    places = {(value_at(item, "url"), value_at(item, "location", "name")) for item in of_page}
    assert {(listing.url, listing.venue) for listing in listings} == places
    assert all(listing.online == (listing.venue is None) for listing in listings)
    assert all(listing.price is None for listing in listings)


@needs_captures
def test_a_captured_series_is_rejected_and_its_session_accepted_without_a_price() -> None:
    series, session = (
        Eventbrite().parse(page(next(CAPTURES.glob(f"*.series-{kind}.*")).read_bytes()))
        for kind in ("parent", "session")
    )

    assert (len(series.listings), len(series.rejected)) == (0, 1)
    (listing,) = session.listings
    assert listing.start_time.astimezone(UTC) == datetime(2026, 10, 1, 17, tzinfo=UTC)
    assert (listing.price, listing.sold_out, listing.timezone) == (None, False, "Europe/London")
