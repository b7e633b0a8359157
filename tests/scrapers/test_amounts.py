"""Prices as sites write them, in major and minor units."""

from __future__ import annotations

import pytest

from adapters.sources.reading.embedded_state import currency_at, minor_price_at, price_at


@pytest.mark.parametrize(
    ("code", "written", "price"),
    [
        ("KWD", "7.255", "7.255"),
        ("KWD", 7, "7.000"),
        ("EUR", "7.255", "7.26"),
        ("JPY", 3000.0, "3000"),
        (None, "12.5", "12.50"),
        ("EUR", -1, "None"),
        ("EUR", 1e9, "None"),
    ],
)
def test_a_price_in_major_units_is_rounded_to_the_decimals_of_its_currency(
    code: str | None, written: object, price: str
) -> None:
    assert str(price_at(code, written)) == price


@pytest.mark.parametrize(
    ("code", "written", "price"),
    [("KWD", 7255, "7.255"), ("EUR", 1250, "12.50"), ("JPY", 3000, "3000"), (None, 1250, "None")],
)
def test_a_price_in_minor_units_is_read_with_the_decimals_of_its_currency(
    code: str | None, written: object, price: str
) -> None:
    assert str(minor_price_at(code, written)) == price


@pytest.mark.parametrize(("written", "code"), [("kwd", "KWD"), ("DEM", None), ("XXX", None), ("€", None), (978, None)])
def test_only_currencies_in_use_are_read(written: object, code: str | None) -> None:
    assert currency_at(written) == code
