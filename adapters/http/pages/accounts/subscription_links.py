"""Pages that the links in emails about subscriptions open: to confirm one, and to end it.

`POST /unsubscribe` belongs to email programs (RFC 8058), so the button of the page has an address of its own.
"""

from __future__ import annotations

from aiohttp import web

from adapters.http.middleware.rate_limiting import UNSUBSCRIBE, VERIFY, rate_limit
from adapters.http.pages.accounts.link_pages import LINK_HEADERS, dead_link_page
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.use_cases import use_cases
from core.alerts.errors import BadSubscriptionToken, TooManySubscriptions

_ASK_AGAIN = {"ask_at": "/subscribe", "ask": "Subscribe again"}


@page(shows_secret=True)
async def show_confirmation(request: web.Request) -> web.Response:
    """Ask whether to subscribe, or say that it is done."""
    return _link_page(request, "accounts/confirm-subscription.html")


@page(shows_secret=True)
@rate_limit(VERIFY)
async def confirm_subscription(request: web.Request) -> web.Response:
    """Use the link: alerts start."""
    try:
        await use_cases(request).alerts.confirm(token=form(request).text("token"))
    except BadSubscriptionToken:
        return dead_link_page(request, **_ASK_AGAIN)
    except TooManySubscriptions as refusal:
        return _link_page(request, "accounts/confirm-subscription.html", refused=refusal.detail)
    return see_other(request, "/confirm-subscription?done=1")


@page(shows_secret=True)
async def show_unsubscription(request: web.Request) -> web.Response:
    """Ask whether to unsubscribe, or say that it is done."""
    return _link_page(request, "accounts/unsubscribe.html")


@page(shows_secret=True)
@rate_limit(UNSUBSCRIBE)
async def unsubscribe(request: web.Request) -> web.Response:
    """Use the link: alerts stop."""
    try:
        await use_cases(request).alerts.unsubscribe(token=form(request).text("token"))
    except BadSubscriptionToken:
        return dead_link_page(request)
    return see_other(request, "/unsubscribe?done=1")


def _link_page(request: web.Request, template: str, *, refused: str | None = None) -> web.Response:
    token = request.query.get("token", "")
    is_done = "done" in request.query
    if not token and not is_done and refused is None:
        return dead_link_page(request, **_ASK_AGAIN)
    return page_response(
        request,
        template,
        status=200 if refused is None else 409,
        headers=LINK_HEADERS,
        token=token,
        is_done=is_done,
        refused=refused,
    )


ROUTES = [
    web.get("/confirm-subscription", show_confirmation),
    web.post("/confirm-subscription", confirm_subscription),
    web.get("/unsubscribe", show_unsubscription),
    web.post("/unsubscribe/now", unsubscribe),
]
