"""Requests and responses about bookings and tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import web
from marshmallow import fields, validate

from adapters.http.shared.declarations import NEEDED
from adapters.http.shared.fields import Amount, Flag, Id, Moment, Prose, Scanned
from adapters.http.shared.paging import FilteredPageQuery
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from core.booking.model import BookingStatus, EventSummary, Ticket
from core.booking.payment import PaymentStatus
from core.booking.ports import BookingFilter, BookingView, TicketView
from core.booking.requests import MAX_PARTY_SIZE, MAX_VISITOR_NAME, new_visitor, parse_key, parse_party
from core.shared.email import MAX_EMAIL
from core.shared.errors import check_together
from core.shared.ids import BookingId, EventId, TicketId

PAYMENT_TOKEN = fields.String(
    validate=validate.Length(1, 200),
    metadata={"description": "From the payment gateway. The simulated one knows tok_approve, tok_decline and others."},
)


@dataclass(frozen=True, slots=True)
class BookBody:
    waitlist: bool
    quantity: int | None = None
    seat_ids: list[str] | None = None
    payment_token: str | None = None


class BookIn(RequestSchema[BookBody]):
    """Either a quantity or the seats."""

    quantity = fields.Integer(strict=True, validate=validate.Range(1, MAX_PARTY_SIZE))
    seat_ids = fields.List(
        fields.String(validate=validate.Length(1, 40)),
        validate=validate.Length(1, MAX_PARTY_SIZE),
        metadata={
            "description": "Labels (`A-1`, which may also be typed as `a1` or `A 01`) or ids.",
            "example": ["A-1", "A-2"],
        },
    )
    waitlist = Flag(load_default=True, metadata={"description": "Join the waitlist if the event is full."})
    payment_token = PAYMENT_TOKEN

    stand_ins: ClassVar = {"quantity": 1, "seat_ids": ["A-1"]}

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        seats = tuple(data["seat_ids"]) if "seat_ids" in data else None
        check_together(
            lambda: parse_party(data.get("quantity"), seats),
            lambda: seats is not None and parse_party(None, seats),
        )


@dataclass(frozen=True, slots=True)
class PayBody:
    payment_token: str


class PayIn(RequestSchema[PayBody]):
    payment_token = fields.String(required=True, validate=validate.Length(1, 200), metadata=PAYMENT_TOKEN.metadata)


@dataclass(frozen=True, slots=True)
class PurchaseBody:
    payment_token: str | None = None


class PurchaseIn(RequestSchema[PurchaseBody]):
    payment_token = PAYMENT_TOKEN


@dataclass(frozen=True, slots=True)
class RegisterBody:
    full_name: str
    email: str


class RegisterIn(RequestSchema[RegisterBody]):
    full_name = fields.String(
        required=True, validate=validate.Length(1, MAX_VISITOR_NAME), metadata={"example": "Ada Lovelace"}
    )
    email = fields.String(required=True, validate=validate.Length(3, MAX_EMAIL), metadata={"format": "email"})

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        new_visitor(data.get("full_name", "Ada"), data.get("email", "ada@example.com"))


@dataclass(frozen=True, slots=True)
class CheckInBody:
    code: str


class CheckInIn(RequestSchema[CheckInBody]):
    code = Scanned(required=True, validate=validate.Length(1, 100))


@dataclass(frozen=True, slots=True)
class CancelBody:
    reason: str | None = None


class CancelIn(RequestSchema[CancelBody]):
    reason = Prose(validate=validate.Length(0, 1000), allow_none=True)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    key: str | None = None


class IdempotencyKeyHeader(RequestSchema[IdempotencyKey]):
    key = fields.String(
        data_key="Idempotency-Key",
        metadata={
            NEEDED: True,
            "description": "1 to 255 visible ASCII characters, quoted or bare; a new one for each booking, "
            "the same one for a retry.",
            "example": "7f0c2a4e-order-1",
        },
    )

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        if (data.get("key") or "").strip():  # a missing key is a refusal of its own
            parse_key(data["key"])


@dataclass(frozen=True, slots=True)
class BookingRef:
    booking_id: BookingId


class BookingPath(RequestSchema[BookingRef]):
    booking_id = Id(required=True)


@dataclass(frozen=True, slots=True)
class BookingLinkBody:
    token: str


class BookingLinkIn(RequestSchema[BookingLinkBody]):
    token = fields.String(
        required=True,
        validate=validate.Length(1, 1000),
        metadata={"description": "The `token` of the link in an email about the booking."},
    )


@dataclass(frozen=True, slots=True)
class TicketRef:
    ticket_id: TicketId


class TicketPath(RequestSchema[TicketRef]):
    ticket_id = Id(required=True)


@dataclass(frozen=True, slots=True)
class MyBookingsFilter:
    status: BookingStatus | None
    event_id: EventId | None
    upcoming: bool


class MyBookingsQuery(FilteredPageQuery[MyBookingsFilter]):
    status = fields.Enum(BookingStatus, by_value=True, load_default=None)
    event_id = Id(load_default=None)
    upcoming = fields.Boolean(load_default=False)


class AllBookingsQuery(FilteredPageQuery[BookingFilter]):
    status = fields.Enum(BookingStatus, by_value=True)
    event_id = Id()
    user_id = Id()


class EventBookingsQuery(FilteredPageQuery[BookingFilter]):
    q = fields.String(
        attribute="text",
        validate=validate.Length(1, 200),
        metadata={"description": "A part of the holder's name or email address; case and accents don't matter."},
    )
    status = fields.Enum(BookingStatus, by_value=True)
    checked_in = fields.Boolean(metadata={"description": "Whether any of its tickets has been used."})


@dataclass(frozen=True, slots=True)
class VisitorFilter:
    event_id: EventId | None = None
    email: str | None = None


class VisitorsQuery(FilteredPageQuery[VisitorFilter]):
    event_id = Id()
    email = fields.String(validate=validate.Length(1, MAX_EMAIL), metadata={"format": "email"})


class EventSummaryOut(ResponseSchema):
    id = Id()
    name = fields.String()
    start_time = Moment()
    venue = fields.String(allow_none=True)


class TicketOut(ResponseSchema):
    id = Id()
    booking_id = Id()
    event_id = Id()
    seat = fields.String(allow_none=True)
    code = fields.String(metadata={"description": "To show at the entrance; a QR code at `/api/tickets/{id}/qr.svg`."})
    status = fields.String(metadata={"enum": ["valid", "used", "void"]})
    checked_in_at = Moment(allow_none=True)
    event = fields.Nested(EventSummaryOut)

    def flatten(self, view: TicketView) -> dict[str, Any]:
        return _ticket_fields(view.ticket, view.seat, view.event)


class HolderNameOut(ResponseSchema):
    name = fields.String()


class TicketAtDoorOut(TicketOut):
    """A ticket at the door, and whose it is."""

    holder = fields.Nested(HolderNameOut, allow_none=True, metadata={"description": "null: the account was deleted."})

    def flatten(self, view: TicketView) -> dict[str, Any]:
        return super().flatten(view) | {"holder": view.holder}


class HolderOut(HolderNameOut):
    """The person who has a booking."""

    email = fields.String(metadata={"format": "email"})


class PaymentOut(ResponseSchema):
    """The last attempt to pay a booking."""

    status = fields.Enum(
        PaymentStatus,
        by_value=True,
        metadata={
            "description": "`open`: the outcome is not known yet. `captured`: paid. `declined`, `void`: not charged. "
            "`refund_due`: it will be paid back. `refunded`: it was paid back."
        },
    )
    amount = Amount()
    refunded = Amount(metadata={"description": "How much was paid back."})
    currency = fields.String()


class BookingOut(ResponseSchema):
    id = Id()
    event_id = Id()
    user_id = Id(allow_none=True, metadata={"description": "null: without an account, or it was deleted."})
    holder = fields.Nested(
        HolderOut,
        allow_none=True,
        metadata={
            "description": "Shown to the organizer of the event and to admins, otherwise null; null once it is deleted."
        },
    )
    quantity = fields.Integer()
    status = fields.Enum(BookingStatus, by_value=True)
    seats = fields.List(fields.String())
    amount = Amount()
    currency = fields.String()
    waitlist_position = fields.Integer(
        allow_none=True, metadata={"description": "From 1; null when not on the waitlist."}
    )
    expires_at = Moment(allow_none=True, metadata={"description": "When the booking expires unless it is paid."})
    payment = fields.Nested(
        PaymentOut, allow_none=True, metadata={"description": "null: there was nothing to pay, or nobody has tried."}
    )
    tickets = fields.List(fields.Nested(TicketOut))
    created_at = Moment()
    updated_at = Moment()

    def flatten(self, view: BookingView) -> dict[str, Any]:
        booking = view.booking
        return {
            "id": booking.id,
            "event_id": booking.event_id,
            "user_id": booking.user_id,
            "holder": view.holder,
            "quantity": booking.quantity,
            "status": booking.status,
            "seats": booking.seats,
            "amount": booking.amount,
            "currency": booking.currency,
            "waitlist_position": view.position,
            "expires_at": booking.expires_at,
            "payment": view.payment,
            "tickets": [TicketView.of(view, ticket) for ticket in view.tickets],
            "created_at": booking.created_at,
            "updated_at": booking.updated_at,
        }


def _ticket_fields(ticket: Ticket, seat: str | None, event: EventSummary) -> dict[str, Any]:
    return {
        "id": ticket.id,
        "booking_id": ticket.booking_id,
        "event_id": ticket.event_id,
        "seat": seat,
        "code": ticket.code,
        "status": ticket.status,
        "checked_in_at": ticket.checked_in_at,
        "event": event,
    }


class VisitorOut(ResponseSchema):
    """A person who registered for an event without an account."""

    id = Id(metadata={"description": "The id of the booking."})
    event_id = Id()
    event = fields.Nested(EventSummaryOut)
    full_name = fields.String(allow_none=True, metadata={"description": "null: deleted, with an account."})
    email = fields.String(allow_none=True, metadata={"format": "email"})
    status = fields.Enum(BookingStatus, by_value=True)
    waitlist_position = fields.Integer(allow_none=True)
    created_at = Moment()

    def flatten(self, view: BookingView) -> dict[str, Any]:
        booking, visitor = view.booking, view.booking.visitor
        return {
            "id": booking.id,
            "event_id": booking.event_id,
            "event": view.event,
            "full_name": visitor and visitor.full_name,
            "email": visitor and visitor.email,
            "status": booking.status,
            "waitlist_position": view.position,
            "created_at": booking.created_at,
        }


class RegistrationOut(ResponseSchema):
    message = fields.String()
    registration = fields.Nested(BookingOut)
