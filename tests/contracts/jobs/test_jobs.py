"""Jobs, on every store: none is lost or run twice, and failures are visible."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
import structlog

from core.jobs.enqueueing import EnqueueJob, ForgetDoneJobs
from core.jobs.errors import JobNotFound, JobRunning
from core.jobs.managing import ListJobs, RetryJob
from core.jobs.model import DIED, MAX_ATTEMPTS, STOPPED, JobId, JobRecord, JobStatus, retry_delay
from core.jobs.ports import JobFilter, TaskFunction
from core.shared.access import Principal, Role
from core.shared.audit import AuditFilter
from core.shared.errors import Forbidden
from core.shared.ids import UserId
from core.shared.jobs import Job
from core.shared.paging import BadCursor, Cursor, PageRequest
from tests.support.refusals import refused
from tests.support.stores import Store

ADMIN = Principal(UserId(UUID(int=1)), Role.ADMIN)
USER = Principal(UserId(UUID(int=2)), Role.USER)
SHUTDOWN_SECONDS = 30.0
MARGIN = timedelta(seconds=5)
LIFETIME = timedelta(days=30_000)


async def enqueue(store: Store, *jobs: Job) -> None:
    for job in jobs:
        await EnqueueJob(store.jobs)(job)


async def list_jobs(store: Store, **wanted: object) -> list[JobRecord]:
    page = await ListJobs(store.jobs)(JobFilter(**wanted), PageRequest(), by=ADMIN)  # type: ignore[arg-type]
    return list(page.items)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Poll until the condition is true."""
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - only workers are notified by the queue
            await asyncio.sleep(0.02)


async def wait_until_empty(store: Store) -> None:
    async def holds() -> bool:
        return not await list_jobs(store)

    await until(holds)


async def wait_until_all(store: Store, status: JobStatus, attempts: int) -> None:
    async def holds() -> bool:
        return all((each.status, each.attempts) == (status, attempts) for each in await list_jobs(store))

    await until(holds)


@asynccontextmanager
async def run_worker(
    store: Store, tasks: Mapping[str, TaskFunction], stop_grace_seconds: float = SHUTDOWN_SECONDS
) -> AsyncIterator[asyncio.Event]:
    """Run a worker; it is stopped at the end, or when the event is set."""
    stop = asyncio.Event()
    work = asyncio.create_task(store.worker(stop_grace_seconds).work(tasks, stop))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(60):
            await work


class Recorder:
    """Records what `note` was called with. The first calls fail, as many as `fails` says."""

    def __init__(self, fails: int = 0) -> None:
        self.done: list[str] = []
        self.attempts = 0
        self._fails = fails

    async def note(self, arguments: Mapping[str, str]) -> None:
        self.attempts += 1
        if self.attempts <= self._fails:
            raise ValueError("no luck\nwith these values: secret")
        self.done.append(arguments.get("what", ""))


class Gate:
    """A task that starts and then waits until the gate is opened."""

    def __init__(self) -> None:
        self.started, self.opened = asyncio.Event(), asyncio.Event()

    async def pass_through(self, _: Mapping[str, str]) -> None:
        self.started.set()
        await self.opened.wait()


async def test_a_job_exists_only_after_its_transaction_committed(store: Store) -> None:
    for commits in (False, True):
        async with store.accounts() as uow:
            await uow.jobs.enqueue([Job("one", {"event": "1"}), Job("two")])
            await uow.jobs.enqueue([])
            if commits:
                await uow.commit()
        assert len(await list_jobs(store)) == (2 if commits else 0)
    two, one = await list_jobs(store)
    assert (one.job, one.status, one.attempts, one.last_error) == (
        Job("one", {"event": "1"}),
        JobStatus.WAITING,
        0,
        None,
    )
    assert (two.job, one.due_at, two.id > one.id) == (Job("two"), one.created_at, True)


