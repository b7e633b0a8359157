"""Requests and responses about bookings, tickets and seats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from adapters.http.shared.declarations import NEEDED
from adapters.http.shared.fields import Amount, Flag, Id, Moment, Prose
from adapters.http.shared.paging import FilteredPageQuery
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from core.booking.model import MAX_PARTY_SIZE, MAX_SEATS, MAX_VISITOR_NAME, BookingStatus, EventSummary, Ticket
from core.booking.ports import BookingFilter, BookingView, TicketView
from core.booking.seats import MAX_SEATS_PER_ROW, Seat
from core.shared.email import MAX_EMAIL
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
        metadata={"description": "Labels (`A-1`) or ids.", "example": ["A-1", "A-2"]},
    )
    waitlist = Flag(load_default=True, metadata={"description": "Join the waitlist if the event is full."})
    payment_token = PAYMENT_TOKEN


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


@dataclass(frozen=True, slots=True)
class CheckInBody:
    code: str


class CheckInIn(RequestSchema[CheckInBody]):
    code = fields.String(required=True, validate=validate.Length(1, 100))


@dataclass(frozen=True, slots=True)
class SeatMapBody:
    rows: int | None = None
    per_row: int | None = None


class GenerateIn(RequestSchema[SeatMapBody]):
    rows = fields.Integer(strict=True, validate=validate.Range(1, MAX_SEATS))
    per_row = fields.Integer(strict=True, validate=validate.Range(1, MAX_SEATS_PER_ROW))


class GeneratedOut(ResponseSchema):
    created = fields.Integer()
    capacity = fields.Integer()


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


@dataclass(frozen=True, slots=True)
class BookingRef:
    booking_id: BookingId


class BookingPath(RequestSchema[BookingRef]):
    booking_id = Id(required=True)


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


class BookingOut(ResponseSchema):
    id = Id()
    event_id = Id()
    user_id = Id(allow_none=True)
    quantity = fields.Integer()
    status = fields.Enum(BookingStatus, by_value=True)
    seats = fields.List(fields.String())
    amount = Amount()
    currency = fields.String()
    waitlist_position = fields.Integer(
        allow_none=True, metadata={"description": "From 1; null when not on the waitlist."}
    )
    expires_at = Moment(allow_none=True, metadata={"description": "When the booking expires unless it is paid."})
    tickets = fields.List(fields.Nested(TicketOut))
    created_at = Moment()
    updated_at = Moment()

    def flatten(self, view: BookingView) -> dict[str, Any]:
        booking = view.booking
        return {
            "id": booking.id,
            "event_id": booking.event_id,
            "user_id": booking.user_id,
            "quantity": booking.quantity,
            "status": booking.status,
            "seats": booking.seats,
            "amount": booking.amount,
            "currency": booking.currency,
            "waitlist_position": view.position,
            "expires_at": booking.expires_at,
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


class RegistrationOut(ResponseSchema):
    message = fields.String()
    registration = fields.Nested(BookingOut)


class SeatOut(ResponseSchema):
    id = Id()
    label = fields.String()
    row_label = fields.String()
    col_number = fields.Integer()
    status = fields.String(metadata={"enum": ["available", "held", "reserved"]})

    def flatten(self, item: tuple[Seat, str]) -> dict[str, Any]:
        seat, status = item
        return {
            "id": seat.id,
            "label": seat.label,
            "row_label": seat.position.row_label,
            "col_number": seat.position.col_number,
            "status": status,
        }


class SeatMapOut(ResponseSchema):
    event_id = Id()
    total = fields.Integer()
    available = fields.Integer()
    items = fields.List(fields.Nested(SeatOut))
