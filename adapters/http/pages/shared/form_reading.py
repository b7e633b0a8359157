"""Read the forms of pages. They are accepted from the platform's own pages alone.

Browsers say where a request comes from (`Sec-Fetch-Site`, or else `Origin`); in addition each form has a token.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.pages.shared.csrf import CSRF_FIELD, is_token_valid
from adapters.http.pages.shared.declarations import page_declaration
from adapters.http.pages.shared.sessions import send_again_page
from adapters.http.shared.forms import FORM, read_form
from core.shared.errors import Forbidden

_SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


class ForeignForm(Forbidden):
    """The form was sent by another site."""

    code = "foreign-form"


def refuse_foreign_forms(handlers: Iterable[Handler]) -> Middleware:
    """Create the middleware that refuses the forms of other sites. Raises ForeignForm.

    It runs before anybody is asked to sign in: without the session's cookie, which other sites' forms don't send, the
    answer would be a page of ours with everything that the other site wants to be sent, ready to be sent by us.
    """
    declared = frozenset(handler for handler in handlers if page_declaration(handler) is not None)

    @web.middleware
    async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
        sends_form = request.match_info.handler in declared and request.method not in _SAFE_METHODS
        if sends_form and not _comes_from_here(request):
            raise ForeignForm("This form was not sent by a page of this site, so nothing was done.")
        return await handler(request)

    return check_origin


def read_forms(handlers: Iterable[Handler]) -> Middleware:
    """Create the middleware that reads the forms of pages, and sends nothing on without the token of this browser."""
    declared = {handler: page for handler in handlers if (page := page_declaration(handler)) is not None}

    @web.middleware
    async def check_form(request: web.Request, handler: Handler) -> web.StreamResponse:
        page = declared.get(request.match_info.handler)
        if page is None or page.is_proven_by_link or request.method in _SAFE_METHODS:
            return await handler(request)
        form = await read_form(request, page.max_form_bytes)
        if not is_token_valid(request, form.raw(CSRF_FIELD)):
            return send_again_page(request, form, needs_sign_in=False)
        request[FORM] = form
        return await handler(request)

    return check_form


def _comes_from_here(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get(hdrs.ORIGIN)
    return origin is None or origin.partition("://")[2] == request.headers.get(hdrs.HOST)
