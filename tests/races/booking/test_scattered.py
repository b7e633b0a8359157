"""Bookings of many events at once: they share transactions, and no event holds up or fails the others."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from itertools import cycle
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import Table, event
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.accounts.tables import users
from adapters.postgres.booking.batcher import SHARE
from adapters.postgres.catalog.tables import events
from adapters.postgres.shared.engine import create_engine
from core.booking.errors import BookingNotFound, CapacityBelowBooked, EventNotOpen, NoSuchEvent, SoldOut
from core.booking.model import BookingStatus
from core.booking.ports import PlacedBooking
from core.shared.errors import Unauthenticated, Unavailable
from core.shared.ids import EventId, UserId
from tests.support.box_office import ADMIN
from tests.support.builders import HOLD, a_request
from tests.support.rush import Rush, spread, together
from tests.support.waiting import until_busy

EVENTS = 40
WAITLISTED, PENDING = BookingStatus.WAITLISTED, BookingStatus.PENDING


async def open_many(rush: Rush, count: int = EVENTS, **values: Any) -> list[EventId]:
    return [await rush.office.open(**values) for _ in range(count)]


@asynccontextmanager
async def locked(engine: AsyncEngine, table: Table, *ids: object) -> AsyncIterator[None]:
    """Lock these rows, as a long change of them would."""
    async with engine.begin() as connection:
        await connection.execute(table.select().where(table.c.id.in_(ids)).with_for_update())
        yield


@contextmanager
def counted_commits(engine: AsyncEngine) -> Iterator[list[int]]:
    commits: list[int] = []

    def count(_connection: object) -> None:
        commits.append(1)

    event.listen(engine.sync_engine, "commit", count)
    yield commits
    event.remove(engine.sync_engine, "commit", count)


def wait_for_locks(engine: AsyncEngine) -> None:
    """From now on, no statement leaves out what is locked."""

    @event.listens_for(engine.sync_engine, "before_cursor_execute", retval=True)
    def wait(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return re.sub(" SKIP LOCKED", "", statement), parameters


async def test_events_that_wait_at_the_same_time_share_a_commit(rush: Rush) -> None:
    event_ids, [ada] = await open_many(rush), await rush.office.people(1)
    batcher = rush.batcher()
    with counted_commits(rush.engine) as commits:
        placed = await together(batcher.place(each, a_request(user_id=ada.user_id)) for each in event_ids)
    assert [each.view.booking.event_id for each in placed] == event_ids
    assert len(commits) == 1
    assert [await rush.office.stored(each.view.booking.id) for each in placed] == [each.view for each in placed]


async def test_control_without_batching_each_booking_has_its_commit(rush: Rush) -> None:
    event_ids, [ada] = await open_many(rush), await rush.office.people(1)
    batcher = rush.batcher(max_batch=1)
    with counted_commits(rush.engine) as commits:
        await together(batcher.place(each, a_request(user_id=ada.user_id)) for each in event_ids)
    assert len(commits) == EVENTS


async def test_a_locked_event_holds_up_nobody_but_those_who_book_it(rush: Rush) -> None:
    first, *others = await open_many(rush)
    [ada] = await rush.office.people(1)
    batcher = rush.batcher()

    def place(event_id: EventId) -> asyncio.Task[PlacedBooking]:
        return asyncio.create_task(batcher.place(event_id, a_request(user_id=ada.user_id)))

    async with locked(rush.engine, events, first):
        calls = [place(each) for each in (first, *others)]
        await asyncio.gather(*calls[1:])
        await place(others[0])
        assert not calls[0].done()
    assert (await calls[0]).view.booking.event_id == first


async def test_control_a_transaction_that_waits_for_a_lock_holds_up_everybody_in_it(rush: Rush) -> None:
    event_ids, [ada] = await open_many(rush), await rush.office.people(1)
    batcher = rush.batcher()
    wait_for_locks(rush.engine)
    async with locked(rush.engine, events, event_ids[0]):
        calls = [asyncio.create_task(batcher.place(each, a_request(user_id=ada.user_id))) for each in event_ids]
        done, _ = await asyncio.wait(calls, timeout=0.5)
        assert not done
    await asyncio.gather(*calls)


async def test_more_locked_events_than_connections_hold_up_nobody_else(rush: Rush) -> None:
    event_ids, [ada] = await open_many(rush), await rush.office.people(1)
    batcher = rush.batcher(connections=3)
    async with locked(rush.engine, events, *event_ids[:-1]):
        calls = [asyncio.create_task(batcher.place(each, a_request(user_id=ada.user_id))) for each in event_ids]
        await calls[-1]
        again = await batcher.place(event_ids[-1], a_request(user_id=ada.user_id))
        assert again.view.booking.event_id == event_ids[-1]
        assert not any(call.done() for call in calls[:-1])
    await asyncio.gather(*calls)


async def test_no_transaction_is_opened_for_nobody(rush: Rush) -> None:
    locked_event, *others = await open_many(rush, 3)
    [ada] = await rush.office.people(1)
    batcher = rush.batcher(connections=1)
    transactions: list[str] = []

    @event.listens_for(rush.engine.sync_engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "SKIP LOCKED" in statement:
            transactions.append(statement)

    async with locked(rush.engine, events, locked_event):
        first = asyncio.create_task(batcher.place(locked_event, a_request(user_id=ada.user_id)))
        await until_busy(rush.engine, 1)
        calls = [asyncio.create_task(batcher.place(each, a_request(user_id=ada.user_id))) for each in others]
        await asyncio.sleep(0)
    await asyncio.gather(first, *calls)
    await batcher.stop()
    assert len(transactions) == 2  # one has left out the locked event, one has served the others


async def test_the_requests_of_a_locked_event_keep_their_order(rush: Rush) -> None:
    full, quiet = await rush.office.open(capacity=1), await rush.office.open()
    [ada] = await rush.office.people(1)
    batcher = rush.batcher()
    requests = [a_request(user_id=ada.user_id) for _ in range(3 * SHARE)]
    async with locked(rush.engine, events, full):
        calls = [asyncio.create_task(batcher.place(full, each)) for each in requests[:SHARE]]
        await batcher.place(quiet, a_request(user_id=ada.user_id))  # by a transaction that has left the others out
        calls += [asyncio.create_task(batcher.place(full, each)) for each in requests[SHARE:]]
    placed = await asyncio.gather(*calls)
    assert [each.view.position for each in placed] == [None, *range(1, len(requests))]
    await batcher.stop()


async def test_a_failing_event_fails_alone(rush: Rush) -> None:
    event_ids = [*await open_many(rush), EventId(uuid4())]
    people = await rush.office.people(2)
    stranger = UserId(uuid4())  # signed in, and deleted since
    askers = [stranger, *[who.user_id for who in people]]
    asked = [(event_id, user_id) for event_id in event_ids for user_id in askers if event_id != event_ids[1]]
    asked += [(event_ids[1], who.user_id) for who in people]
    batcher = rush.batcher()
    results = await asyncio.gather(
        *(batcher.place(event_id, a_request(user_id=user_id)) for event_id, user_id in asked), return_exceptions=True
    )
    for (event_id, user_id), result in zip(asked, results, strict=True):
        expected = NoSuchEvent if event_id == event_ids[-1] else Unauthenticated
        assert isinstance(result, PlacedBooking if expected is Unauthenticated and user_id != stranger else expected)
    assert {(await rush.office.counts(each))[0] for each in event_ids[:-1]} == {2}


async def test_a_lock_that_one_booking_waits_for_in_vain_fails_no_other(rush: Rush, postgres_url: str) -> None:
    """Such as that of an account which is being deleted."""
    impatient = create_engine(postgres_url, pool_size=5)

    @event.listens_for(impatient.sync_engine, "connect")
    def shorten(connection: Any, _record: object) -> None:
        connection.cursor().execute("SET lock_timeout = 100")

    event_ids, [ada, bob] = await open_many(rush), await rush.office.people(2)
    batcher = type(rush.batcher())(impatient, rush.store.new_context, connections=3)
    async with locked(rush.engine, users, bob.user_id):
        results = await asyncio.gather(
            batcher.place(event_ids[0], a_request(user_id=bob.user_id)),
            *(batcher.place(each, a_request(user_id=ada.user_id)) for each in event_ids[1:]),
            return_exceptions=True,
        )
    await impatient.dispose()
    assert isinstance(results[0], Unavailable)
    assert all(isinstance(result, PlacedBooking) for result in results[1:])


async def test_a_key_finds_its_booking_among_those_of_other_events(rush: Rush) -> None:
    event_ids, [ada] = await open_many(rush), await rush.office.people(1)
    first = await together(rush.office.place(each, by=ada, key="k", quantity=1) for each in event_ids[::2])
    again = await together(rush.office.place(each, by=ada, key="k", quantity=1) for each in event_ids)
    assert [each.replayed for each in again] == [True, False] * (EVENTS // 2)
    assert [each.view for each in again[::2]] == [each.view for each in first]


async def test_expired_holds_are_released_before_a_booking_that_came_with_those_of_other_events(rush: Rush) -> None:
    event_ids = await open_many(rush, capacity=1, price=Decimal(5))
    ada, bob, eve = await rush.office.people(3)
    held = [await rush.office.book(each, ada) for each in event_ids[::2]]
    waiting = [await rush.office.book(each, bob) for each in event_ids[::2]]
    rush.store.clock.move(HOLD)
    views = await together(rush.office.book(each, eve) for each in event_ids)
    assert [view.booking.status for view in views] == [WAITLISTED, PENDING] * (EVENTS // 2)
    assert {await rush.office.status(view) for view in held} == {BookingStatus.EXPIRED}
    assert {await rush.office.status(view) for view in waiting} == {PENDING}


async def test_a_quiet_event_does_not_wait_until_a_hot_one_is_done(rush: Rush) -> None:
    hot, quiet = await rush.office.open(), await rush.office.open()
    [ada] = await rush.office.people(1)
    batcher = rush.batcher()
    crowd = [asyncio.create_task(batcher.place(hot, a_request(user_id=ada.user_id))) for _ in range(2_000)]
    await asyncio.sleep(0)
    await batcher.place(quiet, a_request(user_id=ada.user_id))
    assert sum(call.done() for call in crowd) < len(crowd) / 2
    await asyncio.gather(*crowd)


async def test_one_process_never_places_an_event_in_two_transactions_at_once(rush: Rush) -> None:
    """So nothing is sold twice, even though there is no lock."""
    event_ids = await open_many(rush, 6, capacity=20)
    crowd = list(zip(cycle(event_ids), await rush.office.people(400), strict=False))
    rush.remove_the_lock()
    [office] = rush.offices(1)
    views = await together((office.book(event_id, who, waitlist=False) for event_id, who in crowd), SoldOut)
    assert len(views) == 20 * len(event_ids)
    await rush.must_be_sound()


async def everything_scattered(rush: Rush) -> list[Awaitable[object]]:
    """On many events: bookings by two processes, cancellations, changes of capacity, and cancelled events."""
    event_ids = await open_many(rush, 12, capacity=10)
    event_ids += await open_many(rush, 6, capacity=10, price=Decimal("12.50"))
    for event_id in event_ids[:4]:
        await rush.office.generate_seats(event_id, by=ADMIN, per_row=5)
    office, people = rush.office, await rush.office.people(30)
    booked = [(who, await office.book(each, who, 2)) for each in event_ids for who in people[:6]]
    calls: list[Awaitable[object]] = [
        *(each.book(event_id, who) for each, (event_id, who) in spread(rush.offices(2), _pairs(event_ids, people))),
        *(office.cancel(view.booking.id, by=who) for who, view in booked[::3]),
        *(office.change(event_id, capacity=capacity) for event_id in event_ids[::2] for capacity in (15, 12, 20)),
        *(office.cancel_event(event_id, by=ADMIN) for event_id in event_ids[1::6]),
        *(office.expire() for _ in range(3)),
    ]
    Random(7).shuffle(calls)
    return calls


def _pairs(event_ids: list[EventId], people: list[Any]) -> list[tuple[EventId, Any]]:
    return [(event_id, who) for event_id in event_ids for who in people[6:]]


EXPECTED = (SoldOut, CapacityBelowBooked, EventNotOpen, BookingNotFound)


async def test_bookings_scattered_among_changes_keep_the_data_sound(rush: Rush) -> None:
    calls = await everything_scattered(rush)
    # A deadlock would be Unavailable, which is not expected here.
    await together(calls, *EXPECTED)
    await rush.must_be_sound()


async def test_control_without_the_lock_scattered_bookings_are_not_sound(rush: Rush) -> None:
    calls = await everything_scattered(rush)
    rush.remove_the_lock()
    await together(calls, Exception)
    assert await rush.violated_invariants()  # which of them varies from run to run
