"""An organizer's webhooks: programs that are notified of what happens, and the log of what was sent to them."""

from __future__ import annotations

import orjson
from aiohttp import web

from adapters.http.api.webhooks.schemas import DeliveryPath, WebhookPath
from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.desk.addresses import DESK
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.paging import page_links, page_request
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.shared.request_schemas import get_input
from adapters.http.use_cases import use_cases
from core.shared.errors import Conflict, InvalidFields, Stale
from core.shared.ids import WebhookId
from core.shared.topics import Topic
from core.shared.versions import Version
from core.webhooks.model import Webhook, WebhookFields

WEBHOOKS = f"{DESK}/webhooks"
WEBHOOKS_AT_ONCE, DELIVERIES_AT_ONCE = 50, 25

TOPIC_WORDS = {
    Topic.BOOKING_CONFIRMED: "A booking is confirmed",
    Topic.BOOKING_PENDING: "Places are held until they are paid",
    Topic.BOOKING_WAITLISTED: "A party joins the line",
    Topic.BOOKING_OFFERED: "A party in line is offered places",
    Topic.BOOKING_PROMOTED: "A party in line gets its places",
    Topic.BOOKING_WAITLIST_CLOSED: "Booking ends while a party is in line",
    Topic.BOOKING_TOO_LARGE: "A party in line has become larger than the event",
    Topic.BOOKING_EXPIRED: "Places were not paid in time",
    Topic.BOOKING_PAYMENT_FAILED: "A payment was declined",
    Topic.BOOKING_CANCELLED: "A booking is cancelled",
    Topic.PAYMENT_REFUNDED: "A payment is refunded",
    Topic.EVENT_CREATED: "An event is created",
    Topic.EVENT_CHANGED: "An event has another time or place",
    Topic.EVENT_DEACTIVATED: "An event is hidden",
    Topic.EVENT_CANCELLED: "An event is cancelled",
}
"""What each topic is about, in words."""


@page(Audience.ORGANIZER)
async def list_webhooks(request: web.Request) -> web.Response:
    """Show the webhooks, and the form of a new one."""
    return await _list_page(request, Form(), {})


@page(Audience.ORGANIZER, shows_secret=True)
@rate_limit(ADMIN)
async def create(request: web.Request) -> web.Response:
    """Create a webhook and show its secret. This page is the only one that does, so it is the answer itself."""
    sent = form(request)
    try:
        webhook = await use_cases(request).webhooks.create(
            by=principal(request), url=sent.text("url"), topics=_topics(sent)
        )
    except InvalidFields as refusal:
        return await _list_page(request, sent, refusal.errors)
    except Conflict as refusal:
        return await _list_page(request, sent, {"url": [refusal.detail]}, status=409)
    return page_response(request, "desk/webhook-created.html", status=201, webhook=webhook)


