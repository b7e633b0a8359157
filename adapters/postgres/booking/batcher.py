"""Group commit of bookings: requests that arrive for an event while a transaction commits share the next one.

One event's row can be locked and committed a few hundred times a second, and each of those transactions can place all
waiting requests. Within one process requests are served in the order of arrival; processes take turns by the row lock.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.booking.bookings import PostgresBookingUnitOfWork
from adapters.postgres.shared.unit_of_work import violates
from core.booking.batching import Outcome, place_batch
from core.booking.inventory import AllocationContext
from core.booking.model import Request
from core.booking.ports import BookingBatcher, PlacedBooking
from core.shared.errors import Unauthenticated, Unavailable
from core.shared.ids import EventId
from core.shared.lifecycle import Lifecycle

MAX_BATCH = 128
MAX_QUEUE = 5_000
"""How many requests may wait for one event in one process. Further ones are refused and may be retried."""

ANSWERS_PER_TURN = 3
"""After each answer the process writes a response and often handles that client's next request. Answering a whole batch
at once would block the process, and so its database connections, for many milliseconds.
"""


@dataclass(frozen=True, slots=True)
class _Waiting:
    request: Request
    answer: asyncio.Future[PlacedBooking]


class PostgresBookingBatcher(BookingBatcher, Lifecycle):
    def __init__(
        self,
        engine: AsyncEngine,
        new_context: Callable[[], AllocationContext],
        *,
        connections: int,
        max_batch: int = MAX_BATCH,
    ) -> None:
        """`connections` is how many events are served at once. It must be smaller than the pool."""
        self._engine = engine
        self._new_context = new_context
        self._max_batch = max_batch
        self._connections = asyncio.Semaphore(connections)
        self._queues: dict[EventId, deque[_Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def place(self, event_id: EventId, request: Request) -> PlacedBooking:
        queue = self._queues.get(event_id)
        if queue is None:
            queue = self._queues[event_id] = deque()
            self._start(self._serve(event_id, queue))
        if len(queue) >= MAX_QUEUE:
            raise Unavailable("Too many people are booking this event right now; try again in a moment.")
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        queue.append(waiting)
        return await waiting.answer

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Wait until every request has been answered."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, event_id: EventId, queue: deque[_Waiting]) -> None:
        try:
            while queue:
                async with self._connections:
                    batch = [queue.popleft() for _ in range(min(len(queue), self._max_batch))]
                    await self._answer(event_id, batch)
        finally:
            # No other task has run since the queue was found empty, so no request is left in it.
            del self._queues[event_id]

    async def _answer(self, event_id: EventId, batch: list[_Waiting]) -> None:
        try:
            outcomes: Sequence[Outcome | BaseException] = await self._place(
                event_id, [waiting.request for waiting in batch]
            )
        except Exception as error:
            if len(batch) > 1 and isinstance(error, DBAPIError):
                # One request that the database refuses must not fail the others.
                for waiting in batch:
                    await self._answer(event_id, [waiting])
                return
            outcomes = [_translate(error)] * len(batch)
        self._start(_hand_out(batch, outcomes))

    async def _place(self, event_id: EventId, requests: list[Request]) -> Sequence[Outcome]:
        context = self._new_context()
        async with PostgresBookingUnitOfWork(self._engine) as uow:
            return await place_batch(uow, event_id, requests, context)


def _translate(error: Exception) -> Exception:
    """Return the error to raise to the caller."""
    if isinstance(error, IntegrityError) and violates(error, "bookings_user_id_fkey"):
        return Unauthenticated("This account no longer exists; sign in again.")
    return error


async def _hand_out(batch: Sequence[_Waiting], outcomes: Sequence[Outcome | BaseException]) -> None:
    for number, (waiting, outcome) in enumerate(zip(batch, outcomes, strict=True), start=1):
        if waiting.answer.done():  # the client disconnected; the booking is valid, and a retry finds it
            continue
        if isinstance(outcome, BaseException):
            waiting.answer.set_exception(outcome)
        else:
            waiting.answer.set_result(outcome)
        if number % ANSWERS_PER_TURN == 0:
            await asyncio.sleep(0)
