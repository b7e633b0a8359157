"""Who is asking: the bearer token of a request (RFC 6750)."""

from __future__ import annotations

import re
from collections.abc import Iterable

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.shared.declarations import H, declaration
from core.accounts.sessions import Access
from core.accounts.signing_in import Authenticate
from core.shared.access import Principal
from core.shared.errors import Unauthenticated

BEARER: dict[str, list[str]] = {"bearer": []}
"""The security requirement, as OpenAPI writes it."""

_ACCESS = web.RequestKey[Access]("access")
_HEADER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


def requires_sign_in(handler: H) -> H:
    """Declare that a handler is for those who are signed in; anybody else gets 401 before anything is read."""
    declaration(handler)["security"] = [BEARER]
    return handler


def optional_sign_in(handler: H) -> H:
    """Declare that a handler answers more to those who are signed in; a bad token is 401, none is fine."""
    declaration(handler)["security"] = [{}, BEARER]
    return handler


def access(request: web.Request) -> Access:
    """Who is asking, in which session. Raises Unauthenticated when that is not known."""
    if _ACCESS not in request:
        raise Unauthenticated("Sign in first: send `Authorization: Bearer <access token>`.")
    return request[_ACCESS]


def principal(request: web.Request) -> Principal:
    """Who is asking. Raises Unauthenticated when that is not known."""
    return access(request).principal


def maybe_principal(request: web.Request) -> Principal | None:
    """Who is asking, or None when no token came."""
    return request[_ACCESS].principal if _ACCESS in request else None


def authenticate_requests(handlers: Iterable[Handler], authenticate: Authenticate) -> Middleware:
    """The middleware that finds out who is asking, and refuses strangers before their request is looked into."""
    security = {handler: getattr(handler, "__apispec__", {}).get("security") for handler in handlers}
    closed = {handler for handler, requirement in security.items() if requirement == [BEARER]}
    half_open = {handler for handler, requirement in security.items() if requirement == [{}, BEARER]}

    @web.middleware
    async def authenticate_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
        asked = request.match_info.handler
        if asked in closed or asked in half_open:
            token = _token(request)
            if token is not None:
                request[_ACCESS] = await authenticate(token)
                structlog.contextvars.bind_contextvars(user_id=str(principal(request).user_id))
            if asked in closed:
                access(request)
        return await handler(request)

    return authenticate_requests


def _token(request: web.Request) -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    match = _HEADER.fullmatch(header)
    if match is None:
        raise Unauthenticated("The Authorization header must be `Bearer <access token>`.")
    return match[1]
