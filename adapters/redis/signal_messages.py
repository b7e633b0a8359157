"""How signals travel between processes: as JSON, by the name of their class and its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import orjson

from core.shared.ids import BookingId, EventId, UserId
from core.shared.signals import (
    AccountsChanged,
    BookingsChanged,
    CheckInsChanged,
    EventsChanged,
    PaymentsChanged,
    Signal,
)


@dataclass(frozen=True, slots=True)
class Message:
    """Signals of one process. It numbers its messages, so that others see when they have missed some."""

    sender: str
    number: int
    signals: Sequence[Signal]


def encode_message(message: Message) -> bytes:
    """Return the message as JSON."""
    signals = [(type(signal).__name__, _encode_fields(signal)) for signal in message.signals]
    return orjson.dumps((message.sender, message.number, signals))


def _encode_fields(signal: Signal) -> dict[str, Any]:
    return {field.name: _encode_value(getattr(signal, field.name)) for field in fields(signal)}


def _encode_value(value: Any) -> Any:
    """Return the value with ids as text: those of asyncpg are a subclass of UUID, which orjson refuses."""
    match value:
        case UUID():
            return str(value)
        case Mapping():
            return {str(key): _encode_value(each) for key, each in value.items()}
        case list() | tuple():
            return [_encode_value(each) for each in value]
    return value


def decode_message(data: bytes) -> Message:
    """Return the message; signals of unknown kinds, which a newer version has sent, are left out. Raises ValueError."""
    try:
        sender, number, signals = orjson.loads(data)
        known = [_DECODERS[name](fields) for name, fields in signals if name in _DECODERS]
        return Message(str(sender), int(number), known)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError("not a message of signals") from error


def _decode_bookings_changed(fields: Mapping[str, Any]) -> BookingsChanged:
    return BookingsChanged(
        _event_id(fields["event_id"]),
        sold=fields["sold"],
        available=fields["available"],
        waitlist_count=fields["waitlist_count"],
        seats=fields["seats"],
        bookings=_decode_bookings(fields["bookings"]),
    )


def _decode_payments_changed(fields: Mapping[str, Any]) -> PaymentsChanged:
    return PaymentsChanged(_event_id(fields["event_id"]), _decode_bookings(fields["bookings"]))


def _decode_bookings(bookings: Mapping[str, str | None]) -> Mapping[BookingId, UserId | None]:
    return {
        BookingId(UUID(booking_id)): None if user_id is None else UserId(UUID(user_id))
        for booking_id, user_id in bookings.items()
    }


def _event_id(text: str) -> EventId:
    return EventId(UUID(text))


_DECODERS: Mapping[str, Callable[[Mapping[str, Any]], Signal]] = {
    "BookingsChanged": _decode_bookings_changed,
    "PaymentsChanged": _decode_payments_changed,
    "CheckInsChanged": lambda fields: CheckInsChanged(_event_id(fields["event_id"])),
    "EventsChanged": lambda fields: EventsChanged(tuple(map(_event_id, fields["event_ids"]))),
    "AccountsChanged": lambda _: AccountsChanged(),
}
