"""Search, read, create, change, cancel and delete events."""

from __future__ import annotations

from aiohttp import web
from marshmallow import Schema

from adapters.http.api.booking.schemas import CancelIn
from adapters.http.api.catalog.queries import EventFilters, EventQueryIn, OpenEventsQueryIn
from adapters.http.api.catalog.schemas import (
    EventChange,
    EventIn,
    EventOut,
    EventPath,
    FacetsOut,
)
from adapters.http.middleware.auth import maybe_principal, optional_sign_in, principal, requires_sign_in
from adapters.http.middleware.conditional import (
    accepts_if_match,
    accepts_if_none_match,
    expected_versions,
    returns_etag,
)
from adapters.http.middleware.public_cache import (
    changes_public_lists,
    public_response,
    revalidated,
)
from adapters.http.middleware.rate_limiting import ADMIN, SEARCH, rate_limit
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.paging import FilteredPage, page_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import no_content_response, render, render_page, resource_response
from adapters.http.use_cases import use_cases
from core.booking.cancelling import CancelEvent
from core.booking.errors import CapacityBelowBooked, NoSuchEvent
from core.catalog.discovering import CountFacets
from core.catalog.editing import DeleteEvent
from core.catalog.errors import (
    EventCancelled,
    EventHasBookings,
    EventNotFound,
    UnknownArea,
)
from core.catalog.finding import ReadEvent, SearchEvents
from core.catalog.model import EventStatus, EventView
from core.catalog.search import EventQuery
from core.event_editing.changing import ChangeEvent, CreateEvent
from core.shared.cache import Entry
from core.shared.errors import Forbidden, TimedOut
from core.shared.paging import BadCursor


@docs(tags=["events"], summary="Search events", description=SearchEvents.__doc__)
@accepts_if_none_match
@optional_sign_in
@rate_limit(SEARCH)
@querystring_schema(EventQueryIn)
@response_schema(page_schema(EventOut))
@refuses(BadCursor, TimedOut)
async def search_events(request: web.Request) -> web.Response:
    return await _search(request, get_input(request, EventQueryIn))


@docs(
    tags=["events"],
    summary="List open events, the latest first",
    description="The same search, of open events unless `status` says otherwise, and the latest first unless a text "
    "or an order is given.",
)
@accepts_if_none_match
@optional_sign_in
@rate_limit(SEARCH)
@querystring_schema(OpenEventsQueryIn)
@response_schema(page_schema(EventOut))
@refuses(BadCursor, TimedOut)
async def list_open_events(request: web.Request) -> web.Response:
    return await _search(request, get_input(request, OpenEventsQueryIn))


async def _search(request: web.Request, sent: FilteredPage[EventFilters]) -> web.Response:
    async def render_events() -> Entry:
        now, viewer = use_cases(request).clock.now(), maybe_principal(request)
        query = EventQuery(now=now, viewer=viewer, **sent.filter)
        page = await use_cases(request).catalog.search_events(query, sent.page)
        return render_page(EventOut, page.map(lambda view: (view, now, viewer)), request)

    return await public_response(request, render_events)


@docs(
    tags=["events"],
    summary="Count the events of a search by their values",
    description=f"{CountFacets.__doc__} Takes what the search takes; which page and which order do not matter.",
)
@accepts_if_none_match
@optional_sign_in
@rate_limit(SEARCH)
@querystring_schema(EventQueryIn)
@response_schema(FacetsOut)
@refuses(TimedOut)
async def count_facets(request: web.Request) -> web.Response:
    sent = get_input(request, EventQueryIn)

    async def render_facets() -> Entry:
        query = EventQuery(now=use_cases(request).clock.now(), viewer=maybe_principal(request), **sent.filter)
        return render(FacetsOut, await use_cases(request).catalog.count_facets(query))

    return await public_response(request, render_facets)


