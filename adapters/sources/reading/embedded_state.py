"""The JSON state that sites embed in their pages for their own scripts, and accessors that never raise.

Pages of other sites are untrusted: any value may be missing or have any type. Each `*_at` accessor takes a node and a
path from it, and returns None (or an empty tuple) when the value there is missing or of another type.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup
from lxml import html
from lxml.etree import ParserError

from core.discovery.errors import UntrustedItem
from core.discovery.model import Listing, Rejection
from core.shared.currencies import DECIMALS
from core.shared.money import DEFAULT_CURRENCY, MAX_PRICE, decimals_of, round_amount
from core.shared.timezones import TIME_ZONES, zone_of

JsonObject = dict[str, object]

_T = TypeVar("_T")

_SERVER_DATA = re.compile(r"__SERVER_DATA__\s*=\s*(?={)")
# JSON can contain NUL and lone surrogates, which PostgreSQL cannot store, and characters that XML feeds do not allow.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def read_next_data(body: bytes) -> JsonObject | None:
    """Return the state of a Next.js page (`<script id="__NEXT_DATA__">`); None when it is missing or invalid."""
    if b"__NEXT_DATA__" not in body:
        return None
    for script in _scripts(body):
        if script.get("id") == "__NEXT_DATA__":
            return parse_json_object(script.text or "")
    return None


def read_server_data(body: bytes) -> JsonObject | None:
    """Return the object assigned to `window.__SERVER_DATA__`; None when it is missing or invalid."""
    if b"__SERVER_DATA__" not in body:
        return None
    for script in _scripts(body):
        source = script.text or ""
        for assignment in _SERVER_DATA.finditer(source):
            try:
                state, _ = json.JSONDecoder().raw_decode(source, assignment.end())
            except (ValueError, RecursionError):
                continue
            if isinstance(state, dict):
                return state
    return None


def parse_json_object(body: str | bytes) -> JsonObject | None:
    """Parse a body that is one JSON object; return None for anything else."""
    try:
        state = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return state if isinstance(state, dict) else None


def _scripts(body: bytes) -> Iterator[html.HtmlElement]:
    try:
        document = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except ParserError:
        return
    yield from document.iter("script")


def html_to_text(markup: str) -> str:
    """Return the text of an HTML fragment, with a line for each paragraph, heading and list item."""
    fragment = BeautifulSoup(f"<div>{markup}</div>", "lxml")  # the tag avoids a warning about a bare URL
    for block in fragment.find_all(["p", "div", "li", "br", "h1", "h2", "h3", "h4"]):
        block.insert_after("\n")
    lines = (" ".join(line.split()) for line in fragment.get_text().splitlines())
    return "\n".join(line for line in lines if line)


def value_at(node: object, *path: str | int) -> object:
    """Return the value at the end of `path` (keys of objects, indexes of lists); None when the path does not exist."""
    for step in path:
        if isinstance(node, dict) and isinstance(step, str):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and -len(node) <= step < len(node):
            node = node[step]
        else:
            return None
    return node


def list_at(node: object, *path: str | int) -> tuple[object, ...]:
    """Return the members of a list; an empty tuple when it is no list."""
    value = value_at(node, *path)
    return tuple(value) if isinstance(value, list) else ()


def text_at(node: object, *path: str | int) -> str | None:
    """Return a text that is not empty, trimmed, without the characters that PostgreSQL or XML do not allow."""
    value = value_at(node, *path)
    return (_UNSTORABLE.sub("", value).strip() or None) if isinstance(value, str) else None


def id_at(node: object, *path: str | int) -> str | None:
    """Return an id, which sites write as a text or as an integer."""
    value = value_at(node, *path)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text_at(value)


def bool_at(node: object, *path: str | int) -> bool | None:
    """Return a JSON boolean; "false" and 0 are none."""
    value = value_at(node, *path)
    return value if isinstance(value, bool) else None


def number_at(node: object, *path: str | int) -> float | None:
    """Return a finite number, also when it is written as a text."""
    value = value_at(node, *path)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def coordinates_at(node: object, latitude: str, longitude: str) -> tuple[float, float] | tuple[None, None]:
    """Return latitude and longitude in degrees: both or neither. Sites write 0, 0 for "unknown"."""
    north, east = number_at(node, latitude), number_at(node, longitude)
    if north is None or east is None or abs(north) > 90 or abs(east) > 180 or north == east == 0:
        return None, None
    return north, east


def currency_at(node: object, *path: str | int) -> str | None:
    """Return the ISO 4217 code of a currency in use, in capitals."""
    code = (text_at(node, *path) or "").upper()
    return code if code in DECIMALS else None


def price_at(code: str | None, node: object, *path: str | int) -> Decimal | None:
    """Return a price written in major units ("12.50", 12.5), rounded to the decimals of the currency `code`.

    A price without a currency is rounded as one in the default currency. None when it is negative or more than
    MAX_PRICE.
    """
    return _amount(value_at(node, *path), code or DEFAULT_CURRENCY)


def minor_price_at(code: str | None, node: object, *path: str | int) -> Decimal | None:
    """Return a price written in minor units of the currency `code` (1250 for 12.50), in major units.

    None as for `price_at`, and when the currency is unknown.
    """
    return None if code is None else _amount(value_at(node, *path), code, decimals_of(code))


def _amount(value: object, code: str, implied_decimals: int = 0) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value)).scaleb(-implied_decimals)
        return abs(round_amount(found, code)) if 0 <= found <= MAX_PRICE else None
    except (InvalidOperation, ValueError):
        return None


def zone_at(node: object, *path: str | int) -> ZoneInfo | None:
    """Return an IANA time zone."""
    name = text_at(node, *path)
    return zone_of(name) if name in TIME_ZONES else None


def time_at(node: object, *path: str | int) -> datetime | None:
    """Return an ISO 8601 time: with its offset, or naive when it has none."""
    try:
        return datetime.fromisoformat(text_at(node, *path) or "")
    except ValueError:
        return None


def to_zone(time: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Convert a time to a time zone. A naive time stays naive, so that the listing rejects it.

    The result has a fixed offset: Python compares two times of the same ZoneInfo by local time, which is wrong in the
    night when the clocks go back. None near the first and last year, where arithmetic would overflow.
    """
    if time is None or time.tzinfo is None:
        return time
    try:
        converted = time.astimezone(zone)
    except (OverflowError, ValueError):
        return None
    if not 1 < converted.year < 9999:
        return None
    return converted.replace(tzinfo=timezone(converted.utcoffset() or timedelta()))


