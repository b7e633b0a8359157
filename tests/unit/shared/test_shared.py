"""Money and cursors."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.shared.errors import InvalidFields
from core.shared.money import Money
from core.shared.paging import BadCursor, Cursor


def test_money_has_two_decimals() -> None:
    assert str(Money(Decimal("12.5"), "EUR").amount) == "12.50"
    assert Money(Decimal("12.50"), "EUR") == Money(Decimal("12.5"), "EUR")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("-0.01", "EUR"),
        ("0.001", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("1000000.01", "EUR"),
        ("1", "eur"),
        ("1", ""),
    ],
)
def test_invalid_money_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(InvalidFields):
        Money(Decimal(amount), currency)


STORABLE = st.characters(codec="utf-8", exclude_characters="\0")


@given(key=st.text(STORABLE, max_size=50), order=st.sampled_from(["start_time", "-name"]))
def test_a_cursor_can_be_encoded_and_decoded(key: str, order: str) -> None:
    cursor = Cursor(order, key, uuid4())
    assert Cursor.decode(cursor.encode(), order) == cursor


@given(st.text(max_size=80))
def test_a_malformed_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.decode(text, "start_time")
