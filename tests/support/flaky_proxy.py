"""A proxy to a PostgreSQL server that can stop forwarding without closing connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL
from sqlalchemy.engine import make_url


class FlakyProxy:
    """A proxy to the database of a URL whose server listens on a Unix socket; `url` leads through the proxy."""

    def __init__(self, url: str) -> None:
        self._database = make_url(url)
        self._is_forwarding = asyncio.Event()
        self._is_forwarding.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0
        self._until_cut: int | None = None
        self._is_cut_before = False

    @property
    def url(self) -> URL:
        return self._database.set(host="127.0.0.1", port=self._port, query={})

    def fall_silent(self) -> None:
        self._is_forwarding.clear()

    def resume(self) -> None:
        """Forward again, including what was sent meanwhile."""
        self._is_forwarding.set()

    def cut(self, after: int, *, is_request_lost: bool) -> None:
        """Break the connection at the client's next message but so many: before the message arrives, so that nobody
        reads it, or when it has, so that only its answer is lost.
        """
        self._until_cut, self._is_cut_before = after, is_request_lost

    @property
    def is_cut(self) -> bool:
        """Whether the connection that was to be broken is broken."""
        return self._until_cut is None

    @asynccontextmanager
    async def run(self) -> AsyncIterator[FlakyProxy]:
        async with await asyncio.start_server(self._connect, "127.0.0.1", 0) as server:
            self._port = server.sockets[0].getsockname()[1]
            yield self
            for each in self._tasks:
                each.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        query = self._database.query
        far = await asyncio.open_unix_connection(f"{query['host']}/.s.PGSQL.{query['port']}")
        for source, target, back in ((reader, far[1], writer), (far[0], writer, None)):
            forwarding = asyncio.create_task(self._forward(source, target, back))
            self._tasks.add(forwarding)
            forwarding.add_done_callback(self._tasks.discard)

    async def _forward(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, back: asyncio.StreamWriter | None
    ) -> None:
        """Forward in one direction. `back` leads to the client if this is the direction of its messages."""
        try:
            while data := await source.read(65536):
                await self._is_forwarding.wait()
                if back is not None and self._is_time_to_cut():
                    back.transport.abort()
                    if self._is_cut_before:
                        target.transport.abort()
                        return
                target.write(data)
                await target.drain()
        except ConnectionError:
            pass  # one end has closed the connection
        finally:
            target.close()

    def _is_time_to_cut(self) -> bool:
        if self._until_cut is None:
            return False
        self._until_cut = self._until_cut - 1 if self._until_cut else None
        return self._until_cut is None
