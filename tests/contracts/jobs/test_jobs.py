"""Jobs, on every store: none is lost, none is done by two at once, and one that fails is seen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from core.jobs.enqueueing import EnqueueJob, ForgetDoneJobs
from core.jobs.errors import JobNotFound, JobRunning
from core.jobs.managing import ListJobs, RetryJob
from core.jobs.model import DIED, MAX_ATTEMPTS, STOPPED, JobId, JobRecord, JobStatus, delay_after
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
PATIENCE = 30.0
ALMOST = timedelta(seconds=5)
A_LIFETIME = timedelta(days=30_000)


async def enqueued(store: Store, *jobs: Job) -> None:
    for job in jobs:
        await EnqueueJob(store.jobs)(job)


async def kept(store: Store, **wanted: object) -> list[JobRecord]:
    page = await ListJobs(store.jobs)(JobFilter(**wanted), PageRequest(), by=ADMIN)  # type: ignore[arg-type]
    return list(page.items)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that nobody tells of."""
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - the queue tells workers alone
            await asyncio.sleep(0.02)


async def nothing_left(store: Store) -> None:
    async def holds() -> bool:
        return not await kept(store)

    await until(holds)


async def all_are(store: Store, status: JobStatus, attempts: int) -> None:
    async def holds() -> bool:
        return all((each.status, each.attempts) == (status, attempts) for each in await kept(store))

    await until(holds)


@asynccontextmanager
async def working(
    store: Store, tasks: Mapping[str, TaskFunction], patience: float = PATIENCE
) -> AsyncIterator[asyncio.Event]:
    """A worker at work; at the end, or when the event is set, it is told to stop."""
    stop = asyncio.Event()
    work = asyncio.create_task(store.worker(patience).work(tasks, stop))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(60):
            await work


class Notebook:
    """What was done, as `note` was told; it fails as often as it was told to."""

    def __init__(self, fails: int = 0) -> None:
        self.done: list[str] = []
        self.tries = 0
        self._fails = fails

    async def note(self, arguments: Mapping[str, str]) -> None:
        self.tries += 1
        if self.tries <= self._fails:
            raise ValueError("no luck\nwith these values: secret")
        self.done.append(arguments.get("what", ""))


class Gate:
    """A task that is begun and goes no further until it is let."""

    def __init__(self) -> None:
        self.begun, self.opened = asyncio.Event(), asyncio.Event()

    async def pass_through(self, _: Mapping[str, str]) -> None:
        self.begun.set()
        await self.opened.wait()


async def test_a_job_is_there_when_its_transaction_is_committed_and_only_then(store: Store) -> None:
    for commits in (False, True):
        async with store.accounts() as uow:
            await uow.jobs.enqueue([Job("one", {"event": "1"}), Job("two")])
            await uow.jobs.enqueue([])
            if commits:
                await uow.commit()
        assert len(await kept(store)) == (2 if commits else 0)
    two, one = await kept(store)
    assert (one.job, one.status, one.attempts, one.last_error) == (
        Job("one", {"event": "1"}),
        JobStatus.WAITING,
        0,
        None,
    )
    assert (two.job, one.due_at, two.id > one.id) == (Job("two"), one.created_at, True)


async def test_a_job_is_done_as_it_was_told_and_kept_no_longer(store: Store) -> None:
    notes = Notebook()
    await enqueued(store, Job("note", {"what": "before"}))
    async with working(store, {"note": notes.note}):
        await enqueued(store, Job("note", {"what": "meanwhile"}))
        await nothing_left(store)
    assert sorted(notes.done) == ["before", "meanwhile"]


async def test_many_workers_do_each_job_once(store: Store) -> None:
    done: Counter[str] = Counter()
    at_it, all_at_it = set[int](), asyncio.Event()

    def by(worker: int) -> TaskFunction:
        async def run(arguments: Mapping[str, str]) -> None:
            at_it.add(worker)
            if len(at_it) == 3:
                all_at_it.set()
            await all_at_it.wait()  # or the first would have done them all before the others look
            done[arguments["number"]] += 1

        return run

    async with working(store, {"count": by(1)}), working(store, {"count": by(2)}), working(store, {"count": by(3)}):
        await asyncio.gather(*(enqueued(store, Job("count", {"number": str(number)})) for number in range(60)))
        await nothing_left(store)
    assert done == {str(number): 1 for number in range(60)}


