"""The member's alerts: what they search for, how often, and ending them."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from marshmallow import fields

from adapters.http.api.alerts.schemas import SubscriptionPath
from adapters.http.middleware.auth import principal
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import load_form
from adapters.http.pages.shared.frequencies import FREQUENCY_WORDS
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.paging import page_links, page_request
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.request_schemas import RequestSchema, get_input
from adapters.http.use_cases import use_cases
from core.alerts.model import Frequency

PATH = "/me/subscriptions"


@dataclass(frozen=True, slots=True)
class FrequencyBody:
    frequency: Frequency


class FrequencyIn(RequestSchema[FrequencyBody]):
    frequency = fields.Enum(Frequency, by_value=True, required=True)


@page(Audience.MEMBER)
async def show_subscriptions(request: web.Request) -> web.Response:
    """Show the alerts, newest first."""
    found = await use_cases(request).alerts.list_subscriptions(page_request(request), by=principal(request))
    return page_response(
        request,
        "me/subscriptions.html",
        subscriptions=found.items,
        frequencies=list(FREQUENCY_WORDS.items()),
        links=page_links(request, found),
    )


@page(Audience.MEMBER)
@match_info_schema(SubscriptionPath)
async def change_frequency(request: web.Request) -> web.Response:
    """Change how often an alert comes."""
    await use_cases(request).alerts.change_frequency(
        get_input(request, SubscriptionPath).subscription_id,
        by=principal(request),
        frequency=load_form(request, FrequencyIn).frequency,
    )
    return see_other(request, PATH, "Saved.")


@page(Audience.MEMBER)
@match_info_schema(SubscriptionPath)
async def end_subscription(request: web.Request) -> web.Response:
    """End an alert."""
    subscription_id = get_input(request, SubscriptionPath).subscription_id
    await use_cases(request).alerts.end_subscription(subscription_id, by=principal(request))
    return see_other(request, PATH, "You get no more emails of this alert.")


ROUTES = [
    web.get(PATH, show_subscriptions),
    web.post(f"{PATH}/{{subscription_id}}", change_frequency),
    web.post(f"{PATH}/{{subscription_id}}/end", end_subscription),
]