async def test_a_job_gets_its_arguments_and_is_deleted_when_done(store: Store) -> None:
    notes = Recorder()
    await enqueue(store, Job("note", {"what": "before"}))
    async with run_worker(store, {"note": notes.note}):
        await enqueue(store, Job("note", {"what": "meanwhile"}))
        await wait_until_empty(store)
    assert sorted(notes.done) == ["before", "meanwhile"]


async def test_the_log_lines_of_a_job_have_its_id_and_its_task(store: Store) -> None:
    async def talk(_: Mapping[str, str]) -> None:
        structlog.get_logger().info("talking")

    await enqueue(store, Job("talk"))
    [job] = await list_jobs(store)
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        async with run_worker(store, {"talk": talk}):
            await wait_until_empty(store)
    assert [(line["task"], line["job_id"]) for line in lines if line["event"] == "talking"] == [("talk", str(job.id))]


async def test_many_workers_run_each_job_once(store: Store) -> None:
    done: Counter[str] = Counter()
    started, all_started = set[int](), asyncio.Event()

    def by(worker: int) -> TaskFunction:
        async def run(arguments: Mapping[str, str]) -> None:
            started.add(worker)
            if len(started) == 3:
                all_started.set()
            await all_started.wait()  # otherwise the first would have run them all before the others look
            done[arguments["number"]] += 1

        return run

    async with (
        run_worker(store, {"count": by(1)}),
        run_worker(store, {"count": by(2)}),
        run_worker(store, {"count": by(3)}),
    ):
        await asyncio.gather(*(enqueue(store, Job("count", {"number": str(number)})) for number in range(60)))
        await wait_until_empty(store)
    assert done == {str(number): 1 for number in range(60)}


async def test_a_failing_job_is_retried_with_a_growing_backoff_until_it_is_dead(store: Store) -> None:
    failing, marks = Recorder(fails=MAX_ATTEMPTS), Recorder()
    async with run_worker(store, {"fail": failing.note, "mark": marks.note}):
        await enqueue(store, Job("fail"))
        for attempt in range(1, MAX_ATTEMPTS):
            await wait_until_all(store, JobStatus.WAITING, attempt)
            [waiting] = await list_jobs(store)
            assert waiting.last_error == "ValueError: no luck"
            delay = retry_delay(attempt)
            assert delay is not None
            await store.pass_time(delay - MARGIN)
            # The worker would have run the other job before this one, if it were due.
            await enqueue(store, Job("mark"))
            await until(partial(has_noted, marks, attempt))
            assert failing.attempts == attempt
            await store.pass_time(MARGIN)
        await wait_until_all(store, JobStatus.DEAD, MAX_ATTEMPTS)
    assert failing.attempts == MAX_ATTEMPTS


async def has_noted(notes: Recorder, times: int) -> bool:
    return len(notes.done) == times


async def test_a_dead_job_is_kept_until_an_admin_retries_it_with_all_its_attempts(store: Store) -> None:
    failing = Recorder(fails=MAX_ATTEMPTS + 1)
    retry = RetryJob(store.jobs, store.clock)
    async with run_worker(store, {"fail": failing.note}):
        await enqueue(store, Job("fail", {"what": "it"}))
        for attempt in range(1, MAX_ATTEMPTS):
            await wait_until_all(store, JobStatus.WAITING, attempt)
            await store.pass_time(timedelta(hours=2))
        await wait_until_all(store, JobStatus.DEAD, MAX_ATTEMPTS)
        [dead] = await list_jobs(store, status=JobStatus.DEAD)
        assert dead.last_error == "ValueError: no luck"
        again = await retry(dead.id, by=ADMIN)
        assert (again.status, again.attempts, again.job) == (JobStatus.WAITING, 0, dead.job)
        await wait_until_all(store, JobStatus.WAITING, 1)
        await retry(dead.id, by=ADMIN)
        await wait_until_empty(store)
    assert (failing.done, failing.attempts) == (["it"], MAX_ATTEMPTS + 2)
    async with store.accounts() as uow:
        entries = (await uow.audit.search(AuditFilter(action="job.retried"), PageRequest())).items
    assert [(each.actor_id, each.target, each.facts) for each in entries] == [
        (ADMIN.user_id, dead.id, {"task": "fail"})
    ] * 2


