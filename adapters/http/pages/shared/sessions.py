"""Who opens a page: the session of the cookie, and what that user may open."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.middleware.auth import grant_access
from adapters.http.pages.shared.cookies import SESSION
from adapters.http.pages.shared.csrf import CSRF_FIELD
from adapters.http.pages.shared.declarations import Audience, page_declaration
from adapters.http.pages.shared.rendering import VIEWER, page_response, viewer
from adapters.http.shared.forms import FORM, Form, read_form
from adapters.http.shared.multipart import read_texts
from adapters.http.use_cases import use_cases
from core.accounts.model import User
from core.shared.access import Role
from core.shared.errors import Forbidden

_ROLES = {
    Audience.MEMBER: frozenset(Role),
    Audience.ORGANIZER: frozenset({Role.ORGANIZER, Role.ADMIN}),
    Audience.ADMIN: frozenset({Role.ADMIN}),
}


def authenticate_pages(handlers: Iterable[Handler]) -> Middleware:
    """Create the middleware that reads the session of a page's request, and keeps pages from others than their
    audience: who has not signed in is asked to.
    """
    declared = {handler: page for handler in handlers if (page := page_declaration(handler)) is not None}

    @web.middleware
    async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
        page = declared.get(request.match_info.handler)
        if page is None and request.match_info.http_exception is None:
            return await handler(request)
        cookie = SESSION.read(request)
        found = await use_cases(request).accounts.read_browser_session(cookie) if cookie else None
        if found is not None:
            request[VIEWER] = found
            grant_access(request, found.access)
        if page is None:  # an unknown address: the page that says so shows who is signed in
            return await handler(request)
        if page.audience is not Audience.ANYBODY:
            user = viewer(request)
            if user is None:
                return await _ask_to_sign_in(request, page.max_form_bytes)
            _must_be_among(user, _ROLES[page.audience])
        response = await handler(request)
        if cookie and found is None and hdrs.SET_COOKIE not in response.headers and not response.prepared:
            SESSION.remove(request, response)
        return response

    return authenticate


def safe_path(text: str, default: str = "/") -> str:
    """Return the path to go on to, or the default if it could lead to another site."""
    is_path = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if is_path else default


def sign_in_path(path: str) -> str:
    """Return the address of the sign-in page, from which one goes on to this path."""
    return f"/sign-in?next={quote(path, safe='/')}"


async def _ask_to_sign_in(request: web.Request, max_form_bytes: int) -> web.Response:
    if request.method in (hdrs.METH_GET, hdrs.METH_HEAD):
        raise web.HTTPSeeOther(sign_in_path(request.rel_url.raw_path_qs))
    # Nothing that was typed is lost: the page has it, and sends it again after the sign-in.
    is_multipart = request.content_type == "multipart/form-data"
    form = await (read_texts(request, max_bytes=max_form_bytes) if is_multipart else read_form(request, max_form_bytes))
    return send_again_page(request, form, needs_sign_in=True)


def send_again_page(request: web.Request, form: Form, *, needs_sign_in: bool) -> web.Response:
    """Return the page that shows why a form was not accepted and sends it again, but for its passwords."""
    kept = [
        (name, text)
        for name, texts in form.fields.items()
        if "password" not in name and name != CSRF_FIELD
        for text in texts
    ]
    request[FORM] = form
    return page_response(
        request,
        "send-again.html",
        status=401 if needs_sign_in else 403,
        needs_sign_in=needs_sign_in,
        kept=kept,
        loses_files=bool(form.files),
        asks_for_password=any("password" in name for name in form.fields),
    )


def _must_be_among(user: User, roles: frozenset[Role]) -> None:
    if user.role not in roles:
        raise Forbidden(
            "Only organizers may open this page. You can ask to become one."
            if Role.ORGANIZER in roles
            else "Only administrators may open this page."
        )
