"""What every adapter of Signals promises, and what processes that share a Redis get of each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, get_args
from uuid import uuid4

import orjson
import pytest
import structlog
from redis.asyncio import Redis

from adapters.memory.shared.system import SetClock
from adapters.memory.signals import MemorySignals
from adapters.redis.client import connect
from adapters.redis.outgoing_signals import OutgoingSignals
from adapters.redis.signals import CHANNEL, RedisSignals
from core.shared.ids import BookingId, EventId, UserId
from core.shared.lifecycle import lifespan
from core.shared.signals import (
    AccountsChanged,
    BookingsChanged,
    CheckInsChanged,
    EventsChanged,
    PaymentsChanged,
    Signal,
    Signals,
    SignalsLost,
    SignalsResumed,
)
from tests.support.builders import NOW
from tests.support.waiting import until

EVENT, OTHER_EVENT = EventId(uuid4()), EventId(uuid4())
BOOKING, USER = BookingId(uuid4()), UserId(uuid4())
AMPLE = 30.0
GAP: Sequence[Signal] = [SignalsLost(NOW), SignalsResumed()]

EVERY_KIND: Sequence[Signal] = (
    BookingsChanged(EVENT, 3, 7, 2, {"A-1": "held", "A-2": "available"}, {BOOKING: USER, BookingId(uuid4()): None}),
    BookingsChanged(OTHER_EVENT, 0, None, 0),
    PaymentsChanged(EVENT, {BOOKING: USER}),
    CheckInsChanged(EVENT),
    EventsChanged((EVENT, OTHER_EVENT)),
    AccountsChanged(),
)


class Watcher:
    """A subscriber that remembers what it got, and in how many calls."""

    def __init__(self, signals: Signals) -> None:
        self.got: list[Signal] = []
        self.calls = 0
        self.leave = signals.subscribe(self._receive)

    async def has(self, expected: Sequence[Signal]) -> None:
        """Wait until this has arrived, and nothing else."""
        await until(lambda: len(self.got) >= len(expected))
        assert self.got == list(expected)

    def _receive(self, signals: Sequence[Signal]) -> None:
        self.got += signals
        self.calls += 1


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    redis = connect(redis_url, timeout=AMPLE)
    yield redis
    await redis.aclose(close_connection_pool=True)


@pytest.fixture(params=["memory", "redis"])
async def signals(request: pytest.FixtureRequest) -> AsyncIterator[Signals]:
    if request.param == "memory":
        yield MemorySignals()
        return
    async with lifespan([process := new_process(request.getfixturevalue("redis_url"))]):
        yield process


@pytest.fixture
async def processes(redis_url: str, redis: Redis) -> AsyncIterator[tuple[RedisSignals, RedisSignals]]:
    """Two that listen already."""
    before = await listeners(redis)
    one, other = new_process(redis_url), new_process(redis_url)
    async with lifespan([one, other]):
        await until_listening(redis, before + 2)
        yield one, other
    await until_listening(redis, before)


def new_process(url: str, **options: float) -> RedisSignals:
    return RedisSignals(connect(url, timeout=AMPLE, retries=0), MemorySignals(), SetClock(NOW), **options)


async def listeners(redis: Redis) -> int:
    [(_, count)] = await redis.pubsub_numsub(CHANNEL)
    return int(count)


async def until_listening(redis: Redis, count: int) -> None:
    async with asyncio.timeout(AMPLE):
        while await listeners(redis) != count:  # noqa: ASYNC110 - Redis does not tell
            await asyncio.sleep(0.01)


def a_sale(number: int = 1, **values: Any) -> BookingsChanged:
    return replace(BookingsChanged(EVENT, sold=1, available=9 - number, waitlist_count=0), **values)


async def test_subscribers_of_the_process_have_signals_when_publish_returns(signals: Signals) -> None:
    one, other = Watcher(signals), Watcher(signals)
    signals.publish(EVERY_KIND)
    assert one.got == other.got == list(EVERY_KIND)


async def test_who_has_left_gets_nothing_more(signals: Signals) -> None:
    watcher = Watcher(signals)
    watcher.leave()
    watcher.leave()
    signals.publish(EVERY_KIND)
    assert watcher.got == []


async def test_a_subscriber_that_fails_fails_neither_the_publisher_nor_others(signals: Signals) -> None:
    def fail(_: Sequence[Signal]) -> None:
        raise LookupError

    signals.subscribe(fail)
    watcher = Watcher(signals)
    with structlog.testing.capture_logs() as lines:
        signals.publish([a_sale()])
    assert watcher.got == [a_sale()]
    assert [line["log_level"] for line in lines] == ["error"]


async def test_other_processes_get_every_kind_of_signal_as_it_was(
    processes: tuple[RedisSignals, RedisSignals],
) -> None:
    one, other = processes
    here, there = Watcher(one), Watcher(other)
    one.publish(EVERY_KIND)
    await there.has(EVERY_KIND)
    other.publish([CheckInsChanged(EVENT)])
    await here.has([*EVERY_KIND, CheckInsChanged(EVENT)])  # its own ones only once, although Redis sent them back


def test_there_is_an_example_of_every_kind_that_processes_send() -> None:
    about_the_connection = {SignalsLost, SignalsResumed}
    assert {type(each) for each in EVERY_KIND} == set(get_args(Signal)) - about_the_connection


async def test_a_rush_reaches_other_processes_in_few_messages_which_add_up(
    processes: tuple[RedisSignals, RedisSignals],
) -> None:
    one, other = processes
    watcher = Watcher(other)
    for number in range(1_000):
        one.publish([a_sale(number, seats={f"A-{number}": "held"}, bookings={BookingId(uuid4()): USER})])
        if number % 100 == 0:
            await asyncio.sleep(0)
    await until(lambda: sum(each.sold for each in sales(watcher)) == 1_000)
    assert watcher.calls <= 3
    assert sales(watcher)[-1].available == 9 - 999
    assert len({label for each in sales(watcher) for label in each.seats}) == 1_000
    assert len({booking for each in sales(watcher) for booking in each.bookings}) == 1_000


def sales(watcher: Watcher) -> list[BookingsChanged]:
    return [each for each in watcher.got if isinstance(each, BookingsChanged)]


def test_the_last_status_of_a_seat_is_sent() -> None:
    outgoing = OutgoingSignals()
    outgoing.add([a_sale(seats={"A-1": "held", "A-2": "held"})])
    outgoing.add([a_sale(2, sold=0, seats={"A-1": "available"})])
    assert outgoing.take() == (a_sale(2, sold=1, seats={"A-1": "available", "A-2": "held"}),)


def test_what_was_published_of_several_events_is_kept_apart() -> None:
    outgoing = OutgoingSignals()
    signals: list[Signal] = [a_sale(), a_sale(event_id=OTHER_EVENT), PaymentsChanged(EVENT, {BOOKING: USER})]
    outgoing.add([*signals, EventsChanged((EVENT,)), EventsChanged((OTHER_EVENT, EVENT))])
    assert outgoing.take() == (*signals, EventsChanged((EVENT, OTHER_EVENT)))
    assert not outgoing


def test_a_queue_that_grows_too_long_is_forgotten_and_says_so() -> None:
    outgoing = OutgoingSignals(max_items=10)
    for _ in range(11):
        outgoing.add([CheckInsChanged(EventId(uuid4()))])
    assert outgoing.has_lost_some
    assert outgoing.take() == ()
    assert not outgoing.has_lost_some


async def test_others_notice_that_a_process_has_forgotten_signals(redis_url: str, redis: Redis) -> None:
    before = await listeners(redis)
    one, other = new_process(redis_url), new_process(redis_url)
    watcher = Watcher(other)
    async with lifespan([other, one]):
        await until_listening(redis, before + 2)
        one.publish([a_sale()])
        await watcher.has([a_sale()])
        one.publish([EventsChanged(tuple(EventId(uuid4()) for _ in range(20_001)))])
        await watcher.has([a_sale(), *GAP])


async def test_what_is_published_before_the_start_and_before_the_stop_is_sent(redis_url: str, redis: Redis) -> None:
    before = await listeners(redis)
    one, other = new_process(redis_url), new_process(redis_url)
    watcher = Watcher(other)
    async with lifespan([other]):
        await until_listening(redis, before + 1)
        one.publish([AccountsChanged()])
        async with lifespan([one]):
            await watcher.has([AccountsChanged()])
            one.publish([a_sale()])
        await watcher.has([AccountsChanged(), a_sale()])


async def test_missing_and_repeated_messages_are_noticed(
    processes: tuple[RedisSignals, RedisSignals], redis: Redis
) -> None:
    watcher = Watcher(processes[0])
    for number in (7, 8, 8, 7, 10):
        message = ["a sender", number, [["AccountsChanged", {}]]]
        await redis.publish(CHANNEL, orjson.dumps(message))
    await watcher.has([AccountsChanged(), AccountsChanged(), *GAP, AccountsChanged()])


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\xff",
        b"null",
        b"{}",
        b'["a sender", "x", []]',
        b'["a sender", 1, [["EventsChanged", {"event_ids": ["x"]}]]]',
        b'["a sender", 1, [["CheckInsChanged", {}]]]',
        b'["a sender", 1, [["BookingsChanged", {"event_id": "x", "bookings": 1}]]]',
        b'["a sender", 1, [["ANewerKind", {}]]]',
    ],
)
async def test_what_is_not_understood_is_left_out(
    processes: tuple[RedisSignals, RedisSignals], redis: Redis, message: bytes
) -> None:
    watcher = Watcher(processes[0])
    await redis.publish(CHANNEL, message)
    processes[1].publish([AccountsChanged()])
    await watcher.has([AccountsChanged()])
