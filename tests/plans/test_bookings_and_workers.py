"""Neither a booking nor a scan of a worker reads more when there is more of everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from adapters.postgres.shared.engine import create_engine
from core.booking.model import BookingStatus
from core.shared.access import Principal
from core.shared.ids import EventId
from tests.support.box_office import BoxOffice, box_office
from tests.support.builders import NOW
from tests.support.large_database import HOT_EVENT
from tests.support.query_plans import PlanRecorder
from tests.support.stores import postgres_store

pytestmark = pytest.mark.timeout(300)
"""The first test fills the database."""

EXECUTIONS = 7
MOST_ROWS = 1_000
"""Of one statement: far more than a booking or a batch of work needs, and far less than a table has."""


@pytest.fixture
async def office(large_url: str, recorder: PlanRecorder) -> AsyncIterator[BoxOffice]:
    """The use cases of booking on the large database."""
    engine = create_engine(large_url, pool_size=10)
    recorder.listen(engine)
    yield box_office(postgres_store(engine))
    await engine.dispose()


async def test_booking_and_cancelling_read_a_few_rows_of_the_busiest_event(
    office: BoxOffice, recorder: PlanRecorder
) -> None:
    await must_read_little(recorder, office, lambda person: book_and_cancel(office, EventId(HOT_EVENT), person))


async def test_registering_reads_a_few_rows_of_the_busiest_event(office: BoxOffice, recorder: PlanRecorder) -> None:
    async def register(person: Principal) -> None:
        email = f"{person.user_id.hex}@example.com"
        await office.register(EventId(HOT_EVENT), full_name="Vera", email=email)

    await must_read_little(recorder, office, register)


async def test_waiting_and_being_promoted_read_a_few_rows(office: BoxOffice, recorder: PlanRecorder) -> None:
    event_id = await office.open(capacity=1)
    [first] = await office.people(1)

    async def wait_and_be_promoted(person: Principal) -> None:
        held = await office.book(event_id, first)
        waiting = await office.book(event_id, person)
        assert waiting.booking.status is BookingStatus.WAITLISTED
        await office.cancel(held.booking.id, by=first)
        assert await office.status(waiting) is BookingStatus.CONFIRMED
        await office.cancel(waiting.booking.id, by=person)

    await must_read_little(recorder, office, wait_and_be_promoted)


LATER = NOW + timedelta(minutes=5)
SCANS: dict[str, Callable[[BoxOffice], Awaitable[object]]] = {}


def scan(run: Callable[[BoxOffice], Awaitable[object]]) -> Callable[[BoxOffice], Awaitable[object]]:
    """Register what a worker does every few seconds."""
    SCANS[run.__name__] = run
    return run


@scan
async def expired_holds(office: BoxOffice) -> object:
    async with office.store.booking() as uow:
        return await uow.bookings.with_expired_holds(NOW, 100)


@scan
async def waitlists_to_close(office: BoxOffice) -> object:
    async with office.store.booking() as uow:
        return await uow.bookings.with_waitlist_to_close(NOW, 100)


@scan
async def unsettled_payments(office: BoxOffice) -> object:
    async with office.store.booking() as uow:
        return await uow.payments.unsettled(NOW, 100)


@scan
async def due_notifications(office: BoxOffice) -> object:
    async with office.store.notifications() as uow:
        return await uow.notifications.claim(100, NOW, LATER)


@scan
async def due_webhook_batch(office: BoxOffice) -> object:
    async with office.store.notifications() as uow:
        return await uow.notifications.claim_webhook_batch(20, NOW, LATER, max_per_owner=2)


@scan
async def unsent_notifications(office: BoxOffice) -> object:
    async with office.store.notifications() as uow:
        return await uow.notifications.count_unsent()


@scan
async def due_digests(office: BoxOffice) -> object:
    async with office.store.alerts() as uow:
        return await uow.subscriptions.claim_due(NOW, 10)


@pytest.mark.parametrize("name", SCANS)
async def test_workers_read_what_is_due_and_little_else(office: BoxOffice, recorder: PlanRecorder, name: str) -> None:
    for _ in range(EXECUTIONS):
        assert await SCANS[name](office)
    assert list(recorder.wasteful(MOST_ROWS)) == []


async def book_and_cancel(office: BoxOffice, event_id: EventId, person: Principal) -> None:
    booking = (await office.book(event_id, person)).booking
    await office.cancel(booking.id, by=person)


async def must_read_little(
    recorder: PlanRecorder, office: BoxOffice, step: Callable[[Principal], Awaitable[None]]
) -> None:
    """Take a step for several people, and check what every statement has read."""
    people = await office.people(EXECUTIONS)
    recorder.plans.clear()
    for person in people:
        await step(person)
    assert list(recorder.wasteful(MOST_ROWS)) == []
