"""How templates show money, times and texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from core.shared.money import decimals_of
from core.shared.timezones import zone_of

_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹", "ILS": "₪", "KRW": "₩", "UAH": "₴", "VND": "₫"}
"""Signs that stand for one currency only where everybody knows which. Others are written as their code."""
_URL = re.compile(r"\bhttps?://[^\s<>\"]+[^\s<>\".,;:!?)\]'}]")
_NO_BREAK_SPACE = "\u00a0"


def format_money(amount: Decimal, currency: str) -> str:
    """Return an amount with its currency: `€14.50`, `CHF 1,200.00`, `Free` for nothing."""
    if amount == 0:
        return "Free"
    digits = f"{amount:,.{decimals_of(currency)}f}"
    symbol = _SYMBOLS.get(currency)
    return f"{symbol}{digits}" if symbol else f"{currency}{_NO_BREAK_SPACE}{digits}"


def format_price(price: Decimal | None, currency: str) -> str:
    """Return a price in words; that of a gathered event may be unknown."""
    return "Price at the seller" if price is None else format_money(price, currency)


def format_day(moment: datetime, zone: str) -> str:
    """Return the day in its time zone: `Sat 21 November 2026`."""
    at = moment.astimezone(zone_of(zone))
    return f"{at:%a} {at.day} {at:%B %Y}"


def format_short_day(moment: datetime, zone: str) -> str:
    """Return the day without its year: `Sat 21 Nov`."""
    at = moment.astimezone(zone_of(zone))
    return f"{at:%a} {at.day} {at:%b}"


def format_clock(moment: datetime, zone: str) -> str:
    """Return the time of day in its time zone: `19:30`."""
    return f"{moment.astimezone(zone_of(zone)):%H:%M}"


def format_moment(moment: datetime, zone: str) -> str:
    """Return the day and the time of day in its time zone: `Sat 21 November 2026, 19:30`."""
    return f"{format_day(moment, zone)}, {format_clock(moment, zone)}"


def format_zone(zone: str) -> str:
    """Return whose clock the times are of: `London time` for `Europe/London`."""
    area, _, city = zone.rpartition("/")
    return f"{city.replace('_', ' ')} time" if area and area != "Etc" else zone


def time_element(moment: datetime, zone: str, style: str = "full") -> Markup:
    """Return a `<time>` in words; `style` is `full`, `day`, `short` or `clock`."""
    texts: Mapping[str, Callable[[datetime, str], str]] = {
        "full": format_moment,
        "day": format_day,
        "short": lambda at, name: f"{format_short_day(at, name)}, {format_clock(at, name)}",
        "clock": format_clock,
    }
    local = moment.astimezone(zone_of(zone))
    return Markup('<time datetime="{}">{}</time>').format(
        local.isoformat(timespec="minutes"), texts[style](moment, zone)
    )


def count_of(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun: `1 place`, `12 places`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def format_percent(percent: float) -> str:
    """Return a percentage without decimals that say nothing: `100%`, `62.5%`."""
    return f"{percent:g}%"


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, 11th, 21st …"""
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def as_paragraphs(text: str) -> Markup:
    """Return a plain text as paragraphs, with its web addresses as links."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]
    return Markup("\n").join(Markup("<p>{}</p>").format(_link_addresses(part)) for part in parts)


def _link_addresses(text: str) -> Markup:
    linked, end = Markup(""), 0
    for found in _URL.finditer(text):
        linked += _with_breaks(text[end : found.start()])
        linked += Markup('<a href="{0}" rel="nofollow ugc noopener">{0}</a>').format(found[0])
        end = found.end()
    return linked + _with_breaks(text[end:])


def _with_breaks(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.split("\n"))


FILTERS: Mapping[str, Callable[..., Any]] = {
    "money": format_money,
    "price": format_price,
    "day": format_day,
    "moment": format_moment,
    "clock": format_clock,
    "time": time_element,
    "zone": format_zone,
    "count_of": count_of,
    "ordinal": ordinal,
    "percent": format_percent,
    "paragraphs": as_paragraphs,
}
