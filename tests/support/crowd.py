"""People who book one event over HTTP at once, and the proof that nothing they were answered is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import aiohttp

PATIENCE_SECONDS = 90
"""How long a person tries again. Longer than any fault should last, since a test's machine may be busy."""
PAUSE_SECONDS = 0.05

Answer = tuple[int, Any]
"""The status and the body."""


@dataclass(slots=True)
class Crowd:
    """People who send the same request again, under its key, until it is answered: as the API's clients should.

    `interrupted` counts the attempts that broke off or were answered 503; `back_after` is how many seconds passed from
    the fault until a request that was sent after it was answered.
    """

    client: aiohttp.ClientSession
    event_id: str
    tokens: list[str]
    answers: dict[str, Answer] = field(default_factory=dict)
    in_flight: int = 0
    interrupted: int = 0
    fault_at: float | None = None
    back_after: float | None = None
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def rush(self, each: int, name: str = "rush") -> None:
        """Everybody books so many times, one after the other. Returns when every request is answered."""
        people = (self._book_all(person, each, name) for person in range(len(self.tokens)))
        await asyncio.gather(*people)

    async def until_answered(self, count: int) -> None:
        """Wait until so many requests have been answered."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._came:
            await self._came.wait_for(lambda: len(self.answers) >= count)

    def note_fault(self) -> None:
        """Something is being killed now. At least one request is on its way."""
        assert self.in_flight, "the fault came before or after the rush"
        self.fault_at, self.back_after = monotonic(), None

    def note_remedy(self) -> None:
        """What was broken is whole again: from here on the platform may come back."""
        self.fault_at, self.back_after = monotonic(), None

    async def lost(self) -> set[str]:
        """Return the keys whose answers are not what the platform knows now, or that made more than one booking.

        A booking is known if its holder's list has it, and if its key replays the same answer.
        """
        known = {booking["id"] for token in self.tokens for booking in await self._bookings(token)}
        answered = {key: body["id"] for key, (_, body) in self.answers.items()}
        lost = {key for key, booking_id in answered.items() if booking_id not in known}
        if surplus := known - set(answered.values()):
            lost.add(f"{len(surplus)} bookings that no answer reported")
        keys = list(self.answers)
        replays = await asyncio.gather(*(self.send_until_answered(key) for key in keys))
        return lost | {key for key, replay in zip(keys, replays, strict=True) if not self._agrees(key, replay)}

    async def oversold(self) -> set[str]:
        """Return the seats that two parties were given, and by how much more is taken than the event has."""
        seats = [seat for body in self.bodies for seat in body["seats"]]
        twice = {seat for seat in seats if seats.count(seat) > 1}
        taken = sum(body["quantity"] for body in self.bodies if body["status"] == "confirmed")
        async with self.client.get(f"/api/events/{self.event_id}") as response:
            capacity = (await response.json())["capacity"]
        return twice | ({f"{taken} places of {capacity}"} if taken > capacity else set())

    @property
    def bodies(self) -> list[Any]:
        return [body for _, body in self.answers.values()]

    async def _book_all(self, person: int, each: int, name: str) -> None:
        for number in range(each):
            key = f"{name}-{person}-{number}"
            sent_after = self.fault_at
            answer = await self.send_until_answered(key)
            async with self._came:
                self.answers[key] = answer
                if sent_after is not None and self.fault_at is not None and self.back_after is None:
                    self.back_after = monotonic() - self.fault_at
                self._came.notify_all()

    async def send_until_answered(self, key: str) -> Answer:
        """Send the request of this key until its answer is not 503, and return it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    self.in_flight += 1
                    status, body = await self._send(key)
                except (aiohttp.ClientError, OSError):
                    status, body = 503, None
                finally:
                    self.in_flight -= 1
                if status != 503:
                    assert status in (201, 202), (status, body)
                    return status, body
                self.interrupted += 1
                await asyncio.sleep(PAUSE_SECONDS)

    async def _send(self, key: str) -> Answer:
        _, person, number = key.rsplit("-", 2)
        headers = {"Authorization": f"Bearer {self.tokens[int(person)]}", "Idempotency-Key": key}
        body = {"quantity": 1 + int(number) % 3}
        async with self.client.post(f"/api/events/{self.event_id}/book", json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def _bookings(self, token: str) -> list[Any]:
        query = {"event_id": self.event_id, "limit": "100"}
        headers = {"Authorization": f"Bearer {token}"}
        async with self.client.get("/api/me/bookings", params=query, headers=headers) as response:
            page = await response.json()
            assert response.status == 200, page
            assert page["total"] == len(page["items"])
            return list(page["items"])

    def _agrees(self, key: str, replay: Answer) -> bool:
        same = ("id", "status", "quantity", "seats", "amount", "tickets")
        (status, body), (status_now, now) = self.answers[key], replay
        return status == status_now and all(body[name] == now[name] for name in same)


async def kill_in_a_rush(crowd: Crowd, kill: Callable[[], Awaitable[None]], *, each: int, after: int) -> None:
    """Everybody books, and something is killed as soon as so many of their requests have been answered."""
    before = len(crowd.answers)
    rush = asyncio.create_task(crowd.rush(each, f"rush{before}"))
    try:
        await crowd.until_answered(before + after)
        crowd.note_fault()
        await kill()
        await rush
    finally:
        rush.cancel()
