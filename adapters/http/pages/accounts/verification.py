"""Pages to verify an email address, and to ask for another link that does."""

from __future__ import annotations

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import RESEND, VERIFY, rate_limit
from adapters.http.pages.accounts.link_pages import LINK_HEADERS, dead_link_page
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response, viewer
from adapters.http.pages.shared.sessions import safe_path
from adapters.http.use_cases import use_cases
from core.accounts.errors import BadToken
from core.accounts.links import LinkPurpose

_SENT = "We have sent you a new link, unless the last one is less than five minutes old. Only the newest one works."


@page(shows_secret=True)
async def show_verification(request: web.Request) -> web.Response:
    """Show the address that the link verifies, and the button that does it."""
    token = request.query.get("token", "")
    try:
        user = await use_cases(request).accounts.read_link(token=token, purpose=LinkPurpose.VERIFY)
    except BadToken:
        return _dead_page(request)
    return page_response(request, "accounts/verify-email.html", headers=LINK_HEADERS, token=token, email=user.email)


@page(shows_secret=True)
@rate_limit(VERIFY)
async def verify_email(request: web.Request) -> web.Response:
    """Use the link."""
    try:
        await use_cases(request).accounts.verify_email(token=form(request).text("token"))
    except BadToken:
        return _dead_page(request)
    if viewer(request) is None:
        return see_other(request, "/sign-in", "Your address is verified. Sign in to go on.")
    return see_other(request, "/me", "Your address is verified.")


@page(Audience.MEMBER)
@rate_limit(RESEND)
async def resend_verification(request: web.Request) -> web.Response:
    """Send another link, and go back to where it was asked for."""
    await use_cases(request).accounts.resend_verification(by=principal(request))
    return see_other(request, safe_path(form(request).text("next"), "/me"), _SENT)


def _dead_page(request: web.Request) -> web.Response:
    user = viewer(request)
    if user is not None and user.email_verified:
        return see_other(request, "/me", "Your address is verified already.")
    return dead_link_page(request, ask_at="/me/profile", ask="Get a new link in your profile")


ROUTES = [
    web.get("/verify-email", show_verification),
    web.post("/verify-email", verify_email),
    web.post("/me/verification", resend_verification),
]
