"""Currencies in use and the decimals of their amounts (C3)."""

from __future__ import annotations

from decimal import Decimal

import iso4217
import pytest

from core.shared.currencies import DECIMALS
from core.shared.money import NO_CURRENCY, decimals_of, find_price_errors, round_amount

UNITS_OF_ACCOUNT = {"UYW", "XAD"}
"""Codes with decimals that the list does not mark as a fund, though nobody pays with them."""


def test_the_currencies_in_use_are_those_of_the_published_list() -> None:
    published = {
        entry.findtext("Ccy"): int(decimals)
        for entry in iso4217.raw_xml.iter("CcyNtry")
        if entry.find("CcyNm[@IsFund]") is None and (decimals := entry.findtext("CcyMnrUnts", "N.A.")) != "N.A."
    }
    assert {code: decimals for code, decimals in published.items() if code not in UNITS_OF_ACCOUNT} == DECIMALS


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("EUR", 2), ("KWD", 3), ("DEM", 2)])
def test_a_currency_has_its_own_number_of_decimals(currency: str, decimals: int) -> None:
    assert decimals_of(currency) == decimals


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("12.5", "EUR", "12.50"),
        ("7.255", "KWD", "7.255"),
        ("7", "KWD", "7.000"),
        ("1000.00", "JPY", "1000"),
        ("1E+3", "JPY", "1000"),
        ("0.00", "JPY", "0"),
    ],
)
def test_an_amount_is_written_with_exactly_the_decimals_of_its_currency(
    amount: str, currency: str, rounded: str
) -> None:
    assert str(round_amount(Decimal(amount), currency)) == rounded


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("999999999", "EUR"), ("1000", "JPY"), ("1000.00", "JPY"), ("1.255", "KWD"), ("0.01", "EUR"), (None, "EUR")],
)
def test_a_price_in_a_currency_in_use_is_accepted(amount: str | None, currency: str) -> None:
    assert list(find_price_errors(None if amount is None else Decimal(amount), currency)) == []


@pytest.mark.parametrize(
    ("amount", "currency", "error"),
    [
        ("-0.01", "EUR", "Must be between 0 and 999999999."),
        ("999999999.01", "EUR", "Must be between 0 and 999999999."),
        ("NaN", "EUR", "Must be between 0 and 999999999."),
        ("Infinity", "EUR", "Must be between 0 and 999999999."),
        ("0.001", "EUR", "An amount in EUR has two decimals at most."),
        ("1000.50", "JPY", "An amount in JPY has no decimals."),
        ("1.2555", "KWD", "An amount in KWD has three decimals at most."),
    ],
)
def test_an_impossible_price_is_refused(amount: str, currency: str, error: str) -> None:
    assert list(find_price_errors(Decimal(amount), currency)) == [("price", error)]


@pytest.mark.parametrize(
    "code", ["ZZZ", "XXX", "XTS", "XAU", "XDR", "CLF", "CHE", "UYI", "DEM", "FRF", "BGN", "HRK", "eur", "EURO", ""]
)
def test_only_currencies_in_use_are_accepted(code: str) -> None:
    for price in (Decimal(1), None):
        assert list(find_price_errors(price, code)) == [("currency", NO_CURRENCY)]