async def test_only_admins_see_jobs_and_running_ones_can_not_be_retried(store: Store) -> None:
    retry, gate = RetryJob(store.jobs, store.clock), Gate()
    await enqueue(store, Job("gate"))
    async with run_worker(store, {"gate": gate.pass_through}):
        await gate.started.wait()
        [running] = await list_jobs(store)
        assert (running.status, running.attempts) == (JobStatus.RUNNING, 1)
        await refused(retry(running.id, by=ADMIN), JobRunning)
        await refused(retry(running.id, by=USER), Forbidden)
        await refused(ListJobs(store.jobs)(JobFilter(), PageRequest(), by=USER), Forbidden)
        gate.opened.set()
        await wait_until_empty(store)
    for unknown in (running.id, JobId(UUID(int=2**63)), JobId(UUID(int=2**128 - 1))):
        await refused(retry(unknown, by=ADMIN), JobNotFound)


async def test_a_stopping_worker_finishes_its_jobs(store: Store) -> None:
    gate = Gate()
    await enqueue(store, Job("gate"))
    async with run_worker(store, {"gate": gate.pass_through}) as stop:
        await gate.started.wait()
        stop.set()
        gate.opened.set()
    assert await list_jobs(store) == []


async def test_a_job_that_outlasts_the_shutdown_is_released_to_another_worker(store: Store) -> None:
    gate, notes = Gate(), Recorder()
    await enqueue(store, Job("long"))
    async with run_worker(store, {"long": gate.pass_through}, stop_grace_seconds=0.05):
        await gate.started.wait()
    [back] = await list_jobs(store)
    assert (back.status, back.attempts, back.last_error) == (JobStatus.WAITING, 0, STOPPED)
    async with run_worker(store, {"long": notes.note}):
        await wait_until_empty(store)
    assert notes.done == [""]


async def test_the_job_of_a_cancelled_worker_is_released_to_another(store: Store) -> None:
    gate, notes = Gate(), Recorder()
    await enqueue(store, Job("long"))
    work = asyncio.create_task(store.worker(SHUTDOWN_SECONDS).work({"long": gate.pass_through}, asyncio.Event()))
    await gate.started.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    async with run_worker(store, {"long": notes.note}):
        await wait_until_empty(store)
    assert notes.done == [""]


async def test_a_job_that_kills_its_workers_is_dead_after_all_its_attempts(store: Store) -> None:
    notes, failing = Recorder(), Recorder(fails=MAX_ATTEMPTS)
    await enqueue(store, Job("deadly"), Job("almost"))
    almost, deadly = await list_jobs(store)
    await store.workers_died(deadly.id, MAX_ATTEMPTS)
    await store.workers_died(almost.id, MAX_ATTEMPTS - 1)
    async with run_worker(store, {"deadly": notes.note, "almost": failing.note}):
        await wait_until_all(store, JobStatus.DEAD, MAX_ATTEMPTS)
    assert {each.job.task: each.last_error for each in await list_jobs(store)} == {
        "deadly": DIED,
        "almost": "ValueError: no luck",
    }
    assert (notes.attempts, failing.attempts) == (0, 1)
    again = await RetryJob(store.jobs, store.clock)(deadly.id, by=ADMIN)
    assert (again.status, again.attempts) == (JobStatus.WAITING, 0)