@docs(tags=["events"], summary="Read an event", description=ReadEvent.__doc__)
@accepts_if_none_match
@optional_sign_in
@match_info_schema(EventPath)
@response_schema(EventOut)
@refuses(EventNotFound)
async def read_event(request: web.Request) -> web.Response:
    event_id = get_input(request, EventPath).event_id
    view = await use_cases(request).catalog.read_event(event_id, viewer=maybe_principal(request))
    return _event_response(view, request, headers=revalidated(request))


@docs(tags=["events"], summary="Create an event", description=CreateEvent.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@json_schema(EventIn)
@response_schema(EventOut, 201, description="The new event.")
@refuses(Forbidden, UnknownArea)
async def create_event(request: web.Request) -> web.Response:
    view = await use_cases(request).catalog.create_event(by=principal(request), wanted=get_input(request, EventIn))
    return _event_response(view, request, 201, {"Location": f"/api/events/{view.event.id}"})


@docs(tags=["events"], summary="Change an event", description=ChangeEvent.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
@json_schema(EventChange)
@response_schema(EventOut)
@refuses(Forbidden, EventNotFound, UnknownArea, CapacityBelowBooked, EventCancelled)
async def change_event(request: web.Request) -> web.Response:
    view = await use_cases(request).catalog.change_event(
        get_input(request, EventPath).event_id,
        by=principal(request),
        wanted=get_input(request, EventChange),
        expected=expected_versions(request),
    )
    return _event_response(view, request)


@docs(
    tags=["events"],
    summary="Deactivate an event",
    description="Hide an event and close it for booking. Its bookings and its waitlist stay as they are, and their "
    "holders, who still see it, are notified. `warning` says how many hold places: cancel the event instead if it will "
    "not take place.",
)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
@response_schema(EventOut)
@refuses(Forbidden, EventNotFound, EventCancelled)
async def deactivate_event(request: web.Request) -> web.Response:
    view = await use_cases(request).catalog.change_event(
        get_input(request, EventPath).event_id, by=principal(request), wanted={"status": EventStatus.INACTIVE}
    )
    return _event_response(view, request)


@docs(tags=["events"], summary="Cancel an event", description=CancelEvent.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
@json_schema(CancelIn)
@response_schema(EventOut, 202, description="The cancelled event; refunds follow.")
@refuses(Forbidden, NoSuchEvent)
async def cancel_event(request: web.Request) -> web.Response:
    event_id, reason = get_input(request, EventPath).event_id, get_input(request, CancelIn).reason
    await use_cases(request).booking.cancel_event(event_id, by=principal(request), reason=reason)
    view = await use_cases(request).catalog.read_event(event_id, viewer=principal(request))
    return _event_response(view, request, 202)


@docs(tags=["events"], summary="Delete an event", description=DeleteEvent.__doc__)
@accepts_if_match
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
@response_schema(Schema, 204, description="Deleted.")
@refuses(Forbidden, EventNotFound, EventHasBookings)
async def delete_event(request: web.Request) -> web.Response:
    await use_cases(request).catalog.delete_event(
        get_input(request, EventPath).event_id, by=principal(request), expected=expected_versions(request)
    )
    return no_content_response()


def _event_response(
    view: EventView, request: web.Request, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    now = use_cases(request).clock.now()
    return resource_response(
        EventOut, (view, now, maybe_principal(request)), status, headers, version=view.event.version
    )


ROUTES = [
    web.get("/api/events", search_events),
    web.get("/api/events/list", list_open_events),
    web.get("/api/events/facets", count_facets),
    web.get("/api/events/{event_id}", read_event),
    web.post("/api/events", create_event),
    web.post("/api/admin/events", create_event),
    web.patch("/api/events/{event_id}", change_event),
    web.patch("/api/admin/events/{event_id}", change_event),
    web.delete("/api/events/{event_id}", delete_event),
    web.delete("/api/admin/events/{event_id}", delete_event),
    web.post("/api/admin/events/{event_id}/deactivate", deactivate_event),
    web.post("/api/events/{event_id}/cancel", cancel_event),
]
