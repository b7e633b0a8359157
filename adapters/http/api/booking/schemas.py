"""How bookings, tickets and seats are written in JSON."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from adapters.http.shared.fields import Amount, Flag, Id, Moment, PageQuery, Prose, ResponseSchema
from core.booking.model import MAX_PARTY_SIZE, MAX_SEATS, MAX_VISITOR_NAME, BookingStatus, EventSummary, Ticket
from core.booking.ports import BookingView, TicketView
from core.booking.seats import MAX_SEATS_PER_ROW, Seat
from core.shared.email import MAX_EMAIL

TOKEN = fields.String(
    validate=validate.Length(1, 200),
    metadata={"description": "From the payment gateway. The simulated one knows tok_approve, tok_decline and others."},
)


class BookIn(Schema):
    """Either a quantity or the seats."""

    quantity = fields.Integer(strict=True, validate=validate.Range(1, MAX_PARTY_SIZE))
    seat_ids = fields.List(
        fields.String(validate=validate.Length(1, 40)),
        validate=validate.Length(1, MAX_PARTY_SIZE),
        metadata={"description": "Labels (`A-1`) or ids.", "example": ["A-1", "A-2"]},
    )
    waitlist = Flag(load_default=True, metadata={"description": "Wait in line when it is full."})
    payment_token = TOKEN


class PayIn(Schema):
    payment_token = fields.String(required=True, validate=validate.Length(1, 200), metadata=TOKEN.metadata)


class PurchaseIn(Schema):
    payment_token = TOKEN


class RegisterIn(Schema):
    full_name = fields.String(
        required=True, validate=validate.Length(1, MAX_VISITOR_NAME), metadata={"example": "Ada Lovelace"}
    )
    email = fields.String(required=True, validate=validate.Length(3, MAX_EMAIL), metadata={"format": "email"})


class CheckInIn(Schema):
    code = fields.String(required=True, validate=validate.Length(1, 100))


class GenerateIn(Schema):
    rows = fields.Integer(strict=True, validate=validate.Range(1, MAX_SEATS))
    per_row = fields.Integer(strict=True, validate=validate.Range(1, MAX_SEATS_PER_ROW))


class GeneratedOut(ResponseSchema):
    created = fields.Integer()
    capacity = fields.Integer()


class CancelIn(Schema):
    reason = Prose(validate=validate.Length(0, 1000), allow_none=True)


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


class TicketPath(Schema):
    ticket_id = Id(required=True)


class MyBookingsQuery(PageQuery):
    status = fields.Enum(BookingStatus, by_value=True, load_default=None)
    event_id = Id(load_default=None)
    upcoming = fields.Boolean(load_default=False)


class AllBookingsQuery(PageQuery):
    status = fields.Enum(BookingStatus, by_value=True)
    event_id = Id()
    user_id = Id()


class EventCardOut(ResponseSchema):
    id = Id()
    name = fields.String()
    start_time = Moment()
    venue = fields.String(allow_none=True)


class TicketOut(ResponseSchema):
    id = Id()
    booking_id = Id()
    event_id = Id()
    seat = fields.String(allow_none=True)
    code = fields.String(metadata={"description": "What is shown at the door; also at `/api/tickets/{id}/qr.svg`."})
    status = fields.String(metadata={"enum": ["valid", "used", "void"]})
    checked_in_at = Moment(allow_none=True)
    event = fields.Nested(EventCardOut)

    def flatten(self, view: TicketView) -> dict[str, Any]:
        return _ticket(view.ticket, view.seat, view.event)


class BookingOut(ResponseSchema):
    id = Id()
    event_id = Id()
    user_id = Id(allow_none=True)
    quantity = fields.Integer()
    status = fields.Enum(BookingStatus, by_value=True)
    seats = fields.List(fields.String())
    amount = Amount()
    currency = fields.String()
    waitlist_position = fields.Integer(allow_none=True, metadata={"description": "From 1; null when not in line."})
    expires_at = Moment(allow_none=True, metadata={"description": "Until when it has to be paid."})
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


def _ticket(ticket: Ticket, seat: str | None, event: EventSummary) -> dict[str, Any]:
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

    def flatten(self, shown: tuple[Seat, str]) -> dict[str, Any]:
        seat, status = shown
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
