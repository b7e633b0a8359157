"""Booking places, and looking after one's bookings."""

from __future__ import annotations

from aiohttp import web
from marshmallow import Schema, fields, validate

from adapters.http.answers import shown, shown_page
from adapters.http.app import use_cases
from adapters.http.auth import principal, signed_in
from adapters.http.catalog_schemas import EventPath
from adapters.http.declaring import (
    docs,
    headers_schema,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.schemas import Amount, Id, Moment, PageQuery, page_of, page_request
from core.booking.cancelling import CancelBooking
from core.booking.errors import (
    BookingNotFound,
    EventNotOpen,
    EventStarted,
    ExceedsCapacity,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NoSuchEvent,
    NotBookable,
    RegistrationClosed,
    SoldOut,
)
from core.booking.model import MAX_PARTY, BookingStatus
from core.booking.placing import PlaceBooking
from core.booking.reading import ListMyBookings, ReadBooking
from core.shared.paging import BadCursor


class BookIn(Schema):
    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_PARTY))


class IdempotencyKeyHeader(Schema):
    key = fields.String(
        data_key="Idempotency-Key",
        load_default=None,
        metadata={
            "description": "Required. 1 to 255 visible ASCII characters, quoted or bare; a new one for each booking, "
            "the same one for a retry.",
            "example": "7f0c2a4e-order-1",
        },
    )


class BookingPath(Schema):
    booking_id = Id(required=True)


class MyBookingsQuery(PageQuery):
    status = fields.Enum(BookingStatus, by_value=True, load_default=None)
    event_id = Id(load_default=None)
    upcoming = fields.Boolean(load_default=False)


class BookingOut(Schema):
    id = Id()
    event_id = Id()
    user_id = Id()
    quantity = fields.Integer()
    status = fields.Enum(BookingStatus, by_value=True)
    amount = Amount()
    currency = fields.String()
    created_at = Moment()
    updated_at = Moment()


@docs(tags=["booking"], summary="Book places", description=PlaceBooking.__doc__)
@signed_in
@match_info_schema(EventPath)
@headers_schema(IdempotencyKeyHeader)
@json_schema(BookIn)
@response_schema(BookingOut, 201, description="The booking; a replay has `Idempotency-Replayed: true`.")
@refuses(
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NoSuchEvent,
    NotBookable,
    EventNotOpen,
    EventStarted,
    RegistrationClosed,
    SoldOut,
    ExceedsCapacity,
)
async def book(request: web.Request) -> web.Response:
    placed = await use_cases(request).place_booking(
        request["match_info"]["event_id"], by=principal(request), **request["headers"], **request["json"]
    )
    headers = {"Location": f"/api/bookings/{placed.booking.id}"}
    if placed.replayed:
        headers["Idempotency-Replayed"] = "true"
    return shown(BookingOut, placed.booking, 201, headers)


@docs(tags=["booking"], summary="One booking", description=ReadBooking.__doc__)
@signed_in
@match_info_schema(BookingPath)
@response_schema(BookingOut)
@refuses(BookingNotFound)
async def read_booking(request: web.Request) -> web.Response:
    booking = await use_cases(request).read_booking(request["match_info"]["booking_id"], by=principal(request))
    return shown(BookingOut, booking)


@docs(tags=["booking"], summary="Cancel a booking", description=CancelBooking.__doc__)
@signed_in
@match_info_schema(BookingPath)
@response_schema(BookingOut, description="The cancelled booking; the same when it was cancelled before.")
@refuses(BookingNotFound, EventStarted)
async def cancel_booking(request: web.Request) -> web.Response:
    booking = await use_cases(request).cancel_booking(request["match_info"]["booking_id"], by=principal(request))
    return shown(BookingOut, booking)


@docs(tags=["booking"], summary="My bookings, newest first", description=ListMyBookings.__doc__)
@signed_in
@querystring_schema(MyBookingsQuery)
@response_schema(page_of(BookingOut))
@refuses(BadCursor)
async def list_my_bookings(request: web.Request) -> web.Response:
    query = request["querystring"]
    page = await use_cases(request).list_my_bookings(
        page_request(query),
        by=principal(request),
        status=query["status"],
        event_id=query["event_id"],
        upcoming=query["upcoming"],
    )
    return shown_page(BookingOut, page, request)


ROUTES = [
    web.post("/api/events/{event_id}/book", book),
    web.get("/api/bookings/{booking_id}", read_booking),
    web.delete("/api/bookings/{booking_id}", cancel_booking),
    web.get("/api/me/bookings", list_my_bookings),
]