async def test_what_fails_is_tried_again_later_and_later_and_rests_at_last(store: Store) -> None:
    failing, marks = Notebook(fails=MAX_ATTEMPTS), Notebook()
    async with working(store, {"fail": failing.note, "mark": marks.note}):
        await enqueued(store, Job("fail"))
        for attempt in range(1, MAX_ATTEMPTS):
            await all_are(store, JobStatus.WAITING, attempt)
            [waiting] = await kept(store)
            assert waiting.last_error == "ValueError: no luck"
            delay = delay_after(attempt)
            assert delay is not None
            await store.pass_time(delay - ALMOST)
            # Whoever does this would have done the other before, were it due.
            await enqueued(store, Job("mark"))
            await until(partial(seen, marks, attempt))
            assert failing.tries == attempt
            await store.pass_time(ALMOST)
        await all_are(store, JobStatus.DEAD, MAX_ATTEMPTS)
    assert failing.tries == MAX_ATTEMPTS


async def seen(notes: Notebook, times: int) -> bool:
    return len(notes.done) == times


async def test_what_is_dead_is_kept_until_an_admin_retries_it_and_has_all_its_tries_then(store: Store) -> None:
    failing = Notebook(fails=MAX_ATTEMPTS + 1)
    retry = RetryJob(store.jobs, store.clock)
    async with working(store, {"fail": failing.note}):
        await enqueued(store, Job("fail", {"what": "it"}))
        for attempt in range(1, MAX_ATTEMPTS):
            await all_are(store, JobStatus.WAITING, attempt)
            await store.pass_time(timedelta(hours=2))
        await all_are(store, JobStatus.DEAD, MAX_ATTEMPTS)
        [dead] = await kept(store, status=JobStatus.DEAD)
        assert dead.last_error == "ValueError: no luck"
        again = await retry(dead.id, by=ADMIN)
        assert (again.status, again.attempts, again.job) == (JobStatus.WAITING, 0, dead.job)
        await all_are(store, JobStatus.WAITING, 1)
        await retry(dead.id, by=ADMIN)
        await nothing_left(store)
    assert (failing.done, failing.tries) == (["it"], MAX_ATTEMPTS + 2)
    async with store.accounts() as uow:
        entries = (await uow.audit.search(AuditFilter(action="job.retried"), PageRequest())).items
    assert [(each.actor_id, each.target, each.facts) for each in entries] == [
        (ADMIN.user_id, dead.id, {"task": "fail"})
    ] * 2


async def test_who_may_look_and_what_can_be_retried(store: Store) -> None:
    retry, gate = RetryJob(store.jobs, store.clock), Gate()
    await enqueued(store, Job("gate"))
    async with working(store, {"gate": gate.pass_through}):
        await gate.begun.wait()
        [running] = await kept(store)
        assert (running.status, running.attempts) == (JobStatus.RUNNING, 1)
        await refused(retry(running.id, by=ADMIN), JobRunning)
        await refused(retry(running.id, by=USER), Forbidden)
        await refused(ListJobs(store.jobs)(JobFilter(), PageRequest(), by=USER), Forbidden)
        gate.opened.set()
        await nothing_left(store)
    for unknown in (running.id, JobId(UUID(int=2**63)), JobId(UUID(int=2**128 - 1))):
        await refused(retry(unknown, by=ADMIN), JobNotFound)


async def test_a_worker_that_is_told_to_stop_finishes_what_it_has(store: Store) -> None:
    gate = Gate()
    await enqueued(store, Job("gate"))
    async with working(store, {"gate": gate.pass_through}) as stop:
        await gate.begun.wait()
        stop.set()
        gate.opened.set()
    assert await kept(store) == []


async def test_what_takes_too_long_to_finish_is_put_back_and_another_does_it(store: Store) -> None:
    gate, notes = Gate(), Notebook()
    await enqueued(store, Job("long"))
    async with working(store, {"long": gate.pass_through}, patience=0.05):
        await gate.begun.wait()
    [back] = await kept(store)
    assert (back.status, back.attempts, back.last_error) == (JobStatus.WAITING, 0, STOPPED)
    async with working(store, {"long": notes.note}):
        await nothing_left(store)
    assert notes.done == [""]


async def test_what_a_worker_had_that_was_broken_off_is_taken_up_by_another(store: Store) -> None:
    gate, notes = Gate(), Notebook()
    await enqueued(store, Job("long"))
    work = asyncio.create_task(store.worker(PATIENCE).work({"long": gate.pass_through}, asyncio.Event()))
    await gate.begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    async with working(store, {"long": notes.note}):
        await nothing_left(store)
    assert notes.done == [""]


