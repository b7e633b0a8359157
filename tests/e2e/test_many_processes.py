"""Several API processes and workers act as one: a hot sale, limits, live updates, and the death of a process (J2)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.many_processes import Answer, Connection, ManyProcesses, connections, many_processes
from tests.support.postgres_processes import query
from tests.support.watching import Watcher

CAPACITY = 20
TOGETHER = "SELECT id::text, status, quantity, waitlist_number FROM bookings WHERE event_id = '{}' ORDER BY id"


@pytest.fixture(scope="module")
def platform(postgres_url: str, data_dir: Path) -> Iterator[ManyProcesses]:
    with many_processes(postgres_url, data_dir) as running:
        yield running


async def create_event(connection: Connection, platform: ManyProcesses, capacity: int = CAPACITY) -> str:
    fields = {"name": "Night", "venue": "Cellar", "start_time": "2035-01-01T20:00:00Z", "capacity": capacity}
    status, event = await connection.send("POST", "/api/events", platform.admin, fields)
    assert status == 201, event
    return str(event["id"])


class Sale:
    """Requests for one event, each through the connection that has its turn."""

    def __init__(self, platform: ManyProcesses, processes: list[list[Connection]], event_id: str) -> None:
        self.platform = platform
        self.event_id = event_id
        self.answers: dict[str, Answer] = {}
        self._here, self._there = processes
        self._turn = 0

    def _next(self) -> tuple[Connection, Connection]:
        """Return connections to one process and to the other."""
        self._turn += 1
        pair = self._here[self._turn % len(self._here)], self._there[self._turn % len(self._there)]
        return pair if self._turn % 2 else pair[::-1]

    async def book(self, number: int) -> None:
        here, _ = self._next()
        self.answers[f"key-{number}"] = await self._book(here, number)

    async def book_at_both(self, number: int) -> None:
        """Send a request to both processes at once, with the same key: both have the same answer."""
        here, there = await asyncio.gather(*(self._book(each, number) for each in self._next()))
        assert (here[0], here[1]["id"]) == (there[0], there[1]["id"])
        self.answers[f"key-{number}"] = here

    async def _book(self, connection: Connection, number: int) -> Answer:
        path, body = f"/api/events/{self.event_id}/book", {"quantity": 1 + number % 2}
        status, booking = await connection.send("POST", path, self._token(number), body, key=f"key-{number}")
        assert status in (201, 202), booking
        return status, booking

    async def cancel(self, number: int) -> None:
        here, _ = self._next()
        booking_id = self.answers[f"key-{number}"][1]["id"]
        assert (await here.send("DELETE", f"/api/bookings/{booking_id}", self._token(number)))[0] in (200, 204)

    def _token(self, number: int) -> str:
        return self.platform.tokens[number % len(self.platform.tokens)]

    async def stored(self) -> list[tuple[Any, ...]]:
        """Return the bookings of the event: id, status, quantity and waitlist number."""
        return await asyncio.to_thread(query, self.platform.database_url, TOGETHER.format(self.event_id))


async def test_a_hot_sale_over_two_processes_sells_each_place_once_and_promotes_in_order(
    platform: ManyProcesses,
) -> None:
    async with connections(platform) as processes:
        sale = Sale(platform, processes, await create_event(processes[0][0], platform))
        await asyncio.gather(*(sale.book_at_both(number) for number in range(60)))
        bookings = await sale.stored()
        assert {each[0] for each in bookings} == {body["id"] for _, body in sale.answers.values()}
        assert len(bookings) == 60
        confirmed = [number for number in range(60) if sale.answers[f"key-{number}"][1]["status"] == "confirmed"]
        waiting = [each[0] for each in sorted(bookings, key=lambda each: each[3] or 0) if each[1] == "waitlisted"]

        newcomers = range(100, 120)
        await asyncio.gather(*map(sale.cancel, confirmed[:6]), *map(sale.book, newcomers))
        assert all(sale.answers[f"key-{number}"][1]["status"] == "waitlisted" for number in newcomers)
        now = {each[0]: each for each in await sale.stored()}
        promoted = [booking_id for booking_id in waiting if now[booking_id][1] == "confirmed"]
        assert promoted
        assert promoted == waiting[: len(promoted)]
        taken = sum(each[2] for each in now.values() if each[1] == "confirmed")
        assert CAPACITY - 1 <= taken <= CAPACITY
    assert await platform.damage() == []


async def test_a_purchase_through_one_process_is_seen_on_the_other(platform: ManyProcesses) -> None:
    async with connections(platform) as (here, there):
        event_id = await create_event(here[0], platform)
        token = platform.tokens[0]
        async with (
            here[0].session.ws_connect("/ws") as anybody_here,
            there[0].session.ws_connect("/ws") as anybody_there,
            there[1].session.ws_connect(f"/ws?token={token}") as owner_there,
        ):
            watchers = Watcher(anybody_here), Watcher(anybody_there)
            for watcher in watchers:
                assert (await watcher.join(event_id))["available"] == CAPACITY
            for buyer, left in ((here[1], CAPACITY - 2), (there[2], CAPACITY - 4)):
                path, key = f"/api/events/{event_id}/book", f"live-{left}"
                status, booking = await buyer.send("POST", path, token, {"quantity": 2}, key)
                assert status == 201
                for watcher in watchers:
                    assert (await watcher.next("ticket:purchased"))["available"] == left
                assert (await Watcher(owner_there).next("booking:updated"))["booking"]["id"] == booking["id"]


async def test_processes_count_a_rate_limit_together(platform: ManyProcesses) -> None:
    async with connections(platform) as processes:
        wrong = {"email": "p1@example.com", "password": "wrong horse"}
        turns = [processes[turn % 2][0] for turn in range(6)]
        statuses = [(await each.send("POST", "/api/auth/login", "", wrong))[0] for each in turns]
        assert statuses == [401] * 5 + [429]


async def test_nothing_that_was_answered_is_lost_when_a_process_is_killed(platform: ManyProcesses) -> None:
    async with connections(platform) as processes:
        sale = Sale(platform, processes, await create_event(processes[0][0], platform, capacity=1000))
        rush = [asyncio.create_task(sale.book(number)) for number in range(80)]
        await asyncio.wait(rush, return_when=asyncio.FIRST_COMPLETED)
        assert len(sale.answers) < 80
        platform.api_processes()[0].kill()
        await asyncio.gather(*rush)
        stored = [each[0] for each in await sale.stored()]
        assert sorted(stored) == sorted(body["id"] for _, body in sale.answers.values())
        await asyncio.gather(*(sale.book(number) for number in range(80)))
        assert [each[0] for each in await sale.stored()] == stored
    assert await platform.damage() == []
