"""Every page keeps to what it declares: who may open it, and that its forms come from a page of this site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pytest
from aiohttp import ClientResponse, web
from yarl import URL

from adapters.http.middleware.rate_limiting import Policy
from adapters.http.pages.routes import ROUTES
from adapters.http.pages.shared.csrf import CSRF_FIELD
from adapters.http.pages.shared.declarations import Audience, page_declaration
from adapters.http.pages.shared.event_addresses import EVENT_ID
from adapters.http.routes import ROUTES as API_ROUTES
from adapters.http.shared.declarations import declaration
from core.shared.access import Role
from tests.support.api_client import Api
from tests.support.form_browser import FormBrowser
from tests.support.hostile_requests import path_of
from tests.support.permission_world import create_world

ROLES: Mapping[Audience, frozenset[Role]] = {
    Audience.MEMBER: frozenset(Role),
    Audience.ORGANIZER: frozenset({Role.ORGANIZER, Role.ADMIN}),
    Audience.ADMIN: frozenset({Role.ADMIN}),
}
OWN = ("/me", "/desk/events", "/desk/webhooks")
PROVEN_BY_LINK = {"/booking"}
"""Forms without a token of their own: that of the emailed link is what they prove, and another site can't know it."""
LIMITED_AS = {
    "/sign-in": "/api/auth/login",
    "/sign-up": "/api/auth/signup",
    "/forgot": "/api/auth/password/forgot",
    "/reset-password": "/api/auth/password/reset",
    "/verify-email": "/api/auth/email/verify",
    "/me/verification": "/api/auth/email/verify/resend",
    "/subscribe": "/api/subscriptions",
    "/unsubscribe/now": "/api/subscriptions/unsubscribe",
    "/booking": "/api/bookings/cancel",
    "/bookings/{booking_id}/pay": "/api/bookings/{booking_id}/pay",
    f"/events/{EVENT_ID}/book": "/api/events/{event_id}/book",
    f"/events/{EVENT_ID}/seats": "/api/events/{event_id}/book",
    f"/events/{EVENT_ID}/register": "/api/events/{event_id}/register",
    "/desk/events/new": "/api/events",
    "/desk/webhooks": "/api/webhooks",
}
"""The forms of pages that do the same as a route of the API."""


def pages(*methods: str) -> list[tuple[str, str, Audience]]:
    """Return the methods, paths and audiences of all pages; the ids in their paths lead to nothing."""
    return [
        (route.method, path_of(route.path), page.audience)
        for route in ROUTES
        if route.method in methods and (page := page_declaration(route.handler)) is not None
    ]


def test_every_form_is_declared_as_one_of_a_page() -> None:
    declared = {each.path: page_declaration(each.handler) for each in ROUTES if each.method not in ("GET", "HEAD")}
    assert {path for path, page in declared.items() if page is None} == set()
    assert {path for path, page in declared.items() if page and page.is_proven_by_link} == PROVEN_BY_LINK


@pytest.mark.parametrize(("page", "route"), LIMITED_AS.items())
def test_a_form_is_limited_as_the_route_that_does_the_same(page: str, route: str) -> None:
    [of_page, of_route] = [_limits(ROUTES, page), _limits(API_ROUTES, route)]
    assert of_page
    assert of_page == of_route


def _limits(routes: Iterable[web.RouteDef], path: str) -> Sequence[Policy]:
    [handler] = [each.handler for each in routes if (each.method, each.path) == ("POST", path)]
    limits: Sequence[Policy] = declaration(handler)["limits"]
    return limits


async def test_strangers_are_asked_to_sign_in(api: Api) -> None:
    others = [(method, path) for method, path, audience in pages("GET", "POST") if audience is not Audience.ANYBODY]
    assert len(others) > 100
    answers = {f"{method} {path}": await _send(api, method, path) for method, path in others}
    opened = {request: answer.status for request, answer in answers.items() if not _asks_to_sign_in(request, answer)}
    assert opened == {}


def _asks_to_sign_in(request: str, answer: ClientResponse) -> bool:
    method, path = request.split(" ", 1)
    if method == "POST":
        return answer.status == 401
    return answer.status == 303 and URL(answer.headers["Location"]) == URL("/sign-in").with_query(next=path)


@pytest.mark.parametrize("role", [Role.USER, Role.ORGANIZER])
async def test_other_roles_are_refused(api: Api, role: Role) -> None:
    person = await api.sign_in("ada", role)
    await _sign_in(api, person.email)
    token = await _form_token(api)
    others = [(method, path) for method, path, each in pages("GET", "POST") if role not in ROLES.get(each, Role)]
    assert others
    answers = {f"{method} {path}": await _send(api, method, path, csrf_token=token) for method, path in others}
    assert {request: answer.status for request, answer in answers.items() if answer.status != 403} == {}


async def test_what_belongs_to_somebody_else_stays_closed(api: Api) -> None:
    world = await create_world(api)
    await _sign_in(api, world.people["organizer"].email)
    token = await _form_token(api)
    own = [route for route in ROUTES if "{" in route.path and route.path.startswith(("/bookings", "/tickets", *OWN))]
    assert len(own) > 30
    opened = {}
    for each in own:
        path = each.path.format_map(world.ids)
        answer = await _send(api, each.method, path, csrf_token=token, frequency="weekly", status="closed")
        if answer.status == 303:  # to a page that shows what the form would do
            answer = await _send(api, "GET", answer.headers["Location"])
        if answer.status not in (403, 404):
            opened[f"{each.method} {each.path}"] = answer.status
    assert opened == {}


async def test_no_form_is_accepted_from_elsewhere_or_without_its_token(api: Api) -> None:
    person = await api.sign_in("root", Role.ADMIN)
    await _sign_in(api, person.email)
    token = await _form_token(api)
    for _, path, _ in pages("POST"):
        foreign = await _send(api, "POST", path, {"Sec-Fetch-Site": "cross-site"}, csrf_token=token)
        assert (path, foreign.status, "was not sent by a page of this site" in await foreign.text()) == (
            path,
            403,
            True,
        )
        if path in PROVEN_BY_LINK:
            continue
        stale = await _send(api, "POST", path, csrf_token="A" * 86)
        assert (path, stale.status, "was open for too long" in await stale.text()) == (path, 403, True)
    assert (await _send(api, "GET", "/me")).status == 200


async def _send(
    api: Api, method: str, path: str, headers: Mapping[str, str] | None = None, **fields: str
) -> ClientResponse:
    sent = {"Accept": "text/html", **(headers or {"Sec-Fetch-Site": "same-origin"})}
    data = None if method == "GET" else fields
    return await api.client.request(method, path, headers=sent, allow_redirects=False, data=data)


async def _sign_in(api: Api, email: str) -> None:
    browser = FormBrowser(api.client.session, api.client.make_url("/"))
    await browser.sign_in(email)


async def _form_token(api: Api) -> str:
    browser = FormBrowser(api.client.session, api.client.make_url("/"))
    return str((await browser.open("/subscribe")).document.select(f"[name={CSRF_FIELD}]")[0]["value"])
