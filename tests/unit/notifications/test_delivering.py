"""Sending notifications: what each outcome means for retries, and that none is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from math import ceil
from uuid import UUID

import pytest

from adapters.delivery.dispatcher import MAX_CONCURRENT, STOPPED, TIMEOUT_SECONDS, ParallelDispatcher
from adapters.memory.notifications import MemoryNotificationsUnitOfWork
from adapters.memory.shared.store import MemoryStore
from adapters.memory.shared.system import SetClock
from core.notifications.delivering import LEASE_DURATION, DeliverNotifications
from core.notifications.errors import AlreadySent, Misconfigured, Rejected, TryLater
from core.notifications.model import (
    MAX_ATTEMPTS,
    MAX_RETRY_DELAY,
    MAX_WEBHOOK_PAUSE,
    MISCONFIGURED_RETRY_DELAY,
    DeliveryOutcome,
    Notification,
    WebhookBatch,
    retry_delay,
)
from core.notifications.ports import Sender
from core.shared.messages import Message, MessageStatus
from core.shared.stop_signal import StopSignal
from tests.support.builders import NOW

HOUR = timedelta(hours=1)
NEVER = asyncio.Event()


def a_notification(attempts: int = 1) -> Notification:
    message = Message(UUID(int=1), "account.password-forgotten", NOW, "ada@example.com", secret="s3cret")
    return Notification(message, MessageStatus.WAITING, attempts=attempts, due_at=NOW)


def test_retry_delays_grow_to_six_hours() -> None:
    delays = [retry_delay(attempt) for attempt in range(1, 20)]
    assert delays[:3] == [timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=90)]
    assert all(one <= next_one for one, next_one in pairwise(delays))
    assert delays[-1] == MAX_RETRY_DELAY


def test_a_sent_notification_has_no_secret() -> None:
    sent = a_notification().mark_sent(NOW)
    assert (sent.status, sent.sent_at, sent.message.secret) == (MessageStatus.SENT, NOW, None)


def test_a_retry_waits_at_least_as_long_as_the_receiver_asks() -> None:
    assert a_notification().mark_failed(TryLater("busy"), NOW).due_at == NOW + timedelta(seconds=10)
    assert a_notification().mark_failed(TryLater("busy", after=3600), NOW).due_at == NOW + HOUR
    assert a_notification(3).mark_failed(TryLater("busy", after=1), NOW).due_at == NOW + timedelta(seconds=90)


def test_after_the_last_attempt_a_notification_is_dead_with_the_reason() -> None:
    assert a_notification(MAX_ATTEMPTS - 1).mark_failed(TryLater("away"), NOW).status is MessageStatus.WAITING
    dead = a_notification(MAX_ATTEMPTS).mark_failed(TryLater("away"), NOW)
    assert (dead.status, dead.last_error) == (MessageStatus.DEAD, "away")


def test_a_rejected_notification_is_dead_at_once() -> None:
    assert a_notification().mark_failed(Rejected("no such mailbox"), NOW).status is MessageStatus.DEAD


def test_attempts_that_fail_because_of_our_settings_are_not_counted() -> None:
    notification = a_notification(MAX_ATTEMPTS)
    for _ in range(50):
        notification = replace(notification.mark_failed(Misconfigured("401"), NOW), attempts=MAX_ATTEMPTS)
        assert notification.status is MessageStatus.WAITING
    assert notification.due_at == NOW + MISCONFIGURED_RETRY_DELAY


def test_a_dead_notification_can_be_retried_and_a_sent_one_can_not() -> None:
    dead = a_notification(MAX_ATTEMPTS).mark_failed(TryLater("away"), NOW)
    again = dead.retry(NOW + HOUR)
    assert (again.status, again.attempts, again.due_at) == (MessageStatus.WAITING, 0, NOW + HOUR)
    with pytest.raises(AlreadySent):
        a_notification().mark_sent(NOW).retry(NOW)


def test_a_webhook_that_does_not_answer_is_paused_for_five_minutes_at_most() -> None:
    no_answer = DeliveryOutcome(TryLater("away"))
    batch = WebhookBatch(UUID(int=1), [a_notification()], NOW, unanswered=10_000)
    assert batch.with_outcomes([no_answer, no_answer], NOW).paused_until == NOW + MAX_WEBHOOK_PAUSE
    for answered in (
        DeliveryOutcome(status=200),
        DeliveryOutcome(TryLater("busy"), 503),
        DeliveryOutcome(Rejected("not for you")),
    ):
        finished = batch.with_outcomes([no_answer, answered], NOW)
        assert (finished.unanswered, finished.paused_until) == (0, None)
    assert batch.with_outcomes([], NOW) == batch


@dataclass(slots=True)
class RecordingSender(Sender):
    """Keeps what was sent. Some messages fail once, as configured."""

    fails: dict[UUID, Exception] = field(default_factory=dict)
    sent: list[UUID] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        if message.id in self.fails:
            raise self.fails.pop(message.id)
        self.sent.append(message.id)


@dataclass(frozen=True, slots=True)
class Delivery:
    store: MemoryStore
    clock: SetClock
    sender: RecordingSender
    deliver: DeliverNotifications

    async def add_messages(self, *numbers: int) -> None:
        async with MemoryNotificationsUnitOfWork(self.store) as uow:
            await uow.outbox.add([Message(UUID(int=number), "topic", NOW, "ada@example.com") for number in numbers])
            await uow.commit()

    def status(self, number: int) -> MessageStatus:
        notification = self.store.notifications.get(UUID(int=number))
        assert notification is not None
        return notification.status


@pytest.fixture
def delivery() -> Delivery:
    store, clock, sender = MemoryStore(), SetClock(NOW), RecordingSender()
    deliver = DeliverNotifications(lambda: MemoryNotificationsUnitOfWork(store), ParallelDispatcher(sender), clock)
    return Delivery(store, clock, sender, deliver)


def test_a_batch_takes_less_time_than_its_lease(delivery: Delivery) -> None:
    assert timedelta(seconds=ceil(delivery.deliver.limit / MAX_CONCURRENT) * TIMEOUT_SECONDS) < LEASE_DURATION


async def test_due_notifications_are_sent_once(delivery: Delivery) -> None:
    await delivery.add_messages(1, 2, 3)
    assert (await delivery.deliver(NEVER), await delivery.deliver(NEVER)) == (3, 0)
    assert sorted(delivery.sender.sent) == [UUID(int=1), UUID(int=2), UUID(int=3)]


@pytest.mark.parametrize(
    ("why", "status"),
    [
        (TryLater("busy"), MessageStatus.WAITING),
        (Rejected("never"), MessageStatus.DEAD),
        (Misconfigured("401"), MessageStatus.WAITING),
        (ValueError("a mistake of ours"), MessageStatus.WAITING),
    ],
)
async def test_a_failure_does_not_stop_the_others(delivery: Delivery, why: Exception, status: MessageStatus) -> None:
    await delivery.add_messages(1, 2, 3)
    delivery.sender.fails[UUID(int=2)] = why
    assert await delivery.deliver(NEVER) == 3
    assert [delivery.status(number) for number in (1, 2, 3)] == [MessageStatus.SENT, status, MessageStatus.SENT]
    delivery.clock.move(HOUR)
    await delivery.deliver(NEVER)
    assert (delivery.status(2) is MessageStatus.SENT) == (status is MessageStatus.WAITING)


async def test_notifications_claimed_by_a_dead_process_are_sent_after_their_lease(delivery: Delivery) -> None:
    await delivery.add_messages(1)
    async with delivery.deliver.new_uow() as uow:
        await uow.notifications.claim(10, NOW, NOW + LEASE_DURATION)
        await uow.commit()
    assert await delivery.deliver(NEVER) == 0
    delivery.clock.move(LEASE_DURATION)
    assert await delivery.deliver(NEVER) == 1
    assert delivery.sender.sent == [UUID(int=1)]


async def test_a_crash_after_sending_sends_the_same_id_again(delivery: Delivery) -> None:
    await delivery.add_messages(1)

    class CrashesAfterSending(ParallelDispatcher):
        async def dispatch(self, messages: Sequence[Message], stop: StopSignal) -> Mapping[UUID, DeliveryOutcome]:
            await super().dispatch(messages, stop)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await replace(delivery.deliver, dispatcher=CrashesAfterSending(delivery.sender))(NEVER)
    delivery.clock.move(LEASE_DURATION)
    await delivery.deliver(NEVER)
    assert delivery.sender.sent == [UUID(int=1)] * 2


class HangingSender(RecordingSender):
    """Accepts messages only once it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.started, self.may_finish = list[UUID](), asyncio.Event()

    async def send(self, message: Message) -> None:
        self.started.append(message.id)
        await self.may_finish.wait()
        await super().send(message)


