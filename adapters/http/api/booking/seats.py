"""Seat maps: create, read and remove them."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from marshmallow import Schema

from adapters.http.api.booking.seat_schemas import GeneratedOut, GenerateIn, SeatMapOut, SeatOut, SeatRowOut, SeatsOut
from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import maybe_principal, optional_sign_in, principal, requires_sign_in
from adapters.http.middleware.conditional import (
    ETAG,
    accepts_if_none_match,
    has_no_version,
    known_versions,
    version_tag,
)
from adapters.http.middleware.public_cache import changes_public_lists, revalidated
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.long_lists import serialize_long_list
from adapters.http.shared.queries import NoParameters
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import json_response, no_content_response
from adapters.http.use_cases import use_cases
from core.booking.errors import CapacityBelowBooked, NoSuchEvent, SeatsTaken
from core.booking.seat_maps import GenerateSeats, ReadSeatMap, ReadSeats, RemoveSeats
from core.booking.seats import SeatMap
from core.shared.errors import Forbidden
from core.shared.ids import EventId
from core.shared.versions import Version

TAG = ["seats"]


@docs(tags=TAG, summary="Read the seat map of an event", description=ReadSeatMap.__doc__)
@accepts_if_none_match
@optional_sign_in
@match_info_schema(EventPath)
@response_schema(SeatMapOut)
@refuses(NoSuchEvent)
async def read_seat_map(request: web.Request) -> web.Response:
    event_id = get_input(request, EventPath).event_id
    seat_map = await use_cases(request).booking.read_seat_map(
        event_id, viewer=maybe_principal(request), known=known_versions(request)
    )
    if not isinstance(seat_map, SeatMap):
        return _unchanged(seat_map, request)
    body = await serialize_long_list(_counts(event_id, seat_map), "rows", SeatRowOut, seat_map.rows())
    return _seats_response(body, seat_map.version, request)


@docs(tags=TAG, summary="List the seats of an event", description=ReadSeats.__doc__)
@accepts_if_none_match
@optional_sign_in
@match_info_schema(EventPath)
@querystring_schema(NoParameters)
@response_schema(SeatsOut)
@refuses(NoSuchEvent)
async def read_seats(request: web.Request) -> web.Response:
    event_id = get_input(request, EventPath).event_id
    seat_map = await use_cases(request).booking.read_seats(
        event_id, viewer=maybe_principal(request), known=known_versions(request)
    )
    if not isinstance(seat_map, SeatMap):
        return _unchanged(seat_map, request)
    body = await serialize_long_list(_counts(event_id, seat_map), "items", SeatOut, seat_map.seats())
    return _seats_response(body, seat_map.version, request)


def _counts(event_id: EventId, seat_map: SeatMap) -> dict[str, object]:
    return {"event_id": event_id, "total": seat_map.total, "available": seat_map.available}


def _seats_response(body: bytes, version: Version, request: web.Request) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": "application/json", **_headers_of(version, request)})


def _unchanged(version: Version, request: web.Request) -> web.Response:
    return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=_headers_of(version, request))


def _headers_of(version: Version, request: web.Request) -> dict[str, str]:
    return {ETAG: version_tag(version), **revalidated(request)}


@docs(tags=TAG, summary="Create the seat map of an event", description=GenerateSeats.__doc__)
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
@json_schema(GenerateIn)
@response_schema(GeneratedOut, 201, description="How many seats the event has now.")
@refuses(Forbidden, NoSuchEvent, SeatsTaken, CapacityBelowBooked)
async def generate_seats(request: web.Request) -> web.Response:
    body = get_input(request, GenerateIn)
    created = await use_cases(request).booking.create_seat_map(
        get_input(request, EventPath).event_id,
        by=principal(request),
        rows=body.rows,
        per_row=body.per_row,
        capacity=body.capacity,
    )
    return json_response(GeneratedOut, {"created": created, "capacity": created}, 201)


@docs(tags=TAG, summary="Remove the seat map of an event", description=RemoveSeats.__doc__)
@has_no_version
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
@response_schema(Schema, 204, description="Removed.")
@refuses(Forbidden, NoSuchEvent, SeatsTaken)
async def remove_seats(request: web.Request) -> web.Response:
    await use_cases(request).booking.remove_seat_map(get_input(request, EventPath).event_id, by=principal(request))
    return no_content_response()


ROUTES = [
    web.get("/api/events/{event_id}/seat-map", read_seat_map),
    web.get("/api/events/{event_id}/seats", read_seats),
    web.post("/api/admin/events/{event_id}/seats/generate", generate_seats),
    web.delete("/api/admin/events/{event_id}/seats", remove_seats),
]
