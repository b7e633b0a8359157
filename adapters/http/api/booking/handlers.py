"""Book, register, pay, read and cancel bookings."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.booking.schemas import (
    BookIn,
    BookingLinkIn,
    BookingOut,
    BookingPath,
    EventBookingsQuery,
    IdempotencyKeyHeader,
    MyBookingsQuery,
    PayIn,
    RegisterIn,
    RegistrationOut,
)
from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.conditional import (
    accepts_if_match,
    accepts_if_none_match,
    expected_versions,
    returns_etag,
)
from adapters.http.middleware.rate_limiting import BOOKING, REGISTER, rate_limit
from adapters.http.shared.declarations import (
    docs,
    headers_schema,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.paging import page_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import json_response, page_response, resource_response
from adapters.http.use_cases import use_cases
from core.booking.cancelling import CancelBooking, CancelLinkedBooking
from core.booking.errors import (
    AlreadyCheckedIn,
    AlreadyRegistered,
    BadBookingLink,
    BookingNotFound,
    EventNotOpen,
    EventStarted,
    ExceedsCapacity,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    NoSuchEvent,
    NotBookable,
    NotPayable,
    PaymentDeclined,
    PaymentNeeded,
    PaymentUnavailable,
    RegistrationClosed,
    SeatUnavailable,
    SoldOut,
    UnknownSeat,
)
from core.booking.model import BookingStatus
from core.booking.paying import PayBooking
from core.booking.placing import PlaceBooking, RegisterVisitor
from core.booking.ports import BookingView
from core.booking.reading import ListEventBookings, ListMyBookings, ReadBooking, ReadBookingCalendar
from core.shared.errors import Forbidden
from core.shared.paging import BadCursor

NOT_OPEN_REFUSALS = (NoSuchEvent, NotBookable, EventNotOpen, EventStarted, RegistrationClosed)
PAYMENT_REFUSALS = (PaymentDeclined, PaymentUnavailable, NotPayable)
_WAITLISTED = "The event is full; you are on its waiting list."
_REGISTERED = "You are registered."


@docs(tags=["booking"], summary="Book places or seats", description=PlaceBooking.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(BOOKING)
@match_info_schema(EventPath)
@headers_schema(IdempotencyKeyHeader)
@json_schema(BookIn)
@response_schema(
    BookingOut,
    201,
    description="Confirmed, or pending until paid. A replay says so in a header.",
)
@response_schema(BookingOut, 202, description="The event is full: the party is on the waitlist.")
@refuses(
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    *NOT_OPEN_REFUSALS,
    SoldOut,
    SeatUnavailable,
    UnknownSeat,
    ExceedsCapacity,
    *PAYMENT_REFUSALS,
)
async def book(request: web.Request) -> web.Response:
    body = get_input(request, BookIn)
    placed = await use_cases(request).booking.place(
        get_input(request, EventPath).event_id,
        by=principal(request),
        key=get_input(request, IdempotencyKeyHeader).key,
        quantity=body.quantity,
        seat_ids=body.seat_ids,
        waitlist=body.waitlist,
        payment_token=body.payment_token,
    )
    headers = {"Location": f"/api/bookings/{placed.view.booking.id}"}
    if placed.replayed:
        headers["Idempotency-Replayed"] = "true"
    return _booking_response(placed.view, 202 if placed.was_waitlisted else 201, headers)


@docs(tags=["booking"], summary="Register a visitor", description=RegisterVisitor.__doc__)
@rate_limit(REGISTER)
@match_info_schema(EventPath)
@json_schema(RegisterIn)
@response_schema(RegistrationOut, 201, description="Registered.")
@response_schema(RegistrationOut, 202, description="The event is full: the visitor is on the waitlist.")
@refuses(*NOT_OPEN_REFUSALS, AlreadyRegistered, PaymentNeeded)
async def register(request: web.Request) -> web.Response:
    body = get_input(request, RegisterIn)
    view = await use_cases(request).booking.register_visitor(
        get_input(request, EventPath).event_id, full_name=body.full_name, email=body.email
    )
    is_waitlisted = view.booking.status is BookingStatus.WAITLISTED
    message, status = (_WAITLISTED, 202) if is_waitlisted else (_REGISTERED, 201)
    return json_response(RegistrationOut, {"message": message, "registration": view}, status)


@docs(tags=["booking"], summary="Pay a booking", description=PayBooking.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(BOOKING)
@match_info_schema(BookingPath)
@json_schema(PayIn)
@response_schema(BookingOut)
@refuses(BookingNotFound, EventStarted, *PAYMENT_REFUSALS)
async def pay(request: web.Request) -> web.Response:
    view = await use_cases(request).booking.pay(
        get_input(request, BookingPath).booking_id, by=principal(request), token=get_input(request, PayIn).payment_token
    )
    return _booking_response(view)


@docs(tags=["booking"], summary="Read a booking", description=ReadBooking.__doc__)
@accepts_if_none_match
@requires_sign_in
@match_info_schema(BookingPath)
@response_schema(BookingOut)
@refuses(BookingNotFound)
async def read_booking(request: web.Request) -> web.Response:
    view = await use_cases(request).booking.read(get_input(request, BookingPath).booking_id, by=principal(request))
    return _booking_response(view)


@docs(
    tags=["booking"],
    summary="Read a booking as a calendar entry",
    description=ReadBookingCalendar.__doc__,
    produces=["text/calendar"],
    responses={200: {"description": "The entry, as iCalendar (RFC 5545)."}},
)
@requires_sign_in
@match_info_schema(BookingPath)
@refuses(BookingNotFound)
async def read_booking_calendar(request: web.Request) -> web.Response:
    booking_id = get_input(request, BookingPath).booking_id
    entry = await use_cases(request).booking.read_calendar(booking_id, by=principal(request))
    headers = {"Content-Disposition": 'attachment; filename="booking.ics"'}
    return web.Response(body=entry, content_type="text/calendar", charset="utf-8", headers=headers)


@docs(tags=["booking"], summary="Cancel a booking, or leave the waitlist", description=CancelBooking.__doc__)
@accepts_if_match
@returns_etag
@requires_sign_in
@match_info_schema(BookingPath)
@response_schema(BookingOut, description="The cancelled booking; also if it was cancelled before.")
@refuses(BookingNotFound, EventStarted, AlreadyCheckedIn)
async def cancel_booking(request: web.Request) -> web.Response:
    view = await use_cases(request).booking.cancel(
        get_input(request, BookingPath).booking_id, by=principal(request), expected=expected_versions(request)
    )
    return _booking_response(view)


@docs(tags=["booking"], summary="Cancel a booking with a link's token", description=CancelLinkedBooking.__doc__)
@returns_etag
@rate_limit(REGISTER)
@json_schema(BookingLinkIn)
@response_schema(BookingOut, description="The cancelled booking; also if it was cancelled before.")
@refuses(BadBookingLink, BookingNotFound, EventStarted, AlreadyCheckedIn)
async def cancel_linked_booking(request: web.Request) -> web.Response:
    view = await use_cases(request).booking.cancel_linked(token=get_input(request, BookingLinkIn).token)
    return _booking_response(view)


@docs(tags=["booking"], summary="List my bookings, newest first", description=ListMyBookings.__doc__)
@requires_sign_in
@querystring_schema(MyBookingsQuery)
@response_schema(page_schema(BookingOut))
@refuses(BadCursor)
async def list_my_bookings(request: web.Request) -> web.Response:
    query = get_input(request, MyBookingsQuery)
    page = await use_cases(request).booking.list_mine(
        query.page,
        by=principal(request),
        status=query.filter.status,
        event_id=query.filter.event_id,
        upcoming=query.filter.upcoming,
    )
    return page_response(BookingOut, page, request)


@docs(tags=["booking"], summary="List the bookings of an event, newest first", description=ListEventBookings.__doc__)
@requires_sign_in
@match_info_schema(EventPath)
@querystring_schema(EventBookingsQuery)
@response_schema(page_schema(BookingOut))
@refuses(Forbidden, NoSuchEvent, BadCursor)
async def list_event_bookings(request: web.Request) -> web.Response:
    query = get_input(request, EventBookingsQuery)
    page = await use_cases(request).booking.list_of_event(
        get_input(request, EventPath).event_id, query.filter, query.page, by=principal(request)
    )
    return page_response(BookingOut, page, request)


def _booking_response(view: BookingView, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return resource_response(BookingOut, view, status, headers, version=view.booking.version)


ROUTES = [
    web.post("/api/events/{event_id}/book", book),
    web.post("/api/events/{event_id}/register", register),
    web.get("/api/bookings/{booking_id}", read_booking),
    web.get("/api/bookings/{booking_id}/calendar.ics", read_booking_calendar),
    web.delete("/api/bookings/{booking_id}", cancel_booking),
    web.post("/api/bookings/cancel", cancel_linked_booking),
    web.post("/api/bookings/{booking_id}/pay", pay),
    web.get("/api/me/bookings", list_my_bookings),
    web.get("/api/events/{event_id}/bookings", list_event_bookings),
]
