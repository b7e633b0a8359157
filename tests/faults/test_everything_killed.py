"""All processes killed while messages are being sent and a job runs: each is done at least once, under the same id.

It waits for schedules, so only `make faults` runs it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.shared.engine import create_engine
from core.jobs.enqueueing import EnqueueJob
from core.shared.jobs import Job
from tests.support.crowd import Crowd, kill_in_a_rush
from tests.support.fault_tally import FaultTally, rounds
from tests.support.postgres_processes import query
from tests.support.slow_service import SlowService
from tests.support.stores import postgres_store
from tests.support.waiting import until, until_busy
from tests.support.whole_platform import WholePlatform

EACH, AFTER = 6, 16
"""How often everybody books, before and during the fault, and after how many answers everything is killed."""
CONFIRMED = "booking.confirmed"
JOB = Job("forget-expired")
UNSENT = "SELECT 1 FROM booking_notices UNION ALL SELECT 1 FROM outbox WHERE status = 'waiting'"
UNDONE = "SELECT 1 FROM pgqueuer"
CLAIMS_EXPIRE = (
    "UPDATE outbox SET due_at = now() WHERE status = 'waiting'",
    "UPDATE pgqueuer SET heartbeat = heartbeat - interval '1 hour'",
    "UPDATE pgqueuer_schedules SET heartbeat = heartbeat - interval '1 hour'",
)
"""As if time had passed, until the processes that were killed count as dead."""
STEPS = """
    SELECT status::text FROM pgqueuer_log WHERE status <> 'queued'
        AND job_id = (SELECT max(job_id) FROM pgqueuer_log WHERE entrypoint = 'forget-expired')
    ORDER BY id
"""


@pytest.mark.parametrize("round_number", rounds(small=1, full=10))
async def test_messages_and_jobs_are_done_at_least_once_when_everything_is_killed_in_a_rush(
    platform: WholePlatform, service: SlowService, crowd: Crowd, tally: FaultTally, round_number: int
) -> None:
    database = create_engine(platform.database_url, pool_size=2)
    await until_none(platform, UNSENT)
    service.hold()
    await crowd.rush(EACH)
    unconfirmed: set[str] = set()

    async def kill_and_start() -> None:
        await platform.kill_everything()
        unconfirmed.update(message["id"] for message in messages(service, crowd))
        service.answer()
        platform.redis.start()
        await asyncio.to_thread(platform.start_api)  # which starts PostgreSQL
        await asyncio.to_thread(query, platform.database_url, *CLAIMS_EXPIRE)
        await asyncio.to_thread(platform.start_worker)

    async with a_job_that_runs(database):
        await until(lambda: bool(messages(service, crowd)))
        await kill_in_a_rush(crowd, kill_and_start, each=EACH, after=AFTER)
    booked = {body["id"] for body in crowd.bodies if body["status"] == "confirmed"}
    await until(lambda: set(ids_by_booking(service, crowd)) == booked and is_sent_again(service, crowd, unconfirmed))
    await until_none(platform, UNDONE)
    lost = await crowd.lost()
    tally.add(
        "everything, while messages are sent and a job runs",
        requests=len(crowd.answers),
        retried=crowd.interrupted,
        lost=len(lost),
        back_after=crowd.back_after,
    )
    assert not lost
    assert not await crowd.oversold()
    assert not await platform.damage()
    assert all(len(ids) == 1 for ids in ids_by_booking(service, crowd).values())
    assert await asyncio.to_thread(query, platform.database_url, STEPS) == [("picked",), ("picked",), ("successful",)]
    await database.dispose()


@asynccontextmanager
async def a_job_that_runs(database: AsyncEngine) -> AsyncIterator[None]:
    """Have a worker run a job until the end of the block, or until its database is killed."""
    with suppress(DBAPIError):  # the lock that the job waits for is lost with the server
        async with database.begin() as connection:
            await connection.execute(text("LOCK TABLE sessions IN SHARE ROW EXCLUSIVE MODE"))
            await EnqueueJob(postgres_store(database).jobs)(JOB)
            await until_busy(database, 1)
            yield


def messages(service: SlowService, crowd: Crowd) -> list[dict[str, Any]]:
    """Return the messages that confirm a booking of this crowd, as often as they have arrived."""
    return [each for each in service.about(CONFIRMED) if each["payload"]["event"]["id"] == crowd.event_id]


def ids_by_booking(service: SlowService, crowd: Crowd) -> dict[str, set[str]]:
    """Return the ids of the messages that confirm each booking."""
    found: dict[str, set[str]] = defaultdict(set)
    for message in messages(service, crowd):
        found[message["payload"]["booking"]["id"]].add(message["id"])
    return found


def is_sent_again(service: SlowService, crowd: Crowd, ids: set[str]) -> bool:
    """Return whether each of these messages has arrived twice."""
    arrived = [message["id"] for message in messages(service, crowd)]
    return all(arrived.count(each) == 2 for each in ids)


async def until_none(platform: WholePlatform, rows: str) -> None:
    """Wait until this statement finds nothing."""
    async with asyncio.timeout(60):
        while await asyncio.to_thread(query, platform.database_url, rows):  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.1)
