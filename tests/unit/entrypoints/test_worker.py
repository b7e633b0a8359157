"""What the worker does: jobs, and what is due by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import structlog
from dependency_injector import providers

from adapters.jobs.schedules import Scheduled, run_schedules_alone
from adapters.memory.metrics import MemoryMetrics
from container import Container
from core.discovery.errors import FetchFailed
from core.jobs.ports import JobFilter
from core.notifications.ports import Sender
from core.shared.messages import Message
from core.shared.paging import PageRequest
from entrypoints.platform import StartError
from entrypoints.settings import Settings
from entrypoints.tasks import Queue, all_tasks, tasks_of, watched
from entrypoints.worker import due, queues_of
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


async def test_every_task_that_is_due_by_the_clock_is_one_that_workers_know(container: Container) -> None:
    schedules = {each.name: each for each in due(container, settings(scrape_schedule="0 5 * * *"), asyncio.Event())}
    left = {"clean-up", "forget-expired", "forget-sent", "forget-alerts", "forget-done-jobs", "scrape", "send-digests"}
    assert schedules.keys() - left == {
        "expire-holds",
        "settle-payments",
        "tell-bookers",
        "deliver-notifications",
        "deliver-webhooks",
    }
    for name in left:
        for _ in range(2):  # due again before it was done
            await schedules[name].run()
    async with container.jobs() as uow:
        jobs = (await uow.kept.search(JobFilter(), PageRequest())).items
    assert {each.job.task for each in jobs} == left
    assert len(jobs) == len(left)
    assert left <= all_tasks(container, settings()).keys()


class Hanging(Sender):
    """Takes nothing until it is let."""

    def __init__(self) -> None:
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def send(self, message: Message) -> None:
        self.asked.set()
        await self.let.wait()


async def test_who_books_is_told_though_no_mail_gets_through(container: Container) -> None:
    container.delivery.override(providers.Object(mail := Hanging()))
    event = an_event(start_time=datetime.now(UTC) + timedelta(days=1))
    async with container.catalog() as uow:
        await uow.events.add(event)
        await uow.outbox.add([Message(UUID(int=1), "topic", NOW, "ada@example.com")])
        await uow.commit()
    schedules = {each.name: each for each in due(container, settings(), asyncio.Event())}
    delivering = asyncio.ensure_future(schedules["deliver-notifications"].run())
    await asyncio.wait_for(mail.asked.wait(), 30)
    await container.register_visitor()(event.id, full_name="Eve", email="eve@example.com")
    await schedules["tell-bookers"].run()
    topics = {each.message.topic for each in container.memory().notifications}
    assert topics == {"topic", "booking.confirmed"}
    assert not delivering.done()
    mail.let.set()
    await delivering


def test_without_a_schedule_nothing_is_left_to_do(container: Container) -> None:
    never = settings(cleanup_schedule="", scrape_schedule="", digest_schedule="")
    assert len(list(due(container, never, asyncio.Event()))) == 5


def test_a_worker_may_keep_to_some_queues(container: Container) -> None:
    assert queues_of("") == frozenset(Queue)
    assert queues_of(" discovery,housekeeping,") == {Queue.DISCOVERY, Queue.HOUSEKEEPING}
    assert tasks_of(container, settings(), queues_of("discovery")).keys() == {"scrape"}
    with pytest.raises(StartError, match="'gossip' is no queue; there are accounts, alerts, discovery, housekeeping"):
        queues_of("alerts,gossip")


async def test_runs_are_logged_and_measured_whatever_comes_of_them() -> None:
    metrics = MemoryMetrics()

    async def run(arguments: Mapping[str, str]) -> object:
        match arguments["do"]:
            case "fail":
                raise ValueError("no luck")
            case "wait":
                await asyncio.Event().wait()
        return 3

    task = watched("task", run, metrics)
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


async def test_a_scrape_that_found_nothing_at_all_has_failed(container: Container) -> None:
    nowhere = settings(scrape_web_pages=("http://127.0.0.1:1/events",), scrape_browser="off")
    container.settings.from_dict({"scrape_web_pages": nowhere.scrape_web_pages, "scrape_browser": "off"})
    with pytest.raises(FetchFailed, match="web: "):
        await all_tasks(container, nowhere)["scrape"].run({})


async def test_a_schedule_of_a_process_alone_goes_on_when_it_fails() -> None:
    tries, stop = list[int](), asyncio.Event()

    async def fail() -> None:
        tries.append(1)
        if len(tries) == 2:
            stop.set()
        raise ValueError("no luck")

    await asyncio.wait_for(run_schedules_alone([Scheduled("unlucky", "* * * * * */1", fail)], stop), 30)
    assert len(tries) == 2
