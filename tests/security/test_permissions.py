"""Every route, asked by everybody, answers as docs/permissions.md says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp import ClientResponse, web

from tests.support.api_client import PASSWORD, Api
from tests.support.permission_world import EVENT, SEARCH, WEBHOOK, World, demoted, world_of
from tests.support.served import app_of, container_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
WHO = ("nobody", "user", "organizer", "owner", "was organizer", "admin")
NEW_ACCOUNT = {"name": "Nell", "email": "nell@example.com", "password": PASSWORD}
VISITOR = {"full_name": "Vera", "email": "vera@example.com"}

BODIES: dict[str, object] = {
    "POST /api/auth/signup": NEW_ACCOUNT,
    "POST /api/auth/register": NEW_ACCOUNT,
    "POST /api/auth/login": {"email": "bea@example.com", "password": PASSWORD},
    "POST /api/auth/refresh": {"refresh_token": "{refresh_token}"},
    "POST /api/auth/password/forgot": {"email": "bea@example.com"},
    "POST /api/auth/password/reset": {"token": "{reset_token}", "password": PASSWORD},
    "POST /api/auth/email/verify": {"token": "nonsense"},
    "PATCH /api/users/profile": {"name": "Another name"},
    "POST /api/events": EVENT,
    "POST /api/admin/events": EVENT,
    "PATCH /api/events/{event_id}": {"name": "Another name"},
    "PATCH /api/admin/events/{event_id}": {"name": "Another name"},
    "POST /api/events/{event_id}/cancel": {},
    "POST /api/admin/events/{event_id}/seats/generate": {},
    "POST /api/events/areas": {"name": "Harbour"},
    "PATCH /api/events/areas/{area_id}": {"name": "Harbour"},
    "POST /api/events/{event_id}/book": {"quantity": 1},
    "POST /api/events/{event_id}/register": VISITOR,
    "POST /api/events/{event_id}/check-in": {"code": "{ticket_code}"},
    "POST /api/bookings/{booking_id}/pay": {"payment_token": "tok_approve"},
    "POST /api/subscriptions": SEARCH | {"email": "bea@example.com"},
    "POST /api/subscriptions/confirm": {"token": "{confirm_token}"},
    "POST /api/subscriptions/unsubscribe": {"token": "{unsubscribe_token}"},
    "POST /api/admin/users": NEW_ACCOUNT | {"email": "nora@example.com", "role": "admin"},
    "PATCH /api/admin/users/{user_id}": {"is_active": False},
    "PATCH /api/admin/users/{user_id}/role": {"role": "admin"},
    "POST /api/webhooks": WEBHOOK,
    "PATCH /api/webhooks/{webhook_id}": {"enabled": False},
}
"""What is sent along. Routes that take nothing need no line."""

OTHER_PATHS = {
    "DELETE /api/events/{event_id}": "/api/events/{unbooked}",
    "DELETE /api/admin/events/{event_id}": "/api/admin/events/{unbooked}",
    "POST /api/bookings/{booking_id}/pay": "/api/bookings/{pending}/pay",
}
"""Where the usual thing of that kind would not do: an event that was booked can't be deleted."""


def matrix() -> dict[str, dict[str, str]]:
    """The table of docs/permissions.md: for each route, what each gets."""
    rows = re.findall(r"^\| `(\w+ [^`]+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    return {route: dict(zip(WHO, (cell.strip() for cell in cells.split("|")), strict=True)) for route, cells in rows}


def routes() -> set[str]:
    """Every route there is, but for the second spelling with a slash and the HEAD of a GET."""
    app = app_of(container_of("memory"))
    return {f"{route.method} {_path(route)}" for route in app.router.routes() if route.method != "HEAD"}


def _path(route: web.AbstractRoute) -> str:
    assert route.resource is not None
    return route.resource.canonical.rstrip("/") or "/"


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    assert matrix().keys() == routes()


CASES = [(route, who, status) for route, cells in matrix().items() for who, status in cells.items() if status != "-"]


@pytest.mark.parametrize(("route", "who", "status"), CASES)
async def test_each_gets_what_the_table_says(api: Api, route: str, who: str, status: str) -> None:
    world = await world_of(api)
    if who == "was organizer":
        world.people[who] = await demoted(api, world)
    answer = await asked(world, route, who)
    assert answer.status == int(status), await answer.text()


EDITS = sorted(route for route in matrix() if route.startswith(("PATCH ", "DELETE ")))


@pytest.mark.parametrize("route", EDITS)
async def test_whoever_may_edit_a_thing_is_refused_when_they_have_seen_another(api: Api, route: str) -> None:
    world, cells = await world_of(api), matrix()[route]
    who = next(each for each in ("owner", "admin", "user") if cells[each].startswith("2"))
    refused = await asked(world, route, who, {"If-Match": '"of-yesterday"'})
    assert (refused.status, (await refused.json())["code"]) == (412, "stale")
    assert (await asked(world, route, who, {"If-Match": "*"})).status == int(cells[who])


async def asked(world: World, route: str, who: str, headers: Mapping[str, str] | None = None) -> ClientResponse:
    method, path = route.split(" ")
    owner = "otto" if "{event_id}" in path or "{webhook_id}" in path else "bea"
    return await world.request(
        who, method, OTHER_PATHS.get(route, path), BODIES.get(route), owner=owner, headers=headers
    )
