"""Events and areas."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from marshmallow import Schema

from adapters.http.api.booking.schemas import CancelIn
from adapters.http.api.catalog.schemas import (
    AreaChange,
    AreaIn,
    AreaListOut,
    AreaOut,
    AreaPath,
    EventChange,
    EventIn,
    EventOut,
    EventPath,
    EventQueryIn,
)
from adapters.http.app import use_cases
from adapters.http.middleware.auth import maybe_principal, optional_sign_in, principal, requires_sign_in
from adapters.http.middleware.conditional import (
    accepts_if_match,
    accepts_if_none_match,
    expected_versions,
    returns_etag,
)
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.middleware.security_headers import ASKED_AGAIN
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.fields import page_request, page_schema
from adapters.http.shared.responses import json_response, no_content_response, page_response, resource_response
from core.booking.cancelling import CancelEvent
from core.booking.errors import CapacityBelowBooked, NoSuchEvent
from core.catalog.editing import ChangeArea, CreateArea, DeleteArea, DeleteEvent
from core.catalog.errors import (
    AreaExists,
    AreaInUse,
    AreaNotFound,
    EventCancelled,
    EventHasBookings,
    EventNotFound,
    UnknownArea,
)
from core.catalog.finding import ListAreas, ReadEvent, SearchEvents
from core.catalog.model import EventStatus, EventView
from core.catalog.search import EventQuery
from core.event_editing.changing import ChangeEvent, CreateEvent
from core.shared.errors import Forbidden
from core.shared.paging import BadCursor

_PAGING = ("limit", "offset", "cursor")


@docs(tags=["events"], summary="Find events", description=SearchEvents.__doc__)
@optional_sign_in
@querystring_schema(EventQueryIn)
@response_schema(page_schema(EventOut))
@refuses(BadCursor)
async def search_events(request: web.Request) -> web.Response:
    asked: dict[str, Any] = request["querystring"]
    now = use_cases(request).clock.now()
    filters = {name: value for name, value in asked.items() if name not in _PAGING}
    query = EventQuery(now=now, viewer=maybe_principal(request), **filters)
    page = await use_cases(request).search_events(query, page_request(asked))
    return page_response(EventOut, page.map(lambda view: (view, now)), request)


@docs(tags=["events"], summary="One event", description=ReadEvent.__doc__)
@accepts_if_none_match
@optional_sign_in
@match_info_schema(EventPath)
@response_schema(EventOut)
@refuses(EventNotFound)
async def read_event(request: web.Request) -> web.Response:
    view = await use_cases(request).read_event(request["match_info"]["event_id"], viewer=maybe_principal(request))
    return _shown(view, request, headers=ASKED_AGAIN)


@docs(tags=["events"], summary="Make an event", description=CreateEvent.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@json_schema(EventIn)
@response_schema(EventOut, 201, description="The new event.")
@refuses(Forbidden, UnknownArea)
async def create_event(request: web.Request) -> web.Response:
    view = await use_cases(request).create_event(by=principal(request), wanted=request["json"])
    return _shown(view, request, 201, {"Location": f"/api/events/{view.event.id}"})


@docs(tags=["events"], summary="Change an event", description=ChangeEvent.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(EventPath)
@json_schema(EventChange)
@response_schema(EventOut)
@refuses(Forbidden, EventNotFound, UnknownArea, CapacityBelowBooked, EventCancelled)
async def change_event(request: web.Request) -> web.Response:
    view = await use_cases(request).change_event(
        request["match_info"]["event_id"],
        by=principal(request),
        wanted=request["json"],
        expected=expected_versions(request),
    )
    return _shown(view, request)


@docs(
    tags=["events"],
    summary="Deactivate an event",
    description="Hide an event and stop its booking; its bookings and its waiting line stay as they are.",
)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(EventPath)
@response_schema(EventOut)
@refuses(Forbidden, EventNotFound, EventCancelled)
async def deactivate_event(request: web.Request) -> web.Response:
    view = await use_cases(request).change_event(
        request["match_info"]["event_id"], by=principal(request), wanted={"status": EventStatus.INACTIVE}
    )
    return _shown(view, request)


@docs(tags=["events"], summary="Cancel an event", description=CancelEvent.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(EventPath)
@json_schema(CancelIn)
@response_schema(EventOut, 202, description="The cancelled event; refunds follow.")
@refuses(Forbidden, NoSuchEvent)
async def cancel_event(request: web.Request) -> web.Response:
    event_id = request["match_info"]["event_id"]
    await use_cases(request).cancel_event(event_id, by=principal(request), reason=request["json"].get("reason"))
    return _shown(await use_cases(request).read_event(event_id, viewer=principal(request)), request, 202)


@docs(tags=["events"], summary="Delete an event", description=DeleteEvent.__doc__)
@accepts_if_match
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(EventPath)
@response_schema(Schema, 204, description="It is gone.")
@refuses(Forbidden, EventNotFound, EventHasBookings)
async def delete_event(request: web.Request) -> web.Response:
    await use_cases(request).delete_event(
        request["match_info"]["event_id"], by=principal(request), expected=expected_versions(request)
    )
    return no_content_response()


@docs(tags=["areas"], summary="Make an area", description=CreateArea.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@json_schema(AreaIn)
@response_schema(AreaOut, 201, description="The new area.")
@refuses(Forbidden, AreaExists)
async def create_area(request: web.Request) -> web.Response:
    area = await use_cases(request).create_area(by=principal(request), **request["json"])
    return resource_response(AreaOut, area, 201, version=area.version)


@docs(tags=["areas"], summary="Change an area", description=ChangeArea.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(AreaPath)
@json_schema(AreaChange)
@response_schema(AreaOut)
@refuses(Forbidden, AreaNotFound, AreaExists)
async def change_area(request: web.Request) -> web.Response:
    area = await use_cases(request).change_area(
        request["match_info"]["area_id"],
        by=principal(request),
        wanted=request["json"],
        expected=expected_versions(request),
    )
    return resource_response(AreaOut, area, version=area.version)


@docs(tags=["areas"], summary="Delete an area", description=DeleteArea.__doc__)
@accepts_if_match
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(AreaPath)
@response_schema(Schema, 204, description="It is gone.")
@refuses(Forbidden, AreaNotFound, AreaInUse)
async def delete_area(request: web.Request) -> web.Response:
    await use_cases(request).delete_area(
        request["match_info"]["area_id"], by=principal(request), expected=expected_versions(request)
    )
    return no_content_response()


@docs(tags=["areas"], summary="All areas", description=ListAreas.__doc__)
@response_schema(AreaListOut)
async def list_areas(request: web.Request) -> web.Response:
    summaries = await use_cases(request).list_areas()
    return json_response(AreaListOut, {"items": summaries, "total": len(summaries)})


def _shown(
    view: EventView, request: web.Request, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    shown_at = use_cases(request).clock.now()
    return resource_response(EventOut, (view, shown_at), status, headers, version=view.event.version)


ROUTES = [
    web.get("/api/events", search_events),
    web.get("/api/events/list", search_events),
    web.get("/api/events/areas", list_areas),
    web.post("/api/events/areas", create_area),
    web.patch("/api/events/areas/{area_id}", change_area),
    web.delete("/api/events/areas/{area_id}", delete_area),
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
