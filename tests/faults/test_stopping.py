"""A process that is stopped under load answers every request that was sent to it (J5)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.fault_tally import FaultTally, rounds
from tests.support.platform import run_server
from tests.support.waiting import until

CLIENTS = 16
READ = b"GET /api/events HTTP/1.1\r\nHost: nocturne\r\n\r\n"
_BODY = b'{"email": "ada@example.com"}'
_HEAD = b"POST /api/auth/forgot-password HTTP/1.1\r\nHost: nocturne\r\nContent-Type: application/json\r\n"
CHANGE = b"%sContent-Length: %d\r\n\r\n%s" % (_HEAD, len(_BODY), _BODY)


@dataclass
class Load:
    """Clients that each send one request after the other over one connection, for as long as it is kept."""

    port: int
    answered: int = 0
    cut: int = 0
    closed: int = 0
    connected: set[int] = field(default_factory=set)

    async def run(self) -> None:
        await asyncio.gather(*(self._send(number) for number in range(CLIENTS)))

    async def _send(self, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            while True:
                writer.write(READ if number % 2 else CHANGE)
                if await self._is_last(reader):
                    self.closed += 1
                    return
                self.answered += 1
                self.connected.add(number)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.cut += 1
        finally:
            writer.close()

    async def _is_last(self, reader: asyncio.StreamReader) -> bool:
        """Read a response, and return whether it says that the connection is closed."""
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        [length] = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
        await reader.readexactly(int(length))
        return b"connection: close" in head


@pytest.mark.parametrize("round_number", rounds(small=1, full=25))
async def test_a_stopping_process_answers_every_request_and_says_that_it_closes_the_connection(
    tmp_path: Path, tally: FaultTally, round_number: int
) -> None:
    with run_server(tmp_path, PROFILE="memory", DEMO="off", RATE_LIMITS="off", LOG_LEVEL="error") as running:
        load = Load(int(running.url.rpartition(":")[2]))
        sending = asyncio.create_task(load.run())
        await until(lambda: len(load.connected) == CLIENTS)
        assert await asyncio.to_thread(running.stop) == 0
        await sending
    tally.add("SIGTERM under load", requests=load.answered + load.closed, lost=load.cut)
    assert (load.cut, load.closed) == (0, CLIENTS)
