"""Subscriptions: being told of new events, and no more."""

from __future__ import annotations

from aiohttp import web
from marshmallow import Schema

from adapters.http.api.alerts.schemas import SubscribeIn, SubscriptionOut, TokenIn
from adapters.http.app import use_cases
from adapters.http.middleware.auth import maybe_principal, optional_sign_in, principal, requires_sign_in
from adapters.http.middleware.conditional import has_no_version
from adapters.http.middleware.rate_limiting import SUBSCRIBE, UNSUBSCRIBE, rate_limit
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.fields import Id, PageQuery, page_request, page_schema
from adapters.http.shared.forms import small_form
from adapters.http.shared.responses import json_response, no_content_response, page_response
from core.alerts.errors import BadSubscriptionToken, SubscriptionNotFound, TooManySubscriptions
from core.alerts.subscribing import ConfirmSubscription, Subscribe
from core.alerts.unsubscribing import EndSubscription, ListSubscriptions, Unsubscribe
from core.shared.errors import InvalidFields
from core.shared.paging import BadCursor

TAG = ["subscriptions"]

_ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""What a mail program posts when its reader clicks once (RFC 8058)."""
_FORM = {
    media_type: {
        "schema": {
            "type": "object",
            "properties": {_ONE_CLICK[0]: {"type": "string", "enum": [_ONE_CLICK[1]]}},
            "required": [_ONE_CLICK[0]],
        }
    }
    for media_type in ("application/x-www-form-urlencoded", "multipart/form-data")
}


class SubscriptionPath(Schema):
    subscription_id = Id(required=True)


@docs(
    tags=TAG,
    summary="Subscribe to a search",
    description=Subscribe.__doc__,
    responses={202: {"description": "A link to confirm it is on its way, if the address may get one."}},
)
@optional_sign_in
@rate_limit(SUBSCRIBE)
@json_schema(SubscribeIn)
@response_schema(SubscriptionOut, 201, description="It begins now; or it is there already.")
@refuses(TooManySubscriptions)
async def subscribe(request: web.Request) -> web.Response:
    subscription = await use_cases(request).subscribe(by=maybe_principal(request), **request["json"])
    return web.Response(status=202) if subscription is None else json_response(SubscriptionOut, subscription, 201)


@docs(
    tags=TAG,
    summary="Confirm a subscription by a link",
    description=ConfirmSubscription.__doc__,
    responses={204: {"description": "It begins now."}},
)
@json_schema(TokenIn)
@refuses(BadSubscriptionToken, TooManySubscriptions)
async def confirm(request: web.Request) -> web.Response:
    await use_cases(request).confirm_subscription(token=request["json"]["token"])
    return no_content_response()


@docs(
    tags=TAG,
    summary="Unsubscribe by a link",
    description=Unsubscribe.__doc__,
    responses={204: {"description": "It has ended."}},
)
@rate_limit(UNSUBSCRIBE)
@json_schema(TokenIn)
@refuses(BadSubscriptionToken)
async def unsubscribe(request: web.Request) -> web.Response:
    await use_cases(request).unsubscribe(token=request["json"]["token"])
    return no_content_response()


@docs(
    tags=TAG,
    summary="Unsubscribe by one click",
    description="What the header of a mail leads to: posted by a mail program, which has neither a session nor a page.",
    requestBody={"content": _FORM, "required": True},
    responses={204: {"description": "It has ended."}},
)
@rate_limit(UNSUBSCRIBE)
@querystring_schema(TokenIn)
@refuses(413, BadSubscriptionToken)
async def unsubscribe_by_one_click(request: web.Request) -> web.Response:
    field, click = _ONE_CLICK
    if (await small_form(request)).get(field) != click:
        raise InvalidFields({field: [f"Must be {click}: a link that is only looked at must not end anything."]})
    await use_cases(request).unsubscribe(token=request["querystring"]["token"])
    return no_content_response()


@docs(tags=TAG, summary="My subscriptions", description=ListSubscriptions.__doc__)
@requires_sign_in
@querystring_schema(PageQuery)
@response_schema(page_schema(SubscriptionOut))
@refuses(BadCursor)
async def list_subscriptions(request: web.Request) -> web.Response:
    page = await use_cases(request).list_subscriptions(page_request(request["querystring"]), by=principal(request))
    return page_response(SubscriptionOut, page, request)


@docs(
    tags=TAG,
    summary="End a subscription",
    description=EndSubscription.__doc__,
    responses={204: {"description": "It has ended."}},
)
@has_no_version
@requires_sign_in
@match_info_schema(SubscriptionPath)
@refuses(SubscriptionNotFound)
async def end_subscription(request: web.Request) -> web.Response:
    await use_cases(request).end_subscription(request["match_info"]["subscription_id"], by=principal(request))
    return no_content_response()


ROUTES = [
    web.post("/api/subscriptions", subscribe),
    web.post("/api/subscriptions/confirm", confirm),
    web.post("/api/subscriptions/unsubscribe", unsubscribe),
    web.delete("/api/subscriptions/{subscription_id}", end_subscription),
    web.get("/api/me/subscriptions", list_subscriptions),
    web.post("/unsubscribe", unsubscribe_by_one_click),
]
