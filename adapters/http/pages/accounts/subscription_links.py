"""Pages that the links in emails about subscriptions open: to confirm one, and to end it.

`POST /unsubscribe` belongs to email programs (RFC 8058), so the button of the page has an address of its own.
"""

from __future__ import annotations

from aiohttp import web

from adapters.http.middleware.rate_limiting import UNSUBSCRIBE, VERIFY, rate_limit
from adapters.http.pages.accounts.link_pages import LINK_HEADERS, dead_link_page
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.frequencies import FREQUENCY_WORDS
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.use_cases import use_cases
from core.alerts.errors import BadSubscriptionToken, TooManySubscriptions

_ASK_AGAIN = {"ask_at": "/subscribe", "ask": "Subscribe again"}


@page(shows_secret=True)
async def show_confirmation(request: web.Request) -> web.Response:
    """Show what the link starts and the button that does it, or say that it is done."""
    if "done" in request.query:
        return _link_page(request, "subscribed")
    token = request.query.get("token", "")
    try:
        subscription = await use_cases(request).alerts.read_confirmation_link(token=token)
    except BadSubscriptionToken:
        return dead_link_page(request, **_ASK_AGAIN)
    return _link_page(request, "confirm-subscription", token=token, subscription=subscription)


@page(shows_secret=True)
@rate_limit(VERIFY)
async def confirm_subscription(request: web.Request) -> web.Response:
    """Use the link: alerts start."""
    try:
        await use_cases(request).alerts.confirm(token=form(request).text("token"))
    except BadSubscriptionToken:
        return dead_link_page(request, **_ASK_AGAIN)
    except TooManySubscriptions as refusal:
        return _link_page(request, "too-many-subscriptions", status=409, refused=refusal.detail)
    return see_other(request, "/confirm-subscription?done=1")


@page(shows_secret=True)
async def show_unsubscription(request: web.Request) -> web.Response:
    """Show what the link ends and the button that does it, or say that it is done."""
    token = request.query.get("token", "")
    try:
        ended = [] if "done" in request.query else await use_cases(request).alerts.read_unsubscribe_link(token=token)
    except BadSubscriptionToken:
        return dead_link_page(request)
    return _link_page(request, "unsubscribe", token=token, subscriptions=ended) if ended else _unsubscribed(request)


@page(shows_secret=True)
@rate_limit(UNSUBSCRIBE)
async def unsubscribe(request: web.Request) -> web.Response:
    """Use the link: alerts stop."""
    try:
        await use_cases(request).alerts.unsubscribe(token=form(request).text("token"))
    except BadSubscriptionToken:
        return dead_link_page(request)
    return see_other(request, "/unsubscribe?done=1")


def _unsubscribed(request: web.Request) -> web.Response:
    return _link_page(request, "unsubscribed")


def _link_page(request: web.Request, name: str, status: int = 200, **context: object) -> web.Response:
    return page_response(
        request,
        f"accounts/{name}.html",
        status=status,
        headers=LINK_HEADERS,
        frequencies=FREQUENCY_WORDS,
        **context,
    )


ROUTES = [
    web.get("/confirm-subscription", show_confirmation),
    web.post("/confirm-subscription", confirm_subscription),
    web.get("/unsubscribe", show_unsubscription),
    web.post("/unsubscribe/now", unsubscribe),
]
