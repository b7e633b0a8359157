"""Every route responds to every role as docs/permissions.md says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp import ClientResponse, web

from adapters.http.shared.declarations import is_for_people
from tests.support.api_client import PASSWORD, Api, MakeApi
from tests.support.permission_world import EVENT, SEARCH, WEBHOOK, World, create_world, demote_organizer
from tests.support.pictures import PIXEL
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
    "POST /api/auth/logout": {"refresh_token": "{refresh_token}"},
    "POST /api/auth/password/forgot": {"email": "bea@example.com"},
    "POST /api/auth/password/reset": {"token": "{reset_token}", "password": PASSWORD},
    "POST /api/auth/email/verify": {"token": "nonsense"},
    "PATCH /api/users/profile": {"name": "Another name"},
    "DELETE /api/me": {"current_password": PASSWORD},
    "POST /api/events": EVENT,
    "POST /api/admin/events": EVENT,
    "PATCH /api/events/{event_id}": {"name": "Another name"},
    "PATCH /api/admin/events/{event_id}": {"name": "Another name"},
    "POST /api/events/{event_id}/cancel": {},
    "POST /api/admin/events/{event_id}/seats/generate": {},
    "POST /api/events/{event_id}/images": PIXEL,
    "DELETE /api/events/{event_id}/images": {"image_id": "{image_id}"},
    "PUT /api/events/{event_id}/images/order": {"image_ids": ["{image_id}"]},
    "PATCH /api/events/{event_id}/images/{image_id}": {"alt": "A stage"},
    "POST /api/events/areas": {"name": "Harbour"},
    "PATCH /api/events/areas/{area_id}": {"name": "Harbour"},
    "POST /api/events/{event_id}/book": {"quantity": 1},
    "POST /api/events/{event_id}/register": VISITOR,
    "POST /api/events/{event_id}/check-in": {"code": "{ticket_code}"},
    "DELETE /api/events/{event_id}/check-in": {"code": "{ticket_code}"},
    "POST /api/bookings/cancel": {"token": "{booking_link}"},
    "POST /api/bookings/{booking_id}/pay": {"payment_token": "tok_approve"},
    "POST /api/subscriptions": SEARCH | {"email": "bea@example.com"},
    "POST /api/subscriptions/confirm": {"token": "{confirm_token}"},
    "POST /api/subscriptions/unsubscribe": {"token": "{unsubscribe_token}"},
    "POST /api/me/organizer-request": {"message": "A club night every month."},
    "POST /api/admin/organizer-requests/{request_id}/refuse": {},
    "POST /api/admin/users": NEW_ACCOUNT | {"email": "nora@example.com", "role": "admin"},
    "PATCH /api/admin/users/{user_id}": {"is_active": False},
    "PATCH /api/admin/users/{user_id}/role": {"role": "admin"},
    "POST /api/webhooks": WEBHOOK,
    "PATCH /api/webhooks/{webhook_id}": {"enabled": False},
}
"""The bodies to send. Routes without a body are left out."""

OTHER_PATHS = {
    "DELETE /api/events/{event_id}": "/api/events/{unbooked}",
    "DELETE /api/admin/events/{event_id}": "/api/admin/events/{unbooked}",
    "DELETE /api/admin/events/{event_id}/seats": "/api/admin/events/{unbooked}/seats",
    "POST /api/bookings/{booking_id}/pay": "/api/bookings/{pending}/pay",
}
"""Paths that need another resource than the usual one: a booked event can't be deleted."""


def matrix() -> dict[str, dict[str, str]]:
    """Return the table of docs/permissions.md: for each route the status for each role."""
    rows = re.findall(r"^\| `(\w+ [^`]+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    return {route: dict(zip(WHO, (cell.strip() for cell in cells.split("|")), strict=True)) for route, cells in rows}


def routes() -> set[str]:
    """Return every route, without the forms with a final slash and without HEAD."""
    app = app_of(container_of("memory"))
    return {f"{route.method} {_path(route)}" for route in app.router.routes() if _is_api(route)}


def _is_api(route: web.AbstractRoute) -> bool:
    return route.method != "HEAD" and not is_for_people(route.handler)


def _path(route: web.AbstractRoute) -> str:
    assert route.resource is not None
    return route.resource.canonical.rstrip("/") or "/"


def test_the_table_lists_exactly_the_routes() -> None:
    assert matrix().keys() == routes()


@pytest.mark.parametrize("route", matrix())
async def test_every_role_gets_the_status_in_the_table(make_api: MakeApi, route: str) -> None:
    cells = {who: int(status) for who, status in matrix()[route].items() if status != "-"}
    world: World | None = None
    for who in sorted(cells, key=lambda who: who == "was organizer"):  # last, since it changes the world
        if world is None:
            api = await make_api()
            world = await create_world(api)
        if who == "was organizer":
            world.people[who] = await demote_organizer(api, world)
        answer = await send_request(world, route, who)
        assert (who, answer.status) == (who, cells[who]), await answer.text()
        if answer.ok and not route.startswith("GET "):
            world = None  # what the next role needs may be used up


WITHOUT_ETAG = {"DELETE /api/events/{event_id}/check-in"}
"""Routes whose address isn't that of what they change: the code in the body says which ticket."""
EDITS = sorted(route for route in matrix() if route.startswith(("PATCH ", "DELETE ")) and route not in WITHOUT_ETAG)


@pytest.mark.parametrize("route", EDITS)
async def test_an_edit_with_another_etag_is_refused(api: Api, route: str) -> None:
    world, cells = await create_world(api), matrix()[route]
    who = next(each for each in ("owner", "admin", "user") if cells[each].startswith("2"))
    refused = await send_request(world, route, who, {"If-Match": '"of-yesterday"'})
    assert (refused.status, (await refused.json())["code"]) == (412, "stale")
    assert (await send_request(world, route, who, {"If-Match": "*"})).status == int(cells[who])


async def send_request(world: World, route: str, who: str, headers: Mapping[str, str] | None = None) -> ClientResponse:
    method, path = route.split(" ")
    owner = "otto" if "{event_id}" in path or "{webhook_id}" in path else "bea"
    return await world.request(
        who, method, OTHER_PATHS.get(route, path), BODIES.get(route), owner=owner, headers=headers
    )
