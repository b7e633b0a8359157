"""The input and the result of one allocation step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.booking.model import Booking, HoldDurations, Inventory, Ticket, TicketFactory
from core.booking.notices import BookingNotice
from core.booking.requests import IdempotencyRecord
from core.booking.seats import Seat, SeatPosition
from core.shared.errors import Refusal
from core.shared.ids import BookingId, UserId


@dataclass(frozen=True, slots=True)
class InventorySnapshot:
    """The input of a step, read while the event is locked. What is filled depends on how it was loaded: see the `for_…`
    methods of `InventoryRepository`.

    `expired_holds` need not be all there are: the places of the others count as held. `waitlist` is the head of the
    waitlist in order, as much as may be promoted. `seats` are ordered by number. `holders` and `registered`
    are the requesting users and email addresses that already have an active booking; an expired hold does not count.
    `idempotency_records` are by user and key. `active` are the bookings that hold places or wait, in order of arrival.
    `holds_past_start` are the pending bookings that would expire after the start of the event.
    """

    inventory: Inventory
    expired_holds: tuple[Booking, ...] = ()
    waitlist: tuple[Booking, ...] = ()
    seats: tuple[Seat, ...] = ()
    holders: frozenset[UserId] = frozenset()
    registered: frozenset[str] = frozenset()
    idempotency_records: Mapping[tuple[UserId, str], IdempotencyRecord] = field(default_factory=dict)
    active: tuple[Booking, ...] = ()
    holds_past_start: tuple[Booking, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The result of a step: the inventory afterwards, and every booking, ticket and seat that is new or different.

    `seating` maps a seat's number to the booking that has it now, None for a free seat. `new_seats` are to be created;
    seats numbered `seats_end` and above are to be deleted first. `sold` is how many places were given to new bookings
    and to parties from the waitlist. `is_partial` means that there may be more expired holds to release or parties to
    promote, in another step.
    """

    inventory: Inventory
    added: tuple[Booking, ...] = ()
    changed: tuple[Booking, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    idempotency_records: tuple[IdempotencyRecord, ...] = ()
    seating: Mapping[int, BookingId | None] = field(default_factory=dict)
    new_seats: tuple[SeatPosition, ...] = ()
    seats_end: int | None = None
    notices: tuple[BookingNotice, ...] = ()
    sold: int = 0
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """The idempotency key was used for the same request before, and that request made a booking."""

    record: IdempotencyRecord


Decision = Booking | Replay | Refusal


@dataclass(frozen=True, slots=True)
class AllocationContext:
    """What a step needs besides the inventory: the time, how long places are held, and where tickets come from."""

    now: datetime
    hold_durations: HoldDurations
    ticket_factory: TicketFactory
