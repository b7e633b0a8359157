"""A notification service in a separate process that accepts every message. Imports next to nothing."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from aiohttp import web
from uvloop import new_event_loop

TAKE, COUNTS = "/take", "/counts"
"""The paths that accept messages, and that return how many there were and how many different ones."""


@contextmanager
def run_receiver() -> Iterator[str]:
    """Run the service until the end of the block and yield its base URL."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection) -> None:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_serve_until_cancelled(pipe))


async def _serve_until_cancelled(pipe: Connection) -> None:
    seen: Counter[str] = Counter()

    async def take(request: web.Request) -> web.Response:
        await request.read()
        seen[request.headers["Idempotency-Key"]] += 1
        return web.Response(status=202)

    async def counts(_: web.Request) -> web.Response:
        return web.json_response({"taken": seen.total(), "different": len(seen)})

    app = web.Application()
    app.add_routes([web.post(TAKE, take), web.get(COUNTS, counts)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(runner.addresses[0][1])
    await asyncio.Event().wait()