def from_wall_clock(time: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Read a naive time as local time of a time zone.

    An ambiguous time, when the clocks go back, is the first of the two. A time that is skipped, when they go forward,
    keeps the offset from before the change: 02:30 becomes 03:30. A time with an offset is only converted.
    """
    if time is None:
        return None
    try:
        return to_zone(time.replace(tzinfo=time.tzinfo or zone).astimezone(UTC), zone)
    except (OverflowError, ValueError):
        return None


def require(found: _T | None, what: str) -> _T:
    """Return a value that an event can't be listed without. Raises UntrustedItem when it is None."""
    if found is None:
        raise UntrustedItem(f"its {what} is missing or unreadable")
    return found


def parse_items(found: Iterable[object], parse: Callable[[object], Listing]) -> tuple[list[Listing], list[Rejection]]:
    """Parse every item of a page. Return the listings, and the items that were rejected, each with its reason.

    `parse` raises only UntrustedItem, for an item to reject.
    """
    listings: list[Listing] = []
    rejected: list[Rejection] = []
    for item in found:
        what = text_at(item, "name") or text_at(item, "title") or id_at(item, "id") or "an item without a name"
        if not isinstance(item, dict):
            rejected.append(Rejection(what, "it is not an event record"))
            continue
        try:
            listings.append(parse(item))
        except UntrustedItem as error:
            rejected.append(Rejection(what, error.detail))
    return listings, rejected
