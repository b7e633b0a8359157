"""Worker processes: killed during a job, stopped, and several at once."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.jobs.worker import HEARTBEAT
from adapters.postgres.jobs.stores import ping_queue
from core.accounts.sessions import Session
from core.jobs.enqueueing import EnqueueJob, ForgetDoneJobs
from core.jobs.model import DIED, MAX_ATTEMPTS, JobRecord, JobStatus
from core.jobs.ports import JobFilter
from core.shared.jobs import Job
from core.shared.paging import PageRequest
from tests.support.builders import a_session, a_user
from tests.support.platform import nocturne, run_worker
from tests.support.stores import Store, postgres_store

FORGET = Job("forget-expired")
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
STOP_SECONDS = 60
LIFETIME = timedelta(days=30_000)


@pytest.fixture
def store(engine: AsyncEngine) -> Store:
    return postgres_store(engine)


@pytest.fixture
def settings(postgres_url: str) -> dict[str, str]:
    """The settings of workers on the database of this test, without schedules."""
    return {"DATABASE_URL": postgres_url, "JWT_SECRET": "x" * 32, "CLEANUP_SCHEDULE": "", "DIGEST_SCHEDULE": ""}


@pytest.fixture
async def expired(store: Store) -> Session:
    user = a_user()
    session = a_session(user.id, expires_at=LONG_AGO)
    async with store.accounts() as uow:
        await uow.users.add(user)
        await uow.sessions.add(session)
        await uow.commit()
    return session


@asynccontextmanager
async def lock_sessions(engine: AsyncEngine) -> AsyncIterator[None]:
    """Lock the sessions, so that a job that removes expired ones has to wait."""
    async with engine.begin() as connection:
        await connection.execute(text("LOCK TABLE sessions IN SHARE ROW EXCLUSIVE MODE"))
        yield


OURS = {FORGET.task, "clean-up", "scrape"}
"""The tasks of the jobs that tests enqueue; schedules may add others."""


async def list_jobs(store: Store) -> list[JobRecord]:
    async with store.jobs() as uow:
        every = (await uow.records.search(JobFilter(), PageRequest(limit=100))).items
        return [each for each in every if each.job.task in OURS]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.05)


async def waits_for_the_lock(engine: AsyncEngine) -> bool:
    # Only in this database: other test processes have theirs on the same server.
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with engine.connect() as connection:
        return bool(await connection.scalar(text(waiting)))


async def has_no_jobs(store: Store) -> bool:
    return not await list_jobs(store)


async def count_sessions(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(text("SELECT count(*) FROM sessions")) or 0


async def test_the_job_of_a_killed_worker_is_done_by_another(
    store: Store, engine: AsyncEngine, settings: dict[str, str], tmp_path: Path, expired: Session
) -> None:
    async with lock_sessions(engine):
        await EnqueueJob(store.jobs)(FORGET)
        with run_worker(tmp_path, **settings) as worker:
            await until(partial(waits_for_the_lock, engine))
            worker.kill()
            assert await asyncio.to_thread(worker.wait, STOP_SECONDS) == -signal.SIGKILL
    [job] = await list_jobs(store)
    assert (job.status, job.attempts, await count_sessions(engine)) == (JobStatus.RUNNING, 1, 1)
    with run_worker(tmp_path, **settings):
        await expire_heartbeats(engine)
        await until(partial(has_no_jobs, store))
    assert await count_sessions(engine) == 0


async def test_a_job_that_kills_its_workers_is_dead_after_all_its_attempts(
    store: Store, engine: AsyncEngine, settings: dict[str, str], tmp_path: Path, expired: Session
) -> None:
    async with lock_sessions(engine):
        await EnqueueJob(store.jobs)(FORGET)
        [job] = await list_jobs(store)
        await store.workers_died(job.id, MAX_ATTEMPTS - 1)
        with run_worker(tmp_path, **settings) as worker:
            await until(partial(waits_for_the_lock, engine))
            worker.kill()
            assert await asyncio.to_thread(worker.wait, STOP_SECONDS) == -signal.SIGKILL
    with run_worker(tmp_path, **settings):
        await expire_heartbeats(engine)
        await until(partial(is_dead, store))
    [job] = await list_jobs(store)
    assert (job.attempts, job.last_error, await count_sessions(engine)) == (MAX_ATTEMPTS, DIED, 1)


async def is_dead(store: Store) -> bool:
    return [job.status for job in await list_jobs(store)] == [JobStatus.DEAD]


async def expire_heartbeats(engine: AsyncEngine) -> None:
    """Let time pass until the workers count as dead."""
    async with engine.begin() as connection:
        earlier = "UPDATE pgqueuer SET heartbeat = heartbeat - CAST(:by AS interval)"
        await connection.execute(text(earlier), {"by": HEARTBEAT})


async def test_a_stopping_worker_finishes_its_job(
    store: Store, engine: AsyncEngine, settings: dict[str, str], tmp_path: Path, expired: Session
) -> None:
    with run_worker(tmp_path, **settings) as worker:
        async with lock_sessions(engine):
            await EnqueueJob(store.jobs)(FORGET)
            await until(partial(waits_for_the_lock, engine))
            worker.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(worker.wait, STOP_SECONDS) == 0
    assert (await list_jobs(store), await count_sessions(engine)) == ([], 0)


async def test_several_workers_run_each_of_many_jobs_once(
    store: Store, engine: AsyncEngine, settings: dict[str, str], tmp_path: Path
) -> None:
    async with store.jobs() as uow:
        await uow.jobs.enqueue([FORGET] * 60)
        await uow.commit()
    with ExitStack() as workers:
        for _ in range(3):
            workers.enter_context(run_worker(tmp_path, "--queues", "housekeeping", **settings))
        await until(partial(has_no_jobs, store))
    async with engine.connect() as connection:
        steps = await connection.execute(text("SELECT job_id, status::text FROM pgqueuer_log"))
        seen = Counter((row.job_id, row.status) for row in steps)
    assert set(seen.values()) == {1}
    assert Counter(step for _, step in seen) == {"queued": 60, "picked": 60, "successful": 60}
    forget = ForgetDoneJobs(store.jobs, store.clock, retention=-LIFETIME)
    assert [await forget(), await forget()] == [180, 0]


async def test_a_worker_leaves_the_jobs_of_other_queues_alone(
    store: Store, settings: dict[str, str], tmp_path: Path
) -> None:
    async with store.jobs() as uow:
        await uow.jobs.enqueue([Job("clean-up"), Job("scrape")])
        await uow.commit()
    with run_worker(tmp_path, "--queues", "housekeeping, alerts", **settings):
        await until(partial(has_one_job, store))
    [left] = await list_jobs(store)
    assert (left.job.task, left.attempts) == ("scrape", 0)


async def has_one_job(store: Store) -> bool:
    return len(await list_jobs(store)) == 1


async def test_an_unreachable_queue_is_reported(engine: AsyncEngine) -> None:
    await ping_queue(engine)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE pgqueuer_log RENAME TO elsewhere"))
    try:
        with pytest.raises(ProgrammingError, match="pgqueuer_log"):
            await ping_queue(engine)
    finally:
        async with engine.begin() as connection:
            await connection.execute(text("ALTER TABLE elsewhere RENAME TO pgqueuer_log"))


async def test_a_worker_with_a_port_serves_health_and_metrics(
    store: Store, settings: dict[str, str], tmp_path: Path, unused_tcp_port: int
) -> None:
    async def get(path: str) -> str | None:
        try:
            async with client.get(path) as response:
                return await response.text() if response.status == 200 else None
        except aiohttp.ClientConnectionError:
            return None

    async def has_run_job() -> bool:
        return 'nocturne_job_runs_total{outcome="done",task="forget-expired"} 1' in (await get("/metrics") or "")

    await EnqueueJob(store.jobs)(FORGET)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{unused_tcp_port}") as client:
        with run_worker(tmp_path, "--port", str(unused_tcp_port), **settings) as worker:
            await until(has_run_job)
            ready = json.loads(await get("/readyz") or "{}")
            assert ready == {"status": "ok", "checks": {"database": "ok", "jobs": "ok", "storage": "ok"}}
            assert await get("/healthz") is not None
            assert await get("/api/events") is None
            worker.terminate()
            assert await asyncio.to_thread(worker.wait, STOP_SECONDS) == 0


def test_a_worker_reports_that_its_port_is_in_use(settings: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = nocturne("worker", "--port", str(port), data_dir=tmp_path, **settings)
    message = f"nocturne: Port {port} on 127.0.0.1 is in use; choose another\n"
    assert (done.returncode, done.stderr) == (1, message)
