"""The page to subscribe to a search: members with a verified address at once, everybody else by a link in an email."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from adapters.http.api.alerts.schemas import SubscribeIn
from adapters.http.middleware.auth import maybe_principal
from adapters.http.middleware.rate_limiting import SUBSCRIBE, rate_limit
from adapters.http.pages.discover.searches import PageSearch, read_search
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.form_values import form, load_form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response, viewer
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.use_cases import use_cases
from core.alerts.errors import TooManySubscriptions
from core.alerts.model import Frequency
from core.shared.errors import InvalidFields

_FREQUENCIES = (
    (Frequency.INSTANT.value, "At once", "One for each event, as soon as it is there."),
    (Frequency.DAILY.value, "Every morning", "One at eight, on days with something new."),
    (Frequency.WEEKLY.value, "On Monday mornings", "One a week, about all that is new."),
)
_QUERY_FIELDS = ("q", "category", "city", "price_max", "near", "radius_km")


@page()
async def show_subscribe(request: web.Request) -> web.Response:
    """Show the form, filled in with the search of the address."""
    search = read_search(request)
    saved = search.saved()
    values = {
        "q": saved.text,
        "category": saved.category,
        "city": saved.city,
        "price_max": saved.price_max,
        "near": search.get("near") if saved.near else None,
        "radius_km": search.get("radius_km") if saved.near else None,
        "frequency": Frequency.DAILY.value,
        "timezone": "UTC",
    }
    return _subscribe_page(request, Form.of(values), {}, search)


@page()
@rate_limit(SUBSCRIBE)
async def subscribe(request: web.Request) -> web.Response:
    """Subscribe to the search, and go on to its events."""
    sent = form(request)
    try:
        body = load_form(request, SubscribeIn, query=_read_query(sent))
        started = await use_cases(request).alerts.subscribe(
            by=maybe_principal(request),
            email=body.email,
            search=body.query,
            frequency=body.frequency,
            timezone=body.timezone,
        )
    except InvalidFields as refusal:
        return _subscribe_page(request, sent, _by_field(refusal.errors))
    except TooManySubscriptions as refusal:
        return _subscribe_page(request, sent, {"email": [refusal.detail]})
    search = _search_of(sent)
    if started is None:
        return see_other(request, search.url("/subscribe/sent"))
    return see_other(
        request, search.url(), f"You will get emails at {started.email}. They are among your subscriptions."
    )


@page()
async def show_sent(request: web.Request) -> web.Response:
    """Say that an email was sent, whose link starts the subscription."""
    return page_response(request, "discover/subscribe-sent.html", search=read_search(request))


def _read_query(sent: Form) -> dict[str, Any]:
    return {name: text for name in _QUERY_FIELDS if (text := sent.text(name))}


def _by_field(errors: Errors) -> Errors:
    """Return the errors by the names of the form's fields; that nothing is searched for belongs to the first one."""
    return {"q" if name == "query" else name.removeprefix("query."): messages for name, messages in errors.items()}


def _search_of(sent: Form) -> PageSearch:
    return PageSearch(tuple((name, text) for name, text in _read_query(sent).items()))


def _subscribe_page(request: web.Request, sent: Form, errors: Errors, search: PageSearch | None = None) -> web.Response:
    member = viewer(request)
    return page_response(
        request,
        "discover/subscribe.html",
        status=422 if errors else 200,
        form=sent,
        errors=errors,
        frequencies=_FREQUENCIES,
        address=member.email if member is not None and member.email_verified else None,
        leaves_out_days=search is not None and (search.when is not None or "date" in dict(search.params)),
    )


ROUTES = [
    web.get("/subscribe", show_subscribe),
    web.post("/subscribe", subscribe),
    web.get("/subscribe/sent", show_sent),
]
