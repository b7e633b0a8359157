"""The worker: jobs and schedules."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import structlog
from dependency_injector import providers

from adapters.jobs.schedules import MemoryScheduler, ScheduledTask
from adapters.memory.metrics import MemoryMetrics
from container import Container
from core.discovery.errors import FetchFailed
from core.jobs.model import SCHEDULED_JOBS
from core.jobs.ports import JobFilter
from core.notifications.ports import Sender
from core.shared.lifecycle import StartError
from core.shared.messages import Message
from core.shared.paging import PageRequest
from entrypoints.queues import Queue, parse_queues
from entrypoints.settings import Settings
from entrypoints.tasks import all_tasks, observe, task_functions
from entrypoints.worker import build_schedules
from tests.support.builders import NOW, an_event
from tests.support.settings import SETTINGS

pytestmark = pytest.mark.usefixtures("nothing_set")


@pytest.fixture
def container() -> Container:
    container = Container()
    container.settings.from_dict(SETTINGS)
    return container


def settings(**values: Any) -> Settings:
    return Settings(**values)


async def test_every_scheduled_task_is_known_to_workers(container: Container) -> None:
    schedules = {
        each.name: each for each in build_schedules(container, settings(scrape_schedule="0 5 * * *"), asyncio.Event())
    }
    enqueued = set(SCHEDULED_JOBS)
    assert schedules.keys() - enqueued == {
        "expire-holds",
        "close-waitlists",
        "mark-ended-events",
        "delete-unused-pictures",
        "settle-payments",
        "notify-bookers",
        "deliver-notifications",
        "deliver-webhooks",
    }
    for name in enqueued:
        for _ in range(2):  # scheduled again before it was done
            await schedules[name].run()
    async with container.jobs() as uow:
        jobs = (await uow.records.search(JobFilter(), PageRequest())).items
    assert {each.job.task for each in jobs} == enqueued
    assert len(jobs) == len(enqueued)
    assert enqueued <= all_tasks(container, settings()).keys()


class Hanging(Sender):
    """Sends nothing before it is released."""

    def __init__(self) -> None:
        self.asked, self.released = asyncio.Event(), asyncio.Event()

    async def send(self, message: Message) -> None:
        self.asked.set()
        await self.released.wait()


async def test_booking_messages_are_written_while_the_mail_server_hangs(container: Container) -> None:
    container.sender.override(providers.Object(mail := Hanging()))
    event = an_event(start_time=datetime.now(UTC) + timedelta(days=1))
    async with container.catalog() as uow:
        await uow.events.add(event)
        await uow.outbox.add([Message(UUID(int=1), "topic", NOW, "ada@example.com")])
        await uow.commit()
    schedules = {each.name: each for each in build_schedules(container, settings(), asyncio.Event())}
    delivering = asyncio.ensure_future(schedules["deliver-notifications"].run())
    await asyncio.wait_for(mail.asked.wait(), 30)
    await container.use_cases().booking.register_visitor(event.id, full_name="Eve", email="eve@example.com")
    await schedules["notify-bookers"].run()
    topics = {each.message.topic for each in container.memory().notifications}
    assert topics == {"topic", "booking.confirmed"}
    assert not delivering.done()
    mail.released.set()
    await delivering


def test_an_empty_schedule_enqueues_nothing(container: Container) -> None:
    never = settings(cleanup_schedule="", scrape_schedule="", digest_schedule="")
    assert len(list(build_schedules(container, never, asyncio.Event()))) == 8


def test_a_worker_can_be_limited_to_some_queues(container: Container) -> None:
    assert parse_queues("") == frozenset(Queue)
    assert parse_queues(" discovery,housekeeping,") == {Queue.DISCOVERY, Queue.HOUSEKEEPING}
    assert task_functions(container, settings(), parse_queues("discovery")).keys() == {"scrape"}
    with pytest.raises(
        StartError,
        match=r"'gossip' is not a queue\. The queues are accounts, alerts, booking, discovery, housekeeping",
    ):
        parse_queues("alerts,gossip")


async def test_runs_are_logged_and_measured_whatever_their_outcome() -> None:
    metrics = MemoryMetrics()

    async def run(arguments: Mapping[str, str]) -> object:
        match arguments["do"]:
            case "fail":
                raise ValueError("no luck")
            case "wait":
                await asyncio.Event().wait()
        return 3

    task = observe("task", run, metrics)
    with structlog.testing.capture_logs() as lines:
        await task({"do": "it"})
        with pytest.raises(ValueError, match="no luck"):
            await task({"do": "fail"})
    waiting = asyncio.ensure_future(task({"do": "wait"}))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [(line["event"], line["task"], line.get("outcome")) for line in lines] == [
        ("job done", "task", "3"),
        ("job failed", "task", None),
    ]
    assert metrics.runs == {("task", "done"): 1, ("task", "failed"): 1, ("task", "stopped"): 1}
    assert len(metrics.run_seconds["task"]) == 3


async def test_a_scrape_that_finds_nothing_fails(container: Container) -> None:
    nowhere = settings(scrape_web_pages=("http://127.0.0.1:1/events",), scrape_browser="off")
    container.settings.from_dict({"scrape_web_pages": nowhere.scrape_web_pages, "scrape_browser": "off"})
    with pytest.raises(FetchFailed, match="web: "):
        await all_tasks(container, nowhere)["scrape"].run({})


async def test_a_memory_schedule_continues_after_a_failure() -> None:
    tries, stop = list[int](), asyncio.Event()

    async def fail() -> None:
        tries.append(1)
        if len(tries) == 2:
            stop.set()
        raise ValueError("no luck")

    await asyncio.wait_for(MemoryScheduler().run([ScheduledTask("unlucky", "* * * * * */1", fail)], stop), 30)
    assert len(tries) == 2
