"""What the pages under fixtures/web can't show: errors, hostile input, and complete captured pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources.fetching.saved_pages import SavedPageSource
from adapters.sources.reading.json_ld import parse_document
from adapters.sources.sites.web import Web
from core.discovery.errors import UnknownLayout
from core.discovery.model import City, FetchedPage, ParsedPage
from tests.support.captures import CAPTURES, needs_captures
from tests.support.hostile_pages import (
    assert_only_unknown_layout_escapes,
    corrupt_each_value,
    corrupted_states,
    with_noise,
)
from tests.support.local_site import as_page

FIXTURES = Path(__file__).parent / "fixtures" / "web"

SYDNEY = City("Sydney", "AU", -33.87, 151.21)
START = {"startDate": "2026-06-19T19:30:00+01:00"}


def page(body: bytes | str, url: str = "https://venue.example/show") -> FetchedPage:
    return FetchedPage(url, body if isinstance(body, bytes) else body.encode(), datetime(2026, 5, 2, tzinfo=UTC))


def with_data(data: object, around: str = "<title>Show</title>") -> FetchedPage:
    return page(f'{around}<script type="application/ld+json">{json.dumps(data)}</script>')


def states(name: str) -> list[dict[str, object]]:
    document = parse_document(page((FIXTURES / name).read_bytes()))
    return [data if isinstance(data, dict) else {"@graph": data} for data in document.data] if document else []


EVENT = states("event.sound.2026-05-02.html")[1]
CITIES = states("listing.places.2026-03-01.html")[0]
SERIES = states("event.series.2026-03-01.html")[0]


def test_its_urls_are_the_configured_pages_for_every_city() -> None:
    pages = ["https://venue.example/whats-on", "https://hall.example/"]

    assert list(Web(pages).page_urls(SYDNEY, 1)) == pages
    assert list(Web().page_urls(SYDNEY, 3)) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><p>Checking that you are human</p></html>",
        "<script type='application/ld+json'></script>",
        "<script type='application/ld+json'>[]</script>",
        "<script type='application/ld+json'>" + "[" * 50_000 + "</script>",
        "<script type='application/ld+json'>" + '{"@graph":[' * 50_000 + "</script>",
        '<script type=\'application/ld+json\'>{"@type": "Organization", "name": "Venue"}</script>',
        '<script type=\'application/ld+json\'>{"@type": "Product", "name": "Vase"}</script>',
        '<script>{"@type": "Event", "name": "Show", "startDate": "2026-06-19T19:30:00+01:00"}</script>',
        f"<!-- <script type='application/ld+json'>{json.dumps({'@type': 'Event', **START})}</script> -->",
    ],
)
def test_a_page_without_event_data_is_an_error_and_not_an_empty_result(body: str) -> None:
    with pytest.raises(UnknownLayout):
        Web().parse(page(body))


def test_the_error_mentions_invalid_scripts() -> None:
    with pytest.raises(UnknownLayout, match="1 of its JSON-LD scripts can't be read"):
        Web().parse(page('<script type="application/ld+json">{"@type": "Event",</script>'))


@pytest.mark.parametrize(
    ("encoding", "declared"), [("utf-8", ""), ("utf-8", "iso-8859-1"), ("iso-8859-1", "iso-8859-1")]
)
def test_accents_are_read_whatever_encoding_the_page_declares(encoding: str, declared: str) -> None:
    script = json.dumps({"@type": "Event", "name": "Café Zoë", **START}, ensure_ascii=False)
    body = f"<meta charset='{declared}'><title>Café Zoë</title><script type='Application/LD+JSON'>{script}</script>"

    (listing,) = Web().parse(page(body.encode(encoding))).listings

    assert listing.name == "Café Zoë"


@pytest.mark.parametrize(
    ("name", "title", "accepted"),
    [
        ("Iron Heron", "Iron Heron LIVE in London", True),
        ("Iron Heron + guests", "HERON | The Depot", True),
        ("公演 山の音", "【公演】山の音2026", True),
        ("山の音", "山の音2026", True),
        ("The 1975", "The 1975", True),
        ("The Show", "Live: The Show", True),
        ("Iron Heron", "", True),
        ("Marigold Festival", "Grey Magpies | London", False),
        ("Marigold Festival", "Grey Magpies Festival | London", False),
        ("London Marigolds 2026", "Grey Magpies | London 2026", False),
        ("Marigolds at The Depot", "Grey Magpies | The Depot", False),
    ],
)
def test_data_without_a_url_belongs_to_its_page_when_they_share_a_distinctive_word(
    name: str, title: str, *, accepted: bool
) -> None:
    place = {"@type": "Place", "name": "The Depot", "address": {"addressLocality": "London"}}
    parsed = Web().parse(with_data({"@type": "Event", "name": name, **START, "location": place}, f"<h1>{title}</h1>"))

    assert [listing.name for listing in parsed.listings] == ([name] if accepted else [])
    assert [rejected.what for rejected in parsed.rejected] == ([] if accepted else [name])


def test_data_on_a_page_of_unknown_url_is_rejected() -> None:
    body = with_data({"@type": "Event", "name": "Show", **START}).body

    parsed = Web().parse(page(body, url="file:show.html"))

    assert [rejected.reason for rejected in parsed.rejected] == ["it has no id or no web address"]


@pytest.mark.parametrize(("year", "accepted"), [(2031, True), (2032, False)])
def test_a_start_more_than_five_years_ahead_is_rejected(year: int, *, accepted: bool) -> None:
    parsed = Web().parse(with_data({"@type": "Event", "name": "Show", "startDate": f"{year}-01-01T19:00:00Z"}))

    assert bool(parsed.listings) is accepted


@pytest.mark.parametrize("state", [EVENT, {"@graph": [EVENT]}], ids=["event", "graph"])
def test_any_single_invalid_value_raises_only_unknown_layout(state: dict[str, object]) -> None:
    for corrupted in corrupt_each_value(state):
        assert_only_unknown_layout_escapes(Web(), with_data(corrupted))


@settings(max_examples=300)
@given(st.one_of(corrupted_states(EVENT), corrupted_states(CITIES), corrupted_states(SERIES)))
def test_data_with_invalid_values_raises_only_unknown_layout(state: object) -> None:
    assert_only_unknown_layout_escapes(Web(), with_data(state))


@settings(max_examples=200)
@given(with_noise((FIXTURES / "event.sound.2026-05-02.html").read_bytes()))
def test_a_page_with_random_bytes_raises_only_unknown_layout(body: bytes) -> None:
    assert_only_unknown_layout_escapes(Web(), page(body))


async def captured(part: str) -> FetchedPage:
    pages = [as_page(page) async for page in SavedPageSource(CAPTURES).fetch_pages(Web(), None, 1)]
    (found,) = [page for page in pages if part in page.url]
    return found


async def parsed_capture(part: str) -> ParsedPage:
    return Web().parse(await captured(part))


@needs_captures
async def test_a_captured_end_in_1970_is_left_out() -> None:
    parsed = await parsed_capture("ovoarena")

    (listing,) = parsed.listings
    assert (listing.name, listing.url) == ("Megadeth", "https://www.ovoarena.co.uk/events/detail/megadeth")
    assert (listing.start_time, listing.end_time) == (datetime(2027, 3, 11, 19, tzinfo=UTC), None)
    assert (listing.timezone, listing.country, listing.price, listing.sold_out) == ("Europe/London", "GB", None, False)
    assert parsed.rejected == ()
    assert parsed.warnings == (
        "Megadeth: its end is in the year 1970, which is implausible, so it is listed without one",
    )


@needs_captures
@pytest.mark.parametrize(
    ("part", "what", "reason"),
    [
        (
            "thegarage",
            "Splendour Festival",
            'it does not belong to this page, which is about "BLACK ALTAR | The Garage | London"',
        ),
        ("alexandrapalace", "Kaleidoscope Festival", "its start has no UTC offset"),
    ],
    ids=["data of another event", "a naive time"],
)
async def test_captured_data_that_is_not_trustworthy_is_rejected(part: str, what: str, reason: str) -> None:
    parsed = await parsed_capture(part)

    assert parsed.listings == ()
    assert [(rejected.what, rejected.reason) for rejected in parsed.rejected] == [(what, reason)]


@needs_captures
async def test_a_captured_valid_page_is_accepted() -> None:
    parsed = await parsed_capture("windmillbrixton")

    (listing,) = parsed.listings
    assert listing.start_time == datetime(2026, 11, 19, 19, 45, tzinfo=UTC)
    assert listing.end_time == datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert (str(listing.price), listing.currency, listing.sold_out) == ("12.50", "GBP", False)
    assert (listing.venue, listing.address, listing.city) == ("The Windmill", "SW2 5BZ London", None)
    assert (parsed.rejected, parsed.warnings) == ((), ())


@needs_captures
async def test_a_captured_list_page_without_event_data_is_an_error() -> None:
    with pytest.raises(UnknownLayout, match=r"no schema\.org Event"):
        await parsed_capture("unionchapel")
