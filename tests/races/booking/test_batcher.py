"""The batcher under load: it is fair, leaves connections to others, and answers every request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
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
from tests.support.waiting import until_busy

WAITLISTED, CONFIRMED = BookingStatus.WAITLISTED, BookingStatus.CONFIRMED


def numbers(views: Sequence[BookingView]) -> list[int]:
    """The waitlist numbers the bookings got; 0 for those that were never waitlisted."""
    return [view.booking.waitlist_number or 0 for view in views]


async def test_two_processes_share_one_waitlist_in_order(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=20)
    crowd = spread(rush.offices(2), await rush.office.people(300))
    views = await together(
        office.book(event_id, who, quantity=1 + number % 3) for number, (office, who) in enumerate(crowd)
    )
    waiting = sorted(number for number in numbers(views) if number)
    assert waiting == list(range(1, len(waiting) + 1))
    assert len(waiting) >= 280  # at most twenty of the parties fit
    for one_process in (views[::2], views[1::2]):  # served in the order they came, and nobody after a waiting party
        assert numbers(one_process) == sorted(numbers(one_process))


async def test_released_places_go_to_the_head_of_the_waitlist_while_others_book(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=20)
    people = await rush.office.people(220)
    first = [(who, await rush.office.book(event_id, who)) for who in people[:20]]
    waiting = [
        await rush.office.book(event_id, who, quantity=1 + place % 3) for place, who in enumerate(people[20:120])
    ]
    crowd = spread(rush.offices(2), people[120:])
    came, _ = await asyncio.gather(
        together(office.book(event_id, who) for office, who in crowd),
        together(rush.office.cancel(view.booking.id, by=who) for who, view in first),
    )
    now = [await rush.office.stored(view.booking.id) for view in (*waiting, *came)]
    served = [
        place for place, view in zip(numbers([*waiting, *came]), now, strict=True) if view.booking.status is CONFIRMED
    ]
    waits = [view.booking.waitlist_number or 0 for view in now if view.booking.status is WAITLISTED]
    assert served
    assert 0 not in served  # no newcomer overtook the waitlist
    assert max(served) < min(waits)


@asynccontextmanager
async def locked(engine: AsyncEngine, *event_ids: EventId) -> AsyncIterator[None]:
    """Lock these events, so that nobody can book them meanwhile."""
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
        await until_busy(engine, 4)  # of the batcher's five, one is left for events that nobody has locked
        async with asyncio.timeout(LOCK_TIMEOUT_MS / 2000):  # a batcher in the way would block it for twice as long
            await ping(engine)
    views = await together(calls)
    assert len(views) == 1000
    assert {view.booking.status for view in views} == {CONFIRMED}
    await engine.dispose()


async def test_control_a_batcher_with_the_whole_pool_leaves_no_connection_to_others(
    rush: Rush, postgres_url: str
) -> None:
    engine = create_engine(postgres_url, pool_size=10)
    batcher = type(rush.batcher())(engine, rush.store.new_context, connections=11)
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


async def test_a_request_that_the_database_refuses_fails_alone(rush: Rush) -> None:
    event_id = await rush.office.open()
    people = await rush.office.people(10)
    stranger = UserId(uuid4())  # signed in, and deleted since
    batcher = rush.batcher()
    asked = [a_request(user_id=user_id) for user_id in (*[who.user_id for who in people[:5]], stranger)]
    asked += [a_request(user_id=who.user_id) for who in people[5:]]
    results = await asyncio.gather(*(batcher.place(event_id, each) for each in asked), return_exceptions=True)
    assert [isinstance(result, Unauthenticated) for result in results] == [False] * 5 + [True] + [False] * 5
    assert (await rush.office.event(event_id)).booked_count == 10


async def test_a_booking_stands_when_its_client_has_left_and_its_key_finds_it(rush: Rush) -> None:
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


async def test_a_replay_shows_an_expired_hold_as_expired(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=1, price=Decimal("12.50"))
    [ada] = await rush.office.people(1)
    await rush.office.book(event_id, ada, key="k")
    rush.store.clock.move(timedelta(minutes=10))
    again = await rush.office.place(event_id, by=ada, key="k", quantity=1)
    assert (again.replayed, again.view.booking.status) == (True, BookingStatus.EXPIRED)


async def test_a_batcher_that_finishes_has_answered_every_request(rush: Rush) -> None:
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