@page(Audience.ORGANIZER)
@match_info_schema(WebhookPath)
async def show_webhook(request: web.Request) -> web.Response:
    """Show a webhook with its log."""
    webhook = await _webhook(request)
    return await _webhook_page(request, webhook, _form_of(webhook), {})


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@match_info_schema(WebhookPath)
async def change(request: web.Request) -> web.Response:
    """Save the URL and the topics."""
    sent = form(request)
    wanted: WebhookFields = {"url": sent.text("url"), "topics": _topics(sent)}
    expected = frozenset({Version(sent.text("version"))})
    try:
        await use_cases(request).webhooks.change(
            _webhook_id(request), by=principal(request), wanted=wanted, expected=expected
        )
    except InvalidFields as refusal:
        return await _webhook_page(request, await _webhook(request), sent, refusal.errors)
    except Stale:
        webhook = await _webhook(request)
        return await _webhook_page(request, webhook, sent, {"url": [_changed_meanwhile(webhook)]}, status=412)
    return see_other(request, _address(request), "Saved.")


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@match_info_schema(WebhookPath)
async def pause(request: web.Request) -> web.Response:
    """Disable the webhook, or enable it."""
    enabled = form(request).text("enabled") == "yes"
    await use_cases(request).webhooks.change(_webhook_id(request), by=principal(request), wanted={"enabled": enabled})
    notice = "The webhook is on." if enabled else "The webhook is paused. Nothing is sent to it."
    return see_other(request, _address(request), notice)


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@match_info_schema(WebhookPath)
async def delete(request: web.Request) -> web.Response:
    """Delete the webhook with its log."""
    await use_cases(request).webhooks.delete(_webhook_id(request), by=principal(request))
    return see_other(request, WEBHOOKS, "The webhook is deleted.")


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@match_info_schema(WebhookPath)
async def test(request: web.Request) -> web.Response:
    """Send a test message."""
    try:
        await use_cases(request).webhooks.send_test_message(_webhook_id(request), by=principal(request))
    except Conflict as refusal:
        return see_other(request, _address(request), refusal.detail)
    return see_other(request, _address(request), "A test message is on its way. The log shows what becomes of it.")


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@match_info_schema(DeliveryPath)
async def replay(request: web.Request) -> web.Response:
    """Send a message again."""
    asked = get_input(request, DeliveryPath)
    address = f"{WEBHOOKS}/{asked.webhook_id}"
    try:
        await use_cases(request).webhooks.replay_delivery(asked.webhook_id, asked.delivery_id, by=principal(request))
    except Conflict as refusal:
        return see_other(request, address, refusal.detail)
    return see_other(request, address, "The message is sent again.")


async def _list_page(request: web.Request, sent: Form, errors: Errors, *, status: int | None = None) -> web.Response:
    found = await use_cases(request).webhooks.list_mine(page_request(request, WEBHOOKS_AT_ONCE), by=principal(request))
    return page_response(
        request,
        "desk/webhooks.html",
        status=status or (422 if errors else 200),
        found=found,
        topics=TOPIC_WORDS,
        form=sent,
        errors=errors,
        links=page_links(request, found),
    )


async def _webhook_page(
    request: web.Request, webhook: Webhook, shown: Form, errors: Errors, *, status: int | None = None
) -> web.Response:
    log = await use_cases(request).webhooks.list_deliveries(
        webhook.id, page_request(request, DELIVERIES_AT_ONCE), by=principal(request)
    )
    return page_response(
        request,
        "desk/webhook.html",
        status=status or (422 if errors else 200),
        webhook=webhook,
        topics=TOPIC_WORDS,
        log=log,
        payloads={each.id: _as_text(each.payload) for each in log.items},
        form=shown,
        errors=errors,
        links=page_links(request, log),
    )


def _form_of(webhook: Webhook) -> Form:
    return Form({"url": [webhook.url], "topics": list(webhook.topics)})


def _topics(sent: Form) -> list[Topic]:
    return [topic for topic in Topic if topic in sent.all("topics")]


def _changed_meanwhile(webhook: Webhook) -> str:
    topics = ", ".join(TOPIC_WORDS[topic].lower() for topic in webhook.topics)
    return f"Somebody else has changed it meanwhile, to {webhook.url} ({topics}). Save again to replace that."


def _as_text(payload: object) -> str:
    return orjson.dumps(payload, option=orjson.OPT_INDENT_2).decode()


async def _webhook(request: web.Request) -> Webhook:
    return await use_cases(request).webhooks.read(_webhook_id(request), by=principal(request))


def _webhook_id(request: web.Request) -> WebhookId:
    return get_input(request, WebhookPath).webhook_id


def _address(request: web.Request) -> str:
    return f"{WEBHOOKS}/{_webhook_id(request)}"


ROUTES = [
    web.get(WEBHOOKS, list_webhooks),
    web.post(WEBHOOKS, create),
    web.get(f"{WEBHOOKS}/{{webhook_id}}", show_webhook),
    web.post(f"{WEBHOOKS}/{{webhook_id}}", change),
    web.post(f"{WEBHOOKS}/{{webhook_id}}/pause", pause),
    web.post(f"{WEBHOOKS}/{{webhook_id}}/delete", delete),
    web.post(f"{WEBHOOKS}/{{webhook_id}}/test", test),
    web.post(f"{WEBHOOKS}/{{webhook_id}}/deliveries/{{delivery_id}}/replay", replay),
]
