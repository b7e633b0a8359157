"""The cookies of the pages: the session, the secret of forms, and the notice for the next page.

Where the platform is reached by HTTPS, their names begin with `__Host-`: browsers then accept them from this host alone
and send them over TLS alone (RFC 6265bis, section 4.1.3.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

SECURE = web.AppKey[bool]("secure_cookies")


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie that scripts can't read, and that other sites' forms and scripts don't send."""

    name: str

    def read(self, request: web.Request) -> str | None:
        return request.cookies.get(self._full_name(request))

    def put(
        self,
        request: web.Request,
        response: web.StreamResponse,
        value: str,
        *,
        lasts: timedelta | None = None,
        expires: datetime | None = None,
    ) -> None:
        """Set the cookie. Without a time it lasts until the browser is closed."""
        response.set_cookie(
            self._full_name(request),
            value,
            max_age=None if lasts is None else int(lasts.total_seconds()),
            expires=None if expires is None else f"{expires:%a, %d %b %Y %H:%M:%S GMT}",
            secure=request.app[SECURE],
            httponly=True,
            samesite="Lax",
        )

    def remove(self, request: web.Request, response: web.StreamResponse) -> None:
        response.del_cookie(self._full_name(request), secure=request.app[SECURE], httponly=True, samesite="Lax")

    def _full_name(self, request: web.Request) -> str:
        return f"__Host-{self.name}" if request.app[SECURE] else self.name


SESSION = Cookie("session")
FORMS = Cookie("forms")
NOTICE = Cookie("notice")
