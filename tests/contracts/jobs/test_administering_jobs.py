"""What admins see and do with jobs and schedules, on every store."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.jobs.schedules import MemoryScheduler, PostgresScheduler, ScheduledTask, Scheduler
from core.jobs.enqueueing import EnqueueJob
from core.jobs.errors import JobNotFound, UnknownSchedule
from core.jobs.managing import ListJobs, ListSchedules, ReadJob, ReadQueue, RunSchedule
from core.jobs.model import JobId, JobStatus
from core.jobs.ports import JobFilter, Schedules
from core.shared.access import Role
from core.shared.audit import AuditFilter
from core.shared.errors import Forbidden
from core.shared.jobs import Job
from core.shared.paging import PageRequest
from tests.support.builders import a_person
from tests.support.stores import Store

ADMIN, ORGANIZER = a_person(Role.ADMIN), a_person(Role.ORGANIZER)
NIGHTLY = "0 4 29 2 *"
"""Due in one night in four years, so that tests are unlikely to run at that time."""


async def test_a_job_is_read_and_counted(store: Store) -> None:
    await EnqueueJob(store.jobs)(Job("scrape", {"city": "london"}))
    await EnqueueJob(store.jobs)(Job("scrape"))
    [_, first] = (await ListJobs(store.jobs)(JobFilter(), PageRequest(), by=ADMIN)).items
    assert await ReadJob(store.jobs)(first.id, by=ADMIN) == first
    assert await ReadQueue(store.jobs)(by=ADMIN) == {("scrape", JobStatus.WAITING): 2}
    with pytest.raises(JobNotFound):
        await ReadJob(store.jobs)(JobId(UUID(int=2**127)), by=ADMIN)
    for refused in (ReadJob(store.jobs)(first.id, by=ORGANIZER), ReadQueue(store.jobs)(by=ORGANIZER)):
        with pytest.raises(Forbidden):
            await refused


async def test_a_schedule_is_run_on_demand_once_at_a_time(store: Store) -> None:
    run = RunSchedule(store.jobs, store.clock)
    for _ in range(2):
        await run("clean-up", by=ADMIN)
    [job] = (await ListJobs(store.jobs)(JobFilter(), PageRequest(), by=ADMIN)).items
    assert job.job == Job("clean-up", key="clean-up")
    async with store.accounts() as uow:
        entries = (await uow.audit.search(AuditFilter(action="schedule.run"), PageRequest())).items
    assert {(entry.actor_id, entry.facts["task"]) for entry in entries} == {(ADMIN.user_id, "clean-up")}
    with pytest.raises(UnknownSchedule):
        await run("expire-holds", by=ADMIN)
    with pytest.raises(Forbidden):
        await run("clean-up", by=ORGANIZER)


async def assert_schedules_are_listed(scheduler: Scheduler, schedules: Schedules) -> None:
    stop = asyncio.Event()
    tasks = [ScheduledTask(name, NIGHTLY, stop.wait) for name in ("scrape", "clean-up")]
    running = asyncio.create_task(scheduler.run(tasks, stop))
    list_schedules = ListSchedules(schedules)
    async with asyncio.timeout(30):
        while len(found := await list_schedules(by=ADMIN)) < 2:  # noqa: ASYNC110 - only workers are notified
            await asyncio.sleep(0.02)
    stop.set()
    await running
    assert [(each.name, each.cron, each.last_run) for each in found] == [
        ("clean-up", NIGHTLY, None),
        ("scrape", NIGHTLY, None),
    ]
    assert all(each.next_run > datetime.now(UTC) for each in found)
    with pytest.raises(Forbidden):
        await list_schedules(by=ORGANIZER)


async def test_schedules_in_memory_are_listed_with_their_next_run() -> None:
    scheduler = MemoryScheduler()
    await assert_schedules_are_listed(scheduler, scheduler)


async def test_schedules_on_postgres_are_listed_with_their_next_run(engine: AsyncEngine) -> None:
    scheduler = PostgresScheduler(engine)
    await assert_schedules_are_listed(scheduler, scheduler)
