"""What lists do with query parameters that they don't know, and that are repeated, empty or days."""

from __future__ import annotations

import re

import pytest
from aiohttp import web

from adapters.http.routes import ROUTES
from adapters.http.shared.declarations import declaration
from core.shared.access import Role
from tests.support.api_client import UNKNOWN_ID, Api, Person, create_event


def lists() -> list[str]:
    """Return the paths of all routes that respond with items."""
    return [route.path for route in ROUTES if route.method == "GET" and responds_with_items(route)]


def responds_with_items(route: web.RouteDef) -> bool:
    response = declaration(route.handler)["responses"].get("200", {})
    return "items" in getattr(response.get("schema"), "_declared_fields", {})


@pytest.fixture
async def admin(api: Api) -> Person:
    return await api.sign_in("root", Role.ADMIN)


def test_there_are_lists() -> None:
    assert {"/api/events", "/api/events/areas", "/api/events/{event_id}/seats", "/api/admin/audit"} <= set(lists())


@pytest.mark.parametrize("path", lists())
async def test_every_list_refuses_unknown_parameters(admin: Person, path: str) -> None:
    answer = await admin.get(re.sub(r"{\w+}", UNKNOWN_ID, path), utm_source="mail", colour="red", size="5")
    problem = await answer.json()
    assert answer.status == 422, problem
    assert problem["errors"].keys() == {"utm_source", "colour", "size"}


async def test_a_search_by_distance_needs_a_position_and_a_radius(api: Api) -> None:
    answer = await api.anonymous.get("/api/events", near="52.5,13.4")
    assert (await answer.json())["errors"] == {"radius_km": ["Send near and radius_km together."]}
    answer = await api.anonymous.get("/api/events", radius_km="5")
    assert (await answer.json())["errors"] == {"near": ["Send near and radius_km together."]}
    answer = await api.anonymous.get("/api/events", sort="distance")
    assert (await answer.json())["errors"] == {"sort": ["To sort by distance, give a position (near and radius_km)."]}


@pytest.mark.parametrize("path", ["/api/events", "/api/admin/users", "/api/admin/jobs", "/api/admin/audit"])
async def test_empty_fields_of_a_form_are_ignored(admin: Person, path: str) -> None:
    names = {"/api/events": ["q", "category", "starts_after", "date", "free"], "/api/admin/users": ["q", "role"]}
    query = dict.fromkeys([*names.get(path, []), "limit", "cursor"], "")
    assert (await admin.get(path, **query)).status == 200


async def test_repeated_filters_find_what_matches_any_of_their_values(api: Api) -> None:
    otto = await api.sign_in_organizer()
    await create_event(otto, name="Berlin", city="Berlin", tags=["jazz"])
    await create_event(otto, name="Vienna", city="Vienna", tags=["soul"])
    await create_event(otto, name="Prague", city="Prague", tags=["jazz"])
    answer = await api.anonymous.request("GET", "/api/events?city=berlin&city=vienna&city=&tag=jazz&tag=soul&tag=rock")
    assert [event["name"] for event in (await answer.json())["items"]] == ["Berlin", "Vienna"]
    answer = await api.anonymous.request("GET", "/api/events?city=berlin&city=vienna&sort=name&sort=-name")
    assert (await answer.json())["errors"] == {"sort": ["Is sent 2 times; send it once."]}


async def test_a_day_is_read_in_the_time_zone_of_each_event(api: Api) -> None:
    otto = await api.sign_in_organizer()
    for name, start, zone in (
        ("Auckland", "2026-12-05T00:30:00+13:00", "Pacific/Auckland"),
        ("Honolulu", "2026-12-05T23:30:00-10:00", "Pacific/Honolulu"),
        ("Berlin, a minute later", "2026-12-06T00:00:00+01:00", "Europe/Berlin"),
    ):
        await create_event(otto, name=name, start_time=start, timezone=zone)

    async def found(**query: str) -> list[str]:
        return [event["name"] for event in (await (await api.anonymous.get("/api/events", **query)).json())["items"]]

    assert await found(date="2026-12-05") == ["Auckland", "Honolulu"]
    assert await found(starts_before="2026-12-05") == ["Auckland", "Honolulu"]
    assert await found(starts_after="2026-12-06") == ["Berlin, a minute later"]
    assert await found(starts_after="2026-12-05", starts_before="2026-12-05") == ["Auckland", "Honolulu"]
    assert await found(date="2026-12-05", starts_after="2026-12-06") == []
    assert await found(date="2026-12-05", starts_after="2026-12-05T12:00:00Z") == ["Honolulu"]
