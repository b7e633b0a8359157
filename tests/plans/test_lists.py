"""No list reads more than its page and its total need, whatever is filtered by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import func, select

from adapters.http.docs.openapi import build_document
from adapters.postgres.booking.tables import bookings
from adapters.postgres.shared.engine import create_engine
from core.shared.access import Principal, Role
from core.shared.ids import SessionId, UserId
from tests.support.api_client import Person
from tests.support.builders import NOW
from tests.support.large_database import ADMIN, BUSY_USER, HOT_EVENT, QUIET_EVENT, ROWS, WEBHOOK, Kind, made_id
from tests.support.list_cases import BROWSED, EVENT_SEARCHES, FACETS, LISTS, Query
from tests.support.query_plans import MAX_READ, PlanRecorder
from tests.support.served import app_of, close_pools, container_of, engines_of

pytestmark = pytest.mark.timeout(300)
"""The first test fills the database."""

PLACES = {"hot_event": HOT_EVENT, "quiet_event": QUIET_EVENT, "webhook": WEBHOOK}
PAGING = {"limit", "offset", "cursor"}
ALL_LISTS = {**LISTS, **EVENT_SEARCHES}
ALIASES = {"/api/events/list"}
"""Lists with the same filters as another one, which are read once for each query."""
READ_IN_ORDER = {
    *("area_id", "bookable", "free", "include_past", "name", "organizer_id", "origin", "price_max", "price_min"),
    *("status", "venue"),
}
"""Filters of events without an index in the order of the list: the events are read in that order, by its index, until
enough meet the condition. If few do, many are read, until the time limit of searches.
"""
READ_AS_A_CIRCLE = {"q", "category", "tag", "sort"}
"""Filters and orders with which all events of a circle are read: its index has none of them."""
EXECUTIONS = 7
"""PostgreSQL plans the first five executions of a statement for their values, and may then plan it for all values."""
WHOLE_LISTS = {"/api/auth/sessions", "/api/events/areas", "/api/events/{event_id}/seats"}
"""They have no pages."""


@pytest.fixture
async def people(
    large_url: str, recorder: PlanRecorder, aiohttp_client: Callable[[web.Application], Awaitable[Any]]
) -> AsyncIterator[dict[Role, Person]]:
    """An admin and the busiest user, as clients of the API on the large database."""
    container = container_of("postgres", large_url)
    for engine in engines_of(container):
        recorder.listen(engine)
    client = await aiohttp_client(app_of(container))
    signed_in = [Principal(UserId(ADMIN), Role.ADMIN), Principal(UserId(BUSY_USER), Role.USER)]
    session = SessionId(made_id(Kind.SESSION, 1))
    yield {each.role: Person(client, container.tokens().issue(each, session, NOW)[0]) for each in signed_in}
    await close_pools(container)


@pytest.mark.parametrize("path", ALL_LISTS)
async def test_a_list_reads_little_more_than_it_shows_and_counts(
    people: dict[Role, Person], recorder: PlanRecorder, path: str
) -> None:
    address, caller = path.format_map(PLACES), people[Role.USER if "/me/" in path or "/my-" in path else Role.ADMIN]
    times = 1 if path in ALIASES else EXECUTIONS
    for query in ALL_LISTS[path]:
        recorder.plans.clear()
        first = await read_often(caller, address, query, times)
        if "page" not in query:  # which replaces offset and cursor
            deep = await read_often(caller, address, {**query, "offset": "5000"}, times=1)
            for cursor in {first["next_cursor"], deep["next_cursor"]} - {None}:
                await read_often(caller, address, {**query, "cursor": cursor}, times)
        assert list(recorder.wasteful(max_read(path, query))) == [], query


async def test_facets_read_little_more_than_they_count(people: dict[Role, Person], recorder: PlanRecorder) -> None:
    for query in FACETS:
        recorder.plans.clear()
        await read_often(people[Role.ADMIN], "/api/events/facets", query)
        assert list(recorder.wasteful(max_read("/api/events", query))) == [], query


@pytest.mark.parametrize("path", BROWSED)
async def test_what_visitors_browse_reads_little_more_than_it_shows_and_counts(
    people: dict[Role, Person], recorder: PlanRecorder, path: str
) -> None:
    client = people[Role.USER].client
    await client.get("/api/stats/homepage")  # kept for a minute, and read in milliseconds (bench/analytics)
    recorder.plans.clear()
    for number in range(EXECUTIONS):
        separator = "&" if "?" in path else "?"
        answer = await client.get(f"{path}{separator}utm_content={number}")  # which no cache has
        assert answer.status == 200, await answer.text()
    assert list(recorder.wasteful()) == []


@pytest.mark.parametrize("path", sorted(WHOLE_LISTS))
async def test_a_list_without_pages_reads_little_more_than_it_shows(
    people: dict[Role, Person], recorder: PlanRecorder, path: str
) -> None:
    await read_often(people[Role.ADMIN], path.format(event_id=HOT_EVENT), {})
    assert list(recorder.wasteful()) == []


@pytest.mark.parametrize(("column", "value"), [("quantity", 7), ("event_id", HOT_EVENT)])
async def test_reading_half_of_a_table_is_noticed(
    large_url: str, recorder: PlanRecorder, column: str, value: object
) -> None:
    """Without an index and with one."""
    engine = create_engine(large_url, pool_size=1)
    recorder.listen(engine)
    async with engine.connect() as connection:
        await connection.execute(select(func.count()).where(bookings.c[column] == value))
    await engine.dispose()
    assert len(list(recorder.wasteful())) == 1


async def read_often(caller: Person, address: str, query: Query, times: int = EXECUTIONS) -> dict[str, Any]:
    """Read a list until PostgreSQL has settled on its plans, and return it."""
    for _ in range(times):
        answer = await caller.get(address, **query)
        assert answer.status == 200, await answer.text()
    page: dict[str, Any] = await answer.json()
    return page


def max_read(path: str, query: Query) -> int:
    """Return how many rows a list may read."""
    in_order = READ_IN_ORDER & query.keys()
    is_by_column = path == "/api/events/list" or READ_AS_A_CIRCLE & query.keys()
    as_a_circle = "near" in query and is_by_column and query.get("sort") != "distance"
    return 2 * ROWS if path in EVENT_SEARCHES and (in_order or as_a_circle) else MAX_READ


def lists() -> dict[str, set[str]]:
    """Return the filters of every list in the OpenAPI document: what responds with `items`."""
    document = build_document(app_of(container_of("memory")), title="", version="")
    found = {}
    for path, operations in document["paths"].items():
        operation = operations.get("get", {})
        content = operation.get("responses", {}).get("200", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if "items" in document["components"]["schemas"].get(name, {}).get("properties", {}):
            parameters = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
            found[path] = parameters - PAGING
    return found


def tried(cases: Mapping[str, list[Query]]) -> dict[str, set[str]]:
    """Return the filters that the cases of each list use."""
    used: dict[str, set[str]] = {}
    for path, queries in cases.items():
        route = path.replace("{hot_event}", "{event_id}").replace("{quiet_event}", "{event_id}")
        names = {name for query in queries for name in query}
        used.setdefault(route.replace("{webhook}", "{webhook_id}"), set()).update(names)
    return used


def test_every_list_is_tried_with_every_filter() -> None:
    assert tried(ALL_LISTS) | {path: set() for path in WHOLE_LISTS} == lists()
