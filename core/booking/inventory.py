"""What a step of booking looks at, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.booking.model import Booking, HoldDurations, IdempotencyRecord, Inventory, Ticket, TicketFactory
from core.booking.notices import BookingNotice
from core.booking.seats import Seat, SeatPosition
from core.shared.errors import Refusal
from core.shared.ids import BookingId, UserId


@dataclass(frozen=True, slots=True)
class InventorySnapshot:
    """What a step looks at, read while the event is locked.

    `due` are the holds whose time is up. `line` is the head of the waiting line, with at least as many parties as there
    can be places for; those larger than the event need not be among them. `seats`, of a mapped event, are those that
    are asked for or given back and as many of the first free ones as parties may take, by number. `holders` and
    `registered` are those of the askers who have a booking here already (a hold that is due is none), `uses` those of
    their idempotency keys that were used here.
    """

    inventory: Inventory
    due: tuple[Booking, ...] = ()
    line: tuple[Booking, ...] = ()
    seats: tuple[Seat, ...] = ()
    holders: frozenset[UserId] = frozenset()
    registered: frozenset[str] = frozenset()
    uses: Mapping[tuple[UserId, str], IdempotencyRecord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What a step comes to: the inventory afterwards, and every booking, ticket and seat that is not as it was.

    `seating` maps a seat's number to who has it now; `new_seats` have to be made, and seats from `seats_end` on go.
    `told` are the notices of it.
    """

    inventory: Inventory
    added: tuple[Booking, ...] = ()
    changed: tuple[Booking, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    uses: tuple[IdempotencyRecord, ...] = ()
    seating: Mapping[int, BookingId | None] = field(default_factory=dict)
    new_seats: tuple[SeatPosition, ...] = ()
    seats_end: int | None = None
    told: tuple[BookingNotice, ...] = ()


@dataclass(frozen=True, slots=True)
class Replay:
    """The key was used for this very request before, and made a booking."""

    use: IdempotencyRecord


Decision = Booking | Replay | Refusal


@dataclass(frozen=True, slots=True)
class AllocationContext:
    """What a step needs beside the book: the time, how long places are held, and what tickets are made of."""

    now: datetime
    terms: HoldDurations
    mint: TicketFactory
