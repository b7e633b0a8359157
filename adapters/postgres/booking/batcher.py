"""The gathering desk: what arrives for one event while a transaction commits is settled by the next, all together.

One event's row can be locked and committed a few hundred times a second; as many parties as wait for that can be
settled in each of those transactions. Within one process parties are served in the order they came; between processes
the row lock takes turns.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.booking.bookings import PostgresBookingUnitOfWork
from adapters.postgres.shared.unit_of_work import violates
from core.booking.allocation import allocate
from core.booking.inventory import AllocationContext, ChangeSet, Decision, InventorySnapshot, Replay
from core.booking.model import Booking, BookingStatus, Request, Ticket
from core.booking.ports import BookingBatcher, BookingView, Looking, PlacedBooking
from core.booking.seat_maps import load_for_requests
from core.shared.errors import Refusal, Unauthenticated, Unavailable
from core.shared.ids import BookingId, EventId

MAX_BATCH = 128
MAX_QUEUE = 5_000
"""Parties that wait for one event in one process; who comes then is asked to come again."""

ANSWERED_AT_ONCE = 3
"""Who gets an answer has it written down and often asks again at once. All of a batch together would keep the process
busy for many milliseconds in which nobody else is heard, the database least of all.
"""

Outcome = PlacedBooking | BaseException


@dataclass(frozen=True, slots=True)
class _Waiting:
    request: Request
    answer: asyncio.Future[PlacedBooking]


class PostgresBookingBatcher(BookingBatcher):
    def __init__(
        self,
        engine: AsyncEngine,
        rules: Callable[[], AllocationContext],
        *,
        connections: int,
        largest_batch: int = MAX_BATCH,
    ) -> None:
        """`connections` is how many events may be settled at once: less than the pool has, so that others get by."""
        self._engine = engine
        self._rules = rules
        self._largest = largest_batch
        self._turns = asyncio.Semaphore(connections)
        self._queues: dict[EventId, deque[_Waiting]] = {}
        self._clerks: set[asyncio.Task[None]] = set()

    async def place(self, event_id: EventId, request: Request) -> PlacedBooking:
        queue = self._queues.get(event_id)
        if queue is None:
            queue = self._queues[event_id] = deque()
            self._start(self._serve(event_id, queue))
        if len(queue) >= MAX_QUEUE:
            raise Unavailable("Too many are booking this event right now; try again in a moment.")
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        queue.append(waiting)
        return await waiting.answer

    async def finish(self) -> None:
        while self._clerks:
            await asyncio.wait(self._clerks)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        clerk = asyncio.create_task(work)
        self._clerks.add(clerk)
        clerk.add_done_callback(self._clerks.discard)

    async def _serve(self, event_id: EventId, queue: deque[_Waiting]) -> None:
        try:
            while queue:
                async with self._turns:
                    batch = [queue.popleft() for _ in range(min(len(queue), self._largest))]
                    await self._answer(event_id, batch)
        finally:
            # No other task has run since the queue was seen empty, so nobody is left in it.
            del self._queues[event_id]

    async def _answer(self, event_id: EventId, batch: list[_Waiting]) -> None:
        try:
            outcomes = await self._settled(event_id, [waiting.request for waiting in batch])
        except Exception as error:
            if len(batch) > 1 and isinstance(error, DBAPIError):
                # One that the database will not have must not take the others with it.
                for waiting in batch:
                    await self._answer(event_id, [waiting])
                return
            outcomes = [_told(error)] * len(batch)
        self._start(_hand_out(batch, outcomes))

    async def _settled(self, event_id: EventId, asked: list[Request]) -> Sequence[Outcome]:
        rules = self._rules()
        async with PostgresBookingUnitOfWork(self._engine) as uow:
            named = tuple({name for request in asked for name in request.seats})
            looking = Looking(seats=named, any_seats=sum(request.quantity for request in asked if not request.seats))
            book = await uow.inventory.for_requests(
                await load_for_requests(uow.inventory, event_id, looking, rules), asked
            )
            decisions, change = allocate(book, asked, rules)
            replayed = [decision.use.booking_id for decision in decisions if isinstance(decision, Replay)]
            # A replay shows its booking as it is now, so a hold that has run out is let go of for it, too.
            if change.added or (replayed and change.changed):
                await uow.inventory.apply(change)
                await uow.commit()
            views = await uow.bookings.views(replayed) if replayed else {}
        shown = _shown(book, change)
        return [_outcome(decision, shown, views) for decision in decisions]


def _told(error: Exception) -> Exception:
    """What a party is told of an error."""
    if isinstance(error, IntegrityError) and violates(error, "bookings_user_id_fkey"):
        return Unauthenticated("This account is no longer there; sign in again.")
    return error


async def _hand_out(batch: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
    for place, (waiting, outcome) in enumerate(zip(batch, outcomes, strict=True), start=1):
        if waiting.answer.done():  # its client has left; the booking stands, and a retry finds it
            continue
        if isinstance(outcome, BaseException):
            waiting.answer.set_exception(outcome)
        else:
            waiting.answer.set_result(outcome)
        if place % ANSWERED_AT_ONCE == 0:
            await asyncio.sleep(0)


def _shown(book: InventorySnapshot, change: ChangeSet) -> dict[BookingId, BookingView]:
    """The new bookings as they are shown. Those in line are its end, so their positions are counted from there."""
    tickets: dict[BookingId, list[Ticket]] = {}
    for ticket in change.tickets:
        tickets.setdefault(ticket.booking_id, []).append(ticket)
    in_line = [booking.id for booking in change.added if booking.status is BookingStatus.WAITLISTED]
    first = change.inventory.waiting - len(in_line) + 1
    positions = {booking_id: first + place for place, booking_id in enumerate(in_line)}
    return {
        booking.id: BookingView(
            booking, book.inventory.event, tuple(tickets.get(booking.id, ())), positions.get(booking.id)
        )
        for booking in change.added
    }


def _outcome(
    decision: Decision, shown: Mapping[BookingId, BookingView], replayed: Mapping[BookingId, BookingView]
) -> Outcome:
    match decision:
        case Refusal():
            return decision
        case Replay(use):
            return PlacedBooking(replayed[use.booking_id], was_waitlisted=use.was_waitlisted, replayed=True)
        case Booking(id=booking_id, status=status):
            return PlacedBooking(shown[booking_id], was_waitlisted=status is BookingStatus.WAITLISTED)
