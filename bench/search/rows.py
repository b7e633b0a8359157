"""What is measured: a name and the requests for each list, search and event."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import randrange
from typing import Any

from aiohttp import ClientSession
from sqlalchemy import text

from bench.load import Load, Requests, request
from bench.search import rival
from bench.search.catalogs import Catalog
from bench.search.requests import PER_CONNECTION, UNKNOWN_WORD, Fresh, Repeated
from bench.server import EMPTY, MEMORY

LIST = "/api/events?limit=20"
PLAIN, DEEP, COMMON = "plain first page", "plain, deep cursor", "q, common word"
NEW_PLAIN, NEW_COMMON = "plain first page, never asked for", "q, common word, never asked for"
EVENT, UNCHANGED = "an event", "an event, unchanged"
CACHED, FROM_MEMORY, EMPTY_GET = "plain first page, cached", "the same bytes from memory", "empty authenticated GET"
RIVAL_PLAIN, RIVAL_COMMON = "plain first page, rival", "q, common word, rival"
BOOKINGS, CANCELLED = "admin: bookings", "admin: cancelled bookings"
SORTS = ("price", "name", "-utilization", "created_at")
SLOW_TO_LOOK_UP = ("q, one-letter typo", "unknown city")
SEARCHES = {
    PLAIN: ("",),
    COMMON: ("&q=music", "&q=night", "&q=hall", "&q=open"),
    "q, two words": ("&q=open+night", "&q=live+music", "&q=music+hall", "&q=jazz+live"),
    "q, one-letter typo": ("&q=mussic", "&q=theatrr", "&q=festivel", "&q=openn"),
    "q, unknown word": (f"&q={UNKNOWN_WORD}",),
    **{f"sort={sort}": (f"&sort={sort}",) for sort in SORTS},
    "category and city": ("&category=Music&city=Berlin", "&category=Film&city=London", "&category=Art&city=Leeds"),
    "tag": ("&tag=jazz", "&tag=wine", "&tag=yoga"),
    "unknown category": ("&category=Falconry",),
    "unknown city": (f"&city={UNKNOWN_WORD}",),
    "radius": (
        "&near=51.507,-0.128&radius_km=10",
        "&near=52.52,13.405&radius_km=25",
        "&near=51.898,-8.476&radius_km=5",
    ),
    "radius, sort=distance": (
        "&near=51.507,-0.128&radius_km=10&sort=distance",
        "&near=52.52,13.405&radius_km=25&sort=distance",
    ),
    "city, sort=price": ("&city=London&sort=price", "&city=Cork&sort=price", "&city=Berlin&sort=price"),
}
"""Each is asked for in turn."""
DATES, DATES_FROM, DATES_TO = "city and dates", timedelta(days=10), timedelta(days=40)
BEYOND = timedelta(days=400)
"""All events of the catalog start before."""
EVENTS = 500
CURSORS = 6

_SOME_EVENTS = text("SELECT id FROM events WHERE status = 'open' ORDER BY md5(id::text) LIMIT :count")


@dataclass(frozen=True, slots=True)
class Row:
    """What is measured; `of_rival` rows are sent to the rival. `paths` are those of a list or search."""

    name: str
    requests: Requests
    of_rival: bool = False
    status: int = 200
    paths: Sequence[str] = ()


async def make_rows(catalog: Catalog, load: Load) -> list[Row]:
    """Return the rows for a catalog whose server is there; it says the cursors and the versions of events."""
    async with ClientSession(f"http://{load.host}:{load.port}") as session:
        cursors = {sort: [path async for path in _cursor_pages(session, sort)] for sort in ("start_time", *SORTS)}
        event_paths = await _event_paths(catalog)
        versions = [await _version(session, path) for path in event_paths[: EVENTS // 10]]
    return [
        *(_row(catalog, name, [f"{LIST}{query}" for query in queries]) for name, queries in SEARCHES.items()),
        _row(
            catalog,
            "facets",
            [f"/api/events/facets?{query}" for query in ("", "city=London", "q=jazz", "category=Music")],
        ),
        _row(catalog, DEEP, cursors["start_time"]),
        *(_row(catalog, f"sort={sort}, deep cursor", cursors[sort]) for sort in SORTS),
        *(
            Row(new, fresh(catalog, [f"{LIST}{query}" for query in SEARCHES[known]]))
            for new, known in ((NEW_PLAIN, PLAIN), (NEW_COMMON, COMMON))
        ),
        Row(DATES, _dated(catalog)),
        Row(EVENT, Repeated(tuple(request("GET", path, {}) for path in event_paths))),
        Row(
            UNCHANGED,
            Repeated(tuple(request("GET", path, {"If-None-Match": version}) for path, version in versions)),
            status=304,
        ),
        *_comparisons(catalog, event_paths),
        *_bookings(catalog),
    ]


def _row(catalog: Catalog, name: str, paths: Sequence[str]) -> Row:
    """Return the requests of people who have signed in, so that every response is searched for; its total may have been
    counted some seconds ago.
    """
    if any(UNKNOWN_WORD in path for path in paths):
        return Row(name, fresh(catalog, paths), paths=paths)
    headers = {"Authorization": f"Bearer {catalog.platform.tokens[0]}"}
    return Row(name, Repeated(tuple(request("GET", path, headers) for path in paths)), paths=paths)


def fresh(catalog: Catalog, paths: Sequence[str]) -> Fresh:
    """Return searches by these paths that were not sent before, not by an earlier measurement either."""
    return Fresh(tuple(paths), catalog.now + BEYOND, randrange(100 * PER_CONNECTION))  # noqa: S311 - no secret


def _dated(catalog: Catalog) -> Fresh:
    begin = (catalog.now + DATES_FROM).date()
    paths = tuple(f"{LIST}&city={city}&starts_after={begin}" for city in ("London", "Berlin", "Leeds"))
    return Fresh(paths, catalog.now + DATES_TO, randrange(100 * PER_CONNECTION))  # noqa: S311 - no secret


def _comparisons(catalog: Catalog, event_paths: Sequence[str]) -> Iterator[Row]:
    token = catalog.platform.tokens[0]
    event_id = event_paths[0].rpartition("/")[2]
    empty = request("GET", EMPTY.format(event_id=event_id), {"Authorization": f"Bearer {token}"})
    yield Row(CACHED, Repeated((request("GET", LIST, {}),)))
    yield Row(FROM_MEMORY, fresh(catalog, [f"{MEMORY}?limit=20"]))
    yield Row(EMPTY_GET, Repeated((empty,)))
    yield Row(RIVAL_PLAIN, fresh(catalog, [f"{rival.PATH}?limit=20"]), of_rival=True)
    common = [f"{rival.PATH}?limit=20{query}" for query in SEARCHES[COMMON]]
    yield Row(RIVAL_COMMON, fresh(catalog, common), of_rival=True)


def _bookings(catalog: Catalog) -> Iterator[Row]:
    headers = {"Authorization": f"Bearer {catalog.admin_token}"}
    for name, condition in ((BOOKINGS, ""), (CANCELLED, "&status=cancelled")):
        paths = (f"/api/admin/bookings?limit={limit}{condition}" for limit in range(10, 31))
        yield Row(name, Repeated(tuple(request("GET", path, headers) for path in paths)))


async def _cursor_pages(session: ClientSession, sort: str) -> AsyncIterator[str]:
    """Yield pages at some depths of a list, by their cursors."""
    first = await _get(session, f"/api/events?limit=1&sort={sort}")
    for depth in range(1, CURSORS + 1):
        offset = first["total"] * depth // (CURSORS + 1)
        page = await _get(session, f"/api/events?limit=1&sort={sort}&offset={offset}")
        yield f"{LIST}&sort={sort}&cursor={page['next_cursor']}"


async def _event_paths(catalog: Catalog) -> list[str]:
    async with catalog.platform.container.engine().connect() as connection:
        return [f"/api/events/{each}" for each in await connection.scalars(_SOME_EVENTS, {"count": EVENTS})]


async def _version(session: ClientSession, path: str) -> tuple[str, str]:
    async with session.get(path, raise_for_status=True) as response:
        return path, response.headers["ETag"]


async def _get(session: ClientSession, path: str) -> Any:
    async with session.get(path, raise_for_status=True) as response:
        return json.loads(await response.read())
