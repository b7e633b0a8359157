"""Watchers of an event in a process of their own, as cheap as possible, and bookers whose seats they see going."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any, cast
from uuid import UUID

import orjson
from uvloop import new_event_loop

from bench.load import request

JOINED_AT_ONCE = 50
DECODED_INTERVAL = 20
"""One of so many watchers decodes what it is sent: decoding costs this process more than the rest."""
PROBE_SECONDS = 0.1
READY_SECONDS = 120

_UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
_TEXT, _PING, _PONG = 0x1, 0x9, 0xA


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many watchers of an event. `probes` are the bookers: each has a token and seats that nobody else books."""

    host: str
    port: int
    event_id: UUID
    watchers: int
    probes: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(slots=True)
class Watched:
    """How many messages each watcher got after it had joined, and the ages of seats, in seconds, when they were seen to
    be taken: since the booker had its response.
    """

    messages: list[int] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    broken: int = 0


class Watching:
    """Watchers that have joined; `stop` has them leave, and returns what they saw."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    async def stop(self) -> Watched:
        self._pipe.send("stop")
        return cast(Watched, await asyncio.to_thread(self._pipe.recv))


@asynccontextmanager
async def watching(crowd: Crowd) -> AsyncIterator[Watching]:
    """Have all of them join, until the end of the block."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(crowd, theirs))
    process.start()
    theirs.close()  # so that reading ends when the process does
    try:
        if not await asyncio.to_thread(ours.poll, READY_SECONDS):
            raise RuntimeError("the watchers could not join")
        ours.recv()
        yield Watching(ours)
    finally:
        process.terminate()
        process.join()


def _run(crowd: Crowd, pipe: Connection) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_watch(crowd, pipe))


async def _watch(crowd: Crowd, pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    seen = _Seen()
    watchers = [
        _Watcher(crowd.event_id, seen if each % DECODED_INTERVAL == 0 else None) for each in range(crowd.watchers)
    ]
    for start in range(0, len(watchers), JOINED_AT_ONCE):
        some = watchers[start : start + JOINED_AT_ONCE]
        for watcher in some:
            await loop.create_connection(lambda watcher=watcher: watcher, crowd.host, crowd.port)  # type: ignore[misc]
        await asyncio.gather(*(watcher.joined for watcher in some))
    await asyncio.sleep(2)  # until the counts of viewers have been sent
    for watcher in watchers:
        watcher.messages = 0
    pipe.send("ready")
    probes = [asyncio.create_task(_book_seats(crowd, *probe, seen)) for probe in crowd.probes]
    await asyncio.to_thread(pipe.recv)
    for each in probes:
        each.cancel()
    await asyncio.sleep(0.6)  # what is on its way
    pipe.send(Watched([each.messages for each in watchers], seen.ages, sum(each.is_lost for each in watchers)))


class _Seen:
    """When seats were booked, and how much later the watchers saw it."""

    def __init__(self) -> None:
        self.booked: dict[str, float] = {}
        self.waiting: dict[str, list[float]] = {}
        self.ages: list[float] = []

    def book(self, label: str, at: float) -> None:
        """Note that a seat was booked. Watchers may have seen it before its booker had the response."""
        self.booked[label] = at
        self.ages += [0.0] * len(self.waiting.pop(label, ()))

    def see(self, label: str, at: float) -> None:
        if label in self.booked:
            self.ages.append(at - self.booked[label])
        elif label in self.waiting:
            self.waiting[label].append(at)


class _Watcher(asyncio.Protocol):
    """A WebSocket client that counts messages."""

    def __init__(self, event_id: UUID, seen: _Seen | None) -> None:
        self.messages = 0
        self.is_lost = False
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._join = orjson.dumps({"event": "join", "data": {"event_id": str(event_id)}})
        self._seen = seen
        self._received = b""
        self._is_upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transport is not a subclass
        self._transport.write(request("GET", "/ws", _UPGRADE))

    def data_received(self, data: bytes) -> None:
        self._received = received = self._received + data if self._received else data
        if not self._is_upgraded:
            head, found, received = received.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head:
                raise RuntimeError(head.decode())
            self._is_upgraded = True
            self._transport.write(_masked(_TEXT, self._join))
        at = 0
        while (end := _frame_end(received, at)) is not None:
            start, stop = end
            self._take(received[at] & 0x0F, received[start:stop])
            at = stop
        self._received = received[at:]

    def connection_lost(self, _: Exception | None) -> None:
        self.is_lost = True

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self._transport.write(_masked(_PONG, payload))
        elif opcode == _TEXT:
            self.messages += 1
            if not self.joined.done() and b'"event_viewers"' in payload:
                self.joined.set_result(None)
            if self._seen is not None and b'"seats:changed"' in payload:
                now = perf_counter()
                for seat in orjson.loads(payload)["data"]["seats"]:
                    self._seen.see(seat["label"], now)


def _frame_end(received: bytes, at: int) -> tuple[int, int] | None:
    """Return where the payload of the frame at this place begins and ends, if all of it is there (RFC 6455)."""
    if len(received) < at + 2:
        return None
    length, start = received[at + 1] & 0x7F, at + 2
    if length >= 126:
        size = 2 if length == 126 else 8
        length, start = int.from_bytes(received[start : start + size]), start + size
    return (start, start + length) if len(received) >= start + length and len(received) >= start else None


def _masked(opcode: int, payload: bytes) -> bytes:
    """Return a short frame as clients send it, with a mask that changes nothing."""
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + bytes(4) + payload


async def _book_seats(crowd: Crowd, token: str, labels: tuple[str, ...], seen: _Seen) -> None:
    reader, writer = await asyncio.open_connection(crowd.host, crowd.port)
    for label in labels:
        seen.waiting[label] = []
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"probe-{label}"}
        body = json.dumps({"seat_ids": [label]}).encode()
        writer.write(request("POST", f"/api/events/{crowd.event_id}/book", headers, body))
        head = await reader.readuntil(b"\r\n\r\n")
        answer: Any = orjson.loads(await reader.readexactly(_content_length(head)))
        seen.book(label, perf_counter())
        if b" 201 " not in head[:20]:
            raise RuntimeError(str(answer))
        await asyncio.sleep(PROBE_SECONDS)


def _content_length(head: bytes) -> int:
    lengths = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
    return int(lengths[0][16:])
