"""Sends many requests from a separate process, as cheaply as possible, since the server is what is measured."""

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

SAMPLE_INTERVAL = 100
"""One of this many responses is kept with its body, to be checked afterwards."""

LAST_RESPONSE_SECONDS = 60


class Requests(Protocol):
    """The requests to send. Must be picklable, since another process sends them."""

    @abstractmethod
    def for_connection(self, connection: int) -> Iterator[bytes]:
        """Yield the requests of one connection, endlessly."""


@dataclass(frozen=True, slots=True)
class Load:
    """How requests are sent: over how many connections, each with one request at a time, and for how many seconds.

    `pause` is the time from one request of a connection to the next. Without it, the next one follows the response.
    """

    host: str
    port: int
    connections: int
    seconds: float
    warm_up: float
    pause: float = 0.0


@dataclass(slots=True)
class Responses:
    """The responses: all of them by status, and those within the measured time also by status and latency."""

    seconds: float
    statuses: Counter[int] = field(default_factory=Counter)
    measured: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    sample: dict[int, list[bytes]] = field(default_factory=dict)
    broken: int = 0

    def per_second(self, status: int) -> float:
        return self.measured[status] / self.seconds


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a request (RFC 9112)."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class Page(Requests):
    """Requests for the same page."""

    path: str

    def for_connection(self, connection: int) -> Iterator[bytes]:
        return cycle([request("GET", self.path, {})])


async def measure_responses(requests: Requests, load: Load) -> Responses:
    """Send requests from another process and return the responses."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, _send_all, requests, load)


def _send_all(requests: Requests, load: Load) -> Responses:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(_send(requests, load))


async def _send(requests: Requests, load: Load) -> Responses:
    loop = asyncio.get_running_loop()
    responses = Responses(load.seconds)
    begin = perf_counter() + load.warm_up
    clients = [_Client(requests.for_connection(each), load, begin, responses) for each in range(load.connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, load.host, load.port)  # type: ignore[misc]
    async with asyncio.timeout(load.warm_up + load.seconds + LAST_RESPONSE_SECONDS):
        await asyncio.gather(*(client.finished for client in clients))
    return responses


class _Client(asyncio.Protocol):
    """A keep-alive connection that sends the next request when the response to the last one is complete."""

    def __init__(self, requests: Iterator[bytes], load: Load, begin: float, responses: Responses) -> None:
        self._requests = requests
        self._begin, self._end, self._pause = begin, begin + load.seconds, load.pause
        self._responses = responses
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self.finished: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transport is not a subclass
        self._send(perf_counter())

    def _send(self, since: float) -> None:
        self._sent_at = since
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._received = received = self._received + data if self._received else data
        head = received.find(b"\r\n\r\n")
        if head < 0:
            return
        if len(received) < head + 4 + _content_length(received, head):
            return
        self._received = b""
        self._count(int(received[9:12]), received[head + 4 :])

    def _count(self, status: int, body: bytes) -> None:
        now, responses = perf_counter(), self._responses
        responses.statuses[status] += 1
        if responses.statuses[status] % SAMPLE_INTERVAL == 1:
            responses.sample.setdefault(status, []).append(body)
        if self._begin <= now < self._end:
            responses.measured[status] += 1
            responses.latencies.append(now - self._sent_at)
        if now >= self._end:
            self._transport.close()
        elif not self._pause:
            self._send(now)
        elif self._sent_at + self._pause <= now:
            # The response took longer than the pause: the next request was due earlier. Count from then.
            self._send(self._sent_at + self._pause)
        else:
            self._loop.call_later(self._sent_at + self._pause - now, lambda: self._send(perf_counter()))

    def connection_lost(self, _: Exception | None) -> None:
        self._responses.broken += perf_counter() < self._end
        if not self.finished.done():
            self.finished.set_result(None)


def _content_length(received: bytes, head: int) -> int:
    """Return how many bytes follow the head; 304 has no body and no such header."""
    at = received.find(b"Content-Length: ", 0, head) + 16
    return int(received[at : received.index(b"\r", at)]) if at >= 16 else 0
