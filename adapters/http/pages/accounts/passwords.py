"""Pages to choose a new password when the old one is forgotten."""

from __future__ import annotations

from aiohttp import web

from adapters.http.middleware.rate_limiting import FORGOT, RESET, rate_limit
from adapters.http.pages.accounts.link_forms import AddressIn, NewPasswordIn
from adapters.http.pages.accounts.link_pages import LINK_HEADERS, dead_link_page
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.form_values import form, load_form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response, viewer
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.use_cases import use_cases
from core.accounts.errors import BadToken, LinkInUse
from core.accounts.links import LinkPurpose
from core.shared.errors import InvalidFields

_CHANGED = "Your password is changed, and you are signed out everywhere. Sign in with the new one."


@page()
async def show_forgot(request: web.Request) -> web.Response:
    """Ask for the address of the account, which is known where somebody has signed in."""
    user = viewer(request)
    return _forgot_page(request, Form.of({"email": user.email if user else ""}), {})


@page()
@rate_limit(FORGOT)
async def forget_password(request: web.Request) -> web.Response:
    """Send a link, if the address has an account. The page is the same for every address."""
    sent = form(request)
    try:
        body = load_form(request, AddressIn)
    except InvalidFields as refusal:
        return _forgot_page(request, sent, refusal.errors)
    await use_cases(request).accounts.forget_password(email=body.email)
    return see_other(request, "/forgot/sent")


@page()
async def show_link_sent(request: web.Request) -> web.Response:
    """Say what to do next."""
    return page_response(request, "accounts/forgot-sent.html")


@page(shows_secret=True)
async def show_reset(request: web.Request) -> web.Response:
    """Ask for the new password, if the link still works. That does not use the link."""
    return await _reset_page(request, request.query.get("token", ""), {})


@page(shows_secret=True)
@rate_limit(RESET)
async def reset_password(request: web.Request) -> web.Response:
    """Use the link: the password is changed, and all sessions end."""
    token = form(request).text("token")
    try:
        body = load_form(request, NewPasswordIn)
        await use_cases(request).accounts.reset_password(token=token, password=body.password)
    except InvalidFields as refusal:
        return await _reset_page(request, token, refusal.errors)
    except LinkInUse as refusal:
        return await _reset_page(request, token, {"password": [refusal.detail]})
    except BadToken:
        return _dead_page(request)
    return see_other(request, "/sign-in", _CHANGED)


def _forgot_page(request: web.Request, sent: Form, errors: Errors) -> web.Response:
    return page_response(request, "accounts/forgot.html", status=422 if errors else 200, form=sent, errors=errors)


async def _reset_page(request: web.Request, token: str, errors: Errors) -> web.Response:
    try:
        user = await use_cases(request).accounts.read_link(token=token, purpose=LinkPurpose.RESET)
    except BadToken:
        return _dead_page(request)
    return page_response(
        request,
        "accounts/reset-password.html",
        status=422 if errors else 200,
        headers=LINK_HEADERS,
        token=token,
        email=user.email,
        errors=errors,
    )


def _dead_page(request: web.Request) -> web.Response:
    return dead_link_page(request, ask_at="/forgot", ask="Send me a new link")


ROUTES = [
    web.get("/forgot", show_forgot),
    web.post("/forgot", forget_password),
    web.get("/forgot/sent", show_link_sent),
    web.get("/reset-password", show_reset),
    web.post("/reset-password", reset_password),
]
