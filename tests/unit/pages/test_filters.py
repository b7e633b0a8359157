"""How pages show money, times and texts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters.http.pages.shared.filters import as_paragraphs, count_of, format_money, format_price, time_element

EVENING = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("14.5", "EUR", "€14.50"),
        ("0", "EUR", "Free"),
        ("1200", "CHF", "CHF\u00a01,200.00"),
        ("5000", "JPY", "¥5,000"),
        ("7.255", "KWD", "KWD\u00a07.255"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(amount: str, currency: str, shown: str) -> None:
    assert format_money(Decimal(amount), currency) == shown


def test_an_unknown_price_is_not_free() -> None:
    assert format_price(None, "EUR") == "Price at the seller"


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("full", "Sat 21 November 2026, 19:30"),
        ("day", "Sat 21 November 2026"),
        ("short", "Sat 21 Nov, 19:30"),
        ("clock", "19:30"),
    ],
)
def test_times_are_those_of_the_place(style: str, words: str) -> None:
    shown = time_element(EVENING, "Europe/Oslo", style)
    assert str(shown) == f'<time datetime="2026-11-21T19:30+01:00">{words}</time>'


def test_a_number_has_its_noun() -> None:
    assert [count_of(0, "place"), count_of(1, "party", "parties"), count_of(1200, "place")] == [
        "0 places",
        "1 party",
        "1,200 places",
    ]


def test_a_text_becomes_paragraphs_in_which_nothing_is_markup() -> None:
    shown = str(as_paragraphs('Doors <b>at</b> 8\nBar at 9\r\n\r\nSee https://a.example/x?a=1&b="2".'))
    assert shown == (
        "<p>Doors &lt;b&gt;at&lt;/b&gt; 8<br>Bar at 9</p>\n"
        '<p>See <a href="https://a.example/x?a=1&amp;b=" rel="nofollow ugc noopener">https://a.example/x?a=1&amp;b=</a>'
        "&#34;2&#34;.</p>"
    )


@pytest.mark.parametrize("text", ["javascript:alert(1)", "http://", "https:// a"])
def test_only_web_addresses_become_links(text: str) -> None:
    assert "<a" not in as_paragraphs(text)
