"""The JSON state that sites leave in their pages for their own scripts, and ways to read it that never raise.

What another site sends is not to be trusted: any value may be missing or have any type. Every accessor takes a node
and the path to walk from it, and answers None (or an empty tuple) for whatever is not what was asked for.
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

from core.discovery.errors import Untrusted
from core.discovery.model import Listing, Rejected
from core.shared.money import MAX_AMOUNT
from core.shared.timezones import TIME_ZONES

State = dict[str, object]

FREE = Decimal("0.00")

_T = TypeVar("_T")

_SERVER_DATA = re.compile(r"__SERVER_DATA__\s*=\s*(?={)")
_CENT = Decimal("0.01")
# JSON can spell NUL and half a surrogate pair, which PostgreSQL does not store, and what no XML feed may hold.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# ISO 4217: how many decimals the minor unit of a currency has, where it is not two.
_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def next_data(body: bytes) -> State | None:
    """The state of a Next.js page (`<script id="__NEXT_DATA__">`); None when there is none that can be read."""
    if b"__NEXT_DATA__" not in body:
        return None
    for script in _scripts(body):
        if script.get("id") == "__NEXT_DATA__":
            return json_object(script.text or "")
    return None


def server_data(body: bytes) -> State | None:
    """The object assigned to `window.__SERVER_DATA__`, whatever follows it; None when there is none to be read."""
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


def json_object(body: str | bytes) -> State | None:
    """A body that is one JSON object; None for anything else."""
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


def prose(markup: str) -> str:
    """The words of a piece of HTML, a line for each paragraph, heading and item."""
    fragment = BeautifulSoup(f"<div>{markup}</div>", "lxml")  # in a tag, or a bare URL makes it warn
    for block in fragment.find_all(["p", "div", "li", "br", "h1", "h2", "h3", "h4"]):
        block.insert_after("\n")
    lines = (" ".join(line.split()) for line in fragment.get_text().splitlines())
    return "\n".join(line for line in lines if line)


def at(node: object, *path: str | int) -> object:
    """The value at the end of `path`, names into objects and numbers into lists; None where the path breaks off."""
    for step in path:
        if isinstance(node, dict) and isinstance(step, str):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and -len(node) <= step < len(node):
            node = node[step]
        else:
            return None
    return node


def items(node: object, *path: str | int) -> tuple[object, ...]:
    """The members of a list; none when it is no list."""
    value = at(node, *path)
    return tuple(value) if isinstance(value, list) else ()


def text(node: object, *path: str | int) -> str | None:
    """A text that says something, trimmed, without the characters that no database or feed can hold."""
    value = at(node, *path)
    return (_UNFIT.sub("", value).strip() or None) if isinstance(value, str) else None


def identity(node: object, *path: str | int) -> str | None:
    """An id, which sites write as a text or as a whole number."""
    value = at(node, *path)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)


def flag(node: object, *path: str | int) -> bool | None:
    """True or false, where the page really says so: "false" and 0 are neither."""
    value = at(node, *path)
    return value if isinstance(value, bool) else None


def number(node: object, *path: str | int) -> float | None:
    """A finite number, also when written as a text."""
    value = at(node, *path)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def coordinates(node: object, latitude: str, longitude: str) -> tuple[float, float] | tuple[None, None]:
    """Latitude and longitude in degrees: both or neither. 0, 0 is what sites write for "not known"."""
    north, east = number(node, latitude), number(node, longitude)
    if north is None or east is None or abs(north) > 90 or abs(east) > 180 or north == east == 0:
        return None, None
    return north, east


def currency(node: object, *path: str | int) -> str | None:
    """An ISO 4217 code in capitals."""
    code = (text(node, *path) or "").upper()
    return code if len(code) == 3 and code.isascii() and code.isalpha() else None


def price(node: object, *path: str | int) -> Decimal | None:
    """A price told in major units ("12.50", 12.5), to the cent.

    None when it is negative or beyond what anybody asks for a ticket.
    """
    return _amount(at(node, *path), decimals=0)


def minor_price(code: str | None, node: object, *path: str | int) -> Decimal | None:
    """A price told in minor units of the currency `code` (1250 for 12.50), in major units, to the cent.

    None like `price`, and when the currency is not known: then nobody knows how much it is.
    """
    return None if code is None else _amount(at(node, *path), _DECIMALS.get(code, 2))


def _amount(value: object, decimals: int) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value)).scaleb(-decimals)
        return abs(found.quantize(_CENT)) if 0 <= found <= MAX_AMOUNT else None
    except (InvalidOperation, ValueError):
        return None


def zone(node: object, *path: str | int) -> ZoneInfo | None:
    """An IANA time zone."""
    name = text(node, *path)
    return ZoneInfo(name) if name in TIME_ZONES else None


def moment(node: object, *path: str | int) -> datetime | None:
    """An ISO 8601 time as written: with its offset, or naive when it has none."""
    try:
        return datetime.fromisoformat(text(node, *path) or "")
    except ValueError:
        return None


def local(when: datetime | None, there: ZoneInfo) -> datetime | None:
    """The same moment as the clocks of `there` show it. A naive time stays as it is, for the listing to refuse.

    The offset is a fixed one: Python compares two times of one ZoneInfo by the clock on the wall, which goes wrong
    in the night the clocks go back. None at the edges of the calendar, where times can't be reckoned with.
    """
    if when is None or when.tzinfo is None:
        return when
    try:
        shown = when.astimezone(there)
    except (OverflowError, ValueError):
        return None
    if not 1 < shown.year < 9999:
        return None
    return shown.replace(tzinfo=timezone(shown.utcoffset() or timedelta()))


def by_the_clock(when: datetime | None, there: ZoneInfo) -> datetime | None:
    """The moment when the clocks of `there` show a naive time.

    A time they show twice, when they go back, is the first of the two. One they skip, when they go forward, is
    counted on from before the change: 02:30 becomes 03:30. A time with an offset of its own is that moment.
    """
    if when is None:
        return None
    try:
        return local(when.replace(tzinfo=when.tzinfo or there).astimezone(UTC), there)
    except (OverflowError, ValueError):
        return None


def needed(found: _T | None, what: str) -> _T:
    """What an event can't be listed without. Raises Untrusted when it is not there."""
    if found is None:
        raise Untrusted(f"it has no {what} that can be read")
    return found


def sort_out(found: Iterable[object], read: Callable[[object], Listing]) -> tuple[list[Listing], list[Rejected]]:
    """Read every item of a page: the listings that can be believed, and the items that can't, each with its reason.

    `read` raises Untrusted for an item it can't take, and nothing else.
    """
    listings: list[Listing] = []
    rejected: list[Rejected] = []
    for item in found:
        what = text(item, "name") or text(item, "title") or identity(item, "id") or "an item without a name"
        if not isinstance(item, dict):
            rejected.append(Rejected(what, "it is no record of an event"))
            continue
        try:
            listings.append(read(item))
        except Untrusted as refusal:
            rejected.append(Rejected(what, refusal.detail))
    return listings, rejected
