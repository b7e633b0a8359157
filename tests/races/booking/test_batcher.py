"""The gathering desk under load: it is fair, lets others get by, and answers everybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.catalog.tables import events
from adapters.postgres.shared.engine import LOCK_TIMEOUT_MS, create_engine, ping
from core.booking.model import BookingStatus
from core.booking.ports import BookingView
from core.shared.errors import Unauthenticated
from core.shared.ids import EventId, UserId
from tests.support.box_office import box_office
from tests.support.builders import a_request
from tests.support.rush import Rush, spread, together
from tests.support.stores import postgres_store

WAITLISTED, CONFIRMED = BookingStatus.WAITLISTED, BookingStatus.CONFIRMED


def numbers(views: Sequence[BookingView]) -> list[int]:
    """Their places in line when they were placed; 0 for those who never stood in it."""
    return [view.booking.waitlist_number or 0 for view in views]


async def test_two_processes_on_one_event_serve_one_line_in_order(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=20)
    crowd = spread(rush.offices(2), await rush.office.people(300))
    views = await together(
        office.book(event_id, who, quantity=1 + number % 3) for number, (office, who) in enumerate(crowd)
    )
    line = sorted(number for number in numbers(views) if number)
    assert line == list(range(1, len(line) + 1))
    assert len(line) >= 280  # at most twenty of the parties fit
    for one_process in (views[::2], views[1::2]):  # served in the order they came, and nobody after one who waits
        assert numbers(one_process) == sorted(numbers(one_process))


async def test_what_is_given_back_goes_to_the_head_of_the_line_while_others_come(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=20)
    people = await rush.office.people(220)
    first = [(who, await rush.office.book(event_id, who)) for who in people[:20]]
    line = [await rush.office.book(event_id, who, quantity=1 + place % 3) for place, who in enumerate(people[20:120])]
    crowd = spread(rush.offices(2), people[120:])
    came, _ = await asyncio.gather(
        together(office.book(event_id, who) for office, who in crowd),
        together(rush.office.cancel(view.booking.id, by=who) for who, view in first),
    )
    now = [await rush.office.now(view.booking.id) for view in (*line, *came)]
    served = [
        place for place, view in zip(numbers([*line, *came]), now, strict=True) if view.booking.status is CONFIRMED
    ]
    waits = [view.booking.waitlist_number or 0 for view in now if view.booking.status is WAITLISTED]
    assert served
    assert 0 not in served  # nobody who came got by the line
    assert max(served) < min(waits)


@asynccontextmanager
async def locked(engine: AsyncEngine, *event_ids: EventId) -> AsyncIterator[None]:
    """Nobody can book these events meanwhile."""
    async with engine.begin() as connection:
        await connection.execute(events.select().where(events.c.id.in_(event_ids)).with_for_update())
        yield


async def test_a_thousand_bookings_at_once_leave_connections_to_others(rush: Rush, postgres_url: str) -> None:
    engine = create_engine(postgres_url, pool_size=10)
    office = box_office(postgres_store(engine))
    event_ids = [await office.open(capacity=1000) for _ in range(10)]
    people = await office.people(100)
    async with locked(rush.engine, *event_ids):
        calls = [asyncio.create_task(office.book(each, who)) for who in people for each in event_ids]
        await until_busy(engine, 5)
        async with asyncio.timeout(LOCK_TIMEOUT_MS / 2000):  # a desk in the way would be in the way for twice as long
            await ping(engine)
    views = await together(calls)
    assert len(views) == 1000
    assert {view.booking.status for view in views} == {CONFIRMED}
    await engine.dispose()


async def test_control_a_desk_with_the_whole_pool_leaves_nothing_to_others(rush: Rush, postgres_url: str) -> None:
    engine = create_engine(postgres_url, pool_size=10)
    batcher = type(rush.batcher())(engine, rush.store.new_context, connections=10)
    event_ids = [await rush.office.open() for _ in range(10)]
    [ada] = await rush.office.people(1)
    async with locked(rush.engine, *event_ids):
        calls = [asyncio.create_task(batcher.place(each, a_request(user_id=ada.user_id))) for each in event_ids]
        await until_busy(engine, 10)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await ping(engine)
    assert len(await together(calls)) == 10
    await engine.dispose()


async def until_busy(engine: AsyncEngine, connections: int) -> None:
    """Return when so many connections wait for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    observer = create_engine(engine.url.render_as_string(hide_password=False), pool_size=1)
    async with asyncio.timeout(60), observer.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")  # a transaction sees the first count for ever
        while await connection.scalar(waiting) != connections:  # noqa: ASYNC110 - PostgreSQL tells nobody of a lock; it has to be asked
            await asyncio.sleep(0.01)
    await observer.dispose()


async def test_one_that_the_database_will_not_have_fails_alone(rush: Rush) -> None:
    event_id = await rush.office.open()
    people = await rush.office.people(10)
    stranger = UserId(uuid4())  # signed in, and gone since
    batcher = rush.batcher()
    asked = [a_request(user_id=user_id) for user_id in (*[who.user_id for who in people[:5]], stranger)]
    asked += [a_request(user_id=who.user_id) for who in people[5:]]
    results = await asyncio.gather(*(batcher.place(event_id, each) for each in asked), return_exceptions=True)
    assert [isinstance(result, Unauthenticated) for result in results] == [False] * 5 + [True] + [False] * 5
    assert (await rush.office.event(event_id)).booked_count == 10


async def test_a_booking_stands_when_its_caller_has_left_and_its_key_finds_it(rush: Rush) -> None:
    event_id = await rush.office.open()
    [ada] = await rush.office.people(1)
    batcher = rush.batcher()
    asked = a_request(user_id=ada.user_id, key="k", fingerprint="f")
    caller = asyncio.create_task(batcher.place(event_id, asked))
    await asyncio.sleep(0)  # it has asked now
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    again = await batcher.place(event_id, a_request(user_id=ada.user_id, key="k", fingerprint="f"))
    assert again.replayed
    assert again.view.booking.id == asked.booking_id
    assert (await rush.office.event(event_id)).booked_count == 1


async def test_a_replay_shows_a_hold_that_has_run_out_as_what_it_is(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=1, price=Decimal("12.50"))
    ada, bob = await rush.office.people(2)
    await rush.office.book(event_id, ada, key="k")
    waiting = await rush.office.book(event_id, bob)
    rush.store.clock.move(timedelta(minutes=10))
    again = await rush.office.place(event_id, by=ada, key="k", quantity=1)
    assert (again.replayed, again.view.booking.status) == (True, BookingStatus.EXPIRED)
    assert (await rush.office.now(waiting.booking.id)).booking.status is BookingStatus.PENDING


async def test_a_desk_that_finishes_has_answered_everybody(rush: Rush) -> None:
    event_ids = [await rush.office.open(capacity=1000) for _ in range(10)]
    people = await rush.office.people(50)
    batcher = rush.batcher(connections=2, max_batch=7)
    asked = [
        asyncio.create_task(batcher.place(each, a_request(user_id=who.user_id))) for who in people for each in event_ids
    ]
    await asyncio.sleep(0)
    await batcher.stop()
    await asyncio.sleep(0)  # they have their answers; now they take them
    assert all(task.done() for task in asked)
    assert len(await together(asked)) == 500
