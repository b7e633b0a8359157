"""Pages to sign up, sign in and sign out."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.accounts.schemas import LogInIn, SignUpIn
from adapters.http.middleware.auth import maybe_access
from adapters.http.middleware.rate_limiting import LOGIN, LOGIN_ADDRESS, SIGNUP, rate_limit
from adapters.http.pages.shared.browser_sessions import sign_in_browser, sign_out_browser
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.form_values import form, load_form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response, viewer
from adapters.http.pages.shared.sessions import safe_path
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.use_cases import use_cases
from core.accounts.errors import BadCredentials, EmailTaken
from core.shared.errors import InvalidFields

HOME = "/me"


@page()
async def show_sign_in(request: web.Request) -> web.Response:
    """Show the form. Who has signed in already goes on."""
    following = safe_path(request.query.get("next", ""), HOME)
    if viewer(request) is not None:
        see_other(request, following)
    return _sign_in_page(request, Form(), following, {})


@page()
@rate_limit(LOGIN_ADDRESS, LOGIN)
async def sign_in(request: web.Request) -> web.Response:
    """Start a session, and go on to where the visitor was."""
    sent = form(request)
    following = safe_path(sent.text("next"), HOME)
    try:
        body = load_form(request, LogInIn)
        return await sign_in_browser(request, email=body.email, password=body.password, path=following)
    except InvalidFields as refusal:
        return _sign_in_page(request, sent, following, refusal.errors)
    except BadCredentials as refusal:
        return _sign_in_page(request, sent, following, {"email": [refusal.detail]})


@page()
async def show_sign_up(request: web.Request) -> web.Response:
    """Show the form. Who has signed in already goes on."""
    following = safe_path(request.query.get("next", ""), HOME)
    if viewer(request) is not None:
        see_other(request, following)
    return _sign_up_page(request, Form(), following, {})


@page()
@rate_limit(SIGNUP)
async def sign_up(request: web.Request) -> web.Response:
    """Create an account, start a session, and go on to where the visitor was."""
    sent = form(request)
    following = safe_path(sent.text("next"), HOME)
    try:
        body = load_form(request, SignUpIn)
        await use_cases(request).accounts.sign_up(name=body.name, email=body.email, password=body.password)
    except InvalidFields as refusal:
        return _sign_up_page(request, sent, following, refusal.errors)
    except EmailTaken as refusal:
        return _sign_up_page(request, sent, following, {"email": [refusal.detail]})
    welcome = "Welcome. We have sent you an email: open its link, so that we know the address is yours."
    return await sign_in_browser(request, email=body.email, password=body.password, path=following, notice=welcome)


@page()
async def sign_out(request: web.Request) -> web.Response:
    """End the session."""
    access = maybe_access(request)
    if access is not None:
        await use_cases(request).accounts.log_out(access=access)
    return sign_out_browser(request)


def _sign_in_page(request: web.Request, sent: Form, following: str, errors: Errors) -> web.Response:
    status = 422 if errors else 200
    return page_response(request, "accounts/sign-in.html", status=status, form=sent, errors=errors, next=following)


def _sign_up_page(request: web.Request, sent: Form, following: str, errors: Errors) -> web.Response:
    status = 422 if errors else 200
    return page_response(request, "accounts/sign-up.html", status=status, form=sent, errors=errors, next=following)


ROUTES = [
    web.get("/sign-in", show_sign_in),
    web.post("/sign-in", sign_in),
    web.get("/sign-up", show_sign_up),
    web.post("/sign-up", sign_up),
    web.post("/sign-out", sign_out),
]