async def stop_dispatch(
    delivery: Delivery, dispatcher: ParallelDispatcher, sender: HangingSender, *, under_way: int
) -> asyncio.Task[int]:
    """A dispatch that was stopped while so many messages were being sent."""
    stop = asyncio.Event()
    delivering = asyncio.create_task(replace(delivery.deliver, dispatcher=dispatcher)(stop))
    async with asyncio.timeout(30):
        while len(sender.started) < under_way:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0)
    stop.set()
    return delivering


async def test_a_stop_finishes_messages_being_sent_and_starts_no_more(delivery: Delivery) -> None:
    await delivery.add_messages(1, 2, 3, 4, 5)
    delivering = await stop_dispatch(
        delivery, ParallelDispatcher(sender := HangingSender(), max_concurrent=2), sender, under_way=2
    )
    sender.may_finish.set()
    await delivering
    assert sender.sent == sender.started == [UUID(int=1), UUID(int=2)]
    left = [each for each in delivery.store.notifications if each.status is MessageStatus.WAITING]
    assert [(each.id.int, each.attempts, each.due_at) for each in left] == [(3, 0, NOW), (4, 0, NOW), (5, 0, NOW)]


async def test_messages_not_sent_within_the_grace_period_are_retried(delivery: Delivery) -> None:
    await delivery.add_messages(1, 2)
    dispatcher = ParallelDispatcher(sender := HangingSender(), max_concurrent=1, stop_grace_seconds=0.01)
    await asyncio.wait_for(await stop_dispatch(delivery, dispatcher, sender, under_way=1), 30)
    assert [(each.id.int, each.attempts, each.last_error) for each in delivery.store.notifications] == [
        (1, 1, STOPPED),
        (2, 0, None),
    ]


async def test_after_a_stop_nothing_is_started(delivery: Delivery) -> None:
    await delivery.add_messages(1)
    stop = asyncio.Event()
    stop.set()
    assert await delivery.deliver(stop) == 1
    assert delivery.sender.sent == []
    assert await delivery.deliver(NEVER) == 1
    assert delivery.sender.sent == [UUID(int=1)]
