"""Subscribe to new events, confirm, list and end subscriptions."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.alerts.schemas import OneClickQuery, SubscribeIn, SubscriptionOut, SubscriptionPath, TokenIn
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
from adapters.http.shared.forms import read_small_form
from adapters.http.shared.paging import PageQuery, page_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.response_schemas import AcceptedOut
from adapters.http.shared.responses import json_response, no_content_response, page_response
from adapters.http.use_cases import use_cases
from core.alerts.errors import BadSubscriptionToken, SubscriptionNotFound, TooManySubscriptions
from core.alerts.subscribing import ConfirmSubscription, Subscribe
from core.alerts.unsubscribing import EndSubscription, ListSubscriptions, Unsubscribe
from core.shared.errors import InvalidFields
from core.shared.paging import BadCursor

TAG = ["subscriptions"]

_ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""What an email program posts when its user clicks "unsubscribe" (RFC 8058)."""
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


_LINK_SENT = "A confirmation link is sent, if the address may receive one."


@docs(tags=TAG, summary="Subscribe to a search", description=Subscribe.__doc__)
@optional_sign_in
@rate_limit(SUBSCRIBE)
@json_schema(SubscribeIn)
@response_schema(SubscriptionOut, 201, description="The subscription: new, or the same one if it already exists.")
@response_schema(AcceptedOut, 202, description=_LINK_SENT)
@refuses(TooManySubscriptions)
async def subscribe(request: web.Request) -> web.Response:
    body = get_input(request, SubscribeIn)
    subscription = await use_cases(request).alerts.subscribe(
        by=maybe_principal(request),
        email=body.email,
        search=body.query,
        frequency=body.frequency,
        timezone=body.timezone,
    )
    if subscription is None:
        return json_response(AcceptedOut, {"message": _LINK_SENT}, 202)
    return json_response(SubscriptionOut, subscription, 201)


@docs(
    tags=TAG,
    summary="Confirm a subscription with a link's token",
    description=ConfirmSubscription.__doc__,
    responses={204: {"description": "Confirmed. The subscription is active now."}},
)
@json_schema(TokenIn)
@refuses(BadSubscriptionToken, TooManySubscriptions)
async def confirm(request: web.Request) -> web.Response:
    await use_cases(request).alerts.confirm(token=get_input(request, TokenIn).token)
    return no_content_response()


@docs(
    tags=TAG,
    summary="Unsubscribe with a link's token",
    description=Unsubscribe.__doc__,
    responses={204: {"description": "The subscription has ended."}},
)
@rate_limit(UNSUBSCRIBE)
@json_schema(TokenIn)
@refuses(BadSubscriptionToken)
async def unsubscribe(request: web.Request) -> web.Response:
    await use_cases(request).alerts.unsubscribe(token=get_input(request, TokenIn).token)
    return no_content_response()


@docs(
    tags=TAG,
    summary="Unsubscribe with one click",
    description="The target of the `List-Unsubscribe` header. Email programs post to it without signing in.",
    requestBody={"content": _FORM, "required": True},
    responses={204: {"description": "The subscription has ended."}},
)
@rate_limit(UNSUBSCRIBE)
@querystring_schema(OneClickQuery)
@refuses(413, BadSubscriptionToken)
async def unsubscribe_by_one_click(request: web.Request) -> web.Response:
    field, click = _ONE_CLICK
    if (await read_small_form(request)).get(field) != click:
        raise InvalidFields({field: [f"Must be {click}: opening the link alone must not unsubscribe anybody."]})
    await use_cases(request).alerts.unsubscribe(token=get_input(request, OneClickQuery).token)
    return no_content_response()


@docs(tags=TAG, summary="List my subscriptions", description=ListSubscriptions.__doc__)
@requires_sign_in
@querystring_schema(PageQuery)
@response_schema(page_schema(SubscriptionOut))
@refuses(BadCursor)
async def list_subscriptions(request: web.Request) -> web.Response:
    page = await use_cases(request).alerts.list_subscriptions(get_input(request, PageQuery), by=principal(request))
    return page_response(SubscriptionOut, page, request)


@docs(
    tags=TAG,
    summary="End a subscription",
    description=EndSubscription.__doc__,
    responses={204: {"description": "The subscription has ended."}},
)
@has_no_version
@requires_sign_in
@match_info_schema(SubscriptionPath)
@refuses(SubscriptionNotFound)
async def end_subscription(request: web.Request) -> web.Response:
    subscription_id = get_input(request, SubscriptionPath).subscription_id
    await use_cases(request).alerts.end_subscription(subscription_id, by=principal(request))
    return no_content_response()


ROUTES = [
    web.post("/api/subscriptions", subscribe),
    web.post("/api/subscriptions/confirm", confirm),
    web.post("/api/subscriptions/unsubscribe", unsubscribe),
    web.delete("/api/subscriptions/{subscription_id}", end_subscription),
    web.get("/api/me/subscriptions", list_subscriptions),
    web.post("/unsubscribe", unsubscribe_by_one_click),
]
