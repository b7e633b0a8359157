"""When a listing is accepted, and when a run is quarantined (D4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.discovery.errors import UntrustedItem
from core.discovery.model import (
    FetchedPage,
    ParsedPage,
    Rejection,
    ScrapeResult,
    Source,
    combine_pages,
    event_values,
    reason_to_quarantine,
)
from tests.support.builders import NOW, TOMORROW, a_listing


@pytest.mark.parametrize(
    ("invalid", "reason"),
    [
        ({"name": " "}, "no name"),
        ({"source_id": ""}, "no id"),
        ({"url": "javascript:alert(1)"}, "no id"),
        ({"start_time": datetime(2026, 12, 1, 20)}, "no UTC offset"),  # noqa: DTZ001 - a naive time is the point
        ({"start_time": datetime(1970, 1, 1, tzinfo=UTC)}, "1970"),
        ({"start_time": datetime(9999, 12, 31, 23, tzinfo=UTC)}, "9999"),
        ({"end_time": datetime(1970, 1, 1, tzinfo=UTC)}, "1970"),
        ({"end_time": TOMORROW - timedelta(hours=1)}, "before it starts"),
        ({"end_time": TOMORROW + timedelta(days=400)}, "longer than 60 days"),
        ({"timezone": "Mars/Olympus"}, "time zone"),
        ({"timezone": "localtime"}, "time zone"),
        ({"timezone": ""}, "time zone"),
        ({"timezone": "../../etc/passwd"}, "time zone"),
    ],
)
def test_an_invalid_listing_is_rejected_with_the_reason(invalid: dict[str, Any], reason: str) -> None:
    with pytest.raises(UntrustedItem, match=reason):
        a_listing(**invalid)


PAGE = FetchedPage("https://example.com/", b"", fetched_at=NOW)


def test_the_first_of_two_listings_of_an_occurrence_wins() -> None:
    first = ParsedPage((a_listing(name="First"), a_listing(source_id="other")), (Rejection("x", "why"),), ("careful",))
    second = ParsedPage((a_listing(name="Second"),), (), ("careful",))
    result = combine_pages(Source.DICE, [(PAGE, first), (PAGE, second)])
    assert [listing.name for listing in result.listings] == ["First", "Brass on the roof"]
    assert result.rejected == (Rejection("x", "why"),)
    assert result.warnings == ("careful",)


def test_an_id_too_long_for_an_index_is_kept_by_its_hash() -> None:
    short, long, other = "x" * 200, "x" * 3500, "x" * 3499 + "y"
    keys = [a_listing(source_id=each).key for each in (short, long, other)]
    assert keys[0] == short
    assert len(set(keys)) == 3
    assert max(map(len, keys)) == 200
    pages = [(PAGE, ParsedPage((a_listing(source_id=each),))) for each in (long, other, long)]
    assert [listing.source_id for listing in combine_pages(Source.DICE, pages).listings] == [long, other]


def test_the_events_of_an_old_page_move_by_whole_weeks_at_their_local_time() -> None:
    summer = datetime(2026, 7, 1, 18, tzinfo=UTC)
    listing = a_listing(start_time=summer, end_time=summer + timedelta(hours=3), timezone="Europe/London")
    page = replace(PAGE, fetched_at=summer - timedelta(days=1), weeks_to_move=26)
    [moved] = combine_pages(Source.DICE, [(page, ParsedPage((listing,)))]).listings
    assert moved.start_time.astimezone(UTC) == datetime(2026, 12, 30, 19, tzinfo=UTC)  # 19:00 in London, as before
    assert moved.end_time == moved.start_time + timedelta(hours=3)


def test_an_event_that_had_ended_when_its_page_was_fetched_is_rejected() -> None:
    ended = a_listing(start_time=NOW - timedelta(hours=2), name="Ended")
    running = a_listing(start_time=NOW - timedelta(hours=1), source_id="running")
    result = combine_pages(Source.DICE, [(PAGE, ParsedPage((ended, running)))])
    assert [listing.source_id for listing in result.listings] == ["running"]
    assert [item.what for item in result.rejected] == ["Ended"]


def test_an_event_on_a_page_of_unknown_date_is_never_rejected_as_ended() -> None:
    ended = a_listing(start_time=NOW - timedelta(days=90))
    assert combine_pages(Source.DICE, [(replace(PAGE, fetched_at=None), ParsedPage((ended,)))]).listings == (ended,)


def a_result(count: int, name: str | None = None) -> ScrapeResult:
    listings = (a_listing(source_id=str(number), name=name or f"Event {number}") for number in range(count))
    return ScrapeResult(Source.DICE, tuple(listings))


@pytest.mark.parametrize(
    ("result", "last_healthy", "reason"),
    [
        (a_result(0), None, "no events"),
        (a_result(29), 100, "29 events and the last good run found 100"),
        (a_result(30), 100, None),
        (a_result(5, "Log in"), None, "the same name"),
        (a_result(4, "Weekly yoga"), None, None),
        (a_result(1), None, None),
    ],
)
def test_a_run_that_looks_wrong_is_quarantined_with_a_reason(
    result: ScrapeResult, last_healthy: int | None, reason: str | None
) -> None:
    found = reason_to_quarantine(result, last_healthy)
    assert found is None if reason is None else (found is not None and reason in found)


@pytest.mark.parametrize(
    ("price", "currency", "shown"),
    [("7.255", "KWD", "7.255"), ("7.2", "KWD", "7.200"), ("3000.00", "JPY", "3000"), ("0", None, "0.00")],
)
def test_a_price_has_the_decimals_of_its_currency(price: str, currency: str | None, shown: str) -> None:
    assert str(event_values(a_listing(price=Decimal(price), currency=currency))["price"]) == shown


def test_an_unknown_price_stays_unknown() -> None:
    values = event_values(a_listing(price=None, currency=None))
    assert (values["price"], values["currency"]) == (None, "EUR")
