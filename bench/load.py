"""Asking many times, from a process of its own, and as cheaply as can be: what is measured is the server."""

from __future__ import annotations

import asyncio
import multiprocessing
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from time import perf_counter
from typing import Protocol, cast

from uvloop import new_event_loop

SAMPLED = 100
"""Of so many answers, one is kept whole, to be looked into afterwards."""

LAST_ANSWER_SECONDS = 30


class Questions(Protocol):
    """What is asked. It is handed to another process, so it has to be picklable."""

    @abstractmethod
    def of(self, connection: int) -> Iterator[bytes]:
        """The whole requests that one connection sends, without end."""


@dataclass(frozen=True, slots=True)
class Load:
    """How it is asked: over so many connections, each with one request under way; after a warm-up, for so long.

    `pause` is the time from one request of a connection to the next; without one the next follows the answer.
    """

    host: str
    port: int
    connections: int
    seconds: float
    warm_up: float
    pause: float = 0.0


@dataclass(slots=True)
class Answers:
    """What came back: all answers by status, and of those inside the measured time also when and how late they came."""

    seconds: float
    statuses: Counter[int] = field(default_factory=Counter)
    measured: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    sample: dict[int, list[bytes]] = field(default_factory=dict)
    broken: int = 0

    def per_second(self, status: int) -> float:
        return self.measured[status] / self.seconds


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request (RFC 9112)."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class Page(Questions):
    """The same page again and again."""

    path: str

    def of(self, connection: int) -> Iterator[bytes]:
        return cycle([request("GET", self.path, {})])


async def answers_to(questions: Questions, load: Load) -> Answers:
    """What the server answers, asked from another process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, _asked, questions, load)


def _asked(questions: Questions, load: Load) -> Answers:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(_ask(questions, load))


async def _ask(questions: Questions, load: Load) -> Answers:
    loop = asyncio.get_running_loop()
    answers = Answers(load.seconds)
    begin = perf_counter() + load.warm_up
    clients = [_Client(questions.of(each), load, begin, answers) for each in range(load.connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, load.host, load.port)  # type: ignore[misc]
    async with asyncio.timeout(load.warm_up + load.seconds + LAST_ANSWER_SECONDS):
        await asyncio.gather(*(client.finished for client in clients))
    return answers


class _Client(asyncio.Protocol):
    """A keep-alive connection that asks, takes the whole answer, and asks again."""

    def __init__(self, requests: Iterator[bytes], load: Load, begin: float, answers: Answers) -> None:
        self._requests = requests
        self._begin, self._end, self._pause = begin, begin + load.seconds, load.pause
        self._answers = answers
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self.finished: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is no subclass
        self._ask(perf_counter())

    def _ask(self, since: float) -> None:
        self._asked = since
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._received = received = self._received + data if self._received else data
        head = received.find(b"\r\n\r\n")
        if head < 0:
            return
        at = received.index(b"Content-Length: ", 0, head) + 16
        if len(received) < head + 4 + int(received[at : received.index(b"\r", at)]):
            return
        self._received = b""
        self._count(int(received[9:12]), received[head + 4 :])

    def _count(self, status: int, body: bytes) -> None:
        now, answers = perf_counter(), self._answers
        answers.statuses[status] += 1
        if answers.statuses[status] % SAMPLED == 1:
            answers.sample.setdefault(status, []).append(body)
        if self._begin <= now < self._end:
            answers.measured[status] += 1
            answers.latencies.append(now - self._asked)
        if now >= self._end:
            self._transport.close()
        elif not self._pause:
            self._ask(now)
        elif self._asked + self._pause <= now:
            # The answer took longer than the pause: who would have asked meanwhile has waited since then.
            self._ask(self._asked + self._pause)
        else:
            self._loop.call_later(self._asked + self._pause - now, lambda: self._ask(perf_counter()))

    def connection_lost(self, _: Exception | None) -> None:
        self._answers.broken += perf_counter() < self._end
        if not self.finished.done():
            self.finished.set_result(None)
