"""Inventories and bookings: the rule that gives places away (B1-B3, B9, B13)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.booking.errors import (
    BookingNotFound,
    EventNotOpen,
    EventStarted,
    ExceedsCapacity,
    IdempotencyKeyMissing,
    NoSuchEvent,
    NotBookable,
    RegistrationClosed,
    SoldOut,
)
from core.shared.access import Principal
from core.shared.errors import InvalidFields, Refusal
from core.shared.ids import BookingId, EventId, UserId

MAX_PARTY = 10
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class BookingStatus(StrEnum):
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Inventory:
    """The places of one event, and what decides whether they are given away. `held` are those that are taken;
    `capacity` None is unlimited.
    """

    event_id: EventId
    capacity: int | None
    held: int
    is_hidden: bool
    is_open: bool
    is_ours: bool
    price: Decimal
    currency: str
    start_time: datetime
    registration_deadline: datetime

    def fits(self, quantity: int) -> bool:
        return self.capacity is None or self.held + quantity <= self.capacity

    def take(self, quantity: int) -> Inventory:
        return replace(self, held=self.held + quantity)

    def free(self, quantity: int) -> Inventory:
        return replace(self, held=self.held - quantity)


@dataclass(frozen=True, slots=True)
class Booking:
    """The places of one party at one event. `amount` is what they cost together, in major units."""

    id: BookingId
    event_id: EventId
    user_id: UserId
    quantity: int
    status: BookingStatus
    amount: Decimal
    currency: str
    created_at: datetime
    updated_at: datetime

    def must_be_of(self, person: Principal) -> None:
        """Raises BookingNotFound: somebody else's booking is as if it were not there."""
        if not person.owns(self.user_id):
            raise BookingNotFound("There is no such booking.")


@dataclass(frozen=True, slots=True)
class Request:
    """A party asking for places, with the id its booking will have."""

    booking_id: BookingId
    user_id: UserId
    quantity: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    booking: Booking


@dataclass(frozen=True, slots=True)
class Refused:
    """Why this party gets nothing; the others in its batch are not touched by it."""

    refusal: Refusal


Decision = Confirmed | Refused


def admit(inventory: Inventory, asked: Sequence[Request], now: datetime) -> tuple[list[Decision], Inventory]:
    """Decide a batch in arrival order: each whole party gets its places while they last, or is refused (B2)."""
    decisions: list[Decision] = []
    for request in asked:
        refusal = _refusal(inventory, request, now)
        if refusal is not None:
            decisions.append(Refused(refusal))
            continue
        inventory = inventory.take(request.quantity)
        decisions.append(Confirmed(_confirmed(inventory, request, now)))
    return decisions, inventory


def _refusal(inventory: Inventory, request: Request, now: datetime) -> Refusal | None:
    if (closed := _closed(inventory, now)) is not None:
        return closed
    if inventory.capacity is not None and request.quantity > inventory.capacity:
        return ExceedsCapacity(f"This event has {inventory.capacity} places in all.", capacity=inventory.capacity)
    if not inventory.fits(request.quantity):
        return SoldOut("There are not enough places left.", available=(inventory.capacity or 0) - inventory.held)
    return None


def _closed(inventory: Inventory, now: datetime) -> Refusal | None:
    """Why nobody at all can book now."""
    reasons = (
        (inventory.is_hidden, NoSuchEvent("There is no such event.")),
        (not inventory.is_ours, NotBookable("This event is sold elsewhere; follow its link.")),
        (not inventory.is_open, EventNotOpen("This event is not open for booking.")),
        (now >= inventory.start_time, EventStarted("This event has started.")),
        (now >= inventory.registration_deadline, RegistrationClosed("The time to book this event is over.")),
        (inventory.price > 0, NotBookable("This event has a price; only free events can be booked here.")),
    )
    return next((refusal for applies, refusal in reasons if applies), None)


def _confirmed(inventory: Inventory, request: Request, now: datetime) -> Booking:
    return Booking(
        id=request.booking_id,
        event_id=inventory.event_id,
        user_id=request.user_id,
        quantity=request.quantity,
        status=BookingStatus.CONFIRMED,
        amount=inventory.price * request.quantity,
        currency=inventory.currency,
        created_at=now,
        updated_at=now,
    )


def cancel(booking: Booking, inventory: Inventory, by: Principal, now: datetime) -> tuple[Booking, Inventory]:
    """The booking given back, and its places free again. Harmless twice (B9).

    Raises EventStarted for everybody but admins, who may undo what happened at the door.
    """
    if booking.status is BookingStatus.CANCELLED:
        return booking, inventory
    if now >= inventory.start_time and not by.is_admin:
        raise EventStarted("This event has started; its bookings can't be cancelled any more.")
    cancelled = replace(booking, status=BookingStatus.CANCELLED, updated_at=now)
    return cancelled, inventory.free(booking.quantity)


def check_quantity(quantity: int) -> None:
    """Raises InvalidFields."""
    if not 1 <= quantity <= MAX_PARTY:
        raise InvalidFields({"quantity": [f"Must be 1 to {MAX_PARTY}."]})


def read_key(header: str | None) -> str:
    """The idempotency key of a request, 1 to 255 visible ASCII characters, quoted or bare.

    The quoted form is the one of draft-ietf-httpapi-idempotency-key-header. Raises IdempotencyKeyMissing when there
    is none, InvalidFields when it is no key.
    """
    if header is None or not header.strip():
        raise IdempotencyKeyMissing("Send an Idempotency-Key header, so that a retry never books twice.")
    key = header.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise InvalidFields({"Idempotency-Key": ["Must be 1 to 255 visible ASCII characters."]})
    return key


def fingerprint(request: Mapping[str, object]) -> str:
    """What two requests under one key must have in common: a SHA-256 of their content, whatever its order."""
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
