"""Start the session of a browser, and end it."""

from __future__ import annotations

from typing import NoReturn

from aiohttp import web

from adapters.http.pages.shared.cookies import SESSION
from adapters.http.pages.shared.notices import see_other
from adapters.http.shared.devices import device_name
from adapters.http.use_cases import use_cases

_FORGET_EVERYTHING = {"Clear-Site-Data": '"cache", "storage"'}
"""What browsers have stored, such as tickets (https://www.w3.org/TR/clear-site-data)."""


async def sign_in_browser(
    request: web.Request, *, email: str, password: str, path: str, notice: str | None = None
) -> NoReturn:
    """Start a session, and go on to a page. Raises HTTPSeeOther; BadCredentials."""
    cookie, expires = await use_cases(request).accounts.sign_in_browser(
        email=email, password=password, device=device_name(request)
    )
    try:
        see_other(request, path, notice)
    except web.HTTPSeeOther as redirect:
        SESSION.put(request, redirect, cookie, expires=expires)
        raise


def sign_out_browser(request: web.Request, notice: str | None = None) -> NoReturn:
    """Go on to the first page without the session, which has ended. The browser forgets what it has stored of it.

    Raises HTTPSeeOther.
    """
    try:
        see_other(request, "/", notice)
    except web.HTTPSeeOther as redirect:
        SESSION.remove(request, redirect)
        redirect.headers.update(_FORGET_EVERYTHING)
        raise
