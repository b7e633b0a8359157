"""The figures of organizers read what belongs to their events, however much there is of everything (H1)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from adapters.postgres.shared.engine import create_engine
from core.shared.ids import EventId, UserId
from tests.support.builders import NOW
from tests.support.large_database import ORGANIZER, QUIET_EVENT
from tests.support.query_plans import PlanRecorder
from tests.support.stores import Store, postgres_store

pytestmark = pytest.mark.timeout(300)
"""The first test fills the database."""

EXECUTIONS = 7
EVENTS_OF_AN_ORGANIZER = 2_000
MOST_ROWS = 8 * EVENTS_OF_AN_ORGANIZER
"""Their events, their bookings and payments, and all holds of the platform with the events they are for."""


@pytest.fixture
async def store(large_url: str, recorder: PlanRecorder) -> AsyncIterator[Store]:
    engine = create_engine(large_url, pool_size=5)
    recorder.listen(engine)
    yield postgres_store(engine)
    await engine.dispose()


async def read_statistics(store: Store) -> object:
    async with store.analytics() as uow:
        return (await uow.figures.statistics(UserId(ORGANIZER), NOW)).events


async def read_event(store: Store) -> object:
    async with store.analytics() as uow:
        view = await uow.events.view(EventId(QUIET_EVENT), NOW)
        return await uow.figures.event_statistics(view.event, NOW)


@pytest.mark.parametrize("read", [read_statistics, read_event])
async def test_figures_of_an_organizer_read_little_more_than_their_own(
    store: Store, recorder: PlanRecorder, read: Callable[[Store], Awaitable[object]]
) -> None:
    for _ in range(EXECUTIONS):
        assert await read(store)
    assert list(recorder.wasteful(MOST_ROWS)) == []