async def test_jobs_of_unknown_tasks_wait_for_a_worker_that_knows_them(store: Store) -> None:
    notes = Recorder()
    await enqueue(store, Job("of-the-future"), Job("note"))
    async with run_worker(store, {"note": notes.note}):
        await until(partial(has_noted, notes, 1))
    [waiting] = await list_jobs(store, task="of-the-future")
    assert (waiting.status, waiting.attempts) == (JobStatus.WAITING, 0)
    async with run_worker(store, {"of-the-future": notes.note}):
        await wait_until_empty(store)


async def test_only_one_job_with_a_key_waits_or_runs(store: Store) -> None:
    gate, nightly = Gate(), Job("nightly", key="nightly")
    async with store.jobs() as uow:
        await uow.jobs.enqueue([nightly, nightly, Job("other")])
        await uow.commit()
    await enqueue(store, nightly)
    assert len(await list_jobs(store, task="nightly")) == 1
    async with run_worker(store, {"nightly": gate.pass_through}):
        await gate.started.wait()
        await enqueue(store, nightly)
        assert len(await list_jobs(store, task="nightly")) == 1
        gate.opened.set()
        await until(partial(is_deleted, store, "nightly"))
        await enqueue(store, nightly)
        await until(partial(is_deleted, store, "nightly"))


async def is_deleted(store: Store, task: str) -> bool:
    return not await list_jobs(store, task=task)


async def test_a_retried_dead_job_does_not_block_its_key(store: Store) -> None:
    failing, nightly = Recorder(fails=MAX_ATTEMPTS), Job("nightly", key="nightly")
    await enqueue(store, nightly)
    async with run_worker(store, {"nightly": failing.note}):
        for attempt in range(1, MAX_ATTEMPTS):
            await wait_until_all(store, JobStatus.WAITING, attempt)
            await store.pass_time(timedelta(hours=2))
        await wait_until_all(store, JobStatus.DEAD, MAX_ATTEMPTS)
    [dead] = await list_jobs(store)
    await enqueue(store, nightly)
    await RetryJob(store.jobs, store.clock)(dead.id, by=ADMIN)
    assert [(each.status, each.job.key) for each in await list_jobs(store)] == [
        (JobStatus.WAITING, "nightly"),
        (JobStatus.WAITING, None),
    ]


async def test_jobs_are_listed_newest_first_page_by_page_and_counted(store: Store) -> None:
    await enqueue(store, *(Job("odd" if number % 2 else "even", {"n": str(number)}) for number in range(5)))
    listed, cursor = [], None
    while True:
        page = await ListJobs(store.jobs)(JobFilter(), PageRequest(limit=2, cursor=cursor), by=ADMIN)
        listed += [each.job.arguments["n"] for each in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert (listed, page.total) == (["4", "3", "2", "1", "0"], 5)
    assert [each.job.arguments["n"] for each in await list_jobs(store, task="odd")] == ["3", "1"]
    assert await list_jobs(store, status=JobStatus.DEAD) == []
    async with store.jobs() as uow:
        assert await uow.records.count() == {("even", JobStatus.WAITING): 3, ("odd", JobStatus.WAITING): 2}


@pytest.mark.parametrize("key", ["1.5", "x", "1" + "0" * 40])
async def test_a_cursor_with_a_made_up_number_breaks_nothing(store: Store, key: str) -> None:
    await enqueue(store, Job("one"))
    with suppress(BadCursor):
        await ListJobs(store.jobs)(
            JobFilter(), PageRequest(cursor=Cursor("-created", key, UUID(int=1)).encode()), by=ADMIN
        )


async def test_only_log_entries_of_finished_jobs_are_removed(store: Store) -> None:
    notes, failing = Recorder(), Recorder(fails=1)
    await enqueue(store, Job("note"), Job("fail"))
    async with run_worker(store, {"note": notes.note, "fail": failing.note}):
        await wait_until_all(store, JobStatus.WAITING, 1)
    before = await list_jobs(store)
    await ForgetDoneJobs(store.jobs, store.clock, retention=-LIFETIME)()
    assert await list_jobs(store) == before