async def test_what_its_workers_have_died_of_is_tried_as_often_as_what_fails_and_rests_then(store: Store) -> None:
    notes, failing = Notebook(), Notebook(fails=MAX_ATTEMPTS)
    await enqueued(store, Job("deadly"), Job("almost"))
    almost, deadly = await kept(store)
    await store.workers_died(deadly.id, MAX_ATTEMPTS)
    await store.workers_died(almost.id, MAX_ATTEMPTS - 1)
    async with working(store, {"deadly": notes.note, "almost": failing.note}):
        await all_are(store, JobStatus.DEAD, MAX_ATTEMPTS)
    assert {each.job.task: each.last_error for each in await kept(store)} == {
        "deadly": DIED,
        "almost": "ValueError: no luck",
    }
    assert (notes.tries, failing.tries) == (0, 1)
    again = await RetryJob(store.jobs, store.clock)(deadly.id, by=ADMIN)
    assert (again.status, again.attempts) == (JobStatus.WAITING, 0)


async def test_jobs_of_unknown_tasks_wait_for_a_worker_that_knows_them(store: Store) -> None:
    notes = Notebook()
    await enqueued(store, Job("of-the-future"), Job("note"))
    async with working(store, {"note": notes.note}):
        await until(partial(seen, notes, 1))
    [waiting] = await kept(store, task="of-the-future")
    assert (waiting.status, waiting.attempts) == (JobStatus.WAITING, 0)
    async with working(store, {"of-the-future": notes.note}):
        await nothing_left(store)


async def test_of_jobs_with_one_key_one_waits_or_runs_and_others_are_left_out(store: Store) -> None:
    gate, nightly = Gate(), Job("nightly", key="nightly")
    async with store.jobs() as uow:
        await uow.jobs.enqueue([nightly, nightly, Job("other")])
        await uow.commit()
    await enqueued(store, nightly)
    assert len(await kept(store, task="nightly")) == 1
    async with working(store, {"nightly": gate.pass_through}):
        await gate.begun.wait()
        await enqueued(store, nightly)
        assert len(await kept(store, task="nightly")) == 1
        gate.opened.set()
        await until(partial(gone, store, "nightly"))
        await enqueued(store, nightly)
        await until(partial(gone, store, "nightly"))


async def gone(store: Store, task: str) -> bool:
    return not await kept(store, task=task)


async def test_what_is_retried_is_in_no_ones_way(store: Store) -> None:
    failing, nightly = Notebook(fails=MAX_ATTEMPTS), Job("nightly", key="nightly")
    await enqueued(store, nightly)
    async with working(store, {"nightly": failing.note}):
        for attempt in range(1, MAX_ATTEMPTS):
            await all_are(store, JobStatus.WAITING, attempt)
            await store.pass_time(timedelta(hours=2))
        await all_are(store, JobStatus.DEAD, MAX_ATTEMPTS)
    [dead] = await kept(store)
    await enqueued(store, nightly)
    await RetryJob(store.jobs, store.clock)(dead.id, by=ADMIN)
    assert [(each.status, each.job.key) for each in await kept(store)] == [
        (JobStatus.WAITING, "nightly"),
        (JobStatus.WAITING, None),
    ]


async def test_jobs_are_listed_newest_first_page_by_page_and_counted(store: Store) -> None:
    await enqueued(store, *(Job("odd" if number % 2 else "even", {"n": str(number)}) for number in range(5)))
    listed, cursor = [], None
    while True:
        page = await ListJobs(store.jobs)(JobFilter(), PageRequest(limit=2, cursor=cursor), by=ADMIN)
        listed += [each.job.arguments["n"] for each in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert (listed, page.total) == (["4", "3", "2", "1", "0"], 5)
    assert [each.job.arguments["n"] for each in await kept(store, task="odd")] == ["3", "1"]
    assert await kept(store, status=JobStatus.DEAD) == []
    async with store.jobs() as uow:
        assert await uow.kept.count() == {("even", JobStatus.WAITING): 3, ("odd", JobStatus.WAITING): 2}


@pytest.mark.parametrize("key", ["1.5", "x", "1" + "0" * 40])
async def test_a_cursor_with_a_made_up_number_breaks_nothing(store: Store, key: str) -> None:
    await enqueued(store, Job("one"))
    with suppress(BadCursor):
        await ListJobs(store.jobs)(
            JobFilter(), PageRequest(cursor=Cursor("-created", key, UUID(int=1)).encode()), by=ADMIN
        )


async def test_what_is_noted_of_jobs_that_are_done_is_forgotten_and_of_others_it_is_not(store: Store) -> None:
    notes, failing = Notebook(), Notebook(fails=1)
    await enqueued(store, Job("note"), Job("fail"))
    async with working(store, {"note": notes.note, "fail": failing.note}):
        await all_are(store, JobStatus.WAITING, 1)
    before = await kept(store)
    await ForgetDoneJobs(store.jobs, store.clock, kept=-A_LIFETIME)()
    assert await kept(store) == before
