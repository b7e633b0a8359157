"""What organizers look at reads little more than it shows, however much there is of everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from adapters.postgres.shared.engine import create_engine
from core.booking.managed_events import ManagedEventFilter
from core.shared.ids import EventId, UserId
from core.shared.paging import PageRequest
from tests.support.builders import NOW
from tests.support.large_database import HOT_EVENT, ORGANIZER
from tests.support.query_plans import PlanRecorder
from tests.support.stores import Store, postgres_store

pytestmark = pytest.mark.timeout(300)
"""The first test fills the database."""

EXECUTIONS = 7
EVENTS_OF_AN_ORGANIZER = 2_000
MOST_ROWS = 2 * EVENTS_OF_AN_ORGANIZER
"""A list counts all events of its organizer, and reads a page of them with a few rows for each."""


@pytest.fixture
async def store(large_url: str, recorder: PlanRecorder) -> AsyncIterator[Store]:
    engine = create_engine(large_url, pool_size=5)
    recorder.listen(engine)
    yield postgres_store(engine)
    await engine.dispose()


def list_events(*, past: bool, offset: int = 0, text: str | None = None) -> Callable[[Store], Awaitable[object]]:
    async def read(store: Store) -> object:
        wanted = ManagedEventFilter(UserId(ORGANIZER), NOW, past, text)
        async with store.managed_events() as uow:
            page = await uow.managed_events.search(wanted, PageRequest(offset=offset))
            following = await uow.managed_events.search(wanted, PageRequest(cursor=page.next_cursor))
        return page.items and following.items

    return read


async def read_counts(store: Store) -> object:
    async with store.managed_events() as uow:
        return await uow.managed_events.get(EventId(HOT_EVENT), NOW)


async def read_waitlist(store: Store) -> object:
    async with store.managed_events() as uow:
        return (await uow.managed_events.waitlist(EventId(HOT_EVENT), PageRequest(offset=100))).items


async def read_door(store: Store) -> object:
    async with store.managed_events() as uow:
        return await uow.managed_events.last_checked_in(EventId(HOT_EVENT), 10)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(list_events(past=False), id="events to come"),
        pytest.param(list_events(past=False, offset=500), id="events to come, further on"),
        pytest.param(list_events(past=False, text="jazz"), id="events to come with a name"),
        pytest.param(list_events(past=True), id="past events"),
        pytest.param(list_events(past=True, offset=300), id="past events, further on"),
        read_counts,
        read_waitlist,
        read_door,
    ],
)
async def test_the_desk_reads_little_more_than_it_shows(
    store: Store, recorder: PlanRecorder, read: Callable[[Store], Awaitable[object]]
) -> None:
    for _ in range(EXECUTIONS):
        assert await read(store)
    assert list(recorder.wasteful(MOST_ROWS)) == []
