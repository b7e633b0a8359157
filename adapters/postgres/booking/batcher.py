"""Group commit of bookings: requests that arrive while transactions commit share the next one.

A commit takes as long for one booking as for a hundred. Within one process an event's requests are served in the order
of arrival, by one transaction at a time; processes take turns by the lock of the event's row.

Events with few requests share a transaction, which waits for no lock. An event with many has one of its own, and so has
one that could not be served together with others: because another process has locked it, or something failed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.booking.bookings import PostgresBookingUnitOfWork
from adapters.postgres.shared.unit_of_work import violates
from core.booking.batching import Outcome, place_batch, place_batches
from core.booking.inventory import AllocationContext
from core.booking.ports import BookingBatcher, PlacedBooking
from core.booking.requests import Request
from core.shared.errors import Unauthenticated, Unavailable
from core.shared.ids import EventId
from core.shared.lifecycle import Lifecycle
from core.shared.signals import Signals

MAX_BATCH = 128
MAX_QUEUE = 5_000
"""How many requests may wait for one event in one process. Further ones are refused and may be retried."""

SHARE = 16
"""How many requests for one event a transaction takes that serves others, too."""

SHARED_TRANSACTIONS = 2
"""How many transactions serve several events at once: the processor works for one while the other commits. With more,
each would have fewer bookings.
"""

ANSWERS_PER_TURN = 3
"""After each answer the process writes a response and often handles that client's next request. Answering a whole batch
at once would block the process, and so its database connections, for many milliseconds.
"""


@dataclass(frozen=True, slots=True)
class _Waiting:
    request: Request
    answer: asyncio.Future[PlacedBooking]


Batch = Sequence[_Waiting]


class PostgresBookingBatcher(BookingBatcher, Lifecycle):
    def __init__(
        self,
        engine: AsyncEngine,
        new_context: Callable[[], AllocationContext],
        *,
        connections: int,
        max_batch: int = MAX_BATCH,
        signals: Signals | None = None,
        observe_batch: Callable[[int], None] | None = None,
    ) -> None:
        """`connections` is how many transactions are open at once. It must be smaller than the pool. `observe_batch` is
        called with the number of requests that a transaction has decided.
        """
        self._engine = engine
        self._new_context = new_context
        self._max_batch = max_batch
        self._signals = signals
        self._observe_batch = observe_batch
        self._connections = asyncio.Semaphore(connections)
        # Those that may wait for a lock leave a connection to those that don't.
        self._may_block = asyncio.Semaphore(max(1, connections - 1))
        self._queues: dict[EventId, deque[_Waiting]] = {}
        self._sharing: deque[EventId] = deque()
        self._shared_transactions = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def place(self, event_id: EventId, request: Request) -> PlacedBooking:
        queue = self._queues.get(event_id)
        if queue is not None and len(queue) >= MAX_QUEUE:
            raise Unavailable("Too many people are booking this event right now; try again in a moment.")
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        if queue is not None:
            queue.append(waiting)
        else:
            self._queues[event_id] = deque([waiting])
            self._line_up(event_id)
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

    def _line_up(self, event_id: EventId, *, alone: bool = False) -> None:
        """Have an event that no transaction is serving served again, if anybody waits."""
        waiting = len(self._queues[event_id])
        if not waiting:
            del self._queues[event_id]
        elif alone or waiting > SHARE:
            self._start(self._serve_alone(event_id))
        else:
            self._sharing.append(event_id)
            if self._shared_transactions < SHARED_TRANSACTIONS:
                self._shared_transactions += 1
                self._start(self._serve_together())

    def _take(self, event_id: EventId, limit: int) -> Batch:
        queue = self._queues[event_id]
        return [queue.popleft() for _ in range(min(len(queue), limit))]

    async def _serve_alone(self, event_id: EventId) -> None:
        try:
            async with self._may_block, self._connections:
                await self._answer(event_id, self._take(event_id, self._max_batch))
        finally:
            self._line_up(event_id)

    async def _serve_together(self) -> None:
        try:
            while self._sharing:
                async with self._connections:
                    if batches := self._take_shares():  # the other transaction may have taken them meanwhile
                        await self._answer_together(batches)
        finally:
            self._shared_transactions -= 1

    def _take_shares(self) -> Mapping[EventId, Batch]:
        """Take requests of the events that have waited longest, and no more of any than its share."""
        batches: dict[EventId, Batch] = {}
        left = self._max_batch
        while self._sharing and left:
            event_id = self._sharing.popleft()
            batches[event_id] = self._take(event_id, min(SHARE, left))
            left -= len(batches[event_id])
        return batches

    async def _answer_together(self, batches: Mapping[EventId, Batch]) -> None:
        """Answer the requests. Those of events that were left out wait for a transaction of their own, and so do all of
        them when the transaction failed, since that is the fault of one.
        """
        placed: Mapping[EventId, Sequence[Outcome | BaseException]] = {}
        try:
            placed = await self._place_together(batches)
        except Exception as error:
            if _is_unreachable(error):
                placed = {event_id: [error] * len(batch) for event_id, batch in batches.items()}
        answers = [
            answer for event_id, outcomes in placed.items() for answer in zip(batches[event_id], outcomes, strict=True)
        ]
        self._start(_hand_out(answers))
        for event_id, batch in batches.items():
            if event_id not in placed:
                self._queues[event_id].extendleft(reversed(batch))
            self._line_up(event_id, alone=event_id not in placed)

    async def _place_together(self, batches: Mapping[EventId, Batch]) -> Mapping[EventId, Sequence[Outcome]]:
        requests = {event_id: [waiting.request for waiting in batch] for event_id, batch in batches.items()}
        context = self._new_context()
        async with PostgresBookingUnitOfWork(self._engine, self._signals) as uow:
            outcomes = await place_batches(uow, requests, context)
        self._observe(sum(map(len, requests.values())))
        return outcomes

    async def _answer(self, event_id: EventId, batch: Batch) -> None:
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
        self._start(_hand_out(zip(batch, outcomes, strict=True)))

    async def _place(self, event_id: EventId, requests: list[Request]) -> Sequence[Outcome]:
        context = self._new_context()
        async with PostgresBookingUnitOfWork(self._engine, self._signals) as uow:
            outcomes = await place_batch(uow, event_id, requests, context)
        self._observe(len(requests))
        return outcomes

    def _observe(self, requests: int) -> None:
        if self._observe_batch is not None:
            self._observe_batch(requests)


def _is_unreachable(error: Exception) -> bool:
    """Return whether the database did not answer. Then it is not known whether a transaction was committed."""
    cause = error.__cause__
    return isinstance(error, Unavailable) and (not isinstance(cause, DBAPIError) or cause.connection_invalidated)


def _translate(error: Exception) -> Exception:
    """Return the error to raise to the caller."""
    if isinstance(error, IntegrityError) and violates(error, "bookings_user_id_fkey"):
        return Unauthenticated("This account no longer exists; sign in again.")
    return error


async def _hand_out(answers: Iterable[tuple[_Waiting, Outcome | BaseException]]) -> None:
    for number, (waiting, outcome) in enumerate(answers, start=1):
        if waiting.answer.done():  # the client disconnected; the booking is valid, and a retry finds it
            continue
        if isinstance(outcome, BaseException):
            waiting.answer.set_exception(outcome)
        else:
            waiting.answer.set_result(outcome)
        if number % ANSWERS_PER_TURN == 0:
            await asyncio.sleep(0)
