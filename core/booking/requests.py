"""Requests for places: what a person or program sends, checked and brought into one form, and its idempotency key."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from core.booking.errors import IdempotencyKeyMissing
from core.booking.model import Channel, Visitor
from core.shared.email import NO_EMAIL, is_email, normalise_email
from core.shared.errors import InvalidFields
from core.shared.ids import BookingId, EventId, UserId
from core.shared.text import find_name_mistake

MAX_PARTY_SIZE = 10
MAX_VISITOR_NAME = 100
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_SEAT_LABEL = re.compile(r"(?P<row>[A-Z]+)[\W_]*(?P<column>\d{1,9})")
_to_sorted_json = json.JSONEncoder(sort_keys=True).encode


@dataclass(frozen=True, slots=True)
class Request:
    """A party's request for places, with the id its booking will have.

    `seats` are labels or ids, as `parse_party` returns them; empty means any seats. A `key` comes with the
    `fingerprint` of the request and the `user_id` of its sender. `pays_at_once` means that the payment follows
    without another request.
    """

    booking_id: BookingId
    quantity: int
    channel: Channel = Channel.BOOK
    user_id: UserId | None = None
    visitor: Visitor | None = None
    seats: tuple[str, ...] = ()
    may_wait: bool = True
    key: str | None = None
    fingerprint: str = ""
    pays_at_once: bool = False


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """What an idempotency key was used for: the request's fingerprint, the booking it made, and whether that booking
    was waitlisted at first.
    """

    user_id: UserId
    event_id: EventId
    key: str
    fingerprint: str
    booking_id: BookingId
    was_waitlisted: bool = False


def check_quantity(quantity: int) -> None:
    """Check the size of a party. Raises InvalidFields."""
    if not 1 <= quantity <= MAX_PARTY_SIZE:
        raise InvalidFields({"quantity": [f"Must be 1 to {MAX_PARTY_SIZE}."]})


def parse_party(quantity: int | None, seat_ids: tuple[str, ...] | None) -> tuple[int, tuple[str, ...]]:
    """Return the number of places and the seats that a request asks for; it gives either a quantity or seats.

    Labels and ids get their canonical form: a label, row and column, can mean one seat only. Raises InvalidFields.
    """
    if (quantity is None) == (seat_ids is None):
        raise InvalidFields({"quantity": ["Send either a quantity or the seats."]})
    if seat_ids is None:
        check_quantity(quantity or 0)
        return quantity or 0, ()
    if not 1 <= len(seat_ids) <= MAX_PARTY_SIZE:
        raise InvalidFields({"seat_ids": [f"Must name 1 to {MAX_PARTY_SIZE} seats."]})
    names = tuple(_seat_name(seat) for seat in seat_ids)
    if len(set(names)) < len(names):
        raise InvalidFields({"seat_ids": ["Names a seat twice."]})
    return len(names), names


def _seat_name(name: str) -> str:
    """Return the label or id that a person or program means: `a 02` is `A-2`, with any dash, space or none."""
    name = unicodedata.normalize("NFKC", name).strip()
    try:
        return str(UUID(name))
    except ValueError:
        name = name.upper()
    label = _SEAT_LABEL.fullmatch(name)
    return f"{label['row']}-{int(label['column'])}" if label else name


def new_visitor(full_name: str, email: str) -> Visitor:
    """Return a visitor with trimmed name and normalised email. Raises InvalidFields."""
    errors: dict[str, list[str]] = {}
    if mistake := find_name_mistake(full_name, MAX_VISITOR_NAME):
        errors["full_name"] = [mistake]
    if not is_email(email):
        errors["email"] = [NO_EMAIL]
    if errors:
        raise InvalidFields(errors)
    return Visitor(full_name.strip(), normalise_email(email))


def parse_key(header: str | None) -> str:
    """Return the idempotency key of a request: 1 to 255 visible ASCII characters, quoted or bare.

    The quoted form follows draft-ietf-httpapi-idempotency-key-header. Raises IdempotencyKeyMissing, or InvalidFields
    for a malformed key.
    """
    if header is None or not header.strip():
        raise IdempotencyKeyMissing("Send an Idempotency-Key header, so that a retry never books twice.")
    key = header.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise InvalidFields({"Idempotency-Key": ["Must be 1 to 255 visible ASCII characters."]})
    return key


def fingerprint_of(request: Mapping[str, object]) -> str:
    """Return the SHA-256 of a request's fields, whatever their order: requests with one key must have the same."""
    return hashlib.sha256(_to_sorted_json(request).encode()).hexdigest()
