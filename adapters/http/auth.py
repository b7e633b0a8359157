"""Who is asking: the bearer token of a request (RFC 6750)."""

from __future__ import annotations

import re
from collections.abc import Iterable

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.declaring import H, declaration
from core.accounts.ports import AccessTokens
from core.shared.access import Principal
from core.shared.errors import Unauthenticated

TOKENS = web.AppKey[AccessTokens]("tokens")

BEARER: dict[str, list[str]] = {"bearer": []}
"""The security requirement, as OpenAPI writes it."""

_PRINCIPAL = web.RequestKey[Principal | None]("principal")
_HEADER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


def signed_in(handler: H) -> H:
    """Declare that a handler is for those who are signed in; anybody else gets 401 before anything is read."""
    declaration(handler)["security"] = [BEARER]
    return handler


def maybe_signed_in(handler: H) -> H:
    """Declare that a handler answers more to those who are signed in; a bad token is 401, none is fine."""
    declaration(handler)["security"] = [{}, BEARER]
    return handler


def principal(request: web.Request) -> Principal:
    """Who is asking. Raises Unauthenticated when that is not known."""
    who = maybe_principal(request)
    if who is None:
        raise Unauthenticated("Sign in first: send `Authorization: Bearer <access token>`.")
    return who


def maybe_principal(request: web.Request) -> Principal | None:
    """Who is asking, or None when no token came. Raises Unauthenticated for a bad one."""
    if _PRINCIPAL not in request:
        request[_PRINCIPAL] = _read(request)
    return request[_PRINCIPAL]


def authenticated(handlers: Iterable[Handler]) -> Middleware:
    """The middleware that refuses strangers before their request is looked into."""
    security = {handler: getattr(handler, "__apispec__", {}).get("security") for handler in handlers}
    closed = {handler for handler, requirement in security.items() if requirement == [BEARER]}
    half_open = {handler for handler, requirement in security.items() if requirement == [{}, BEARER]}

    @web.middleware
    async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.handler in closed:
            principal(request)
        elif request.match_info.handler in half_open:
            maybe_principal(request)
        return await handler(request)

    return authenticate


def _read(request: web.Request) -> Principal | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    match = _HEADER.fullmatch(header)
    if match is None:
        raise Unauthenticated("The Authorization header must be `Bearer <access token>`.")
    who = request.app[TOKENS].read(match[1])
    structlog.contextvars.bind_contextvars(user_id=str(who.user_id))
    return who
