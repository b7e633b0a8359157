"""Create, read, change, test and delete webhooks; list and replay their deliveries."""

from __future__ import annotations

from aiohttp import web
from marshmallow import Schema

from adapters.http.api.webhooks.schemas import (
    DeliveryPath,
    NewWebhookOut,
    WebhookChange,
    WebhookDeliveryOut,
    WebhookIn,
    WebhookOut,
    WebhookPath,
)
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.conditional import (
    accepts_if_match,
    accepts_if_none_match,
    expected_versions,
    returns_etag,
)
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.paging import PageQuery, page_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import json_response, no_content_response, page_response, resource_response
from adapters.http.use_cases import use_cases
from core.shared.errors import Forbidden
from core.shared.paging import BadCursor
from core.webhooks.errors import DeliveryNotFound, TooManyWebhooks, WebhookDisabled, WebhookNotFound
from core.webhooks.managing import ChangeWebhook, CreateWebhook, DeleteWebhook, ListWebhooks, ReadWebhook
from core.webhooks.replaying import ListDeliveries, ReplayDelivery, SendTestMessage

TAG = ["webhooks"]


@docs(tags=TAG, summary="Create a webhook", description=CreateWebhook.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@json_schema(WebhookIn)
@response_schema(NewWebhookOut, 201, description="The new webhook, with its secret.")
@refuses(Forbidden, TooManyWebhooks)
async def create_webhook(request: web.Request) -> web.Response:
    body = get_input(request, WebhookIn)
    webhook = await use_cases(request).webhooks.create(by=principal(request), url=body.url, topics=body.topics)
    return resource_response(NewWebhookOut, webhook, 201, version=webhook.version)


@docs(tags=TAG, summary="List my webhooks", description=ListWebhooks.__doc__)
@requires_sign_in
@querystring_schema(PageQuery)
@response_schema(page_schema(WebhookOut))
@refuses(Forbidden, BadCursor)
async def list_webhooks(request: web.Request) -> web.Response:
    page = await use_cases(request).webhooks.list_mine(get_input(request, PageQuery), by=principal(request))
    return page_response(WebhookOut, page, request)


@docs(tags=TAG, summary="Read a webhook", description=ReadWebhook.__doc__)
@accepts_if_none_match
@requires_sign_in
@match_info_schema(WebhookPath)
@response_schema(WebhookOut)
@refuses(WebhookNotFound)
async def read_webhook(request: web.Request) -> web.Response:
    webhook = await use_cases(request).webhooks.read(get_input(request, WebhookPath).webhook_id, by=principal(request))
    return resource_response(WebhookOut, webhook, version=webhook.version)


@docs(tags=TAG, summary="Change a webhook", description=ChangeWebhook.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(WebhookPath)
@json_schema(WebhookChange)
@response_schema(WebhookOut)
@refuses(WebhookNotFound)
async def change_webhook(request: web.Request) -> web.Response:
    webhook = await use_cases(request).webhooks.change(
        get_input(request, WebhookPath).webhook_id,
        by=principal(request),
        wanted=get_input(request, WebhookChange),
        expected=expected_versions(request),
    )
    return resource_response(WebhookOut, webhook, version=webhook.version)


@docs(tags=TAG, summary="Delete a webhook", description=DeleteWebhook.__doc__)
@accepts_if_match
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(WebhookPath)
@response_schema(Schema, 204, description="Deleted.")
@refuses(WebhookNotFound)
async def delete_webhook(request: web.Request) -> web.Response:
    await use_cases(request).webhooks.delete(
        get_input(request, WebhookPath).webhook_id, by=principal(request), expected=expected_versions(request)
    )
    return no_content_response()


@docs(tags=TAG, summary="List the deliveries of a webhook", description=ListDeliveries.__doc__)
@requires_sign_in
@match_info_schema(WebhookPath)
@querystring_schema(PageQuery)
@response_schema(page_schema(WebhookDeliveryOut))
@refuses(WebhookNotFound, BadCursor)
async def list_deliveries(request: web.Request) -> web.Response:
    page = await use_cases(request).webhooks.list_deliveries(
        get_input(request, WebhookPath).webhook_id, get_input(request, PageQuery), by=principal(request)
    )
    return page_response(WebhookDeliveryOut, page, request)


@docs(tags=TAG, summary="Send a delivery again", description=ReplayDelivery.__doc__)
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(DeliveryPath)
@response_schema(WebhookDeliveryOut, 202, description="The delivery, due now.")
@refuses(WebhookNotFound, DeliveryNotFound, WebhookDisabled)
async def replay_delivery(request: web.Request) -> web.Response:
    path = get_input(request, DeliveryPath)
    delivery = await use_cases(request).webhooks.replay_delivery(
        path.webhook_id, path.delivery_id, by=principal(request)
    )
    return json_response(WebhookDeliveryOut, delivery, 202)


@docs(tags=TAG, summary="Send a test message", description=SendTestMessage.__doc__)
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(WebhookPath)
@response_schema(WebhookDeliveryOut, 202, description="The delivery of the test message, due now.")
@refuses(WebhookNotFound, WebhookDisabled)
async def send_test_message(request: web.Request) -> web.Response:
    webhook_id = get_input(request, WebhookPath).webhook_id
    delivery = await use_cases(request).webhooks.send_test_message(webhook_id, by=principal(request))
    return json_response(WebhookDeliveryOut, delivery, 202)


ROUTES = [
    web.post("/api/webhooks", create_webhook),
    web.get("/api/webhooks", list_webhooks),
    web.get("/api/webhooks/{webhook_id}", read_webhook),
    web.patch("/api/webhooks/{webhook_id}", change_webhook),
    web.delete("/api/webhooks/{webhook_id}", delete_webhook),
    web.post("/api/webhooks/{webhook_id}/test", send_test_message),
    web.get("/api/webhooks/{webhook_id}/deliveries", list_deliveries),
    web.post("/api/webhooks/{webhook_id}/deliveries/{delivery_id}/replay", replay_delivery),
]
