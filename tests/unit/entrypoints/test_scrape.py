"""The report of a scrape."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from adapters.http.shared.responses import to_json
from core.discovery.scraping import ScrapeSummary
from entrypoints.scrape import scrape_report
from tests.support.builders import NOW, a_listing


@pytest.mark.parametrize(
    ("price", "currency", "shown"),
    [("7.255", "KWD", "7.255"), ("3000", "JPY", "3000"), ("12.5", "EUR", "12.50"), (None, None, None)],
)
def test_the_report_shows_prices_with_the_decimals_of_their_currency(
    price: str | None, currency: str | None, shown: str | None
) -> None:
    listing = a_listing(price=None if price is None else Decimal(price), currency=currency)
    [event] = json.loads(to_json(scrape_report(ScrapeSummary((), (listing,)), NOW)))["events"]
    assert (event["price"], event["currency"]) == (shown, currency)
