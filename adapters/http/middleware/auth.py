"""Authentication by the bearer token of a request (RFC 6750)."""

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
"""The security requirement in OpenAPI's form."""

_ACCESS = web.RequestKey[Access]("access")
_HEADER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


def requires_sign_in(handler: H) -> H:
    """Declare that a handler needs a signed-in user; without one it responds 401 before the request is parsed."""
    declaration(handler)["security"] = [BEARER]
    return handler


def optional_sign_in(handler: H) -> H:
    """Declare that a handler returns more to signed-in users. No token is fine; an invalid one gets 401."""
    declaration(handler)["security"] = [{}, BEARER]
    return handler


def is_public(handler: Handler) -> bool:
    """Return whether a handler answers without a sign-in."""
    return getattr(handler, "__apispec__", {}).get("security") != [BEARER]


def grant_access(request: web.Request, proven: Access) -> None:
    """Make the request one of this user, for the rest of its way; its log lines name the user."""
    request[_ACCESS] = proven
    structlog.contextvars.bind_contextvars(user_id=str(proven.principal.user_id))


def access(request: web.Request) -> Access:
    """Return the user and session of a request. Raises Unauthenticated without a token."""
    if _ACCESS not in request:
        raise Unauthenticated("Sign in first: send `Authorization: Bearer <access token>`.")
    return request[_ACCESS]


def maybe_access(request: web.Request) -> Access | None:
    """Return the user and session of a request, or None without a token."""
    return request.get(_ACCESS)


def principal(request: web.Request) -> Principal:
    """Return the user of a request. Raises Unauthenticated without a token."""
    return access(request).principal


def maybe_principal(request: web.Request) -> Principal | None:
    """Return the user of a request, or None without a token."""
    proven = maybe_access(request)
    return proven.principal if proven else None


def authenticate_requests(handlers: Iterable[Handler], authenticate: Authenticate) -> Middleware:
    """Create the middleware that authenticates requests and refuses anonymous ones before they are parsed."""
    security = {handler: getattr(handler, "__apispec__", {}).get("security") for handler in handlers}
    sign_in_required = {handler for handler, requirement in security.items() if requirement == [BEARER]}
    sign_in_optional = {handler for handler, requirement in security.items() if requirement == [{}, BEARER]}

    @web.middleware
    async def check_token(request: web.Request, handler: Handler) -> web.StreamResponse:
        target = request.match_info.handler
        if target in sign_in_required or target in sign_in_optional:
            token = _bearer_token(request)
            if token is not None:
                grant_access(request, await authenticate(token))
            if target in sign_in_required:
                access(request)
        return await handler(request)

    return check_token


def _bearer_token(request: web.Request) -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    match = _HEADER.fullmatch(header)
    if match is None:
        raise Unauthenticated("The Authorization header must be `Bearer <access token>`.")
    return match[1]
