"""A way to a PostgreSQL server that can fall silent: what is sent then gets nowhere, and nobody is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL
from sqlalchemy.engine import make_url


class FlakyProxy:
    """`url` leads over it to the database of another URL, whose server listens at a Unix socket."""

    def __init__(self, url: str) -> None:
        self._database = make_url(url)
        self._passable = asyncio.Event()
        self._passable.set()
        self._joined: set[asyncio.Task[None]] = set()
        self._port = 0

    @property
    def url(self) -> URL:
        return self._database.set(host="127.0.0.1", port=self._port, query={})

    def fall_silent(self) -> None:
        self._passable.clear()

    def speak_again(self) -> None:
        """What was sent meanwhile arrives, too."""
        self._passable.set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[FlakyProxy]:
        async with await asyncio.start_server(self._join, "127.0.0.1", 0) as server:
            self._port = server.sockets[0].getsockname()[1]
            yield self
            for each in self._joined:
                each.cancel()
            await asyncio.gather(*self._joined, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        query = self._database.query
        far = await asyncio.open_unix_connection(f"{query['host']}/.s.PGSQL.{query['port']}")
        for source, target in ((reader, far[1]), (far[0], writer)):
            passing = asyncio.create_task(self._pass(source, target))
            self._joined.add(passing)
            passing.add_done_callback(self._joined.discard)

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                await self._passable.wait()
                target.write(data)
                await target.drain()
        except ConnectionError:
            pass  # one end has hung up
        finally:
            target.close()
