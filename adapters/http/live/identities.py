"""Who is connected: the session of a cookie, or the user of an access token.

A browser sends the cookie with whatever another site makes it request, so the cookie counts only for pages of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from adapters.http.pages.shared.cookies import SESSION
from adapters.http.use_cases import UseCases, use_cases
from core.accounts.sessions import Access
from core.accounts.signing_in import Authenticate
from core.shared.errors import Forbidden, Unauthenticated


class ForeignOrigin(Forbidden):
    """A page of another site has tried to connect."""

    code = "foreign-origin"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is connected, as proven by a token, or else by the cookie of a session that `expires_at` some time."""

    access: Access
    token: str | None = None
    expires_at: datetime | None = None


def check_origin(request: web.Request, public_url: str, cors_origins: frozenset[str]) -> bool:
    """Return whether a page of ours connects, whose cookie counts. Raises ForeignOrigin for pages of other sites.

    Programs send no `Origin`. Pages of the sites in CORS_ORIGIN may connect, but their cookies don't count.
    """
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None or origin in cors_origins:
        return False
    if origin == _origin_of(public_url) or origin.partition("://")[2] == request.headers.get(hdrs.HOST):
        return True
    raise ForeignOrigin("Pages of other sites can't connect, unless CORS_ORIGIN names them.")


async def identity_of_cookie(request: web.Request) -> Identity | None:
    """Return the user whose session the cookie names, if it names one."""
    cookie = SESSION.read(request)
    found = await use_cases(request).accounts.read_browser_session(cookie) if cookie else None
    return None if found is None else Identity(found.access, expires_at=found.session.expires_at)


async def identity_of_token(token: str, authenticate: Authenticate) -> Identity:
    """Return the user that an access token identifies. Raises Unauthenticated."""
    return Identity(await authenticate(token), token=token)


async def is_still_valid(identity: Identity, authenticate: Authenticate, cases: UseCases) -> bool:
    """Return whether the token or session is still valid. Raises Unavailable if that can't be determined."""
    if identity.token is None:
        is_over = identity.expires_at is not None and identity.expires_at <= cases.clock.now()
        return not is_over and await cases.accounts.check_session(identity.access.session_id)
    try:
        await authenticate(identity.token)
    except Unauthenticated:
        return False
    return True


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
