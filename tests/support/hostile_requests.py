"""Requests to pages that no browser would send: paths, queries and forms with values that nobody expects."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes, urlencode, urlsplit

from aiohttp import ClientSession
from yarl import URL

from tests.support.crawling import Visit, shape_of
from tests.support.documents import Form

VALUES: tuple[bytes, ...] = (
    *(b"", b" ", b"-1", b"0", b"99999999999999999999", b"9" * 4500, b"000000001" + b"9" * 4500),
    *(b"NaN", b"1e999999", b"-1e-400000", b"true", b"0001-01-01T00:00", b"9999-12-31T23:59", b"2026-02-30"),
    *(b"a\0b", b"\xff\xfe", b"\xed\xa0\x80", "\u202e\N{FULLWIDTH DIGIT FOUR}\u0663".encode(), b"x" * 5000),
    *(b"\r\nSet-Cookie: a=b", b"../../etc/passwd", b"'\"><script>alert(1)</script>", b"%", b"javascript:alert(1)"),
    b"00000000-0000-0000-0000-000000000000",
)
PARAMETERS = (
    *("after", "area_id", "capacity", "category", "checked_in", "city", "cursor", "date", "done", "email", "event_id"),
    *("free", "ids", "limit", "near", "next", "offset", "on", "organizer_id", "origin", "outcome", "page", "per_row"),
    *("price_max", "price_min", "q", "quantity", "radius_km", "reason", "rows", "search", "seat", "shape", "sign_in"),
    *("sort", "starts_after", "starts_before", "status", "tag", "target", "ticket", "token", "topic", "upcoming"),
    *("user_id", "v", "venue", "view", "waiting", "when"),
)
"""What addresses of pages have in their queries."""

_PARAMETER = re.compile(r"\{[^{}]+(?:\{[^{}]*\}[^{}]*)*\}")
_WORDS = re.compile(r"\{\w+:(\w+)\|[\w|]+\}")
_ID = "019a0000-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `address` is encoded already, and a POST sends the fields."""

    method: str
    address: str
    fields: tuple[tuple[bytes, bytes], ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(f"{name!r}: {value[:60]!r}" for name, value in self.fields)
        return f"{self.method} {self.address[:300]} {shown}"


def path_of(route: str) -> str:
    """Return the path of a route whose parts lead to nothing; of parts that are words, the first."""
    return _PARAMETER.sub(_ID, _WORDS.sub(r"\1", route))


def with_hostile_paths(method: str, path: str) -> Iterator[Request]:
    """Yield requests to a route, each with one part of its path replaced, and its other parts by an unknown id."""
    parts = list(_PARAMETER.finditer(path))
    for part in parts:
        before, after = (path_of(each) for each in (path[: part.start()], path[part.end() :]))
        for value in VALUES:
            yield Request(method, f"{before}{quote_from_bytes(value, safe='')}{after}")
    yield Request(method, path_of(path))


def with_hostile_queries(visits: Iterable[Visit]) -> Iterator[Request]:
    """Yield requests to one page of each kind: each of its parameters with each value, and all parameters at once."""
    seen: set[str] = set()
    for visit in visits:
        path = urlsplit(visit.url).path
        if visit.document is None or shape_of(path) in seen:
            continue
        seen.add(shape_of(path))
        own = {name for form in visit.document.forms() if form.method == "get" for name, _ in form.fields}
        own |= set(URL(visit.url).query)
        for value in VALUES:
            for name in sorted(own):
                yield Request("GET", f"{path}?{urlencode({name: value})}")
            yield Request("GET", f"{path}?{urlencode([(name, value[:100]) for name in PARAMETERS])}")


def with_hostile_forms(visits: Iterable[Visit], kept: Collection[str]) -> Iterator[Request]:
    """Yield requests that send the forms of these pages, each with one field replaced. Fields that are kept are not."""
    seen: set[str] = set()
    for form in (form for visit in visits if visit.document is not None for form in visit.document.forms()):
        if form.method == "post" and shape_of(form.action) not in seen:
            seen.add(shape_of(form.action))
            yield from _with_hostile_fields(form, kept)


def _with_hostile_fields(form: Form, kept: Collection[str]) -> Iterator[Request]:
    address = URL(form.action).raw_path_qs
    fields = [(name.encode(), text.encode()) for name, text in form.fields]
    for place, (name, _) in enumerate(fields):
        if name.decode() not in kept:
            for value in VALUES:
                yield Request("POST", address, (*fields[:place], (name, value), *fields[place + 1 :]))


async def find_failures(session: ClientSession, base: str, requests: Iterable[Request]) -> list[str]:
    """Send the requests, and return those that the server failed to answer."""
    failed = []
    for each in requests:
        options: dict[str, Any] = {"data": urlencode(each.fields).encode()} if each.method == "POST" else {}
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        address = URL(f"{base}{each.address}", encoded=True)
        async with session.request(each.method, address, headers=headers, allow_redirects=False, **options) as answer:
            await answer.read()
            if answer.status >= 500:
                failed.append(f"{answer.status} {each}")
    return failed
