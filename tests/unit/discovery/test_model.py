"""When a listing, and when a run, is accepted (D4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
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
    ("wrong", "reason"),
    [
        ({"name": " "}, "no name"),
        ({"source_id": ""}, "identifies"),
        ({"url": "javascript:alert(1)"}, "identifies"),
        ({"start_time": datetime(2026, 12, 1, 20)}, "no offset"),  # noqa: DTZ001 - a naive time is the point
        ({"start_time": datetime(1970, 1, 1, tzinfo=UTC)}, "1970"),
        ({"start_time": datetime(9999, 12, 31, 23, tzinfo=UTC)}, "9999"),
        ({"end_time": datetime(1970, 1, 1, tzinfo=UTC)}, "1970"),
        ({"end_time": TOMORROW - timedelta(hours=1)}, "before it starts"),
        ({"end_time": TOMORROW + timedelta(days=400)}, "season"),
        ({"timezone": "Mars/Olympus"}, "time zone"),
        ({"timezone": "localtime"}, "time zone"),
        ({"timezone": ""}, "time zone"),
        ({"timezone": "../../etc/passwd"}, "time zone"),
    ],
)
def test_what_cant_be_believed_is_no_listing(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(UntrustedItem, match=reason):
        a_listing(**wrong)


PAGE = FetchedPage("https://example.com/", b"", fetched_at=NOW)


def test_an_occurrence_told_twice_counts_once_and_the_first_telling_counts() -> None:
    told = ParsedPage((a_listing(name="First"), a_listing(source_id="other")), (Rejection("x", "why"),), ("careful",))
    again = ParsedPage((a_listing(name="Second"),), (), ("careful",))
    result = combine_pages(Source.DICE, [(PAGE, told), (PAGE, again)])
    assert [listing.name for listing in result.listings] == ["First", "Brass on the roof"]
    assert result.rejected == (Rejection("x", "why"),)
    assert result.warnings == ("careful",)


def test_what_was_over_when_its_page_was_fetched_is_rejected() -> None:
    over = a_listing(start_time=NOW - timedelta(hours=2), name="Old news")
    running = a_listing(start_time=NOW - timedelta(hours=1), source_id="running")
    result = combine_pages(Source.DICE, [(PAGE, ParsedPage((over, running)))])
    assert [listing.source_id for listing in result.listings] == ["running"]
    assert [item.what for item in result.rejected] == ["Old news"]


def test_what_was_fetched_nobody_knows_when_is_not_taken_for_over() -> None:
    over = a_listing(start_time=NOW - timedelta(days=90))
    assert combine_pages(Source.DICE, [(replace(PAGE, fetched_at=None), ParsedPage((over,)))]).listings == (over,)


def a_harvest(count: int, name: str | None = None) -> ScrapeResult:
    listings = (a_listing(source_id=str(number), name=name or f"Event {number}") for number in range(count))
    return ScrapeResult(Source.DICE, tuple(listings))


@pytest.mark.parametrize(
    ("result", "last", "doubt"),
    [
        (a_harvest(0), None, "no event at all"),
        (a_harvest(29), 100, "29 events and the last good run found 100"),
        (a_harvest(30), 100, None),
        (a_harvest(5, "Log in"), None, "the same name"),
        (a_harvest(4, "Weekly yoga"), None, None),
        (a_harvest(1), None, None),
    ],
)
def test_a_run_that_looks_wrong_is_doubted(result: ScrapeResult, last: int | None, doubt: str | None) -> None:
    told = reason_to_quarantine(result, last)
    assert told == doubt if doubt is None else (told is not None and doubt in told)


def test_an_unknown_price_stays_unknown() -> None:
    values = event_values(a_listing(price=None, currency=None))
    assert (values["price"], values["currency"]) == (None, "EUR")
